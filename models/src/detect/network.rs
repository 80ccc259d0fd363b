// SPDX-License-Identifier: MIT OR Apache-2.0
//! One network that sees the whole picture at once.

use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;

use super::letterbox::Letterbox;
use super::{Decoder, Detection, DetectorOptions, centerface, faceboxes, is_sane, scrfd, yunet};
use crate::ModelError;
use crate::catalogue::{Kind, Task};
use crate::frame::{FrameView, Sampler};
use crate::geometry::Rect;
use crate::session::Session;
use crate::tensor::Normalisation;

/// A network, ready to run.
#[derive(Debug)]
pub(super) struct Network {
    session: Arc<Session>,
    decode: Decoder,
    normalisation: Normalisation,
    threshold: f32,
    size: u32,
    /// Small pictures are enlarged: its smallest faces are large.
    enlarge: bool,
    scratch: Mutex<Scratch>,
}

/// Buffers kept from frame to frame.
#[derive(Debug, Default)]
struct Scratch {
    sampler: Sampler,
    picture: RgbImage,
    input: Vec<f32>,
}

impl Network {
    /// Loads it and tries it on a black picture.
    pub(super) fn open(options: &DetectorOptions) -> Result<Self, ModelError> {
        let (decode, normalisation): (Decoder, _) = match options.model.kind {
            Kind::CenterFace => (centerface::decode, Normalisation::RAW),
            Kind::YuNet => (yunet::decode, Normalisation { bgr: true, ..Normalisation::RAW }),
            Kind::Scrfd => (scrfd::decode, Normalisation::uniform(127.5, 128.0)),
            Kind::FaceBoxes => (faceboxes::decode, faceboxes::NORMALISATION),
            kind => {
                let id = options.model.id.clone();
                return Err(ModelError::WrongTask { id, kind, task: Task::Detect });
            }
        };
        let network = Self {
            session: Session::open(&options.model, &options.session())?,
            decode,
            normalisation,
            threshold: options.threshold,
            size: options.size(),
            enlarge: options.model.kind == Kind::FaceBoxes,
            scratch: Mutex::default(),
        };
        // A network of another shape is refused now, not at the first frame.
        let black = Letterbox::new((64.0, 64.0), 64, network.fixed_size(), false);
        let input = vec![0.0; 3 * black.width as usize * black.height as usize];
        network.run(&black, &input).map_err(|error| match error {
            ModelError::Inference { why, .. } => {
                ModelError::Corrupt { path: options.model.path.clone(), why }
            }
            error => error,
        })?;
        Ok(network)
    }

    /// Every face that it sees in `region`, overlapping ones too, in display pixels.
    pub(super) fn find(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
    ) -> Result<Vec<Detection>, ModelError> {
        let display = (region.width, region.height);
        let letterbox = Letterbox::new(display, self.size, self.fixed_size(), self.enlarge);
        let Rect { width, height, .. } = letterbox.region();
        let shown = Rect { width, height, ..region };
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let Scratch { sampler, picture, input } = &mut *scratch;
        sampler.sample(frame, shown, letterbox.width, letterbox.height, picture)?;
        input.clear();
        self.normalisation.append(picture, input);
        let mut faces = self.run(&letterbox, input)?;
        drop(scratch);
        for face in &mut faces {
            letterbox.to_display(face);
            face.shift(region.x, region.y);
        }
        Ok(faces)
    }

    /// The device really used.
    pub(super) fn device(&self) -> &str {
        self.session.device()
    }

    fn run(&self, letterbox: &Letterbox, input: &[f32]) -> Result<Vec<Detection>, ModelError> {
        let (width, height) = (letterbox.width as usize, letterbox.height as usize);
        self.session.run([1, 3, height, width], input, |tensors| {
            let faces = (self.decode)(tensors, (width, height), self.threshold)?;
            Ok(faces.into_iter().filter(is_sane).collect())
        })
    }

    /// Width and height of the input, where the file fixes them.
    fn fixed_size(&self) -> Option<(u32, u32)> {
        let [_, _, height, width] = self.session.input();
        Some((u32::try_from(width?).ok()?, u32::try_from(height?).ok()?))
    }
}
