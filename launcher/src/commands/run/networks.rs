// SPDX-License-Identifier: MIT OR Apache-2.0
//! The networks of a run.

use anyhow::{Context, Result};
use dataset::ModelInfo;
use models::catalogue::Task;
use models::{Detector, DetectorOptions, Embedder, EmbedderOptions};

use crate::cli::{Mode, RunArgs};
use crate::commands::refs::info;

/// The networks of a run.
pub struct Models {
    detector: Detector,
    /// `None` where faces are found only.
    pub embedder: Option<Embedder>,
}

impl Models {
    /// `runs` of each may happen at once.
    pub fn open(arguments: &RunArgs, runs: usize) -> Result<Self> {
        let embedder = (arguments.mode == Mode::Full).then(|| arguments.embedder());
        let confirm = arguments.detect.confirm_detector.as_deref();
        let needed = [&*arguments.detector].into_iter().chain(embedder).chain(confirm);
        let needed: Vec<_> = needed.collect();
        models::store::require(&needed)?;
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
        if let Some(model) = confirm {
            // What is wrong with it shows at once.
            resolve(model, &arguments.detect.confirm_detector_kind, Task::Detect)?;
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

    /// What finds faces.
    pub fn detector(&self) -> &Detector {
        &self.detector
    }

    /// Where they really run.
    pub fn device(&self) -> String {
        self.detector.device().to_owned()
    }

    /// What `run.json` says of them.
    pub fn infos(&self) -> Vec<ModelInfo> {
        let embedder = self.embedder.as_ref().map(|embedder| info(embedder.model(), "embed"));
        [Some(info(self.detector.model(), "detect")), embedder].into_iter().flatten().collect()
    }
}
