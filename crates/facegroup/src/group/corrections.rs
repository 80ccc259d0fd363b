// SPDX-License-Identifier: MIT OR Apache-2.0
//! A person's word over the machine's: corrections laid over what grouping came to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dataset::format::corrections::{Corrections, FaceKey, Statement};
use dataset::{DatasetError, Layout};
use grouping::OTHER;
use grouping::cluster::{Face, GroupInfo, MergeSuggestion, describe};
use grouping::identification::Name;

use super::relabel::Filing;

/// What was said of the faces of a dataset, by their indices.
#[derive(Debug, Default)]
pub(crate) struct Said {
    names: Vec<(usize, String)>,
    /// Faces of one statement, and those that they belong to.
    same: BTreeMap<usize, (Vec<usize>, Vec<usize>)>,
    /// Nobody's.
    apart: BTreeSet<usize>,
}

impl Said {
    /// Finds the faces that corrections speak of, by what they are called there.
    pub(crate) fn find(
        layout: &Layout,
        faces: &HashMap<FaceKey, usize>,
    ) -> Result<Self, DatasetError> {
        let corrections = Corrections::read(layout)?;
        let mut said = Self::default();
        if corrections.is_empty() {
            return Ok(said);
        }
        for (key, &face) in faces {
            match corrections.of(key) {
                None => (),
                Some((_, Statement::Name { name })) => said.names.push((face, name.clone())),
                Some((_, Statement::Unsure | Statement::Hide)) => {
                    said.apart.insert(face);
                }
                Some((number, Statement::Same { with })) => {
                    let with = || with.iter().filter_map(|key| faces.get(key).copied()).collect();
                    let entry = said.same.entry(number).or_insert_with(|| (Vec::new(), with()));
                    entry.0.push(face);
                }
            }
        }
        // The faces came in the order of a hash.
        said.names.sort();
        said.same.values_mut().for_each(|(faces, _)| faces.sort_unstable());
        Ok(said)
    }

    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.same.is_empty() && self.apart.is_empty()
    }
}

/// Lets what was said hold: a group gets the name that most of its faces have, groups of one name are one,
/// and every face goes where it was put.
pub(crate) fn lay(said: &Said, faces: &[Face], filing: &mut Filing) {
    if said.is_empty() {
        return;
    }
    let grouping = &mut filing.grouping;
    let mut labels = std::mem::take(&mut grouping.labels);
    labels.resize(faces.len(), None);
    let mut names = std::mem::take(&mut filing.names);
    names.resize_with(grouping.groups.len(), Name::default);

    let places = destinations(said, &labels, &mut names);
    for (label, place) in places.merged {
        labels.iter_mut().filter(|l| **l == Some(label)).for_each(|l| *l = Some(place));
    }
    for (face, name) in &said.names {
        if let (Some(label), Some(place)) = (labels.get_mut(*face), places.of.get(name.as_str())) {
            *label = Some(*place);
        }
    }
    for face in &said.apart {
        if let Some(label) = labels.get_mut(*face) {
            *label = None;
        }
    }
    for (those, with) in said.same.values() {
        if let Some(place) = most(with.iter().filter_map(|face| *labels.get(*face)?)) {
            for face in those {
                if let Some(label) = labels.get_mut(*face) {
                    *label = Some(place);
                }
            }
        }
    }
    settle(filing, faces, labels, names);
}

/// Where the faces of each name go.
struct Destinations<'s> {
    of: BTreeMap<&'s str, usize>,
    /// Groups that are part of another one.
    merged: Vec<(usize, usize)>,
}

fn destinations<'s>(
    said: &'s Said,
    labels: &[Option<usize>],
    names: &mut Vec<Name>,
) -> Destinations<'s> {
    let mut votes: BTreeMap<usize, BTreeMap<&str, usize>> = BTreeMap::new();
    for (face, name) in &said.names {
        if let Some(label) = labels.get(*face).copied().flatten() {
            *votes.entry(label).or_default().entry(name).or_default() += 1;
        }
    }
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    let mut merged = Vec::new();
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for (face, label) in labels.iter().enumerate() {
        if let Some(label) = label.filter(|_| !said.apart.contains(&face)) {
            *sizes.entry(label).or_default() += 1;
        }
    }
    let folders = names.iter().enumerate().filter_map(|(g, name)| Some((name.folder.clone()?, g)));
    let folders: HashMap<String, usize> = folders.collect();
    for (group, votes) in votes {
        // Most of a group, not a few faces put elsewhere, say what it is called.
        let size = sizes.get(&group).copied().unwrap_or_default();
        let Some((&name, _)) = votes.iter().find(|(_, votes)| 2 * **votes > size) else {
            continue;
        };
        let place = *of.entry(name).or_insert_with(|| folders.get(name).copied().unwrap_or(group));
        if place != group {
            merged.push((group, place));
        }
    }
    for (_, name) in &said.names {
        of.entry(name).or_insert_with(|| {
            folders.get(name).copied().unwrap_or_else(|| {
                names.push(Name::default());
                names.len() - 1
            })
        });
    }
    for (&name, &place) in &of {
        if let Some(slot) = names.get_mut(place) {
            slot.folder = Some(name.to_owned());
            slot.person = slot.person.take().or_else(|| (name != OTHER).then(|| name.to_owned()));
        }
    }
    Destinations { of, merged }
}

