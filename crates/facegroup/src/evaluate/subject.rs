// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is evaluated: the groups of a dataset, or pictures sorted into folders.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dataset::{Cut, Dataset, FaceRecord, Layout};
use grouping::is_somebody;
use ndarray::Array2;

use super::EvaluateError;
use super::truth::pictures;

/// Faces with their groups.
#[derive(Debug, Clone)]
pub struct Found {
    /// The folder.
    pub location: PathBuf,
    /// The faces; of sorted pictures only `group` and `file` are known.
    pub faces: Vec<FaceRecord>,
    /// The rows that `FaceRecord::embedding` names; 0 x 0 where there are none.
    pub embeddings: Array2<f32>,
    /// Names of the videos.
    pub videos: Vec<String>,
    /// Where the dendrogram was cut; `None` for sorted pictures.
    pub cut: Option<Cut>,
    /// Fewest faces of a track that is somebody's, where that was asked for.
    pub min_track_length: Option<u64>,
}

/// Whether a folder holds a dataset.
pub(crate) fn is_dataset(folder: &Path) -> bool {
    let layout = Layout::new(folder);
    layout.run().exists() || layout.lines().exists()
}

impl Found {
    /// Opens a dataset, or a folder with a folder of pictures for each group.
    ///
    /// # Errors
    /// A folder that is not there or is neither, faces not grouped yet, a damaged file.
    pub fn open(location: &Path) -> Result<Self, EvaluateError> {
        if !location.exists() {
            return Err(EvaluateError::Missing { path: location.to_path_buf() });
        }
        if is_dataset(location) {
            return Self::dataset(location);
        }
        let faces = pictures::read(location)?.into_iter().map(|(name, group)| FaceRecord {
            file: Some(name),
            group: Some(group),
            ..FaceRecord::default()
        });
        let faces: Vec<FaceRecord> = faces.collect();
        if faces.is_empty() {
            return Err(EvaluateError::NoResult { location: location.to_path_buf() });
        }
        Ok(Self {
            location: location.to_path_buf(),
            faces,
            embeddings: Array2::zeros((0, 0)),
            videos: Vec::new(),
            cut: None,
            min_track_length: None,
        })
    }

    fn dataset(location: &Path) -> Result<Self, EvaluateError> {
        let loaded = Dataset::read(location)?;
        let Some(groups) = loaded.groups.filter(|_| loaded.faces.iter().all(|f| f.group.is_some()))
        else {
            return Err(EvaluateError::NotGrouped { location: location.to_path_buf() });
        };
        Ok(Self {
            location: location.to_path_buf(),
            min_track_length: loaded.run.min_track_length(),
            faces: loaded.faces,
            embeddings: loaded.embeddings,
            videos: loaded.run.inputs.into_iter().map(|input| input.name).collect(),
            cut: Some(groups.cut),
        })
    }

    /// Whether it is a dataset, not just sorted pictures.
    pub fn is_dataset(&self) -> bool {
        self.cut.is_some()
    }

    /// Group of a face, by its index; `None` for an unsure one.
    pub fn group(&self, face: usize) -> Option<&str> {
        self.faces.get(face)?.group.as_deref().filter(|group| is_somebody(group))
    }

    /// Number of groups.
    pub fn groups(&self) -> usize {
        (0..self.faces.len()).filter_map(|face| self.group(face)).collect::<BTreeSet<_>>().len()
    }
}
