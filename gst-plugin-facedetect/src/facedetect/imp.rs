// SPDX-License-Identifier: MIT OR Apache-2.0
//! The implementation of `facedetect`.
// Only on locks and on own pspecs, whose types GObject has checked.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Instant;

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use gst_frameview::{Geometry, Lateness, ProcessingTime, VideoStream, model_error};
use models::catalogue::Task;
use models::geometry::Rect;
use models::store::ModelFile;
use models::{Detector, DetectorOptions, ModelError};

use super::message::{FacesMessage, FoundFace};
use super::{PostMessages, Settings, filter, properties};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new("facedetect", gst::DebugColorFlags::empty(), Some("Face detector"))
});

/// What is known while running.
#[derive(Default)]
struct State {
    detector: Option<Arc<Detector>>,
    stream: VideoStream,
    /// Frames since the last inference.
    waited: u32,
    last_look: Option<gst::ClockTime>,
    last_count: Option<usize>,
    lateness: Lateness,
    processing: ProcessingTime,
    stats: Stats,
}

#[derive(Debug, Default, Clone)]
struct Stats {
    frames: u64,
    inferred: u64,
    skipped_late: u64,
    faces: u64,
    inference_ns: u64,
}

/// The element.
#[derive(Default)]
pub struct FaceDetect {
    settings: Mutex<Settings>,
    state: Mutex<State>,
}

#[glib::object_subclass]
impl ObjectSubclass for FaceDetect {
    const NAME: &'static str = "GstRsFaceDetect";
    type Type = super::FaceDetect;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for FaceDetect {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(properties::specs);
        PROPERTIES.as_ref()
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        let result = self.settings.lock().unwrap().set(pspec.name(), value);
        if let Err(why) = result {
            gst::error!(CAT, imp = self, "{}: {why}", pspec.name());
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        let setting = self.settings.lock().unwrap().get(pspec.name());
        setting.unwrap_or_else(|| self.stats().to_value())
    }

    fn constructed(&self) {
        self.parent_constructed();
        // Else the base class takes the flag off the frames that bear it.
        self.obj().set_gap_aware(true);
    }
}

impl GstObjectImpl for FaceDetect {}

impl ElementImpl for FaceDetect {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Face detector",
                "Filter/Analyzer/Video",
                "Finds the faces on video frames and attaches them as metadata",
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

impl BaseTransformImpl for FaceDetect {
    const MODE: gst_base::subclass::BaseTransformMode =
        gst_base::subclass::BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = self.settings.lock().unwrap().clone();
        let detector = open(&settings).map_err(|e| model_error(&e))?;
        gst::info!(CAT, imp = self, "{} on {}", detector.model().id, detector.device());
        *self.state.lock().unwrap() =
            State { detector: Some(Arc::new(detector)), ..State::default() };
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        // The counts stay readable after the end.
        let mut state = self.state.lock().unwrap();
        *state = State { stats: state.stats.clone(), ..State::default() };
        Ok(())
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        {
            let mut state = self.state.lock().unwrap();
            state.stream.event(&event);
            if let gst::EventView::FlushStop(_) | gst::EventView::StreamStart(_) = event.view() {
                state.forget_pace();
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
        let settings = self.settings.lock().unwrap().clone();
        let looked_at = self.state.lock().unwrap().next_look(buffer, &settings);
        let look = match looked_at {
            Ok(look) => look,
            Err(why) => {
                gst::log!(CAT, imp = self, "{} passes: {why}", buffer.pts().display());
                return Ok(gst::FlowSuccess::Ok);
            }
        };
        let started = Instant::now();
        let (faces, rejects) = self.detect(buffer, &look, &settings).map_err(|error| {
            self.post_error_message(error);
            gst::FlowError::Error
        })?;
        let took = started.elapsed();
        gst::log!(CAT, imp = self, "frame {}: {} faces in {took:?}", look.frame, faces.faces.len());
        let (changed, slower) = {
            let mut state = self.state.lock().unwrap();
            (state.looked(&faces, took), state.processing.add(took))
        };
        if slower {
            let message = gst::message::Latency::builder().src(&*self.obj()).build();
            let _ = self.post_message(message);
        }
        let written = faces.write(buffer, look.geometry.width, look.geometry.height);
        written.and_then(|()| rejects.map_or(Ok(()), |r| r.write(buffer))).map_err(|error| {
            gst::element_imp_error!(self, gst::CoreError::Failed, ("{error}"));
            gst::FlowError::Error
        })?;
        let post = match settings.post_messages {
            PostMessages::None => false,
            PostMessages::OnChange => changed,
            PostMessages::EveryFrame => true,
        };
        if post {
            self.post(buffer, &faces, &look.geometry);
        }
        Ok(gst::FlowSuccess::Ok)
    }
}

/// What one inference needs, taken out of the state so that no lock is held meanwhile.
struct Look {
    frame: u64,
    detector: Arc<Detector>,
    info: gst_video::VideoInfo,
    geometry: Geometry,
}

impl State {
    fn forget_pace(&mut self) {
        self.waited = 0;
        self.last_look = None;
        self.last_count = None;
        self.lateness.forget();
    }

