// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a library notes of datasets, people and templates.

use imaging::geometry::FrameBox;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Owner;
use crate::FaceRecord;
use crate::format::corrections::FaceKey;

/// A dataset of the library.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DatasetRecord {
    /// Where it was when it was last read: an absolute path.
    pub path: String,
    /// What it is called in answers: the folder's name, with as many of those above it as it takes to tell it from
    /// the others.
    pub name: String,
    /// When it was added, in seconds since 1970.
    pub added: u64,
    /// When it was last read.
    pub read: u64,
    /// Its videos, in order.
    pub videos: Vec<VideoRecord>,
    /// Who is who in it.
    pub members: Vec<Member>,
    /// Size and time of its files when it was read, by which changes are seen.
    #[serde(default)]
    pub state: Vec<Option<(u64, u64)>>,
    /// Number of faces.
    pub faces: u64,
    /// Fields of later versions, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A video of a dataset.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct VideoRecord {
    /// What records call it.
    pub name: String,
    /// Absolute path, or the URI as given.
    pub path: String,
    /// By which the file is known wherever it lies.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// Length in seconds.
    #[serde(default)]
    pub duration: Option<f64>,
}

/// Who a group of a dataset is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The group's folder.
    pub group: String,
    /// The person.
    pub person: u32,
    /// The name that the group had when it was read, where a person or enrolled pictures gave one.
    #[serde(default)]
    pub named: Option<String>,
    /// Seconds on screen.
    #[serde(default)]
    pub seconds: f64,
    /// Why it is this person.
    pub why: Evidence,
}

/// Why a group is a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What decided.
    pub source: Source,
    /// Similarity to what the person's nearest video shows, -1 to 1; 0 where none was compared.
    #[serde(default)]
    pub similarity: f32,
    /// Similarity from which on these two videos' people are one.
    #[serde(default)]
    pub cut: f32,
    /// Probability that they are one person, 0 to 1.
    #[serde(default)]
    pub likelihood: f32,
    /// The video that was nearest: its dataset's number and its own.
    #[serde(default)]
    pub nearest: Option<(u32, u32)>,
    /// The next best person and the probability of that one.
    #[serde(default)]
    pub next: Option<(u32, f32)>,
}

/// What decides who a group is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// It resembles nobody who was there before.
    #[default]
    New,
    /// It resembles the person.
    Similar,
    /// It has the person's name.
    Name,
    /// It was this person when the dataset was read before.
    Before,
    /// It was another person, who turned out to be this one.
    Merged,
    /// The tree put it there.
    Online,
}

/// A person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PersonRecord {
    /// The name that a person gave.
    #[serde(default)]
    pub name: Option<String>,
    /// Since when it is known, in seconds since 1970.
    pub since: u64,
    /// The person that this one turned out to be.
    #[serde(default)]
    pub alias: Option<u32>,
    /// Fields of later versions, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A template: the faces of a track that are one person's, as one vector.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TemplateRecord {
    /// The dataset.
    pub dataset: u32,
    /// Index of the video in it.
    pub video: u32,
    /// Track in the video.
    pub track: Option<u64>,
    /// Its group.
    pub group: String,
    /// The person; `None` for those who are nobody's for sure, and for everybody else.
    pub person: Option<u32>,
    /// Number of faces.
    pub faces: u32,
    /// First and last frame.
    pub frames: [u64; 2],
    /// Seconds of them in the video.
    pub span: [f64; 2],
    /// Length of the mean of its faces' unit vectors, 0 to 1: how much they resemble each other.
    pub length: f32,
    /// Its first face, by which it is known again.
    pub first: FaceKey,
    /// The face that shows it best: frame, and which face of it.
    pub best: (u64, u32),
    /// Where that face is, in pixels of the frame.
    #[serde(rename = "box")]
    pub bbox: FrameBox,
    /// Fitness for recognition of that face, 0 to 1.
    pub quality: f32,
    /// Its picture below the dataset, if one was kept.
    #[serde(default)]
    pub file: Option<String>,
}

impl TemplateRecord {
    /// Whose it is, as blocks have it.
    pub fn owner(&self) -> Owner {
        Owner {
            dataset: self.dataset,
            video: self.video,
            person: self.person,
            faces: self.faces,
            length: self.length,
            span: self.span.map(|seconds| seconds as f32),
        }
    }
}

/// Faces that are to go from a dataset that was not there when they were to be forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Where they are.
    pub tracks: Vec<ErasedTrack>,
    /// When that was said, in seconds since 1970.
    pub at: u64,
}

/// The faces of a track, or of a part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedTrack {
    /// What records call the video.
    pub video: String,
    /// The track; without one only the face `first` is meant.
    pub track: Option<u64>,
    /// First and last frame.
    pub frames: [u64; 2],
    /// The first face.
    pub first: FaceKey,
}

impl ErasedTrack {
    /// Whether a face is one of them.
    pub fn holds(&self, face: &FaceRecord) -> bool {
        let [first, last] = self.frames;
        self.video == face.video
            && match self.track {
                Some(track) => face.track == Some(track) && (first..=last).contains(&face.frame),
                None => FaceKey::of(face) == self.first,
            }
    }
}
