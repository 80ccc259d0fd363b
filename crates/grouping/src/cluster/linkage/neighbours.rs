// SPDX-License-Identifier: MIT OR Apache-2.0
//! The most similar pairs among many vectors.

use std::collections::BTreeMap;

use ndarray::ArrayView2;

use super::Constraints;
use super::candidates::Candidates;
use super::clusters::Clusters;
use super::search::{self, EXHAUSTIVE};

/// Pairs of rows, smaller index first, whose product is at least `floor`: for each row those with
/// its most similar ones, at most [`KEPT`](super::candidates::KEPT), without the forbidden pairs.
pub fn neighbours(
    vectors: ArrayView2<'_, f32>,
    forbidden: &Constraints,
    floor: f32,
) -> BTreeMap<(usize, usize), f32> {
    let clusters = Clusters::new(vectors, forbidden);
    let roots = clusters.roots();
    let mut lists = vec![Candidates::new(floor); roots.len()];
    if roots.len() <= EXHAUSTIVE {
        search::all(&clusters, &roots, &mut lists, floor);
    } else {
        search::near(&clusters, &roots, &mut lists, floor, 0);
    }
    let pairs = lists.iter().enumerate().flat_map(|(a, list)| {
        list.iter().map(move |found| {
            let b = found.root as usize;
            ((a.min(b), a.max(b)), found.similarity)
        })
    });
    pairs.collect()
}
