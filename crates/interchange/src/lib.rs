// SPDX-License-Identifier: MIT OR Apache-2.0
//! What other programs read and write, a file each: layouts of datasets, configurations, files of vectors.

mod coco;
mod export;
pub mod faceripper;
mod image_folders;
mod npz;
pub mod streamface;
mod video_labeler;

pub use export::{ExportError, Exported, Format, export};
pub use npz::{Stored, file_hash};
