// SPDX-License-Identifier: MIT OR Apache-2.0
//! Describing a face by a unit vector.

use std::sync::Arc;

use image::{RgbImage, imageops};

use crate::ModelError;
use crate::align::{self, ARCFACE, DLIB, Template};
use crate::catalogue::{Kind, Task};
use crate::detect::Detection;
use crate::frame::FrameView;
use crate::runtime::Device;
use crate::session::{Session, SessionOptions};
use crate::store::ModelFile;
use crate::tensor::{Normalisation, Tensor};

/// Chips in one run of the network: bounds the memory held.
const MAX_BATCH: usize = 16;

/// What to embed with, and how.
#[derive(Debug, Clone)]
pub struct EmbedderOptions {
    /// The network.
    pub model: ModelFile,
    /// Where it runs.
    pub device: Device,
    /// Average with the mirrored chip: better vectors at twice the cost.
    pub flip: bool,
    /// Threads inside one run; 0 chooses.
    pub threads: usize,
    /// Run on the CPU, with a warning, where the device is not to be had.
    pub allow_fallback: bool,
}

impl EmbedderOptions {
    /// The CPU, without mirroring.
    pub fn new(model: ModelFile) -> Self {
        Self { model, device: Device::Cpu, flip: false, threads: 0, allow_fallback: false }
    }
}

/// A face recognition network, ready to run.
#[derive(Debug)]
pub struct Embedder {
    session: Arc<Session>,
    model: ModelFile,
    flip: bool,
    template: &'static Template,
    normalisation: Normalisation,
    dimensions: usize,
}

impl Embedder {
    /// Loads the network and tries it on a black chip.
    ///
    /// # Errors
    /// The model is no embedder, is corrupt or has other inputs and outputs than its kind, the
    /// device is not available, or ONNX Runtime is missing.
    pub fn open(options: &EmbedderOptions) -> Result<Self, ModelError> {
        let model = options.model.clone();
        let (template, normalisation) = match model.kind {
            Kind::DlibResnet => (&DLIB, Normalisation::RAW),
            Kind::ArcFace => (&ARCFACE, Normalisation::uniform(127.5, 127.5)),
            Kind::MobileFaceNet => (&ARCFACE, Normalisation::IMAGENET),
            kind => {
                let id = model.id.clone();
                return Err(ModelError::WrongTask { id, kind, task: Task::Embed });
            }
        };
        let session = Session::open(
            &model,
            &SessionOptions {
                device: options.device,
                threads: options.threads,
                allow_fallback: options.allow_fallback,
            },
        )?;
        let corrupt = |why: String| ModelError::Corrupt { path: model.path.clone(), why };
        let side = template.size as usize;
        let [_, _, height, width] = session.input();
        if [height, width].iter().flatten().any(|&length| length != side) {
            let shape = session.input();
            return Err(corrupt(format!(
                "its input is {shape:?}, expected [N, 3, {side}, {side}]"
            )));
        }
        let mut embedder =
            Self { session, model, flip: options.flip, template, normalisation, dimensions: 0 };
        // A network of another shape is refused now, not at the first face.
        let black = RgbImage::new(template.size, template.size);
        let vectors = embedder.run(&[&black]).map_err(|error| match error {
            ModelError::Inference { why, .. } => {
                ModelError::Corrupt { path: options.model.path.clone(), why }
            }
            error => error,
        })?;
        embedder.dimensions = vectors.first().map_or(0, Vec::len);
        Ok(embedder)
    }

    /// The aligned chip of a face, as the network wants it.
    ///
    /// # Errors
    /// The frame's planes are short, or the face has no extent.
    pub fn chip(&self, frame: &FrameView<'_>, face: &Detection) -> Result<RgbImage, ModelError> {
        Ok(align::chip(frame, face, self.template)?)
    }

    /// One unit vector of [`Embedder::dimensions`] values for each chip, in order.
    ///
    /// # Errors
    /// A chip of another size than [`Embedder::chip`] gives, or the network fails.
    pub fn embed(&self, chips: &[RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        let size = (self.template.size, self.template.size);
        if let Some(chip) = chips.iter().find(|chip| chip.dimensions() != size) {
            let why = format!("a chip is {:?} pixels, expected {size:?}", chip.dimensions());
            return Err(ModelError::Inference { model: self.model.id.clone(), why });
        }
        let mut vectors = self.run(&chips.iter().collect::<Vec<_>>())?;
        if self.flip {
            let mirrored: Vec<_> = chips.iter().map(imageops::flip_horizontal).collect();
            let mirrored = self.run(&mirrored.iter().collect::<Vec<_>>())?;
            for (vector, mirrored) in vectors.iter_mut().zip(&mirrored) {
                vector.iter_mut().zip(mirrored).for_each(|(a, b)| *a += b);
                normalise(vector);
            }
        }
        Ok(vectors)
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Side of a chip in pixels.
    pub fn chip_size(&self) -> u32 {
        self.template.size
    }

    /// The device really used, e.g. `cpu` or `cuda:0`.
    pub fn device(&self) -> &str {
        self.session.device()
    }

    /// The network's file.
    pub fn model(&self) -> &ModelFile {
        &self.model
    }

    /// Unit vectors of chips of the right size.
    fn run(&self, chips: &[&RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        let side = self.template.size as usize;
        let [batch, ..] = self.session.input();
        let mut vectors = Vec::with_capacity(chips.len());
        let mut input = Vec::new();
        for chips in chips.chunks(batch.unwrap_or(MAX_BATCH)) {
            input.clear();
            for chip in chips {
                self.normalisation.append(chip, &mut input);
            }
            // A file with a fixed batch gets black chips for the missing ones.
            let count = batch.unwrap_or(chips.len());
            input.resize(count * 3 * side * side, 0.0);
            vectors.extend(self.session.run([count, 3, side, side], &input, |tensors| {
                rows(tensors, count).map(|rows| rows.take(chips.len()).collect::<Vec<_>>())
            })?);
        }
        Ok(vectors)
    }
}

/// The rows of the one output `[count, dimensions]`, normalised.
fn rows<'t>(
    tensors: &'t [Tensor<'_>],
    count: usize,
) -> Result<impl Iterator<Item = Vec<f32>> + 't, String> {
    let [output, ..] = tensors else {
        return Err("no outputs, expected one".into());
    };
    let dimensions = output.shape.last().copied().unwrap_or(0);
    if dimensions < 2 || output.data.len() != count * dimensions {
        return Err(format!(
            "output '{}' is {:?}, expected [{count}, dimensions]",
            output.name, output.shape
        ));
    }
    Ok(output.data.chunks_exact(dimensions).map(|row| {
        let mut row = row.to_vec();
        normalise(&mut row);
        row
    }))
}

/// To length 1; a vector without a length stays zero.
fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    if length > 0.0 && length.is_finite() {
        vector.iter_mut().for_each(|v| *v = (f64::from(*v) / length) as f32);
    } else {
        vector.fill(0.0);
    }
}
