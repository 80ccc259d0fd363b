// SPDX-License-Identifier: MIT OR Apache-2.0
//! Complete linkage in batches, then merges over matches (StreamFace): for sets of faces too large
//! for one matrix of distances.
//!
//! 1. Faces in the order of time, a batch at a time: complete linkage by cosine distance, cut at
//!    `matching_threshold`.
//! 2. The means of these clusters, not brought to length one: the same linkage and cut. Twice.
//! 3. Wherever two faces match (neighbours in a track; without tracks, faces in one place on two
//!    pictures taken one after the other) and lie in different clusters: these become one if the
//!    mean distance of all their faces is below `merging_threshold`. Clusters joined over others
//!    become one too.
//!
//! Also the means are taken a batch at a time, so no matrix is ever larger than that of one batch;
//! where they fill several batches, step 2 is repeated, with other means side by side, until
//! nothing joins.

use std::collections::BTreeSet;

use ndarray::{Array1, Array2, ArrayView2, Axis, s};

use super::complete_linkage::{CompleteLinkage, Components};
use super::distance::Metric;
use crate::cluster::linkage::dense;

/// Settings of complete linkage in batches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Complete {
    /// Cosine distance up to which all faces of a cluster lie from each other, 0 to 2. It belongs
    /// to the embedder: StreamFace uses 0.3 with its own.
    pub matching_threshold: f32,
    /// Mean cosine distance below which clusters joined by a match become one, 0 to 2; StreamFace's
    /// is 0.5.
    pub merging_threshold: f32,
    /// Faces of a batch, 2 to 50000; their distances take 2 bytes times the square of it.
    pub batch_size: usize,
}

impl Complete {
    /// Batches of 20000 (800 MB where there are as many faces), both thresholds at `distance`.
    pub fn new(distance: f32) -> Self {
        Self { matching_threshold: distance, merging_threshold: distance, batch_size: 20_000 }
    }

    /// Dense labels of unit rows; `matches` are pairs of rows.
    pub(super) fn run(&self, rows: ArrayView2<'_, f32>, matches: &[(usize, usize)]) -> Vec<usize> {
        let batch = self.batch_size.max(2);
        let mut labels = self.batches(rows, batch, false);
        let mut pass = 0;
        loop {
            let means = Sums::new(rows, &labels).means();
            let across = self.batches(means.view(), batch, pass % 2 == 1);
            let joined = across.iter().max().map_or(0, |last| last + 1) < means.nrows();
            labels.iter_mut().for_each(|label| *label = across[*label]);
            pass += 1;
            // Two passes as StreamFace has them; more where means of different batches never met.
            let met = means.nrows() <= batch;
            if pass >= 2 && (met || (!joined && pass % 2 == 0)) {
                break;
            }
        }
        self.merge(rows, &dense(&labels), matches)
    }

    /// Labels of rows that are clustered a batch at a time: neighbours together, or every so
    /// many-th.
    fn batches(&self, rows: ArrayView2<'_, f32>, batch: usize, interleaved: bool) -> Vec<usize> {
        let count = rows.nrows();
        let mut labels = vec![0; count];
        let mut next = 0;
        let batches = count.div_ceil(batch);
        for number in 0..batches {
            let members: Vec<usize> = if interleaved {
                (number..count).step_by(batches).collect()
            } else {
                (number * batch..((number + 1) * batch).min(count)).collect()
            };
            let dendrogram = if batches == 1 {
                CompleteLinkage::new(rows, Metric::Cosine)
            } else if interleaved {
                CompleteLinkage::new(rows.select(Axis(0), &members).view(), Metric::Cosine)
            } else {
                let (first, last) = (number * batch, number * batch + members.len());
                CompleteLinkage::new(rows.slice(s![first..last, ..]), Metric::Cosine)
            };
            let found = dendrogram.cut_at(self.matching_threshold);
            for (member, label) in members.iter().zip(&found) {
                labels[*member] = next + label;
            }
            next += found.iter().max().map_or(0, |last| last + 1);
        }
        labels
    }

    /// Joins clusters over matches. The mean of all distances of two clusters comes from their
    /// sums: no pair of faces is looked at again.
    fn merge(
        &self,
        rows: ArrayView2<'_, f32>,
        labels: &[usize],
        matches: &[(usize, usize)],
    ) -> Vec<usize> {
        let means = Sums::new(rows, labels).means();
        let pairs: BTreeSet<(usize, usize)> = matches
            .iter()
            .filter_map(|&(a, b)| Some((*labels.get(a)?, *labels.get(b)?)))
            .filter(|(a, b)| a != b)
            .map(|(a, b)| (a.min(b), a.max(b)))
            .collect();
        let mut components = Components::new(means.nrows());
        for (a, b) in pairs {
            if 1.0 - means.row(a).dot(&means.row(b)) < self.merging_threshold {
                components.merge(a, b);
            }
        }
        let merged = components.labels();
        labels.iter().map(|label| merged[*label]).collect()
    }
}

/// Sums of the rows of each cluster.
struct Sums {
    sums: Vec<Array1<f64>>,
    sizes: Vec<usize>,
}

