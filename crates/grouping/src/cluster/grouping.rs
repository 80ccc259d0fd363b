// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a grouping comes to.

use super::algorithms::Tried;
use super::evidence::levels::Levels;

/// Who is who.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grouping {
    /// Group of each face; `None` where nobody is clearly nearest.
    pub labels: Vec<Option<usize>>,
    /// The groups; label `i` is `groups[i]`. Most faces first, or as the algorithm says.
    pub groups: Vec<GroupInfo>,
    /// Pairs of groups that may be one person, likeliest first.
    pub suggestions: Vec<MergeSuggestion>,
    /// Faces that sit badly in their group, worst first.
    pub outliers: Vec<usize>,
    /// Where the dendrogram was cut, and why.
    pub cut: CutInfo,
    /// The numbers of clusters that k-means or a mixture of Gaussians tried; nothing of other
    /// algorithms.
    pub tried: Vec<Tried>,
}

/// One person as far as the machine can tell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GroupInfo {
    /// Number of faces.
    pub size: usize,
    /// Number of tracks; a face without a track counts as one.
    pub tracks: usize,
    /// Up to 16 faces to show: the cover, then the best of other shots.
    pub best: Vec<usize>,
    /// Mean cosine similarity of its faces to each other, -1 to 1.
    pub cohesion: f32,
}

/// Two groups that may be one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MergeSuggestion {
    /// The two groups, the larger one first.
    pub groups: (usize, usize),
    /// Mean similarity of their templates.
    pub similarity: f32,
    /// Estimated probability that they are one person, 0 to 1.
    pub likelihood: f32,
}

/// What set the cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CutSource {
    /// The model's own threshold.
    #[default]
    Prior,
    /// The video's own evidence, as far as it goes, with the model's threshold for the rest.
    Video,
}

/// Where the dendrogram was cut.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CutInfo {
    /// The similarity used.
    pub threshold: f32,
    /// The similarity the model alone would have used.
    pub prior: f32,
    /// How similar different people and one person are here; `None` with an embedder of which nothing is known.
    pub levels: Option<Levels>,
    /// What set it.
    pub source: CutSource,
    /// Similarities of pairs that are certainly different people (seen on one frame).
    pub different: Vec<f32>,
    /// Similarities of pairs that are certainly one person (parts of one track).
    pub same: Vec<f32>,
}
