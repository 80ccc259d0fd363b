// SPDX-License-Identifier: MIT OR Apache-2.0
//! Measures of how well groups agree with people. Names of either are never compared.

use std::hash::Hash;

use serde::{Deserialize, Serialize};

use super::contingency::Contingency;

/// Precision, recall and their harmonic mean, 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecall {
    /// How much of what was put together belongs together.
    pub precision: f64,
    /// How much of what belongs together was put together.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f: f64,
}

impl PrecisionRecall {
    fn new(precision: f64, recall: f64) -> Self {
        let sum = precision + recall;
        let f = if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 };
        Self { precision, recall, f }
    }
}

/// How well groups agree with people.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Faces scored.
    pub faces: usize,
    /// Groups among them (K), without the unsure faces.
    pub groups: usize,
    /// Groups of two faces or more.
    pub groups_of_two: usize,
    /// Unsure faces, each of which counts as a group of its own in what follows.
    pub unsure: usize,
    /// People among them (K*).
    pub people: usize,
    /// Of pairs of faces: in one group, of one person. 1 where there is no such pair.
    pub pairwise: PrecisionRecall,
    /// BCubed: the mean, over faces, of the share of its group that is its person, and the reverse.
    pub bcubed: PrecisionRecall,
    /// Weighted cluster purity (WCP): share of the faces that are their group's most frequent person.
    pub purity: f64,
    /// Share of the faces that are in the group which has most of their person.
    pub inverse_purity: f64,
    /// 1 where each group holds one person only.
    pub homogeneity: f64,
    /// 1 where each person is in one group only.
    pub completeness: f64,
    /// Normalised mutual information, by the arithmetic mean of the entropies.
    pub nmi: f64,
    /// Adjusted Rand index: 0 for chance, 1 for perfection.
    pub ari: f64,
    /// Operator clicks: one to name each group (and each unsure face) by its most frequent person,
    /// one for each face that is somebody else.
    pub clicks: usize,
    /// Clicks for each face.
    pub click_share: f64,
}

impl Agreement {
    /// Measures pairs of group and person, one a face; a face without a group is one of its own.
    ///
    /// What scikit-learn has too (pairwise counts, NMI, ARI, homogeneity, completeness) has its
    /// values, those for no faces included.
    pub fn of<G: Eq + Hash, P: Eq + Hash>(pairs: impl IntoIterator<Item = (Option<G>, P)>) -> Self {
        let table = Contingency::new(pairs);
        let faces = table.faces();
        let share = |part: u64| part as f64 / (faces as f64).max(1.0);
        let majority = table.majority_of_groups();
        let clicks = table.groups.len() as u64 + faces - majority;
        let information = Information::new(&table);
        Self {
            faces: faces as usize,
            groups: table.groups.len() - table.alone,
            groups_of_two: table.groups.iter().filter(|size| **size >= 2).count(),
            unsure: table.alone,
            people: table.people.len(),
            pairwise: pairwise(&table),
            bcubed: bcubed_of(&table),
            purity: share(majority),
            inverse_purity: share(table.majority_of_people()),
            homogeneity: information.homogeneity(),
            completeness: information.completeness(),
            nmi: information.nmi(),
            ari: ari(&table),
            clicks: clicks as usize,
            click_share: share(clicks),
        }
    }
}

/// BCubed of pairs (group, person), one a face; zeros for none.
pub fn bcubed<G: Eq + Hash, P: Eq + Hash>(pairs: &[(G, P)]) -> PrecisionRecall {
    bcubed_of(&Contingency::new(pairs.iter().map(|(group, person)| (Some(group), person))))
}

/// BCubed of a table; zeros for an empty one.
pub(super) fn bcubed_of(table: &Contingency) -> PrecisionRecall {
    let faces = (table.faces() as f64).max(1.0);
    let (mut precision, mut recall) = (0.0, 0.0);
    for (both, group, person) in table.sizes() {
        precision += both * both / group;
        recall += both * both / person;
    }
    PrecisionRecall::new(precision / faces, recall / faces)
}

