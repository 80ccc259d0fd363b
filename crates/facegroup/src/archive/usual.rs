// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is usual with an embedder.

use grouping::cluster::{Level, Levels};
use models::catalogue::{self, Entry};

/// How similar faces are as an embedder of the catalogue sees them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usual {
    pub(super) levels: Option<Levels>,
    /// Mean similarity at which groups stop merging.
    pub(super) threshold: f32,
}

/// Where nothing is known of an embedder: half way between unrelated and identical.
const UNKNOWN: f32 = 0.5;

impl Usual {
    /// Of the embedder of this id.
    pub(super) fn of(model: &str) -> Self {
        let level = |level: catalogue::Level| Level { mean: level.mean, spread: level.spread };
        match catalogue::find(model) {
            Some(Entry { thresholds, .. }) => Self {
                levels: Some(Levels {
                    impostor: level(thresholds.impostor),
                    genuine: level(thresholds.genuine),
                }),
                threshold: thresholds.group,
            },
            None => Self { levels: None, threshold: UNKNOWN },
        }
    }
}
