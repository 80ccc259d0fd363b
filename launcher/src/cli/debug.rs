// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options that save what the detector saw.

use clap::Args;

const HEADING: &str = "What else to save";

/// What is saved in OUT/intermediate.
#[derive(Debug, Args, Clone)]
pub struct DebugArgs {
    /// Save every frame looked at, with green boxes around faces and red ones around rejected ones
    #[arg(long, help_heading = HEADING)]
    pub save_frames: bool,
    /// Save what was found and rejected as too faint, too small or too near to the border, with a log of
    /// all that was found
    #[arg(long, help_heading = HEADING)]
    pub save_rejects: bool,
    /// Save pictures that --blur calls blurry
    #[arg(long, requires = "blur", help_heading = HEADING)]
    pub save_blurry: bool,
    /// Show what is looked at in a window, with boxes around faces and the numbers of their tracks, one
    /// input at a time; SINK is a sink of GStreamer
    #[arg(long, value_name = "SINK", num_args = 0..=1, require_equals = true, default_missing_value = "autovideosink", help_heading = HEADING)]
    pub display: Option<String>,
}

impl DebugArgs {
    /// Whether what was rejected must be known, too.
    pub fn wants_rejects(&self) -> bool {
        self.save_frames || self.save_rejects
    }
}
