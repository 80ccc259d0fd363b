// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures as files.

use std::io::Cursor;

use image::codecs::{png::PngEncoder, webp::WebPEncoder};
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use serde::{Deserialize, Serialize};

use crate::jpeg;

/// How pictures are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "format")]
pub enum CropFormat {
    /// JPEG.
    Jpeg {
        /// 1 to 100.
        quality: u8,
    },
    /// PNG: lossless, about ten times the size.
    Png,
    /// WebP: lossless too, about two thirds of PNG.
    WebP,
}

impl Default for CropFormat {
    fn default() -> Self {
        Self::Jpeg { quality: 90 }
    }
}

impl CropFormat {
    /// What file names end with, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }
}

/// A picture as a file of this format.
///
/// # Errors
/// The picture is empty, or has a side that the format cannot hold.
pub fn encode(picture: &RgbImage, format: CropFormat) -> image::ImageResult<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    let (width, height) = picture.dimensions();
    let kind = ExtendedColorType::Rgb8;
    match format {
        CropFormat::Jpeg { quality } => return jpeg::encode(picture, quality),
        CropFormat::Png => {
            PngEncoder::new(&mut bytes).write_image(picture, width, height, kind)?;
        }
        CropFormat::WebP => {
            WebPEncoder::new_lossless(&mut bytes).write_image(picture, width, height, kind)?;
        }
    }
    Ok(bytes.into_inner())
}
