// SPDX-License-Identifier: MIT OR Apache-2.0
//! Describing a face by a unit vector.

mod histograms;
mod network;

use image::{RgbImage, imageops};

use crate::ModelError;
use crate::catalogue::Kind;
use crate::detect::Detection;
use crate::frame::FrameView;
use crate::geometry::Rect;
use crate::runtime::Device;
use crate::store::ModelFile;
use network::Network;

/// Length of the network's part of a vector that is made of histograms and a network, the histograms' being
/// one: weights from .2 to .7 are equally good on `anime/characters`.
const NETWORK_WEIGHT: f32 = 0.5;

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
    /// Embedders of the same network that may run at once on the CPU, each with a copy of it; the first to
    /// be opened says. 0 and 1 let them wait for each other.
    pub runs: usize,
}

impl EmbedderOptions {
    /// The CPU, without mirroring.
    pub fn new(model: ModelFile) -> Self {
        let (device, flip, allow_fallback) = (Device::Cpu, false, false);
        Self { model, device, flip, threads: 0, allow_fallback, runs: 1 }
    }
}

/// What describes faces, ready to run.
#[derive(Debug)]
pub struct Embedder {
    model: ModelFile,
    flip: bool,
    description: Description,
}

/// How a chip becomes a vector.
#[derive(Debug)]
enum Description {
    /// By a network.
    Network(Network),
    /// By colours and gradients, and where there is one by a network that sees the same chip.
    Histograms(Option<Network>),
}

impl Embedder {
    /// Loads the network, where there is one, and tries it on a black chip.
    ///
    /// # Errors
    /// The model is no embedder, is corrupt or has other inputs and outputs than its kind, the
    /// device is not available, or ONNX Runtime is missing.
    pub fn open(options: &EmbedderOptions) -> Result<Self, ModelError> {
        let model = options.model.clone();
        let description = match model.kind {
            Kind::Histograms => Description::Histograms(None),
            Kind::HistogramsAndNetwork => {
                let part = model.parts.first().cloned().ok_or_else(|| ModelError::Corrupt {
                    path: model.path.clone(),
                    why: format!("{} has no part", model.id),
                })?;
                let options = EmbedderOptions { model: part, ..options.clone() };
                Description::Histograms(Some(Network::open(&options)?))
            }
            _ => Description::Network(Network::open(options)?),
        };
        Ok(Self { model, flip: options.flip, description })
    }

    /// The part of the frame that shows a face, as [`Embedder::embed`] wants it.
    ///
    /// # Errors
    /// The frame's planes are short, or the face has no extent.
    pub fn chip(&self, frame: &FrameView<'_>, face: &Detection) -> Result<RgbImage, ModelError> {
        match &self.description {
            Description::Network(network) => network.chip(frame, face),
            Description::Histograms(_) => histograms::chip(frame, &face.bbox),
        }
    }

    /// One unit vector of [`Embedder::dimensions`] values for each chip, in order.
    ///
    /// # Errors
    /// A chip of another size than [`Embedder::chip`] gives, or the network fails.
    pub fn embed(&self, chips: &[RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        if !self.flip {
            return self.run(&chips.iter().collect::<Vec<_>>());
        }
        let mirrored: Vec<_> = chips.iter().map(imageops::flip_horizontal).collect();
        // Together: networks are quicker with more chips at once.
        let mut vectors = self.run(&chips.iter().chain(&mirrored).collect::<Vec<_>>())?;
        let mirrored = vectors.split_off(chips.len());
        for (vector, mirrored) in vectors.iter_mut().zip(&mirrored) {
            vector.iter_mut().zip(mirrored).for_each(|(a, b)| *a += b);
            normalise(vector);
        }
        Ok(vectors)
    }

    /// Whether vectors are averaged with those of the mirrored face.
    pub fn flips(&self) -> bool {
        self.flip
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        match &self.description {
            Description::Network(network) => network.dimensions(),
            Description::Histograms(network) => {
                histograms::DIMENSIONS + network.as_ref().map_or(0, Network::dimensions)
            }
        }
    }

    /// Side of a chip in pixels, the longer one.
    pub fn chip_size(&self) -> u32 {
        match &self.description {
            Description::Network(network) => network.chip_size(),
            Description::Histograms(_) => histograms::SIDE,
        }
    }

    /// The device really used, e.g. `cpu` or `cuda:0`.
    pub fn device(&self) -> &str {
        match &self.description {
            Description::Network(network) | Description::Histograms(Some(network)) => {
                network.device()
            }
            Description::Histograms(None) => "cpu",
        }
    }

    /// The network's file.
    pub fn model(&self) -> &ModelFile {
        &self.model
    }

    /// Unit vectors of chips of the right size.
    fn run(&self, chips: &[&RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        let network = match &self.description {
            Description::Network(network) => return network.run(chips),
            Description::Histograms(network) => network,
        };
        let failed = |why| ModelError::Inference { model: self.model.id.clone(), why };
        let described = chips.iter().map(|chip| histograms::describe(chip).map_err(failed));
        let mut vectors = described.collect::<Result<Vec<_>, _>>()?;
        let Some(network) = network else {
            return Ok(vectors);
        };
        let seen = chips.iter().map(|chip| {
            let bbox: Rect = histograms::face_in_chip();
            let face = Detection { bbox, landmarks: None, score: 1.0 };
            network.chip(&FrameView::from_rgb(chip), &face)
        });
        let seen = seen.collect::<Result<Vec<_>, _>>()?;
        let others = network.run(&seen.iter().collect::<Vec<_>>())?;
        for (vector, other) in vectors.iter_mut().zip(others) {
            vector.extend(other.into_iter().map(|value| NETWORK_WEIGHT * value));
            normalise(vector);
        }
        Ok(vectors)
    }
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
