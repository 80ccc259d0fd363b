// SPDX-License-Identifier: MIT OR Apache-2.0
//! Watching one input on its way: its end, its errors, and whether it moves at all.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use framesource::failing::{Failure, Why};
use framesource::hardware::Decoders;
use framesource::input::Source;
use framesource::sampler::ENDS_EARLY;
use framesource::sampling::Sampling;
use framesource::survey::Survey;
use gst::prelude::*;
use gstfacegroup::facesink::FaceSink;

use super::context::RunContext;
use super::pipeline::Job;
use super::progress::{Progress, Standing, clock};
use super::worker::{End, ends_at, seconds};

/// How often the bus is looked at between messages.
const TICK: gst::ClockTime = gst::ClockTime::from_mseconds(100);
/// How long an input that is to end may do nothing: one that sends no more cannot end by itself.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long an input that is not live may give nothing at all while nobody else is busy.
const STANDSTILL: Duration = Duration::from_secs(20);
/// How long where pictures wait for the networks: no machine is so slow.
const LONGEST: Duration = Duration::from_secs(600);
/// How far behind damage is looked first, and how often, each time twice as far.
const FIRST_STEP: gst::ClockTime = gst::ClockTime::from_mseconds(40);
const MOST_STEPS: u32 = 16;

/// Watches a job until it has ended, and says how.
pub fn watch(
    job: &Job,
    context: &RunContext<'_>,
    source: &Source,
    survey: &Survey,
    sampling: Sampling,
    video: &str,
) -> Result<End, Failure> {
    let RunContext { decoders, console, stop, .. } = *context;
    let bus = job.pipeline.bus().ok_or_else(|| Failure::Run("a pipeline without a bus".into()))?;
    let started = Instant::now();
    let mut progress = if job.is_still { Progress::Silent } else { console.progress(video) };
    let mut stopping = Stopping::default();
    let mut still = Still::default();
    let mut damage = Damage { over: is_remote(source), ..Damage::default() };
    let mut failed = None;
    let mut why = Why::default();
    let mut reported = job.is_still;
    let mut tell = || {
        if !reported && job.sampler.decoded.load(Ordering::Relaxed) > 0 {
            reported = true;
            console.say(&format!("{video}: {}", plugged(job, decoders)));
        }
    };
    let playing = job.pipeline.set_state(gst::State::Playing);
    let ended = loop {
        if let Some(message) = bus.timed_pop(TICK) {
            why.note(&message);
            if message.type_() == gst::MessageType::Error {
                // Where GST_DEBUG_DUMP_DOT_DIR says; else nothing.
                let all = gst::DebugGraphDetails::all();
                job.pipeline.debug_to_dot_file_with_ts(all, "facegroup-error");
            }
            match message.view() {
                gst::MessageView::Eos(_) => break failed.map_or(Ok(()), Err),
                // What is cut off in the middle may complain of that.
                gst::MessageView::Error(error) => match failure(error) {
                    Failure::Input(_) if stopping.cut_off => break Ok(()),
                    Failure::Input(_) if damage.ended => (),
                    Failure::Input(_) if damage.read_on(job) => (),
                    // What was read before is still on its way.
                    failure @ Failure::Input(_)
                        if job.reading.packets() > 0 || is_remote(source) =>
                    {
                        failed.get_or_insert(failure);
                        // One that failed before its first picture has not begun to play.
                        let _ = job.pipeline.set_state(gst::State::Playing);
                    }
                    failure => break Err(failure),
                },
                gst::MessageView::Warning(warning) => tracing::warn!("{}", warning.error()),
                gst::MessageView::Application(message) => {
                    let early = message.structure().is_some_and(|s| s.name() == ENDS_EARLY);
                    if early && !damage.read_on(job) {
                        damage.ended = true;
                        job.decoding.end();
                    }
                }
                _ => (),
            }
        } else if playing.is_err() {
            break Err(Failure::Input("could not be opened".into()));
        }
        let (quiet, idle) = still.since(job);
        if stop.load(Ordering::Relaxed) {
            if stopping.step(job) {
                break Ok(());
            }
        } else if failed.is_some() && (idle >= PATIENCE || quiet >= STANDSTILL) {
            break failed.map_or(Ok(()), Err);
        } else if !source.is_live() && !job.is_still && (idle >= STANDSTILL || quiet >= LONGEST) {
            let at = clock(job.sampler.position.load(Ordering::Relaxed) as f64 / 1e9);
            let patience = STANDSTILL.as_secs();
            break Err(Failure::Input(format!("stands still at {at}: nothing for {patience} s")));
        }
        tell();
        progress.show(standing(job, sampling), started.elapsed());
    };
    tell();
    drop(progress);
    if job.is_still {
        console.picture(standing(job, sampling).faces);
    }
    let decoded = job.sampler.decoded.load(Ordering::Relaxed);
    let interrupted = stop.load(Ordering::Relaxed);
    match ended {
        Err(Failure::Input(said)) => {
            why.drain(&bus);
            why.inspect(&job.pipeline);
            let explained = why.explain(&said, source, survey, decoded > 0);
            // What was found before is worth as much as ever.
            return match short_of(job, survey, sampling) {
                _ if decoded == 0 => Err(Failure::Input(explained)),
                _ if stopping.cut_off => Ok(End::Interrupted),
                Some(short) => Ok(End::Early(format!("{short} ({explained})"))),
                None => Ok(End::Early(explained)),
            };
        }
        Err(failure) => return Err(failure),
        Ok(()) => (),
    }
    if stopping.cut_off {
        return Ok(End::Interrupted);
    }
    // A file without pictures ends as quietly as one with.
    if decoded == 0 {
        why.drain(&bus);
        why.inspect(&job.pipeline);
        let has_video = job.sampler.has_video.load(Ordering::Relaxed);
        let said = if has_video { "no picture could be decoded" } else { "no video in it" };
        return Err(Failure::Input(why.explain(said, source, survey, false)));
    }
    let short = short_of(job, survey, sampling).filter(|_| damage.ended);
    Ok(match short {
        _ if interrupted => End::Interrupted,
        Some(short) => End::Early(short),
        None => End::Complete,
    })
}

