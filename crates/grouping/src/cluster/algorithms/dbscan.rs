// SPDX-License-Identifier: MIT OR Apache-2.0
//! DBSCAN by cosine distance, as scikit-learn's: groups of any shape, and faces that are in none.
//!
//! A face with `min_points` faces within `eps`, itself included, is a core face; core faces within
//! `eps` of each other are one group, a face within `eps` of a core face is in the group of it (of
//! the group that begins first where there are several), and all others are nobody's.
//!
//! The distances are gone through tile by tile, twice, and never kept: memory is that of the faces,
//! whatever `eps` is. `linfa-clustering` is left out for the reason given at
//! [`KMeans`](super::KMeans).

use ndarray::{ArrayView2, Axis};

use super::distance::{Metric, visit_between, visit_pairs};
use super::tree::Components;

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
        let eps = f64::from(self.eps);
        let count = rows.nrows();
        let near = |first: usize, distances: &[f64]| -> Vec<usize> {
            let near = (first..).zip(distances).filter(|(_, distance)| **distance <= eps);
            near.map(|(other, _)| other).collect()
        };
        // Itself.
        let mut neighbours = vec![1usize; count];
        visit_pairs(rows, Metric::Cosine, |row, first, distances| {
            for other in near(first, distances) {
                neighbours[row] += 1;
                neighbours[other] += 1;
            }
        });
        let core: Vec<bool> = neighbours.iter().map(|n| *n >= self.min_points).collect();

        let mut components = Components::new(count);
        visit_pairs(rows, Metric::Cosine, |row, first, distances| {
            if core[row] {
                for other in near(first, distances).into_iter().filter(|other| core[*other]) {
                    components.join(row, other);
                }
            }
        });
        // A root is the lowest row of its group, so lower roots are groups that begin earlier.
        let mut root: Vec<Option<usize>> =
            (0..count).map(|row| core[row].then(|| components.root(row))).collect();
        let core_root = root.clone();
        let others: Vec<usize> = (0..count).filter(|row| !core[*row]).collect();
        let other_rows = rows.select(Axis(0), &others);
        visit_between(other_rows.view(), rows, Metric::Cosine, |row, first, distances| {
            let row = others[row];
            let near = near(first, distances).into_iter().filter_map(|near| core_root[near]);
            root[row] = near.chain(root[row]).min();
        });
        let mut starts: Vec<usize> = root.iter().flatten().copied().collect();
        starts.sort_unstable();
        starts.dedup();
        root.iter().map(|root| starts.binary_search(&(*root)?).ok()).collect()
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
