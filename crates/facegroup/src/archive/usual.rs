// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is usual with an embedder.

use grouping::cluster::{Level, Levels};
use grouping::matching::Usual;
use models::catalogue::{self, Entry};

/// Where nothing is known of an embedder: half way between unrelated and identical.
const UNKNOWN: f32 = 0.5;

/// What the catalogue says of an embedder.
pub(super) fn usual(model: &str) -> Usual {
    let level = |level: catalogue::Level| Level { mean: level.mean, spread: level.spread };
    match catalogue::find(model) {
        Some(Entry { thresholds, .. }) => Usual {
            levels: Some(Levels {
                impostor: level(thresholds.impostor),
                genuine: level(thresholds.genuine),
            }),
            group: thresholds.group,
            name: thresholds.name,
        },
        None => Usual { levels: None, group: UNKNOWN, name: UNKNOWN },
    }
}
