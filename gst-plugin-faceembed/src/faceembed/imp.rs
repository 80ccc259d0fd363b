// SPDX-License-Identifier: MIT OR Apache-2.0
//! The implementation of `faceembed`.
// Only on locks and on own pspecs, whose types GObject has checked.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use facemeta::{Embedding, FrameFaces};
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use gst_frameview::{
    EnumType, Geometry, Lateness, ProcessingTime, VideoStream, map_error, model_error,
};
use imaging::frame::FrameError;
use imaging::quality;
use models::catalogue::Task;
use models::{Embedder, EmbedderOptions, ModelError};

use super::properties::{FlipType, Settings, specs};
use super::samples::Samples;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new("faceembed", gst::DebugColorFlags::empty(), Some("Face embedder"))
});

/// What is known while running.
#[derive(Default)]
struct State {
    embedder: Option<Arc<Embedder>>,
    stream: VideoStream,
    samples: Samples,
    lateness: Lateness,
    processing: ProcessingTime,
    stats: Stats,
}

#[derive(Debug, Default, Clone)]
struct Stats {
    faces: u64,
    embedded: u64,
    skipped_late: u64,
    inference_ns: u64,
}

/// The element.
#[derive(Default)]
pub struct FaceEmbed {
    settings: Mutex<Settings>,
    state: Mutex<State>,
}

#[glib::object_subclass]
impl ObjectSubclass for FaceEmbed {
    const NAME: &'static str = "GstRsFaceEmbed";
    type Type = super::FaceEmbed;
    type ParentType = gst_base::BaseTransform;
}

impl ObjectImpl for FaceEmbed {
    fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(specs);
        PROPERTIES.as_ref()
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        let mut settings = self.settings.lock().unwrap();
        let text = || value.get::<Option<String>>().unwrap_or_default();
        match pspec.name() {
            "model" => settings.model = text().unwrap_or_default(),
            "model-kind" => settings.model_kind = text(),
            "device" => settings.device = text().unwrap_or_default(),
            "allow-fallback" => settings.allow_fallback = value.get().unwrap(),
            "threads" => settings.threads = value.get().unwrap(),
            "flip" => settings.flip = FlipType::choice(value).unwrap(),
            "max-samples" => settings.max_samples = value.get().unwrap(),
            "object-class" => settings.object_class = text().unwrap_or_default(),
            "qos" => settings.qos = value.get().unwrap(),
            _ => unimplemented!("own pspecs only"),
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        let settings = self.settings.lock().unwrap();
        match pspec.name() {
            "model" => settings.model.to_value(),
            "model-kind" => settings.model_kind.to_value(),
            "device" => settings.device.to_value(),
            "allow-fallback" => settings.allow_fallback.to_value(),
            "threads" => settings.threads.to_value(),
            "flip" => FlipType::value(settings.flip),
            "max-samples" => settings.max_samples.to_value(),
            "object-class" => settings.object_class.to_value(),
            "qos" => settings.qos.to_value(),
            "stats" => self.stats().to_value(),
            _ => unimplemented!("own pspecs only"),
        }
    }

    gst_frameview::keeps_gaps!();
}

impl GstObjectImpl for FaceEmbed {}

impl ElementImpl for FaceEmbed {
    gst_frameview::element_metadata!(
        "Face embedder",
        "Filter/Analyzer/Video",
        "Attaches to each face a vector by which it can be compared with others"
    );

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> =
            LazyLock::new(gst_frameview::in_place_templates);
        TEMPLATES.as_ref()
    }
}

impl BaseTransformImpl for FaceEmbed {
    gst_frameview::transforms_in_place!();

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = self.settings.lock().unwrap().clone();
        let embedder = open(&settings).map_err(|e| model_error(&e))?;
        gst::info!(CAT, imp = self, "{} on {}", embedder.model().id, embedder.device());
        *self.state.lock().unwrap() =
            State { embedder: Some(Arc::new(embedder)), ..State::default() };
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
                state.samples.forget();
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
        let settings = self.settings.lock().unwrap().clone();
        let work = self.state.lock().unwrap().work(buffer, &settings);
        let mut work = match work {
            Ok(work) => work,
            Err(why) => {
                gst::log!(CAT, imp = self, "{} skipped: {why}", buffer.pts().display());
                return Ok(gst::FlowSuccess::Ok);
            }
        };
        let started = Instant::now();
        self.embed(buffer, &mut work).map_err(|error| {
            self.post_error_message(error);
            gst::FlowError::Error
        })?;
        let took = started.elapsed();
        gst::log!(
            CAT,
            imp = self,
            "frame {}: {} of {} faces in {took:?}",
            work.faces.frame,
            work.wanted.len(),
            work.faces.faces.len()
        );
        let slower = {
            let mut state = self.state.lock().unwrap();
            state.embedded(&work, took);
            state.processing.add(took)
        };
        if slower {
            let message = gst::message::Latency::builder().src(&*self.obj()).build();
            let _ = self.post_message(message);
        }
        work.faces.write(buffer, work.info.width(), work.info.height()).map_err(|error| {
            gst::element_imp_error!(self, gst::CoreError::Failed, ("{error}"));
            gst::FlowError::Error
        })?;
        Ok(gst::FlowSuccess::Ok)
    }
}

