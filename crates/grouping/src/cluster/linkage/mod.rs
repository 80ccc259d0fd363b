// SPDX-License-Identifier: MIT OR Apache-2.0
//! Average linkage with forbidden pairs: exact on a similarity matrix, or without one.

mod candidates;
mod clusters;
mod neighbours;
mod scale;
mod search;
mod sparse;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;

use kodama::{Method, linkage};
use ndarray::{Array2, ArrayView2, s};

use super::evidence::levels::Levels;
use scale::Scale;

pub use neighbours::neighbours;
pub use sparse::sparse_linkage;

/// What is known of templates before their vectors are compared.
#[derive(Debug, Clone, Default)]
pub struct Constraints {
    /// Pairs that can never be one person: sorted, smaller index first, without repetitions.
    cannot_link: Vec<(usize, usize)>,
    /// A label for each template, the same for those that are one person; empty where nobody is
    /// known to be.
    must_link: Vec<usize>,
}

impl Constraints {
    /// Pairs that can never be one person; one of a template with itself says nothing and is left
    /// out.
    pub fn cannot_link(pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut pairs: Vec<_> =
            pairs.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        Self { cannot_link: pairs, must_link: Vec::new() }
    }

    /// Templates of the same label are one person from the beginning (must-link), unless they are cannot-link.
    pub fn must_link(self, labels: Vec<usize>) -> Self {
        Self { must_link: labels, ..self }
    }

    /// The cannot-link pairs among some of the templates, which are numbered in the order given.
    pub fn select(&self, templates: &[usize]) -> Self {
        let place: HashMap<usize, usize> =
            templates.iter().enumerate().map(|(new, &old)| (old, new)).collect();
        let pair = |(a, b): &(usize, usize)| Some((*place.get(a)?, *place.get(b)?));
        Self::cannot_link(self.cannot_link.iter().filter_map(pair))
    }

    /// The cannot-link pairs, smaller index first.
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.cannot_link
    }

    /// Pairs of neighbours in the sets that are one person.
    pub(super) fn links(&self) -> Vec<(usize, usize)> {
        let mut latest = HashMap::new();
        let items = self.must_link.iter().enumerate();
        items.filter_map(|(item, label)| Some((latest.insert(label, item)?, item))).collect()
    }

    fn must_link_pair(&self, a: usize, b: usize) -> bool {
        self.must_link.get(a).is_some_and(|label| self.must_link.get(b) == Some(label))
    }
}

/// One merge of the dendrogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merge {
    /// Clusters merged: below `n` a single item, above that the merge of index `id - n`.
    pub clusters: (usize, usize),
    /// Mean similarity between the members of the two.
    pub similarity: f32,
}

/// The whole dendrogram, most similar first; forbidden merges are not in it.
#[derive(Debug, Clone)]
pub struct Dendrogram {
    items: usize,
    merges: Vec<Merge>,
}

impl Dendrogram {
    /// Orders merges made in any order in which parts come before their whole. A merge that is more
    /// similar than one of its parts' gets the similarity of that: no cut then parts them.
    fn new(items: usize, mut merges: Vec<Merge>) -> Self {
        for index in 0..merges.len() {
            let (a, b) = merges[index].clusters;
            for part in [a, b].into_iter().filter(|part| *part >= items) {
                merges[index].similarity =
                    merges[index].similarity.min(merges[part - items].similarity);
            }
        }
        let mut order: Vec<usize> = (0..merges.len()).collect();
        order.sort_by(|&a, &b| merges[b].similarity.total_cmp(&merges[a].similarity));
        let mut place = vec![0; merges.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old] = new;
        }
        let number = |id: usize| if id < items { id } else { items + place[id - items] };
        let merges = order.iter().map(|&old| {
            let (a, b) = merges[old].clusters;
            let clusters = (number(a).min(number(b)), number(a).max(number(b)));
            Merge { clusters, similarity: merges[old].similarity }
        });
        Self { items, merges: merges.collect() }
    }

    /// The merges, most similar first.
    pub fn merges(&self) -> &[Merge] {
        &self.merges
    }

    /// Label of each item when every merge of at least `threshold` is made; labels are dense, in
    /// the order of their first item.
    pub fn cut(&self, threshold: f32) -> Vec<usize> {
        let merges = self.merges.partition_point(|merge| merge.similarity >= threshold);
        let mut parent: Vec<usize> = (0..self.items + merges).collect();
        for (index, merge) in self.merges[..merges].iter().enumerate() {
            parent[merge.clusters.0] = self.items + index;
            parent[merge.clusters.1] = self.items + index;
        }
        // Parents have higher ids than children: one pass from the top finds every root.
        for id in (0..parent.len()).rev() {
            parent[id] = parent[parent[id]];
        }
        parent.truncate(self.items);
        dense(&parent)
    }
}

