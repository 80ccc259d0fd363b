// SPDX-License-Identifier: MIT OR Apache-2.0
//! How good a grouping is, against a truth.

pub mod truth;

use std::collections::HashMap;
use std::hash::Hash;

/// BCubed precision, recall and their harmonic mean, 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct BCubed {
    /// Mean share of a face's group that is the same person.
    pub precision: f64,
    /// Mean share of a face's person that is in the same group.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f: f64,
}

/// BCubed of pairs (group, person), one a face; zeros for none.
pub fn bcubed<G: Eq + Hash, P: Eq + Hash>(pairs: &[(G, P)]) -> BCubed {
    let (mut groups, mut people, mut both) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (group, person) in pairs {
        *groups.entry(group).or_insert(0.0) += 1.0;
        *people.entry(person).or_insert(0.0) += 1.0;
        *both.entry((group, person)).or_insert(0.0) += 1.0;
    }
    let (mut precision, mut recall) = (0.0, 0.0);
    for ((group, person), count) in &both {
        precision += count * count / groups[group];
        recall += count * count / people[person];
    }
    let faces = (pairs.len() as f64).max(1.0);
    let (precision, recall): (f64, f64) = (precision / faces, recall / faces);
    let sum = precision + recall;
    let f = if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 };
    BCubed { precision, recall, f }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Group a holds two of x and one of y, group b one of x.
        let score = bcubed(&[("a", "x"), ("a", "x"), ("a", "y"), ("b", "x")]);
        let precision = (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0) / 4.0;
        let recall = (2.0 / 3.0 + 2.0 / 3.0 + 1.0 + 1.0 / 3.0) / 4.0;
        assert!((score.precision - precision).abs() < 1e-12);
        assert!((score.recall - recall).abs() < 1e-12);
        assert!((score.f - 2.0 * precision * recall / (precision + recall)).abs() < 1e-12);
    }

    #[test]
    fn nothing_and_perfection() {
        assert_eq!(bcubed::<u8, u8>(&[]), BCubed::default());
        assert_eq!(bcubed(&[(0, 'x'), (1, 'y')]).f, 1.0);
    }
}
