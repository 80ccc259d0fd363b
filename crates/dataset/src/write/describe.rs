// SPDX-License-Identifier: MIT OR Apache-2.0
//! Embeddings for the faces of a run that only found faces.
//!
//! Order: rows, `run.json`, lines. A kill in between leaves rows that no line names, which the next time takes
//! away.

use std::path::Path;

use image::RgbImage;

use crate::format::lines::{self, Lines};
use crate::format::npy::{self, Embeddings};
use crate::{Dataset, DatasetError, FaceRecord, Layout, RunInfo, edited};

/// What a network says of a face.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// The embedding, of length one.
    pub values: Vec<f32>,
    /// [`FaceRecord::magnitude`].
    pub magnitude: Option<f32>,
}

impl Dataset {
    /// Whether a run only found faces, which have to be described before they can be grouped.
    pub fn is_found_only(run: &RunInfo) -> bool {
        run.settings.mode.as_deref() == Some("detect")
    }

    /// Gives the faces that have a picture and no embedding one of `model`, as `describe` says; how many got
    /// one. Faces of which it says nothing, and pictures that a person took away, stay as they are.
    ///
    /// # Errors
    /// No dataset, a process writing there, embeddings of another model, a damaged picture, what `describe`
    /// reports, a folder that cannot be written.
    pub fn describe<E: From<DatasetError>>(
        location: &Path,
        model: &str,
        mut describe: impl FnMut(&FaceRecord, &RgbImage) -> Result<Option<Description>, E>,
    ) -> Result<usize, E> {
        let (layout, mut run, _lock) = Layout::lock_dataset(location)?;
        // What a person did in the folders is not undone by looking at the pictures.
        edited::take(&layout, &run)?;
        let mut named = 0;
        for record in Lines::open(&layout.lines())? {
            named = record?.embedding.map_or(named, |row| named.max(row + 1));
        }
        let path = layout.embeddings();
        let mut embeddings = Embeddings::open(&path, named)?;
        let held = run.embedding_model.get_or_insert_with(|| model.to_owned()).clone();
        let mut found: Vec<Option<(usize, Option<f32>)>> = Vec::new();
        for record in Lines::open(&layout.lines())? {
            let record: FaceRecord = record?;
            let picture = record.file.as_ref().map(|file| location.join(file));
            let picture = picture.filter(|path| record.embedding.is_none() && path.exists());
            let described = match picture {
                None => None,
                Some(path) => {
                    let picture = image::open(&path).map_err(|error| {
                        let what = error.to_string();
                        DatasetError::Damaged { path: path.clone(), what }
                    })?;
                    describe(&record, &picture.into_rgb8())?
                }
            };
            found.push(match described {
                None => None,
                Some(Description { values, magnitude }) => {
                    let row = npy::push(&mut embeddings, &path, &values, (model, &held))?;
                    Some((row, magnitude))
                }
            });
        }
        let new = found.iter().flatten().count();
        if new == 0 {
            return Ok(0);
        }
        if let Some(embeddings) = &embeddings {
            embeddings.sync()?;
        }
        *run.counts.entry("embeddings".to_owned()).or_default() += new as u64;
        run.write(&layout)?;
        let mut found = found.into_iter();
        lines::rewrite(&layout.lines(), |record| {
            if let Some(Some((row, magnitude))) = found.next() {
                (record.embedding, record.magnitude) = (Some(row), magnitude);
            }
            true
        })?;
        Ok(new)
    }
}
