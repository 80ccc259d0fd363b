// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whose the faces of one unit (a face, a track, a group) are.

use super::distances::Near;
use super::{Identification, Rule};

/// Whose a face is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Who {
    /// Nothing is known of the face.
    #[default]
    Unknown,
    /// Nobody's of the gallery.
    Other,
    /// This person's.
    Person(usize),
}

/// The rows of a unit by its tracks, each with its weight.
pub(super) type Unit = Vec<Vec<(usize, f32)>>;

/// Decides for a unit; `Unknown` where it has no row.
pub(super) fn decide(unit: &Unit, near: &Near, identification: &Identification) -> Who {
    if unit.iter().all(Vec::is_empty) {
        return Who::Unknown;
    }
    let person = match identification.rule {
        Rule::Nearest => {
            let (person, distance) = nearest(&mean_distances(unit, near));
            person.filter(|_| identification.threshold.is_none_or(|t| distance < f64::from(t)))
        }
        Rule::Any | Rule::Votes { .. } => by_votes(unit, near),
        Rule::Knn(_) => {
            let shares = mean_shares(unit, near);
            let nobody = 1.0 - shares.iter().sum::<f64>();
            let distances = mean_distances(unit, near);
            let largest = shares.iter().copied().fold(0.0, f64::max);
            let equals = shares.iter().zip(&distances);
            let of_largest: Vec<f64> =
                equals.map(|(s, d)| if *s < largest { f64::INFINITY } else { *d }).collect();
            nearest(&of_largest).0.filter(|_| largest > 0.0 && largest >= nobody)
        }
    };
    person.map_or(Who::Other, Who::Person)
}

/// Weighted mean distance of the rows to each person.
fn mean_distances(unit: &Unit, near: &Near) -> Vec<f64> {
    let mut sums = vec![0f64; near.distances.ncols()];
    let mut total = 0f64;
    for &(row, weight) in unit.iter().flatten() {
        let weight = f64::from(weight);
        sums.iter_mut()
            .zip(near.distances.row(row))
            .for_each(|(s, d)| *s += weight * f64::from(*d));
        total += weight;
    }
    sums.iter_mut().for_each(|sum| *sum /= total);
    sums
}

/// Mean over the tracks of the mean shares of their rows, as facerec has it.
pub(super) fn mean_shares(unit: &Unit, near: &Near) -> Vec<f64> {
    let mut all = vec![0f64; near.shares.ncols()];
    let tracks = || unit.iter().filter(|track| !track.is_empty());
    for track in tracks() {
        for &(row, _) in track {
            let part = track.len() as f64;
            all.iter_mut().zip(near.shares.row(row)).for_each(|(a, s)| *a += f64::from(*s) / part);
        }
    }
    let count = tracks().count().max(1) as f64;
    all.iter_mut().for_each(|share| *share /= count);
    all
}

/// The person with most votes, if nobody has not more; of those with as many the nearest.
fn by_votes(unit: &Unit, near: &Near) -> Option<usize> {
    let mut votes = vec![0usize; near.distances.ncols()];
    let mut nobody = 0;
    for &(row, _) in unit.iter().flatten() {
        match near.votes.get(row).copied().flatten().and_then(|person| votes.get_mut(person)) {
            Some(count) => *count += 1,
            None => nobody += 1,
        }
    }
    let most = votes.iter().copied().max().filter(|most| *most > 0 && *most >= nobody)?;
    let distances = mean_distances(unit, near);
    let of_most: Vec<f64> = votes
        .iter()
        .zip(distances)
        .map(|(count, distance)| if *count < most { f64::INFINITY } else { distance })
        .collect();
    nearest(&of_most).0
}

/// The smallest and its place, the first of equals.
fn nearest(distances: &[f64]) -> (Option<usize>, f64) {
    let mut best = (None, f64::INFINITY);
    for (person, distance) in distances.iter().enumerate() {
        if *distance < best.1 {
            best = (Some(person), *distance);
        }
    }
    best
}
