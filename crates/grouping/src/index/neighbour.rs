// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an index is asked, and what it answers.

use std::cmp::Ordering;

use ndarray::ArrayView2;

/// A row found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its number in the index, from 0.
    pub row: usize,
    /// Its product with the query: the cosine, -1 to 1, where both are of length one.
    pub similarity: f32,
}

impl Neighbour {
    /// The more similar first, of equals the lower number; NaN last.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        rank(other.similarity).total_cmp(&rank(self.similarity)).then(self.row.cmp(&other.row))
    }
}

/// Finds rows by similarity.
///
/// An index may miss rows, and says so; what it finds has its true similarity and comes in order: the most similar
/// first, of equals the one of the lower number.
pub trait Index {
    /// Number of rows.
    fn len(&self) -> usize;

    /// Whether it has none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// For each row of `queries` the `k` most similar ones, fewer where there are fewer.
    fn nearest(&self, queries: ArrayView2<'_, f32>, k: usize) -> Vec<Vec<Neighbour>>;

    /// For each row of `queries` all rows that are at least this similar, a cosine of -1 to 1 for unit vectors.
    fn within(&self, queries: ArrayView2<'_, f32>, least: f32) -> Vec<Vec<Neighbour>>;
}

/// Puts the `k` most similar of these similarities into `best`, in order.
///
/// Takes n steps, and k for each that enters: k ln(n / k) of them in a random order.
pub fn most_similar<'s>(
    similarities: impl IntoIterator<Item = &'s f32>,
    k: usize,
    best: &mut Vec<Neighbour>,
) {
    best.clear();
    let mut last = f32::NEG_INFINITY;
    for (row, &similarity) in similarities.into_iter().enumerate() {
        let rank = rank(similarity);
        if best.len() < k || rank > last {
            let place = best.partition_point(|other| self::rank(other.similarity) >= rank);
            best.insert(place, Neighbour { row, similarity });
            best.truncate(k);
            last = best.last().map_or(f32::INFINITY, |last| self::rank(last.similarity));
        }
    }
}

/// NaN comes last, and zero has one sign.
fn rank(similarity: f32) -> f32 {
    if similarity.is_nan() { f32::NEG_INFINITY } else { similarity + 0.0 }
}
