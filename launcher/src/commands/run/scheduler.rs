// SPDX-License-Identifier: MIT OR Apache-2.0
//! The inputs of a run, one after another or several at once, each with a pipeline and a thread of its
//! own.
//!
//! They share the networks and the dataset, which puts their faces in order at its end: the result is the
//! same however many are worked on at once.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Result, anyhow};
use dataset::{InputState, ResumeInput};
use framesource::failing::Failure;
use framesource::input::Source;
use framesource::sampling::Sampling;

use super::context::{Outcome, RunContext};
use super::init::sampling;
use super::worker::{self, End};
use crate::cli::RunArgs;

/// Most that `--jobs` takes.
const MOST: usize = 64;

/// An input, and where it goes on.
type Input<'r> = (&'r Source, &'r ResumeInput);

/// Runs what is not complete yet.
///
/// # Errors
/// What no other input could be run with either: the disk, a model. All others end early then.
pub fn run_all(
    sources: &[Source],
    inputs: &[ResumeInput],
    context: &RunContext<'_>,
) -> Result<Outcome> {
    let open = sources.iter().zip(inputs).filter(|(_, i)| i.state != InputState::Complete);
    let mut open: VecDeque<Input<'_>> = open.collect();
    // The others end, and their places become free.
    open.make_contiguous().sort_by_key(|(source, _)| !source.is_live());
    let jobs = jobs(context.arguments, open.iter().map(|(source, _)| *source), cores());
    if jobs > 1 {
        context.console.say(&format!("{jobs} inputs at once"));
    }
    let queue =
        Queue { open: Mutex::new(open), outcome: Mutex::new(Ok(Outcome::default())), context };
    thread::scope(|scope| {
        for _ in 1..jobs {
            let job = thread::Builder::new().name("input".into());
            if let Err(error) = job.spawn_scoped(scope, || queue.work()) {
                tracing::warn!("fewer inputs at once: {error}");
            }
        }
        queue.work();
    });
    queue.outcome.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// How often each network may run at once: for every input, as far as the cores suffice for its threads.
pub fn runs(arguments: &RunArgs, sources: &[Source]) -> usize {
    let threads = match arguments.threads as usize {
        0 => models::default_threads(cores()),
        asked => asked,
    };
    jobs(arguments, sources.iter(), cores()).min(cores() / threads).max(1)
}

/// How many of the inputs to be run are worked on at once. Live ones that wait would miss what happens
/// meanwhile.
fn jobs<'s>(
    arguments: &RunArgs,
    open: impl Iterator<Item = &'s Source> + Clone,
    cores: usize,
) -> usize {
    let all = open.clone().count();
    let live = open.filter(|source| source.is_live()).count();
    // As many as have cores for their networks' threads. Measured on two cores: two at once take .84 of
    // the time of one after the other, 1.04 of the work, and 120 MB more.
    let suitable = (cores / models::default_threads(cores)).max(1);
    let jobs = match arguments.jobs as usize {
        0 if arguments.debug.display.is_some() => 1,
        0 => live + suitable.min(all - live),
        asked => asked,
    };
    jobs.min(all).clamp(1, MOST)
}

/// The queue of inputs, and what came of those that workers took from it.
struct Queue<'r> {
    open: Mutex<VecDeque<Input<'r>>>,
    outcome: Mutex<Result<Outcome>>,
    context: &'r RunContext<'r>,
}

impl Queue<'_> {
    /// A worker: runs one input after another until none is left.
    fn work(&self) {
        while !self.context.stop.load(Ordering::Relaxed) {
            let next = self.open.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some((source, input)) = next else { return };
            let played = self.run(source, input);
            let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
            match (played, outcome.as_mut()) {
                (Ok(played), Ok(outcome)) => {
                    outcome.failed += played.failed;
                    outcome.early += played.early;
                    outcome.video_seconds += played.video_seconds;
                }
                (Err(error), Ok(_)) => {
                    *outcome = Err(error);
                    self.context.stop.store(true, Ordering::Relaxed);
                }
                // The first to fail says why.
                (_, Err(_)) => (),
            }
        }
    }

    fn run(&self, source: &Source, input: &ResumeInput) -> Result<Outcome> {
        let RunContext { arguments, models, dataset, console, .. } = self.context;
        let sampling = sampling(arguments, source);
        let sampling = Sampling { first_frame: input.next_frame, ..sampling };
        let played = worker::run(source, self.context, sampling, &input.name);
        let mut dataset = dataset.lock().unwrap_or_else(PoisonError::into_inner);
        match played {
            Ok(played) => {
                dataset.update(|run| played.note(run, &input.name, models))?;
                if let Some(damage) = played.damage() {
                    console.complain(&format!("{}: {damage}", input.name));
                }
                match &played.end {
                    End::Complete => dataset.finish_input(&input.name)?,
                    End::Interrupted => (),
                    End::Early(why) => {
                        console.complain(&format!("{}: {why}", input.name));
                        dataset.fail_input(&input.name, why)?;
                    }
                }
                let early = usize::from(matches!(played.end, End::Early(_)));
                Ok(Outcome { failed: 0, early, video_seconds: played.seconds })
            }
            Err(Failure::Input(why)) => {
                console.complain(&format!("{}: {why}", input.name));
                dataset.fail_input(&input.name, &why)?;
                Ok(Outcome { failed: 1, early: 0, video_seconds: 0.0 })
            }
            // The disk or a model: the next input would fare no better.
            Err(Failure::Run(why)) => Err(anyhow!("{why}")),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn as_many_at_once_as_suit_the_machine_or_are_asked_for() {
        let file = || Source::File("a.mkv".into());
        let camera = || Source::Uri("rtsp://camera/1".into());
        let jobs = |line: &str, sources: &[Source], cores| {
            let line = format!("facegroup a.mkv {line}");
            let cli = Cli::try_parse_from(line.split_whitespace()).unwrap();
            jobs(&cli.run, sources.iter(), cores)
        };
        let films = [(); 9].map(|()| file());
        for (cores, number) in [(1, 1), (2, 2), (4, 2), (8, 2), (16, 4), (256, 9)] {
            assert_eq!(jobs("", &films, cores), number, "{cores} cores");
        }
        assert_eq!(jobs("--jobs 0", &films, 16), 4);
        assert_eq!(jobs("", &films[..1], 16), 1);
        assert_eq!(jobs("-j 3", &films, 2), 3);
        assert_eq!(jobs("--jobs 64", &films, 2), 9);
        assert_eq!(jobs("--display=fakesink", &films, 16), 1);
        assert_eq!(jobs("", &[], 16), 1);
        // Cameras do not wait for each other, and films do not wait for cameras to end.
        assert_eq!(jobs("", &[camera(), camera(), camera()], 2), 3);
        assert_eq!(jobs("", &[camera(), file(), camera(), file()], 1), 3);
        assert_eq!(jobs("--jobs 1", &[camera(), camera()], 16), 1);
    }
}
