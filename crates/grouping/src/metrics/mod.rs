// SPDX-License-Identifier: MIT OR Apache-2.0
//! How good a grouping is: the [`Agreement`] of groups and people, the [`Curve`] over every possible cut, the
//! [`Scores`] that need no ground truth.

mod agreement;
mod contingency;
mod curve;
mod distances;
mod scores;
mod sizes;

pub use crate::cluster::scores::{calinski_harabasz, davies_bouldin};
pub use agreement::{Agreement, PrecisionRecall, bcubed};
pub use curve::{Curve, CurvePoint};
pub use distances::{AtThreshold, Distances, distances};
pub use scores::{Scores, Silhouette, silhouette};
pub use sizes::{Bucket, sizes};
