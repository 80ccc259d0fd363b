// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup explain`.

use std::path::PathBuf;

use clap::Args;
use facegroup::explain::Which;

/// Which face to tell about.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Folder of a result
    #[arg(value_name = "OUT")]
    pub location: PathBuf,
    /// Its picture (out/faces/3/001224_0.jpg, or the file's name), or FRAME:FACE, or VIDEO:FRAME:FACE
    pub face: Which,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