/// What one buffer needs, taken out of the state so that no lock is held meanwhile.
struct Work {
    embedder: Arc<Embedder>,
    info: gst_video::VideoInfo,
    geometry: Geometry,
    faces: FrameFaces,
    /// Indices of the faces to embed.
    wanted: Vec<usize>,
}

impl State {
    /// What is to be done on a buffer, or why nothing is.
    fn work(&mut self, buffer: &gst::BufferRef, settings: &Settings) -> Result<Work, &'static str> {
        let early = "it came before its caps";
        let info = self.stream.info.clone().ok_or(early)?;
        let geometry = self.stream.geometry().ok_or(early)?;
        let embedder = self.embedder.clone().ok_or(early)?;
        let faces = FrameFaces::read(buffer, &settings.object_class, info.width(), info.height())
            .ok_or("nobody looked for faces")?;
        self.stats.faces += faces.faces.len() as u64;
        if buffer.size() == 0 {
            return Err("it has no pixels");
        }
        let due = self.stream.segment.to_running_time(buffer.pts());
        if settings.qos && self.lateness.is_late(due) {
            self.stats.skipped_late += 1;
            return Err("it is late");
        }
        let time = self.stream.stream_time(buffer);
        let max = settings.max_samples as usize;
        let wanted: Vec<usize> = (0..faces.faces.len())
            .filter(|&index| {
                let face = &faces.faces[index];
                let known = face.embedding.as_ref().is_some_and(|e| e.model == embedder.model().id);
                // A box that was interpolated shows what the tracker guessed.
                let sampled = match (face.track, time) {
                    (Some(track), Some(time)) if max > 0 => {
                        let landmarks = geometry.detection(face).landmarks;
                        let yaw = landmarks.as_ref().map(quality::pose).unwrap_or_default().yaw;
                        self.samples.wants(track, time, yaw, max)
                    }
                    _ => true,
                };
                !known && !face.interpolated && sampled
            })
            .collect();
        if wanted.is_empty() {
            return Err("no face on it needs an embedding");
        }
        Ok(Work { embedder, info, geometry, faces, wanted })
    }

    fn embedded(&mut self, work: &Work, took: Duration) {
        self.stats.embedded += work.wanted.len() as u64;
        self.stats.inference_ns += u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
    }
}

fn open(settings: &Settings) -> Result<Embedder, ModelError> {
    let kind = settings.model_kind.as_deref();
    let model = models::store::resolve(&settings.model, kind, Task::Embed)?;
    Embedder::open(&EmbedderOptions {
        model,
        device: settings.device.parse()?,
        flip: settings.flip.wanted(),
        threads: settings.threads as usize,
        allow_fallback: settings.allow_fallback,
        runs: 1,
    })
}

impl FaceEmbed {
    fn embed(&self, buffer: &gst::BufferRef, work: &mut Work) -> Result<(), gst::ErrorMessage> {
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &work.info)
            .map_err(|_| map_error(buffer))?;
        let view = gst_frameview::view(&frame, work.geometry.orientation)
            .ok_or_else(|| map_error(buffer))?;
        let mut chips = Vec::with_capacity(work.wanted.len());
        let mut shown = Vec::with_capacity(work.wanted.len());
        for &index in &work.wanted {
            let detection = work.geometry.detection(&work.faces.faces[index]);
            match work.embedder.chip(&view, &detection) {
                Ok(chip) => {
                    chips.push(chip);
                    shown.push(index);
                }
                // A box without extent shows nobody, which is no reason to stop the stream.
                Err(ModelError::Frame(FrameError::Region(_))) => {
                    gst::debug!(CAT, imp = self, "no extent: {:?}", detection.bbox);
                }
                Err(error) => return Err(model_error(&error)),
            }
        }
        let embeddings = work.embedder.embed(&chips).map_err(|e| model_error(&e))?;
        work.wanted = shown;
        for (&index, embedding) in work.wanted.iter().zip(embeddings) {
            let models::Embedding { values, magnitude } = embedding;
            let model = work.embedder.model().id.clone();
            work.faces.faces[index].embedding = Some(Embedding { model, values, magnitude });
        }
        Ok(())
    }

    fn stats(&self) -> gst::Structure {
        let state = self.state.lock().unwrap();
        let stats = &state.stats;
        gst::Structure::builder("stats")
            .field("faces", stats.faces)
            .field("embedded", stats.embedded)
            .field("skipped-late", stats.skipped_late)
            .field("mean-inference-ns", stats.inference_ns / stats.embedded.max(1))
            .field_if_some("device", state.embedder.as_ref().map(|e| e.device()))
            .build()
    }
}

gst_frameview::plain_name!(PlainFaceEmbed, "GstRsPlainFaceEmbed", FaceEmbed, BaseTransformImpl { gst_frameview::transforms_in_place!(); });

unsafe impl<T: BaseTransformImpl> IsSubclassable<T> for super::FaceEmbed {}
