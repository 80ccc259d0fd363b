// SPDX-License-Identifier: MIT OR Apache-2.0
//! Running the pipeline of one input to its end.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use dataset::{InputInfo, RunInfo};
use framesource::closing;
use framesource::failing::{Failure, hopeless};
use framesource::fallback::{Failed, or_in_software};
use framesource::input::Source;
use framesource::sampler::Sampler;
use framesource::sampling::Sampling;
use framesource::survey::Survey;
use gst::prelude::*;

use super::context::RunContext;
use super::networks::Models;
use super::pipeline::Job;
use super::progress::clock;
use super::{upright, watch};

/// How an input came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All of it was looked at.
    Complete,
    /// The user stopped it.
    Interrupted,
    /// It ended before its end, and why; what was there was looked at.
    Early(String),
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
    /// Seconds from the first processed frame to the last.
    processed: f64,
    coded: u64,
    decoded: u64,
    damaged: u64,
    undecoded: u64,
    missing: u64,
    /// Width and height of its frames in display orientation, the last if they changed.
    size: Option<(u64, u64)>,
}

impl Played {
    /// Writes down what was seen on the way: of an input that was resumed, all of it, not only what
    /// this run saw.
    pub fn note(&self, run: &mut RunInfo, video: &str, models: &Models) {
        run.device = Some(models.device());
        let counts = [
            ("coded_pictures", self.coded),
            ("decoded_pictures", self.decoded),
            ("damaged_pictures", self.damaged),
            ("undecodable_pictures", self.undecoded),
            ("missing_pictures", self.missing),
        ];
        if let Some(input) = run.inputs.iter_mut().find(|input| input.name == video) {
            input.duration = self.duration.or(input.duration);
            input.decoder.clone_from(&self.decoder);
            if let Some((width, height)) = self.size {
                input.extra.insert("width".into(), width.into());
                input.extra.insert("height".into(), height.into());
            }
            input.frames = Some(self.frames);
            input.extra.insert("looked_seconds".into(), self.processed.into());
            for (what, count) in counts {
                // A run that does only the end again sees no more of what is before.
                let before = input.extra.get(what).and_then(serde_json::Value::as_u64);
                input.extra.insert(what.into(), count.max(before.unwrap_or_default()).into());
            }
        }
        for (what, _) in counts {
            let of = |input: &InputInfo| input.extra.get(what).and_then(serde_json::Value::as_u64);
            run.counts.insert(what.into(), run.inputs.iter().filter_map(of).sum());
        }
        let frames = run.inputs.iter().filter_map(|input| input.frames).sum();
        run.counts.insert("frames".into(), frames);
        // Of the last input, whichever came to its end last.
        let last = run.inputs.iter().rev().find_map(|input| input.decoder.clone());
        run.decoder = last.or(run.decoder.take());
    }

