// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a library is whole, and whether its datasets are where they were.

use std::collections::{BTreeMap, BTreeSet};

use dataset::library::{BLOCK, DatasetRecord, EXACT_UP_TO, Library, View};
use serde::Serialize;

use super::{ArchiveError, list};

/// A unit vector may be this far from one.
const TOLERANCE: f32 = 1e-3;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Checked {
    /// Number of datasets.
    pub datasets: usize,
    /// Number of people.
    pub people: usize,
    /// Number of templates.
    pub templates: u64,
    /// What is broken in the library itself; nothing where it is whole.
    pub broken: Vec<String>,
    /// Datasets that are gone or changed, a line each: no damage.
    pub remarks: Vec<String>,
}

/// Builds the index of nearest neighbours anew, where the library is large enough for one.
///
/// # Errors
/// A library that another process writes, a disk that is full.
pub fn mend(library: &Library) -> Result<(), ArchiveError> {
    let mut writing = library.write()?;
    if writing.view().templates()? > EXACT_UP_TO {
        writing.build_graph()?;
    }
    Ok(writing.commit()?)
}

/// Reads all of a library and compares its parts with each other.
///
/// Time and memory are linear in the number of templates.
///
/// # Errors
/// A library that cannot be read at all.
pub fn check(library: &Library) -> Result<Checked, ArchiveError> {
    let reading = library.read()?;
    let view = reading.view();
    let datasets = view.datasets()?;
    let people = view.people()?;
    let mut checked = Checked {
        datasets: datasets.len(),
        people: people.values().filter(|record| record.alias.is_none()).count(),
        templates: view.templates()?,
        ..Checked::default()
    };
    let broken = &mut checked.broken;
    for (number, record) in &people {
        if let Some(alias) = record.alias
            && !people.contains_key(&alias)
        {
            broken.push(format!("person {number} is person {alias}, who is not there"));
        }
    }
    for record in datasets.values() {
        for member in &record.members {
            if !people.contains_key(&member.person) {
                broken.push(format!(
                    "{} of {} is person {}, who is not there",
                    member.group, record.name, member.person
                ));
            }
        }
    }
    templates(&view, &datasets, broken)?;
    let in_graph = view.in_graph()?;
    if view.has_graph()? && in_graph != checked.templates {
        broken.push(format!("the index knows {in_graph} of {} templates", checked.templates));
    }
    if !view.has_graph()? && checked.templates > EXACT_UP_TO {
        broken.push("the index is missing".to_owned());
    }
    for record in datasets.values() {
        match list::state(record) {
            "gone" => checked.remarks.push(format!(
                "{} is not at {} any more; where it moved to: `facegroup library add` it from there",
                record.name, record.path
            )),
            "changed" => checked.remarks.push(format!(
                "{} changed since it was read: `facegroup library add` reads it again",
                record.name
            )),
            _ => (),
        }
    }
    for (dataset, erasure) in view.erasures()? {
        let name = datasets.get(&dataset).map_or("a dataset", |record| record.name.as_str());
        checked.remarks.push(format!(
            "{} tracks of {name} are still to be forgotten once it is there",
            erasure.tracks.len()
        ));
    }
    Ok(checked)
}

fn templates(
    view: &View<'_>,
    datasets: &BTreeMap<u32, DatasetRecord>,
    broken: &mut Vec<String>,
) -> Result<(), ArchiveError> {
    let mut known = BTreeSet::new();
    for (number, record) in datasets {
        let people: BTreeSet<u32> = record.members.iter().map(|member| member.person).collect();
        for (id, template) in view.templates_of(*number)? {
            known.insert(id);
            if template.person.is_some_and(|person| !people.contains(&person)) {
                broken.push(format!("template {id} is of somebody who is not in {}", record.name));
            }
            let held = view.vector(id)?;
            let fits = held.is_some_and(|(owner, vector)| {
                let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
                owner.dataset == *number
                    && owner.person == template.person
                    && (length - 1.0).abs() < TOLERANCE
            });
            if !fits {
                broken.push(format!("template {id} of {} has no vector that fits", record.name));
            }
        }
    }
    let mut strays = 0;
    view.blocks(|block| {
        strays += block.owners().filter(|(id, _)| !known.contains(id)).count();
        Ok(())
    })?;
    if strays > 0 {
        broken.push(format!("{strays} vectors are nobody's (blocks of {BLOCK})"));
    }
    if view.templates()? != known.len() as u64 {
        broken.push(format!(
            "{} templates are counted, {} are there",
            view.templates()?,
            known.len()
        ));
    }
    Ok(())
}
