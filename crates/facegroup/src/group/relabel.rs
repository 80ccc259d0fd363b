// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping what is stored: new groups, pictures in new folders, a new page.
//!
//! The lines are read once to be grouped, where something was done in the folders once to be corrected, and once
//! to be written anew; all that is written besides is made of what these passes saw.
//!
//! Order: what a person did in the folders, away with the copies of an earlier grouping, the lines (they say
//! where each picture shall be), the pictures, copies where they are wanted, `groups.json`, the page. A kill
//! in between loses nothing: the next opening moves the rest of the pictures, the next grouping does all
//! of it again and comes to the same result.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dataset::format::corrections::Corrections;
use dataset::format::npy;
use dataset::write::relabel::{self, Place};
use dataset::{CropNames, DatasetError, GroupSummary, Groups, Layout, RunInfo, UNSURE, edited};
use grouping::cluster::{self, Algorithm, Face, Grouping, Options};
use grouping::identification::Name;
use ndarray::ArrayView2;

use super::corrections::{Links, Said};
use super::identify::{Logged, Seen};
use super::names::GroupNames;
use super::stored::Stored;
use super::{corrections, kmeans_runs, short_tracks};

/// What a grouping came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Number of faces.
    pub faces: usize,
    /// The people, in the order of their names.
    pub groups: Vec<GroupSummary>,
    /// Number of unassigned faces.
    pub unsure: usize,
    /// The page.
    pub report: PathBuf,
}

impl Summary {
    /// The groups that stand for one person each: all but that of everybody else.
    pub fn people(&self) -> impl Iterator<Item = &GroupSummary> {
        self.groups.iter().filter(|group| !group.is_other())
    }
}

/// Groups the faces of a dataset that no process writes, and moves their pictures into the folders of their groups.
///
/// Doing it again gives the same result.
///
/// # Errors
/// A folder without a dataset, a process writing there, a damaged file, options that make no sense,
/// a folder that cannot be written.
pub fn group(location: &Path, options: &Options) -> Result<Summary, DatasetError> {
    relabel(location, &options.algorithm, by_similarity(location, options))
}

/// Groups faces by their similarity alone.
pub(crate) fn by_similarity(
    location: &Path,
    options: &Options,
) -> impl FnOnce(&[Face], ArrayView2<'_, f32>, Links) -> Result<Labelling, DatasetError> {
    move |faces, embeddings, links| {
        let grouping = cluster::group(faces, embeddings, &links.within(options))
            .map_err(|cause| DatasetError::Group { location: location.to_path_buf(), cause })?;
        Ok(Labelling { grouping, ..Labelling::default() })
    }
}

/// What a way to group came to.
#[derive(Debug, Default, Clone)]
pub(crate) struct Labelling {
    pub(crate) grouping: Grouping,
    /// What the groups are called; a number for those that nothing is said about.
    pub(crate) names: Vec<Name>,
    /// The group whose pictures go.
    pub(crate) dropped: Option<usize>,
    /// Settings to note beside the algorithm's own.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// Written when the pictures are in their places.
    pub(crate) log: Option<super::identify::Log>,
}