/// Renumbers labels to 0.. in the order of their first appearance.
pub fn dense(labels: &[usize]) -> Vec<usize> {
    let mut seen = HashMap::new();
    labels
        .iter()
        .map(|&label| {
            let next = seen.len();
            *seen.entry(label).or_insert(next)
        })
        .collect()
}

/// Distance of items that are one from the beginning, below every other: what lies within a set
/// never enters an average between sets.
const MUST_LINK: f64 = -1.0;

/// Average linkage of `n` items given their `n` x `n` similarities, by the paper's nearest-neighbour chain
/// (Müllner 2011): n² steps and n²/2 numbers of memory.
///
/// With `levels` the most similar pairs count more, by the mean of exp(4.5 p), p being the part of the way
/// from impostors to genuine pairs that a pair has gone. A forbidden pair is infinitely far, and
/// so is every cluster that holds one half of it from every cluster that holds the other; average linkage
/// stays exact under that, because an infinite distance keeps it reducible.
pub fn average_linkage(
    similarity: ArrayView2<'_, f32>,
    forbidden: &Constraints,
    levels: Option<&Levels>,
) -> Dendrogram {
    let block = |rows: Range<usize>| similarity.slice(s![rows, ..]).to_owned();
    link(similarity.nrows(), forbidden, levels, block)
}

/// Linkage of items of which a block of rows of the similarity matrix can be had.
fn link(
    items: usize,
    forbidden: &Constraints,
    levels: Option<&Levels>,
    block: impl Fn(Range<usize>) -> Array2<f32>,
) -> Dendrogram {
    let scale = levels.map_or(Scale::Plain, Scale::Emphasised);
    let most = scale.most();
    let mut condensed = Vec::with_capacity(items * items.saturating_sub(1) / 2);
    let mut pairs = forbidden.pairs().iter().copied().peekable();
    for first in (0..items).step_by(BLOCK) {
        let rows = first..items.min(first + BLOCK);
        for (a, row) in rows.clone().zip(block(rows).rows()) {
            for b in a + 1..items {
                let cannot_link = pairs.next_if_eq(&(a, b)).is_some();
                condensed.push(match (cannot_link, forbidden.must_link_pair(a, b)) {
                    (true, _) => f64::INFINITY,
                    (_, true) => MUST_LINK,
                    _ => most - scale.weight(row[b]),
                });
            }
        }
    }
    let merges = linkage(&mut condensed, items, Method::Average)
        .steps()
        .iter()
        .take_while(|step| step.dissimilarity.is_finite())
        .map(|step| {
            let must_link = step.dissimilarity < 0.0;
            let similarity = scale.similarity(most - step.dissimilarity.max(0.0));
            let clusters = (step.cluster1, step.cluster2);
            Merge { clusters, similarity: if must_link { 1.0 } else { similarity } }
        })
        .collect();
    Dendrogram { items, merges }
}

/// Rows of the similarity matrix made at once.
const BLOCK: usize = 256;
/// Up to this many templates all pairs are held: of 8,000 they take 256 MB.
const MOST_WITH_ALL_PAIRS: usize = 8000;

/// The dendrogram of the rows of a matrix, the way that suits their number: whole with all pairs, without them down
/// to the similarity `floor` and by the plain average, whose sums need no pairs.
pub fn build(
    vectors: ArrayView2<'_, f32>,
    forbidden: &Constraints,
    levels: Option<&Levels>,
    floor: f32,
) -> Dendrogram {
    if vectors.nrows() > MOST_WITH_ALL_PAIRS {
        return sparse_linkage(vectors, forbidden, floor);
    }
    let block = |rows: Range<usize>| vectors.slice(s![rows, ..]).dot(&vectors.t());
    link(vectors.nrows(), forbidden, levels, block)
}
