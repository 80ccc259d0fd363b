// SPDX-License-Identifier: MIT OR Apache-2.0
//! How to group.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::GroupError;
use super::algorithms::{Complete, Dbscan, GaussianMixture, KMeans, Online, SizeConstrained};
use super::evidence::levels::Levels;

/// The way faces become groups.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Algorithm {
    /// Average linkage on track templates; co-visible tracks never join.
    #[default]
    Average,
    /// K-means, its number of clusters chosen by silhouette.
    KMeans(KMeans),
    /// A mixture of Gaussians, its number of clusters chosen by silhouette.
    GaussianMixture(GaussianMixture),
    /// Complete linkage in batches, merged over matches.
    Complete(Complete),
    /// Bundles of tracks of a size to label by hand: no identities.
    SizeConstrained(SizeConstrained),
    /// Groups of any shape by density, and noise.
    Dbscan(Dbscan),
    /// One face after the other, each to the nearest label or to a new one.
    Online(Online),
}

impl Algorithm {
    /// The name a user gives it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::KMeans(_) => "kmeans",
            Self::GaussianMixture(_) => "gmm",
            Self::Complete(_) => "complete",
            Self::SizeConstrained(_) => "bundles",
            Self::Dbscan(_) => "dbscan",
            Self::Online(_) => "online",
        }
    }

    /// The settings that its groups depend on, by their names, as a user would write them.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        match self {
            // Its threshold is the cut, which is told elsewhere.
            Self::Average => Vec::new(),
            Self::KMeans(KMeans { clusters, random_state, .. })
            | Self::GaussianMixture(GaussianMixture { clusters, random_state, .. }) => {
                vec![("clusters", clusters.to_string()), ("random-state", random_state.to_string())]
            }
            Self::Complete(o) => vec![
                ("matching-threshold", o.matching_threshold.to_string()),
                ("merging-threshold", o.merging_threshold.to_string()),
                ("batch-size", o.batch_size.to_string()),
            ],
            Self::SizeConstrained(o) => vec![
                ("bundle-size", o.size.to_string()),
                ("bundle-min", o.min_size.to_string()),
                ("bundle-max", o.max_size.to_string()),
            ],
            Self::Dbscan(o) => {
                vec![("eps", o.eps.to_string()), ("min-points", o.min_points.to_string())]
            }
            Self::Online(o) => vec![
                ("matching-threshold", o.threshold.to_string()),
                ("metric", format!("{:?}", o.metric).to_lowercase()),
            ],
        }
    }

    /// Refuses settings out of range.
    fn check(&self) -> Result<(), GroupError> {
        match self {
            // Clusters cannot be made wrong.
            Self::Average | Self::KMeans(_) | Self::GaussianMixture(_) => Ok(()),
            Self::Complete(o) => {
                distance("matching-threshold", o.matching_threshold)?;
                distance("merging-threshold", o.merging_threshold)?;
                within("batch-size", o.batch_size, 2..=50_000, "a number of faces from 2 to 50000")
            }
            Self::SizeConstrained(o) => {
                let from_one = "a number of tracks from 1 to 100000";
                within("bundle-size", o.size, 1..=100_000, from_one)?;
                let least = "a number of tracks from 1 to the bundle size";
                within("bundle-min", o.min_size, 1..=o.size, least)?;
                let most = "a number of tracks from the bundle size to 100000";
                within("bundle-max", o.max_size, o.size..=100_000, most)
            }
            Self::Dbscan(o) => {
                distance("eps", o.eps)?;
                within("min-points", o.min_points, 1..=1_000_000, "a number from 1 to 1000000")
            }
            Self::Online(o) => distance("matching-threshold", o.threshold),
        }
    }
}

fn distance(option: &'static str, value: f32) -> Result<(), GroupError> {
    within(option, value, 0.0..=2.0, "a distance from 0 to 2")
}

fn within<T: PartialOrd + Display>(
    option: &'static str,
    value: T,
    range: RangeInclusive<T>,
    expected: &'static str,
) -> Result<(), GroupError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(GroupError::Option { option, value: value.to_string(), expected })
}

/// Settings of [`group`](super::group). The defaults suit video.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The way faces become groups.
    pub algorithm: Algorithm,
    /// The model's cut for average linkage: two groups join while their mean cosine similarity
    /// is at least this, -1 to 1. It belongs to the embedder and stands in its catalogue entry.
    pub threshold: f32,
    /// Let the video move the cut where it offers evidence; `false` cuts at `threshold`.
    pub calibrate: bool,
    /// How similar the embedder finds faces on usual footage, which `threshold` is relative to; without it
    /// there is no calibration.
    pub levels: Option<Levels>,
    /// Magnitude below which the faces of a group show nobody who could be recognised, see
    /// [`group`](super::group()); `None` where magnitudes say nothing.
    pub recognisable: Option<f32>,
    /// Keep groups in which nobody could be recognised, instead of calling their faces nobody's.
    pub keep_unrecognisable: bool,
    /// Pairs of faces a person declared to be one person.
    pub must_link: Vec<(usize, usize)>,
    /// Pairs of faces a person declared to be two people.
    pub cannot_link: Vec<(usize, usize)>,
}

impl Options {
    /// The defaults, for an embedder whose cut is `threshold`.
    pub fn new(threshold: f32) -> Self {
        Self {
            algorithm: Algorithm::default(),
            threshold,
            calibrate: true,
            levels: None,
            recognisable: None,
            keep_unrecognisable: false,
            must_link: Vec::new(),
            cannot_link: Vec::new(),
        }
    }

    /// Refuses what no data could be grouped with.
    ///
    /// # Errors
    /// The first option that is out of its range, with the range.
    pub fn check(&self) -> Result<(), GroupError> {
        let expected = "a cosine similarity from -1 to 1";
        within("threshold", self.threshold, -1.0..=1.0, expected)?;
        self.algorithm.check()
    }
}
