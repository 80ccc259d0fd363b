// SPDX-License-Identifier: MIT OR Apache-2.0
//! What of a frame embedders see of a face.

use image::{RgbImage, imageops};

use super::histograms;
use crate::ModelError;
use imaging::Detection;
use imaging::align::{self, Template};
use imaging::frame::FrameView;

/// How a picture is cut out of a frame for a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cut {
    /// The landmarks brought to these places.
    Aligned(&'static Template),
    /// The box, stretched to this width and height.
    Box(u32, u32),
    /// The box and some hair.
    Head,
}

impl Cut {
    /// The picture of a face.
    pub(super) fn of(
        self,
        frame: &FrameView<'_>,
        face: &Detection,
    ) -> Result<RgbImage, ModelError> {
        Ok(match self {
            Cut::Aligned(template) => align::chip(frame, face, template)?,
            Cut::Box(width, height) => frame.sample(face.bbox, width, height)?,
            Cut::Head => histograms::chip(frame, &face.bbox)?,
        })
    }

    /// Width and height of the picture.
    pub(super) fn size(self) -> (u32, u32) {
        match self {
            Cut::Aligned(template) => (template.size, template.size),
            Cut::Box(width, height) => (width, height),
            Cut::Head => (histograms::SIDE, histograms::SIDE),
        }
    }
}

/// A face cut out of a frame: a picture for each way in which an embedder's networks want to see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chip {
    pub(super) pictures: Vec<RgbImage>,
}

impl Chip {
    /// The picture that the first network sees.
    pub fn picture(&self) -> Option<&RgbImage> {
        self.pictures.first()
    }

    /// The same face in a mirror.
    pub fn mirrored(&self) -> Self {
        Self { pictures: self.pictures.iter().map(imageops::flip_horizontal).collect() }
    }
}

impl From<RgbImage> for Chip {
    /// A chip for an embedder of one network.
    fn from(picture: RgbImage) -> Self {
        Self { pictures: vec![picture] }
    }
}
