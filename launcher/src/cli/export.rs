// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use interchange::Format;

/// Which result to export, where to and how.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Folder of a result
    #[arg(value_name = "OUT")]
    pub location: PathBuf,
    /// A new or empty folder; pictures are copied there
    pub target: PathBuf,
    /// The layout
    #[arg(short, long, value_enum, default_value = "folders", value_name = "NAME")]
    pub format: FormatName,
    /// The faces that are nobody's for sure too
    #[arg(long)]
    pub unsure: bool,
}

/// The layouts by name.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FormatName {
    /// A folder of pictures a person, for the loaders of Keras and PyTorch
    Folders,
    /// An image folder of Hugging Face datasets with metadata.jsonl
    Huggingface,
    /// The boxes on the frames of the videos, in COCO's JSON
    Coco,
    /// A FiftyOneImageClassificationDataset
    Fiftyone,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Folders => Self::Folders,
            FormatName::Huggingface => Self::HuggingFace,
            FormatName::Coco => Self::Coco,
            FormatName::Fiftyone => Self::FiftyOne,
        }
    }
}
