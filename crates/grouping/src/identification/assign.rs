// SPDX-License-Identifier: MIT OR Apache-2.0
//! From names of faces to groups with names.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use ndarray::{Array2, ArrayView2};

use super::distances::Near;
use super::vote::{Unit, Who, decide, mean_shares};
use super::{EnrolmentError, Gallery, folders};
use super::{Identification, Level, Others, Rule, knn};
use crate::OTHER;
use crate::cluster::{
    self, CutInfo, Face, Grouping, MergeSuggestion, Options, Samples, by_track, check, cohesion,
    describe, weight,
};

/// What a group is called.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Name {
    /// Its folder; `None` for a number.
    pub folder: Option<String>,
    /// The person's name as given; `None` for everybody else.
    pub person: Option<String>,
    /// For the rule of neighbours, the shares of people by folder: those above 5 %.
    pub shares: BTreeMap<String, f64>,
}

/// Faces with names.
#[derive(Debug, Clone, PartialEq)]
pub struct Identified {
    /// The groups: people that were found in the order of the gallery, then unknown ones, then
    /// everybody else together.
    pub grouping: Grouping,
    /// What each group is called.
    pub names: Vec<Name>,
    /// The folder of each identity of the gallery.
    pub people: Vec<String>,
    /// Distance of each row below to each person.
    pub distances: Array2<f32>,
    /// Row of each face; `None` where nothing is known of it.
    pub rows: Vec<Option<usize>>,
    /// Shares of each row by person, for the rule of neighbours; else none.
    pub shares: Array2<f32>,
    /// The group whose pictures are not kept.
    pub dropped: Option<usize>,
}

pub(super) fn compose(
    faces: &[Face],
    embeddings: ArrayView2<'_, f32>,
    gallery: &Gallery,
    identification: &Identification,
    options: &Options,
) -> Result<Identified, EnrolmentError> {
    check(faces, embeddings, options)?;
    let clustered = match identification.level {
        Level::Group => Some(cluster::group(faces, embeddings, options)?),
        _ => None,
    };
    let samples = Samples::new(faces, embeddings);
    let near = Near::new(samples.rows.view(), gallery, identification);
    let mut rows = vec![None; faces.len()];
    for (row, &face) in samples.faces.iter().enumerate() {
        rows[face] = Some(row);
    }
    let who = match (&clustered, identification.level) {
        (Some(grouping), _) => {
            by_unit(faces, &members(&grouping.labels), &rows, &near, identification)
        }
        (None, Level::Track | Level::Group) => {
            by_unit(faces, &by_track(faces).collect::<Vec<_>>(), &rows, &near, identification)
        }
        (None, Level::Face) => by_face(faces, &samples, &near, identification),
    };
    let folders = folders(gallery.people().iter().map(|person| person.name.as_str()));
    let mut labels = vec![None; faces.len()];
    let mut names = people(&who, gallery, &folders, &mut labels);
    let mut dropped = None;
    let mut base = Grouping::default();
    let others: Vec<usize> = (0..faces.len()).filter(|&face| who[face] == Who::Other).collect();
    if identification.others == Others::Group {
        base = match clustered {
            Some(grouping) => grouping,
            None => regroup(faces, embeddings, &others, options)?,
        };
        number(&others, &base.labels, &mut labels, &mut names);
    } else if !others.is_empty() {
        others.iter().for_each(|&face| labels[face] = Some(names.len()));
        dropped = (identification.others == Others::Drop).then_some(names.len());
        names.push(Name { folder: Some(OTHER.to_owned()), ..Name::default() });
        base = clustered.unwrap_or_default();
    }
    if let Rule::Knn(_) = identification.rule {
        tell_shares(faces, &labels, &rows, &near, &folders, &mut names);
    }
    let mut groups = describe(faces, &labels);
    for (group, cohesion) in groups.iter_mut().zip(cohesion(&samples, &labels)) {
        group.cohesion = cohesion;
    }
    let reported =
        |label: usize| names.get(label).is_some_and(|n| n.folder.as_deref() != Some(OTHER));
    let outliers = base.outliers.iter().copied();
    let grouping = Grouping {
        groups,
        suggestions: suggestions(&base, &labels, reported),
        outliers: outliers.filter(|&face| labels[face].is_some_and(reported)).collect(),
        cut: if base.labels.is_empty() {
            CutInfo { threshold: options.threshold, prior: options.threshold, ..CutInfo::default() }
        } else {
            base.cut
        },
        labels,
        tried: Vec::new(),
    };
    let Near { distances, shares, .. } = near;
    Ok(Identified { grouping, names, people: folders, distances, rows, shares, dropped })
}

/// The faces of each group.
fn members(labels: &[Option<usize>]) -> Vec<Vec<usize>> {
    let count = labels.iter().flatten().max().map_or(0, |last| last + 1);
    let mut members = vec![Vec::new(); count];
    for (face, label) in labels.iter().enumerate() {
        if let Some(label) = *label {
            members[label].push(face);
        }
    }
    members
}

/// The rows of some faces by track.
fn unit(faces: &[Face], of: &[usize], rows: &[Option<usize>]) -> Unit {
    let mut tracks: BTreeMap<_, Vec<(usize, f32)>> = BTreeMap::new();
    for &face in of {
        if let Some(row) = rows[face] {
            let Face { video, track, .. } = faces[face];
            // A face that was not followed is a track of its own.
            let alone = if track.is_none() { face } else { 0 };
            tracks.entry((video, track, alone)).or_default().push((row, weight(&faces[face])));
        }
    }
    tracks.into_values().collect()
}

