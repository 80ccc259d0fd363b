// SPDX-License-Identifier: MIT OR Apache-2.0
//! How many faces each group has of each person: what all measures of agreement are made of.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Counts of faces.
#[derive(Debug, Default)]
pub(super) struct Contingency {
    /// Of each group, those of one face that stand for unsure faces included.
    pub(super) groups: Vec<u64>,
    /// Of each person.
    pub(super) people: Vec<u64>,
    /// Of each person in each group, by the indices of both; in order, so that sums are the same
    /// each time.
    pub(super) cells: BTreeMap<(usize, usize), u64>,
    /// How many of the groups stand for unsure faces.
    pub(super) alone: usize,
}

impl Contingency {
    /// Counts pairs of group and person, one a face; without a group the face is a group of its own.
    pub(super) fn new<G: Eq + Hash, P: Eq + Hash>(
        pairs: impl IntoIterator<Item = (Option<G>, P)>,
    ) -> Self {
        let (mut table, mut groups, mut people) = (Self::default(), HashMap::new(), HashMap::new());
        for (group, person) in pairs {
            let next = table.groups.len();
            let group = match group {
                Some(group) => *groups.entry(group).or_insert(next),
                None => {
                    table.alone += 1;
                    next
                }
            };
            let next = people.len();
            let person = *people.entry(person).or_insert(next);
            count(&mut table.groups, group);
            count(&mut table.people, person);
            *table.cells.entry((group, person)).or_default() += 1;
        }
        table
    }

    /// Number of faces.
    pub(super) fn faces(&self) -> u64 {
        self.groups.iter().sum()
    }

    /// Cells with the sizes of their group and their person: (both, group, person).
    pub(super) fn sizes(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.cells.iter().filter_map(|((group, person), both)| {
            let sizes = (self.groups.get(*group)?, self.people.get(*person)?);
            Some((*both as f64, *sizes.0 as f64, *sizes.1 as f64))
        })
    }

    /// Sum over groups of the faces of their most frequent person.
    pub(super) fn majority_of_groups(&self) -> u64 {
        largest(self.groups.len(), self.cells.iter().map(|((group, _), both)| (*group, *both)))
    }

    /// Sum over people of their faces in the group that has most of them.
    pub(super) fn majority_of_people(&self) -> u64 {
        largest(self.people.len(), self.cells.iter().map(|((_, person), both)| (*person, *both)))
    }
}

/// One more of the item; items come in the order of their first appearance.
fn count(counts: &mut Vec<u64>, item: usize) {
    if item == counts.len() {
        counts.push(0);
    }
    if let Some(count) = counts.get_mut(item) {
        *count += 1;
    }
}

/// Sum of the largest value of each of `items`.
fn largest(items: usize, values: impl Iterator<Item = (usize, u64)>) -> u64 {
    let mut most = vec![0; items];
    for (item, value) in values {
        if let Some(most) = most.get_mut(item) {
            *most = value.max(*most);
        }
    }
    most.iter().sum()
}
