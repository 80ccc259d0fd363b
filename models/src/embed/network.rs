// SPDX-License-Identifier: MIT OR Apache-2.0
//! A network that turns chips into vectors.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use image::RgbImage;

use super::EmbedderOptions;
use super::chip::Cut;
use crate::ModelError;
use crate::catalogue::{Kind, Task};
use crate::session::{Session, SessionOptions};
use crate::tensor::{Normalisation, Tensor};
use imaging::align::{ARCFACE, DLIB};
use imaging::frame::FrameView;
use imaging::geometry::Rect;

/// Chips in one run of the network on the CPU and elsewhere: bounds the memory held. On the CPU more are no
/// faster: sface takes 13.4, 12.6, 12.5 and 13.8 ms a chip by 1, 2, 4 and 8, whose layers leave the caches.
const BATCHES: [usize; 2] = [2, 8];
/// Side of the input of networks that take the box as it is, where the file leaves it open: ArcFace's.
const OPEN_SIDE: u32 = 112;
/// Side of the input of a network that sees a stretched part, where the file leaves it open.
const STRETCHED: u32 = 128;

/// What of an ArcFace chip Intel's re-identification network sees, stretched to its square input.
const MIDDLE: Rect = Rect { x: 8.0, y: 0.0, width: 96.0, height: 112.0 };

/// A face recognition network, ready to run.
#[derive(Debug)]
pub(super) struct Network {
    session: Arc<Session>,
    cut: Cut,
    /// The part of the chip that is stretched to the input; `None` where the chip is the input.
    stretched: Option<Rect>,
    /// Width and height of the input in pixels.
    size: (u32, u32),
    normalisation: Normalisation,
    dimensions: usize,
    /// Memory to use again; out of here while it is in use.
    input: Mutex<Vec<f32>>,
}

impl Network {
    /// Loads the network and tries it on a black chip.
    pub(super) fn open(options: &EmbedderOptions) -> Result<Self, ModelError> {
        let model = &options.model;
        let (template, normalisation) = match model.kind {
            Kind::DlibResnet => (Some(&DLIB), Normalisation::RAW),
            Kind::Sface => (Some(&ARCFACE), Normalisation::RAW),
            Kind::FaceReid => (Some(&ARCFACE), Normalisation { bgr: true, ..Normalisation::RAW }),
            Kind::ArcFace => (Some(&ARCFACE), Normalisation::uniform(127.5, 127.5)),
            Kind::MobileFaceNet => (Some(&ARCFACE), Normalisation::IMAGENET),
            Kind::Crop => (None, Normalisation::uniform(127.5, 127.5)),
            Kind::CropImageNet => (None, Normalisation::IMAGENET),
            kind => {
                let id = model.id.clone();
                return Err(ModelError::WrongTask { id, kind, task: Task::Embed });
            }
        };
        let session = Session::open(
            model,
            &SessionOptions {
                device: options.device,
                threads: options.threads,
                allow_fallback: options.allow_fallback,
                runs: options.runs,
            },
        )?;
        let corrupt = |why: String| ModelError::Corrupt { path: model.path.clone(), why };
        let [_, _, height, width] = session.input();
        let side = |length: Option<usize>, open| {
            length.and_then(|length| u32::try_from(length).ok()).unwrap_or(open)
        };
        let stretched = Some(MIDDLE).filter(|_| model.kind == Kind::FaceReid);
        let (cut, size) = match (template, stretched) {
            (None, _) => {
                let size = (side(width, OPEN_SIDE), side(height, OPEN_SIDE));
                (Cut::Box(size.0, size.1), size)
            }
            (Some(template), Some(_)) => {
                (Cut::Aligned(template), (side(width, STRETCHED), side(height, STRETCHED)))
            }
            (Some(template), None) => {
                let expected = template.size as usize;
                if [height, width].iter().flatten().any(|&length| length != expected) {
                    let shape = session.input();
                    return Err(corrupt(format!(
                        "its input is {shape:?}, expected [N, 3, {expected}, {expected}]"
                    )));
                }
                (Cut::Aligned(template), (template.size, template.size))
            }
        };
        let (dimensions, input) = (0, Mutex::default());
        let mut network = Self { session, cut, stretched, size, normalisation, dimensions, input };
        // A network of another shape is refused now, not at the first face.
        let (width, height) = cut.size();
        let black = RgbImage::new(width, height);
        let vectors = network.run(&[&black]).map_err(|error| match error {
            ModelError::Inference { why, .. } => corrupt(why),
            error => error,
        })?;
        network.dimensions = vectors.first().map_or(0, Vec::len);
        Ok(network)
    }

    /// How it sees a face.
    pub(super) fn cut(&self) -> Cut {
        self.cut
    }

    /// Vectors of chips of the right size, as long as the network makes them.
    pub(super) fn run(&self, chips: &[&RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        let (width, height) = self.size;
        let (width, height) = (width as usize, height as usize);
        let [batch, ..] = self.session.input();
        let most = BATCHES[usize::from(self.device() != "cpu")];
        let mut vectors = Vec::with_capacity(chips.len());
        let kept = || self.input.lock().unwrap_or_else(PoisonError::into_inner);
        let mut input = std::mem::take(&mut *kept());
        for chips in chips.chunks(batch.unwrap_or(most)) {
            // What a file with a fixed batch gets for missing chips does not matter.
            let count = batch.unwrap_or(chips.len());
            input.resize(count * 3 * height * width, 0.0);
            for (chip, planes) in chips.iter().zip(input.chunks_exact_mut(3 * height * width)) {
                match self.stretched {
                    Some(part) => {
                        let part =
                            FrameView::from_rgb(chip).sample(part, self.size.0, self.size.1)?;
                        self.normalisation.fill(&part, planes);
                    }
                    None => self.normalisation.fill(chip, planes),
                }
            }
            vectors.extend(self.session.run([count, 3, height, width], &input, |tensors| {
                rows(tensors, count).map(|rows| rows.take(chips.len()).collect::<Vec<_>>())
            })?);
        }
        *kept() = input;
        Ok(vectors)
    }

    /// Length of the vectors.
    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Time that its runs took so far.
    pub(super) fn spent(&self) -> Duration {
        self.session.spent()
    }

    /// The device really used.
    pub(super) fn device(&self) -> &str {
        self.session.device()
    }
}

/// The rows of the one output `[count, dimensions]`.
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
    Ok(output.data.chunks_exact(dimensions).map(<[f32]>::to_vec))
}
