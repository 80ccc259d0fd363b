// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a face is in its group: what grouping had to go by, read from the files of a result.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dataset::format::corrections::{Corrections, FaceKey, Statement};
use dataset::{Dataset, DatasetError, FaceRecord, Layout, Loaded, UNSURE};
use grouping::index::{Exact, Index, Neighbour};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use serde::Serialize;

use crate::units;

/// Groups and faces reported, the nearest first.
const NEAREST: usize = 5;

/// Which face is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one of this picture, by its file name.
    Picture(String),
    /// A face of a frame; of a result with several videos the name of one is needed.
    Frame {
        /// The video's name.
        video: Option<String>,
        /// The frame's number.
        frame: u64,
        /// Which face of the frame, from 0.
        face: u32,
    },
}

impl std::str::FromStr for Which {
    type Err = String;

    /// `out/faces/3/001224_0.jpg`, `1224`, `1224:0`, `film.mkv:1224:0`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers: Vec<&str> = text.rsplitn(3, ':').collect();
        let frame = |text: &str| text.parse::<u64>().ok();
        let face = |text: &str| text.parse::<u32>().ok();
        let found = match numbers.as_slice() {
            [only] => frame(only).map(|frame| (None, frame, 0)),
            [last, first] => match (frame(first), face(last)) {
                (Some(frame), Some(face)) => Some((None, frame, face)),
                _ => None,
            },
            [last, middle, video] => frame(middle)
                .zip(face(last))
                .map(|(frame, face)| (Some(video.to_string()), frame, face)),
            _ => None,
        };
        if let Some((video, frame, face)) = found {
            return Ok(Self::Frame { video, frame, face });
        }
        let name = Path::new(text).file_name().and_then(|name| name.to_str());
        match name.filter(|name| imaging::extensions::is_picture(name)) {
            Some(name) => Ok(Self::Picture(name.to_owned())),
            None => {
                Err("expected a picture of the result, or FRAME:FACE, or VIDEO:FRAME:FACE".into())
            }
        }
    }
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The dataset cannot be read.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Its faces have no people yet.
    #[error("the faces of {} are not grouped yet: run `facegroup group` first", location.display())]
    NotGrouped {
        /// The dataset.
        location: PathBuf,
    },
    /// Several videos have such a face.
    #[error("{what} is a face of {}: say which as VIDEO:FRAME:FACE", videos.join(" and of "))]
    Ambiguous {
        /// What was asked for.
        what: String,
        /// The videos that have one.
        videos: Vec<String>,
    },
    /// No such face.
    #[error(
        "no face of {} is {what}: give a picture's file name as it is in faces/, or VIDEO:FRAME:FACE as faces.jsonl has them",
        location.display()
    )]
    NoFace {
        /// The dataset.
        location: PathBuf,
        /// What was asked for.
        what: String,
    },
}

/// Something near a face.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Near {
    /// A group, or a face's picture or place.
    pub name: String,
    /// The face's group; the same for groups.
    pub group: String,
    /// Cosine similarity, -1 to 1.
    pub similarity: f32,
}

/// The track of a face.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Track {
    /// Its number.
    pub number: u64,
    /// Its faces.
    pub faces: usize,
    /// Seconds of its first and last face.
    pub span: [f64; 2],
    /// Groups of its faces, more than one where a person moved some.
    pub groups: Vec<String>,
    /// Mean similarity of its faces to their mean: how consistent it is.
    pub cohesion: Option<f32>,
}

/// Why a face is where it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The face: video, frame, and which face of it.
    pub face: FaceKey,
    /// Second of the video.
    pub pts: f64,
    /// Its picture, if one was kept.
    pub file: Option<String>,
    /// Its group.
    pub group: String,
    /// How well it can be recognised, 0 to 1.
    pub quality: f32,
    /// Its track; grouping treats the faces of a track as one person.
    pub track: Option<Track>,
    /// Groups by the similarity of their mean to the face's track (or to the face, where it has none).
    pub groups: Vec<Near>,
    /// Faces of other tracks by similarity to the face.
    pub faces: Vec<Near>,
    /// Similarity from which on groups joined.
    pub cut: f32,
    /// What the model alone would have used, and whether the video moved it.
    pub cut_of_model: f32,
    /// `model` or `video`.
    pub cut_source: String,
    /// How the groups were found.
    pub algorithm: String,
    /// Groups seen on a frame together with its track: they are other people.
    pub seen_with: Vec<String>,
    /// What a person said of it.
    pub correction: Option<String>,
    /// What speaks against its place, and why it is in none.
    pub remarks: Vec<String>,
}

