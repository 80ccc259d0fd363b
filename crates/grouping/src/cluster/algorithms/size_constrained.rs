// SPDX-License-Identifier: MIT OR Apache-2.0
//! Size-constrained clusters of tracks: bundles that a person can label at a time (facerec). They are no
//! identities: one actor spans many bundles by design.
//!
//! 1. A track's vector is the plain mean of its faces' unit embeddings.
//! 2. Complete linkage by Euclidean distance, cut into exactly `tracks / size` clusters, rounded
//!    down. Fewer tracks than `size` give each track a bundle of its own, as in facerec.
//! 3. A cluster of more than `max_size` tracks is clustered again, in the same way, into as few
//!    parts as can hold them. A part that is still too large is cut in the order of time into equal
//!    ones; parts of fewer than `min_size` are put together in the order of time.
//! 4. Bundle 0 has most tracks; of equals the earlier one goes first.
//!
//! A cluster that is small from the beginning stays: `min_size` is for parts. Parts respect both
//! sizes wherever `max_size` is at least twice `min_size` less one.

use std::cmp::Reverse;

use ndarray::{Array2, ArrayView2, Axis};

use super::complete_linkage::CompleteLinkage;
use super::distance::Metric;
use super::samples::Samples;
use crate::cluster::Face;
use crate::cluster::templates::by_track;

/// Settings of bundles, in tracks. The defaults are facerec's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeConstrained {
    /// Mean size, from 1.
    pub size: usize,
    /// Least size of a part of a cluster that was too large, from 1 to `size`.
    pub min_size: usize,
    /// Most tracks of a bundle, from `size`.
    pub max_size: usize,
}

impl Default for SizeConstrained {
    fn default() -> Self {
        Self { size: 18, min_size: 12, max_size: 24 }
    }
}

impl SizeConstrained {
    /// Bundle of each face; a track without any embedding is in none.
    pub(super) fn run(&self, faces: &[Face], samples: &Samples) -> Vec<Option<usize>> {
        let mut row_of = vec![None; faces.len()];
        samples.faces.iter().enumerate().for_each(|(row, face)| row_of[*face] = Some(row));
        let mut tracks: Vec<(Vec<usize>, Vec<usize>)> = by_track(faces)
            .map(|members| {
                let rows: Vec<usize> = members.iter().filter_map(|face| row_of[*face]).collect();
                (members, rows)
            })
            .filter(|(_, rows)| !rows.is_empty())
            .collect();
        let first = |members: &[usize]| {
            members.iter().map(|&face| (faces[face].video, faces[face].frame, face)).min()
        };
        tracks.sort_by_key(|(members, _)| first(members));
        let mut vectors = Array2::zeros((tracks.len(), samples.rows.ncols()));
        for (mut vector, (_, rows)) in vectors.axis_iter_mut(Axis(0)).zip(&tracks) {
            if let Some(mean) = samples.rows.select(Axis(0), rows).mean_axis(Axis(0)) {
                vector.assign(&mean);
            }
        }
        let mut labels = vec![None; faces.len()];
        for ((members, _), bundle) in tracks.iter().zip(self.bundle(vectors.view())) {
            members.iter().for_each(|face| labels[*face] = Some(bundle));
        }
        labels
    }

    /// Bundle of each vector.
    fn bundle(&self, vectors: ArrayView2<'_, f32>) -> Vec<usize> {
        let count = vectors.nrows();
        let wanted = count / self.size.max(1);
        let labels = CompleteLinkage::new(vectors, Metric::Euclidean).cut_into(wanted);
        let mut bundles = Vec::new();
        for cluster in members(&labels) {
            if cluster.len() > self.max_size.max(1) {
                bundles.extend(self.split(vectors, &cluster));
            } else {
                bundles.push(cluster);
            }
        }
        bundles.sort_by_key(|bundle| (Reverse(bundle.len()), bundle.first().copied()));
        let mut labels = vec![0; count];
        for (label, bundle) in bundles.iter().enumerate() {
            bundle.iter().for_each(|vector| labels[*vector] = label);
        }
        labels
    }

    /// Parts of a cluster that is too large.
    fn split(&self, vectors: ArrayView2<'_, f32>, cluster: &[usize]) -> Vec<Vec<usize>> {
        let most = self.max_size.max(1);
        let own = vectors.select(Axis(0), cluster);
        let labels = CompleteLinkage::new(own.view(), Metric::Euclidean)
            .cut_into(cluster.len().div_ceil(most));
        let mut parts = Vec::new();
        for part in members(&labels) {
            let part: Vec<usize> = part.into_iter().map(|member| cluster[member]).collect();
            parts.extend(equal_parts(part, most));
        }
        let (small, mut parts): (Vec<_>, Vec<_>) =
            parts.into_iter().partition(|part| part.len() < self.min_size);
        let mut gathered: Vec<usize> = Vec::new();
        for part in small {
            gathered.extend(part);
            if gathered.len() >= self.min_size {
                parts.extend(equal_parts(std::mem::take(&mut gathered), most));
            }
        }
        if !gathered.is_empty() {
            // What is left over at the end goes to the smallest other part.
            let smallest = (0..parts.len()).min_by_key(|part| parts[*part].len());
            if let Some(smallest) = smallest {
                gathered.extend(parts.swap_remove(smallest));
            }
            parts.extend(equal_parts(gathered, most));
        }
        parts
    }
}

/// The members of each label, in order.
fn members(labels: &[usize]) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); labels.iter().max().map_or(0, |last| last + 1)];
    labels.iter().enumerate().for_each(|(item, label)| members[*label].push(item));
    members
}

