// SPDX-License-Identifier: MIT OR Apache-2.0
//! A window that shows what is looked at: boxes around faces, with the numbers of their tracks.
//!
//! Drawn frames go into a small pipeline of their own, so that neither a slow window nor a closed one
//! holds up the work. Frames are shown as they are looked at, not at the film's pace.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use facemeta::FrameFaces;
use gst::prelude::*;
use gst_frameview::VideoStream;
use image::RgbImage;

use super::debug::{self, Shown};

/// The sink that finds out by itself what the machine has.
const ANY_SINK: &str = "autovideosink";

/// An open window.
struct Window {
    pipeline: gst::Pipeline,
    source: gst_app::AppSrc,
    size: Option<(u32, u32)>,
    stream: VideoStream,
}

/// Shows what leaves `element` in a window of the GStreamer element `sink`.
///
/// # Errors
/// A machine without a display, a sink that is not there or does not open.
pub fn attach(element: &gst::Element, sink: &str) -> Result<()> {
    if sink == ANY_SINK && !has_display() {
        bail!(
            "--display: there is no display here (nothing answers at DISPLAY or WAYLAND_DISPLAY); leave it \
             out, use --save-frames, or name a sink of GStreamer with --display=SINK"
        );
    }
    let window = Mutex::new(Window::open(sink)?);
    let pad = element.static_pad("src").context("nothing to show: no source pad")?;
    let mask = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    pad.add_probe(mask, move |_, info| {
        let mut window = window.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(event) = info.event() {
            window.stream.event(event);
        } else if let Some(buffer) = info.buffer()
            && let Err(error) = window.show(buffer)
        {
            // A closed window is no reason to stop the work.
            tracing::debug!("not shown: {error:#}");
        }
        gst::PadProbeReturn::Ok
    });
    Ok(())
}

/// Whether a display answers: GStreamer's own sinks crash where none does.
fn has_display() -> bool {
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let x11 = named("DISPLAY").is_some_and(|display| answers_x11(&display));
    let wayland = named("WAYLAND_DISPLAY").is_some_and(|display| {
        let folder = std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
        UnixStream::connect(std::path::Path::new(&folder).join(display)).is_ok()
    });
    x11 || wayland
}

/// Whether there is somebody at `host:number.screen`.
fn answers_x11(display: &str) -> bool {
    let Some((host, rest)) = display.rsplit_once(':') else { return false };
    let Ok(number) = rest.split('.').next().unwrap_or_default().parse::<u16>() else {
        return false;
    };
    if host.is_empty() || host == "unix" {
        let path = format!("/tmp/.X11-unix/X{number}");
        let unnamed = SocketAddr::from_abstract_name(&path);
        return UnixStream::connect(&path).is_ok()
            || unnamed.is_ok_and(|address| UnixStream::connect_addr(&address).is_ok());
    }
    std::net::TcpStream::connect((host, 6000u16.saturating_add(number))).is_ok()
}

impl Window {
    fn open(sink: &str) -> Result<Self> {
        let pipeline = gst::Pipeline::new();
        let source = gst_app::AppSrc::builder()
            .format(gst::Format::Time)
            .is_live(true)
            .do_timestamp(true)
            // The latest frame is of interest, not those before.
            .max_buffers(2)
            .leaky_type(gst_app::AppLeakyType::Downstream)
            .build();
        let convert = gst::ElementFactory::make("videoconvert").build()?;
        let made = gst::ElementFactory::make(sink).build();
        let screen = made.with_context(|| format!("--display: GStreamer has no sink {sink}"))?;
        if screen.has_property("sync") {
            screen.set_property("sync", false);
        }
        pipeline.add_many([source.upcast_ref(), &convert, &screen])?;
        gst::Element::link_many([source.upcast_ref(), &convert, &screen])?;
        pipeline
            .set_state(gst::State::Playing)
            .with_context(|| format!("--display: {sink} opens no window here"))?;
        Ok(Self { pipeline, source, size: None, stream: VideoStream::default() })
    }

    fn show(&mut self, buffer: &gst::BufferRef) -> Result<()> {
        let (Some(info), Some(geometry)) = (self.stream.info.clone(), self.stream.geometry())
        else {
            return Ok(());
        };
        let found = FrameFaces::read(buffer, "face", info.width(), info.height());
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info)
            .ok()
            .context("a frame that cannot be read")?;
        let view = gst_frameview::view(&frame, geometry.orientation)
            .context("a frame of a format that cannot be read")?;
        let faces = found.iter().flat_map(|found| &found.faces);
        let boxes = faces.map(|face| Shown {
            bbox: geometry.detection(face).bbox,
            colour: debug::PASSED,
            text: face.track.map_or_else(String::new, |track| track.to_string()),
        });
        self.push(&debug::drawn(&view, boxes)?)
    }

    fn push(&mut self, picture: &RgbImage) -> Result<()> {
        let size = picture.dimensions();
        if self.size.replace(size) != Some(size) {
            let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::Rgb, size.0, size.1)
                .build()?;
            self.source.set_caps(Some(&info.to_caps()?));
        }
        // GStreamer's RGB rows are padded to four bytes.
        let row = 3 * size.0 as usize;
        let mut pixels = Vec::with_capacity(row.next_multiple_of(4) * size.1 as usize);
        for line in picture.as_raw().chunks_exact(row.max(1)) {
            pixels.extend_from_slice(line);
            pixels.resize(pixels.len().next_multiple_of(4), 0);
        }
        self.source.push_buffer(gst::Buffer::from_mut_slice(pixels))?;
        Ok(())
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}
