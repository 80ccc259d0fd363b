// SPDX-License-Identifier: MIT OR Apache-2.0
//! The people whose faces stay visible: those of a dataset.

use std::collections::HashMap;
use std::path::Path;

use facemeta::Face;
use grouping::dataset::{Dataset, DatasetError, UNSURE};

/// For an embedder outside the catalogue: where networks of the ArcFace family agree.
const UNKNOWN_MODEL_THRESHOLD: f32 = 0.4;

/// Known people, and which tracks are theirs.
#[derive(Debug)]
pub(super) struct Keep {
    /// The embedder that described them; without it nobody is known.
    model: Option<String>,
    rows: Vec<Vec<f32>>,
    threshold: f32,
    tracks: HashMap<u64, bool>,
}

impl Keep {
    /// The people of a dataset, all or those named (folders of `faces/`). A face is one of theirs
    /// from this cosine similarity on; without one the model's own.
    pub(super) fn open(
        location: &Path,
        people: &[&str],
        threshold: Option<f32>,
    ) -> Result<Self, DatasetError> {
        let dataset = Dataset::read(location)?;
        let wanted = |group: Option<&str>| match group {
            Some(UNSURE) => false,
            Some(group) => people.is_empty() || people.contains(&group),
            None => people.is_empty(),
        };
        let faces = dataset.faces.iter().filter(|face| wanted(face.group.as_deref()));
        let rows = dataset.embeddings.rows();
        let rows: Vec<Vec<f32>> = faces
            .filter_map(|face| rows.clone().into_iter().nth(face.embedding?))
            .map(|row| row.to_vec())
            .collect();
        let model = dataset.run.embedding_model;
        let entry = model.as_deref().and_then(models::catalogue::find);
        let own = entry.map_or(UNKNOWN_MODEL_THRESHOLD, |entry| entry.thresholds.name);
        let threshold = threshold.unwrap_or(own);
        Ok(Self { model, rows, threshold, tracks: HashMap::new() })
    }

    /// How many faces there are to compare with.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The stream jumps: tracks have nothing to do with those before.
    pub(super) fn forget(&mut self) {
        self.tracks.clear();
    }

    /// Whether a face is one of the known. Without an embedding its track decides, and who is not
    /// known is not kept.
    ///
    /// # Errors
    /// The id of the face's embedder, where that is another one.
    pub(super) fn knows(&mut self, face: &Face) -> Result<bool, String> {
        let Some(embedding) = &face.embedding else {
            return Ok(face.track.and_then(|track| self.tracks.get(&track)) == Some(&true));
        };
        if self.model.as_ref().is_some_and(|model| *model != embedding.model) {
            return Err(embedding.model.clone());
        }
        let known = self.rows.iter().any(|row| {
            row.iter().zip(&embedding.values).map(|(a, b)| a * b).sum::<f32>() >= self.threshold
        });
        if let Some(track) = face.track {
            self.tracks.insert(track, known);
        }
        Ok(known)
    }

    /// The embedder of the known.
    pub(super) fn model(&self) -> &str {
        self.model.as_deref().unwrap_or("none")
    }
}
