// SPDX-License-Identifier: MIT OR Apache-2.0
//! K-means over a choice of numbers of clusters; the silhouette chooses (video-to-faces).
//!
//! linfa's, of ten k-means++ starts: video-to-faces takes one, which can miss a person.

use ndarray::ArrayView2;

use super::choice::{self, Outcome};
use super::clusters::Clusters;
use super::with_linfa::kmeans;

/// Settings of k-means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KMeans {
    /// Numbers of clusters to try.
    pub clusters: Clusters,
    /// Keep every number tried, not only the best: each gets folders `G<k>` of its own.
    pub save_all: bool,
    /// The same seed gives the same groups.
    pub random_state: u64,
}

impl KMeans {
    /// Tries all the numbers that so many rows allow.
    pub(super) fn run(&self, rows: ArrayView2<'_, f32>) -> Outcome {
        choice::choose(rows, &self.clusters, "k-means", |clusters| {
            kmeans(rows, clusters, self.random_state)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use ndarray::{Array2, arr2};

    use super::*;
    use crate::cluster::linkage::dense;

    fn with(clusters: &str) -> KMeans {
        KMeans { clusters: clusters.parse().unwrap(), ..KMeans::default() }
    }

    /// Five directions, four faces each, all of length one.
    pub(crate) fn faces() -> Array2<f32> {
        let mut rows = Array2::from_shape_fn((20, 5), |(i, j)| {
            f32::from(u8::from(i % 5 == j)) + 0.05 * ((i * 3 + j * 7) % 4) as f32
        });
        for mut row in rows.rows_mut() {
            let length = row.dot(&row).sqrt();
            row /= length;
        }
        rows
    }

    /// scikit-learn 1.9.1: KMeans(k, random_state=0).fit_predict and the three scores for k = 2 to
    /// 9 of the same rows choose 5, with these scores.
    #[test]
    fn the_best_silhouette_is_that_of_scikit_learn() {
        let outcome = with("2-9").run(faces().view());
        let best = &outcome.tried[outcome.best];
        assert_eq!(best.clusters, 5);
        let scores = [best.silhouette, best.calinski_harabasz, best.davies_bouldin];
        for (found, expected) in scores.iter().zip([SILHOUETTE, CALINSKI_HARABASZ, DAVIES_BOULDIN])
        {
            assert!((found.unwrap() - expected).abs() < 1e-4 * expected, "{found:?} {expected}");
        }
        let truth: Vec<usize> = (0..20).map(|i| i % 5).collect();
        assert_eq!(dense(&outcome.labels[outcome.best]), truth);
    }

    const SILHOUETTE: f64 = 0.866_154_849_529;
    const CALINSKI_HARABASZ: f64 = 231.354_698_853;
    const DAVIES_BOULDIN: f64 = 0.160_605_079_230;

    /// docs/design/predecessors.md 1.11 #6: the silhouette of one cluster, or of as many as faces, was an exception.
    #[test]
    fn one_cluster_and_as_many_as_faces_are_no_error_and_have_no_silhouette() {
        let rows = faces();
        let four = rows.slice(ndarray::s![..4, ..]);
        let outcome = with("1,4").run(four);
        assert!(outcome.tried.iter().all(|tried| tried.silhouette.is_none()));
        assert_eq!(outcome.best, 0);
        assert_eq!(outcome.labels[0], [0; 4]);
        assert_eq!(dense(&outcome.labels[1]), [0, 1, 2, 3]);
        // What has a silhouette goes before what has none, wherever it stands.
        let outcome = with("1,20,5").run(rows.view());
        assert_eq!(outcome.tried[outcome.best].clusters, 5);
    }

    /// docs/design/predecessors.md 1.11 #5 and #7.
    #[test]
    fn one_number_and_one_face() {
        let rows = faces();
        assert_eq!(with("3").run(rows.view()).tried.len(), 1);
        let outcome = with("2-9").run(rows.slice(ndarray::s![..1, ..]));
        assert_eq!((outcome.tried.len(), outcome.labels[0].as_slice()), (1, &[0][..]));
        assert!(with("2-9").run(Array2::zeros((0, 5)).view()).tried.is_empty());
    }

    #[test]
    fn two_identical_faces_are_one_group() {
        let rows = arr2(&[[0.6, 0.8], [0.6, 0.8]]);
        let outcome = KMeans::default().run(rows.view());
        assert_eq!(outcome.labels[outcome.best], [0, 0]);
        assert_eq!(outcome.tried[0].silhouette, None);
    }

    #[test]
    fn the_first_of_equal_silhouettes_is_taken() {
        // Two pairs of identical faces: 3 clusters come out as 2, with the same score.
        let rows = arr2(&[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]);
        for (list, best) in [("2,3", 2), ("3,2", 3)] {
            let outcome = with(list).run(rows.view());
            assert_eq!(outcome.tried[outcome.best].clusters, best);
        }
    }

    /// Three clouds.
    fn clouds() -> Array2<f32> {
        Array2::from_shape_fn((30, 2), |(i, j)| {
            let centre = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]][i % 3][j];
            centre + ((i * 37 + j * 11) % 10) as f32 / 10.0
        })
    }

    #[test]
    fn clouds_are_found_whatever_the_seed() {
        let expected: Vec<usize> = (0..30).map(|i| i % 3).collect();
        for seed in 0..50 {
            assert_eq!(dense(&kmeans(clouds().view(), 3, seed)), expected, "seed {seed}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same() {
        let rows = Array2::from_shape_fn((200, 4), |(i, j)| ((i * 31 + j * 17) % 97) as f32);
        for seed in [0, 1, u64::MAX] {
            assert_eq!(kmeans(rows.view(), 7, seed), kmeans(rows.view(), 7, seed));
        }
        assert_ne!(kmeans(rows.view(), 7, 0), kmeans(rows.view(), 7, 1));
    }

    #[test]
    fn fewer_different_rows_than_clusters() {
        let rows = arr2(&[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
        for (clusters, expected) in [(1, [0, 0, 0]), (2, [0, 0, 1]), (3, [0, 0, 1])] {
            assert_eq!(dense(&kmeans(rows.view(), clusters, 0)), expected);
        }
        assert!(kmeans(Array2::zeros((0, 2)).view(), 3, 0).is_empty());
    }

    #[test]
    fn as_many_clusters_as_rows_are_one_each() {
        let rows = arr2(&[[0.0, 0.0], [0.0, 1.0], [5.0, 0.0], [9.0, 9.0]]);
        assert_eq!(dense(&kmeans(rows.view(), 4, 0)), [0, 1, 2, 3]);
    }
}
