// SPDX-License-Identifier: MIT OR Apache-2.0
//! How good a grouping is: against a truth, and by its embeddings alone.
//!
//! [`evaluate`] does it all for a dataset; what it is made of stands in files of its own: the
//! [`truth`] and which faces it speaks of, the [`Agreement`] of groups and people, the [`Curve`]
//! over every possible cut, the [`Scores`] that need no truth. What it came to is an
//! [`Evaluation`], kept as `evaluation.json` in the dataset.

mod agreement;
mod contingency;
mod curve;
mod error;
mod evaluate;
mod evaluation;
mod found;
mod scores;
mod sizes;
pub mod truth;

pub use crate::cluster::scores::{calinski_harabasz, davies_bouldin};
pub use agreement::{Agreement, PrecisionRecall, bcubed};
pub use curve::{Curve, CurvePoint};
pub use error::EvaluateError;
pub use evaluate::evaluate;
pub use evaluation::{Against, Evaluation};
pub use found::Found;
pub use scores::{Scores, Silhouette, silhouette};
pub use sizes::{Bucket, sizes};

/// Groups that are nobody: each of their faces counts as a group of its own, and says nothing about
/// anybody in a truth. Labels that begin with `NOT_` or `UNKNOWN` are nobody too.
pub const NOBODY: [&str; 4] = [crate::dataset::UNSURE, "noise", "other", "ignore"];

/// What the labels of nobody begin with.
const NOBODIES: [&str; 2] = ["NOT_", "UNKNOWN"];

/// Whether a group or a label stands for one person.
pub(crate) fn is_somebody(label: &str) -> bool {
    !label.is_empty()
        && !NOBODY.contains(&label)
        && !NOBODIES.iter().any(|begin| label.starts_with(begin))
}
