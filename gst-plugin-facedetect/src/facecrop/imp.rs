// SPDX-License-Identifier: MIT OR Apache-2.0
//! The implementation of `facecrop`.
// Only on locks and on own pspecs, whose types GObject has checked.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::{LazyLock, Mutex};
use std::time::Instant;

use facemeta::FrameFaces;
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_frameview::{ProcessingTime, VideoStream, map_error};
use imaging::frame::{FrameError, Sampler};

use super::crop::{Crop, origin, with_quality};
use super::properties::{Settings, specs};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new("facecrop", gst::DebugColorFlags::empty(), Some("Face cropper"))
});

/// What is known while running.
#[derive(Default)]
pub(super) struct State {
    pub(super) stream: VideoStream,
    /// Width and height last announced downstream.
    pub(super) announced: Option<(u32, u32)>,
    /// The segment goes out behind the first caps.
    pub(super) segment: Option<gst::Event>,
    sampler: Sampler,
    pub(super) processing: ProcessingTime,
    stats: Stats,
}

#[derive(Debug, Default, Clone)]
struct Stats {
    frames: u64,
    crops: u64,
    gaps: u64,
}

/// The element.
pub struct FaceCrop {
    sinkpad: gst::Pad,
    srcpad: gst::Pad,
    settings: Mutex<Settings>,
    pub(super) state: Mutex<State>,
}

#[glib::object_subclass]
impl ObjectSubclass for FaceCrop {
    const NAME: &'static str = "GstRsFaceCrop";
    type Type = super::FaceCrop;
    type ParentType = gst::Element;

    #[allow(clippy::expect_used)]
    fn with_class(class: &Self::Class) -> Self {
        let template = |name| class.pad_template(name).expect("own template");
        let sinkpad = gst::Pad::builder_from_template(&template("sink"))
            .chain_function(|pad, parent, buffer| {
                Self::catch_panic_pad_function(
                    parent,
                    || Err(gst::FlowError::Error),
                    |crop| crop.chain(pad, buffer),
                )
            })
            .event_function(|pad, parent, event| {
                Self::catch_panic_pad_function(parent, || false, |crop| crop.sink_event(pad, event))
            })
            .query_function(|pad, parent, query| {
                Self::catch_panic_pad_function(parent, || false, |crop| crop.sink_query(pad, query))
            })
            .build();
        let srcpad = gst::Pad::builder_from_template(&template("src"))
            .query_function(|pad, parent, query| {
                Self::catch_panic_pad_function(parent, || false, |crop| crop.src_query(pad, query))
            })
            .build();
        Self { sinkpad, srcpad, settings: Mutex::default(), state: Mutex::default() }
    }
}

impl ObjectImpl for FaceCrop {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(specs);
        PROPERTIES.as_ref()
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        let mut settings = self.settings.lock().unwrap();
        let area = &mut settings.area;
        match pspec.name() {
            "scale-left" => area.left = value.get().expect("type checked"),
            "scale-right" => area.right = value.get().expect("type checked"),
            "scale-up" => area.up = value.get().expect("type checked"),
            "scale-down" => area.down = value.get().expect("type checked"),
            "square" => area.square = value.get().expect("type checked"),
            "object-class" => {
                let class: Option<String> = value.get().expect("type checked");
                settings.object_class = class.unwrap_or_default();
            }
            name => {
                if let Err(why) = settings.style.set(name, value) {
                    gst::warning!(CAT, imp = self, "{why}");
                }
            }
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        let settings = self.settings.lock().unwrap();
        match pspec.name() {
            "scale-left" => settings.area.left.to_value(),
            "scale-right" => settings.area.right.to_value(),
            "scale-up" => settings.area.up.to_value(),
            "scale-down" => settings.area.down.to_value(),
            "square" => settings.area.square.to_value(),
            "object-class" => settings.object_class.to_value(),
            "stats" => self.stats().to_value(),
            name => settings.style.value(name),
        }
    }

