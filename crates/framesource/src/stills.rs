// SPDX-License-Identifier: MIT OR Apache-2.0
//! Photographs, pictures that move and numbered pictures: read one after another without GStreamer's demuxers,
//! which neither turn photographs upright nor end where a picture repeats for ever.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use gst::prelude::*;
use gst_app::{AppSrc, AppSrcCallbacks};
use gst_video::{VideoFormat, VideoFrameExt, VideoInfo};
use image::RgbImage;
use imaging::extensions::path_text;
use models::still::{self, Frame, Frames};

use crate::input::Source;
use crate::sampler::Sampler;

/// How long each of numbered pictures is seen where they are taken for a film, and each other one.
const NUMBERED: Duration = Duration::from_millis(40);
/// Pictures that wait: they may be large.
const AHEAD: u64 = 1;

/// What `run.json` calls the decoder of pictures.
pub const DECODER: &str = "image";

/// Adds what reads the pictures of a source, if it is made of pictures.
///
/// # Errors
/// GStreamer has no `appsrc`.
pub fn add(
    pipeline: &gst::Pipeline,
    source: &Source,
    sampler: &Arc<Sampler>,
) -> Result<Option<gst::Element>> {
    let (files, moves) = match source {
        Source::Picture { path, moves } => (vec![path.clone()], *moves),
        Source::Numbered(numbered) => (numbered.files.clone(), false),
        _ => return Ok(None),
    };
    let pictures = Pictures { files, moves, sampler: sampler.clone() };
    let element = gst::ElementFactory::make("appsrc")
        .property("format", gst::Format::Time)
        .property("max-buffers", AHEAD)
        .property("max-bytes", 0u64)
        .property("block", true)
        .build()?;
    let length = NUMBERED * pictures.files.len() as u32;
    let length = u64::try_from(length.as_nanos()).ok().filter(|_| !pictures.moves);
    if let Some(length) = length {
        element.set_property("duration", length);
    }
    let source = element.clone().downcast::<AppSrc>().ok().context("appsrc is another element")?;
    let waiting = Mutex::new(Some(pictures));
    // The first time that something is asked for it runs; it ends by itself when the pipeline does.
    let begin = move |source: &AppSrc, _| {
        let Some(pictures) = waiting.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        let (reader, own) = (thread::Builder::new().name("pictures".into()), source.clone());
        if let Err(error) = reader.spawn(move || pictures.push(&own)) {
            gst::element_error!(source, gst::ResourceError::Failed, ("no thread: {error}"));
        }
    };
    source.set_callbacks(AppSrcCallbacks::builder().need_data(begin).build());
    pipeline.add(&element)?;
    Ok(Some(element))
}

/// What is read.
struct Pictures {
    files: Vec<PathBuf>,
    moves: bool,
    sampler: Arc<Sampler>,
}

impl Pictures {
    /// Sends all of them, and the end.
    fn push(self, source: &AppSrc) {
        let (mut good, mut last) = (0, String::new());
        for (number, picture) in (0..).zip(self.frames()) {
            match picture {
                Ok(frame) => {
                    let sent = sample(&frame).and_then(|sample| {
                        source.push_sample(&sample).map_err(|why| why.to_string())
                    });
                    match sent {
                        Ok(_) => good += 1,
                        Err(why) => {
                            // Nobody wants more: the run ends early.
                            tracing::debug!("no more pictures: {why}");
                            return;
                        }
                    }
                }
                Err(why) => {
                    if self.files.len() > 1 || good > 0 {
                        gst::element_warning!(source, gst::StreamError::Decode, ("{why}"));
                        self.sampler.missing.fetch_add(1, Ordering::Relaxed);
                    }
                    // It counts all the same, so that each number is that of its file.
                    if let Some(time) = clock(NUMBERED * number) {
                        self.sampler.note_skipped(vec![(time, time)]);
                    }
                    last = why;
                }
            }
        }
        if good == 0 {
            gst::element_error!(source, gst::StreamError::Decode, ("{last}"));
        }
        // Fails where the pipeline has ended already.
        let _ = source.end_of_stream();
    }

    fn frames(&self) -> Box<dyn Iterator<Item = Result<Frame, String>> + '_> {
        match self.files.as_slice() {
            [path] if self.moves => match Frames::open(path) {
                Ok(Some(frames)) => {
                    let name = name(path);
                    Box::new(frames.map(move |frame| {
                        frame.map_err(|why| format!("{name}: what follows is damaged ({why})"))
                    }))
                }
                Ok(None) => Box::new(std::iter::once(read(path, 0))),
                Err(error) => Box::new(std::iter::once(Err(error.to_string()))),
            },
            files => Box::new((0..).zip(files).map(|(number, path)| read(path, number))),
        }
    }
}

fn name(path: &Path) -> String {
    path_text(path.file_name().unwrap_or_default())
}

fn read(path: &Path, number: u32) -> Result<Frame, String> {
    let picture = still::read(path).map_err(|error| error.to_string())?;
    Ok(Frame { picture, time: NUMBERED * number, length: NUMBERED })
}

/// A picture as GStreamer has it, with its caps: the next may be of another size.
fn sample(frame: &Frame) -> Result<gst::Sample, String> {
    let Frame { picture, time, length } = frame;
    let text = |error: glib::BoolError| error.to_string();
    let (width, height) = picture.dimensions();
    let info = VideoInfo::builder(VideoFormat::Rgb, width, height)
        .fps(gst::Fraction::new(0, 1))
        .par(gst::Fraction::new(1, 1))
        .build()
        .map_err(text)?;
    let caps = info.to_caps().map_err(text)?;
    let mut buffer = gst::Buffer::with_size(info.size()).map_err(text)?;
    if let Some(buffer) = buffer.get_mut() {
        buffer.set_pts(clock(*time));
        buffer.set_duration(clock(*length));
    }
    let mut mapped = gst_video::VideoFrame::from_buffer_writable(buffer, &info)
        .map_err(|_| "no memory for the picture".to_owned())?;
    copy(picture, &mut mapped)?;
    Ok(gst::Sample::builder().buffer(&mapped.into_buffer()).caps(&caps).build())
}

fn copy(
    picture: &RgbImage,
    to: &mut gst_video::VideoFrame<gst_video::video_frame::Writable>,
) -> Result<(), String> {
    let stride = to.plane_stride().first().copied().unwrap_or_default() as usize;
    let plane = to.plane_data_mut(0).map_err(|error| error.to_string())?;
    let row = picture.width() as usize * 3;
    for (to, from) in plane.chunks_mut(stride.max(1)).zip(picture.as_raw().chunks(row.max(1))) {
        to[..row].copy_from_slice(from);
    }
    Ok(())
}

fn clock(time: Duration) -> Option<gst::ClockTime> {
    gst::ClockTime::try_from(time).ok()
}
