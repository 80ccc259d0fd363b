// SPDX-License-Identifier: MIT OR Apache-2.0
//! The main job: videos in, one folder per person out.

mod context;
mod debug;
mod display;
mod elements;
mod emptied;
mod init;
mod manifest;
mod networks;
mod pipeline;
mod progress;
mod scheduler;
mod summary;
mod upright;
mod watch;
mod worker;

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use dataset::{Dataset, InputState, ResumeInput, RunInfo};
use framesource::hardware::Decoders;
use framesource::input::{self, Source};
use framesource::survey::Survey;
use models::Embedder;

use crate::cli::{Mode, RunArgs, meant_job};
use crate::commands::group;
use crate::commands::library;
use crate::commands::refs;
use crate::exit::Exit;
use context::{Outcome, RunContext};
pub use init::init_gstreamer;
use init::interrupt;
use manifest::run_info;
use networks::Models;
pub use progress::Console;
use summary::Timings;

/// Runs the job and says how it went.
pub fn run(mut arguments: RunArgs) -> Result<Exit> {
    let started = Instant::now();
    go_on_with_embedder(&mut arguments);
    let arguments = &arguments;
    check(arguments)?;
    let output = arguments.output();
    let (inputs, extensions) = (&arguments.inputs, &arguments.extensions);
    let sources = input::collect(inputs, extensions, arguments.recursive, dataset::is_result)
        .map_err(|error| hint_at_job(error, inputs))?;
    init_gstreamer()?;
    let decoders = Decoders::choose(arguments.decoder)?;
    // Held to the end: every pipeline takes the same sessions, and what is missing shows at once.
    let models = Models::open(arguments, scheduler::runs(arguments, &sources))?;
    let options = match &models.embedder {
        Some(embedder) => group::options(&arguments.grouping, embedder.model().entry)?,
        None => arguments.grouping.settings()?.without_embeddings()?,
    };
    let names = match arguments.mode {
        Mode::Full => {
            let networks = || refs::networks_of_run(arguments);
            refs::names(&arguments.enrolment, &output, networks, arguments.quiet)?
        }
        Mode::Detect => None,
    };
    let run = run_info(arguments, &sources, &models);
    if !arguments.quiet {
        refs::warn_of_doubt(&run.models);
    }
    if arguments.force {
        let holds_faces = |run: RunInfo| run.counts.get("faces").is_some_and(|count| *count > 0);
        if Dataset::run_info(&output).is_ok_and(holds_faces)
            && !sources.iter().any(|source| is_promising(source, arguments))
        {
            bail!("no video in any of the inputs: {} is left as it is", output.display());
        }
        Dataset::discard(&output, &run)?;
    }
    // Those that are made for it, the innermost first.
    let folders: Vec<_> = output.ancestors().take_while(|folder| !folder.exists()).collect();
    let (mut dataset, resume) = Dataset::create_or_resume(&output, run)?;
    dataset.set_retention(arguments.duplicates.retention(arguments.debug.save_blurry))?;
    if !resume.fresh && !arguments.quiet {
        eprintln!("going on with {}", output.display());
    }
    let dataset = Arc::new(Mutex::new(dataset));
    let stop = interrupt()?;

    let console = console(&sources, &resume.inputs, arguments.quiet);
    let context = RunContext {
        arguments,
        decoders: &decoders,
        models: &models,
        dataset: &dataset,
        console: &console,
        stop: &stop,
    };
    let Outcome { failed, early, video_seconds } =
        scheduler::run_all(&sources, &resume.inputs, &context)?;
    let processed = started.elapsed();
    let interrupted = stop.load(Ordering::Relaxed);
    if resume.fresh && failed == sources.len() && !interrupted {
        drop(dataset);
        if arguments.json {
            summary::print_failed(&output)?;
        }
        forget(&output, &folders)?;
        return Ok(Exit::Nothing);
    }
    let grouping_started = Instant::now();
    finish(dataset, processed, &models)?;
    group::deduplicate(&output, &arguments.duplicates)?;
    let grouped = match arguments.mode {
        Mode::Full => Some(refs::group(&output, names.as_ref(), &options)?),
        Mode::Detect => None,
    };
    if grouped.is_some() {
        let quiet = arguments.quiet || arguments.json;
        library::join(arguments.library.as_deref(), &output, quiet)?;
    }
    for why in emptied::said(arguments, &output)? {
        eprintln!("facegroup: {why}");
    }
    let timings =
        Timings { total: started.elapsed(), grouping: grouping_started.elapsed(), video_seconds };
    if !arguments.quiet || arguments.json {
        summary::print(&output, grouped.as_ref(), &timings, arguments.json)?;
    }
    Ok(match (interrupted, failed, early) {
        (true, ..) => Exit::Interrupted,
        (_, 0, 0) => Exit::Done,
        (_, n, _) if n == sources.len() => Exit::Nothing,
        _ => Exit::SomeFailed,
    })
}

