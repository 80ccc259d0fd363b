// SPDX-License-Identifier: MIT OR Apache-2.0
//! `evaluation.json`: how good the groups are, once that was asked for.

use std::{fs, io};

use grouping::metrics::{Agreement, Curve, Distances, Scores};
use serde::{Deserialize, Serialize};

use crate::{DatasetError, Layout, READ};

/// What `evaluation.json` holds. It is gone as soon as the faces are grouped again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Faces of the dataset.
    pub faces: usize,
    /// Its groups.
    pub groups: usize,
    /// How good they are against a ground truth.
    #[serde(rename = "against", default)]
    pub comparison: Option<Comparison>,
    /// How good they are by their embeddings alone.
    #[serde(default)]
    pub scores: Option<Scores>,
    /// How far their faces are from each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distances: Option<Distances>,
}

/// How good groups are against a ground truth.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Where the ground truth is, as it was given.
    pub truth: String,
    /// What kind it is, in words.
    pub kind: String,
    /// Faces at what the ground truth calls nobody.
    pub nobody: usize,
    /// Faces of which it says nothing.
    pub without_truth: usize,
    /// Whether its labels were found.
    pub labels: Labels,
    /// How well groups and people agree, among the faces scored.
    pub agreement: Agreement,
    /// How well they would if cut elsewhere.
    #[serde(default)]
    pub curve: Option<Curve>,
}

/// The labels of a ground truth: boxes, regions of shots, pictures or faces, those of nobody left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// How many there are.
    pub labelled: usize,
    /// Those in which a face was found.
    pub found: usize,
    /// Those in which none was.
    pub missed: usize,
    /// Missed ones at moments of which no face at all is stored: perhaps never looked at.
    pub missed_without_any_face: usize,
}

impl Evaluation {
    /// `evaluation.json` of a dataset; `None` where there is none.
    pub fn read(layout: &Layout) -> Result<Option<Self>, DatasetError> {
        let path = layout.evaluation();
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|e| DatasetError::io(READ, &path, e))?,
        };
        serde_json::from_slice(&text).map(Some).map_err(|e| DatasetError::Damaged {
            path,
            what: format!("it holds no evaluation ({e}); remove it and evaluate again"),
        })
    }
}

impl Labels {
    /// Takes a label of which a face was found, or none.
    pub fn count(&mut self, found: bool) {
        self.labelled += 1;
        self.found += usize::from(found);
        self.missed += usize::from(!found);
    }

    /// Takes the labels of another part.
    pub fn add(&mut self, other: Self) {
        self.labelled += other.labelled;
        self.found += other.found;
        self.missed += other.missed;
        self.missed_without_any_face += other.missed_without_any_face;
    }
}
