// SPDX-License-Identifier: MIT OR Apache-2.0
//! Describing a face by a unit vector.

mod chip;
mod flip;
mod histograms;
mod network;

use image::RgbImage;

use crate::ModelError;
use crate::catalogue::Kind;
use crate::runtime::Device;
use crate::store::ModelFile;
pub use chip::Chip;
use chip::Cut;
pub use flip::Flip;
use imaging::Detection;
use imaging::frame::FrameView;
use imaging::geometry::Rect;
use network::Network;

/// Length of the network's part of a vector that is made of histograms and a network, the histograms' being
/// one: weights from .2 to .7 are equally good on `anime/characters`.
const NETWORK_WEIGHT: f32 = 0.5;

/// What to embed with, and how.
#[derive(Debug, Clone)]
pub struct EmbedderOptions {
    /// The network, or several as an ensemble.
    pub model: ModelFile,
    /// Where it runs.
    pub device: Device,
    /// Average with the mirrored chip: better vectors of some networks at twice the cost. `None`: with those
    /// of which the catalogue says that they gain from it.
    pub flip: Option<bool>,
    /// Threads inside one run; 0 chooses.
    pub threads: usize,
    /// Run on the CPU, with a warning, where the device is not to be had.
    pub allow_fallback: bool,
    /// Embedders of the same network that may run at once on the CPU, each with a copy of it; the first to
    /// be opened says. 0 and 1 let them wait for each other.
    pub runs: usize,
}

impl EmbedderOptions {
    /// The CPU, mirroring where the model gains from it.
    pub fn new(model: ModelFile) -> Self {
        let (device, flip, allow_fallback) = (Device::Cpu, None, false);
        Self { model, device, flip, threads: 0, allow_fallback, runs: 1 }
    }
}

/// A face described.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// The unit vector.
    pub values: Vec<f32>,
    /// Length of the vector before it was brought to one, in parts of the length that is usual on good
    /// pictures: the less, the less of the face can be recognised. `None` with networks whose lengths say
    /// nothing.
    pub magnitude: Option<f32>,
}

/// What describes faces, ready to run.
///
/// An ensemble's vector is made of its parts' unit vectors side by side, each as long as the root of its
/// weight, and brought to length one: the cosine of two such vectors is the weighted mean of the parts'
/// cosines.
#[derive(Debug)]
pub struct Embedder {
    model: ModelFile,
    /// The ways in which the parts see a face, each once.
    cuts: Vec<Cut>,
    parts: Vec<Part>,
}

/// One of the networks.
#[derive(Debug)]
struct Part {
    description: Description,
    flip: bool,
    /// Which of the cuts it sees.
    cut: usize,
    /// Its share beside the others.
    weight: f32,
    /// Usual length of its vectors before they are brought to one; `None` where lengths say nothing.
    usual: Option<f32>,
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
    /// Loads the networks, where there are any, and tries each on a black chip.
    ///
    /// # Errors
    /// The model is no embedder, is corrupt or has other inputs and outputs than its kind, the
    /// device is not available, or ONNX Runtime is missing.
    pub fn open(options: &EmbedderOptions) -> Result<Self, ModelError> {
        let model = options.model.clone();
        let models = match model.kind {
            Kind::Ensemble => &model.parts[..],
            _ => std::slice::from_ref(&model),
        };
        let (mut cuts, mut parts) = (Vec::new(), Vec::new());
        for model in models {
            let description = Description::open(model, options)?;
            let wanted = description.cut();
            let cut = cuts.iter().position(|cut| *cut == wanted).unwrap_or_else(|| {
                cuts.push(wanted);
                cuts.len() - 1
            });
            let gains = model.entry.is_some_and(|entry| entry.flip);
            let telling = model.entry.filter(|entry| entry.thresholds.recognisable > 0.0);
            let usual = telling.map(|entry| entry.length);
            let (flip, weight) = (options.flip.unwrap_or(gains), model.weight);
            parts.push(Part { description, flip, cut, weight, usual });
        }
        Ok(Self { model, cuts, parts })
    }

    /// The part of the frame that shows a face, as [`Embedder::embed`] wants it.
    ///
    /// # Errors
    /// The frame's planes are short, or the face has no extent.
    pub fn chip(&self, frame: &FrameView<'_>, face: &Detection) -> Result<Chip, ModelError> {
        let pictures = self.cuts.iter().map(|cut| cut.of(frame, face));
        Ok(Chip { pictures: pictures.collect::<Result<_, _>>()? })
    }

    /// One embedding of [`Embedder::dimensions`] values for each chip, in order.
    ///
    /// # Errors
    /// A chip of another size than [`Embedder::chip`] gives, or a network fails.
    pub fn embed(&self, chips: &[Chip]) -> Result<Vec<Embedding>, ModelError> {
        if let [part] = &self.parts[..] {
            return part.embed(chips, &self.model.id);
        }
        let empty = || Embedding { values: Vec::with_capacity(self.dimensions()), magnitude: None };
        let mut all: Vec<_> = chips.iter().map(|_| empty()).collect();
        let telling: f32 =
            self.parts.iter().filter(|part| part.usual.is_some()).map(|part| part.weight).sum();
        for part in &self.parts {
            for (whole, more) in all.iter_mut().zip(part.embed(chips, &self.model.id)?) {
                let length = part.weight.sqrt();
                whole.values.extend(more.values.into_iter().map(|value| length * value));
                if let Some(magnitude) = more.magnitude {
                    *whole.magnitude.get_or_insert_default() += part.weight / telling * magnitude;
                }
            }
        }
        for whole in &mut all {
            normalise(&mut whole.values);
        }
        Ok(all)
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        self.parts.iter().map(|part| part.description.dimensions()).sum()
    }

