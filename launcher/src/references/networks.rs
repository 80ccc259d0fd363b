// SPDX-License-Identifier: MIT OR Apache-2.0
//! What looks at pictures of known people: opened when the first picture needs it.

use std::cell::OnceCell;

use anyhow::{Context, Result};
use grouping::dataset::{ModelInfo, RunInfo};
use models::catalogue::Task;
use models::still::{self, StillFace};
use models::store::{self, ModelFile};
use models::{Detector, DetectorOptions, Embedder, EmbedderOptions};

use crate::cli::{GroupArgs, NetworkArgs, RunArgs};

/// A detector and an embedder, as they look at the faces that are to be named.
pub struct Networks {
    detector: ModelFile,
    embedder: ModelFile,
    flip: bool,
    device: String,
    allow_fallback: bool,
    threads: usize,
    open: OnceCell<(Detector, Embedder)>,
}

/// What `run.json` says of a network.
pub fn info(model: &ModelFile, task: &str) -> ModelInfo {
    ModelInfo {
        id: model.id.clone(),
        task: task.to_owned(),
        sha256: model.sha256.clone(),
        licence: model.entry.map_or("unknown", |entry| entry.licence.name).to_owned(),
        doubt: model.entry.map_or("", |entry| entry.doubt).to_owned(),
        ..ModelInfo::default()
    }
}

/// Says on standard error how far networks can be trusted, where that is less than usual.
pub fn warn_of_doubt(models: &[ModelInfo]) {
    for model in models.iter().filter(|model| !model.doubt.is_empty()) {
        eprintln!("facegroup: {}: {}", model.id, model.doubt);
    }
}

/// A picture with its face described.
pub struct Described {
    pub face: StillFace,
    pub vector: Vec<f32>,
    /// What the embedder saw.
    pub chip: image::RgbImage,
}

impl Networks {
    /// Those of a command line.
    pub fn new(arguments: &NetworkArgs) -> Result<Self> {
        let NetworkArgs { detector, detector_kind, embedder, embedder_kind, flip, device, .. } =
            arguments;
        let detector = store::resolve(detector, detector_kind.as_deref(), Task::Detect)?;
        let embedder = store::resolve(embedder, embedder_kind.as_deref(), Task::Embed)?;
        Ok(Self::of(detector, embedder, flip, device))
    }

    /// Those of a run.
    pub fn of_run(arguments: &RunArgs) -> Result<Self> {
        let networks = Self::new(&NetworkArgs {
            style: arguments.style,
            detector: arguments.detector.clone(),
            detector_kind: arguments.detector_kind.clone(),
            embedder: arguments.embedder.clone(),
            embedder_kind: arguments.embedder_kind.clone(),
            flip: arguments.flip.clone(),
            device: arguments.device.clone(),
        })?;
        let threads = arguments.threads as usize;
        Ok(Self { threads, allow_fallback: arguments.allow_fallback, ..networks })
    }

    /// Those that a result was made with: another embedder's vectors say nothing about its faces.
    pub fn of_result(run: &RunInfo, arguments: &GroupArgs) -> Result<Self> {
        let of = |task: &str| run.models.iter().find(|model| model.task == task);
        let detector = of("detect").map_or("centerface", |model| model.id.as_str());
        // A detector of one's own is no reason to refuse: a large face is found by any.
        let detector = store::resolve(detector, None, Task::Detect)
            .or_else(|_| store::resolve("centerface", None, Task::Detect))?;
        let own = run.embedding_model.as_deref().or(of("embed").map(|model| model.id.as_str()));
        let name = arguments.embedder.as_deref().or(own).unwrap_or("dlib-resnet");
        let embedder = store::resolve(name, arguments.embedder_kind.as_deref(), Task::Embed)
            .with_context(|| {
                format!("the result is of the embedder {name:?}; say with --embedder where it is")
            })?;
        let flip = run.settings.get("flip").and_then(|flip| flip.as_str()).unwrap_or("auto");
        Ok(Self::of(detector, embedder, flip, "cpu"))
    }

    fn of(detector: ModelFile, embedder: ModelFile, flip: &str, device: &str) -> Self {
        let flip = match flip {
            "always" => true,
            "never" => false,
            _ => embedder.entry.is_some_and(|entry| entry.flip),
        };
        let device = device.to_owned();
        let (allow_fallback, threads, open) = (false, 0, OnceCell::new());
        Self { detector, embedder, flip, device, allow_fallback, threads, open }
    }

    /// The embedder's file.
    pub fn embedder(&self) -> &ModelFile {
        &self.embedder
    }

    /// What `run.json` says of them.
    pub fn infos(&self) -> Vec<ModelInfo> {
        vec![info(&self.detector, "detect"), info(&self.embedder, "embed")]
    }

    /// Everything but the picture that a vector depends on, in one line.
    pub fn made(&self, jitters: u32) -> String {
        let short = |model: &ModelFile| model.sha256.chars().take(12).collect::<String>();
        format!(
            "detector {} {}, embedder {}, flip {}, jitters {jitters}",
            self.detector.id,
            short(&self.detector),
            short(&self.embedder),
            self.flip
        )
    }

    /// The largest face of a picture; `None` where there is none.
    pub fn describe(&self, picture: &image::RgbImage, jitters: u32) -> Result<Option<Described>> {
        if self.open.get().is_none() {
            // Only this thread looks.
            let _ = self.open.set(self.load()?);
        }
        let (detector, embedder) = self.open.get().context("networks that were just opened")?;
        let Some(face) = still::largest_face(detector, picture)? else {
            return Ok(None);
        };
        let vector = still::embed(embedder, picture, &face.face, jitters)?;
        let chip = embedder.chip(&models::frame::FrameView::from_rgb(picture), &face.face)?;
        Ok(Some(Described { face, vector, chip }))
    }

    fn load(&self) -> Result<(Detector, Embedder)> {
        let device = self.device.parse()?;
        let (threads, allow_fallback) = (self.threads, self.allow_fallback);
        let detector = DetectorOptions::new(self.detector.clone());
        let detector =
            Detector::open(&DetectorOptions { device, threads, allow_fallback, ..detector })?;
        let embedder = EmbedderOptions::new(self.embedder.clone());
        let embedder = Embedder::open(&EmbedderOptions {
            device,
            threads,
            allow_fallback,
            flip: self.flip,
            ..embedder
        })?;
        Ok((detector, embedder))
    }
}
