// SPDX-License-Identifier: MIT OR Apache-2.0
//! A grouped dataset in the layouts that other programs read.
//!
//! The target is a folder of its own, new or empty: nothing is overwritten, and the dataset is not
//! changed. Pictures are copied, never moved. What a person removed from `faces/` is left out.

use std::fs;
use std::path::{Path, PathBuf};

use dataset::{Dataset, DatasetError, FaceRecord, Loaded, READ, UNSURE};
use imaging::choice::{Choice, Worded};

/// The layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A folder of pictures a person, as the loaders of Keras and PyTorch read it.
    Folders,
    /// An image folder of Hugging Face datasets: pictures in `train/`, and `metadata.jsonl`.
    HuggingFace,
    /// Boxes on the frames of the videos, in COCO's JSON: `annotations.json`. No pictures: an image is a
    /// frame, named by its video's number and its own.
    Coco,
    /// A `FiftyOneImageClassificationDataset`: pictures in `data/`, and `labels.json`.
    FiftyOne,
    /// StreamFace's `annotations.json` and `cluster_evals.json`; no pictures.
    StreamFace,
    /// The table of labels of facerec's labelling page, `labels.csv`; no pictures.
    VideoLabeler,
}

impl Choice for Format {
    const ALL: &'static [Worded<Self>] = &[
        Worded::new(
            Self::Folders,
            "folders",
            "A folder of pictures a person, for the loaders of Keras and PyTorch",
        ),
        Worded::new(
            Self::HuggingFace,
            "huggingface",
            "An image folder of Hugging Face datasets with metadata.jsonl",
        ),
        Worded::new(Self::Coco, "coco", "The boxes on the frames of the videos, in COCO's JSON"),
        Worded::new(Self::FiftyOne, "fiftyone", "A FiftyOneImageClassificationDataset"),
        Worded::new(
            Self::StreamFace,
            "streamface",
            "StreamFace's annotations.json and cluster_evals.json, without pictures",
        ),
        Worded::new(
            Self::VideoLabeler,
            "video-labeler",
            "The labels.csv of facerec's labelling page, without pictures",
        ),
    ];
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Faces.
    pub faces: usize,
    /// People, `unsure` included where it was wanted.
    pub people: usize,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The dataset cannot be read.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Its faces have no people yet.
    #[error("the faces of {} are not grouped yet: run `facegroup group` first", location.display())]
    NotGrouped {
        /// The dataset.
        location: PathBuf,
    },
    /// There is something already.
    #[error("{} is not empty; choose a new folder", target.display())]
    InTheWay {
        /// Where the export was to go.
        target: PathBuf,
    },
}

/// Writes a dataset to the folder `target`; with `unsure` also the unassigned faces.
///
/// # Errors
/// A folder without a grouped dataset, a target that is not empty or cannot be written.
pub fn export(
    location: &Path,
    target: &Path,
    format: Format,
    unsure: bool,
) -> Result<Exported, ExportError> {
    let mut loaded = Dataset::read(location)?;
    if loaded.faces.iter().any(|face| face.group.is_none()) {
        return Err(ExportError::NotGrouped { location: location.to_owned() });
    }
    let is_free = match fs::read_dir(target) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(DatasetError::io(READ, target, error).into()),
    };
    if !is_free {
        return Err(ExportError::InTheWay { target: target.to_owned() });
    }
    make(target)?;
    loaded.faces.retain(|face| unsure || face.group_name() != UNSURE);
    Ok(match format {
        Format::Coco => crate::coco::write(&loaded, target)?,
        Format::StreamFace => crate::streamface::write(&loaded, target)?,
        Format::VideoLabeler => crate::video_labeler::write(&loaded, target)?,
        Format::Folders => {
            crate::image_folders::folders(&pictured(loaded, location), location, target)?
        }
        Format::HuggingFace => {
            crate::image_folders::hugging_face(&pictured(loaded, location), location, target)?
        }
        Format::FiftyOne => {
            crate::image_folders::fifty_one(&pictured(loaded, location), location, target)?
        }
    })
}

/// The faces whose pictures are there.
fn pictured(loaded: Loaded, location: &Path) -> Vec<FaceRecord> {
    let is_there =
        |face: &FaceRecord| face.file.as_ref().is_some_and(|file| location.join(file).is_file());
    loaded.faces.into_iter().filter(is_there).collect()
}

/// The people, in order: numbers by value, then names.
pub(crate) fn people(faces: &[FaceRecord]) -> Vec<String> {
    let mut people: Vec<String> = faces.iter().map(|face| face.group_name().to_owned()).collect();
    people.sort_by_cached_key(|name| (name.parse::<u64>().unwrap_or(u64::MAX), name.clone()));
    people.dedup();
    people
}

/// A number as `faces.jsonl` writes it, without the digits that a wider type adds.
pub(crate) fn decimal(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number))
}

pub(crate) fn make(folder: &Path) -> Result<(), DatasetError> {
    fs::create_dir_all(folder).map_err(|e| DatasetError::io("create", folder, e))
}
