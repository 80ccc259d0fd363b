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

impl DetectArgs {
    /// For `run.json`; only what was asked for.
    pub fn settings(&self) -> Vec<(&'static str, serde_json::Value)> {
        let angle = self.any_angle.then(|| ("any-angle", true.into()));
        let confirm = self.confirm_detector.as_deref();
        let confirm = confirm.map(|model| ("confirm-detector", model.into()));
        angle.into_iter().chain(confirm).collect()
    }
}