/// Says why a face is in its group.
///
/// Reads the whole result, time and memory linear in the number of faces.
///
/// # Errors
/// A folder without a grouped dataset, a damaged file, no such face.
pub fn explain(location: &Path, which: &Which) -> Result<Explanation, ExplainError> {
    let loaded = Dataset::read(location)?;
    let Some(groups) = &loaded.groups else {
        return Err(ExplainError::NotGrouped { location: location.to_path_buf() });
    };
    let index = match find(&loaded, which).as_slice() {
        [index] => *index,
        [] => {
            let location = location.to_path_buf();
            return Err(ExplainError::NoFace { location, what: said(which) });
        }
        several => {
            let videos = several.iter().map(|index| loaded.faces[*index].video.clone()).collect();
            return Err(ExplainError::Ambiguous { what: said(which), videos });
        }
    };
    let embeddings = Embeddings::new(&loaded);
    let face = &loaded.faces[index];
    let members = track_of(&loaded.faces, index);
    let own = embeddings.mean(&members).or_else(|| embeddings.of(index).map(|row| row.to_owned()));
    let group = face.group_name();
    let correction = Corrections::read(&Layout::new(location))?;
    let correction = correction.of(&FaceKey::of(face)).map(|(_, statement)| in_words(statement));
    Ok(Explanation {
        face: FaceKey::of(face),
        pts: face.pts,
        file: face.file.clone(),
        group: group.to_owned(),
        quality: face.quality,
        track: face.track.map(|number| track(&loaded.faces, &embeddings, number, &members)),
        groups: own
            .as_ref()
            .map(|own| embeddings.nearest_groups(&loaded.faces, own))
            .unwrap_or_default(),
        faces: embeddings.nearest_faces(&loaded.faces, index, &members),
        cut: groups.cut.threshold,
        cut_of_model: groups.cut.prior,
        cut_source: groups.cut.source.clone(),
        algorithm: groups.algorithm.clone(),
        seen_with: seen_with(&loaded.faces, &members, group),
        correction,
        remarks: remarks(&loaded, index, members.len()),
    })
}

fn said(which: &Which) -> String {
    match which {
        Which::Picture(name) => name.clone(),
        Which::Frame { video: Some(video), frame, face } => format!("{video}:{frame}:{face}"),
        Which::Frame { video: None, frame, face } => format!("{frame}:{face}"),
    }
}

/// The faces that are meant: more than one where the video was not named.
fn find(loaded: &Loaded, which: &Which) -> Vec<usize> {
    let names = dataset::CropNames::new(&loaded.run).ok();
    let is_meant = |record: &FaceRecord| match which {
        Which::Picture(wanted) => {
            let input = loaded.run.input(&record.video).map(|(input, _)| input);
            let name = names.as_ref().zip(input);
            let name = name.map(|(names, input)| names.name(input, record.frame, record.face));
            name.as_ref() == Some(wanted)
        }
        Which::Frame { video, frame, face } => {
            let is_video = video.as_ref().is_none_or(|video| *video == record.video);
            is_video && record.frame == *frame && record.face == *face
        }
    };
    (0..loaded.faces.len()).filter(|index| is_meant(&loaded.faces[*index])).collect()
}

/// The faces of the same track; of a face without one that face.
fn track_of(faces: &[FaceRecord], index: usize) -> Vec<usize> {
    let face = &faces[index];
    let same = |other: &FaceRecord| other.track == face.track && other.video == face.video;
    match face.track {
        None => vec![index],
        Some(_) => (0..faces.len()).filter(|other| same(&faces[*other])).collect(),
    }
}

