// SPDX-License-Identifier: MIT OR Apache-2.0
//! The implementation of `facemask`.
// Only on locks.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::{LazyLock, Mutex};
use std::time::Instant;

use facemeta::{Face, FrameFaces};
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use gst_frameview::{ProcessingTime, VideoStream, map_error};

use super::allow_list::Keep;
use super::paint::{self, Area};
use super::properties::{self, Mode, Settings};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new("facemask", gst::DebugColorFlags::empty(), Some("Face mask"))
});

const GREEN: paint::Colour = [0, 255, 0];
const WHITE: paint::Colour = [255; 3];
const BLACK: paint::Colour = [0; 3];

/// What is known while running.
#[derive(Default)]
struct State {
    stream: VideoStream,
    keep: Option<Keep>,
    /// The faces of the last frame that was looked at, and whether each stays visible.
    last: Vec<(Face, bool)>,
    processing: ProcessingTime,
    stats: Stats,
}

#[derive(Debug, Default, Clone)]
struct Stats {
    frames: u64,
    masked: u64,
    kept: u64,
}

/// The element.
#[derive(Default)]
pub struct FaceMask {
    settings: Mutex<Settings>,
    state: Mutex<State>,
}

#[glib::object_subclass]
impl ObjectSubclass for FaceMask {
    const NAME: &'static str = "GstRsFaceMask";
    type Type = super::FaceMask;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for FaceMask {
    gst_frameview::element_properties!(properties::specs);

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        self.settings.lock().unwrap().set(pspec.name(), value);
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        let setting = self.settings.lock().unwrap().get(pspec.name());
        setting.unwrap_or_else(|| self.stats().to_value())
    }

    gst_frameview::keeps_gaps!();
}

impl GstObjectImpl for FaceMask {}

impl ElementImpl for FaceMask {
    gst_frameview::element_metadata!(
        "Face mask",
        "Filter/Effect/Video",
        "Hides faces on video frames, except those of people to be kept, or draws boxes around them"
    );

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            // It writes, so frames in a device's memory would be fetched and sent back.
            let caps = gst_frameview::raw_caps();
            [("sink", gst::PadDirection::Sink), ("src", gst::PadDirection::Src)]
                .into_iter()
                .filter_map(|(name, direction)| {
                    gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps).ok()
                })
                .collect()
        });
        TEMPLATES.as_ref()
    }
}

impl BaseTransformImpl for FaceMask {
    gst_frameview::transforms_in_place!();

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = self.settings.lock().unwrap().clone();
        let threshold = (settings.threshold >= -1.0).then_some(settings.threshold);
        let people = settings.people.as_deref().unwrap_or_default();
        let people: Vec<_> = people.split(',').map(str::trim).filter(|p| !p.is_empty()).collect();
        let keep = settings
            .keep
            .map(|location| Keep::open(Path::new(&location), &people, threshold))
            .transpose()
            .map_err(|error| gst::error_msg!(gst::ResourceError::OpenRead, ("{error:#}")))?;
        if let Some(keep) = &keep {
            gst::info!(CAT, imp = self, "{} faces of {} stay visible", keep.len(), keep.model());
        }
        *self.state.lock().unwrap() = State { keep, ..State::default() };
        Ok(())
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        {
            let mut state = self.state.lock().unwrap();
            state.stream.event(&event);
            if let gst::EventView::FlushStop(_) | gst::EventView::StreamStart(_) = event.view() {
                state.forget();
            }
        }
        self.parent_sink_event(event)
    }

    gst_frameview::answers_latency!();

    gst_frameview::takes_any_planes!();

    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let started = Instant::now();
        let settings = self.settings.lock().unwrap().clone();
        let failed = |error| {
            self.post_error_message(error);
            gst::FlowError::Error
        };
        let (info, areas) = {
            let mut state = self.state.lock().unwrap();
            let info = state.stream.info.clone().ok_or(gst::FlowError::NotNegotiated)?;
            let areas = state.areas(buffer, &info, &settings).map_err(failed)?;
            (info, areas)
        };
        if areas.is_empty() || buffer.size() == 0 {
            gst::log!(CAT, imp = self, "{} skipped: nothing to paint", buffer.pts().display());
            return Ok(gst::FlowSuccess::Ok);
        }
        let unreadable = map_error(buffer);
        let mut frame = gst_video::VideoFrameRef::from_buffer_ref_writable(buffer, &info)
            .map_err(|_| failed(unreadable))?;
        for (area, known) in &areas {
            let long = (area.right - area.left).max(area.bottom - area.top);
            match settings.mode {
                Mode::Pixelate => {
                    paint::pixelate(&mut frame, *area, long.div_ceil(settings.blocks))
                }
                Mode::Fill => paint::fill(&mut frame, *area, BLACK),
                // Two pixels on a small picture, more on large ones.
                Mode::Box => paint::outline(
                    &mut frame,
                    *area,
                    2 + info.height() / 360,
                    if *known { GREEN } else { WHITE },
                ),
            }
        }
        drop(frame);
        let took = started.elapsed();
        gst::log!(CAT, imp = self, "{}: {} in {took:?}", buffer.pts().display(), areas.len());
        if self.state.lock().unwrap().processing.add(took) {
            let _ = self.post_message(gst::message::Latency::builder().src(&*self.obj()).build());
        }
        Ok(gst::FlowSuccess::Ok)
    }
}

impl State {
    fn forget(&mut self) {
        self.last.clear();
        if let Some(keep) = &mut self.keep {
            keep.forget();
        }
    }

    /// What is to be painted, and whether it is somebody known.
    fn areas(
        &mut self,
        buffer: &gst::BufferRef,
        info: &gst_video::VideoInfo,
        settings: &Settings,
    ) -> Result<Vec<(Area, bool)>, gst::ErrorMessage> {
        self.stats.frames += 1;
        if buffer.flags().contains(gst::BufferFlags::DISCONT) {
            self.forget();
        }
        let (width, height) = (info.width(), info.height());
        if let Some(found) = FrameFaces::read(buffer, &settings.object_class, width, height) {
            self.last = Vec::with_capacity(found.faces.len());
            for face in found.faces {
                let known = match &mut self.keep {
                    None => false,
                    Some(keep) => keep.knows(&face).map_err(|model| {
                        gst::error_msg!(
                            gst::ResourceError::Settings,
                            (
                                "faces come with embeddings of {model}, those to be kept have some of {}: set faceembed to the same model",
                                keep.model()
                            )
                        )
                    })?,
                };
                self.last.push((face, known));
            }
        }
        let kept = self.last.iter().filter(|(_, known)| *known).count() as u64;
        self.stats.kept += kept;
        self.stats.masked += self.last.len() as u64 - kept;
        let margin = if settings.mode == Mode::Box { 0.0 } else { settings.margin };
        Ok(self
            .last
            .iter()
            .filter(|(_, known)| !known || settings.mode == Mode::Box)
            .filter_map(|(face, known)| {
                Some((Area::around(face.bbox, margin, width, height)?, *known))
            })
            .collect())
    }
}

impl FaceMask {
    fn stats(&self) -> gst::Structure {
        let stats = self.state.lock().unwrap().stats.clone();
        gst::Structure::builder("stats")
            .field("frames", stats.frames)
            .field("masked", stats.masked)
            .field("kept", stats.kept)
            .build()
    }
}

gst_frameview::plain_name!(PlainFaceMask, "GstRsPlainFaceMask", FaceMask, BaseTransformImpl { gst_frameview::transforms_in_place!(); });

unsafe impl<T: BaseTransformImpl> IsSubclassable<T> for super::FaceMask {}
