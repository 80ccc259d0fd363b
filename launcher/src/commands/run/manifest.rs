// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `run.json` says of a run before it begins.

use dataset::{InputInfo, RunInfo};
use framesource::input::Source;

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
            let source = arguments.source.settings().into_iter();
            for (name, value) in source.chain(arguments.detect.settings()) {
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
