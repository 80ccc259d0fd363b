// SPDX-License-Identifier: MIT OR Apache-2.0
//! What finds and embeds the faces of enrolled people: opened when the first picture needs it.

use std::cell::OnceCell;

use anyhow::{Context, Result};
use dataset::RunInfo;
use imaging::Detection;
use imaging::choice::Choice;
use models::catalogue::{self, Task};
use models::still::{self, StillFace};
use models::store::{self, ModelFile};
use models::{Chip, Detector, DetectorOptions, Embedder, EmbedderOptions, Embedding, Flip};

/// A detector and an embedder, as the faces that are to be identified were embedded.
#[derive(Debug)]
pub struct Networks {
    detector: ModelFile,
    embedder: ModelFile,
    flip: Option<bool>,
    device: String,
    allow_fallback: bool,
    threads: usize,
    open: OnceCell<(Detector, Embedder)>,
}

/// A face of a picture, described.
#[derive(Debug)]
pub struct Described {
    /// Where it is.
    pub face: StillFace,
    /// What the network says of it.
    pub embedding: Embedding,
    /// What the embedder saw.
    pub chip: Chip,
}

impl Networks {
    /// Those of a result, by what its run says; `embedder` where that is a file of somebody's own, with
    /// its kind. Another embedder's vectors say nothing about the result's faces.
    ///
    /// # Errors
    /// The embedder is not here.
    pub fn of_result(run: &RunInfo, embedder: Option<&str>, kind: Option<&str>) -> Result<Self> {
        let of = |task: &str| run.models.iter().find(|model| model.task == task);
        let style = of("detect").and_then(|model| Some(catalogue::find(&model.id)?.style));
        let name = embedder.or(run.embedder()).unwrap_or(style.unwrap_or_default().embedder());
        let embedder = store::resolve(name, kind, Task::Embed).with_context(|| {
            format!("the result is of the embedder {name:?}; say with --embedder where it is")
        })?;
        // A detector of one's own is no reason to refuse: a large face is found by any.
        let usual = embedder.entry.map(|entry| entry.style).unwrap_or_default().detector();
        let detector = of("detect").map_or(usual, |model| model.id.as_str());
        let detector = store::resolve(detector, None, Task::Detect)
            .or_else(|_| store::resolve(usual, None, Task::Detect))?;
        let flip = run.settings.flip.as_deref().and_then(Flip::named).unwrap_or_default();
        Ok(Self::new(detector, embedder, flip, "cpu"))
    }

    /// A detector and an embedder; `device` as everywhere.
    pub fn new(detector: ModelFile, embedder: ModelFile, flip: Flip, device: &str) -> Self {
        let flip = flip.wanted();
        let device = device.to_owned();
        let (allow_fallback, threads, open) = (false, 0, OnceCell::new());
        Self { detector, embedder, flip, device, allow_fallback, threads, open }
    }

    /// With so many threads a run (0 chooses), on the CPU where that is allowed and the device missing.
    pub fn with(self, threads: usize, allow_fallback: bool) -> Self {
        Self { threads, allow_fallback, ..self }
    }

    /// The embedder's file.
    pub fn embedder(&self) -> &ModelFile {
        &self.embedder
    }

    /// The detector's file.
    pub fn detector(&self) -> &ModelFile {
        &self.detector
    }

    /// Everything but the picture that a vector depends on, in one line.
    pub fn made(&self, jitters: u32) -> String {
        let short = |model: &ModelFile| model.sha256.chars().take(12).collect::<String>();
        let gains = self.embedder.entry.is_some_and(|entry| entry.flip);
        format!(
            "detector {} {}, embedder {}, flip {}, jitters {jitters}",
            self.detector.id,
            short(&self.detector),
            short(&self.embedder),
            self.flip.unwrap_or(gains)
        )
    }

    /// The largest face of a picture; `None` where there is none.
    ///
    /// # Errors
    /// A network that cannot be opened or fails.
    pub fn describe(&self, picture: &image::RgbImage, jitters: u32) -> Result<Option<Described>> {
        let (detector, embedder) = self.opened()?;
        let face = still::largest_face(detector, picture)?;
        face.map(|face| describe(embedder, picture, face, jitters)).transpose()
    }

    /// The faces of a picture, the largest first, and others of at least so many pixels in width and
    /// height.
    ///
    /// # Errors
    /// A network that cannot be opened or fails.
    pub fn describe_all(&self, picture: &image::RgbImage, least: f32) -> Result<Vec<Described>> {
        let (detector, embedder) = self.opened()?;
        let large = |face: &StillFace| face.face.bbox.width.min(face.face.bbox.height) >= least;
        let faces = still::faces(detector, picture)?.into_iter().enumerate();
        let faces = faces.filter(|(index, face)| *index == 0 || large(face));
        faces.map(|(_, face)| describe(embedder, picture, face, 0)).collect()
    }

    /// Where the faces of a picture are, the largest first; none is embedded.
    ///
    /// # Errors
    /// A network that cannot be opened or fails.
    pub fn find_all(&self, picture: &image::RgbImage) -> Result<Vec<Detection>> {
        let faces = still::faces(&self.opened()?.0, picture)?;
        Ok(faces.into_iter().map(|face| face.face).collect())
    }

    /// What the embedder says of a face that was found before.
    ///
    /// # Errors
    /// A network that cannot be opened or fails, a face without extent.
    pub fn embed(&self, picture: &image::RgbImage, face: &Detection) -> Result<Embedding> {
        Ok(still::embed(&self.opened()?.1, picture, face, 0)?)
    }

    fn opened(&self) -> Result<&(Detector, Embedder)> {
        if self.open.get().is_none() {
            // Only this thread runs them.
            let _ = self.open.set(self.load()?);
        }
        self.open.get().context("networks that were just opened")
    }

    fn load(&self) -> Result<(Detector, Embedder)> {
        let device = self.device.parse()?;
        let (threads, allow_fallback) = (self.threads, self.allow_fallback);
        let mut detector = DetectorOptions::new(self.detector.clone());
        // Few pictures, and each tells who somebody is.
        detector.coarse_scale = Some(0.0);
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

fn describe(
    embedder: &Embedder,
    picture: &image::RgbImage,
    face: StillFace,
    jitters: u32,
) -> Result<Described> {
    let embedding = still::embed(embedder, picture, &face.face, jitters)?;
    let chip = embedder.chip(&imaging::frame::FrameView::from_rgb(picture), &face.face)?;
    Ok(Described { face, embedding, chip })
}
