// SPDX-License-Identifier: MIT OR Apache-2.0
//! A dataset comes into a library, or is read again after it changed.
//!
//! Everything that comes of it is one transaction. Names that other datasets do not have yet are given to them afterwards,
//! see [`names`](super::names): what a kill leaves of that is done by the next adding.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dataset::library::{
    DatasetRecord, Evidence, Library, LibraryError, Member, Source, TemplateRecord, Writing,
};
use dataset::{is_result, path_text};
use grouping::matching::{Decision, Rules, assign};

use super::names::{self, Renamed};
use super::roster::Roster;
use super::snapshot::{Group, Seen, Snapshot};
use super::usual::usual;
use super::votes::Votes;
use super::{ArchiveError, forget, now, people};

/// Probability from which on a group is somebody who is known.
pub(super) const ACCEPT: f32 = 0.5;

/// What came of adding a dataset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Added {
    /// Its number.
    pub dataset: u32,
    /// What it is called in answers.
    pub name: String,
    /// Whether it was there before.
    pub again: bool,
    /// Where it was before, if it moved.
    pub moved: Option<String>,
    /// Number of templates.
    pub templates: usize,
    /// Who is who in it.
    pub people: Vec<Joined>,
    /// People who turned out to be others: who, and whom.
    pub merged: Vec<(String, String)>,
    /// Groups of this and other datasets that got a name.
    pub renamed: Vec<Renamed>,
    /// What could not be done; the rest was.
    pub troubles: Vec<String>,
}

/// A group and who it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Joined {
    /// The group's folder.
    pub group: String,
    /// The person.
    pub person: u32,
    /// What the person is called.
    pub name: String,
    /// Why.
    pub why: Evidence,
}

/// Opens the library in a folder to add a dataset; makes one of the dataset's embedder where there is none.
///
/// # Errors
/// A folder that holds other things, no dataset, one without vectors.
pub fn open_for(
    library: &Path,
    dataset: &Path,
    algorithm: Option<&str>,
) -> Result<Library, ArchiveError> {
    if dataset::library::is_library(library) {
        return Ok(Library::open(library)?);
    }
    let seen = Snapshot::read(dataset)?;
    if seen.embeddings.dimensions == 0 {
        return Err(ArchiveError::NoEmbeddings { location: dataset.to_path_buf() });
    }
    Ok(Library::create(library, seen.embeddings, algorithm.unwrap_or("average"))?)
}

/// Adds a grouped dataset to a library, or reads it again: its people become those whom they resemble, or new ones.
///
/// The dataset is in the library as a whole or not at all, whatever moment a kill comes. Numbers of its people and
/// templates stay when it is read again. Names flow both ways: what a person named here is named so in every dataset of the
/// library, and the other way round.
///
/// # Errors
/// No dataset, one without groups or of another embedder, a library that another process writes.
pub fn add(library: &Library, location: &Path) -> Result<Added, ArchiveError> {
    let mut added = take_in(library, location)?;
    let (renamed, troubles) = names::spread(library)?;
    added.renamed = renamed;
    added.troubles.extend(troubles);
    Ok(added)
}

