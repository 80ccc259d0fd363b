// SPDX-License-Identifier: MIT OR Apache-2.0
//! The implementation of `facedetect`.
// Only on locks and on own pspecs, whose types GObject has checked.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::{LazyLock, Mutex};
use std::time::Instant;

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::base_transform::GenerateOutputSuccess;
use gst_base::subclass::prelude::*;
use gst_frameview::{Geometry, model_error};

use super::detectors::Detectors;
use super::message::{FacesMessage, FoundFace};
use super::state::State;
use super::{PostMessages, Settings, detect, properties};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new("facedetect", gst::DebugColorFlags::empty(), Some("Face detector"))
});

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
    gst_frameview::element_properties!(properties::specs);

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        let result = self.settings.lock().unwrap().set(pspec.name(), value);
        if let Err(why) = result {
            // Before it starts nobody listens; then starting fails.
            let name = pspec.name();
            if self.obj().current_state() > gst::State::Ready {
                gst::element_imp_error!(self, gst::ResourceError::Settings, ("{name}: {why}"));
            }
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        let setting = self.settings.lock().unwrap().get(pspec.name());
        setting.unwrap_or_else(|| self.stats().to_value())
    }

    gst_frameview::keeps_gaps!();
}

impl GstObjectImpl for FaceDetect {}

impl ElementImpl for FaceDetect {
    gst_frameview::element_metadata!(
        "Face detector",
        "Filter/Analyzer/Video",
        "Finds the faces on video frames and attaches them as metadata"
    );

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> =
            LazyLock::new(gst_frameview::in_place_templates);
        TEMPLATES.as_ref()
    }
}

impl BaseTransformImpl for FaceDetect {
    gst_frameview::transforms_in_place!();

    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = self.settings.lock().unwrap().clone();
        if let Some(why) = &settings.wrong_region {
            return Err(gst::error_msg!(gst::ResourceError::Settings, ("region: {why}")));
        }
        let detectors = Detectors::open(&settings).map_err(|e| model_error(&e))?;
        let first = detectors.first();
        gst::info!(CAT, imp = self, "{} on {}", first.model().id, first.device());
        *self.state.lock().unwrap() = State::new(detectors);
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        // The counts stay readable after the end.
        let mut state = self.state.lock().unwrap();
        *state = state.stopped();
        Ok(())
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        let flushed = event.type_() == gst::EventType::FlushStop;
        if event.is_serialized() && !flushed {
            self.drain();
        }
        let mut reported = false;
        {
            let settings = self.settings.lock().unwrap();
            let mut state = self.state.lock().unwrap();
            state.stream.event(&event);
            match event.view() {
                gst::EventView::FlushStop(_) => {
                    state.batch.clear();
                    state.forget_pace();
                }
                gst::EventView::StreamStart(_) => state.forget_pace(),
                gst::EventView::Caps(_) => reported = state.hold(&settings),
                _ => (),
            }
        }
        if reported {
            self.tell_latency();
        }
        self.parent_sink_event(event)
    }

    gst_frameview::notes_lateness!();

    gst_frameview::answers_latency!(drain_before);

    fn propose_allocation(
        &self,
        decide_query: Option<&gst::query::Allocation>,
        query: &mut gst::query::Allocation,
    ) -> Result<(), gst::LoggableError> {
        query.add_allocation_meta::<gst_video::VideoMeta>(None);
        self.parent_propose_allocation(decide_query, query)?;
        let held = self.settings.lock().unwrap().others();
        reserve(query, u32::try_from(held).unwrap_or(u32::MAX));
        Ok(())
    }

    fn generate_output(&self) -> Result<GenerateOutputSuccess, gst::FlowError> {
        if let Some(buffer) = self.take_queued_buffer() {
            let settings = self.settings.lock().unwrap().clone();
            let full = {
                let mut state = self.state.lock().unwrap();
                let job = state.next_job(&buffer, &settings);
                let job = job.map_err(|why| {
                    gst::log!(CAT, imp = self, "{} skipped: {why}", buffer.pts().display());
                });
                state.push(buffer, job.ok(), &settings)
            };
            if full {
                self.infer(&settings)?;
            }
        }
        if self.settings.lock().unwrap().others() == 0 {
            let next = self.next();
            return Ok(next.map_or(GenerateOutputSuccess::NoOutput, GenerateOutputSuccess::Buffer));
        }
        // The base class would mark the next frame that leaves as behind a break, when the one behind it
        // has only come.
        self.send()?;
        Ok(GenerateOutputSuccess::NoOutput)
    }
}

