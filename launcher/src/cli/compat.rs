// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup compat`.

use clap::{Args, ValueEnum};

/// Whose command line, and which.
#[derive(Debug, Args)]
pub struct CompatArgs {
    /// The program whose arguments follow
    #[arg(value_enum, value_name = "PROGRAM")]
    pub program: Program,
    /// Only show the command
    #[arg(long)]
    pub show: bool,
    /// Its arguments, unchanged
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub arguments: Vec<String>,
}

/// Programs whose command lines are known.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Program {
    /// video-to-faces (python -m videotofaces)
    V2f,
    /// FaceGrab
    Facegrab,
    /// FaceRipper
    Faceripper,
}
