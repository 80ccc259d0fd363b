// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options that say how the picture of a face is made, beside the sides of the crop.

use clap::Args;
use dataset::{CropFormat, CropSettings};
use imaging::align::Alignment;
use imaging::blur::Blur;
use imaging::choice::Choice;

use super::choice::choice;

const CROPS: &str = "Crops";

/// How crops are made.
#[derive(Debug, Args, Clone)]
pub struct CropArgs {
    /// Turn faces upright: points brings eyes, nose and mouth to the same places of a square, eyes only
    /// levels the eyes; --crop-scale and --square do nothing then
    #[arg(long, value_parser = choice::<Alignment>(), value_name = "HOW", help_heading = CROPS, conflicts_with = "resize_to")]
    pub align: Option<Alignment>,
    /// Add so much on all sides: part of the box's shorter side, or of an aligned picture
    /// [default: 0, with --align points 0.18]
    #[arg(long, value_name = "SHARE", value_parser = super::share, help_heading = CROPS)]
    pub padding: Option<f32>,
    /// Scale crops up or down to fit a box of this width and height, keeping their shape
    #[arg(long, num_args = 2, value_names = ["WIDTH", "HEIGHT"], value_parser = clap::value_parser!(u32).range(1..=8192), conflicts_with = "crop_size", help_heading = CROPS)]
    pub resize_to: Option<Vec<u32>>,
    /// Leave out pictures of blurry faces: those whose variance of the Laplacian is lower than a number
    /// (100 is a crisp face; see "sharpness" in faces.jsonl), or as facegrab, faceripper or streamface
    /// measures it
    #[arg(long, value_name = "NUMBER|NAME", help_heading = CROPS)]
    pub blur: Option<Blur>,
    /// Store pictures as PNG instead of JPEG
    #[arg(long, help_heading = CROPS)]
    pub png: bool,
    /// Store pictures as lossless WebP
    #[arg(long, conflicts_with = "png", help_heading = CROPS)]
    pub webp: bool,
}

impl CropArgs {
    /// How pictures are stored.
    pub fn format(&self, quality: u8) -> CropFormat {
        match (self.png, self.webp) {
            (true, _) => CropFormat::Png,
            (_, true) => CropFormat::WebP,
            _ => CropFormat::Jpeg { quality },
        }
    }

    /// For `run.json`.
    pub fn settings(&self) -> CropSettings {
        CropSettings {
            align: self.align.map(|align| align.name().to_owned()),
            padding: self.padding.map(f64::from),
            resize_to: self.resize_to.clone(),
            blur: self.blur.map(|blur| blur.to_string()),
        }
    }
}