/// Lets `find` say who is who, and moves the pictures accordingly.
pub(crate) fn relabel(
    location: &Path,
    algorithm: &Algorithm,
    find: impl FnOnce(&[Face], ArrayView2<'_, f32>, Links) -> Result<Labelling, DatasetError>,
) -> Result<Summary, DatasetError> {
    let layout = Layout::new(location);
    if !layout.run().exists() {
        return Err(DatasetError::NoDataset { location: location.to_path_buf() });
    }
    let _lock = layout.lock_for_writing()?;
    relabel_locked(&layout, algorithm, find)
}

/// The same where this process holds the folder's lock.
pub(crate) fn relabel_locked(
    layout: &Layout,
    algorithm: &Algorithm,
    find: impl FnOnce(&[Face], ArrayView2<'_, f32>, Links) -> Result<Labelling, DatasetError>,
) -> Result<Summary, DatasetError> {
    let none = || DatasetError::NoDataset { location: layout.root.clone() };
    let run = RunInfo::read(layout)?.ok_or_else(none)?;
    let embeddings = npy::read(&layout.embeddings())?;
    let stored = edited::read(
        layout,
        &run,
        || Stored::new(layout, &run, embeddings.nrows()),
        |stored, record| stored.take(record),
    )?;
    let said = Said::find(&Corrections::read(layout)?, &stored.keys);
    let faces = short_tracks::followed(&stored.faces, run.min_track_length());
    let faces = said.split_tracks(faces);
    let mut labelling = find(&faces, embeddings.view(), said.links(&faces))?;
    drop(faces);
    drop(embeddings);
    corrections::lay(&said, &stored.faces, &mut labelling);
    commit(layout, run, &stored, labelling, &said, Some(algorithm))
}

/// Writes down who is who: lines, pictures, `groups.json`, `run.json`, the page. Without an `algorithm` what
/// `groups.json` says of how they were found stays.
pub(crate) fn commit(
    layout: &Layout,
    mut run: RunInfo,
    stored: &Stored,
    labelling: Labelling,
    said: &Said,
    algorithm: Option<&Algorithm>,
) -> Result<Summary, DatasetError> {
    let names = CropNames::new(&run)?;
    let Labelling { grouping, names: given, dropped, settings, log } = labelling;
    let on_screen = stored.on_screen(&run, &grouping);
    let by_time = algorithm.is_none_or(|algorithm| *algorithm == Algorithm::Average);
    let group_names = GroupNames::new(&grouping, given, &on_screen, by_time);
    let label = |face: usize| grouping.labels.get(face).copied().flatten();
    let folder = |face: usize| label(face).map_or(UNSURE, |group| group_names.folder(group));
    let place = |face: usize| match dropped.is_some() && label(face) == dropped {
        true => Place::Without(folder(face)),
        false => Place::Group(folder(face)),
    };

    let before = Groups::read(layout)?.unwrap_or_default();
    let old = before.groups.iter().map(|group| &group.name).chain(&stored.groups).cloned();
    let shown = stored.shown(&grouping, said);
    let wanted: BTreeSet<usize> =
        shown.iter().flatten().chain(&grouping.outliers).copied().collect();
    let (mut records, mut pictured) = (BTreeMap::new(), report::Faces::default());
    // Of what is told of each picture beside the groups, so that the lines need not be read once more.
    let is_told = log.is_some() || grouping.tried.iter().any(|tried| !tried.labels.is_empty());
    let mut seen = Vec::with_capacity(if is_told { stored.faces.len() } else { 0 });
    let mut pictures = 0;
    relabel::relabel(layout, &names, &old.collect(), place, |face, record| {
        pictured.note(record);
        pictures += u64::from(record.file.is_some());
        if is_told {
            seen.push(Seen::new(record));
        }
        if wanted.contains(&face) {
            records.insert(face, record.clone());
        }
    })?;
    if dropped.is_some() {
        // Counted, since a kill may have come between those that went and the lines.
        run.counts.insert("pictures".to_owned(), pictures);
    }
    if algorithm.is_some() {
        kmeans_runs::write(layout, &grouping.tried, &seen, folder)?;
    }
    if let Some(log) = log {
        let faces = &stored.faces;
        log.write(layout, &Logged { faces, seen: &seen, videos: &run.inputs, folder: &folder })?;
    }

    let mut groups =
        stored.describe(&grouping, &group_names, on_screen, said, (&shown, &records), &run);
    match algorithm {
        Some(algorithm) => groups.set_algorithm(algorithm, settings),
        None => groups.found_as(&before),
    }
    groups.corrections = before.corrections;
    groups.extra = before.extra;
    groups.write(layout)?;
    run.counts.insert("people".to_owned(), groups.people().count() as u64);
    run.counts.insert("unsure".to_owned(), groups.unsure.size as u64);
    run.write(layout)?;
    let report = report::write_of(layout, &run, &groups, &pictured, report::Options::default())?;
    Ok(Summary {
        faces: stored.faces.len(),
        unsure: groups.unsure.size,
        groups: groups.groups,
        report,
    })
}