    /// Counts the frame, and says how to look at it, or why not to.
    fn next_look(
        &mut self,
        buffer: &gst::BufferRef,
        settings: &Settings,
    ) -> Result<Look, &'static str> {
        let frame = self.stream.number(buffer);
        self.stats.frames += 1;
        if buffer.flags().contains(gst::BufferFlags::DISCONT) {
            self.forget_pace();
        }
        let time = self.stream.stream_time(buffer);
        let first = self.last_count.is_none();
        self.waited += 1;
        let by_frames = self.waited >= settings.inference_interval;
        let by_time = match (time, self.last_look) {
            (Some(now), Some(last)) => now < last || now - last >= settings.interval,
            _ => true,
        };
        if !(first || by_frames && by_time) {
            return Err("its turn has not come");
        }
        if buffer.size() == 0 {
            return Err("it has no pixels");
        }
        let due = self.stream.segment.to_running_time(buffer.pts());
        if settings.qos && self.lateness.is_late(due) {
            self.stats.skipped_late += 1;
            return Err("it is late");
        }
        self.waited = 0;
        self.last_look = time;
        let look = || {
            Some(Look {
                frame,
                detector: self.detector.clone()?,
                info: self.stream.info.clone()?,
                geometry: self.stream.geometry()?,
            })
        };
        look().ok_or("it came before its caps")
    }

    /// Keeps count; whether the number of faces changed.
    fn looked(&mut self, faces: &facemeta::FrameFaces, took: std::time::Duration) -> bool {
        self.stats.inferred += 1;
        self.stats.faces += faces.faces.len() as u64;
        self.stats.inference_ns += u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.last_count.replace(faces.faces.len()) != Some(faces.faces.len())
    }
}

/// Confidence from which on a detection is worth being shown as a reject.
const FAINT: f32 = 0.05;

/// Least confidence of a face.
fn least_score(settings: &Settings, model: &ModelFile) -> f32 {
    let own = model.entry.map_or(0.5, |entry| entry.thresholds.detect);
    if settings.threshold < 0.0 { own } else { settings.threshold }
}

fn open(settings: &Settings) -> Result<Detector, ModelError> {
    let model =
        models::store::resolve(&settings.model, settings.model_kind.as_deref(), Task::Detect)?;
    let threshold = least_score(settings, &model);
    Detector::open(&DetectorOptions {
        threshold: if settings.rejects { threshold.min(FAINT) } else { threshold },
        model,
        device: settings.device.parse()?,
        input_size: settings.input_size,
        iou_threshold: settings.iou_threshold,
        threads: settings.threads as usize,
        allow_fallback: settings.allow_fallback,
    })
}

impl FaceDetect {
    fn detect(
        &self,
        buffer: &gst::BufferRef,
        look: &Look,
        settings: &Settings,
    ) -> Result<(facemeta::FrameFaces, Option<facemeta::Rejects>), gst::ErrorMessage> {
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &look.info)
            .map_err(|_| gst_frameview::map_error(buffer))?;
        let view = gst_frameview::view(&frame, look.geometry.orientation)
            .ok_or_else(|| gst_frameview::map_error(buffer))?;
        let looked_at = region(settings, &look.geometry);
        let found = look.detector.detect_closely(&view, looked_at).map_err(|e| model_error(&e))?;
        let (width, height) = look.geometry.display_size();
        let least = least_score(settings, look.detector.model());
        let tested = filter::test(found, looked_at, (width * height) as f32, least, settings);
        let faces = facemeta::FrameFaces {
            frame: look.frame,
            faces: filter::passed(&tested, settings)
                .map(|detection| look.geometry.face(detection))
                .collect(),
        };
        let reject = |tested: &filter::Tested| facemeta::Reject {
            face: look.geometry.face(&tested.face),
            too_low: tested.too_low,
            too_small: tested.too_small,
            too_close: tested.too_close,
        };
        let rejects = settings.rejects.then(|| {
            facemeta::Rejects(tested.iter().filter(|t| !t.passed()).map(reject).collect())
        });
        Ok((faces, rejects))
    }

