// SPDX-License-Identifier: MIT OR Apache-2.0
//! A person's word over the machine's: corrections laid over what grouping came to.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use dataset::format::corrections::{Corrections, FaceKey, Statement};
use grouping::OTHER;
use grouping::cluster::{Face, GroupInfo, MergeSuggestion, Options, describe};
use grouping::identification::Name;

use super::relabel::Labelling;

/// Track numbers from here on are those of parts of tracks that a person took apart.
const PARTS: u64 = 1 << 48;

/// What was said of the faces of a dataset, by their indices.
#[derive(Debug, Default, Clone)]
pub(crate) struct Said {
    names: Vec<(usize, String)>,
    /// By statement: faces that belong together.
    together: BTreeMap<usize, Together>,
    /// Nobody's.
    apart: BTreeSet<usize>,
    /// Of these, those that show no face.
    no_faces: BTreeSet<usize>,
    /// Faces of two people.
    different: Vec<(Vec<usize>, Vec<usize>)>,
    covers: BTreeSet<usize>,
    /// Faces whose person was last said to be left out, or shown.
    concealed: BTreeMap<usize, bool>,
    /// Number of statements that these come from.
    pub(crate) statements: usize,
}

/// Faces of one statement, and those that they belong to; without such ones they are a person of their own.
#[derive(Debug, Default, Clone)]
struct Together {
    faces: Vec<usize>,
    with: Option<Vec<usize>>,
}

/// Pairs of faces that are one person, and such that are not.
#[derive(Debug, Default)]
pub(crate) struct Links {
    must: Vec<(usize, usize)>,
    cannot: Vec<(usize, usize)>,
}

impl Links {
    /// The options with these links beside their own.
    pub(crate) fn within<'o>(&self, options: &'o Options) -> Cow<'o, Options> {
        if self.must.is_empty() && self.cannot.is_empty() {
            return Cow::Borrowed(options);
        }
        let mut options = options.clone();
        options.must_link.extend(&self.must);
        options.cannot_link.extend(&self.cannot);
        Cow::Owned(options)
    }
}