    /// What damage did, in words; `None` where there was none.
    pub fn damage(&self) -> Option<String> {
        let count = |number: u64, what: &str| match number {
            0 => None,
            1 => Some(format!("1 picture {what}")),
            _ => Some(format!("{number} pictures {what}")),
        };
        let parts = [
            count(self.damaged, "damaged"),
            count(self.undecoded, "damaged beyond decoding"),
            count(self.missing, "lost to damage"),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// Runs `source` and writes its faces as `video` into the dataset.
///
/// Where the choice of the decoder is ours and one of hardware gives not a single picture (a profile, a
/// size or a number of sessions it does not know), another one in software follows.
pub fn run(
    source: &Source,
    context: &RunContext<'_>,
    sampling: Sampling,
    video: &str,
) -> Result<Played, Failure> {
    let said = |text: &str| context.console.complain(text);
    or_in_software(context.decoders, video, said, || attempt(source, context, sampling, video))
}

fn attempt(
    source: &Source,
    context: &RunContext<'_>,
    sampling: Sampling,
    video: &str,
) -> Result<Played, Failed> {
    let RunContext { arguments, decoders, dataset, .. } = *context;
    if let Source::Missing(path) = source {
        return Err(Failure::Input(format!("{}: no such file", path.display())).into());
    }
    let survey = Survey::of(source, arguments.source.video_stream).map_err(Failure::Input)?;
    if let Some(why) = hopeless(source, &survey) {
        return Err(Failure::Input(why).into());
    }
    if let Some(choice) = survey.choice().filter(|_| arguments.source.video_stream.is_none()) {
        context.console.say(&format!("{video}: {choice}"));
    }
    let turned = match arguments.source.finds_turn() {
        true => upright::find(source, &survey, context, sampling, video).map_err(Failure::Run)?,
        false => arguments.source.turn(),
    };
    let dataset = dataset.clone();
    let job = Job::new(source, &survey, arguments, decoders, sampling, dataset, (video, turned))
        .map_err(|error| Failure::Run(format!("{error:#}")))?;
    let ended = watch::watch(&job, context, source, &survey, sampling, video);
    let duration = length(&job, &survey);
    let size = frame_size(&job.pipeline);
    // Always, so that the sink writes what is queued and lets go of the dataset.
    let stopped = closing::close(&job.pipeline);
    let idle = job.sampler.decoded.load(Ordering::Relaxed) == 0;
    let idle_decoder = job.decoder().filter(|_| idle);
    let end = ended.map_err(|failure| Failed { failure, idle_decoder })?;
    match stopped {
        Some(true) => (),
        Some(false) => {
            let why = format!("{video}: the last faces could not be written");
            return Err(Failure::Run(why).into());
        }
        None => {
            let why = format!("{video}: reading it cannot be stopped; leave it out");
            return Err(Failure::Run(why).into());
        }
    }
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let sampler = &job.sampler;
    let position = count(&sampler.position) as f64 / 1e9;
    // Decoders may run ahead of what is wanted.
    let position = sampling.to.map_or(position, |to| position.min(seconds(to)));
    let (from, begun) = (seconds(sampling.from), count(&sampler.begun) as f64 / 1e9);
    let some = count(&sampler.sampled) > 0;
    Ok(Played {
        seconds: if some { (position - begun.max(from)).max(0.0) } else { 0.0 },
        processed: if some { (position - from).max(0.0) } else { 0.0 },
        duration,
        decoder: job.decoder(),
        frames: count(&sampler.taken),
        coded: count(&sampler.coded),
        decoded: count(&sampler.decoded),
        damaged: count(&sampler.damaged),
        // What was on its way when it broke off is no damage.
        undecoded: if end == End::Complete { undecoded(sampler) } else { 0 },
        missing: count(&sampler.missing),
        size,
        end,
    })
}

/// Pictures that came out of no decoder, of a film that was decoded to its end.
fn undecoded(sampler: &Sampler) -> u64 {
    let some = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
    if !some(&sampler.one_each) || some(&sampler.over) || some(&sampler.stop) {
        return 0;
    }
    let decoded = sampler.decoded.load(Ordering::Relaxed);
    sampler.fed.load(Ordering::Relaxed).saturating_sub(decoded)
}

/// How long the film is, in seconds.
fn length(job: &Job, survey: &Survey) -> Option<f64> {
    let length = job.pipeline.query_duration::<gst::ClockTime>()?;
    let measured = job.reading.reached().is_none();
    // Such lengths count from zero, not from where the film begins.
    Some(seconds(if measured { length } else { length.saturating_sub(survey.origin) }))
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

/// Seconds of a time.
pub(super) fn seconds(time: gst::ClockTime) -> f64 {
    Duration::from(time).as_secs_f64()
}

/// What a film that ends early says of itself.
pub(super) fn ends_at(reached: gst::ClockTime, length: gst::ClockTime) -> String {
    let tenths = |time: gst::ClockTime| {
        let (whole, tenths) = (seconds(time).floor(), time.mseconds() % 1000 / 100);
        format!("{}.{tenths}", clock(whole))
    };
    format!("ends at {} of {}", tenths(reached), tenths(length))
}