/// Where it ended, if that is too early.
fn short_of(job: &Job, survey: &Survey, sampling: Sampling) -> Option<String> {
    let length = job.pipeline.query_duration::<gst::ClockTime>()?;
    let origin = survey.origin;
    let wanted = sampling.to.map_or(length, |to| length.min(to + origin));
    let reached = job.reading.falls_short(wanted)?;
    Some(ends_at(reached.saturating_sub(origin), length.saturating_sub(origin)))
}

/// Looking for what is behind damage.
#[derive(Debug, Default)]
struct Damage {
    /// Where it begins, and how often was looked behind it.
    tried: Option<(gst::ClockTime, u32)>,
    /// Nothing is looked for.
    over: bool,
    /// The end that was held back went on.
    ended: bool,
}

impl Damage {
    /// Has the film go on behind the damage; `false` where nothing is behind it.
    fn read_on(&mut self, job: &Job) -> bool {
        let Some(length) = job.pipeline.query_duration::<gst::ClockTime>() else { return false };
        let none = job.sampler.decoded.load(Ordering::Relaxed) == 0;
        if none || self.over || job.reading.falls_short(length).is_none() {
            return false;
        }
        let at = gst::ClockTime::from_nseconds(job.sampler.position.load(Ordering::Relaxed));
        let tries = self.tried.filter(|(same, _)| *same == at).map_or(0, |(_, tries)| tries);
        self.tried = Some((at, tries + 1));
        let next = at + FIRST_STEP * (1u64 << tries.min(MOST_STEPS));
        if tries >= MOST_STEPS || next >= length {
            return false;
        }
        tracing::info!("it breaks off at {at}: reading on at {next}");
        job.decoding.read_on(next)
    }
}

/// Whether an input moves.
#[derive(Debug, Default)]
struct Still {
    /// What was counted, since when it has not changed, and since when nobody holds it up either.
    stands: Option<([u64; 5], Instant, Instant)>,
}

impl Still {
    /// For how long it has given nothing, and for how long of that nobody held it up.
    fn since(&mut self, job: &Job) -> (Duration, Duration) {
        let sampler = &job.sampler;
        let counted = [
            sampler.coded.load(Ordering::Relaxed),
            sampler.decoded.load(Ordering::Relaxed),
            sampler.position.load(Ordering::Relaxed),
            job.reading.packets(),
            // A crowd on one picture takes its time.
            models::runs(),
        ];
        let now = Instant::now();
        let (changed, idle) = match self.stands {
            Some((same, changed, idle)) if same == counted => {
                (changed, if job.is_busy() { now } else { idle })
            }
            _ => (now, now),
        };
        self.stands = Some((counted, changed, idle));
        (changed.elapsed(), idle.elapsed())
    }
}

/// Whether an input comes over a network: it is read once, as it comes.
fn is_remote(source: &Source) -> bool {
    matches!(source, Source::Uri(address) if !address.to_lowercase().starts_with("file:"))
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
    let length = sampling.to.or_else(|| job.pipeline.query_duration()).map(seconds);
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