fn track(
    faces: &[FaceRecord],
    embeddings: &Embeddings<'_>,
    number: u64,
    members: &[usize],
) -> Track {
    let times = || members.iter().map(|face| faces[*face].pts);
    let groups: BTreeSet<&str> = members.iter().map(|face| faces[*face].group_name()).collect();
    let mean = embeddings.mean(members);
    let similarity = |mean: &Array1<f32>| {
        let all: Vec<f32> =
            members.iter().filter_map(|face| Some(embeddings.of(*face)?.dot(mean))).collect();
        all.iter().sum::<f32>() / all.len().max(1) as f32
    };
    Track {
        number,
        faces: members.len(),
        span: [times().fold(f64::INFINITY, f64::min), times().fold(f64::NEG_INFINITY, f64::max)],
        groups: groups.into_iter().map(str::to_owned).collect(),
        cohesion: mean.as_ref().map(similarity),
    }
}

/// Groups that have a face on a frame of the track's.
fn seen_with(faces: &[FaceRecord], members: &[usize], own: &str) -> Vec<String> {
    let frames: BTreeSet<(&str, u64)> =
        members.iter().map(|face| (faces[*face].video.as_str(), faces[*face].frame)).collect();
    let members: BTreeSet<usize> = members.iter().copied().collect();
    let others = faces.iter().enumerate().filter(|(index, face)| {
        !members.contains(index) && frames.contains(&(face.video.as_str(), face.frame))
    });
    let groups: BTreeSet<&str> = others.map(|(_, face)| face.group_name()).collect();
    let people = groups.into_iter().filter(|group| *group != own && *group != UNSURE);
    people.map(str::to_owned).collect()
}

fn in_words(statement: &Statement) -> String {
    match statement {
        Statement::Name { name } => format!("a person said that this is {name}"),
        Statement::Same { .. } => "a person put it into this group".to_owned(),
        Statement::Unsure => "a person said that it is unassigned".to_owned(),
        Statement::Hide => "a person removed its picture: it is not wanted".to_owned(),
        Statement::Person => "a person said that they are somebody of their own".to_owned(),
        Statement::NotAFace => "a person said that it is no face".to_owned(),
        // Not about where a face belongs.
        Statement::Different { .. }
        | Statement::Cover
        | Statement::Conceal
        | Statement::Reveal
        | Statement::Undo { .. } => String::new(),
    }
}

fn remarks(loaded: &Loaded, index: usize, length: usize) -> Vec<String> {
    let face = &loaded.faces[index];
    let mut remarks = Vec::new();
    if face.embedding.is_none() {
        remarks.push(
            "it was not described (no embedding): it has the group of its track, or none"
                .to_owned(),
        );
    }
    if face.score <= 0.0 {
        remarks.push("it was interpolated between two detections of its track".to_owned());
    }
    if let Some(least) = loaded.run.min_track_length().filter(|least| (length as u64) < *least) {
        remarks.push(format!("its track has {length} faces, fewer than the {least} asked for"));
    }
    let groups = loaded.groups.iter();
    let outliers = groups.clone().flat_map(|groups| &groups.outliers);
    let same = |other: &&dataset::Outlier| {
        (&other.video, other.frame, other.face) == (&face.video, face.frame, face.face)
    };
    if outliers.clone().any(|outlier| same(&outlier)) {
        remarks.push("it sits badly in its group: it may be somebody else".to_owned());
    }
    for suggestion in groups.flat_map(|groups| &groups.suggestions) {
        let [first, second] = &suggestion.groups;
        if let Some(other) = [(first, second), (second, first)]
            .into_iter()
            .find_map(|(own, other)| (own == face.group_name()).then_some(other))
        {
            let percent = (suggestion.likelihood * 100.0).round();
            remarks.push(format!("its group may be the same person as {other} ({percent} %)"));
        }
    }
    if face.group_name() == UNSURE && remarks.is_empty() {
        remarks.push(
            "unassigned: too little of it can be recognised, or nothing near it was sure"
                .to_owned(),
        );
    }
    remarks
}