/// The value that comes most often, the least of equals.
fn most(values: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts
        .into_iter()
        .max_by_key(|(value, count)| (*count, std::cmp::Reverse(*value)))
        .map(|(v, _)| v)
}

/// Numbers the groups that are left anew, in their order.
fn settle(filing: &mut Filing, faces: &[Face], mut labels: Vec<Option<usize>>, names: Vec<Name>) {
    let mut used = vec![false; names.len()];
    labels.iter().flatten().for_each(|label| used[*label] = true);
    // What was asked to be dropped stays known, also where nothing is left of it.
    filing.dropped.iter().for_each(|group| used[*group] = true);
    let mut next = 0;
    let numbers: Vec<Option<usize>> = used
        .iter()
        .map(|used| {
            used.then(|| {
                next += 1;
                next - 1
            })
        })
        .collect();
    let number = |group: usize| numbers.get(group).copied().flatten();
    labels.iter_mut().for_each(|label| *label = label.and_then(number));
    let mut groups = describe(faces, &labels);
    groups.resize_with(next, GroupInfo::default);
    let grouping = &mut filing.grouping;
    for (old, info) in grouping.groups.iter().enumerate() {
        if let Some(group) = number(old).and_then(|new| groups.get_mut(new)) {
            group.cohesion = info.cohesion;
        }
    }
    let suggestions = grouping.suggestions.iter().filter_map(|suggestion| {
        let pair = (number(suggestion.groups.0)?, number(suggestion.groups.1)?);
        let named = |group: usize| names.get(group).is_some_and(|name| name.folder.is_some());
        // Two names that a person gave are two people.
        let settled = named(suggestion.groups.0) && named(suggestion.groups.1);
        (pair.0 != pair.1 && !settled).then_some(MergeSuggestion { groups: pair, ..*suggestion })
    });
    grouping.suggestions = suggestions.collect();
    grouping.groups = groups;
    grouping.labels = labels;
    filing.dropped = filing.dropped.and_then(number);
    filing.names = names
        .into_iter()
        .zip(&numbers)
        .filter(|(_, n)| n.is_some())
        .map(|(name, _)| name)
        .collect();
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use grouping::cluster::Grouping;

    fn filing(labels: &[usize]) -> (Vec<Face>, Filing) {
        let faces: Vec<Face> =
            (0..labels.len()).map(|i| Face { frame: i as u64, ..Face::default() }).collect();
        let count = labels.iter().max().unwrap() + 1;
        let grouping = Grouping {
            labels: labels.iter().map(|l| Some(*l)).collect(),
            groups: vec![GroupInfo::default(); count],
            ..Grouping::default()
        };
        (faces, Filing { grouping, ..Filing::default() })
    }

    fn folders(filing: &Filing) -> Vec<Option<&str>> {
        filing.names.iter().map(|name| name.folder.as_deref()).collect()
    }

    #[test]
    fn groups_of_one_name_are_one_and_a_face_goes_where_it_was_put() {
        let (faces, mut filing) = filing(&[0, 0, 0, 1, 1, 2, 2, 2]);
        let said = Said {
            names: [(0, "Ann"), (1, "Ann"), (2, "Bob"), (3, "Ann"), (4, "Ann"), (6, "Cid")]
                .map(|(face, name)| (face, name.to_owned()))
                .into(),
            ..Said::default()
        };
        lay(&said, &faces, &mut filing);
        assert_eq!(folders(&filing), [Some("Ann"), None, Some("Bob"), Some("Cid")]);
        let labels: Vec<_> = filing.grouping.labels.iter().map(|l| l.unwrap()).collect();
        assert_eq!(labels, [0, 0, 2, 0, 0, 1, 3, 1]);
        assert_eq!(filing.grouping.groups[0].size, 4);
    }

    #[test]
    fn faces_follow_those_that_they_were_put_beside_and_hidden_ones_are_nobody() {
        let (faces, mut filing) = filing(&[0, 0, 1, 1, 1]);
        let same = [(0, (vec![0], vec![2, 3]))].into();
        let said = Said { same, apart: [1].into(), ..Said::default() };
        lay(&said, &faces, &mut filing);
        let one = Some(0);
        // The first group is empty now.
        assert_eq!(filing.grouping.labels, [one, None, one, one, one]);
        assert_eq!(filing.grouping.groups.len(), 1);
    }
}
