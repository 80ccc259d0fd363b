// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pixels and boxes: frames as decoders store them, the geometry of faces, aligned crops, blur, quality, JPEG.
//!
//! Knows neither networks nor GStreamer, and opens no file; of those it knows their names.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod align;
mod average_hash;
pub mod blur;
pub mod choice;
mod detection;
pub mod encode;
pub mod extensions;
pub mod frame;
pub mod geometry;
pub mod jpeg;
mod perceptual_hash;
pub mod quality;

pub use detection::Detection;
pub use encode::CropFormat;
pub use perceptual_hash::{HashKind, PerceptualHash};