impl Sums {
    fn new(rows: ArrayView2<'_, f32>, labels: &[usize]) -> Self {
        let clusters = labels.iter().max().map_or(0, |last| last + 1);
        let mut sums = vec![Array1::zeros(rows.ncols()); clusters];
        let mut sizes = vec![0; clusters];
        for (row, label) in rows.axis_iter(Axis(0)).zip(labels) {
            sums[*label].zip_mut_with(&row, |sum: &mut f64, v| *sum += f64::from(*v));
            sizes[*label] += 1;
        }
        Self { sums, sizes }
    }

    fn means(&self) -> Array2<f32> {
        let width = self.sums.first().map_or(0, Array1::len);
        let mut means = Array2::zeros((self.sums.len(), width));
        for ((mut mean, sum), size) in means.axis_iter_mut(Axis(0)).zip(&self.sums).zip(&self.sizes)
        {
            mean.zip_mut_with(sum, |mean, sum| *mean = (sum / (*size).max(1) as f64) as f32);
        }
        means
    }
}

#[cfg(test)]
mod tests {
    use super::super::at;
    use super::*;

    fn with(matching: f32, merging: f32, batch_size: usize) -> Complete {
        Complete { matching_threshold: matching, merging_threshold: merging, batch_size }
    }

    /// A cosine distance of this many degrees.
    fn degrees(angle: f32) -> f32 {
        1.0 - angle.to_radians().cos()
    }

    #[test]
    fn a_cluster_is_no_wider_than_the_cut_before_means_are_compared() {
        // The linkage joins 0 and 9 only, as 0 and 20 are too far; of the means, at 4.5, 20 and 50,
        // the first two are 15.5 apart.
        let rows = at(&[0.0, 9.0, 20.0, 50.0]);
        let labels = with(degrees(15.6), 0.0, 100).run(rows.view(), &[]);
        assert_eq!(labels, [0, 0, 0, 1]);
        let labels = with(degrees(15.4), 0.0, 100).run(rows.view(), &[]);
        assert_eq!(labels, [0, 0, 1, 2]);
    }

    #[test]
    fn batches_meet_in_their_means() {
        let rows = at(&[0.0, 40.0, 1.0, 41.0, 2.0, 42.0, 3.0, 43.0]);
        let whole = with(degrees(10.0), 0.0, 100).run(rows.view(), &[]);
        assert_eq!(whole, [0, 1, 0, 1, 0, 1, 0, 1]);
        // Also where the means themselves fill several batches.
        for batch in 2..8 {
            assert_eq!(with(degrees(10.0), 0.0, batch).run(rows.view(), &[]), whole, "{batch}");
        }
    }

    /// docs/design/predecessors.md 5.13 #10: the second matrix was as large as it came. Here 400 clusters meet
    /// 10 at a time.
    #[test]
    fn many_means_end_without_one_large_matrix() {
        let angles: Vec<f32> = (0..400).map(|i| (i % 40) as f32 * 9.0).collect();
        let labels = with(degrees(1.0), 0.0, 50).run(at(&angles).view(), &[]);
        let expected: Vec<usize> = (0..400).map(|i| i % 40).collect();
        assert_eq!(labels, expected);
    }

    #[test]
    fn a_match_joins_clusters_that_are_near_enough() {
        let rows = at(&[0.0, 2.0, 30.0, 32.0, 80.0]);
        let apart = with(degrees(5.0), 0.0, 100).run(rows.view(), &[]);
        assert_eq!(apart, [0, 0, 1, 1, 2]);
        // The mean of the four distances, of 30, 32, 28 and 30 degrees, is 0.134238.
        let near = with(degrees(5.0), 0.1343, 100);
        assert_eq!(near.run(rows.view(), &[(1, 2)]), [0, 0, 0, 0, 1]);
        assert_eq!(near.run(rows.view(), &[(3, 4)]), apart);
        assert_eq!(near.run(rows.view(), &[]), apart);
        let far = with(degrees(5.0), 0.1342, 100);
        assert_eq!(far.run(rows.view(), &[(1, 2)]), apart);
    }

    /// docs/design/predecessors.md 5.13 #13 and #14: a face with two matches kept one; chains were walked by
    /// recursion.
    #[test]
    fn every_match_counts_and_chains_may_be_long() {
        let rows = at(&[0.0, 20.0, -20.0]);
        let labels = with(degrees(5.0), degrees(25.0), 100).run(rows.view(), &[(0, 1), (0, 2)]);
        assert_eq!(labels, [0, 0, 0]);
        let count = 20_000;
        let labels: Vec<usize> = (0..count).collect();
        let chain: Vec<(usize, usize)> = (1..count).map(|i| (i - 1, i)).collect();
        let rows = Array2::ones((count, 1));
        let merged = with(0.0, 0.5, 100).merge(rows.view(), &labels, &chain);
        assert!(merged.iter().all(|label| *label == 0));
    }

    #[test]
    fn none_one_and_two_identical_faces_at_threshold_zero() {
        let nothing = with(0.0, 0.0, 100);
        assert!(nothing.run(Array2::zeros((0, 2)).view(), &[]).is_empty());
        assert_eq!(nothing.run(at(&[7.0]).view(), &[]), [0]);
        assert_eq!(nothing.run(at(&[7.0, 7.0, 8.0]).view(), &[(0, 1), (1, 2)]), [0, 0, 1]);
    }
}