impl Said {
    /// Finds the faces that corrections speak of, by what they are called there.
    pub(crate) fn find(corrections: &Corrections, faces: &HashMap<FaceKey, usize>) -> Self {
        let mut said = Self { statements: corrections.len(), ..Self::default() };
        let known = |keys: &[FaceKey]| -> Vec<usize> {
            keys.iter().filter_map(|key| faces.get(key).copied()).collect()
        };
        for (number, correction) in corrections.holding() {
            let placed = || {
                let keys = correction.faces.iter();
                let here = keys.filter(|key| corrections.of(key).is_some_and(|(n, _)| n == number));
                here.filter_map(|key| faces.get(key).copied())
            };
            match &correction.what {
                Statement::Name { name } => {
                    said.names.extend(placed().map(|face| (face, name.clone())));
                }
                Statement::Unsure | Statement::Hide => said.apart.extend(placed()),
                Statement::NotAFace => {
                    said.apart.extend(placed());
                    said.no_faces.extend(placed());
                }
                Statement::Same { .. } | Statement::Person => {
                    // Of those that they belong to, some may have been put elsewhere since.
                    let stayed =
                        |key: &&FaceKey| corrections.of(key).is_none_or(|(n, _)| n < number);
                    let with = match &correction.what {
                        Statement::Same { with } => {
                            let with = with.iter().filter(stayed);
                            Some(with.filter_map(|key| faces.get(key).copied()).collect())
                        }
                        _ => None,
                    };
                    let mut faces: Vec<usize> = placed().collect();
                    faces.sort_unstable();
                    faces.dedup();
                    if !faces.is_empty() {
                        said.together.insert(number, Together { faces, with });
                    }
                }
                Statement::Different { with } => {
                    said.different.push((known(&correction.faces), known(with)));
                }
                Statement::Cover => said.covers.extend(known(&correction.faces)),
                Statement::Conceal | Statement::Reveal => {
                    let concealed = correction.what == Statement::Conceal;
                    let faces = known(&correction.faces);
                    said.concealed.extend(faces.into_iter().map(|face| (face, concealed)));
                }
                Statement::Undo { .. } => (),
            }
        }
        // Of a face that a statement names twice.
        said.names.sort();
        said.names.dedup();
        said
    }

    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.together.is_empty() && self.apart.is_empty()
    }

    /// The face that a person chose to be shown of these: the last of them.
    pub(crate) fn cover(&self, members: &[usize]) -> Option<usize> {
        if self.covers.is_empty() {
            return None;
        }
        members.iter().copied().filter(|face| self.covers.contains(face)).max()
    }

    /// Whether a person said that these are left out of pages: of those that it was said of, most.
    pub(crate) fn conceals(&self, members: &[usize]) -> bool {
        if self.concealed.is_empty() {
            return false;
        }
        let said = members.iter().filter_map(|face| self.concealed.get(face));
        let balance: i64 = said.map(|concealed| if *concealed { 1 } else { -1 }).sum();
        balance > 0
    }

    /// The faces as grouping is to see them: what shows no face has no looks, and of a track whose faces were
    /// put in different places each part is a track of its own.
    pub(crate) fn split_tracks<'f>(&self, faces: Cow<'f, [Face]>) -> Cow<'f, [Face]> {
        let mut place: HashMap<usize, u64> = HashMap::new();
        let mut numbers: BTreeMap<&str, u64> = BTreeMap::new();
        for (face, name) in &self.names {
            let next = numbers.len() as u64 + 1;
            place.insert(*face, *numbers.entry(name).or_insert(next));
        }
        let named = numbers.len() as u64 + 1;
        for (number, together) in &self.together {
            let part = named + *number as u64;
            place.extend(together.faces.iter().map(|face| (*face, part)));
        }
        let mut tracks: HashMap<(usize, u64), BTreeSet<u64>> = HashMap::new();
        if !place.is_empty() {
            for (index, face) in faces.iter().enumerate() {
                if let Some(track) = face.track {
                    let part = place.get(&index).copied().unwrap_or(0);
                    tracks.entry((face.video, track)).or_default().insert(part);
                }
            }
            tracks.retain(|_, parts| parts.len() > 1);
        }
        if tracks.is_empty() && self.no_faces.is_empty() {
            return faces;
        }
        let mut faces = faces.into_owned();
        for (index, face) in faces.iter_mut().enumerate() {
            if self.no_faces.contains(&index) {
                (face.embedding, face.track) = (None, None);
            }
            let Some(track) = face.track else { continue };
            let part = place.get(&index).copied().unwrap_or(0);
            if part > 0 && tracks.contains_key(&(face.video, track)) {
                face.track = Some(track + part * PARTS);
            }
        }
        Cow::Owned(faces)
    }

    /// What binds grouping: faces of one name or of one statement are one person, those of two names are not.
    pub(crate) fn links(&self, faces: &[Face]) -> Links {
        let has_looks =
            |face: &usize| faces.get(*face).is_some_and(|face| face.embedding.is_some());
        let mut links = Links::default();
        let mut bind = |those: &mut dyn Iterator<Item = usize>| -> Option<usize> {
            let those: Vec<usize> = those.filter(|face| has_looks(face)).collect();
            links.must.extend(those.windows(2).map(|pair| (pair[0], pair[1])));
            those.first().copied()
        };
        let mut names: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (face, name) in self.names.iter().filter(|(_, name)| name != OTHER) {
            names.entry(name).or_default().push(*face);
        }
        let people: Vec<usize> =
            names.into_values().filter_map(|faces| bind(&mut faces.into_iter())).collect();
        for together in self.together.values() {
            let with = together.with.iter().flatten().filter(|face| !self.apart.contains(face));
            bind(&mut together.faces.iter().chain(with).copied());
        }
        for (index, one) in people.iter().enumerate() {
            links.cannot.extend(people.iter().skip(index + 1).map(|other| (*one, *other)));
        }
        for (those, others) in &self.different {
            let first = |of: &[usize]| of.iter().copied().find(has_looks);
            links.cannot.extend(first(those).zip(first(others)));
        }
        links
    }
}

/// Lets what was said hold: a group gets the name that most of its faces have, groups of one name are one,
/// and every face goes where it was put.
pub(crate) fn lay(said: &Said, faces: &[Face], labelling: &mut Labelling) {
    if said.is_empty() {
        return;
    }
    let grouping = &mut labelling.grouping;
    let mut labels = std::mem::take(&mut grouping.labels);
    labels.resize(faces.len(), None);
    let mut names = std::mem::take(&mut labelling.names);
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
    for together in said.together.values() {
        put_together(said, together, &mut labels, &mut names);
    }
    renumber(labelling, faces, labels, names);
}

