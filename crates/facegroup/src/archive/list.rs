// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is in a library.

use std::collections::BTreeMap;

use dataset::is_result;
use dataset::library::{DatasetRecord, Evidence, Library, Source};
use serde::Serialize;

use super::add::location;
use super::roster::Roster;
use super::{ArchiveError, snapshot};

/// The contents of a library.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// The embedder whose vectors it holds.
    pub embedder: String,
    /// How people are found.
    pub algorithm: String,
    /// Number of templates.
    pub templates: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Datasets, in the order in which they came.
    pub datasets: Vec<ListedDataset>,
    /// People, the longest on screen first.
    pub people: Vec<ListedPerson>,
}

/// A dataset of a library.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedDataset {
    /// Its number.
    pub number: u32,
    /// What it is called in answers.
    pub name: String,
    /// Where it was last.
    pub path: String,
    /// Number of videos.
    pub videos: usize,
    /// Number of people.
    pub people: usize,
    /// `here`, `changed` since it was read, or `gone`.
    pub state: &'static str,
}

/// A person of a library.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedPerson {
    /// Its number.
    pub number: u32,
    /// Its name, else `person-NUMBER`.
    pub name: String,
    /// Whether somebody gave the name.
    pub named: bool,
    /// Others that turned out to be this person.
    pub aliases: Vec<u32>,
    /// Seconds on screen in all datasets.
    pub seconds: f64,
    /// Where it is: datasets and groups in them.
    pub groups: Vec<(String, String)>,
}

/// Says what is in a library.
///
/// # Errors
/// A library that cannot be read.
pub fn list(library: &Library) -> Result<Listed, ArchiveError> {
    let reading = library.read()?;
    let view = reading.view();
    let (datasets, roster) = (view.datasets()?, Roster::read(&view)?);
    let mut people: BTreeMap<u32, ListedPerson> = roster
        .people()
        .map(|(number, record)| {
            let name = roster.display(number);
            let (named, aliases) = (record.name.is_some(), roster.aliases(number));
            let (seconds, groups) = (0.0, Vec::new());
            (number, ListedPerson { number, name, named, aliases, seconds, groups })
        })
        .collect();
    for record in datasets.values() {
        for member in &record.members {
            if let Some(person) = people.get_mut(&roster.who(member.person)) {
                person.seconds += member.seconds;
                person.groups.push((record.name.clone(), member.group.clone()));
            }
        }
    }
    let mut people: Vec<ListedPerson> = people.into_values().collect();
    people.sort_by(|a, b| b.seconds.total_cmp(&a.seconds).then(a.number.cmp(&b.number)));
    let info = library.info();
    Ok(Listed {
        embedder: info.embeddings.model.clone(),
        algorithm: info.algorithm.clone(),
        templates: view.templates()?,
        bytes: library.size(),
        datasets: datasets.iter().map(|(number, record)| listed(*number, record)).collect(),
        people,
    })
}

fn listed(number: u32, record: &DatasetRecord) -> ListedDataset {
    let people = record.members.len();
    let (name, path, videos) = (record.name.clone(), record.path.clone(), record.videos.len());
    ListedDataset { number, name, path, videos, people, state: state(record) }
}

/// The datasets that are where they were and not as they were.
///
/// # Errors
/// A library that cannot be read.
pub fn changed(library: &Library) -> Result<Vec<std::path::PathBuf>, ArchiveError> {
    let datasets = library.read()?.view().datasets()?;
    let changed = datasets.values().filter(|record| state(record) == "changed");
    Ok(changed.map(location).collect())
}

/// Whether a dataset is where it was, and as it was.
pub(super) fn state(record: &DatasetRecord) -> &'static str {
    let place = location(record);
    if !is_result(&place) {
        "gone"
    } else if snapshot::state(&place) == record.state {
        "here"
    } else {
        "changed"
    }
}

/// Why a group of a dataset is a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// What the dataset is called.
    pub dataset: String,
    /// The group's folder.
    pub group: String,
    /// What decided.
    pub why: Evidence,
    /// The video that was nearest when it was decided, and its dataset.
    pub nearest: Option<String>,
    /// What the next best person is called.
    pub next: Option<String>,
}

/// Why the groups of a person are that person, in the order in which they came; and what the person is called.
///
/// # Errors
/// Nobody of that name or number.
pub fn who(library: &Library, person: &str) -> Result<(String, Vec<Reason>), ArchiveError> {
    let reading = library.read()?;
    let view = reading.view();
    let (datasets, roster) = (view.datasets()?, Roster::read(&view)?);
    let known = roster.find(person).ok_or_else(|| nobody(library, &roster, person))?;
    let mut found = Vec::new();
    for record in datasets.values() {
        for member in record.members.iter().filter(|member| roster.who(member.person) == known) {
            let nearest = member.why.nearest.and_then(|(dataset, video)| {
                let record = datasets.get(&dataset)?;
                let video = record.videos.get(video as usize)?;
                Some(format!("{} ({})", video.name, record.name))
            });
            let next = member.why.next.map(|(person, _)| roster.display(roster.who(person)));
            let (dataset, group) = (record.name.clone(), member.group.clone());
            found.push(Reason { dataset, group, why: member.why.clone(), nearest, next });
        }
    }
    Ok((roster.display(known), found))
}

/// Evidence as a person reads it.
pub fn in_words(why: &Evidence) -> String {
    match why.source {
        Source::New if why.likelihood > 0.0 => {
            format!("new; the nearest known person is it at {:.0} %", 100.0 * why.likelihood)
        }
        Source::New => "new".to_owned(),
        Source::Similar => format!(
            "known: at {:.0} %, similarity {:.3} where {:.3} is needed",
            100.0 * why.likelihood,
            why.similarity,
            why.cut
        ),
        Source::Name => "by the name".to_owned(),
        Source::Before => "as before".to_owned(),
        Source::Merged => "turned out to be this person".to_owned(),
        Source::Online => "by the tree".to_owned(),
    }
}

/// Nobody of that name; names that begin alike are told.
pub(super) fn nobody(library: &Library, roster: &Roster, name: &str) -> ArchiveError {
    let begin: String = name.chars().take(2).flat_map(char::to_lowercase).collect();
    let names = roster.people().filter_map(|(_, record)| record.name.clone());
    let mut known: Vec<String> =
        names.filter(|known| known.to_lowercase().starts_with(&begin)).take(5).collect();
    known.sort();
    let location = library.location().to_path_buf();
    ArchiveError::Unknown { location, what: "person", name: name.to_owned(), known }
}