/// Ordered pairs of faces: (of one person in one group, in one group, of one person, all).
fn pair_counts(table: &Contingency) -> (f64, f64, f64, f64) {
    let pairs = |count: u64| count as f64 * (count as f64 - 1.0);
    (
        table.cells.values().copied().map(pairs).sum(),
        table.groups.iter().copied().map(pairs).sum(),
        table.people.iter().copied().map(pairs).sum(),
        pairs(table.faces()).max(0.0),
    )
}

fn pairwise(table: &Contingency) -> PrecisionRecall {
    let (both, together, same, _) = pair_counts(table);
    let share = |whole: f64| if whole > 0.0 { both / whole } else { 1.0 };
    PrecisionRecall::new(share(together), share(same))
}

fn ari(table: &Contingency) -> f64 {
    let (both, together, same, all) = pair_counts(table);
    let (wrong, missed) = (together - both, same - both);
    if wrong == 0.0 && missed == 0.0 {
        return 1.0;
    }
    let neither = all - together - missed;
    2.0 * (both * neither - missed * wrong)
        / ((both + missed) * (missed + neither) + (both + wrong) * (wrong + neither))
}

/// Entropies in nats.
struct Information {
    groups: f64,
    people: f64,
    mutual: f64,
    /// At most one group and at most one person.
    trivial: bool,
}

impl Information {
    fn new(table: &Contingency) -> Self {
        let faces = table.faces() as f64;
        let entropy = |counts: &[u64]| -> f64 {
            if counts.len() <= 1 {
                return 0.0;
            }
            -counts.iter().map(|&n| n as f64 / faces * (n as f64 / faces).ln()).sum::<f64>()
        };
        let mutual: f64 = table
            .sizes()
            .map(|(both, group, person)| both / faces * (both * faces / (group * person)).ln())
            .sum();
        Self {
            groups: entropy(&table.groups),
            people: entropy(&table.people),
            // Rounding: it is never below nothing.
            mutual: if mutual > f64::EPSILON { mutual } else { 0.0 },
            trivial: table.groups.len() <= 1 && table.people.len() <= 1,
        }
    }

    fn homogeneity(&self) -> f64 {
        if self.people > 0.0 { (self.mutual / self.people).min(1.0) } else { 1.0 }
    }

    fn completeness(&self) -> f64 {
        if self.groups > 0.0 { (self.mutual / self.groups).min(1.0) } else { 1.0 }
    }

    fn nmi(&self) -> f64 {
        let mean = (self.groups + self.people) / 2.0;
        match () {
            () if self.trivial => 1.0,
            () if mean > 0.0 => (self.mutual / mean).min(1.0),
            () => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bcubed_by_hand() {
        // Group a holds two of x and one of y, group b one of x.
        let score = bcubed(&[("a", "x"), ("a", "x"), ("a", "y"), ("b", "x")]);
        let precision = (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0) / 4.0;
        let recall = (2.0 / 3.0 + 2.0 / 3.0 + 1.0 + 1.0 / 3.0) / 4.0;
        assert!((score.precision - precision).abs() < 1e-12);
        assert!((score.recall - recall).abs() < 1e-12);
        assert!((score.f - 2.0 * precision * recall / (precision + recall)).abs() < 1e-12);
    }

    #[test]
    fn bcubed_of_nothing_and_of_perfection() {
        assert_eq!(bcubed::<u8, u8>(&[]), PrecisionRecall::default());
        assert_eq!(bcubed(&[(0, 'x'), (1, 'y')]).f, 1.0);
    }

    #[test]
    fn counts_and_clicks_by_hand() {
        // a: x x y; b: x; two unsure faces of y.
        let pairs = [(Some('a'), 'x'), (Some('a'), 'x'), (Some('a'), 'y'), (Some('b'), 'x')];
        let unsure = [(None, 'y'), (None, 'y')];
        let score = Agreement::of(pairs.into_iter().chain(unsure));
        assert_eq!((score.faces, score.people), (6, 2));
        assert_eq!((score.groups, score.groups_of_two, score.unsure), (2, 1, 2));
        // Four names to give and one wrong face.
        assert_eq!((score.clicks, score.click_share), (5, 5.0 / 6.0));
        assert_eq!((score.purity, score.inverse_purity), (5.0 / 6.0, 3.0 / 6.0));
    }
}