/// Reads a dataset into the library.
pub(super) fn take_in(library: &Library, location: &Path) -> Result<Added, ArchiveError> {
    let path = std::fs::canonicalize(location).unwrap_or_else(|_| location.to_path_buf());
    let mut seen = Snapshot::read(location)?;
    refuse_other_embedder(library, location, &seen)?;
    let known = library.read()?.view().datasets()?;
    let place = place(&known, &path, &seen);
    if let Some(number) = place
        && forget::catch_up(library, number, location)?
    {
        seen = Snapshot::read(location)?;
    }
    let mut writing = library.write()?;
    let mut datasets = writing.view().datasets()?;
    let again = place.is_some();
    let number = place.map_or_else(|| writing.new_dataset(), Ok)?;
    let before = datasets.remove(&number).unwrap_or_default();
    let text = path_text(&path);
    let moved = (again && before.path != text).then(|| before.path.clone());
    let mut roster = Roster::read(&writing.view())?;

    let (ids, gone) = ids(&mut writing, number, &seen)?;
    let joining = Joining { seen: &seen, before: &before, number, datasets: &datasets };
    let (members, merges) = joining.decide(&mut writing, &mut roster, &ids)?;
    for (from, into) in &merges {
        roster.merge(*from, *into);
    }
    let people: Vec<u32> = members.iter().map(|member| roster.who(member.person)).collect();
    for (group, person) in seen.groups.iter().zip(&people) {
        if let Some(name) = &group.named {
            roster.call(*person, name);
        }
    }

    let templates: Vec<(u32, TemplateRecord, Vec<f32>)> = seen
        .templates
        .iter()
        .zip(&ids)
        .map(|(template, (id, _))| {
            let person = template.group.and_then(|group| people.get(group).copied());
            let record = TemplateRecord { dataset: number, person, ..template.record.clone() };
            (*id, record, template.vector.clone())
        })
        .collect();
    writing.remove_templates(&gone)?;
    writing.put_templates(&templates)?;
    let others = datasets.values().map(|record| record.path.as_str());
    let record = DatasetRecord {
        name: call(&text, others),
        path: text,
        added: if again { before.added } else { now() },
        read: now(),
        videos: seen.videos.clone(),
        members,
        state: seen.state.clone(),
        faces: seen.faces,
        extra: before.extra.clone(),
    };
    writing.put_dataset(number, &record)?;
    let (name, members) = (record.name.clone(), record.members.clone());
    datasets.insert(number, record);
    let merged = merges.iter().map(|(from, into)| {
        let into = roster.display(roster.who(*into));
        (format!("person-{from}"), into)
    });
    let merged = merged.collect();
    roster.save(&mut writing, &mut datasets)?;
    writing.commit()?;

    let joined = members.into_iter().map(|member| {
        let person = roster.who(member.person);
        Joined { group: member.group, person, name: roster.display(person), why: member.why }
    });
    Ok(Added {
        dataset: number,
        name,
        again,
        moved,
        templates: templates.len(),
        people: joined.collect(),
        merged,
        ..Added::default()
    })
}

fn refuse_other_embedder(
    library: &Library,
    location: &Path,
    seen: &Snapshot,
) -> Result<(), ArchiveError> {
    let (held, given) = (&library.info().embeddings, &seen.embeddings);
    let file = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
    let fits = held.model == given.model
        && file(&held.sha256, &given.sha256)
        // Where nobody was seen there are no vectors.
        && (held.dimensions == given.dimensions || given.dimensions == 0);
    if fits {
        return Ok(());
    }
    Err(LibraryError::OtherEmbedder {
        location: library.location().to_path_buf(),
        what: location.display().to_string(),
        given: given.model.clone(),
        held: held.model.clone(),
    }
    .into())
}

/// The number of the dataset, if it was there before: in this place, or in one where no dataset is any more, with the
/// same videos and as many faces.
fn place(datasets: &BTreeMap<u32, DatasetRecord>, path: &Path, seen: &Snapshot) -> Option<u32> {
    let text = path_text(path);
    let here = datasets.iter().find(|(_, record)| record.path == text);
    let is_same = |record: &DatasetRecord| {
        let files = |videos: &[dataset::library::VideoRecord]| -> Vec<_> {
            videos.iter().map(|video| (video.name.clone(), video.fingerprint.clone())).collect()
        };
        record.faces == seen.faces && files(&record.videos) == files(&seen.videos)
    };
    let moved = || {
        let gone = datasets.iter().filter(|(_, record)| !is_result(Path::new(&record.path)));
        let mut gone = gone.filter(|(_, record)| is_same(record));
        gone.next()
    };
    here.or_else(moved).map(|(number, _)| *number)
}

/// A number for each template, with who it was before, and the numbers of those that are gone.
#[allow(clippy::type_complexity)]
fn ids(
    writing: &mut Writing<'_>,
    dataset: u32,
    seen: &Snapshot,
) -> Result<(Vec<(u32, Option<u32>)>, Vec<u32>), LibraryError> {
    let mut old = writing.view().templates_of(dataset)?;
    let firsts: BTreeMap<_, u32> =
        old.iter().map(|(id, record)| (record.first.clone(), *id)).collect();
    let known = |template: &Seen| firsts.get(&template.record.first).copied();
    let new = seen.templates.iter().filter(|template| known(template).is_none()).count();
    let mut next = writing.new_templates(new as u32)?;
    let ids = seen
        .templates
        .iter()
        .map(|template| match known(template) {
            Some(id) => (id, old.remove(&id).and_then(|record| record.person)),
            None => {
                next += 1;
                (next - 1, None)
            }
        })
        .collect();
    Ok((ids, old.into_keys().collect()))
}