    #[allow(clippy::expect_used)]
    fn constructed(&self) {
        self.parent_constructed();
        let obj = self.obj();
        obj.add_pad(&self.sinkpad).expect("a new element has no pads");
        obj.add_pad(&self.srcpad).expect("a new element has no pads");
    }
}

impl GstObjectImpl for FaceCrop {}

impl ElementImpl for FaceCrop {
    gst_frameview::element_metadata!(
        "Face cropper",
        "Filter/Converter/Video",
        "Cuts the faces out of video frames, one picture a face"
    );

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let rgb =
                gst_video::VideoCapsBuilder::new().format(gst_video::VideoFormat::Rgb).build();
            [
                ("sink", gst::PadDirection::Sink, gst_frameview::frame_caps()),
                ("src", gst::PadDirection::Src, rgb),
            ]
            .into_iter()
            .filter_map(|(name, direction, caps)| {
                gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps).ok()
            })
            .collect()
        });
        TEMPLATES.as_ref()
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        if transition == gst::StateChange::ReadyToPaused {
            *self.state.lock().unwrap() = State::default();
        }
        self.parent_change_state(transition)
    }
}

impl FaceCrop {
    fn chain(
        &self,
        _pad: &gst::Pad,
        buffer: gst::Buffer,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let started = Instant::now();
        let settings = self.settings.lock().unwrap().clone();
        let (frame, crops) = self.cut(&buffer, &settings).map_err(|error| {
            self.post_error_message(error);
            gst::FlowError::Error
        })?;
        let took = started.elapsed();
        gst::log!(CAT, imp = self, "frame {frame}: {} crops in {took:?}", crops.len());
        let slower = {
            let mut state = self.state.lock().unwrap();
            state.stats.frames += 1;
            state.stats.crops += crops.len() as u64;
            state.stats.gaps += u64::from(crops.is_empty());
            state.processing.add(took)
        };
        if slower {
            let message = gst::message::Latency::builder().src(&*self.obj()).build();
            let _ = self.post_message(message);
        }
        if crops.is_empty() {
            return self.push_gap(&buffer, frame);
        }
        for crop in crops {
            let size = crop.picture.dimensions();
            let crop = self.crop_buffer(&buffer, crop, frame).map_err(|error| {
                gst::element_imp_error!(self, gst::CoreError::Failed, ("{error}"));
                gst::FlowError::Error
            })?;
            self.announce(size);
            self.srcpad.push(crop)?;
        }
        Ok(gst::FlowSuccess::Ok)
    }

