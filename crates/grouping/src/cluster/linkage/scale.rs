// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a pair counts in the average of two clusters.

use crate::cluster::evidence::levels::{Levels, cosine, log_distance};

/// How much the most similar pairs of two clusters count beside the others: the average is that of
/// `exp(4.5 p)`, p being the part of the way from impostors to genuine pairs that a pair has gone. People are
/// seen in several looks, and two clusters of one person share few of them. Measured with four embedders on
/// seven clips and their parts: 3.5 to 5.5 gain .01 of B³ F over the plain average.
const EMPHASIS: f64 = 4.5;
/// Pairs this far on the way and farther count the same.
const MOST: f64 = 3.0;

/// What a similarity of a pair counts in an average, and back.
#[derive(Debug, Clone, Copy)]
pub enum Scale<'a> {
    /// As much as it is.
    Plain,
    /// The more, the more similar.
    Emphasised(&'a Levels),
}

impl Scale<'_> {
    /// The weight of a pair.
    pub fn weight(self, similarity: f32) -> f64 {
        match self {
            Self::Plain => f64::from(similarity),
            Self::Emphasised(levels) => {
                (EMPHASIS * levels.part(log_distance(similarity)).min(MOST)).exp()
            }
        }
    }

    /// The weight that no pair exceeds.
    pub fn most(self) -> f64 {
        match self {
            Self::Plain => 1.0,
            Self::Emphasised(_) => (EMPHASIS * MOST).exp(),
        }
    }

    /// The similarity of pairs of this mean weight.
    pub fn similarity(self, weight: f64) -> f32 {
        match self {
            Self::Plain => weight as f32,
            Self::Emphasised(levels) => {
                cosine(levels.at(weight.max(f64::MIN_POSITIVE).ln() / EMPHASIS)).max(-1.0)
            }
        }
    }
}
