// SPDX-License-Identifier: MIT OR Apache-2.0
//! One name through all datasets.
//!
//! A name that was given in one dataset is said in the others as a correction, by `library`: it binds later groupings as
//! what a person says does, and a person's later word goes over it.

use std::path::Path;

use dataset::format::corrections::{Correction, Statement, append};
use dataset::is_result;
use dataset::library::{DatasetRecord, Library};
use grouping::identification::folders;

use super::add::{location, take_in};
use super::roster::Roster;
use super::{ArchiveError, snapshot};
use crate::review::Session;

/// Where statements of a library come from.
const BY: &str = "library";

/// A group that got a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// What the dataset is called.
    pub dataset: String,
    /// The group's folder before.
    pub group: String,
    /// The name.
    pub name: String,
}

/// Gives a person of the library a name, everywhere; somebody else's name makes both one.
///
/// # Errors
/// Nobody of that name or number, a name that is none, a library that another process writes.
pub fn name(
    library: &Library,
    person: &str,
    name: &str,
) -> Result<(Vec<Renamed>, Vec<String>), ArchiveError> {
    let is_number = name.trim().bytes().all(|byte| byte.is_ascii_digit());
    if is_number || !name.chars().any(char::is_alphanumeric) || name.starts_with("person-") {
        return Err(ArchiveError::Name { name: name.to_owned() });
    }
    let mut writing = library.write()?;
    let mut roster = Roster::read(&writing.view())?;
    let known = roster.find(person).ok_or_else(|| super::list::nobody(library, &roster, person))?;
    match roster.named(name) {
        Some(other) if other != known => roster.merge(known, other),
        _ => roster.call(known, name),
    }
    let mut datasets = writing.view().datasets()?;
    roster.save(&mut writing, &mut datasets)?;
    writing.commit()?;
    spread(library)
}

/// Gives groups the names of the people that they are, in every dataset that is there; says which, and what could not be
/// done.
pub(super) fn spread(library: &Library) -> Result<(Vec<Renamed>, Vec<String>), ArchiveError> {
    let reading = library.read()?;
    let (datasets, roster) = (reading.view().datasets()?, Roster::read(&reading.view())?);
    drop(reading);
    let (mut renamed, mut troubles) = (Vec::new(), Vec::new());
    for record in datasets.values() {
        let wanted = wanted(record, &roster);
        if wanted.is_empty() {
            continue;
        }
        let place = location(record);
        if !is_result(&place) {
            troubles.push(format!(
                "{} is not at {} any more: its people get their names once it is added again",
                record.name, record.path
            ));
            continue;
        }
        if snapshot::state(&place) != record.state {
            troubles.push(format!(
                "{} changed since it was read: `facegroup library add` it again, then its people get their names",
                record.name
            ));
            continue;
        }
        match give(&place, record, &wanted) {
            Ok(given) => {
                if !given.is_empty() {
                    take_in(library, &place)?;
                }
                renamed.extend(given);
            }
            Err(error) => troubles.push(format!("{}: {error}", record.name)),
        }
    }
    Ok((renamed, troubles))
}

/// Groups that are called otherwise than their people: the group and the name.
fn wanted(record: &DatasetRecord, roster: &Roster) -> Vec<(String, String)> {
    let members = record.members.iter();
    let wanted = members.filter_map(|member| {
        let name = roster.name(roster.who(member.person))?;
        let is_called = member.named.as_deref() == Some(name) || member.group == folder(name);
        (!is_called).then(|| (member.group.clone(), name.to_owned()))
    });
    wanted.collect()
}

fn folder(name: &str) -> String {
    folders([name]).swap_remove(0)
}

/// Says the names in a dataset, and files its faces by them.
fn give(
    place: &Path,
    record: &DatasetRecord,
    wanted: &[(String, String)],
) -> Result<Vec<Renamed>, ArchiveError> {
    let mut session = Session::open(place)?;
    let mut said = Vec::new();
    let mut renamed = Vec::new();
    for (group, name) in wanted {
        let Some(person) = session.person(group) else { continue };
        let faces = person.faces.iter().filter_map(|face| session.face(*face));
        let faces: Vec<_> = faces.map(dataset::format::corrections::FaceKey::of).collect();
        if faces.is_empty() {
            continue;
        }
        let also = !said.is_empty();
        let what = Statement::Name { name: folder(name) };
        said.push(Correction { also, ..Correction::now(BY, what, faces) });
        renamed.push(Renamed {
            dataset: record.name.clone(),
            group: group.clone(),
            name: name.clone(),
        });
    }
    if said.is_empty() {
        return Ok(renamed);
    }
    {
        let _lock = session.layout().lock_for_writing()?;
        append(session.layout(), &said)?;
    }
    session.commit()?;
    Ok(renamed)
}
