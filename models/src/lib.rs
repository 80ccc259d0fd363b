// SPDX-License-Identifier: MIT OR Apache-2.0
//! Face models: which there are, how to get them, and how to run them.
//!
//! Knows no GStreamer type. From the outside in: [`catalogue`] lists the models, [`store`] obtains
//! and finds them on disk, [`runtime`] loads ONNX Runtime, [`Detector`] and [`Embedder`] run them on
//! a [`frame::FrameView`].

pub mod catalogue;
pub mod convert;
mod detect;
mod embed;
mod error;
pub mod onnx;
pub mod runtime;
mod session;
pub mod still;
pub mod store;
mod tensor;

pub use detect::{Detector, DetectorOptions};
pub use embed::{Chip, Embedder, EmbedderOptions, Embedding, Flip};
pub use error::ModelError;
pub use session::{default_threads, runs};
