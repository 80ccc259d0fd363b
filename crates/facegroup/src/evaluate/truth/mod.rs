// SPDX-License-Identifier: MIT OR Apache-2.0
//! Truth: who the faces really are.
//!
//! It comes in four kinds:
//! - CSV: who is in which part of the picture during a shot, or in which box on single frames
//!   (columns in [`places`]). A CSV is about the video whose name without extension is its own, or
//!   about the only video there is. A folder of CSVs, named like the videos, works too.
//! - Pictures sorted by a person: a folder with a folder for each person, such as a corrected copy
//!   of `out/faces`. Pictures are found by file name; one that is not there is not scored.
//! - StreamFace's `annotations.json`, as its clustering wrote it or as it was refined by hand: pictures are found by the
//!   stem of their names, and noise is nobody's.
//! - Another dataset, a folder with `faces.jsonl`. Faces are found by video, frame and box.
//!
//! Labels are never compared with the names of groups. Labels `unsure`, `noise`, `other`, `ignore`
//! and those that begin with `NOT_` or `UNKNOWN` are nobody: faces there are not scored.

mod boxes;
pub(crate) mod pictures;
pub mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use dataset::format::evaluation::Labels;
use dataset::{Dataset, FaceRecord};
use grouping::is_somebody;
use places::Places;

use super::subject::is_dataset;
use super::{EvaluateError, Found};

/// A truth that could be read.
#[derive(Debug, Clone)]
pub struct Truth {
    path: PathBuf,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    /// Labelled places, and the name without extension of the file they stand in.
    Places(Vec<(String, Places)>),
    /// Person of each picture, by file name.
    Pictures(BTreeMap<String, String>),
    /// Label of each picture, by the stem of its file name.
    Annotations(BTreeMap<String, String>),
    /// Faces, and the names of their videos.
    Dataset(Vec<FaceRecord>, Vec<String>),
}

/// What a truth says about faces.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matched {
    /// Index and person of each face it speaks of.
    pub people: Vec<(usize, String)>,
    /// Faces at what it calls nobody.
    pub nobody: usize,
    /// Those of them that are known by their pictures.
    pub nobodies: Vec<usize>,
    /// The reverse: which of its labels have a face.
    pub labels: Labels,
}

impl Matched {
    /// Adds what was found among some of the faces, `indices` being their own.
    fn add(&mut self, part: Self, indices: &[usize]) {
        let own = |(face, person)| Some((*indices.get(face)?, person));
        self.people.extend(part.people.into_iter().filter_map(own));
        self.nobody += part.nobody;
        self.labels.add(part.labels);
    }
}

/// Reads a truth of any kind.
///
/// # Errors
/// Nothing there, none of the kinds, a row or a picture that contradicts itself.
pub fn read(path: &Path) -> Result<Truth, EvaluateError> {
    let source = if !path.exists() {
        return Err(EvaluateError::Missing { path: path.to_path_buf() });
    } else if path.extension().is_some_and(|extension| extension == "json") {
        annotations(path)?
    } else if path.is_file() {
        Source::Places(vec![(stem(path), places::read(path)?)])
    } else if is_dataset(path) {
        let loaded = Dataset::read(path)?;
        let videos = loaded.run.inputs.into_iter().map(|input| input.name).collect();
        Source::Dataset(loaded.faces, videos)
    } else {
        let files = csv_files(path)?;
        if files.is_empty() {
            let pictures = pictures::read(path)?;
            if pictures.is_empty() {
                let why = "it holds neither CSVs nor folders of pictures".to_owned();
                return Err(EvaluateError::NoTruth { path: path.to_path_buf(), why });
            }
            Source::Pictures(pictures)
        } else {
            let read = |file: PathBuf| Ok((stem(&file), places::read(&file)?));
            Source::Places(files.into_iter().map(read).collect::<Result<_, EvaluateError>>()?)
        }
    };
    Ok(Truth { path: path.to_path_buf(), source })
}

/// StreamFace's labels.
fn annotations(path: &Path) -> Result<Source, EvaluateError> {
    let wrong = |why: String| EvaluateError::NoTruth { path: path.to_path_buf(), why };
    let bytes = fs::read(path).map_err(|e| wrong(e.to_string()))?;
    let labels = interchange::streamface::read(&bytes).map_err(|e| wrong(e.to_string()))?;
    let name = |label: Option<u64>| label.map_or("noise".to_owned(), |label| label.to_string());
    Ok(Source::Annotations(labels.into_iter().map(|(stem, label)| (stem, name(label))).collect()))
}

