// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table of labels that facerec's labelling page exports.

use std::collections::BTreeMap;
use std::path::Path;

use dataset::atomic::replace;
use dataset::{DatasetError, FaceRecord, Loaded};

use crate::export::{Exported, people};
use crate::streamface::stem;

/// Pictures of a track.
const PER_TRACK: usize = 2;

const COLUMNS: [&str; 13] = [
    "id",
    "username",
    "movie_id",
    "cluster_id",
    "cluster_status",
    "label",
    "n_images",
    "created_on",
    "processing_time",
    "id_ref",
    "tag",
    "image_status",
    "trajectory",
];

/// Writes `labels.csv`: a line for each of at most two pictures of a track, evenly spread over it. People that pages leave
/// out are `discarded`, those without a name `postponed`; who labelled, when and how long is not known here.
pub(crate) fn write(loaded: &Loaded, target: &Path) -> Result<Exported, DatasetError> {
    let path = target.join("labels.csv");
    let failed = |e: csv::Error| DatasetError::io("write", &path, e.into());
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS).map_err(failed)?;
    let mut clusters: BTreeMap<(usize, usize), Vec<&FaceRecord>> = BTreeMap::new();
    let people = people(&loaded.faces);
    for face in &loaded.faces {
        let person = people.iter().position(|name| name == face.group_name());
        if let (Some((video, _)), Some(person)) = (loaded.run.input(&face.video), person) {
            clusters.entry((video, person)).or_default().push(face);
        }
    }
    let (mut id, mut faces) = (0, 0);
    for ((video, cluster), members) in &clusters {
        let name = &people[*cluster];
        let summary = loaded.groups.iter().flat_map(|groups| &groups.groups);
        let summary = summary.into_iter().find(|group| group.name == *name);
        let person = summary.and_then(|summary| summary.person.clone());
        let status = match &person {
            _ if summary.is_some_and(|summary| summary.concealed) => "discarded",
            Some(_) => "labeled",
            None => "postponed",
        };
        let shown = spread(members);
        for face in &shown {
            id += 1;
            let track = face.track.map(|track| track.to_string()).unwrap_or_default();
            let fields = [
                id.to_string(),
                String::new(),
                video.to_string(),
                cluster.to_string(),
                status.to_owned(),
                person.clone().unwrap_or_default(),
                shown.len().to_string(),
                String::new(),
                String::new(),
                String::new(),
                stem(face).unwrap_or_default().to_owned(),
                "same".to_owned(),
                track,
            ];
            out.write_record(fields).map_err(failed)?;
        }
        faces += shown.len();
    }
    let text = out.into_inner().map_err(|e| DatasetError::io("write", &path, e.into_error()))?;
    replace(&path, &text)?;
    Ok(Exported { faces, people: people.len() })
}

/// At most two faces of a track that have pictures: at a third and at two thirds of it.
fn spread<'f>(members: &[&'f FaceRecord]) -> Vec<&'f FaceRecord> {
    let mut tracks: BTreeMap<(Option<u64>, u64), Vec<&FaceRecord>> = BTreeMap::new();
    for face in members.iter().filter(|face| face.file.is_some()) {
        // A face without a track is one of its own.
        let alone = if face.track.is_none() { face.frame } else { 0 };
        tracks.entry((face.track, alone)).or_default().push(face);
    }
    let some = |faces: Vec<&'f FaceRecord>| -> Vec<&'f FaceRecord> {
        if faces.len() <= PER_TRACK {
            return faces;
        }
        let at = |part: usize| (part * faces.len()) / (PER_TRACK + 1);
        (1..=PER_TRACK).filter_map(|part| faces.get(at(part)).copied()).collect()
    };
    tracks.into_values().flat_map(some).collect()
}
