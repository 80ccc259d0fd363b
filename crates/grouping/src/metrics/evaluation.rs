// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an evaluation came to, and `evaluation.json`, where it is kept.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::truth::Labels;
use super::{Agreement, Curve, EvaluateError, Scores};
use crate::dataset::{DatasetError, Layout, READ, replace};
use crate::report;

/// What `evaluation.json` holds. It is gone as soon as the faces are grouped again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Faces of the dataset.
    pub faces: usize,
    /// Its groups.
    pub groups: usize,
    /// How good they are against a truth.
    #[serde(default)]
    pub against: Option<Against>,
    /// How good they are by their embeddings alone.
    #[serde(default)]
    pub scores: Option<Scores>,
}

/// How good groups are against a truth.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// Where the truth is, as it was given.
    pub truth: String,
    /// What kind it is, in words.
    pub kind: String,
    /// Faces at what the truth calls nobody.
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

impl Evaluation {
    /// `evaluation.json` of a dataset; `None` where there is none.
    pub(crate) fn read(layout: &Layout) -> Result<Option<Self>, DatasetError> {
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

    /// Keeps it in a dataset that no process writes, beside what is known of the same groups
    /// already, and makes the page again.
    ///
    /// # Errors
    /// A process writing there, a damaged file, a folder that cannot be written.
    pub fn store(&self, location: &Path) -> Result<(), EvaluateError> {
        let layout = Layout::new(location);
        let _lock = layout.lock_for_writing()?;
        let before = Self::read(&layout)?.unwrap_or_default();
        let all = Self {
            against: self.against.clone().or(before.against),
            scores: self.scores.clone().or(before.scores),
            ..*self
        };
        let path = layout.evaluation();
        let mut text = serde_json::to_vec_pretty(&all)
            .map_err(|e| DatasetError::io("write", &path, e.into()))?;
        text.push(b'\n');
        replace(&path, &text)?;
        report::write(location)?;
        Ok(())
    }
}
