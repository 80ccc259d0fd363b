// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pixels and boxes: frames as decoders store them, the geometry of faces, aligned crops, blur, quality, JPEG.
//!
//! Knows neither networks nor GStreamer, and opens no file; of those it knows their names.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod align;
pub mod blur;
mod detection;
pub mod extensions;
pub mod frame;
pub mod geometry;
pub mod jpeg;
pub mod quality;

pub use detection::Detection;
