// SPDX-License-Identifier: MIT OR Apache-2.0
//! Other ways from faces to groups, as the systems before this one had them.
//!
//! | algorithm | of | looks at | leaves out |
//! |---|---|---|---|
//! | [`KMeans`] | video-to-faces | faces | nobody |
//! | [`GaussianMixture`] | – | faces | nobody |
//! | [`Complete`] | StreamFace | faces, and which of them match | nobody |
//! | [`SizeConstrained`] | facerec | tracks | nobody |
//! | [`Dbscan`] | StreamFace's comparison | faces | noise |
//! | [`Online`] | StreamFace's index | faces one by one in time | nobody |
//!
//! They take embeddings as they are, brought to length one, in the order of time. Faces without an
//! embedding go where their track goes; without such a track they are nobody's. Who is seen
//! together, quality and what a person corrected mean nothing to them, and they suggest nothing.

pub mod candidates;
mod choice;
mod clusters;
pub mod complete;
mod complete_linkage;
pub mod dbscan;
mod dispatch;
mod distance;
pub mod gaussian_mixture;
pub mod kmeans;
mod matches;
pub mod online;
mod principal;
mod samples;
pub mod scores;
pub mod size_constrained;
#[cfg(test)]
mod testing;
mod with_linfa;

pub use candidates::{Between, Candidate, Candidates};
pub use choice::Tried;
pub use clusters::Clusters;
pub use complete::Complete;
pub use dbscan::Dbscan;
pub use distance::Metric;
pub use gaussian_mixture::GaussianMixture;
pub use kmeans::KMeans;
pub use online::{Hit, Online, OnlineIndex};
pub use size_constrained::SizeConstrained;

pub(crate) use dispatch::cohesion;
pub(super) use dispatch::group;
pub(crate) use samples::Samples;
#[cfg(test)]
use testing::at;