/// Puts the faces of a statement where they belong.
fn put_together(
    said: &Said,
    together: &Together,
    labels: &mut [Option<usize>],
    names: &mut Vec<Name>,
) {
    let place_of = |faces: &[usize]| {
        most(faces.iter().filter_map(|face| labels.get(*face).copied().flatten()))
    };
    let mut also: &[usize] = &[];
    let place = match &together.with {
        Some(with) => place_of(with).or_else(|| {
            // They were nobody's: together they are somebody.
            also = with;
            place_of(&together.faces)
        }),
        None => place_of(&together.faces).filter(|place| {
            // A group of their own already.
            let size = labels.iter().filter(|label| **label == Some(*place)).count();
            let here =
                together.faces.iter().filter(|face| labels.get(**face) == Some(&Some(*place)));
            2 * here.count() > size
        }),
    };
    let place = place.unwrap_or_else(|| {
        names.push(Name::default());
        names.len() - 1
    });
    let also = also.iter().filter(|face| !said.apart.contains(face));
    for face in together.faces.iter().chain(also) {
        if let Some(label) = labels.get_mut(*face) {
            *label = Some(place);
        }
    }
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
            let kept = slot.person.take().filter(|_| slot.folder.as_deref() == Some(name));
            slot.folder = Some(name.to_owned());
            slot.person = kept.or_else(|| (name != OTHER).then(|| name.to_owned()));
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
fn renumber(
    labelling: &mut Labelling,
    faces: &[Face],
    mut labels: Vec<Option<usize>>,
    names: Vec<Name>,
) {
    let mut used = vec![false; names.len()];
    labels.iter().flatten().for_each(|label| used[*label] = true);
    // What was asked to be dropped stays known, also where nothing is left of it.
    labelling.dropped.iter().for_each(|group| used[*group] = true);
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
    let grouping = &mut labelling.grouping;
    for (old, info) in grouping.groups.iter().enumerate() {
        if let Some(group) = number(old).and_then(|new| groups.get_mut(new)) {
            group.cohesion = info.cohesion;
        }
    }
    let suggestions = grouping.suggestions.iter().filter_map(|suggestion| {
        let pair = (number(suggestion.groups.0)?, number(suggestion.groups.1)?);
        let named = |group: usize| names.get(group).is_some_and(|name| name.person.is_some());
        // Two names that a person gave are two people.
        let decided = named(suggestion.groups.0) && named(suggestion.groups.1);
        (pair.0 != pair.1 && !decided).then_some(MergeSuggestion { groups: pair, ..*suggestion })
    });
    grouping.suggestions = suggestions.collect();
    grouping.groups = groups;
    grouping.labels = labels;
    labelling.dropped = labelling.dropped.and_then(number);
    labelling.names = names
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

    fn labelling(labels: &[usize]) -> (Vec<Face>, Labelling) {
        let faces: Vec<Face> =
            (0..labels.len()).map(|i| Face { frame: i as u64, ..Face::default() }).collect();
        let count = labels.iter().max().unwrap() + 1;
        let grouping = Grouping {
            labels: labels.iter().map(|l| Some(*l)).collect(),
            groups: vec![GroupInfo::default(); count],
            ..Grouping::default()
        };
        (faces, Labelling { grouping, ..Labelling::default() })
    }

    fn folders(labelling: &Labelling) -> Vec<Option<&str>> {
        labelling.names.iter().map(|name| name.folder.as_deref()).collect()
    }

    #[test]
    fn groups_of_one_name_are_one_and_a_face_goes_where_it_was_put() {
        let (faces, mut labelling) = labelling(&[0, 0, 0, 1, 1, 2, 2, 2]);
        let said = Said {
            names: [(0, "Ann"), (1, "Ann"), (2, "Bob"), (3, "Ann"), (4, "Ann"), (6, "Cid")]
                .map(|(face, name)| (face, name.to_owned()))
                .into(),
            ..Said::default()
        };
        lay(&said, &faces, &mut labelling);
        assert_eq!(folders(&labelling), [Some("Ann"), None, Some("Bob"), Some("Cid")]);
        let labels: Vec<_> = labelling.grouping.labels.iter().map(|l| l.unwrap()).collect();
        assert_eq!(labels, [0, 0, 2, 0, 0, 1, 3, 1]);
        assert_eq!(labelling.grouping.groups[0].size, 4);
    }

    #[test]
    fn faces_follow_those_that_they_were_put_beside_and_hidden_ones_are_nobody() {
        let (faces, mut labelling) = labelling(&[0, 0, 1, 1, 1]);
        let together = [(0, Together { faces: vec![0], with: Some(vec![2, 3]) })].into();
        let said = Said { together, apart: [1].into(), ..Said::default() };
        lay(&said, &faces, &mut labelling);
        let one = Some(0);
        // The first group is empty now.
        assert_eq!(labelling.grouping.labels, [one, None, one, one, one]);
        assert_eq!(labelling.grouping.groups.len(), 1);
    }
}