    /// Side of the largest picture of a chip in pixels, the longer one.
    pub fn chip_size(&self) -> u32 {
        let sides = self.cuts.iter().map(|cut| cut.size().0.max(cut.size().1));
        sides.max().unwrap_or_default()
    }

    /// The device really used, e.g. `cpu` or `cuda:0`.
    pub fn device(&self) -> &str {
        self.parts.first().map_or("cpu", |part| part.description.device())
    }

    /// Seconds that the runs of each network took so far, of all embedders in the process that share it.
    pub fn spent(&self) -> Vec<(&str, f64)> {
        let models = match self.model.kind {
            Kind::Ensemble => &self.model.parts[..],
            _ => std::slice::from_ref(&self.model),
        };
        let seconds = |part: &Part| match &part.description {
            Description::Network(network) | Description::Histograms(Some(network)) => {
                network.spent().as_secs_f64()
            }
            Description::Histograms(None) => 0.0,
        };
        models.iter().zip(&self.parts).map(|(m, part)| (m.id.as_str(), seconds(part))).collect()
    }

    /// The network's file.
    pub fn model(&self) -> &ModelFile {
        &self.model
    }
}

impl Part {
    /// Embeddings of chips, `model` being named where one has another size.
    fn embed(&self, chips: &[Chip], model: &str) -> Result<Vec<Embedding>, ModelError> {
        let size = self.description.cut().size();
        let mut pictures = Vec::with_capacity(chips.len());
        for chip in chips {
            let found = chip.pictures.get(self.cut);
            pictures.push(found.filter(|picture| picture.dimensions() == size).ok_or_else(
                || {
                    let found = found.map(RgbImage::dimensions).unwrap_or_default();
                    let why = format!("a chip is {found:?} pixels, expected {size:?}");
                    ModelError::Inference { model: model.to_owned(), why }
                },
            )?);
        }
        let embedding = |mut values: Vec<f32>| {
            let length = normalise(&mut values);
            Embedding { values, magnitude: self.usual.map(|usual| length / usual) }
        };
        if !self.flip {
            return Ok(self.description.run(&pictures)?.into_iter().map(embedding).collect());
        }
        let mirrored: Vec<_> =
            pictures.iter().map(|picture| image::imageops::flip_horizontal(*picture)).collect();
        // Together: networks are quicker with more chips at once.
        let both: Vec<_> = pictures.iter().copied().chain(&mirrored).collect();
        let mut vectors = self.description.run(&both)?;
        let mirrored = vectors.split_off(chips.len());
        let both = vectors.into_iter().zip(mirrored).map(|(mut vector, mut mirrored)| {
            let lengths = (normalise(&mut vector), normalise(&mut mirrored));
            vector.iter_mut().zip(&mirrored).for_each(|(a, b)| *a += b);
            let mut both = embedding(vector);
            both.magnitude = self.usual.map(|usual| (lengths.0 + lengths.1) / 2.0 / usual);
            both
        });
        Ok(both.collect())
    }
}

impl Description {
    fn open(model: &ModelFile, options: &EmbedderOptions) -> Result<Self, ModelError> {
        let network = |model: &ModelFile| {
            Network::open(&EmbedderOptions { model: model.clone(), ..options.clone() })
        };
        Ok(match model.kind {
            Kind::Histograms => Self::Histograms(None),
            Kind::HistogramsAndNetwork => {
                let part = model.parts.first().ok_or_else(|| ModelError::Corrupt {
                    path: model.path.clone(),
                    why: format!("{} has no part", model.id),
                })?;
                Self::Histograms(Some(network(part)?))
            }
            _ => Self::Network(network(model)?),
        })
    }

    fn cut(&self) -> Cut {
        match self {
            Self::Network(network) => network.cut(),
            Self::Histograms(_) => Cut::Head,
        }
    }

    fn dimensions(&self) -> usize {
        match self {
            Self::Network(network) => network.dimensions(),
            Self::Histograms(network) => {
                histograms::DIMENSIONS + network.as_ref().map_or(0, Network::dimensions)
            }
        }
    }

    fn device(&self) -> &str {
        match self {
            Self::Network(network) | Self::Histograms(Some(network)) => network.device(),
            Self::Histograms(None) => "cpu",
        }
    }

    /// Vectors of pictures of the right size, as long as the network makes them.
    fn run(&self, pictures: &[&RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        let network = match self {
            Self::Network(network) => return network.run(pictures),
            Self::Histograms(network) => network,
        };
        let mut vectors: Vec<_> =
            pictures.iter().map(|picture| histograms::describe(picture)).collect();
        let Some(network) = network else {
            return Ok(vectors);
        };
        let seen = pictures.iter().map(|picture| {
            let bbox: Rect = histograms::face_in_chip();
            let face = Detection { bbox, landmarks: None, score: 1.0 };
            network.cut().of(&FrameView::from_rgb(picture), &face)
        });
        let seen = seen.collect::<Result<Vec<_>, _>>()?;
        let others = network.run(&seen.iter().collect::<Vec<_>>())?;
        for (vector, mut other) in vectors.iter_mut().zip(others) {
            normalise(&mut other);
            vector.extend(other.into_iter().map(|value| NETWORK_WEIGHT * value));
            normalise(vector);
        }
        Ok(vectors)
    }
}

/// To length 1; a vector without a length stays zero. Gives the length that it had.
fn normalise(vector: &mut [f32]) -> f32 {
    let length = vector.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    if length > 0.0 && length.is_finite() {
        vector.iter_mut().for_each(|v| *v = (f64::from(*v) / length) as f32);
    } else {
        vector.fill(0.0);
    }
    length as f32
}
