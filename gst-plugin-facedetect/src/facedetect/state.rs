// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `facedetect` knows while it runs, and which frames it processes.

use std::sync::Arc;

use gst_frameview::{Geometry, Lateness, ProcessingTime, VideoStream};
use imaging::geometry::Rect;

use super::Settings;
use super::batch::Batch;
use super::detectors::Detectors;
use super::schedule::Schedule;

/// What is known while running.
#[derive(Default)]
pub(super) struct State {
    pub(super) detectors: Option<Arc<Detectors>>,
    pub(super) stream: VideoStream,
    /// Frames since the last that is processed, and whether there was one.
    waited: u32,
    begun: bool,
    last_inference: Option<gst::ClockTime>,
    last_count: Option<usize>,
    pub(super) lateness: Lateness,
    pub(super) processing: ProcessingTime,
    pub(super) stats: Stats,
    pub(super) batch: Batch<InferenceJob>,
    pub(super) schedule: Schedule,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Stats {
    pub(super) frames: u64,
    pub(super) inferred: u64,
    pub(super) skipped_late: u64,
    pub(super) faces: u64,
    pub(super) inference_ns: u64,
}

/// What one inference needs, taken out of the state so that no lock is held meanwhile.
pub(super) struct InferenceJob {
    pub(super) frame: u64,
    /// Stream time.
    pub(super) time: Option<gst::ClockTime>,
    pub(super) detectors: Arc<Detectors>,
    pub(super) info: gst_video::VideoInfo,
    pub(super) geometry: Geometry,
    /// The part to search in display pixels.
    pub(super) region: Rect,
}

impl State {
    /// Ready to run.
    pub(super) fn new(detectors: Detectors) -> Self {
        Self { detectors: Some(Arc::new(detectors)), ..Self::default() }
    }

    /// Takes a frame in; whether it is time to process those that wait.
    #[must_use]
    pub(super) fn push(
        &mut self,
        buffer: gst::Buffer,
        job: Option<InferenceJob>,
        settings: &Settings,
    ) -> bool {
        let due = |job: &InferenceJob| self.schedule.is_due(job.time, settings.full_frame_interval);
        let last = settings.has_lookahead() && job.as_ref().is_some_and(due);
        let jobs = self.batch.push(buffer, job) as u64;
        jobs > 0 && (last || jobs > settings.others())
    }

    /// Without all but the counts, which stay readable after the end.
    pub(super) fn stopped(&mut self) -> Self {
        self.schedule.forget();
        let schedule = std::mem::take(&mut self.schedule);
        Self { stats: self.stats.clone(), schedule, ..Self::default() }
    }

    pub(super) fn forget_pace(&mut self) {
        self.waited = 0;
        self.begun = false;
        self.last_inference = None;
        self.last_count = None;
        self.schedule.forget();
        self.lateness.forget();
    }

    /// Counts the frame, and gives its inference job, or says why there is none.
    pub(super) fn next_job(
        &mut self,
        buffer: &gst::BufferRef,
        settings: &Settings,
    ) -> Result<InferenceJob, &'static str> {
        let frame = self.stream.number(buffer);
        self.stats.frames += 1;
        if buffer.flags().contains(gst::BufferFlags::DISCONT) {
            self.forget_pace();
        }
        let time = self.stream.stream_time(buffer);
        self.waited += 1;
        let by_frames = self.waited >= settings.inference_interval;
        let by_time = match (time, self.last_inference) {
            (Some(now), Some(last)) => now < last || now - last >= settings.interval,
            _ => true,
        };
        if !(!self.begun || by_frames && by_time) {
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
        self.begun = true;
        self.last_inference = time;
        let job = || {
            let geometry = self.stream.geometry()?;
            Some(InferenceJob {
                frame,
                time,
                detectors: self.detectors.clone()?,
                info: self.stream.info.clone()?,
                region: region(settings, &geometry),
                geometry,
            })
        };
        job().ok_or("it came before its caps")
    }

    /// Keeps count; whether the number of faces changed.
    pub(super) fn inferred(
        &mut self,
        faces: &facemeta::FrameFaces,
        took: std::time::Duration,
    ) -> bool {
        self.stats.inferred += 1;
        self.stats.faces += faces.faces.len() as u64;
        self.stats.inference_ns += u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.last_count.replace(faces.faces.len()) != Some(faces.faces.len())
    }

    /// How long the first frame of a batch waits for the last, as far as the caps tell; `true` when a live
    /// pipeline is to be told that this has changed.
    #[must_use]
    pub(super) fn hold(&mut self, settings: &Settings) -> bool {
        let wait = || {
            let fps = self.stream.info.as_ref()?.fps();
            let (n, d) = (u64::try_from(fps.numer()).ok()?, u64::try_from(fps.denom()).ok()?);
            let frame = gst::ClockTime::SECOND.nseconds().checked_mul(d)?.checked_div(n)?;
            let by_time = settings.interval.nseconds().div_ceil(frame.max(1));
            let step = by_time.max(settings.inference_interval.into());
            frame.checked_mul(step)?.checked_mul(settings.others())
        };
        let mut wait = wait().map_or(gst::ClockTime::ZERO, gst::ClockTime::from_nseconds);
        if settings.has_lookahead() {
            wait = wait.min(settings.full_frame_interval);
        }
        self.processing.hold(wait)
    }
}

/// The part to search in display pixels, within the frame.
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
