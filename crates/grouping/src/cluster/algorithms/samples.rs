// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the seeds' algorithms look at: every face that has an embedding, in the order of time.

use std::collections::HashMap;

use ndarray::{Array2, ArrayView2};

use crate::cluster::Face;
use crate::cluster::embeddings::Embeddings;

/// Faces with embeddings, by video, frame and place in the list.
pub(crate) struct Samples {
    /// Index of the face of each row.
    pub(crate) faces: Vec<usize>,
    /// Their embeddings at length one, a row each.
    pub(crate) rows: Array2<f32>,
}

impl Samples {
    /// Embeddings that are not finite or of no length count as missing.
    pub(crate) fn new(faces: &[Face], embeddings: ArrayView2<'_, f32>) -> Self {
        let embeddings = Embeddings::new(embeddings);
        let mut found: Vec<usize> =
            (0..faces.len()).filter(|&face| embeddings.of(&faces[face]).is_some()).collect();
        found.sort_by_key(|&face| (faces[face].video, faces[face].frame));
        let rows = embeddings.of_all(found.iter().map(|&face| &faces[face]));
        Self { faces: found, rows }
    }

    /// Labels of all faces, from those of the rows. A face without an embedding follows its track:
    /// it gets what the track's nearest face in time got, the earlier one of two as near; without
    /// such a track it is nobody's.
    pub(crate) fn label_faces(
        &self,
        faces: &[Face],
        labels: &[Option<usize>],
    ) -> Vec<Option<usize>> {
        // Frames and labels of a track.
        type Labelled = Vec<(u64, Option<usize>)>;
        let mut all = vec![None; faces.len()];
        let mut tracks: HashMap<(usize, u64), Labelled> = HashMap::new();
        let mut known = vec![false; faces.len()];
        for (&face, &label) in self.faces.iter().zip(labels) {
            all[face] = label;
            known[face] = true;
            if let Some(track) = faces[face].track {
                let track = tracks.entry((faces[face].video, track)).or_default();
                track.push((faces[face].frame, label));
            }
        }
        for (index, face) in faces.iter().enumerate().filter(|(index, _)| !known[*index]) {
            let track = face.track.and_then(|track| tracks.get(&(face.video, track)));
            // In the order of frames, as the rows are.
            all[index] = track.and_then(|track| {
                let after = track.partition_point(|(frame, _)| *frame <= face.frame);
                let before = after.checked_sub(1).and_then(|before| track.get(before));
                match (before, track.get(after)) {
                    (Some(b), Some(a)) if a.0 - face.frame < face.frame - b.0 => a.1,
                    (Some(near), _) | (None, Some(near)) => near.1,
                    (None, None) => None,
                }
            });
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    fn face(frame: u64, track: Option<u64>, embedding: Option<usize>) -> Face {
        Face { track, embedding, ..Face::at(0, frame, [0.0; 4]) }
    }

    #[test]
    fn rows_are_units_in_the_order_of_time() {
        let faces = [face(9, None, Some(1)), face(3, None, None), face(5, None, Some(0))];
        let samples = Samples::new(&faces, arr2(&[[3.0, 4.0], [0.0, 2.0]]).view());
        assert_eq!(samples.faces, [2, 0]);
        assert!(
            (samples.rows[[0, 0]] - 0.6).abs() < 1e-6 && (samples.rows[[1, 1]] - 1.0).abs() < 1e-6
        );
    }

    #[test]
    fn rows_that_are_no_numbers_count_as_missing() {
        let faces = [face(0, None, Some(0)), face(1, None, Some(1)), face(2, None, Some(2))];
        let embeddings = arr2(&[[f32::NAN, 1.0], [0.0, 0.0], [1.0, 0.0]]);
        assert_eq!(Samples::new(&faces, embeddings.view()).faces, [2]);
    }

    #[test]
    fn a_face_without_embedding_follows_its_track() {
        let faces = [
            face(0, Some(7), None),
            face(2, Some(7), Some(0)),
            face(4, Some(7), None),
            face(5, Some(7), None),
            face(6, Some(7), Some(1)),
            face(9, Some(7), None),
            face(9, Some(8), None),
            face(9, None, None),
        ];
        let samples = Samples::new(&faces, arr2(&[[1.0, 0.0], [0.0, 1.0]]).view());
        let labels = samples.label_faces(&faces, &[Some(0), Some(1)]);
        let (a, b) = (Some(0), Some(1));
        assert_eq!(labels, [a, a, a, b, b, b, None, None]);
    }
}
