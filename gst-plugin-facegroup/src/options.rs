// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the embeddings of a model are grouped.

use grouping::cluster::{Options, Typical};
use models::catalogue::Entry;

/// For an embedder outside the catalogue: where networks of the ArcFace family agree.
const UNKNOWN_MODEL_THRESHOLD: f32 = 0.3;

/// Options for the embeddings of a model of the catalogue (or of another one). A `threshold`
/// given is taken as it is; without one the model's own is moved by what the video shows, if
/// `calibrate` says so.
pub fn grouping_options(model: Option<&Entry>, threshold: Option<f32>, calibrate: bool) -> Options {
    let own = model.map_or(UNKNOWN_MODEL_THRESHOLD, |entry| entry.thresholds.group);
    let mut options = Options::new(threshold.unwrap_or(own));
    options.calibrate = calibrate && threshold.is_none();
    options.typical = model.map(|entry| Typical {
        different: entry.thresholds.stranger_mean,
        same: entry.thresholds.same_mean,
    });
    options
}
