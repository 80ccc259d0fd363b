// SPDX-License-Identifier: MIT OR Apache-2.0
//! The implementation of `facetrack`.
// Only on locks and on own pspecs, whose types GObject has checked.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::{LazyLock, Mutex};
use std::time::Instant;

use facemeta::{Face, FrameFaces};
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use gst_frameview::{Geometry, Lateness, ProcessingTime, VideoStream, map_error};
use image::RgbImage;
use models::frame::{FrameError, FrameView, Sampler};
use models::geometry::Rect;

use super::linker::{Limits, Linker, Observation};
use super::message::{TrackEvent as News, TrackMessage};
use super::patch::{self, Patch};
use super::setups::{Setups, Surroundings};
use super::shots::{ShotCutter, THUMB_HEIGHT, THUMB_WIDTH};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new("facetrack", gst::DebugColorFlags::empty(), Some("Face tracker"))
});

/// What the user may set.
#[derive(Debug, Clone)]
struct Settings {
    iou_threshold: f32,
    max_age: gst::ClockTime,
    min_hits: u32,
    shot_threshold: f32,
    post_messages: bool,
    object_class: String,
    qos: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            iou_threshold: 0.3,
            max_age: gst::ClockTime::from_mseconds(1000),
            min_hits: 1,
            shot_threshold: 0.3,
            post_messages: false,
            object_class: "face".into(),
            qos: false,
        }
    }
}

/// What is known while running.
#[derive(Default)]
struct State {
    stream: VideoStream,
    tracker: Tracker,
    lateness: Lateness,
    processing: ProcessingTime,
    stats: Stats,
}

/// What follows the pictures; taken out of the state while it works on one.
#[derive(Default)]
struct Tracker {
    cutter: ShotCutter,
    linker: Linker,
    setups: Setups,
    sampler: Sampler,
    picture: RgbImage,
    shot: u64,
}

#[derive(Debug, Default, Clone)]
struct Stats {
    frames: u64,
    shots: u64,
    tracks: u64,
    filled: u64,
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
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(specs);
        PROPERTIES.as_ref()
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        let mut settings = self.settings.lock().unwrap();
        match pspec.name() {
            "iou-threshold" => settings.iou_threshold = value.get().unwrap(),
            "max-age" => settings.max_age = gst::ClockTime::from_nseconds(value.get().unwrap()),
            "min-hits" => settings.min_hits = value.get().unwrap(),
            "shot-threshold" => settings.shot_threshold = value.get().unwrap(),
            "post-messages" => settings.post_messages = value.get().unwrap(),
            "object-class" => {
                settings.object_class = value.get::<Option<String>>().unwrap().unwrap_or_default();
            }
            "qos" => settings.qos = value.get().unwrap(),
            _ => unimplemented!("own pspecs only"),
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        let settings = self.settings.lock().unwrap();
        match pspec.name() {
            "iou-threshold" => settings.iou_threshold.to_value(),
            "max-age" => settings.max_age.nseconds().to_value(),
            "min-hits" => settings.min_hits.to_value(),
            "shot-threshold" => settings.shot_threshold.to_value(),
            "post-messages" => settings.post_messages.to_value(),
            "object-class" => settings.object_class.to_value(),
            "qos" => settings.qos.to_value(),
            "stats" => self.stats().to_value(),
            _ => unimplemented!("own pspecs only"),
        }
    }

    fn constructed(&self) {
        self.parent_constructed();
        // Else the base class takes the flag off the frames that bear it.
        self.obj().set_gap_aware(true);
    }
}

fn specs() -> Vec<glib::ParamSpec> {
    let default = Settings::default();
    vec![
        glib::ParamSpecFloat::builder("iou-threshold")
            .nick("Overlap threshold")
            .blurb("Least intersection over union of a face and where its track expects it")
            .minimum(0.0)
            .maximum(1.0)
            .default_value(default.iou_threshold)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("max-age")
            .nick("Maximum age")
            .blurb("Nanoseconds a track lives on without a face; at least one and a half times the time between two frames looked at")
            .default_value(default.max_age.nseconds())
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("min-hits")
            .nick("Minimum hits")
            .blurb("Faces until a track is announced")
            .minimum(1)
            .default_value(default.min_hits)
            .mutable_playing()
            .build(),
        glib::ParamSpecFloat::builder("shot-threshold")
            .nick("Shot threshold")
            .blurb("Difference between two pictures that makes a cut, 0 (same) to 1 (nothing in common)")
            .minimum(0.0)
            .maximum(1.0)
            .default_value(default.shot_threshold)
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("post-messages")
            .nick("Post messages")
            .blurb("Post an element message when a shot begins and when a track begins or ends")
            .default_value(default.post_messages)
            .mutable_playing()
            .build(),
        glib::ParamSpecString::builder("object-class")
            .nick("Object class")
            .blurb("Type of the regions of interest to follow where another detector attached them (empty = any)")
            .default_value(Some(default.object_class.as_str()))
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("qos")
            .nick("QoS")
            .blurb("Look for no cut, but never drop a frame, on frames without faces that downstream says come late")
            .default_value(default.qos)
            .mutable_playing()
            .build(),
        glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
            .nick("Statistics")
            .blurb("Frames passed, shots, tracks, faces filled in, late frames passed without a look")
            .read_only()
            .build(),
    ]
}

