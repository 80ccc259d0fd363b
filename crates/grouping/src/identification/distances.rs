// SPDX-License-Identifier: MIT OR Apache-2.0
//! How far each face is from each person.

use ndarray::{Array2, ArrayView2};

use super::{Gallery, Identification, Knn, Rule};
use crate::cluster::Metric;
use crate::index::Exact;

/// How the distance of two unit vectors follows from their similarity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    metric: Metric,
    length: f32,
}

impl Measure {
    /// Distances of this kind; `length` is that of the vectors for [`Metric::Euclidean`].
    pub fn new(metric: Metric, length: f32) -> Self {
        Self { metric, length }
    }

    /// The distance of two vectors of this cosine.
    pub fn distance(self, cosine: f32) -> f32 {
        let apart = (1.0 - cosine).clamp(0.0, 2.0);
        match self.metric {
            Metric::Cosine => apart,
            Metric::Euclidean => self.length * (2.0 * apart).sqrt(),
        }
    }
}

/// What is known of each row of embeddings about each person.
pub(super) struct Near {
    /// Rows x people: the distance that the rule looks at.
    pub(super) distances: Array2<f32>,
    /// What each row says by itself; nothing for [`Rule::Nearest`], whose distances are averaged first.
    pub(super) votes: Vec<Option<usize>>,
    /// Rows x people, for [`Rule::Knn`]: shares of the nearest pictures; what is missing to 1 is nobody's.
    pub(super) shares: Array2<f32>,
}

impl Near {
    /// Compares unit rows with the gallery.
    pub(super) fn new(
        rows: ArrayView2<'_, f32>,
        gallery: &Gallery,
        identification: &Identification,
    ) -> Self {
        let people = gallery.people().len();
        let (known, owner) = gallery.rows();
        let measure = identification.measure();
        let training = match identification.rule {
            Rule::Knn(knn) => Some((knn, knn.training(gallery))),
            _ => None,
        };
        let shares_of = if training.is_some() { rows.nrows() } else { 0 };
        let mut near = Self {
            distances: Array2::zeros((rows.nrows(), people)),
            votes: Vec::new(),
            shares: Array2::zeros((shares_of, people)),
        };
        let mut of_person: Vec<Vec<f32>> = vec![Vec::new(); people];
        Exact::new(known).each(rows, |row, similar| {
            of_person.iter_mut().for_each(Vec::clear);
            for (&person, &cosine) in owner.iter().zip(similar) {
                of_person[person].push(measure.distance(cosine));
            }
            if let Some((knn, training)) = &training {
                let pictures: Vec<f32> = of_person.iter().flatten().copied().collect();
                let shares = near.shares.row_mut(row);
                knn.shares(training, &pictures, identification.threshold, shares);
            }
            for (person, pictures) in of_person.iter_mut().enumerate() {
                pictures.sort_by(f32::total_cmp);
                near.distances[[row, person]] = match identification.rule {
                    Rule::Nearest => nearer_half(pictures),
                    _ => pictures.first().copied().unwrap_or(f32::INFINITY),
                };
            }
            match identification.rule {
                Rule::Any => near.votes.push(near.vote(row, &of_person, identification, 1)),
                Rule::Votes { least } => {
                    near.votes.push(near.vote(row, &of_person, identification, least));
                }
                Rule::Nearest | Rule::Knn(Knn { .. }) => (),
            }
        });
        near
    }

    /// The person with most pictures within the threshold for [`Rule::Votes`], with the nearest for
    /// [`Rule::Any`].
    fn vote(
        &self,
        row: usize,
        of_person: &[Vec<f32>],
        identification: &Identification,
        least: usize,
    ) -> Option<usize> {
        let within = |distance: &f32| identification.threshold.is_none_or(|t| *distance <= t);
        let counts = of_person.iter().map(|pictures| {
            let count = pictures.iter().take_while(|d| within(d)).count();
            // Any picture is as good as many.
            if identification.rule == Rule::Any { count.min(1) } else { count }
        });
        let counted = counts.enumerate().filter(|(_, count)| *count >= least);
        let nearer = |a: usize, b: usize| {
            self.distances[[row, b]].total_cmp(&self.distances[[row, a]]).then(b.cmp(&a))
        };
        counted.max_by(|a, b| a.1.cmp(&b.1).then(nearer(a.0, b.0))).map(|(person, _)| person)
    }
}

/// Mean of the smaller half of sorted distances, the middle one included.
fn nearer_half(sorted: &[f32]) -> f32 {
    let half = sorted.len().div_ceil(2);
    let sum: f32 = sorted.iter().take(half).sum();
    if half > 0 { sum / half as f32 } else { f32::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_by_hand() {
        let cosine = Measure::new(Metric::Cosine, 1.0);
        assert_eq!([1.0, 0.25, -1.0, 1.000_001].map(|c| cosine.distance(c)), [0.0, 0.75, 2.0, 0.0]);
        // |a - b| of two vectors of length 1.38 at a right angle.
        let euclidean = Measure::new(Metric::Euclidean, 1.38);
        assert!((euclidean.distance(0.0) - 1.951_615_2).abs() < 1e-6);
        assert_eq!(euclidean.distance(1.0), 0.0);
    }

    #[test]
    fn half_of_one_is_one() {
        assert_eq!(nearer_half(&[0.5]), 0.5);
        assert_eq!(nearer_half(&[0.25, 0.5]), 0.25);
        assert_eq!(nearer_half(&[0.25, 0.5, 9.0]), 0.375);
        assert_eq!(nearer_half(&[]), f32::INFINITY);
    }
}