impl Truth {
    /// What kind it is, in words.
    pub fn kind(&self) -> &'static str {
        match &self.source {
            Source::Places(parts) => match parts.as_slice() {
                [(_, one)] if one.are_regions() => "CSV of regions",
                [_] => "CSV of boxes",
                _ => "folder of CSVs",
            },
            Source::Pictures(_) => "sorted pictures",
            Source::Annotations(_) => "StreamFace's annotations",
            Source::Dataset(..) => "dataset",
        }
    }

    /// Group and person of every face of one video that the truth speaks of. A face that is
    /// unassigned is a group of its own.
    pub fn pair(&self, faces: &[FaceRecord]) -> Vec<(String, String)> {
        let group = |index: usize| match faces.get(index).and_then(|face| face.group.as_deref()) {
            Some(group) if is_somebody(group) => group.to_owned(),
            _ => format!("alone {index}"),
        };
        let found = match &self.source {
            Source::Places(parts) => {
                parts.first().map(|(_, places)| places.find(faces)).unwrap_or_default()
            }
            Source::Pictures(people) => pictures::find(people, faces),
            Source::Annotations(labels) => pictures::find(&pictures::by_stem(labels, faces), faces),
            Source::Dataset(labels, _) => boxes::find_faces(labels, faces),
        };
        found.people.into_iter().map(|(face, person)| (group(face), person)).collect()
    }

    /// Finds the truth's labels among faces.
    ///
    /// # Errors
    /// A truth about other videos, or one in which no face is found at all.
    pub fn find(&self, found: &Found) -> Result<Matched, EvaluateError> {
        let (matched, compared) = match &self.source {
            Source::Pictures(people) => (
                pictures::find(people, &found.faces),
                format!(
                    "the names of {} pictures with those of {} faces",
                    people.len(),
                    found.faces.iter().filter(|face| face.file.is_some()).count()
                ),
            ),
            Source::Annotations(labels) => (
                pictures::find(&pictures::by_stem(labels, &found.faces), &found.faces),
                format!("the stems of {} pictures with those of faces", labels.len()),
            ),
            Source::Dataset(labels, _) if !found.is_dataset() => {
                let people = pictures::of_faces(labels);
                let compared = format!("the names of {} pictures", people.len());
                (pictures::find(&people, &found.faces), compared)
            }
            Source::Places(_) if !found.is_dataset() => {
                return Err(EvaluateError::PicturesOnly {
                    location: found.location.clone(),
                    needs: "a CSV can only be compared with",
                });
            }
            Source::Places(parts) => (
                self.by_video(found, parts, |places, faces| places.find(faces))?,
                "the boxes of faces with labelled places, by frame".to_owned(),
            ),
            Source::Dataset(labels, videos) => {
                let name = |video: &String| {
                    let of = labels.iter().filter(|face| face.video == *video);
                    (video.clone(), of.cloned().collect::<Vec<_>>())
                };
                let parts: Vec<_> = videos.iter().map(name).collect();
                (
                    self.by_video(found, &parts, |labels, faces| boxes::find_faces(labels, faces))?,
                    "the boxes of faces on the same frames".to_owned(),
                )
            }
        };
        if matched.people.is_empty() {
            return Err(EvaluateError::MatchesNothing { path: self.path.clone(), compared });
        }
        Ok(matched)
    }

    /// Finds each part of the truth among the faces of its video.
    fn by_video<T>(
        &self,
        found: &Found,
        parts: &[(String, T)],
        find: impl Fn(&T, &[FaceRecord]) -> Matched,
    ) -> Result<Matched, EvaluateError> {
        let mut matched = Matched::default();
        let mut any = false;
        for (name, part) in parts {
            let Some(video) = video(name, parts.len() == 1, &found.videos) else {
                continue;
            };
            any = true;
            let of_it = found.faces.iter().enumerate().filter(|(_, face)| face.video == video);
            let (indices, faces): (Vec<usize>, Vec<FaceRecord>) =
                of_it.map(|(index, face)| (index, face.clone())).unzip();
            matched.add(find(part, &faces), &indices);
        }
        if any {
            return Ok(matched);
        }
        Err(EvaluateError::OtherVideos { path: self.path.clone(), videos: found.videos.join(", ") })
    }
}

/// The video that a part of a ground truth is about: of the same name, else the only one of the same name
/// without extension, else the only one there is if the truth has no other part.
fn video<'a>(name: &str, only_part: bool, videos: &'a [String]) -> Option<&'a str> {
    if let Some(same) = videos.iter().find(|video| *video == name) {
        return Some(same);
    }
    let wanted = |video: &&String| {
        let own = stem(Path::new(video));
        own == name || own == stem(Path::new(name))
    };
    match videos.iter().filter(wanted).collect::<Vec<_>>().as_slice() {
        [one] => Some(one),
        [] if only_part && videos.len() == 1 => {
            let only = videos.first()?;
            tracing::warn!("the truth {name} is taken to be about {only}, the only video there is");
            Some(only)
        }
        _ => None,
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// What grouping writes beside the folders of people, and comes along where somebody copies these.
const LOGS: [&str; 3] = ["log_clustering.csv", "log_classification.csv", "log_shares.csv"];

/// The CSVs straight in a folder, by name.
fn csv_files(folder: &Path) -> Result<Vec<PathBuf>, EvaluateError> {
    let failed = |cause| EvaluateError::Io { path: folder.to_path_buf(), cause };
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_log = LOGS.iter().any(|log| path.ends_with(log));
        let is_csv = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        if is_csv && !is_log && path.is_file() {
            files.insert(path);
        }
    }
    Ok(files.into_iter().collect())
}