impl GstObjectImpl for FaceTrack {}

impl ElementImpl for FaceTrack {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Face tracker",
                "Filter/Analyzer/Video",
                "Follows faces through a shot and numbers shots and tracks",
                "The facegroup developers",
            )
        });
        Some(&*METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> =
            LazyLock::new(gst_frameview::in_place_templates);
        TEMPLATES.as_ref()
    }
}

impl BaseTransformImpl for FaceTrack {
    const MODE: gst_base::subclass::BaseTransformMode =
        gst_base::subclass::BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

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

    fn src_event(&self, event: gst::Event) -> bool {
        self.state.lock().unwrap().lateness.event(&event);
        self.parent_src_event(event)
    }

    fn query(&self, direction: gst::PadDirection, query: &mut gst::QueryRef) -> bool {
        let answered = BaseTransformImplExt::parent_query(self, direction, query);
        if let (true, gst::QueryViewMut::Latency(latency)) = (answered, query.view_mut()) {
            self.state.lock().unwrap().processing.answer(latency);
        }
        answered
    }

    fn propose_allocation(
        &self,
        decide_query: Option<&gst::query::Allocation>,
        query: &mut gst::query::Allocation,
    ) -> Result<(), gst::LoggableError> {
        query.add_allocation_meta::<gst_video::VideoMeta>(None);
        self.parent_propose_allocation(decide_query, query)
    }

    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let started = Instant::now();
        let settings = self.settings.lock().unwrap().clone();
        let (info, geometry, time, mut tracker) = {
            let mut state = self.state.lock().unwrap();
            if let Some(why) = state.passes(buffer, &settings) {
                gst::log!(CAT, imp = self, "{} passes: {why}", buffer.pts().display());
                return Ok(gst::FlowSuccess::Ok);
            }
            let (Some(info), Some(geometry)) = (state.stream.info.clone(), state.stream.geometry())
            else {
                return Err(gst::FlowError::NotNegotiated);
            };
            let time = state.stream.stream_time(buffer).unwrap_or_default();
            (info, geometry, time, std::mem::take(&mut state.tracker))
        };
        let mut news = Vec::new();
        let tracked = follow(&mut tracker, buffer, &info, &geometry, time, &settings, &mut news);
        self.state.lock().unwrap().settle(tracker, &news, tracked.as_ref().ok());
        let faces = tracked.map_err(|error| {
            self.post_error_message(error);
            gst::FlowError::Error
        })?;
        let took = started.elapsed();
        let count = faces.as_ref().map_or(0, |faces| faces.faces.len());
        gst::log!(CAT, imp = self, "{time}: {count} faces, {news:?} in {took:?}");
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
            news.into_iter().for_each(|news| self.post(buffer, news));
        }
        Ok(gst::FlowSuccess::Ok)
    }
}

impl State {
    /// Why a frame is not to be looked at, if it is not.
    fn passes(&mut self, buffer: &gst::BufferRef, settings: &Settings) -> Option<&'static str> {
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

    fn settle(&mut self, tracker: Tracker, news: &[News], faces: Option<&Option<FrameFaces>>) {
        self.tracker = tracker;
        self.stats.frames += 1;
        for news in news {
            match news {
                News::Shot(_) => self.stats.shots += 1,
                News::Started(_) => self.stats.tracks += 1,
                News::Ended(_) => (),
            }
        }
        let faces = faces.and_then(|faces| faces.as_ref());
        self.stats.filled +=
            faces.map_or(0, |faces| faces.faces.iter().filter(|face| face.filled).count()) as u64;
    }
}

impl Tracker {
    /// The stream jumps: what comes next has nothing to do with what was.
    fn interrupt(&mut self) {
        self.cutter.interrupt();
        self.linker.end_all();
    }

    fn patch(&mut self, view: &FrameView<'_>, bbox: [f32; 4]) -> Result<Patch, FrameError> {
        let [x, y, w, h] = bbox;
        let (width, height) = (w * patch::REACH, h * patch::REACH);
        let region = Rect { x: x - (width - w) / 2.0, y: y - (height - h) / 2.0, width, height };
        self.sampler.sample(view, region, patch::SIDE, patch::SIDE, &mut self.picture)?;
        Ok(Patch::new(&self.picture))
    }
}

