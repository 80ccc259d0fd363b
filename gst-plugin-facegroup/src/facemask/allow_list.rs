// SPDX-License-Identifier: MIT OR Apache-2.0
//! The people whose faces stay visible: those of a dataset.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use dataset::{Dataset, UNSURE};
use facemeta::Face;
use grouping::index::{Exact, Index};

/// Known people, and which tracks are theirs.
#[derive(Debug)]
pub(super) struct Keep {
    /// The embedder that described them; without it nobody is known.
    model: Option<String>,
    rows: Exact<'static>,
    threshold: f32,
    tracks: HashMap<u64, bool>,
}

impl Keep {
    /// The people of a dataset, all or those named (folders of `faces/`). A face is one of theirs
    /// from this cosine similarity on; without one the model's own.
    ///
    /// # Errors
    /// No dataset, nobody of a name, no threshold where the model has none.
    pub(super) fn open(location: &Path, people: &[&str], threshold: Option<f32>) -> Result<Self> {
        let dataset = Dataset::read(location)?;
        for name in people {
            if !dataset.faces.iter().any(|face| face.group.as_deref() == Some(name)) {
                bail!("nobody in {} is called {name:?}", location.display());
            }
        }
        let wanted = |group: Option<&str>| match group {
            Some(UNSURE) => false,
            Some(group) => people.is_empty() || people.contains(&group),
            None => people.is_empty(),
        };
        let faces = dataset.faces.iter().filter(|face| wanted(face.group.as_deref()));
        let count = dataset.embeddings.nrows();
        let rows: Vec<usize> =
            faces.filter_map(|face| face.embedding.filter(|row| *row < count)).collect();
        let rows = Exact::select(dataset.embeddings.view(), &rows);
        let model = dataset.run.embedding_model;
        let entry = model.as_deref().and_then(models::catalogue::find);
        let own = entry.map(|entry| entry.thresholds.name);
        let threshold = match threshold.or(own) {
            Some(threshold) => threshold,
            // Nobody is known: any will do.
            None if rows.is_empty() => 0.0,
            None => None.with_context(|| {
                format!(
                    "the embedder {} is not in the catalogue, so nothing is known of its \
                     distances: set threshold",
                    model.as_deref().unwrap_or("of the dataset")
                )
            })?,
        };
        Ok(Self { model, rows, threshold, tracks: HashMap::new() })
    }

    /// How many faces there are to compare with.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The stream is interrupted: tracks have nothing to do with those before.
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
        let known = self.rows.any_within(&embedding.values, self.threshold);
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
