// SPDX-License-Identifier: MIT OR Apache-2.0
//! One network that sees the whole picture at once.

use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;

use super::coarse_to_fine::CoarseScale;
use super::letterbox::Letterbox;
use super::tiles::{TILE, Tile};
use super::{Decoder, DetectorOptions, centerface, faceboxes, is_sane, scrfd, yunet};
use crate::ModelError;
use crate::catalogue::{Kind, Task};
use crate::session::Session;
use crate::tensor::Normalisation;
use imaging::Detection;
use imaging::frame::{FrameView, Sampler};
use imaging::geometry::Rect;

/// A network, ready to run.
#[derive(Debug)]
pub(super) struct Network {
    session: Arc<Session>,
    decode: Decoder,
    normalisation: Normalisation,
    threshold: f32,
    size: u32,
    /// `None` without one.
    coarse_scale: Option<CoarseScale>,
    /// Small pictures are enlarged: its smallest faces are large.
    enlarge: bool,
    scratch: Mutex<Scratch>,
}

/// Buffers kept from frame to frame; out of the network's hands while they are in use.
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
        let mut network = Self {
            session: Session::open(&options.model, &options.session())?,
            decode,
            normalisation,
            threshold: options.threshold,
            size: options.size(),
            coarse_scale: options.coarse_scale(),
            enlarge: options.model.kind == Kind::FaceBoxes,
            scratch: Mutex::default(),
        };
        network.coarse_scale = network.coarse_scale.filter(|_| network.takes_any_size());
        // A network of another shape is refused now, not at the first frame.
        let black = Letterbox::new((64.0, 64.0), 64, network.fixed_size(), false);
        let input = vec![0.0; 3 * black.width as usize * black.height as usize];
        let run = network.run((black.width, black.height), 1, &input, network.threshold);
        run.map_err(|error| match error {
            ModelError::Inference { why, .. } => {
                ModelError::Corrupt { path: options.model.path.clone(), why }
            }
            error => error,
        })?;
        Ok(network)
    }

    /// Every face that it sees in each region of a frame, overlapping ones too, in display pixels. Views
    /// that need the same input size and follow each other go through the network together, where its
    /// file leaves the number of pictures free.
    pub(super) fn find(
        &self,
        views: &[(&FrameView<'_>, Rect)],
    ) -> Result<Vec<Vec<Detection>>, ModelError> {
        match self.coarse_scale {
            Some(first) => self.find_coarse_to_fine(views, first),
            None => self.find_at(views, self.size, self.threshold),
        }
    }

    /// Every face that reaches the threshold in an input with this long side.
    pub(super) fn find_at(
        &self,
        views: &[(&FrameView<'_>, Rect)],
        size: u32,
        threshold: f32,
    ) -> Result<Vec<Vec<Detection>>, ModelError> {
        let fit = |&(frame, region): &(_, Rect)| {
            let display = (region.width, region.height);
            let letterbox = Letterbox::new(display, size, self.fixed_size(), self.enlarge);
            (frame, region, letterbox)
        };
        let views: Vec<(&FrameView<'_>, Rect, Letterbox)> = views.iter().map(fit).collect();
        let size = |letterbox: &Letterbox| (letterbox.width, letterbox.height);
        let together = views.chunk_by(|a, b| self.free() && size(&a.2) == size(&b.2));
        let mut found = Vec::with_capacity(views.len());
        let mut scratch = self.take_scratch();
        let Scratch { sampler, picture, input } = &mut scratch;
        for views in together {
            let Some((_, _, letterbox)) = views.first() else { continue };
            let size = size(letterbox);
            let values = 3 * size.0 as usize * size.1 as usize;
            input.resize(views.len() * values, 0.0);
            for ((frame, region, letterbox), planes) in
                views.iter().zip(input.chunks_exact_mut(values))
            {
                let Rect { width, height, .. } = letterbox.region();
                let shown = Rect { width, height, ..*region };
                sampler.sample(frame, shown, letterbox.width, letterbox.height, picture)?;
                self.normalisation.fill(picture, planes);
            }
            found.extend(self.run(size, views.len(), input, threshold)?);
        }
        self.keep_scratch(scratch);
        for (faces, (_, region, letterbox)) in found.iter_mut().zip(&views) {
            for face in faces {
                letterbox.to_display(face);
                face.shift(region.x, region.y);
            }
        }
        Ok(found)
    }

    /// Why several pictures cannot go through the network at once; tried with two black ones.
    pub(super) fn takes_several(&self) -> Result<(), String> {
        if !self.free() {
            let [pictures, ..] = self.session.input();
            return Err(format!("its file fixes the number at {}", pictures.unwrap_or(1)));
        }
        let black = Letterbox::new((64.0, 64.0), 64, self.fixed_size(), false);
        let input = vec![0.0; 2 * 3 * black.width as usize * black.height as usize];
        self.run((black.width, black.height), 2, &input, self.threshold)
            .map(drop)
            .map_err(|error| error.to_string())
    }

    /// Whether the file leaves the number of pictures free.
    fn free(&self) -> bool {
        self.session.input()[0].is_none()
    }

    /// The device really used.
    pub(super) fn device(&self) -> &str {
        self.session.device()
    }

    /// The faces of each of `count` pictures, in input pixels.
    fn run(
        &self,
        size: (u32, u32),
        count: usize,
        input: &[f32],
        threshold: f32,
    ) -> Result<Vec<Vec<Detection>>, ModelError> {
        let (width, height) = (size.0 as usize, size.1 as usize);
        self.session.run([count, 3, height, width], input, |tensors| {
            let faces = |index| {
                let own = tensors.iter().map(|tensor| tensor.part(index, count));
                let own = own.collect::<Result<Vec<_>, _>>()?;
                let faces = (self.decode)(&own, (width, height), threshold)?;
                Ok(faces.into_iter().filter(is_sane).collect())
            };
            (0..count).map(faces).collect()
        })
    }

    /// Every face in tiles of a frame that these hold whole, overlapping ones too, in display pixels; all
    /// go through the network at once, where its file leaves the number of pictures free.
    pub(super) fn detect_tiles(
        &self,
        frame: &FrameView<'_>,
        tiles: &[Tile],
    ) -> Result<Vec<Detection>, ModelError> {
        let values = 3 * (TILE * TILE) as usize;
        let mut scratch = self.take_scratch();
        let Scratch { sampler, picture, input } = &mut scratch;
        input.resize(tiles.len() * values, 0.0);
        for (tile, planes) in tiles.iter().zip(input.chunks_exact_mut(values)) {
            sampler.sample(frame, tile.square, TILE, TILE, picture)?;
            self.normalisation.fill(picture, planes);
        }
        let together = if self.free() { tiles.len() } else { 1 };
        let mut faces = Vec::new();
        let parts = tiles.chunks(together.max(1));
        for (tiles, input) in parts.zip(input.chunks(together.max(1) * values)) {
            let found = self.run((TILE, TILE), tiles.len(), input, self.threshold)?;
            let pairs = found.into_iter().zip(tiles);
            faces.extend(pairs.flat_map(|(found, tile)| {
                found.into_iter().filter_map(|face| tile.to_display(face))
            }));
        }
        self.keep_scratch(scratch);
        Ok(faces)
    }

    fn take_scratch(&self) -> Scratch {
        std::mem::take(&mut *self.scratch.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep_scratch(&self, scratch: Scratch) {
        *self.scratch.lock().unwrap_or_else(PoisonError::into_inner) = scratch;
    }

    /// Least score of a face.
    pub(super) fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Long side of the input in pixels.
    pub(super) fn size(&self) -> u32 {
        self.size
    }

    /// Whether a small part of a picture can be looked at as it is.
    pub(super) fn takes_any_size(&self) -> bool {
        self.fixed_size().is_none() && !self.enlarge
    }

    /// Width and height of the input, where the file fixes them.
    fn fixed_size(&self) -> Option<(u32, u32)> {
        let [_, _, height, width] = self.session.input();
        Some((u32::try_from(width?).ok()?, u32::try_from(height?).ok()?))
    }
}
