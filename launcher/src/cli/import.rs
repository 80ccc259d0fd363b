// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup import`.

use std::path::PathBuf;

use clap::Args;

/// Which labels, and of which result.
#[derive(Debug, Args)]
#[command(after_help = "\
LABELS is whatever `facegroup evaluate` takes as a truth: a CSV, folders of pictures, an annotations.json of
StreamFace, or another result. A label that is a number tells people apart and names nobody; noise is unsure.
What the labels say is kept in OUT/corrections.jsonl, and every later grouping follows it.")]
pub struct ImportArgs {
    /// Folder of a grouped result
    #[arg(value_name = "OUT")]
    pub location: PathBuf,
    /// Who the faces are
    pub labels: PathBuf,
}
