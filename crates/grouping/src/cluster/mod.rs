// SPDX-License-Identifier: MIT OR Apache-2.0
//! From faces and embeddings to people.
//!
//! Faces are pooled into templates (one a track), templates join by average linkage, tracks seen
//! on one frame never do, and the tree is cut where the video itself says that people end. Other
//! [`Algorithm`]s can be chosen.

pub mod algorithms;
mod best_shots;
mod calibrate;
mod continuity;
mod covisible;
mod doubt;
mod embeddings;
mod error;
mod face;
mod group;
mod levels;
mod linkage;
mod options;
mod recognition;
mod template;
mod tree;

pub use algorithms::{
    Between, Bundles, Candidate, Candidates, Clusters, Complete, Dbscan, GaussianMixture, Hit,
    KMeans, Metric, Online, OnlineIndex, Tried, scores,
};
pub(crate) use algorithms::{Samples, cohesion};
pub use best_shots::best_shots;
pub use error::GroupError;
pub use face::Face;

pub use group::describe;
pub use group::{CutInfo, CutSource, GroupInfo, Grouping, MergeSuggestion, group};
pub use levels::{Level, Levels};
pub use linkage::{Constraints, Dendrogram, Merge, average_linkage, sparse_linkage};
pub use options::{Algorithm, Options};
pub(crate) use template::{by_track, weight};
pub(crate) use tree::check;
pub use tree::{Tree, tree};