/// A dataset whose people are looked for in the library.
struct Joining<'a> {
    seen: &'a Snapshot,
    before: &'a DatasetRecord,
    number: u32,
    /// The others.
    datasets: &'a BTreeMap<u32, DatasetRecord>,
}

/// Members in the order of groups, and people who turned out to be others.
type Decided = (Vec<Member>, Vec<(u32, u32)>);

impl Joining<'_> {
    fn decide(
        &self,
        writing: &mut Writing<'_>,
        roster: &mut Roster,
        ids: &[(u32, Option<u32>)],
    ) -> Result<Decided, LibraryError> {
        let mut people: BTreeMap<usize, (u32, Evidence)> = BTreeMap::new();
        let mut merges = self.going_on(roster, ids, &mut people);
        self.by_name(roster, &mut people, &mut merges);

        let undecided: BTreeSet<usize> =
            (0..self.seen.groups.len()).filter(|group| !people.contains_key(group)).collect();
        let usual = usual(&writing.view().library_info().embeddings.model);
        let who = |person| roster.who(person);
        let links =
            people::links(&writing.view(), self.seen, &undecided, self.number, who, &usual)?;
        let rules = self.rules(roster, &people, &undecided, &links);
        let decisions = assign(&links, &rules, ACCEPT);
        for group in undecided {
            let decision = decisions.get(group).cloned().unwrap_or_default();
            let why = evidence(&decision);
            let person = match decision.person {
                Some(person) => person,
                None => roster.add(writing)?,
            };
            merges.extend(decision.merged.iter().map(|other| (*other, person)));
            people.insert(group, (person, why));
        }
        let members = self.seen.groups.iter().enumerate().filter_map(|(index, group)| {
            let (person, why) = people.get(&index)?.clone();
            Some(member(group, person, why))
        });
        Ok((members.collect(), merges))
    }

    /// Who was there before goes on, and those that were put to them are them.
    fn going_on(
        &self,
        roster: &Roster,
        ids: &[(u32, Option<u32>)],
        people: &mut BTreeMap<usize, (u32, Evidence)>,
    ) -> Vec<(u32, u32)> {
        let mut votes = Votes::default();
        for (template, (_, person)) in self.seen.templates.iter().zip(ids) {
            if let Some(person) = person {
                votes.add(roster.who(*person), template.group, template.record.faces.into());
            }
        }
        let is_called = |group: usize, person: u32| {
            let named = self.seen.groups.get(group).and_then(|group| group.named.as_deref());
            named.is_some() && named == roster.name(person)
        };
        let mut merges = Vec::new();
        for (group, (person, merged)) in votes.settle(is_called) {
            let before = self.before.members.iter().find(|m| roster.who(m.person) == person);
            let why = before.map(|member| member.why.clone()).unwrap_or_default();
            people.insert(group, (person, why));
            merges.extend(merged.into_iter().map(|other| (other, person)));
        }
        merges
    }

    /// Names bind. Whoever gives a group the name of somebody else says that it is that person, or, where the library itself
    /// had given the name before, that this was a mistake.
    fn by_name(
        &self,
        roster: &mut Roster,
        people: &mut BTreeMap<usize, (u32, Evidence)>,
        merges: &mut Vec<(u32, u32)>,
    ) {
        for (index, group) in self.seen.groups.iter().enumerate() {
            let Some(name) = &group.named else { continue };
            let known = roster.named(name);
            match (people.get(&index).cloned(), known) {
                (None, Some(known)) => {
                    let why = Evidence { source: Source::Name, ..Evidence::default() };
                    people.insert(index, (known, why));
                }
                (Some((person, why)), known) if Some(person) != known => {
                    let guessed = why.source == Source::Similar
                        && roster.name(person).is_some()
                        && self.is_elsewhere(roster, person);
                    match known {
                        // Not that one: somebody new, who is looked for like everybody.
                        None if guessed => drop(people.remove(&index)),
                        // The person gets another name, everywhere.
                        None => (),
                        Some(known) => {
                            if !guessed {
                                merges.push((person, known));
                            }
                            let why = Evidence { source: Source::Name, ..why };
                            people.insert(index, (known, why));
                        }
                    }
                }
                _ => (),
            }
        }
    }

    fn is_elsewhere(&self, roster: &Roster, person: u32) -> bool {
        let members = self.datasets.values().flat_map(|record| &record.members);
        members.into_iter().any(|member| roster.who(member.person) == person)
    }

    fn rules(
        &self,
        roster: &Roster,
        people: &BTreeMap<usize, (u32, Evidence)>,
        undecided: &BTreeSet<usize>,
        links: &[grouping::matching::Link],
    ) -> Rules {
        let groups = &self.seen.groups;
        let mut rules = Rules {
            groups: groups.len(),
            must: people.iter().map(|(group, (person, _))| (*group, *person)).collect(),
            apart: self.seen.apart.clone(),
            ..Rules::default()
        };
        let name = |group: usize| groups.get(group).and_then(|group| group.named.as_deref());
        for a in 0..groups.len() {
            for b in a + 1..groups.len() {
                if name(a).is_some() && name(b).is_some() && name(a) != name(b) {
                    rules.apart.insert((a, b));
                }
            }
        }
        let candidates: BTreeSet<u32> = links.iter().map(|link| link.person).collect();
        for group in undecided {
            for person in &candidates {
                let called = roster.name(*person);
                let other = name(*group).zip(called).is_some_and(|(a, b)| a != b);
                // Of a dataset read again, what is new there was taken apart from what goes on.
                let stays = people.values().any(|(other, _)| other == person);
                if other || (stays && !self.before.members.is_empty()) {
                    rules.cannot.insert((*group, *person));
                }
            }
        }
        for record in self.datasets.values() {
            let here: BTreeSet<u32> =
                record.members.iter().map(|member| roster.who(member.person)).collect();
            let here: Vec<u32> = here.intersection(&candidates).copied().collect();
            for (index, a) in here.iter().enumerate() {
                rules.different.extend(here.iter().skip(index + 1).map(|b| (*a, *b)));
            }
        }
        let named: Vec<u32> =
            candidates.iter().copied().filter(|person| roster.name(*person).is_some()).collect();
        for (index, a) in named.iter().enumerate() {
            rules.different.extend(named.iter().skip(index + 1).map(|b| (*a, *b)));
        }
        rules
    }
}