fn by_unit(
    faces: &[Face],
    units: &[Vec<usize>],
    rows: &[Option<usize>],
    near: &Near,
    identification: &Identification,
) -> Vec<Who> {
    let mut who = vec![Who::Unknown; faces.len()];
    for of in units {
        let decided = decide(&unit(faces, of, rows), near, identification);
        of.iter().for_each(|&face| who[face] = decided);
    }
    who
}

fn by_face(
    faces: &[Face],
    samples: &Samples,
    near: &Near,
    identification: &Identification,
) -> Vec<Who> {
    let other = near.distances.ncols();
    let labels: Vec<Option<usize>> = (0..samples.faces.len())
        .map(|row| match decide(&vec![vec![(row, 1.0)]], near, identification) {
            Who::Person(person) => Some(person),
            Who::Other | Who::Unknown => Some(other),
        })
        .collect();
    let who = |label: Option<usize>| match label {
        Some(person) if person < other => Who::Person(person),
        Some(_) => Who::Other,
        None => Who::Unknown,
    };
    samples.label_faces(faces, &labels).into_iter().map(who).collect()
}

/// Labels the faces of people, and names these groups.
fn people(
    who: &[Who],
    gallery: &Gallery,
    folders: &[String],
    labels: &mut [Option<usize>],
) -> Vec<Name> {
    let mut names = Vec::new();
    for (index, (person, folder)) in gallery.people().iter().zip(folders).enumerate() {
        if !who.contains(&Who::Person(index)) {
            continue;
        }
        for (label, who) in labels.iter_mut().zip(who) {
            if *who == Who::Person(index) {
                *label = Some(names.len());
            }
        }
        names.push(Name {
            folder: Some(folder.clone()),
            person: Some(person.name.clone()),
            ..Name::default()
        });
    }
    names
}

/// Groups some of the faces; the labels are of all faces.
fn regroup(
    faces: &[Face],
    embeddings: ArrayView2<'_, f32>,
    some: &[usize],
    options: &Options,
) -> Result<Grouping, EnrolmentError> {
    let part: Vec<Face> = some.iter().map(|&face| faces[face].clone()).collect();
    let mut grouping = cluster::group(&part, embeddings, &links_among(some, options))?;
    let mut labels = vec![None; faces.len()];
    for (&face, label) in some.iter().zip(&grouping.labels) {
        labels[face] = *label;
    }
    grouping.labels = labels;
    grouping.outliers.iter_mut().for_each(|face| *face = some[*face]);
    Ok(grouping)
}

/// The options for some of the faces: links name faces by their places among them.
fn links_among<'o>(some: &[usize], options: &'o Options) -> Cow<'o, Options> {
    if options.must_link.is_empty() && options.cannot_link.is_empty() {
        return Cow::Borrowed(options);
    }
    let places: HashMap<usize, usize> =
        some.iter().enumerate().map(|(at, face)| (*face, at)).collect();
    let place = |(a, b): &(usize, usize)| Some((*places.get(a)?, *places.get(b)?));
    Cow::Owned(Options {
        must_link: options.must_link.iter().filter_map(place).collect(),
        cannot_link: options.cannot_link.iter().filter_map(place).collect(),
        ..options.clone()
    })
}

/// Labels the unknown people behind those with names.
fn number(
    others: &[usize],
    found: &[Option<usize>],
    labels: &mut [Option<usize>],
    names: &mut Vec<Name>,
) {
    let mut new: BTreeMap<usize, usize> = BTreeMap::new();
    for old in others.iter().filter_map(|&face| found[face]) {
        new.entry(old).or_default();
    }
    for label in new.values_mut() {
        *label = names.len();
        names.push(Name::default());
    }
    for &face in others {
        labels[face] = found[face].and_then(|old| new.get(&old).copied());
    }
}

/// Pairs of groups that may be one person, as far as both are still groups of somebody.
fn suggestions(
    base: &Grouping,
    labels: &[Option<usize>],
    reported: impl Fn(usize) -> bool,
) -> Vec<MergeSuggestion> {
    let mut now: BTreeMap<usize, usize> = BTreeMap::new();
    for (old, new) in base.labels.iter().zip(labels) {
        if let (Some(old), Some(new)) = (old, new) {
            now.insert(*old, *new);
        }
    }
    let mut found: Vec<MergeSuggestion> = Vec::new();
    for suggestion in &base.suggestions {
        let (Some(&a), Some(&b)) = (now.get(&suggestion.groups.0), now.get(&suggestion.groups.1))
        else {
            continue;
        };
        // Likeliest first, so the first of a pair is the one to keep.
        let known = found.iter().any(|s| s.groups == (a, b) || s.groups == (b, a));
        if a != b && reported(a) && reported(b) && !known {
            found.push(MergeSuggestion { groups: (a, b), ..*suggestion });
        }
    }
    found
}

/// Writes down whose the neighbours of each group's faces are.
fn tell_shares(
    faces: &[Face],
    labels: &[Option<usize>],
    rows: &[Option<usize>],
    near: &Near,
    folders: &[String],
    names: &mut [Name],
) {
    for (name, of) in names.iter_mut().zip(members(labels)) {
        if name.folder.as_deref() == Some(OTHER) {
            continue;
        }
        let shares = mean_shares(&unit(faces, &of, rows), near);
        name.shares = knn::reported(&shares)
            .filter_map(|(person, share)| Some((folders.get(person)?.clone(), share)))
            .collect();
    }
}
