// SPDX-License-Identifier: MIT OR Apache-2.0
//! A person goes, everywhere: vectors, pictures, lines, names, index.
//!
//! First what is to go from each dataset is noted in the library, then the datasets lose it one by one, then the library
//! does, and its store is written anew. A kill at any moment leaves the note: doing it again does the rest. Of a dataset that
//! is not there the note stays, and the faces go when it comes back.

use std::collections::BTreeSet;
use std::path::Path;

use dataset::library::{ErasedTrack, Erasure, Library, LibraryError, View};
use dataset::{Dataset, is_result};
use grouping::identification::folders;

use super::add::location;
use super::list::nobody;
use super::roster::Roster;
use super::{ArchiveError, now, snapshot};
use crate::review::Session;

/// What was forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Number of faces that went.
    pub faces: usize,
    /// Datasets that lost them.
    pub datasets: Vec<String>,
    /// Datasets that are not there; they lose them when they are added again.
    pub later: Vec<String>,
    /// What could not be done; doing it again does it.
    pub troubles: Vec<String>,
}

/// Forgets a person of a library, by name or number: in the library and in every dataset of it that is there. Returns the
/// library that is open now.
///
/// # Errors
/// Nobody of that name, a library that another process writes, no room for its store to be written anew.
pub fn forget(library: Library, person: &str) -> Result<(Forgotten, Library), ArchiveError> {
    let mut writing = library.write()?;
    let mut roster = Roster::read(&writing.view())?;
    let known = roster.find(person).ok_or_else(|| nobody(&library, &roster, person))?;
    let name = roster.name(known).map(str::to_owned);
    let mut datasets = writing.view().datasets()?;
    let mut concerned = BTreeSet::new();
    for (number, record) in &datasets {
        if record.members.iter().any(|member| roster.who(member.person) == known) {
            concerned.insert(*number);
            let erasure = erasure(&writing.view(), *number, |person| roster.who(person) == known)?;
            writing.put_erasure(*number, &erasure)?;
        }
    }
    writing.commit()?;

    let mut forgotten = Forgotten::default();
    let mut done = BTreeSet::new();
    for number in &concerned {
        let Some(record) = datasets.get(number) else { continue };
        let place = location(record);
        if !is_result(&place) {
            forgotten.later.push(record.name.clone());
            continue;
        }
        let groups: Vec<String> = record
            .members
            .iter()
            .filter(|member| roster.who(member.person) == known)
            .map(|member| member.group.clone())
            .collect();
        let names: Vec<String> = name
            .iter()
            .flat_map(|name| [name.clone(), folders([name.as_str()]).swap_remove(0)])
            .collect();
        let reading = library.read()?;
        let tracks = reading.view().erasures()?.remove(number).unwrap_or_default().tracks;
        drop(reading);
        match erase(&place, &tracks, &groups, &names) {
            Ok(faces) => {
                forgotten.faces += faces;
                forgotten.datasets.push(record.name.clone());
                done.insert(*number);
            }
            Err(error) => forgotten.troubles.push(format!("{}: {error}", record.name)),
        }
    }

    let mut writing = library.write()?;
    for number in &concerned {
        let templates = writing.view().templates_of(*number)?;
        let of = templates.iter().filter(|(_, template)| {
            template.person.is_some_and(|person| roster.who(person) == known)
        });
        let gone: Vec<u32> = of.map(|(id, _)| *id).collect();
        writing.remove_templates(&gone)?;
        if let Some(record) = datasets.get_mut(number) {
            record.members.retain(|member| roster.who(member.person) != known);
            if done.contains(number) {
                record.state = snapshot::state(&location(record));
                writing.put_erasure(*number, &Erasure::default())?;
            }
            writing.put_dataset(*number, record)?;
        }
    }
    roster.save(&mut writing, &mut datasets)?;
    writing.commit()?;
    Ok((forgotten, library.rewrite()?))
}

/// Takes out of a dataset that is there again what was to be forgotten while it was not.
/// Says whether there was something.
pub(super) fn catch_up(
    library: &Library,
    dataset: u32,
    place: &Path,
) -> Result<bool, ArchiveError> {
    let erasure = library.read()?.view().erasures()?.remove(&dataset);
    let Some(erasure) = erasure else { return Ok(false) };
    erase(place, &erasure.tracks, &[], &[])?;
    let mut writing = library.write()?;
    writing.put_erasure(dataset, &Erasure::default())?;
    writing.commit()?;
    Ok(true)
}

/// The tracks of a person in a dataset.
fn erasure(
    view: &View<'_>,
    dataset: u32,
    is_meant: impl Fn(u32) -> bool,
) -> Result<Erasure, LibraryError> {
    let templates = view.templates_of(dataset)?;
    let of = templates.values().filter(|template| template.person.is_some_and(&is_meant));
    let tracks = of.map(|template| ErasedTrack {
        video: template.first.0.clone(),
        track: template.track,
        frames: template.frames,
        first: template.first.clone(),
    });
    Ok(Erasure { tracks: tracks.collect(), at: now() })
}

/// Takes faces out of a dataset and describes its groups anew.
fn erase(
    place: &Path,
    tracks: &[ErasedTrack],
    groups: &[String],
    names: &[String],
) -> Result<usize, ArchiveError> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let erased = Dataset::erase(place, &names, |face| {
        let group = face.group_name();
        // A number may be another person's since; a name is not.
        groups.iter().any(|name| name == group && names.contains(&group))
            || tracks.iter().any(|track| {
                track.holds(face) && (groups.is_empty() || groups.iter().any(|name| name == group))
            })
    })?;
    Session::open(place)?.describe()?;
    Ok(erased)
}
