// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options that say which faces are looked for, and which count.

use clap::Args;

const FACES: &str = "Faces";

/// Faces that lie, and faces that a second detector sees too.
#[derive(Debug, Args, Clone, Default)]
pub struct DetectArgs {
    /// Find faces that lie on their side or stand on their head, too: every frame is looked at in four turns, all of
    /// it each time
    #[arg(long, help_heading = FACES)]
    pub any_angle: bool,
    /// A second face detector, id of the catalogue or path, without which no face counts: it looks at what surrounds
    /// each
    #[arg(long, value_name = "MODEL", help_heading = FACES)]
    pub confirm_detector: Option<String>,
    /// Kind of that detector where it is a path
    #[arg(long, value_name = "KIND", requires = "confirm_detector", help_heading = FACES)]
    pub confirm_detector_kind: Option<String>,
}
