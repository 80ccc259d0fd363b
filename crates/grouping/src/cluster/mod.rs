// SPDX-License-Identifier: MIT OR Apache-2.0
//! From faces and embeddings to people.
//!
//! Faces are pooled into templates (one a track), templates join by average linkage, tracks seen
//! on one frame never do, and the dendrogram is cut where the video itself says that people end. Other
//! [`Algorithm`]s can be chosen.

pub mod algorithms;
mod best_shots;
mod embeddings;
mod error;
mod evidence;
mod face;
mod group;
mod grouping;
mod hierarchy;
mod linkage;
mod options;
mod recognition;
mod suggestions;
mod summary;
mod templates;

pub use algorithms::{
    Between, Candidate, Candidates, Clusters, Complete, Dbscan, GaussianMixture, Hit, KMeans,
    Metric, Online, OnlineIndex, SizeConstrained, Tried, scores,
};
pub(crate) use algorithms::{Samples, cohesion};
pub use best_shots::best_shots;
pub use error::GroupError;
pub use evidence::levels::{Level, Levels};
pub use face::Face;
pub use group::group;
pub use grouping::{CutInfo, CutSource, GroupInfo, Grouping, MergeSuggestion};
pub(crate) use hierarchy::check;
pub use hierarchy::{Hierarchy, hierarchy};
pub use linkage::{Constraints, Dendrogram, Merge, average_linkage, sparse_linkage};
pub use options::{Algorithm, Options};
pub use suggestions::likelihood;
pub use summary::describe;
pub(crate) use templates::{by_track, quality_weight, weight};
