// SPDX-License-Identifier: MIT OR Apache-2.0
//! A mixture of Gaussians over a choice of numbers of clusters: as k-means, but clusters may differ
//! in size and shape.
//!
//! It works on the principal components of the faces. The silhouette of the whole embeddings
//! chooses, as for k-means, so that both can be compared. BIC would fine each person for the 153
//! numbers of a component, which are more than most people have faces.

use ndarray::ArrayView2;

use super::choice::{self, Outcome};
use super::clusters::Clusters;
use super::principal::project;
use super::with_linfa;

/// Dimensions of the mixture. A full covariance of 16 has 136 numbers; of all 128 of an embedding
/// it would have 8256, more than a person has faces, and linfa's densities would overflow.
const DIMENSIONS: usize = 16;
/// Least variance in any direction. linfa adds densities up without taking their logarithms apart:
/// two unit vectors are at most 2 apart, and exp(-2² / 2 / 0.003) is still a number.
const LEAST_VARIANCE: f64 = 0.003;

/// Settings of the mixture of Gaussians.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GaussianMixture {
    /// Numbers of clusters to try.
    pub clusters: Clusters,
    /// Keep every number tried, not only the best: each gets folders `G<k>` of its own.
    pub save_all: bool,
    /// The same seed gives the same groups.
    pub random_state: u64,
}

impl GaussianMixture {
    /// Tries all the numbers that so many rows allow. One without a solution is as k-means has it.
    pub(super) fn run(&self, rows: ArrayView2<'_, f32>) -> Outcome {
        let small = project(rows, DIMENSIONS);
        choice::choose(rows, &self.clusters, "gmm", |clusters| {
            let seed = self.random_state;
            with_linfa::gaussian_mixture(small.view(), clusters, seed, LEAST_VARIANCE)
                .unwrap_or_else(|| {
                    tracing::debug!("gmm: {clusters} clusters have no mixture: as k-means");
                    with_linfa::kmeans(rows, clusters, seed)
                })
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ndarray::{Array2, arr2};

    use super::*;
    use crate::cluster::linkage::dense;

    fn with(clusters: &str) -> GaussianMixture {
        GaussianMixture { clusters: clusters.parse().unwrap(), ..GaussianMixture::default() }
    }

    fn units(mut rows: Array2<f32>) -> Array2<f32> {
        for mut row in rows.rows_mut() {
            let length = row.dot(&row).sqrt();
            row /= length;
        }
        rows
    }

    /// Four directions of 64, 30 faces each, with noise.
    fn faces() -> (Array2<f32>, Vec<usize>) {
        let mut random = fastrand::Rng::with_seed(5);
        let rows = Array2::from_shape_fn((120, 64), |(i, j)| {
            f32::from(u8::from(i % 4 == j)) + 0.3 * (random.f32() - 0.5)
        });
        (units(rows), (0..120).map(|i| i % 4).collect())
    }

    #[test]
    fn the_number_of_people_is_found_and_the_same_seed_gives_the_same() {
        let (rows, truth) = faces();
        for seed in 0..5 {
            let mixture = GaussianMixture { random_state: seed, ..with("2-7") };
            let outcome = mixture.run(rows.view());
            assert_eq!(outcome.tried[outcome.best].clusters, 4, "seed {seed}");
            assert_eq!(dense(&outcome.labels[outcome.best]), truth, "seed {seed}");
            assert_eq!(outcome.labels, mixture.run(rows.view()).labels);
        }
    }

    /// Many equal faces and some far off: densities that are no numbers would be a panic in linfa.
    #[test]
    fn densities_stay_numbers() {
        let rows = units(Array2::from_shape_fn((500, 20), |(i, j)| match (i, j) {
            (..=494, 0) | (495, 7) | (496, 9) => 1.0,
            (497.., 0) => -1.0,
            _ => 1e-4 * ((i * 7 + j) % 5) as f32,
        }));
        for number in ["1", "2", "3", "5", "9"] {
            let outcome = with(number).run(rows.view());
            assert_eq!(outcome.labels[0].len(), 500);
        }
    }

    #[test]
    fn few_and_identical_faces() {
        assert!(with("2-9").run(Array2::zeros((0, 5)).view()).tried.is_empty());
        assert_eq!(with("2-9").run(arr2(&[[1.0, 0.0]]).view()).labels, [[0]]);
        let same = arr2(&[[0.6, 0.8], [0.6, 0.8]]);
        let outcome = with("2-9").run(same.view());
        assert_eq!(outcome.labels[outcome.best], [0, 0]);
        let rows = arr2(&[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]);
        assert_eq!(dense(&with("4").run(rows.view()).labels[0]), [0, 1, 2, 3]);
        assert_eq!(with("1").run(rows.view()).labels[0], [0; 4]);
    }
}