fn member(group: &Group, person: u32, why: Evidence) -> Member {
    let (named, seconds) = (group.named.clone(), group.seconds);
    Member { group: group.folder.clone(), person, named, seconds, why }
}

fn evidence(decision: &Decision) -> Evidence {
    let best = decision.best;
    let source = if decision.person.is_some() { Source::Similar } else { Source::New };
    Evidence {
        source,
        similarity: best.map_or(0.0, |best| best.link.similarity),
        cut: best.map_or(0.0, |best| best.link.between.cut),
        likelihood: best.map_or(0.0, |best| best.likelihood),
        nearest: best.map(|best| best.link.video),
        next: match decision.person {
            Some(_) => decision.next.map(|next| (next.person, next.likelihood)),
            None => best.map(|best| (best.person, best.likelihood)),
        },
    }
}

/// What a dataset is called: its folder's name, with as many above it as it takes to tell it from the others.
fn call<'o>(path: &str, others: impl Iterator<Item = &'o str>) -> String {
    let others: Vec<&str> = others.collect();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    for count in 1..=parts.len() {
        let name = parts[parts.len() - count..].join("/");
        let ends = |other: &&str| *other == name || other.ends_with(&format!("/{name}"));
        if !others.iter().any(ends) {
            return name;
        }
    }
    path.to_owned()
}

/// Where a dataset is.
pub(super) fn location(record: &DatasetRecord) -> PathBuf {
    PathBuf::from(&record.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasets_are_told_from_each_other() {
        assert_eq!(call("/a/b/out", ["/a/c/film"].into_iter()), "out");
        assert_eq!(call("/a/b/out", ["/a/c/out"].into_iter()), "b/out");
        assert_eq!(call("/out", ["/a/out"].into_iter()), "/out");
    }
}
