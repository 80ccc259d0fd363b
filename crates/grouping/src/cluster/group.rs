// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole way from faces to groups.

use std::collections::BTreeSet;

use ndarray::ArrayView2;

use super::best_shots::best_shots;
use super::levels::Levels;
use super::template::Template;
use super::tree::{Tree, build, check};
use super::{Face, GroupError, Options, Tried, algorithms, doubt};

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
    /// Where the tree was cut, and why.
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

/// Where the tree was cut.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CutInfo {
    /// The similarity used.
    pub threshold: f32,
    /// The similarity the model alone would have used.
    pub prior: f32,
    /// How alike different people and one person are here; `None` with an embedder of which nothing is known.
    pub levels: Option<Levels>,
    /// What set it.
    pub source: CutSource,
    /// Similarities of pairs that are certainly different people (seen on one frame).
    pub different: Vec<f32>,
    /// Similarities of pairs that are certainly one person (parts of one track).
    pub same: Vec<f32>,
}

/// Faces shown for a group.
const BEST: usize = 16;

/// Groups faces into people.
///
/// `embeddings` has one row an embedding, of any length but zero; a row that is not finite is
/// ignored with a warning. Fails when an option is out of range or a face names a row that is not
/// there.
pub fn group(
    faces: &[Face],
    embeddings: ArrayView2<'_, f32>,
    options: &Options,
) -> Result<Grouping, GroupError> {
    check(faces, embeddings, options)?;
    if let Some(grouping) = algorithms::group(faces, embeddings, options) {
        return Ok(grouping);
    }
    let tree = build(faces, embeddings, options);
    let labels = tree.cut(faces, tree.cut.threshold);
    let Tree { templates, forbidden, cut, .. } = tree;
    let labels = by_size(faces, &labels);
    let mut groups = describe(faces, &labels);
    // From here on only templates whose faces belong to somebody.
    let owner_of = |template: &Template| labels[*template.faces.first()?];
    let members: Vec<usize> = (0..templates.members.len())
        .filter(|&template| owner_of(&templates.members[template]).is_some())
        .collect();
    let shown = templates.retain(|template| owner_of(template).is_some());
    let owner: Vec<usize> = shown.members.iter().filter_map(owner_of).collect();
    let (centres, counts) = doubt::centres(&shown, &owner, groups.len());
    for (group, centre) in groups.iter_mut().zip(centres.rows()) {
        group.cohesion = centre.dot(&centre);
    }
    let forbidden = forbidden.select(&members);
    let outliers = doubt::outliers(&shown, &owner, &centres, &counts, cut.threshold)
        .into_iter()
        .filter_map(|template| best_face(faces, &shown.members[template].faces))
        .collect();
    Ok(Grouping {
        suggestions: doubt::suggestions(&centres, &owner, &forbidden, &cut),
        labels,
        groups,
        outliers,
        cut,
        tried: Vec::new(),
    })
}

fn best_face(faces: &[Face], members: &[usize]) -> Option<usize> {
    members.iter().copied().max_by(|&a, &b| faces[a].quality.total_cmp(&faces[b].quality))
}

/// Renumbers groups by their number of faces, largest first, then by first appearance.
pub(super) fn by_size(faces: &[Face], labels: &[Option<usize>]) -> Vec<Option<usize>> {
    let count = labels.iter().flatten().max().map_or(0, |largest| largest + 1);
    let mut sizes = vec![(0usize, (usize::MAX, u64::MAX)); count];
    for (face, label) in faces.iter().zip(labels) {
        if let Some(label) = *label {
            sizes[label].0 += 1;
            sizes[label].1 = sizes[label].1.min((face.video, face.frame));
        }
    }
    let mut order: Vec<usize> = (0..count).filter(|&label| sizes[label].0 > 0).collect();
    order.sort_by_key(|&label| (std::cmp::Reverse(sizes[label].0), sizes[label].1));
    let mut rank = vec![0; count];
    for (position, &label) in order.iter().enumerate() {
        rank[label] = position;
    }
    labels.iter().map(|label| label.map(|label| rank[label])).collect()
}

/// Size, tracks and best shots of each group.
pub fn describe(faces: &[Face], labels: &[Option<usize>]) -> Vec<GroupInfo> {
    let count = labels.iter().flatten().max().map_or(0, |largest| largest + 1);
    let mut members = vec![Vec::new(); count];
    for (face, label) in labels.iter().enumerate() {
        if let Some(label) = *label {
            members[label].push(face);
        }
    }
    members
        .into_iter()
        .map(|members: Vec<usize>| {
            let followed: BTreeSet<_> = members
                .iter()
                .filter_map(|&face| faces[face].track.map(|track| (faces[face].video, track)))
                .collect();
            let loose = members.iter().filter(|&&face| faces[face].track.is_none()).count();
            let size = members.len();
            let best = best_shots(faces, &members, BEST);
            GroupInfo { size, tracks: followed.len() + loose, best, cohesion: 0.0 }
        })
        .collect()
}
