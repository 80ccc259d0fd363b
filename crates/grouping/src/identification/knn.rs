// SPDX-License-Identifier: MIT OR Apache-2.0
//! k nearest pictures, every person having as many (facerec).

use ndarray::ArrayViewMut1;

use super::Gallery;

/// Shares below this are not worth telling.
const LEAST_SHARE: f64 = 0.05;

/// How neighbours are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knn {
    /// Neighbours that vote, all with the same weight.
    pub neighbours: usize,
    /// Pictures that every person counts with, or as many as the person with fewest has, if that is
    /// more: the first ones of more, over and over again of fewer.
    pub per_person: usize,
}

impl Default for Knn {
    /// facerec's.
    fn default() -> Self {
        Self { neighbours: 10, per_person: 20 }
    }
}

/// How often each picture counts, in the order of people, and whose it is.
pub(super) type Training = Vec<(usize, usize)>;

impl Knn {
    pub(super) fn training(&self, gallery: &Gallery) -> Training {
        let counts = gallery.people().iter().map(|person| person.references.len());
        let size = counts.clone().min().unwrap_or(0).max(self.per_person);
        counts
            .enumerate()
            .flat_map(|(person, count)| {
                (0..count).map(move |picture| {
                    let again = usize::from(picture < size % count);
                    (person, size / count + again)
                })
            })
            .collect()
    }

    /// Shares of the nearest pictures by person. Neighbours at or beyond the threshold are nobody's.
    pub(super) fn shares(
        &self,
        training: &Training,
        distances: &[f32],
        threshold: Option<f32>,
        mut shares: ArrayViewMut1<'_, f32>,
    ) {
        let mut near: Vec<(f32, usize, usize)> = distances
            .iter()
            .zip(training)
            .filter(|(_, (_, often))| *often > 0)
            .map(|(distance, (person, often))| (*distance, *person, *often))
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        let all: usize = near.iter().map(|(.., often)| often).sum();
        let wanted = self.neighbours.min(all);
        let mut left = wanted;
        for (distance, person, often) in near {
            let taken = often.min(left);
            left -= taken;
            if threshold.is_none_or(|t| distance < t) {
                shares[person] += taken as f32 / wanted as f32;
            }
            if left == 0 {
                break;
            }
        }
    }
}

/// Shares as they are reported: those above 5 %, in five decimals.
pub(super) fn reported(shares: &[f64]) -> impl Iterator<Item = (usize, f64)> + '_ {
    let rounded = |share: f64| (share * 1e5).round() / 1e5;
    let kept = shares.iter().enumerate().filter(|(_, share)| **share > LEAST_SHARE);
    kept.map(move |(person, share)| (person, rounded(*share)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ndarray::Array1;

    use super::super::{Person, Reference};
    use super::*;

    fn gallery(counts: &[usize]) -> Gallery {
        let reference = Reference { vector: vec![1.0, 0.0], ..Reference::default() };
        let person = |(index, count): (usize, &usize)| Person {
            name: index.to_string(),
            group: None,
            references: vec![reference.clone(); *count],
        };
        Gallery::new(counts.iter().enumerate().map(person).collect()).unwrap()
    }

    fn shares(knn: Knn, counts: &[usize], distances: &[f32], threshold: Option<f32>) -> Vec<f32> {
        let training = knn.training(&gallery(counts));
        let mut shares = Array1::zeros(counts.len());
        knn.shares(&training, distances, threshold, shares.view_mut());
        shares.to_vec()
    }

    #[test]
    fn every_person_counts_with_as_many() {
        let often = |counts: &[usize], per_person| -> Vec<usize> {
            let knn = Knn { per_person, ..Knn::default() };
            knn.training(&gallery(counts)).into_iter().map(|(_, often)| often).collect()
        };
        // The first ones again, until there are twenty.
        assert_eq!(often(&[1, 3], 20), [20, 7, 7, 6]);
        assert_eq!(often(&[2, 4], 3), [2, 1, 1, 1, 1, 0]);
        assert_eq!(often(&[5, 6], 3), [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
    }

    /// sklearn.neighbors.KNeighborsClassifier(10).predict_proba on the same twenty vectors a person.
    #[test]
    fn shares_are_those_of_scikit_learn() {
        let knn = Knn::default();
        // Person 0 has pictures at .1 .3 .5, seven of the first; person 1 at .2 .4, ten of each.
        let found = shares(knn, &[3, 2], &[0.1, 0.3, 0.5, 0.2, 0.4], None);
        assert_eq!(found, [0.7, 0.3]);
        let found = shares(knn, &[3, 2], &[0.1, 0.3, 0.5, 0.2, 0.4], Some(0.2));
        assert_eq!(found, [0.7, 0.0]);
    }

    /// With fewer than three actors facerec gave up (docs/design/predecessors.md 4.4).
    #[test]
    fn one_and_two_people_are_enough() {
        assert_eq!(shares(Knn::default(), &[1], &[0.4], None), [1.0]);
        assert_eq!(shares(Knn::default(), &[1, 1], &[0.4, 0.1], None), [0.0, 1.0]);
        let few = Knn { neighbours: 10, per_person: 1 };
        assert_eq!(shares(few, &[1, 1], &[0.4, 0.1], None), [0.5, 0.5]);
    }

    #[test]
    fn small_shares_are_not_told() {
        let reported: Vec<_> = reported(&[0.05, 0.050_001, 0.123_456_7, 0.8]).collect();
        assert_eq!(reported, [(1, 0.05), (2, 0.12346), (3, 0.8)]);
    }
}
