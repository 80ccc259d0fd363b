// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who the groups of a dataset were when it was read before.

use std::collections::BTreeMap;

/// Whose templates each group has: by group and person the number of faces.
#[derive(Debug, Default)]
pub(super) struct Votes {
    of: BTreeMap<usize, BTreeMap<u32, u64>>,
    /// By person all its faces in the dataset.
    all: BTreeMap<u32, u64>,
}

impl Votes {
    /// Counts a template that was a person's; now it is in a group, or in none.
    pub(super) fn add(&mut self, person: u32, group: Option<usize>, faces: u64) {
        *self.all.entry(person).or_default() += faces;
        if let Some(group) = group {
            *self.of.entry(group).or_default().entry(person).or_default() += faces;
        }
    }

    /// The person that goes on in each group, and those that were put to it: of most of their faces.
    ///
    /// A person goes on in one group only: in the one that is called like it (`is_called`), else in the one with most of
    /// its faces.
    pub(super) fn settle(
        &self,
        is_called: impl Fn(usize, u32) -> bool,
    ) -> BTreeMap<usize, (u32, Vec<u32>)> {
        let mut claims: Vec<(bool, u64, usize, u32)> = Vec::new();
        for (group, people) in &self.of {
            claims.extend(
                people
                    .iter()
                    .map(|(person, faces)| (is_called(*group, *person), *faces, *group, *person)),
            );
        }
        // Names first, then the most faces; of equals the lower numbers.
        claims.sort_by(|a, b| {
            b.0.cmp(&a.0).then(b.1.cmp(&a.1)).then(a.2.cmp(&b.2)).then(a.3.cmp(&b.3))
        });
        let mut settled: BTreeMap<usize, (u32, Vec<u32>)> = BTreeMap::new();
        let mut placed: BTreeMap<u32, usize> = BTreeMap::new();
        for (_, faces, group, person) in claims {
            if placed.contains_key(&person) {
                continue;
            }
            match settled.get_mut(&group) {
                None => {
                    settled.insert(group, (person, Vec::new()));
                    placed.insert(person, group);
                }
                Some((_, merged)) => {
                    let all = self.all.get(&person).copied().unwrap_or(faces);
                    if 2 * faces > all {
                        merged.push(person);
                        placed.insert(person, group);
                    }
                }
            }
        }
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_goes_on_where_most_of_it_is() {
        let mut votes = Votes::default();
        votes.add(7, Some(0), 10);
        votes.add(7, Some(1), 4);
        votes.add(8, Some(1), 3);
        let settled = votes.settle(|_, _| false);
        assert_eq!(settled.get(&0), Some(&(7, vec![])));
        assert_eq!(settled.get(&1), Some(&(8, vec![])));
    }

    #[test]
    fn who_was_put_to_another_is_merged_and_a_part_is_not() {
        let mut votes = Votes::default();
        votes.add(7, Some(0), 10);
        votes.add(8, Some(0), 6);
        votes.add(9, Some(0), 2);
        votes.add(9, Some(1), 5);
        votes.add(9, None, 1);
        let settled = votes.settle(|_, _| false);
        assert_eq!(settled.get(&0), Some(&(7, vec![8])));
        assert_eq!(settled.get(&1), Some(&(9, vec![])));
    }

    #[test]
    fn the_name_decides_who_stays_of_a_split() {
        let mut votes = Votes::default();
        votes.add(7, Some(0), 10);
        votes.add(7, Some(1), 4);
        let settled = votes.settle(|group, person| (group, person) == (1, 7));
        assert_eq!((settled.get(&0), settled.get(&1)), (None, Some(&(7, vec![]))));
    }
}
