// SPDX-License-Identifier: MIT OR Apache-2.0
//! How far a run goes.

use clap::ValueEnum;

/// How far a run goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Find faces and group them
    #[default]
    Full,
    /// Find faces only: every picture of every face, in faces/
    Detect,
}
