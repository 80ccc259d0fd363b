// SPDX-License-Identifier: MIT OR Apache-2.0
//! How to group.

use super::GroupError;

/// The way faces become groups.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Algorithm {
    /// Average linkage on track templates; co-visible tracks never join.
    #[default]
    Average,
}

/// How alike faces are to a model on usual footage, as mean cosine similarities of faces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Typical {
    /// Of different people.
    pub different: f32,
    /// Of one person within a track.
    pub same: f32,
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
    /// What `threshold` is relative to; without it there is no calibration.
    pub typical: Option<Typical>,
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
            typical: None,
            must_link: Vec::new(),
            cannot_link: Vec::new(),
        }
    }

    /// Refuses what no data could be grouped with.
    pub(super) fn check(&self) -> Result<(), GroupError> {
        if !(-1.0..=1.0).contains(&self.threshold) {
            return Err(GroupError::Option {
                option: "threshold",
                value: self.threshold.to_string(),
                expected: "a cosine similarity from -1 to 1",
            });
        }
        Ok(())
    }
}