/// Runs of at most `most`, in the order of time, whose sizes differ by one at most.
fn equal_parts(mut part: Vec<usize>, most: usize) -> Vec<Vec<usize>> {
    part.sort_unstable();
    let parts = part.len().div_ceil(most);
    let end = |number: usize| number * part.len() / parts;
    (0..parts).map(|number| part[end(number)..end(number + 1)].to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[f32]) -> Array2<f32> {
        Array2::from_shape_fn((values.len(), 1), |(i, _)| values[i])
    }

    fn sizes(labels: &[usize]) -> Vec<usize> {
        members(labels).iter().map(Vec::len).collect()
    }

    fn of(size: usize, min_size: usize, max_size: usize) -> SizeConstrained {
        SizeConstrained { size, min_size, max_size }
    }

    /// scipy: fcluster(linkage(x, "complete"), 7 // 3, "maxclust") is [1 1 1 2 2 2 2].
    #[test]
    fn as_many_clusters_as_scipy_cuts() {
        let vectors = column(&[0.0, 1.0, 3.0, 7.0, 7.5, 12.0, 12.1]);
        assert_eq!(of(3, 1, 7).bundle(vectors.view()), [1, 1, 1, 0, 0, 0, 0]);
        assert_eq!(of(2, 1, 7).bundle(vectors.view()), [0, 0, 0, 1, 1, 2, 2]);
    }

    /// docs/design/predecessors.md 4.3 and 4.7 #15: the number of bundles depends on the number of tracks alone.
    #[test]
    fn fewer_tracks_than_a_bundle_are_one_bundle_each() {
        let vectors = column(&[5.0, 5.0, 5.0]);
        assert_eq!(SizeConstrained::default().bundle(vectors.view()), [0, 1, 2]);
        assert_eq!(sizes(&SizeConstrained::default().bundle(column(&[1.0; 18]).view())), [18]);
    }

    /// docs/design/predecessors.md 4.3: facerec crashed on these.
    #[test]
    fn no_track_and_one_track() {
        assert!(SizeConstrained::default().bundle(Array2::zeros((0, 4)).view()).is_empty());
        assert_eq!(SizeConstrained::default().bundle(column(&[1.0]).view()), [0]);
        assert_eq!(of(1, 1, 1).bundle(column(&[1.0, 1.0]).view()), [0, 1]);
    }

    #[test]
    fn too_large_a_cluster_is_clustered_again() {
        // One far track takes one of two clusters; the other 9 fall into 4 and 5 by place.
        let vectors = column(&[0.0, 0.1, 0.2, 0.3, 5.0, 5.1, 5.2, 5.3, 5.4, 99.0]);
        assert_eq!(of(5, 2, 6).bundle(vectors.view()), [1, 1, 1, 1, 0, 0, 0, 0, 0, 2]);
    }

    #[test]
    fn identical_tracks_are_split_in_the_order_of_time() {
        // 50 of one place: 3 parts by the dendrogram or by force, none above 24.
        let labels = of(50, 12, 24).bundle(column(&[1.0; 50]).view());
        let sizes = sizes(&labels);
        assert_eq!(sizes.iter().sum::<usize>(), 50);
        assert!(sizes.iter().all(|size| (12..=24).contains(size)), "{sizes:?}");
    }

    /// docs/design/predecessors.md 4.7 #16: the last small part stayed small.
    #[test]
    fn the_last_small_part_is_merged_too() {
        // 25 tracks, of which the dendrogram splits off the last one.
        let mut values: Vec<f32> = (0..24).map(|i| i as f32 / 100.0).collect();
        values.push(50.0);
        let labels = of(25, 12, 24).bundle(column(&values).view());
        assert_eq!(sizes(&labels), [13, 12]);
        // And where it fits into another part whole: 20 in one place, 7 in another, 2 far off.
        let mut values = vec![0.0; 20];
        values.extend([10.0; 7]);
        values.extend([90.0; 2]);
        let sizes = sizes(&of(29, 5, 22).bundle(column(&values).view()));
        assert!(sizes.iter().all(|size| (5..=22).contains(size)), "{sizes:?}");
    }

    #[test]
    fn sizes_hold_for_parts_of_anything() {
        for count in 25..200 {
            let values: Vec<f32> =
                (0..count).map(|i| ((i * i * 31) % 97) as f32 * ((i % 5) as f32).exp()).collect();
            let labels = of(count, 12, 24).bundle(column(&values).view());
            let sizes = sizes(&labels);
            assert_eq!(sizes.iter().sum::<usize>(), count);
            assert!(sizes.iter().all(|size| (12..=24).contains(size)), "{count}: {sizes:?}");
            assert!(sizes.is_sorted_by(|a, b| a >= b), "most tracks first");
        }
    }

    #[test]
    fn a_track_is_the_plain_mean_of_its_faces_and_keeps_them_together() {
        let face = |frame: u64, track: u64, embedding: Option<usize>| Face {
            track: Some(track),
            embedding,
            ..Face::at(0, frame, [0.0; 4])
        };
        let faces = [
            face(0, 4, Some(0)),
            face(1, 4, Some(1)),
            face(2, 4, None),
            face(3, 5, None),
            face(4, 6, Some(2)),
        ];
        let rows = ndarray::arr2(&[[1.0, 0.0], [0.0, 2.0], [0.7, 0.7]]);
        let samples = Samples::new(&faces, rows.view());
        // Two tracks, cut into one cluster.
        let labels = of(2, 1, 2).run(&faces, &samples);
        assert_eq!(labels, [Some(0), Some(0), Some(0), None, Some(0)]);
        let labels = of(1, 1, 2).run(&faces, &samples);
        assert_eq!(labels, [Some(0), Some(0), Some(0), None, Some(1)]);
    }
}
