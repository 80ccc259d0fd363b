// SPDX-License-Identifier: MIT OR Apache-2.0
//! A network that turns chips into vectors.

use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;

use super::{EmbedderOptions, normalise};
use crate::ModelError;
use crate::align::{self, ARCFACE, DLIB, Template};
use crate::catalogue::{Kind, Task};
use crate::detect::Detection;
use crate::frame::FrameView;
use crate::session::{Session, SessionOptions};
use crate::tensor::{Normalisation, Tensor};

/// Chips in one run of the network: bounds the memory held, and more are no faster (dlib: 3.6 ms a chip).
const MAX_BATCH: usize = 8;
/// Side of the input of networks that take the box as it is, where the file leaves it open: ArcFace's.
const OPEN_SIDE: u32 = 112;

/// What of the frame a network sees.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// The landmarks brought to these places.
    Aligned(&'static Template),
    /// The box, stretched.
    Box,
}

/// A face recognition network, ready to run.
#[derive(Debug)]
pub(super) struct Network {
    session: Arc<Session>,
    id: String,
    cut: Cut,
    /// Width and height of a chip in pixels.
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
        let (cut, normalisation) = match model.kind {
            Kind::DlibResnet => (Cut::Aligned(&DLIB), Normalisation::RAW),
            Kind::ArcFace => (Cut::Aligned(&ARCFACE), Normalisation::uniform(127.5, 127.5)),
            Kind::MobileFaceNet => (Cut::Aligned(&ARCFACE), Normalisation::IMAGENET),
            Kind::Crop => (Cut::Box, Normalisation::uniform(127.5, 127.5)),
            Kind::CropImageNet => (Cut::Box, Normalisation::IMAGENET),
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
        let size = match cut {
            Cut::Aligned(template) => {
                let side = template.size as usize;
                if [height, width].iter().flatten().any(|&length| length != side) {
                    let shape = session.input();
                    return Err(corrupt(format!(
                        "its input is {shape:?}, expected [N, 3, {side}, {side}]"
                    )));
                }
                (template.size, template.size)
            }
            Cut::Box => {
                let side = |length: Option<usize>| {
                    length.and_then(|length| u32::try_from(length).ok()).unwrap_or(OPEN_SIDE)
                };
                (side(width), side(height))
            }
        };
        let id = model.id.clone();
        let mut network =
            Self { session, id, cut, size, normalisation, dimensions: 0, input: Mutex::default() };
        // A network of another shape is refused now, not at the first face.
        let black = RgbImage::new(size.0, size.1);
        let vectors = network.run(&[&black]).map_err(|error| match error {
            ModelError::Inference { why, .. } => corrupt(why),
            error => error,
        })?;
        network.dimensions = vectors.first().map_or(0, Vec::len);
        Ok(network)
    }

    /// The part of the frame that shows a face, as the network wants it.
    pub(super) fn chip(
        &self,
        frame: &FrameView<'_>,
        face: &Detection,
    ) -> Result<RgbImage, ModelError> {
        Ok(match self.cut {
            Cut::Aligned(template) => align::chip(frame, face, template)?,
            Cut::Box => frame.sample(face.bbox, self.size.0, self.size.1)?,
        })
    }

    /// Unit vectors of chips of the right size.
    pub(super) fn run(&self, chips: &[&RgbImage]) -> Result<Vec<Vec<f32>>, ModelError> {
        let (width, height) = self.size;
        if let Some(chip) = chips.iter().find(|chip| chip.dimensions() != self.size) {
            let why = format!("a chip is {:?} pixels, expected {:?}", chip.dimensions(), self.size);
            return Err(ModelError::Inference { model: self.id.clone(), why });
        }
        let (width, height) = (width as usize, height as usize);
        let [batch, ..] = self.session.input();
        let mut vectors = Vec::with_capacity(chips.len());
        let kept = || self.input.lock().unwrap_or_else(PoisonError::into_inner);
        let mut input = std::mem::take(&mut *kept());
        for chips in chips.chunks(batch.unwrap_or(MAX_BATCH)) {
            // What a file with a fixed batch gets for missing chips does not matter.
            let count = batch.unwrap_or(chips.len());
            input.resize(count * 3 * height * width, 0.0);
            for (chip, planes) in chips.iter().zip(input.chunks_exact_mut(3 * height * width)) {
                self.normalisation.fill(chip, planes);
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

    /// Side of a chip in pixels, the longer one.
    pub(super) fn chip_size(&self) -> u32 {
        self.size.0.max(self.size.1)
    }

    /// The device really used.
    pub(super) fn device(&self) -> &str {
        self.session.device()
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
