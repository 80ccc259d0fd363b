// SPDX-License-Identifier: MIT OR Apache-2.0
//! Running the pipeline of one input to its end.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use grouping::dataset::RunInfo;
use gst::prelude::*;
use gstfacegroup::facesink::FaceSink;

use super::Models;
use super::at_once::Shared;
use super::hardware::Decoders;
use super::inputs::Source;
use super::pipeline::Job;
use super::progress::{Progress, Standing};
use super::sampling::Sampling;

/// How often the bus is looked at between messages.
const TICK: gst::ClockTime = gst::ClockTime::from_mseconds(100);
/// How long an input that is to end may do nothing: one that sends no more cannot end by itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// How an input came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All of it was looked at.
    Complete,
    /// The user stopped it.
    Interrupted,
}

/// An input that was played.
#[derive(Debug)]
pub struct Played {
    /// How it ended.
    pub end: End,
    /// Seconds of video that ran through.
    pub seconds: f64,
    duration: Option<f64>,
    decoder: Option<String>,
    frames: u64,
    coded: u64,
    decoded: u64,
    /// Width and height of its frames in display orientation, the last if they changed.
    size: Option<(u64, u64)>,
}

/// Why an input was not played to its end.
#[derive(Debug)]
pub enum Failure {
    /// Its own fault: the others can go on.
    Input(String),
    /// The disk's, a model's, a device's.
    Run(String),
}

impl Played {
    /// Writes down what was seen on the way.
    pub fn note(&self, run: &mut RunInfo, video: &str, models: &Models) {
        run.device = Some(models.device());
        let counts = [
            ("coded_pictures", self.coded),
            ("decoded_pictures", self.decoded),
            ("frames", self.frames),
        ];
        for (what, count) in counts {
            *run.counts.entry(what.into()).or_default() += count;
        }
        if let Some(input) = run.inputs.iter_mut().find(|input| input.name == video) {
            input.duration = self.duration.or(input.duration);
            input.decoder.clone_from(&self.decoder);
            if let Some((width, height)) = self.size {
                input.extra.insert("width".into(), width.into());
                input.extra.insert("height".into(), height.into());
            }
            input.frames = Some(input.frames.unwrap_or_default() + self.frames);
        }
        // Of the last input, whichever came to its end last.
        let last = run.inputs.iter().rev().find_map(|input| input.decoder.clone());
        run.decoder = last.or(run.decoder.take());
    }
}

/// Plays `source` and writes its faces as `video` into the dataset.
///
/// Where the choice of the decoder is ours and one of hardware gives not a single picture (a profile, a
/// size or a number of sessions it does not know), another one in software follows.
pub fn play(
    source: &Source,
    shared: &Shared<'_>,
    sampling: Sampling,
    video: &str,
) -> Result<Played, Failure> {
    let said = |text: &str| shared.console.complain(text);
    or_in_software(shared.decoders, video, said, || attempt(source, shared, sampling, video))
}

/// Does it, and once more in software where it failed for a decoder of hardware that we chose.
pub(super) fn or_in_software<T>(
    decoders: &Decoders,
    video: &str,
    say: impl Fn(&str),
    once: impl Fn() -> Result<T, Failed>,
) -> Result<T, Failure> {
    match once() {
        Err(Failed { failure: Failure::Input(why), idle_decoder: Some(decoder) })
            if decoders.may_fall_back(&decoder) =>
        {
            say(&format!("{video}: {decoder} cannot decode it ({why}); now in software"));
            decoders.without_hardware(once)
        }
        other => other,
    }
    .map_err(|failed| failed.failure)
}

/// Why playing failed, and which decoder had given nothing yet.
pub(super) struct Failed {
    pub(super) failure: Failure,
    pub(super) idle_decoder: Option<String>,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self { failure, idle_decoder: None }
    }
}

fn attempt(
    source: &Source,
    shared: &Shared<'_>,
    sampling: Sampling,
    video: &str,
) -> Result<Played, Failed> {
    let Shared { arguments, decoders, dataset, .. } = *shared;
    if let Source::Missing(path) = source {
        return Err(Failure::Input(format!("{}: no such file", path.display())).into());
    }
    let job = Job::new(source, arguments, decoders, sampling, dataset.clone(), video)
        .map_err(|error| Failure::Run(format!("{error:#}")))?;
    let ended = watch(&job, shared, sampling, video);
    let duration = seconds(job.pipeline.query_duration::<gst::ClockTime>());
    let size = frame_size(&job.pipeline);
    // Always, so that the sink writes what is queued and lets go of the dataset.
    let stopped = job.pipeline.set_state(gst::State::Null);
    let idle = job.sampler.decoded.load(Ordering::Relaxed) == 0;
    let idle_decoder = job.decoder().filter(|_| idle);
    let end = ended.map_err(|failure| Failed { failure, idle_decoder })?;
    if stopped.is_err() {
        return Err(Failure::Run(format!("{video}: the last faces could not be written")).into());
    }
    let position = gst::ClockTime::from_nseconds(job.sampler.position.load(Ordering::Relaxed));
    Ok(Played {
        end,
        seconds: (position.saturating_sub(sampling.from)).nseconds() as f64 / 1e9,
        duration,
        decoder: job.decoder(),
        frames: job.sampler.sampled.load(Ordering::Relaxed),
        coded: job.sampler.coded.load(Ordering::Relaxed),
        decoded: job.sampler.decoded.load(Ordering::Relaxed),
        size,
    })
}

fn frame_size(pipeline: &gst::Pipeline) -> Option<(u64, u64)> {
    let pad = pipeline.by_name("detect")?.static_pad("sink")?;
    let mut stream = gst_frameview::VideoStream::default();
    pad.sticky_events_foreach(|event| {
        stream.event(event);
        std::ops::ControlFlow::Continue(gst::EventForeachAction::Keep)
    });
    let (width, height) = stream.geometry()?.upright_size();
    Some((width.round() as u64, height.round() as u64))
}

