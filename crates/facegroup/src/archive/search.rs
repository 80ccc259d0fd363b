// SPDX-License-Identifier: MIT OR Apache-2.0
//! The templates nearest to a vector.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use dataset::library::{BLOCK, LibraryError, Owner, View};
use ndarray::{Array2, ArrayView2};

/// Nodes of the graph that a query looks at, and for each template that is wanted: see `benches/src/bin/library.rs`.
const WIDTH: usize = 200;
const WIDTH_EACH: usize = 4;

/// A template and how similar it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The template's number.
    pub template: u32,
    /// Cosine of its direction and the vector, -1 to 1.
    pub cosine: f32,
}

/// The worst of those that are kept comes first in a heap; of equals the higher number is worse.
#[derive(PartialEq)]
struct Kept(Hit);

impl Eq for Kept {}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.cosine.total_cmp(&self.0.cosine).then(self.0.template.cmp(&other.0.template))
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The `count` templates nearest to each of these unit vectors, the nearest first: exact where the library has no graph, else
/// as the graph finds them.
///
/// # Errors
/// A damaged library, a vector of another length.
pub fn nearest(
    view: &View<'_>,
    vectors: ArrayView2<'_, f32>,
    count: usize,
) -> Result<Vec<Vec<Hit>>, LibraryError> {
    let Some(searcher) = view.searcher()? else {
        return exact(view, vectors, count, |_| true);
    };
    let width = WIDTH.max(WIDTH_EACH * count);
    let one = |vector: ndarray::ArrayView1<'_, f32>| {
        let found = searcher.nearest(&vector.to_vec(), count, width)?;
        let hits = found.into_iter().map(|(template, cosine)| Hit { template, cosine });
        Ok(hits.collect())
    };
    vectors.rows().into_iter().map(one).collect()
}

/// The same by comparing with every template of which `is_wanted` says so.
///
/// # Errors
/// A damaged library.
pub fn exact(
    view: &View<'_>,
    vectors: ArrayView2<'_, f32>,
    count: usize,
    is_wanted: impl Fn(&Owner) -> bool,
) -> Result<Vec<Vec<Hit>>, LibraryError> {
    let mut best: Vec<BinaryHeap<Kept>> =
        vectors.rows().into_iter().map(|_| BinaryHeap::new()).collect();
    let mut products = Array2::zeros((vectors.nrows(), BLOCK));
    view.blocks(|block| {
        let wanted: Vec<bool> = (0..BLOCK)
            .map(|place| block.owner(place).is_some_and(|owner| is_wanted(&owner)))
            .collect();
        if !wanted.contains(&true) || vectors.ncols() != block.vectors.ncols() {
            return Ok(());
        }
        ndarray::linalg::general_mat_mul(1.0, &vectors, &block.vectors.t(), 0.0, &mut products);
        for (row, best) in products.rows().into_iter().zip(&mut best) {
            for (place, cosine) in row.iter().enumerate() {
                let enters =
                    best.len() < count || best.peek().is_some_and(|worst| *cosine > worst.0.cosine);
                if enters && wanted.get(place) == Some(&true) && count > 0 {
                    best.push(Kept(Hit { template: block.first + place as u32, cosine: *cosine }));
                    if best.len() > count {
                        best.pop();
                    }
                }
            }
        }
        Ok(())
    })?;
    Ok(best
        .into_iter()
        .map(|heap| heap.into_sorted_vec().into_iter().map(|kept| kept.0).collect())
        .collect())
}