/// Asks whoever makes the frames for so many more than downstream needs: they are held here.
fn reserve(query: &mut gst::query::Allocation, held: u32) {
    if held == 0 {
        return;
    }
    let pools: Vec<_> = query.allocation_pools().collect();
    for (index, (pool, size, min, max)) in (0..).zip(&pools) {
        let max = if *max == 0 { 0 } else { max.saturating_add(held) };
        let min = min.saturating_add(held);
        query.set_nth_allocation_pool(index, pool.as_ref(), *size, min, max);
    }
    if pools.is_empty() {
        let info = query.get().0.and_then(|caps| gst_video::VideoInfo::from_caps(caps).ok());
        let size = info.and_then(|info| u32::try_from(info.size()).ok());
        query.add_allocation_pool(None::<&gst::BufferPool>, size.unwrap_or(0), held, 0);
    }
}

impl FaceDetect {
    /// Processes the frames that wait, all of them at once, and makes them ready to leave.
    fn infer(&self, settings: &Settings) -> Result<(), gst::FlowError> {
        let (mut held, mut schedule) = {
            let mut state = self.state.lock().unwrap();
            let held = state.batch.take();
            if held.is_empty() {
                return Ok(());
            }
            (held, std::mem::take(&mut state.schedule))
        };
        let started = Instant::now();
        let found = detect::detect(&held, settings, &mut schedule).map_err(|error| {
            self.post_error_message(error);
            gst::FlowError::Error
        })?;
        let took = started.elapsed();
        let each = took / u32::try_from(found.len()).unwrap_or(1).max(1);
        let slower = {
            let mut state = self.state.lock().unwrap();
            state.schedule = schedule;
            state.processing.add(took) | state.hold(settings)
        };
        if slower {
            self.tell_latency();
        }
        let inferred =
            held.iter_mut().filter_map(|held| Some((&mut held.buffer, held.job.as_ref()?)));
        for ((buffer, job), (faces, rejects)) in inferred.zip(found) {
            let count = faces.faces.len();
            gst::log!(CAT, imp = self, "frame {}: {count} faces in {each:?}", job.frame);
            let changed = self.state.lock().unwrap().inferred(&faces, each);
            let writable = buffer.make_mut();
            let written = faces.write(writable, job.geometry.width, job.geometry.height);
            written.and_then(|()| rejects.map_or(Ok(()), |r| r.write(writable))).map_err(
                |error| {
                    gst::element_imp_error!(self, gst::CoreError::Failed, ("{error}"));
                    gst::FlowError::Error
                },
            )?;
            let post = match settings.post_messages {
                PostMessages::None => false,
                PostMessages::OnChange => changed,
                PostMessages::EveryFrame => true,
            };
            if post {
                self.post(buffer, &faces, &job.geometry);
            }
        }
        self.state.lock().unwrap().batch.finish(held.into_iter().map(|held| held.buffer));
        Ok(())
    }

    /// Who asks for its frames back (drain) or for new ones (allocation) is not to wait for more.
    fn drain_before(&self, direction: gst::PadDirection, query: &gst::QueryRef) {
        if direction == gst::PadDirection::Sink && query.is_serialized() {
            self.drain();
        }
    }

    /// Processes the frames that wait for more, and sends them on.
    fn drain(&self) {
        let settings = self.settings.lock().unwrap().clone();
        // Errors are on the bus by now; the event behind the frames goes on.
        if self.infer(&settings).is_err() {
            return;
        }
        if let Err(error) = self.send() {
            gst::debug!(CAT, imp = self, "could not send the frames that waited: {error}");
        }
    }

    /// Sends the frames that may leave; those behind one that was refused are dropped.
    fn send(&self) -> Result<(), gst::FlowError> {
        let done: Vec<_> = std::iter::from_fn(|| self.next()).collect();
        done.into_iter().try_for_each(|buffer| self.obj().src_pad().push(buffer).map(drop))
    }

    fn next(&self) -> Option<gst::Buffer> {
        self.state.lock().unwrap().batch.next()
    }

    fn tell_latency(&self) {
        let message = gst::message::Latency::builder().src(&*self.obj()).build();
        let _ = self.post_message(message);
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
            .field("searched", state.schedule.count())
            .field("skipped-late", stats.skipped_late)
            .field("faces", stats.faces)
            .field("mean-inference-ns", stats.inference_ns / stats.inferred.max(1))
            .field_if_some("device", state.detectors.as_ref().map(|d| d.first().device()))
            .build()
    }
}

gst_frameview::plain_name!(PlainFaceDetect, "GstRsPlainFaceDetect", FaceDetect, BaseTransformImpl { gst_frameview::transforms_in_place!(); });

unsafe impl<T: BaseTransformImpl> IsSubclassable<T> for super::FaceDetect {}