    /// The number of the frame, and its faces cut out.
    fn cut(
        &self,
        buffer: &gst::BufferRef,
        settings: &Settings,
    ) -> Result<(u64, Vec<Crop>), gst::ErrorMessage> {
        let (info, geometry, number, stream_time, mut sampler) = {
            let mut state = self.state.lock().unwrap();
            let number = state.stream.number(buffer);
            let (Some(info), Some(geometry)) = (state.stream.info.clone(), state.stream.geometry())
            else {
                return Err(gst::error_msg!(gst::CoreError::Negotiation, ("frame before caps")));
            };
            let stream_time = state.stream.stream_time(buffer);
            (info, geometry, number, stream_time, std::mem::take(&mut state.sampler))
        };
        let faces = FrameFaces::read(buffer, &settings.object_class, info.width(), info.height());
        let Some(faces) = faces.filter(|f| !f.faces.is_empty() && buffer.size() > 0) else {
            return Ok((number, Vec::new()));
        };
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info)
            .map_err(|_| map_error(buffer))?;
        let view =
            gst_frameview::view(&frame, geometry.orientation).ok_or_else(|| map_error(buffer))?;
        let mut crops = Vec::with_capacity(faces.faces.len());
        for (index, face) in faces.faces.iter().enumerate() {
            let detection = geometry.detection(face);
            let unreadable =
                |error: FrameError| gst::error_msg!(gst::StreamError::Format, ("{error}"));
            let (style, size) = (&settings.style, geometry.display_size());
            let shown = style.picture(&view, &detection, &settings.area, size, &mut sampler);
            let Some(shown) = shown.map_err(unreadable)? else {
                continue;
            };
            let seen = shown.face(&view, &detection).map_err(unreadable)?;
            let mut face = with_quality(face, &detection, geometry.display_size(), &seen);
            face.blurry = style.is_blurred(&view, &detection).map_err(unreadable)?;
            crops.push(Crop {
                origin: origin(&face, &geometry, number, index as u32, stream_time),
                face: shown.on_crop(&face, &detection),
                picture: shown.picture,
            });
        }
        self.state.lock().unwrap().sampler = sampler;
        Ok((number, crops))
    }

    fn crop_buffer(
        &self,
        frame: &gst::BufferRef,
        crop: Crop,
        number: u64,
    ) -> Result<gst::Buffer, Box<dyn std::error::Error>> {
        let (width, height) = crop.picture.dimensions();
        // GStreamer's RGB rows are padded to four bytes.
        let row = 3 * width as usize;
        let stride = row.next_multiple_of(4);
        let mut pixels = vec![0; stride * height as usize];
        for (to, from) in
            pixels.chunks_exact_mut(stride).zip(crop.picture.as_raw().chunks_exact(row))
        {
            to[..row].copy_from_slice(from);
        }
        let mut buffer = gst::Buffer::from_mut_slice(pixels);
        // Just made, so nobody else holds it.
        if let Some(buffer) = buffer.get_mut() {
            frame.copy_into(buffer, gst::BufferCopyFlags::TIMESTAMPS, ..)?;
            crop.origin.write(buffer)?;
            FrameFaces { frame: number, faces: vec![crop.face] }.write(buffer, width, height)?;
        }
        Ok(buffer)
    }

    /// Tells downstream the size of the next crop, if it is another than the last one's.
    pub(super) fn announce(&self, size: (u32, u32)) {
        let segment = {
            let mut state = self.state.lock().unwrap();
            if state.announced.replace(size) == Some(size) {
                return;
            }
            state.segment.take()
        };
        let info =
            gst_video::VideoInfo::builder(gst_video::VideoFormat::Rgb, size.0, size.1).build();
        match info.and_then(|info| info.to_caps()) {
            Ok(caps) => {
                self.srcpad.push_event(gst::event::Caps::new(&caps));
            }
            Err(error) => gst::warning!(CAT, imp = self, "no caps for {size:?}: {error}"),
        }
        if let Some(segment) = segment {
            self.srcpad.push_event(segment);
        }
    }

    /// What to announce before the first face: the size all crops will have, else any.
    pub(super) fn likely_size(&self) -> (u32, u32) {
        self.settings.lock().unwrap().style.likely_size().unwrap_or((2, 2))
    }

    fn push_gap(
        &self,
        buffer: &gst::BufferRef,
        frame: u64,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let Some(pts) = buffer.pts() else {
            return Ok(gst::FlowSuccess::Ok);
        };
        if self.state.lock().unwrap().segment.is_some() {
            self.announce(self.likely_size());
        }
        let gap = gst::event::Gap::builder(pts)
            .duration(buffer.duration())
            .other_field("frame", frame)
            .build();
        self.srcpad.push_event(gap);
        // An event cannot say so, but the pad remembers why downstream has stopped.
        self.srcpad.last_flow_result()
    }

    fn stats(&self) -> gst::Structure {
        let stats = self.state.lock().unwrap().stats.clone();
        gst::Structure::builder("stats")
            .field("frames", stats.frames)
            .field("crops", stats.crops)
            .field("gaps", stats.gaps)
            .build()
    }
}

gst_frameview::plain_name!(PlainFaceCrop, "GstRsPlainFaceCrop", FaceCrop);

unsafe impl<T: ElementImpl> IsSubclassable<T> for super::FaceCrop {}
