// SPDX-License-Identifier: MIT OR Apache-2.0
//! The context that the inputs of a run share, and what becomes of them.

use std::sync::atomic::AtomicBool;

use framesource::hardware::Decoders;
use gstfacegroup::facesink::SharedDataset;

use super::networks::Models;
use super::progress::Console;
use crate::cli::RunArgs;

/// The context that the inputs of a run share.
pub struct RunContext<'r> {
    /// What was asked for.
    pub arguments: &'r RunArgs,
    /// The decoders that may be plugged.
    pub decoders: &'r Decoders,
    /// The networks.
    pub models: &'r Models,
    /// Where the faces go.
    pub dataset: &'r SharedDataset,
    /// Where the user is told.
    pub console: &'r Console,
    /// Set when all are to end early.
    pub stop: &'r AtomicBool,
}

/// What became of the inputs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// How many could not be played.
    pub failed: usize,
    /// How many ended before their end.
    pub early: usize,
    /// Seconds of video that ran through.
    pub video_seconds: f64,
}