/// Unit embeddings of faces.
struct Embeddings<'l> {
    loaded: &'l Loaded,
    units: Array2<f32>,
}

impl<'l> Embeddings<'l> {
    fn new(loaded: &'l Loaded) -> Self {
        let mut units = loaded.embeddings.clone();
        units::bring_to_one(&mut units);
        Self { loaded, units }
    }

    fn of(&self, face: usize) -> Option<ArrayView1<'_, f32>> {
        let row = self.loaded.faces.get(face)?.embedding.filter(|row| *row < self.units.nrows())?;
        Some(self.units.row(row))
    }

    /// The mean of faces, of length one.
    fn mean(&self, faces: &[usize]) -> Option<Array1<f32>> {
        let mut sum = Array1::<f32>::zeros(self.units.ncols());
        faces.iter().filter_map(|face| self.of(*face)).for_each(|row| sum += &row);
        let length = sum.dot(&sum).sqrt();
        (length > 0.0).then(|| sum / length)
    }

    fn nearest_groups(&self, faces: &[FaceRecord], own: &Array1<f32>) -> Vec<Near> {
        let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, face) in
            faces.iter().enumerate().filter(|(_, face)| face.group_name() != UNSURE)
        {
            members.entry(face.group_name()).or_default().push(index);
        }
        // By name, which decides between equals.
        let (names, means): (Vec<&str>, Vec<Array1<f32>>) = members
            .into_iter()
            .filter_map(|(group, members)| Some((group, self.mean(&members)?)))
            .unzip();
        let mut rows = Array2::zeros((means.len(), own.len()));
        rows.rows_mut().into_iter().zip(&means).for_each(|(mut row, mean)| row.assign(mean));
        let near = nearest(&Exact::new(rows), own.view()).into_iter().filter_map(|near| {
            let name = (*names.get(near.row)?).to_owned();
            Some(Near { group: name.clone(), name, similarity: near.similarity })
        });
        near.collect()
    }

    fn nearest_faces(&self, faces: &[FaceRecord], index: usize, track: &[usize]) -> Vec<Near> {
        let Some(own) = self.of(index) else { return Vec::new() };
        let track: BTreeSet<usize> = track.iter().copied().collect();
        let others = faces.iter().enumerate().filter(|(other, _)| !track.contains(other));
        let mut others: Vec<(String, usize, &FaceRecord)> = others
            .filter_map(|(_, face)| {
                let row = face.embedding.filter(|row| *row < self.units.nrows())?;
                let place = || format!("{}:{}:{}", face.video, face.frame, face.face);
                Some((face.file.clone().unwrap_or_else(place), row, face))
            })
            .collect();
        // The name decides between equals.
        others.sort_by(|a, b| a.0.cmp(&b.0));
        let rows: Vec<usize> = others.iter().map(|(_, row, _)| *row).collect();
        let near = nearest(&Exact::select(self.units.view(), &rows), own).into_iter();
        let near = near.filter_map(|near| {
            let (name, _, face) = others.get(near.row)?;
            let group = face.group_name().to_owned();
            Some(Near { name: name.clone(), group, similarity: near.similarity })
        });
        near.collect()
    }
}

fn nearest(index: &impl Index, own: ArrayView1<'_, f32>) -> Vec<Neighbour> {
    let found = index.nearest(own.insert_axis(Axis(0)), NEAREST);
    found.into_iter().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_is_a_picture_or_a_place() {
        let frame = |video: Option<&str>, frame, face| Which::Frame {
            video: video.map(str::to_owned),
            frame,
            face,
        };
        assert_eq!("1224".parse(), Ok(frame(None, 1224, 0)));
        assert_eq!("1224:1".parse(), Ok(frame(None, 1224, 1)));
        assert_eq!("a:b.mkv:7:2".parse(), Ok(frame(Some("a:b.mkv"), 7, 2)));
        assert_eq!("out/faces/3/000012_0.jpg".parse(), Ok(Which::Picture("000012_0.jpg".into())));
        assert!("Phoebe".parse::<Which>().is_err());
    }
}