    fn post(&self, buffer: &gst::BufferRef, faces: &facemeta::FrameFaces, geometry: &Geometry) {
        let message = FacesMessage {
            element: self.obj().factory().map_or("facedetect".into(), |f| f.name().into()),
            times: self.state.lock().unwrap().stream.times(buffer),
            frame: faces.frame,
            faces: faces
                .faces
                .iter()
                .map(|face| FoundFace::new(face, geometry.width, geometry.height))
                .collect(),
        };
        let structure = gst::Structure::from(message);
        // Fails without a bus, which is nobody's fault.
        let _ =
            self.post_message(gst::message::Element::builder(structure).src(&*self.obj()).build());
    }

    fn stats(&self) -> gst::Structure {
        let state = self.state.lock().unwrap();
        let stats = &state.stats;
        gst::Structure::builder("stats")
            .field("frames", stats.frames)
            .field("inferred", stats.inferred)
            .field("skipped-late", stats.skipped_late)
            .field("faces", stats.faces)
            .field("mean-inference-ns", stats.inference_ns / stats.inferred.max(1))
            .field_if_some("device", state.detector.as_ref().map(|d| d.device()))
            .build()
    }
}

/// The part to look at in display pixels, within the frame.
fn region(settings: &Settings, geometry: &Geometry) -> Rect {
    let (width, height) = geometry.display_size();
    let frame = Rect { x: 0.0, y: 0.0, width: width as f32, height: height as f32 };
    let Some(region) = settings.region else {
        return frame;
    };
    let (pixels_x, pixels_y) = geometry.upright_size();
    let part = region.display((width / pixels_x, height / pixels_y));
    let (x, y) = (part.x.min(frame.width), part.y.min(frame.height));
    Rect { x, y, width: part.width.min(frame.width - x), height: part.height.min(frame.height - y) }
}

/// The same element under its plain name: a type can carry the name of one factory only.
#[derive(Default)]
pub struct PlainFaceDetect;

#[glib::object_subclass]
impl ObjectSubclass for PlainFaceDetect {
    const NAME: &'static str = "GstRsPlainFaceDetect";
    type Type = super::PlainFaceDetect;
    type ParentType = super::FaceDetect;
}

impl ObjectImpl for PlainFaceDetect {}
impl GstObjectImpl for PlainFaceDetect {}
impl ElementImpl for PlainFaceDetect {}
impl BaseTransformImpl for PlainFaceDetect {
    const MODE: gst_base::subclass::BaseTransformMode =
        gst_base::subclass::BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;
}

unsafe impl<T: BaseTransformImpl> IsSubclassable<T> for super::FaceDetect {}
