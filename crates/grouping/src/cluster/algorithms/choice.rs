// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which of several numbers of clusters is taken: the one with the best silhouette, as in
//! video-to-faces.
//!
//! Every face with an embedding is a row of length one; distances are Euclidean. Where no number
//! tried has a silhouette (one cluster, or as many as faces), the first of them is taken. Of more
//! than 20000 faces, as many evenly spread over time stand for all in the silhouette, whose cost
//! grows with the square.

use ndarray::{ArrayView2, Axis};

use super::clusters::Clusters;
use super::distance::Metric;
use super::scores;

/// Most rows that a silhouette is taken of.
const SAMPLE: usize = 20_000;

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

/// What trying came to.
pub(super) struct Outcome {
    /// Each number tried, without labels.
    pub(super) tried: Vec<Tried>,
    /// The labels of each.
    pub(super) labels: Vec<Vec<usize>>,
    /// Which of them is best.
    pub(super) best: usize,
}

/// Tries all the numbers that so many rows allow, with the labels of `cluster`.
pub(super) fn choose(
    rows: ArrayView2<'_, f32>,
    clusters: &Clusters,
    name: &str,
    cluster: impl Fn(usize) -> Vec<usize>,
) -> Outcome {
    let (faces, numbers) = (rows.nrows(), clusters.candidates(rows.nrows()));
    if !clusters.fit(faces) {
        tracing::warn!(
            "{name}: {clusters} clusters were asked for, but there are only {faces} faces with an embedding: each is one"
        );
    }
    let labels: Vec<Vec<usize>> = numbers.iter().map(|number| cluster(*number)).collect();
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
    use super::super::kmeans::tests::faces;
    use super::*;

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
}
