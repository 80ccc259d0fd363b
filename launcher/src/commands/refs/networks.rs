// SPDX-License-Identifier: MIT OR Apache-2.0
//! The networks of a command line, and what is told of them.

use anyhow::Result;
use dataset::ModelInfo;
use facegroup::enrolment::Networks;
use models::catalogue::{Kind, Task};
use models::store::{self, ModelFile};

use crate::cli::{NetworkArgs, RunArgs};

/// Those of a command line.
pub fn networks(arguments: &NetworkArgs) -> Result<Networks> {
    let NetworkArgs { detector, detector_kind, embedder, embedder_kind, flip, device, .. } =
        arguments;
    let detector = store::resolve(detector, detector_kind.as_deref(), Task::Detect)?;
    let embedder = store::resolve(embedder, embedder_kind.as_deref(), Task::Embed)?;
    Ok(Networks::new(detector, embedder, *flip, device))
}

/// Those of a run.
pub fn networks_of_run(arguments: &RunArgs) -> Result<Networks> {
    let networks = networks(&NetworkArgs {
        style: arguments.style,
        detector: arguments.detector.clone(),
        detector_kind: arguments.detector_kind.clone(),
        embedder: arguments.embedder().to_owned(),
        embedder_kind: arguments.embedder_kind.clone(),
        flip: arguments.flip,
        device: arguments.device.clone(),
    })?;
    Ok(networks.with(arguments.threads as usize, arguments.allow_fallback))
}

/// What `run.json` says of networks.
pub fn infos(networks: &Networks) -> Vec<ModelInfo> {
    vec![info(networks.detector(), "detect"), info(networks.embedder(), "embed")]
}

/// What `run.json` says of a network.
pub fn info(model: &ModelFile, task: &str) -> ModelInfo {
    ModelInfo {
        id: model.id.clone(),
        task: task.to_owned(),
        sha256: model.sha256.clone(),
        licence: model.entry.map_or("unknown", |entry| entry.licence.name).to_owned(),
        doubt: model.entry.map_or("", |entry| entry.doubt).to_owned(),
        parts: model.parts.iter().map(|part| part_info(part, task, model.kind)).collect(),
        ..ModelInfo::default()
    }
}

fn part_info(part: &ModelFile, task: &str, of: Kind) -> ModelInfo {
    let weight = (of == Kind::Ensemble).then_some(part.weight);
    ModelInfo { weight, ..info(part, task) }
}

/// Says on standard error how far networks can be trusted, where that is less than usual.
pub fn warn_of_doubt(models: &[ModelInfo]) {
    for model in models.iter().filter(|model| !model.doubt.is_empty()) {
        eprintln!("facegroup: {}: {}", model.id, model.doubt);
    }
}