/// Looks for a cut, links the frame's faces if somebody looked for any, and gives them back.
fn follow(
    tracker: &mut Tracker,
    buffer: &gst::BufferRef,
    info: &gst_video::VideoInfo,
    geometry: &Geometry,
    time: gst::ClockTime,
    settings: &Settings,
    news: &mut Vec<News>,
) -> Result<Option<FrameFaces>, gst::ErrorMessage> {
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, info)
        .map_err(|_| map_error(buffer))?;
    let view =
        gst_frameview::view(&frame, geometry.orientation).ok_or_else(|| map_error(buffer))?;
    let unreadable = |error: FrameError| gst::error_msg!(gst::StreamError::Format, ("{error}"));

    let (width, height) = view.display_size();
    let whole = Rect { x: 0.0, y: 0.0, width, height };
    tracker
        .sampler
        .sample(&view, whole, THUMB_WIDTH, THUMB_HEIGHT, &mut tracker.picture)
        .map_err(unreadable)?;
    let jump = buffer.flags().contains(gst::BufferFlags::DISCONT);
    if jump {
        tracker.cutter.interrupt();
    }
    let cut = tracker.cutter.is_cut(&tracker.picture, time.nseconds(), settings.shot_threshold);
    if jump || cut {
        news.extend(tracker.linker.end_all().into_iter().map(News::Ended));
    }
    if cut {
        tracker.shot += 1;
        news.push(News::Shot(tracker.shot));
    }

    let faces = FrameFaces::read(buffer, &settings.object_class, info.width(), info.height());
    let Some(mut faces) = faces else {
        return Ok(None);
    };
    let boxes: Vec<[f32; 4]> = (faces.faces.iter())
        .map(|face| {
            let Rect { x, y, width, height } = geometry.detection(face).bbox;
            [x, y, width, height]
        })
        .collect();
    let parts: Vec<[f32; 4]> =
        (boxes.iter()).map(|[x, y, w, h]| [x / width, y / height, w / width, h / height]).collect();
    let surroundings = Surroundings::new(&tracker.picture, &parts);
    let setup = tracker.setups.setup(tracker.shot, surroundings);
    let observations: Vec<Observation> = (faces.faces.iter().zip(boxes))
        .map(|(face, bbox)| {
            let patch = tracker.patch(&view, bbox)?;
            Ok(Observation { bbox, score: face.confidence as f32, patch })
        })
        .collect::<Result<_, FrameError>>()
        .map_err(unreadable)?;
    let limits = Limits {
        iou: settings.iou_threshold,
        max_age: settings.max_age.nseconds(),
        min_hits: settings.min_hits,
    };
    let linked = tracker.linker.link(&observations, time.nseconds(), &limits);
    for (face, track) in faces.faces.iter_mut().zip(&linked.tracks) {
        face.track = *track;
    }
    for (track, bbox) in linked.missed {
        let patch = tracker.patch(&view, bbox).map_err(unreadable)?;
        if tracker.linker.is_still_there(track, &patch) {
            faces.faces.push(filled(geometry, track, bbox));
        }
    }
    for face in &mut faces.faces {
        (face.shot, face.setup) = (Some(tracker.shot), Some(setup));
    }
    news.extend(linked.ended.into_iter().map(News::Ended));
    news.extend(linked.started.into_iter().map(News::Started));
    Ok(Some(faces))
}

/// A face that was not detected but is there.
fn filled(geometry: &Geometry, track: u64, [x, y, width, height]: [f32; 4]) -> Face {
    let bbox = Rect { x, y, width, height };
    let face = geometry.face(&models::Detection { bbox, landmarks: None, score: 0.0 });
    Face { track: Some(track), filled: true, ..face }
}

impl FaceTrack {
    fn post(&self, buffer: &gst::BufferRef, news: News) {
        let message = TrackMessage {
            element: self.obj().factory().map_or("facetrack".into(), |f| f.name().into()),
            times: self.state.lock().unwrap().stream.times(buffer),
            event: news,
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
            .field("filled", state.stats.filled)
            .field("skipped-late", state.stats.skipped_late)
            .build()
    }
}

/// The same element under its plain name: a type can carry the name of one factory only.
#[derive(Default)]
pub struct PlainFaceTrack;

#[glib::object_subclass]
impl ObjectSubclass for PlainFaceTrack {
    const NAME: &'static str = "GstRsPlainFaceTrack";
    type Type = super::PlainFaceTrack;
    type ParentType = super::FaceTrack;
}

impl ObjectImpl for PlainFaceTrack {}
impl GstObjectImpl for PlainFaceTrack {}
impl ElementImpl for PlainFaceTrack {}
impl BaseTransformImpl for PlainFaceTrack {
    const MODE: gst_base::subclass::BaseTransformMode =
        gst_base::subclass::BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;
}

unsafe impl<T: BaseTransformImpl> IsSubclassable<T> for super::FaceTrack {}
