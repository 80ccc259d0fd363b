// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup explain`.

use std::path::PathBuf;

use clap::Args;
/// Which face to tell about.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Folder of a result, or of a library
    #[arg(value_name = "OUT")]
    pub location: PathBuf,
    /// Its picture (out/faces/3/001224_0.jpg, or the file's name), or FRAME:FACE, or VIDEO:FRAME:FACE; of a library a
    /// person's name, or person-17
    pub face: String,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
