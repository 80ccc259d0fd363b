// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pairs of groups that a person should look at, because they may be one person (StreamFace).
//!
//! It only proposes. Distances are by cosine; of a pair `(a, b)`, `a` is the lower label. A pair is
//! kept if it is at most `max` apart and the nearest partner of `a` is nearer than `min`; pairs a
//! person has dismissed are left out. They come by `a`, the nearest partner first.
//!
//! StreamFace drops pairs at a distance of exactly 0, which are the surest of all; here they stay.

use std::collections::{BTreeMap, HashSet};

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::distance::{Metric, visit_pairs};

/// How the distance of two groups is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Between {
    /// That of their means.
    #[default]
    Average,
    /// That of their nearest faces.
    Single,
    /// The least among their means and their two mutually farthest faces each.
    Triplet,
}

/// Which pairs are proposed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidates {
    /// How the distance of two groups is taken.
    pub between: Between,
    /// Labels from here on are left out: where labels go by size, the smallest groups.
    pub labels: usize,
    /// A group whose nearest partner is not nearer than this is left out, 0 to 2. It belongs to the
    /// embedder, as `max` does.
    pub min: f32,
    /// Most that a pair may be apart, 0 to 2.
    pub max: f32,
}

impl Default for Candidates {
    /// StreamFace's; its script takes 0.5 and 1 for the distances.
    fn default() -> Self {
        Self { between: Between::Average, labels: 10_000, min: 0.35, max: 0.5 }
    }
}

/// Two groups that may be one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Their labels, the lower one first.
    pub groups: (usize, usize),
    /// How far they are apart.
    pub distance: f64,
}

impl Candidates {
    /// Pairs among the groups of these rows; rows beyond the labels are in no group. Memory is that
    /// of the rows and of the pairs within `max`.
    pub fn find(
        &self,
        rows: ArrayView2<'_, f32>,
        labels: &[Option<usize>],
        dismissed: &HashSet<(usize, usize)>,
    ) -> Vec<Candidate> {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (row, label) in labels.iter().take(rows.nrows()).enumerate() {
            if let Some(label) = label.filter(|label| *label < self.labels) {
                members.entry(label).or_default().push(row);
            }
        }
        let (points, owner) = self.points(rows, &members);
        let mut nearest: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        visit_pairs(points.view(), Metric::Cosine, |row, first, distances| {
            for (other, &distance) in (first..).zip(distances) {
                let (a, b) = (owner[row].min(owner[other]), owner[row].max(owner[other]));
                if a != b && distance <= f64::from(self.max) {
                    let least = nearest.entry((a, b)).or_insert(distance);
                    *least = least.min(distance);
                }
            }
        });
        let mut found: Vec<Candidate> =
            nearest.into_iter().map(|(groups, distance)| Candidate { groups, distance }).collect();
        let first = |pair: &Candidate| pair.groups.0;
        found.sort_by(|x, y| first(x).cmp(&first(y)).then(x.distance.total_cmp(&y.distance)));
        let near: HashSet<usize> =
            found.iter().filter(|pair| pair.distance < f64::from(self.min)).map(first).collect();
        found.retain(|pair| near.contains(&first(pair)) && !dismissed.contains(&pair.groups));
        found
    }

    /// The vectors that stand for the groups, and whose they are.
    fn points(
        &self,
        rows: ArrayView2<'_, f32>,
        members: &BTreeMap<usize, Vec<usize>>,
    ) -> (Array2<f32>, Vec<usize>) {
        let (mut points, mut owner) = (Vec::new(), Vec::new());
        let mut count = 0;
        let mut add = |label: usize, vector: Array1<f32>| {
            points.extend(vector);
            owner.push(label);
            count += 1;
        };
        for (&label, members) in members {
            let own = rows.select(Axis(0), members);
            if self.between == Between::Single {
                own.axis_iter(Axis(0)).for_each(|row| add(label, row.to_owned()));
                continue;
            }
            if let Some(mean) = own.mean_axis(Axis(0)) {
                add(label, mean);
            }
            if self.between == Between::Triplet {
                for row in farthest(own.view()) {
                    add(label, own.row(row).to_owned());
                }
            }
        }
        let shape = (count, rows.ncols());
        (Array2::from_shape_vec(shape, points).unwrap_or_else(|_| Array2::zeros(shape)), owner)
    }
}

/// The two rows farthest from each other; none of a single row.
fn farthest(rows: ArrayView2<'_, f32>) -> Vec<usize> {
    let mut most = (f64::NEG_INFINITY, Vec::new());
    visit_pairs(rows, Metric::Cosine, |row, first, distances| {
        for (other, &distance) in (first..).zip(distances) {
            if distance > most.0 {
                most = (distance, vec![row, other]);
            }
        }
    });
    most.1
}

#[cfg(test)]
mod tests {
    use super::super::at;
    use super::*;

    /// Two faces of each of three groups: means at 10, 60 and 85 degrees.
    const ANGLES: [f32; 6] = [0.0, 20.0, 40.0, 80.0, 84.0, 86.0];

    fn find(candidates: Candidates, dismissed: &[(usize, usize)]) -> Vec<((usize, usize), f64)> {
        let labels = [0, 0, 1, 1, 2, 2].map(Some);
        let dismissed = dismissed.iter().copied().collect();
        let found = candidates.find(at(&ANGLES).view(), &labels, &dismissed);
        found.iter().map(|pair| (pair.groups, (pair.distance * 1e4).round() / 1e4)).collect()
    }

    fn with(between: Between, min: f32, max: f32) -> Candidates {
        Candidates { between, min, max, ..Candidates::default() }
    }

    #[test]
    fn the_three_distances_by_hand() {
        // 1 - cos of 50 and 25 degrees; of 20 and 4; 20 and 4 again, as the farthest are all there
        // are.
        let average = find(with(Between::Average, 0.5, 0.5), &[]);
        assert_eq!(average, [((0, 1), 0.3572), ((1, 2), 0.0937)]);
        let single = find(with(Between::Single, 0.5, 0.5), &[]);
        assert_eq!(single, [((0, 1), 0.0603), ((1, 2), 0.0024)]);
        assert_eq!(find(with(Between::Triplet, 0.5, 0.5), &[]), single);
    }

    #[test]
    fn limits_labels_and_what_was_dismissed() {
        let average = |min, max| find(with(Between::Average, min, max), &[]);
        assert_eq!(average(0.3, 0.5), [((1, 2), 0.0937)]);
        assert_eq!(average(0.5, 0.3), [((1, 2), 0.0937)]);
        // Group 0 is near enough to 1, so its pair with 2, at 75 degrees, is shown too; nearest
        // first.
        let all = [((0, 1), 0.3572), ((0, 2), 0.7412), ((1, 2), 0.0937)];
        assert_eq!(average(0.36, 1.0), all);
        assert_eq!(find(with(Between::Average, 0.36, 1.0), &[(0, 1), (1, 2)]), all[1..2]);
        let two = Candidates { labels: 2, ..with(Between::Average, 2.0, 2.0) };
        assert_eq!(find(two, &[]), all[..1]);
    }

    #[test]
    fn none_one_and_two_identical_groups() {
        let candidates = Candidates::default();
        let none = HashSet::new();
        assert!(candidates.find(Array2::zeros((0, 2)).view(), &[], &none).is_empty());
        assert!(candidates.find(at(&[1.0]).view(), &[Some(0)], &none).is_empty());
        let found = candidates.find(at(&[1.0, 1.0, 1.0]).view(), &[Some(0), Some(1), None], &none);
        assert_eq!(found, [Candidate { groups: (0, 1), distance: 0.0 }]);
    }
}
