// SPDX-License-Identifier: MIT OR Apache-2.0
//! K-means over a choice of numbers of clusters; the silhouette chooses (video-to-faces).
//!
//! Every face with an embedding is a row of length one; distances are Euclidean. Where no number
//! tried has a silhouette (one cluster, or as many as faces), the first of them is taken. Of more
//! than 20000 faces, as many evenly spread over time stand for all in the silhouette, whose cost
//! grows with the square.
//!
//! Our own k-means and not that of `linfa-clustering` 0.8: that one wants ndarray 0.16 and rand 0.8
//! beside the 0.17 of everything else here, for one short loop.

use ndarray::{ArrayView2, Axis};

use super::clusters::Clusters;
use super::distance::Metric;
use super::lloyd::kmeans;
use super::scores;

/// Most rows that a silhouette is taken of.
const SAMPLE: usize = 20_000;

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

/// One number of clusters that was tried.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tried {
    /// How many clusters were asked for. Fewer come out where there are fewer different faces.
    pub clusters: usize,
    /// Mean silhouette by Euclidean distance, -1 to 1; none for one cluster, or as many as faces.
    pub silhouette: Option<f64>,
    /// Calinski-Harabasz score, or none.
    pub calinski_harabasz: Option<f64>,
    /// Davies-Bouldin score, or none.
    pub davies_bouldin: Option<f64>,
    /// Group of each face, as in [`Grouping::labels`](crate::cluster::Grouping::labels); empty
    /// where only the best number was to be kept.
    pub labels: Vec<Option<usize>>,
}

/// What k-means came to.
pub(super) struct Outcome {
    /// Each number tried, without labels.
    pub(super) tried: Vec<Tried>,
    /// The labels of each.
    pub(super) labels: Vec<Vec<usize>>,
    /// Which of them is best.
    pub(super) best: usize,
}

impl KMeans {
    /// Tries all the numbers that so many rows allow.
    pub(super) fn run(&self, rows: ArrayView2<'_, f32>) -> Outcome {
        let (faces, numbers) = (rows.nrows(), self.clusters.candidates(rows.nrows()));
        if !self.clusters.fit(faces) {
            tracing::warn!(
                "k-means: {} clusters were asked for, but there are only {faces} faces with an embedding: each is one",
                self.clusters
            );
        }
        let labels: Vec<Vec<usize>> =
            numbers.iter().map(|number| kmeans(rows, *number, self.random_state)).collect();
        let silhouettes = silhouettes(rows, &labels, SAMPLE);
        let tried: Vec<Tried> = numbers
            .iter()
            .zip(&labels)
            .zip(silhouettes)
            .map(|((&clusters, labels), silhouette)| Tried {
                clusters,
                silhouette,
                calinski_harabasz: scores::calinski_harabasz(rows, labels),
                davies_bouldin: scores::davies_bouldin(rows, labels),
                labels: Vec::new(),
            })
            .collect();
        let mut best = 0;
        for (index, tried_here) in tried.iter().enumerate() {
            // `None` is less than any score; the first of equals stays.
            if tried_here.silhouette > tried[best].silhouette {
                best = index;
            }
        }
        Outcome { tried, labels, best }
    }
}

/// Silhouettes of at most `most` rows, evenly spread.
fn silhouettes(rows: ArrayView2<'_, f32>, labels: &[Vec<usize>], most: usize) -> Vec<Option<f64>> {
    let count = rows.nrows();
    if count <= most {
        let labels: Vec<&[usize]> = labels.iter().map(Vec::as_slice).collect();
        return scores::silhouettes(rows, &labels, Metric::Euclidean);
    }
    let sample: Vec<usize> = (0..most).map(|i| i * count / most).collect();
    let labels: Vec<Vec<usize>> =
        labels.iter().map(|labels| sample.iter().map(|row| labels[*row]).collect()).collect();
    silhouettes(rows.select(Axis(0), &sample).view(), &labels, most)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ndarray::{Array2, arr2};

    use super::*;
    use crate::cluster::linkage::dense;

    fn with(clusters: &str) -> KMeans {
        KMeans { clusters: clusters.parse().unwrap(), ..KMeans::default() }
    }

    /// Five directions, four faces each, all of length one.
    fn faces() -> Array2<f32> {
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
    fn a_sample_stands_for_all() {
        let rows = faces();
        let labels: Vec<usize> = (0..20).map(|i| i % 5).collect();
        let all = silhouettes(rows.view(), std::slice::from_ref(&labels), 20)[0].unwrap();
        let sample: Vec<usize> = (0..15).map(|i| i * 20 / 15).collect();
        let sampled = silhouettes(rows.view(), std::slice::from_ref(&labels), 15)[0].unwrap();
        let own: Vec<usize> = sample.iter().map(|row| labels[*row]).collect();
        let alone =
            scores::silhouette(rows.select(Axis(0), &sample).view(), &own, Metric::Euclidean);
        assert_eq!(Some(sampled), alone);
        assert!((sampled - all).abs() < 0.05, "{sampled} {all}");
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
}
