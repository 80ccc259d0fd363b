// SPDX-License-Identifier: MIT OR Apache-2.0
//! The main job: videos in, one folder per person out.

mod at_once;
mod debug;
mod display;
mod elements;
mod emptied;
mod pipeline;
mod play;
mod progress;
mod summary;
mod watch;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use at_once::{Outcome, Shared};
use framesource::hardware::Decoders;
use framesource::input::{self, Source};
use framesource::sampling::{Pace, Sampling};
use framesource::survey::Survey;
use grouping::dataset::{Dataset, InputInfo, InputState, ModelInfo, ResumeInput, RunInfo};
use models::catalogue::Task;
use models::{Detector, DetectorOptions, Embedder, EmbedderOptions};

use crate::cli::{Mode, RunArgs};
use crate::commands::group;
use crate::commands::refs::{self, info};
use crate::exit::Exit;
pub use progress::Console;
use summary::Timings;

/// Frames are looked at this often unless something else is asked for, in seconds.
const DEFAULT_STEP: f64 = 0.2;

/// Runs the job and says how it went.
pub fn run(mut arguments: RunArgs) -> Result<Exit> {
    let started = Instant::now();
    check(&arguments)?;
    go_on_with_embedder(&mut arguments);
    let arguments = &arguments;
    let (inputs, extensions) = (&arguments.inputs, &arguments.extensions);
    let sources = input::collect(inputs, extensions, arguments.recursive, grouping::is_result)?;
    init_gstreamer()?;
    let decoders = Decoders::choose(arguments.decoder.into())?;
    // Held to the end: every pipeline takes the same sessions, and what is missing shows at once.
    let models = Models::open(arguments, at_once::runs(arguments, &sources))?;
    let options = match &models.embedder {
        Some(embedder) => group::options(&arguments.grouping, embedder.model().entry)?,
        None => arguments.grouping.settings()?.without_embeddings()?,
    };
    let names = match arguments.mode {
        Mode::Full => {
            let networks = || refs::networks_of_run(arguments);
            refs::names(&arguments.references, &arguments.output, networks, arguments.quiet)?
        }
        Mode::Detect => None,
    };
    let run = run_info(arguments, &sources, &models);
    if !arguments.quiet {
        refs::warn_of_doubt(&run.models);
    }
    if arguments.force {
        let holds_faces = |run: RunInfo| run.counts.get("faces").is_some_and(|count| *count > 0);
        if Dataset::run_info(&arguments.output).is_ok_and(holds_faces)
            && !sources.iter().any(|source| is_promising(source, arguments))
        {
            bail!("no video in any of the inputs: {} is left as it is", arguments.output.display());
        }
        Dataset::discard(&arguments.output, &run)?;
    }
    let (mut dataset, resume) = Dataset::create_or_resume(&arguments.output, run)?;
    dataset.keep(arguments.duplicates.keeping(arguments.debug.save_blurry))?;
    if !resume.fresh && !arguments.quiet {
        eprintln!("going on with {}", arguments.output.display());
    }
    let dataset = Arc::new(Mutex::new(dataset));
    let stop = interrupt()?;

    let console = console(&sources, &resume.inputs, arguments.quiet);
    let shared = Shared {
        arguments,
        decoders: &decoders,
        models: &models,
        dataset: &dataset,
        console: &console,
        stop: &stop,
    };
    let Outcome { failed, early, video_seconds } =
        at_once::play_all(&sources, &resume.inputs, &shared)?;
    let looked = started.elapsed();
    let interrupted = stop.load(Ordering::Relaxed);
    let grouping_started = Instant::now();
    finish(dataset, looked, &models)?;
    group::deduplicate(&arguments.output, &arguments.duplicates)?;
    let grouped = match arguments.mode {
        Mode::Full => Some(refs::group(&arguments.output, names.as_ref(), &options)?),
        Mode::Detect => None,
    };
    for why in emptied::said(arguments, &arguments.output)? {
        eprintln!("facegroup: {why}");
    }
    let timings =
        Timings { total: started.elapsed(), grouping: grouping_started.elapsed(), video_seconds };
    if !arguments.quiet || arguments.json {
        summary::print(&arguments.output, grouped.as_ref(), &timings, arguments.json)?;
    }
    Ok(match (interrupted, failed, early) {
        (true, ..) => Exit::Interrupted,
        (_, 0, 0) => Exit::Done,
        (_, n, _) if n == sources.len() => Exit::Nothing,
        _ => Exit::SomeFailed,
    })
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

/// A result is gone on with by the embedder that it was made with, unless another one is asked for.
fn go_on_with_embedder(arguments: &mut RunArgs) {
    if arguments.embedder.is_some() || arguments.force {
        return;
    }
    let held = Dataset::run_info(&arguments.output).ok();
    let id = held.as_ref().and_then(RunInfo::embedder);
    let id = id.filter(|id| models::catalogue::find(id).is_some());
    arguments.embedder = id.map(str::to_owned);
}

/// What clap cannot see.
fn check(arguments: &RunArgs) -> Result<()> {
    if arguments.mode == Mode::Detect
        && (arguments.references.refs.is_some() || arguments.references.idle_option().is_some())
    {
        bail!("--mode detect names nobody: leave out the options about known people");
    }
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

/// Starts GStreamer, with the face elements that are part of this program.
pub fn init_gstreamer() -> Result<()> {
    gst::init().context("could not start GStreamer")?;
    gstfacedetect::plugin_register_static()?;
    gstfaceembed::plugin_register_static()?;
    gstfacegroup::plugin_register_static()?;
    Ok(())
}

/// The networks of a run.
pub struct Models {
    detector: Detector,
    /// `None` where faces are found only.
    embedder: Option<Embedder>,
}

impl Models {
    /// `runs` of each may happen at once.
    fn open(arguments: &RunArgs, runs: usize) -> Result<Self> {
        let resolve = |model: &str, kind: &Option<String>, task| {
            models::store::resolve(model, kind.as_deref(), task)
        };
        let detector = resolve(&arguments.detector, &arguments.detector_kind, Task::Detect)?;
        let detector = Detector::open(&DetectorOptions {
            device: arguments.device.parse()?,
            allow_fallback: arguments.allow_fallback,
            threads: arguments.threads as usize,
            runs,
            ..DetectorOptions::new(detector)
        })?;
        if arguments.detection_batch > 1 {
            detector.takes_several().context("--detection-batch")?;
        }
        Ok(Self {
            detector,
            embedder: match arguments.mode {
                Mode::Detect => None,
                Mode::Full => Some(Embedder::open(&EmbedderOptions {
                    device: arguments.device.parse()?,
                    allow_fallback: arguments.allow_fallback,
                    threads: arguments.threads as usize,
                    runs,
                    ..EmbedderOptions::new(resolve(
                        arguments.embedder(),
                        &arguments.embedder_kind,
                        Task::Embed,
                    )?)
                })?),
            },
        })
    }

    /// Where they really run.
    pub fn device(&self) -> String {
        self.detector.device().to_owned()
    }

    fn infos(&self) -> Vec<ModelInfo> {
        let embedder = self.embedder.as_ref().map(|embedder| info(embedder.model(), "embed"));
        [Some(info(self.detector.model(), "detect")), embedder].into_iter().flatten().collect()
    }
}

fn run_info(arguments: &RunArgs, sources: &[Source], models: &Models) -> RunInfo {
    let mut inputs: Vec<InputInfo> = Vec::with_capacity(sources.len());
    let files: Vec<_> = sources
        .iter()
        .filter_map(|s| match s {
            Source::File(path) | Source::Picture { path, .. } | Source::Missing(path) => Some(path),
            _ => None,
        })
        .collect();
    let mut files = InputInfo::for_files(&files).into_iter();
    for source in sources {
        inputs.push(match source {
            Source::File(_) | Source::Picture { .. } | Source::Missing(_) => {
                files.next().unwrap_or_default()
            }
            Source::Numbered(pictures) => {
                InputInfo::for_pictures(&pictures.pattern, &pictures.files)
            }
            Source::Uri(uri) => InputInfo::for_uri(uri),
            Source::Piped(name, file) => piped(name, file),
        });
    }
    InputInfo::make_unique(&mut inputs);
    let mut run = RunInfo::new(inputs);
    run.arguments = std::env::args_os().map(grouping::path_text).collect();
    run.prefix.clone_from(&arguments.prefix);
    run.pictures = arguments.look.format(arguments.quality);
    run.models = models.infos();
    run.settings = settings(arguments);
    run
}

/// What came through a pipe: its content tells whether it is the same again, its name does not.
fn piped(name: &str, file: &std::path::Path) -> InputInfo {
    let of_file = InputInfo::for_files(&[file]).pop().unwrap_or_default();
    let name = if name == "-" { "stdin" } else { name.rsplit('/').next().unwrap_or(name) };
    InputInfo { path: "-".to_owned(), name: name.to_owned(), ..of_file }
}

/// What decides which faces are found and how their pictures look: another value is another run.
fn settings(arguments: &RunArgs) -> serde_json::Map<String, serde_json::Value> {
    let pace = if arguments.every_frame {
        "every frame".into()
    } else if arguments.keyframes {
        "key frames".into()
    } else if let Some(number) = arguments.every {
        format!("every {number} frames")
    } else {
        format!("{} s", arguments.step.unwrap_or(DEFAULT_STEP))
    };
    let settings = serde_json::json!({
        "sampling": pace,
        "step-tolerance": Some(arguments.step_tolerance).filter(|seconds| *seconds > 0.0),
        "from": arguments.from.map(|t| t.seconds),
        "to": arguments.to.map(|t| t.seconds),
        "area": arguments.area,
        "threshold": arguments.threshold,
        "min-size": arguments.min_size,
        "min-share": arguments.min_share,
        "min-border": arguments.min_border,
        "detection-size": arguments.detection_size,
        "first-look": arguments.first_look,
        "crop-scale": arguments.crop_scale(),
        "square": arguments.square,
        "crop-size": arguments.crop_size,
        "samples": arguments.samples,
        "flip": arguments.flip,
        "look": arguments.look.settings(),
        "duplicates": arguments.duplicates.settings(),
    });
    match settings {
        serde_json::Value::Object(mut map) => {
            if arguments.mode == Mode::Detect {
                map.insert("mode".to_owned(), "detect".into());
            }
            // Results from before these options can be gone on with.
            if let Some(seconds) = arguments.search {
                map.insert("search".to_owned(), seconds.into());
            }
            for (name, value) in arguments.source.settings() {
                map.insert(name.to_owned(), value);
            }
            if let Some(track) = arguments.track.settings() {
                map.insert("track".to_owned(), track);
            }
            map
        }
        _ => serde_json::Map::new(),
    }
}

fn sampling(arguments: &RunArgs, source: &Source) -> Sampling {
    let time = |seconds: f64| gst::ClockTime::from_nseconds((seconds * 1e9).round() as u64);
    Sampling {
        pace: if arguments.every_frame || (arguments.keyframes && source.is_pictures()) {
            Pace::Every
        } else if arguments.keyframes {
            Pace::Keyframes
        } else if let Some(number) = arguments.every {
            Pace::Nth(number)
        } else if source.is_pictures() && arguments.step.is_none() {
            Pace::Every
        } else {
            Pace::Step(time(arguments.step.unwrap_or(DEFAULT_STEP)))
        },
        from: arguments.from.map_or(gst::ClockTime::ZERO, |t| time(t.seconds)),
        to: arguments.to.map(|t| time(t.seconds)),
        first_frame: 0,
        tolerance: time(arguments.step_tolerance),
    }
}

/// A flag that Ctrl-C sets; a second one ends the program at once, which loses nothing written.
fn interrupt() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("finishing what is there; once more to stop at once");
    })
    .context("could not listen for Ctrl-C")?;
    Ok(stop)
}

/// Saves and closes the dataset, so that it can be grouped.
fn finish(dataset: Arc<Mutex<Dataset>>, looked: Duration, models: &Models) -> Result<()> {
    {
        let mut dataset = dataset.lock().unwrap_or_else(PoisonError::into_inner);
        dataset.update(|run| {
            *run.timings.entry("look".into()).or_default() += looked.as_secs_f64();
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
