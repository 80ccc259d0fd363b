// SPDX-License-Identifier: MIT OR Apache-2.0
//! The implementation of `facetrack`.
// Only on locks and on own pspecs, whose types GObject has checked.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::{LazyLock, Mutex};
use std::time::Instant;

use facemeta::FrameFaces;
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use gst_frameview::{Lateness, ProcessingTime, VideoStream};

use super::message::{TrackEvent, TrackMessage};
use super::properties::{self, Settings};
use super::tracker::Tracker;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new("facetrack", gst::DebugColorFlags::empty(), Some("Face tracker"))
});

/// What is known while running.
#[derive(Default)]
struct State {
    stream: VideoStream,
    tracker: Tracker,
    lateness: Lateness,
    processing: ProcessingTime,
    stats: Stats,
}

#[derive(Debug, Default, Clone)]
struct Stats {
    frames: u64,
    shots: u64,
    tracks: u64,
    interpolated: u64,
    skipped_late: u64,
}

/// The element.
#[derive(Default)]
pub struct FaceTrack {
    settings: Mutex<Settings>,
    state: Mutex<State>,
}

#[glib::object_subclass]
impl ObjectSubclass for FaceTrack {
    const NAME: &'static str = "GstRsFaceTrack";
    type Type = super::FaceTrack;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for FaceTrack {
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

impl GstObjectImpl for FaceTrack {}

impl ElementImpl for FaceTrack {
    gst_frameview::element_metadata!(
        "Face tracker",
        "Filter/Analyzer/Video",
        "Follows faces through a shot and numbers shots and tracks"
    );

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> =
            LazyLock::new(gst_frameview::in_place_templates);
        TEMPLATES.as_ref()
    }
}

impl BaseTransformImpl for FaceTrack {
    gst_frameview::transforms_in_place!();

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        *self.state.lock().unwrap() = State::default();
        Ok(())
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        {
            let mut state = self.state.lock().unwrap();
            state.stream.event(&event);
            match event.view() {
                gst::EventView::StreamStart(_) => state.tracker = Tracker::default(),
                gst::EventView::FlushStop(_) | gst::EventView::Eos(_) => state.tracker.interrupt(),
                _ => (),
            }
            if let gst::EventView::FlushStop(_) | gst::EventView::StreamStart(_) = event.view() {
                state.lateness.forget();
            }
        }
        self.parent_sink_event(event)
    }

    gst_frameview::notes_lateness!();

    gst_frameview::answers_latency!();

    gst_frameview::takes_any_planes!();

    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let started = Instant::now();
        let settings = self.settings.lock().unwrap().clone();
        let (info, geometry, time, mut tracker) = {
            let mut state = self.state.lock().unwrap();
            if let Some(why) = state.skip_reason(buffer, &settings) {
                gst::log!(CAT, imp = self, "{} skipped: {why}", buffer.pts().display());
                return Ok(gst::FlowSuccess::Ok);
            }
            let (Some(info), Some(geometry)) = (state.stream.info.clone(), state.stream.geometry())
            else {
                return Err(gst::FlowError::NotNegotiated);
            };
            let time = state.stream.stream_time(buffer).unwrap_or_default();
            (info, geometry, time, std::mem::take(&mut state.tracker))
        };
        let mut events = Vec::new();
        let tracked = tracker.follow(buffer, &info, &geometry, time, &settings, &mut events);
        self.state.lock().unwrap().update(tracker, &events, tracked.as_ref().ok());
        let faces = tracked.map_err(|error| {
            self.post_error_message(error);
            gst::FlowError::Error
        })?;
        let took = started.elapsed();
        let count = faces.as_ref().map_or(0, |faces| faces.faces.len());
        gst::log!(CAT, imp = self, "{time}: {count} faces, {events:?} in {took:?}");
        if self.state.lock().unwrap().processing.add(took) {
            let message = gst::message::Latency::builder().src(&*self.obj()).build();
            let _ = self.post_message(message);
        }
        if let Some(faces) = faces {
            faces.write(buffer, info.width(), info.height()).map_err(|error| {
                gst::element_imp_error!(self, gst::CoreError::Failed, ("{error}"));
                gst::FlowError::Error
            })?;
        }
        if settings.post_messages {
            events.into_iter().for_each(|event| self.post(buffer, event));
        }
        Ok(gst::FlowSuccess::Ok)
    }
}

impl State {
    /// Why a frame is not to be looked at, if it is not.
    fn skip_reason(
        &mut self,
        buffer: &gst::BufferRef,
        settings: &Settings,
    ) -> Option<&'static str> {
        if buffer.size() == 0 {
            return Some("it has no pixels");
        }
        let due = self.stream.segment.to_running_time(buffer.pts());
        let late = settings.qos
            && self.lateness.is_late(due)
            && FrameFaces::read(buffer, &settings.object_class, 0, 0).is_none();
        self.stats.skipped_late += u64::from(late);
        late.then_some("it is late")
    }

    fn update(
        &mut self,
        tracker: Tracker,
        events: &[TrackEvent],
        faces: Option<&Option<FrameFaces>>,
    ) {
        self.tracker = tracker;
        self.stats.frames += 1;
        for event in events {
            match event {
                TrackEvent::Shot(_) => self.stats.shots += 1,
                TrackEvent::Started(_) => self.stats.tracks += 1,
                TrackEvent::Ended(_) => (),
            }
        }
        let faces = faces.and_then(|faces| faces.as_ref());
        self.stats.interpolated += faces
            .map_or(0, |faces| faces.faces.iter().filter(|face| face.interpolated).count())
            as u64;
    }
}

impl FaceTrack {
    fn post(&self, buffer: &gst::BufferRef, event: TrackEvent) {
        let message = TrackMessage {
            element: self.obj().factory().map_or("facetrack".into(), |f| f.name().into()),
            times: self.state.lock().unwrap().stream.times(buffer),
            event,
        };
        let structure = gst::Structure::from(message);
        // Fails without a bus, which is nobody's fault.
        let message = gst::message::Element::builder(structure).src(&*self.obj()).build();
        let _ = self.post_message(message);
    }

    fn stats(&self) -> gst::Structure {
        let state = self.state.lock().unwrap();
        gst::Structure::builder("stats")
            .field("frames", state.stats.frames)
            .field("shots", state.stats.shots + u64::from(state.stats.frames > 0))
            .field("tracks", state.stats.tracks)
            .field("filled", state.stats.interpolated)
            .field("skipped-late", state.stats.skipped_late)
            .build()
    }
}

gst_frameview::plain_name!(PlainFaceTrack, "GstRsPlainFaceTrack", FaceTrack, BaseTransformImpl { gst_frameview::transforms_in_place!(); });

unsafe impl<T: BaseTransformImpl> IsSubclassable<T> for super::FaceTrack {}
