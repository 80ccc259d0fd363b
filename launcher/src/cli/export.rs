// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup export`.

use std::path::PathBuf;

use clap::Args;
use interchange::Format;

use super::choice::choice;

/// Which result to export, where to and how.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Folder of a result
    #[arg(value_name = "OUT")]
    pub location: PathBuf,
    /// A new or empty folder; pictures are copied there
    pub target: PathBuf,
    /// The layout
    #[arg(short, long, value_parser = choice::<Format>(), default_value = "folders", value_name = "NAME")]
    pub format: Format,
    /// Unassigned faces too
    #[arg(long)]
    pub unsure: bool,
}
