// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `run.json` says of a run before it begins.

use dataset::{InputInfo, RunInfo, RunSettings};
use framesource::input::Source;
use imaging::choice::Choice;

use super::init::DEFAULT_STEP;
use super::networks::Models;
use crate::cli::{Mode, RunArgs};

/// Inputs, networks and settings.
pub fn run_info(arguments: &RunArgs, sources: &[Source], models: &Models) -> RunInfo {
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
    run.arguments = std::env::args_os().map(dataset::path_text).collect();
    run.prefix.clone_from(&arguments.prefix);
    run.pictures = arguments.crop.format(arguments.quality);
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
fn settings(arguments: &RunArgs) -> RunSettings {
    let pace = if arguments.every_frame {
        "every frame".into()
    } else if arguments.keyframes {
        "key frames".into()
    } else if let Some(number) = arguments.every {
        format!("every {number} frames")
    } else {
        format!("{} s", arguments.step.unwrap_or(DEFAULT_STEP))
    };
    let source = &arguments.source;
    RunSettings {
        sampling: Some(pace),
        step_tolerance: Some(arguments.step_tolerance).filter(|seconds| *seconds > 0.0),
        from: arguments.from.map(|time| time.seconds),
        to: arguments.to.map(|time| time.seconds),
        area: arguments.area.clone(),
        threshold: arguments.threshold.map(f64::from),
        min_size: Some(arguments.min_size),
        min_share: Some(arguments.min_share.into()),
        min_border: Some(arguments.min_border),
        detection_size: arguments.detection_size,
        coarse_scale: arguments.coarse_scale.map(f64::from),
        crop_scale: Some(arguments.crop_scale()),
        square: Some(arguments.square),
        crop_size: Some(arguments.crop_size),
        samples: Some(arguments.samples),
        flip: Some(arguments.flip.name().to_owned()),
        crop: Some(arguments.crop.settings()),
        duplicates: Some(arguments.duplicates.settings()),
        // Results from before these options can be resumed.
        mode: (arguments.mode == Mode::Detect).then(|| "detect".into()),
        full_frame_interval: arguments.full_frame_interval,
        video_stream: source.video_stream.map(|number| number as u64),
        rotate: Some(source.rotate.clone()).filter(|turn| turn != "auto"),
        any_angle: arguments.detect.any_angle.then_some(true),
        confirm_detector: arguments.detect.confirm_detector.clone(),
        track: arguments.track.settings(),
        ..RunSettings::default()
    }
}
