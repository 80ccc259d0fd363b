// SPDX-License-Identifier: MIT OR Apache-2.0
//! How good a grouping is by its embeddings alone.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::Bucket;

/// Comparisons of a face with a group from which on a silhouette looks at some of the faces only.
const MOST_COMPARISONS: usize = 100_000_000;
/// Faces taken at once: what is copied to double precision.
const CHUNK: usize = 1024;

/// What can be said of a grouping without a ground truth. Unsure faces and those without an embedding are
/// left out of the first three, which are `None` where there are less than two groups, or as many
/// as faces.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Faces that have a group and an embedding.
    pub faces: usize,
    /// Their groups.
    pub groups: usize,
    /// Mean silhouette by cosine distance, -1 to 1; more is better.
    pub silhouette: Option<Silhouette>,
    /// Davies-Bouldin index, Euclidean on unit embeddings; less is better, 0 is best.
    pub davies_bouldin: Option<f64>,
    /// Calinski-Harabasz index, Euclidean on unit embeddings; more is better.
    pub calinski_harabasz: Option<f64>,
    /// How many groups have how many faces, those without an embedding included.
    pub sizes: Vec<Bucket>,
}

/// A mean silhouette.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Silhouette {
    /// The mean, -1 to 1.
    pub mean: f64,
    /// Number of faces it is the mean of; each is compared with all others.
    pub of: usize,
    /// Histogram of the silhouettes of these faces, 40 bars from -1 to 1; empty in files of before.
    #[serde(default)]
    pub bars: Vec<u32>,
}

/// Bars of a histogram of silhouettes.
const BARS: usize = 40;

/// Groups of rows in double precision.
struct Groups {
    /// Group of each row, dense from 0.
    labels: Vec<usize>,
    counts: Vec<f64>,
    /// Sum of the rows of each group.
    sums: Array2<f64>,
}

impl Groups {
    /// `None` where the scores have no meaning.
    fn new(rows: ArrayView2<'_, f32>, labels: &[usize]) -> Option<Self> {
        let mut seen = std::collections::HashMap::new();
        let dense = labels.iter().map(|label| {
            let next = seen.len();
            *seen.entry(*label).or_insert(next)
        });
        let labels: Vec<usize> = dense.collect();
        let groups = seen.len();
        if groups < 2 || groups >= labels.len() || labels.len() != rows.nrows() {
            return None;
        }
        let (mut counts, mut sums) = (vec![0.0; groups], Array2::zeros((groups, rows.ncols())));
        for (row, &label) in rows.rows().into_iter().zip(&labels) {
            counts[label] += 1.0;
            sums.row_mut(label).zip_mut_with(&row, |sum, value| *sum += f64::from(*value));
        }
        Some(Self { labels, counts, sums })
    }
}

/// Mean silhouette by cosine distance of unit rows, one label a row; a face alone counts 0.
///
/// The mean distance of a face to a group is one less its product with the group's mean, so no pair
/// of faces is ever compared. Where faces times groups are more than 10^8, every so-manieth face is
/// looked at, still against all others. `None` for less than two groups, or as many as rows.
pub fn silhouette(rows: ArrayView2<'_, f32>, labels: &[usize]) -> Option<Silhouette> {
    silhouette_of(rows, labels, MOST_COMPARISONS)
}

fn silhouette_of(rows: ArrayView2<'_, f32>, labels: &[usize], most: usize) -> Option<Silhouette> {
    let groups = Groups::new(rows, labels)?;
    let comparisons = rows.nrows().saturating_mul(groups.counts.len());
    let stride = comparisons.div_ceil(most.max(1)).max(1);
    let taken: Vec<usize> = (0..rows.nrows()).step_by(stride).collect();
    let mut total = 0.0;
    let mut bars = vec![0; BARS];
    for chunk in taken.chunks(CHUNK) {
        let chosen = rows.select(Axis(0), chunk).mapv(f64::from);
        let products = chosen.dot(&groups.sums.t());
        for ((&face, row), products) in chunk.iter().zip(chosen.rows()).zip(products.rows()) {
            let own = groups.labels[face];
            if groups.counts[own] < 2.0 {
                bars[BARS / 2] += 1;
                continue;
            }
            let others = groups.counts[own] - 1.0;
            let within = 1.0 - (products[own] - row.dot(&row)) / others;
            let distance = |(product, count): (&f64, &f64)| 1.0 - product / count;
            let nearest = products
                .iter()
                .zip(&groups.counts)
                .enumerate()
                .filter(|(group, _)| *group != own)
                .map(|(_, group)| distance(group))
                .fold(f64::INFINITY, f64::min);
            let larger = within.max(nearest);
            let value = if larger > 0.0 { (nearest - within) / larger } else { 0.0 };
            total += value;
            bars[(((value + 1.0) / 2.0 * BARS as f64) as usize).min(BARS - 1)] += 1;
        }
    }
    Some(Silhouette { mean: total / taken.len() as f64, of: taken.len(), bars })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_compared_with_all() {
        let labels: Vec<usize> = (0..60).map(|i| i % 3).collect();
        let rows = Array2::from_shape_fn((60, 4), |(i, j)| if i % 3 == j { 1.0 } else { 0.0 });
        let sampled = silhouette_of(rows.view(), &labels, 60).map(|s| (s.mean, s.of));
        assert_eq!(sampled, Some((1.0, 20)));
        let all = silhouette(rows.view(), &labels).map(|s| (s.mean, s.of));
        assert_eq!(all, Some((1.0, 60)));
    }
}