/// Names the job that was probably meant where an input is not there.
fn hint_at_job(error: anyhow::Error, inputs: &[OsString]) -> anyhow::Error {
    let first = inputs.first().filter(|first| !Path::new(first).exists());
    match first.and_then(|first| meant_job(first)) {
        Some(job) => anyhow!("{error}; did you mean facegroup {job}?"),
        None => error,
    }
}

/// Leaves nothing of a first try of which nothing came, so that the next one starts as this one did.
fn forget(location: &Path, folders: &[&Path]) -> Result<()> {
    let run = Dataset::run_info(location)?;
    Dataset::discard(location, &run)?;
    for folder in folders {
        if *folder == location {
            Dataset::remove_empty(location)?;
        } else {
            // Only an empty folder can be removed so.
            let _ = std::fs::remove_dir(folder);
        }
    }
    Ok(())
}

/// Where the user is told how far the inputs are, and what is missing of them.
fn console(sources: &[Source], inputs: &[ResumeInput], quiet: bool) -> Console {
    let names = inputs.iter().map(|input| input.name.as_str());
    let open = |(source, input): &(&Source, &ResumeInput)| {
        source.is_still() && input.state != InputState::Complete
    };
    let stills = sources.iter().zip(inputs).filter(open).count();
    let console = Console::new(names, stills as u64, quiet);
    for source in sources {
        if let Source::Numbered(pictures) = source
            && let Some(missing) = pictures.missing()
        {
            console.complain(&format!("{}: {missing}", source.name()));
        }
    }
    console
}

/// Whether an input may show anything, as far as its beginning tells: a result is not given up for nothing.
fn is_promising(source: &Source, arguments: &RunArgs) -> bool {
    match source {
        Source::Missing(_) => false,
        Source::File(_) | Source::Piped(..) => Survey::of(source, arguments.source.video_stream)
            .is_ok_and(|survey| !survey.videos.is_empty()),
        Source::Picture { .. } | Source::Numbered(_) | Source::Uri(_) => true,
    }
}

/// A result is resumed with the embedder that it was made with, unless another one is asked for.
fn go_on_with_embedder(arguments: &mut RunArgs) {
    if arguments.embedder.is_some() || arguments.force {
        return;
    }
    let held = Dataset::run_info(&arguments.output()).ok();
    let id = held.as_ref().and_then(RunInfo::embedder);
    let id = id.filter(|id| models::catalogue::find(id).is_some());
    arguments.embedder = id.map(str::to_owned);
}

/// What clap cannot see.
fn check(arguments: &RunArgs) -> Result<()> {
    if arguments.mode == Mode::Detect
        && (arguments.enrolment.refs.is_some() || arguments.enrolment.idle_option().is_some())
    {
        bail!("--mode detect names nobody: leave out the options about known people");
    }
    if arguments.mode == Mode::Detect && arguments.library.is_some() {
        bail!("--mode detect finds faces only, so nobody can join a library: leave out --library");
    }
    library::check_fits(arguments.library.as_deref(), arguments.embedder())?;
    if let (Some(from), Some(to)) = (arguments.from, arguments.to)
        && from.seconds >= to.seconds
    {
        bail!("--from must be before --to");
    }
    if arguments.debug.display.is_some() && arguments.jobs > 1 {
        bail!("--display shows one input at a time: leave out --jobs {}", arguments.jobs);
    }
    if let Some([x1, y1, x2, y2]) = arguments.area.as_deref()
        && (x2 <= x1 || y2 <= y1)
    {
        bail!("--area {x1} {y1} {x2} {y2} is empty: X2 must be right of X1, Y2 below Y1");
    }
    Ok(())
}

/// Saves and closes the dataset, so that it can be grouped.
fn finish(dataset: Arc<Mutex<Dataset>>, processed: Duration, models: &Models) -> Result<()> {
    {
        let mut dataset = dataset.lock().unwrap_or_else(PoisonError::into_inner);
        dataset.update(|run| {
            *run.timings.entry("look".into()).or_default() += processed.as_secs_f64();
            // What each network cost, so that an ensemble's parts can be compared.
            for (id, seconds) in models.embedder.iter().flat_map(Embedder::spent) {
                *run.timings.entry(format!("embed {id}")).or_default() += seconds;
            }
        })?;
    }
    let dataset = Arc::into_inner(dataset).context("a pipeline still holds the dataset")?;
    dataset.into_inner().unwrap_or_else(PoisonError::into_inner).finish()?;
    Ok(())
}