fn watch(job: &Job, shared: &Shared<'_>, sampling: Sampling, video: &str) -> Result<End, Failure> {
    let Shared { decoders, console, stop, .. } = *shared;
    let bus = job.pipeline.bus().ok_or_else(|| Failure::Run("a pipeline without a bus".into()))?;
    let started = Instant::now();
    let mut progress = if job.is_still { Progress::Silent } else { console.progress(video) };
    let mut stopping = Stopping::default();
    let mut told = job.is_still;
    let mut tell = || {
        if !told && job.sampler.decoded.load(Ordering::Relaxed) > 0 {
            told = true;
            console.say(&format!("{video}: {}", plugged(job, decoders)));
        }
    };
    let playing = job.pipeline.set_state(gst::State::Playing);
    let ended = loop {
        if let Some(message) = bus.timed_pop(TICK) {
            match message.view() {
                gst::MessageView::Eos(_) => break Ok(()),
                // What is cut off in the middle may complain of that.
                gst::MessageView::Error(error) => match failure(error) {
                    Failure::Input(_) if stopping.cut_off => break Ok(()),
                    failure => break Err(failure),
                },
                gst::MessageView::Warning(warning) => tracing::warn!("{}", warning.error()),
                _ => (),
            }
        } else if playing.is_err() {
            break Err(Failure::Input("could not be opened".into()));
        }
        if stop.load(Ordering::Relaxed) && stopping.step(job) {
            break Ok(());
        }
        tell();
        progress.show(standing(job, sampling), started.elapsed());
    };
    tell();
    drop(progress);
    if job.is_still {
        console.picture(standing(job, sampling).faces);
    }
    let has_video = job.sampler.has_video.load(Ordering::Relaxed);
    ended.map_err(|failure| match failure {
        Failure::Input(why) if !has_video => Failure::Input(format!("no video in it ({why})")),
        other => other,
    })?;
    if stopping.cut_off {
        return Ok(End::Interrupted);
    }
    // A file without pictures ends as quietly as one with.
    if job.sampler.decoded.load(Ordering::Relaxed) == 0 {
        let why = if has_video { "no picture could be decoded" } else { "no video in it" };
        return Err(Failure::Input(why.into()));
    }
    Ok(if stop.load(Ordering::Relaxed) { End::Interrupted } else { End::Complete })
}

/// An input on the way to an early end.
#[derive(Default)]
struct Stopping {
    /// Pictures so far, and since when there are not more.
    stands: Option<(u64, Instant)>,
    /// Whether its source was told to end.
    cut_off: bool,
}

impl Stopping {
    /// Lets it end at its next frame; where none comes, at its source. `true` where nothing helps.
    fn step(&mut self, job: &Job) -> bool {
        let sampler = &job.sampler;
        sampler.stop.store(true, Ordering::Relaxed);
        let count = sampler.coded.load(Ordering::Relaxed) + sampler.decoded.load(Ordering::Relaxed);
        match self.stands {
            Some((same, since)) if same == count && since.elapsed() < PATIENCE => (),
            Some((same, _)) if same == count && self.cut_off => return true,
            Some((same, _)) if same == count => {
                self.cut_off = true;
                self.stands = Some((count, Instant::now()));
                job.pipeline.send_event(gst::event::Eos::new());
            }
            _ => self.stands = Some((count, Instant::now())),
        }
        false
    }
}

/// Which decoder the frames come from, and where they lie.
fn plugged(job: &Job, decoders: &Decoders) -> String {
    let Some(decoder) = job.decoder() else {
        return "no decoder, the pictures are raw".into();
    };
    let kind = if decoders.is_hardware(&decoder) { "hardware" } else { "software" };
    let pad = job.pipeline.by_name("detect").and_then(|detect| detect.static_pad("sink"));
    let caps = pad.and_then(|pad| pad.current_caps());
    let features = caps.as_ref().and_then(|caps| caps.features(0));
    let device =
        features.filter(|features| !features.is_equal(&gst::CAPS_FEATURES_MEMORY_SYSTEM_MEMORY));
    let memory = device.map_or(String::new(), |features| format!(", {features}"));
    format!("decoded by {decoder} ({kind}{memory})")
}

fn standing(job: &Job, sampling: Sampling) -> Standing {
    let from = sampling.from.nseconds() as f64 / 1e9;
    let length = seconds(sampling.to.or_else(|| job.pipeline.query_duration()));
    let faces =
        job.pipeline.by_name("detect").map(|detect| detect.property::<gst::Structure>("stats"));
    Standing {
        position: job.sampler.position.load(Ordering::Relaxed) as f64 / 1e9 - from,
        length: length.map(|length| length - from).filter(|length| *length > 0.0),
        frames: job.sampler.sampled.load(Ordering::Relaxed),
        faces: faces.and_then(|stats| stats.get("faces").ok()).unwrap_or_default(),
    }
}

/// Whose fault an error is, and what it says.
fn failure(error: &gst::message::Error) -> Failure {
    let text = error.error().message().to_owned();
    let ours = error.src().is_some_and(|source| {
        source.is::<FaceSink>()
            || source.is::<gstfacedetect::facedetect::FaceDetect>()
            || source.is::<gstfaceembed::faceembed::FaceEmbed>()
    });
    if ours {
        return Failure::Run(text);
    }
    tracing::info!("{:?}", error.debug());
    Failure::Input(text)
}

fn seconds(time: Option<gst::ClockTime>) -> Option<f64> {
    time.map(|time| Duration::from(time).as_secs_f64())
}
