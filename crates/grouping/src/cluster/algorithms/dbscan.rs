// SPDX-License-Identifier: MIT OR Apache-2.0
//! DBSCAN by cosine distance, as scikit-learn's: groups of any shape, and faces that are in none.
//!
//! A face with `min_points` faces within `eps`, itself included, is a core face; core faces within
//! `eps` of each other are one group, a face within `eps` of a core face is in the group of it (of
//! the group that begins first where there are several), and all others are nobody's.
//!
//! linfa's, by the Euclidean distance of unit vectors. Every face is held against every other and
//! no distance is kept: memory is that of the faces, whatever `eps` is.

use ndarray::ArrayView2;

use super::with_linfa::dbscan;

/// Settings of DBSCAN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dbscan {
    /// Cosine distance up to which faces are neighbours, 0 to 2. It belongs to the embedder.
    pub eps: f32,
    /// Faces within `eps` that make a core face, itself included; from 1.
    pub min_points: usize,
}

impl Dbscan {
    /// Three points within `eps`.
    pub fn new(eps: f32) -> Self {
        Self { eps, min_points: 3 }
    }

    /// Group of each row; `None` for noise.
    pub(super) fn run(&self, rows: ArrayView2<'_, f32>) -> Vec<Option<usize>> {
        dbscan(rows, self.eps, self.min_points)
    }
}

#[cfg(test)]
mod tests {
    use super::super::at;
    use super::*;

    fn run(angles: &[f32], eps: f32, min_points: usize) -> Vec<i32> {
        let labels = Dbscan { eps, min_points }.run(at(angles).view());
        labels.iter().map(|label| label.map_or(-1, |label| label as i32)).collect()
    }

    const ANGLES: [f32; 12] =
        [50.0, 0.0, 4.0, 8.0, 13.0, 54.0, 46.0, 120.0, 124.0, 28.0, 20.0, 37.0];

    /// scikit-learn 1.9.1: DBSCAN(eps, min_samples, metric="cosine").fit_predict of these angles.
    #[test]
    fn labels_are_those_of_scikit_learn() {
        for (eps, min_points, expected) in [
            (0.0038, 3, SKLEARN[0]),
            (0.0125, 3, SKLEARN[1]),
            (0.0125, 4, SKLEARN[2]),
            (0.0038, 1, SKLEARN[3]),
        ] {
            assert_eq!(run(&ANGLES, eps, min_points), expected, "{eps} {min_points}");
        }
    }

    const SKLEARN: [[i32; 12]; 4] = [
        [0, 1, 1, 1, -1, 0, 0, -1, -1, -1, -1, -1],
        [0, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0, 0],
        [1, 0, 0, 0, 0, 1, 1, -1, -1, -1, 0, 1],
        [0, 1, 1, 1, 2, 0, 0, 3, 3, 4, 5, 6],
    ];

    #[test]
    fn a_chain_is_one_group_however_long() {
        let angles: Vec<f32> = (0..3000).map(|i| i as f32 * 0.05).collect();
        assert!(run(&angles, 1e-5, 3).iter().all(|label| *label == 0));
    }

    #[test]
    fn none_one_and_two_identical_faces_at_threshold_zero() {
        assert!(run(&[], 0.5, 3).is_empty());
        assert_eq!(run(&[9.0], 0.5, 3), [-1]);
        assert_eq!(run(&[9.0], 0.5, 1), [0]);
        assert_eq!(run(&[9.0, 9.0], 0.0, 3), [-1, -1]);
        assert_eq!(run(&[9.0, 80.0, 9.0], 0.0, 2), [0, -1, 0]);
    }
}
