// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong with an evaluation.

use std::io;
use std::path::PathBuf;

use dataset::DatasetError;
use grouping::cluster::GroupError;

/// Why a grouping could not be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// Nothing is there.
    #[error("there is no {}", path.display())]
    Missing {
        /// What was given.
        path: PathBuf,
    },
    /// Nothing to evaluate.
    #[error(
        "{} holds no result: expected a folder with faces.jsonl, or one with a folder of pictures for each group",
        location.display()
    )]
    NoResult {
        /// The folder.
        location: PathBuf,
    },
    /// A dataset whose faces are in no group yet.
    #[error("the faces of {} are not grouped yet: facegroup group {0}", location.display())]
    NotGrouped {
        /// The folder.
        location: PathBuf,
    },
    /// A truth of no kind that is known.
    #[error(
        "{} is no truth ({why}): expected a CSV, a folder of CSVs named like the videos, a folder with a folder of pictures for each person, StreamFace's annotations.json, or another dataset of facegroup",
        path.display()
    )]
    NoTruth {
        /// What was given.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// A CSV with a row that says nothing.
    #[error("{}, line {line}: {why}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// Line of the file, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A picture that is two people.
    #[error(
        "{name} lies in two folders of {}, {first} and {second}: remove it from one of them",
        path.display()
    )]
    TwoPeople {
        /// The truth.
        path: PathBuf,
        /// The picture.
        name: String,
        /// One folder.
        first: String,
        /// The other.
        second: String,
    },
    /// A truth about other videos.
    #[error(
        "{} is about none of the videos of the result ({videos}): give it the name of the video it is about",
        path.display()
    )]
    OtherVideos {
        /// The truth.
        path: PathBuf,
        /// Names of the result's videos.
        videos: String,
    },
    /// A truth in which no face of the result is found.
    #[error(
        "no face of the result is in {}: compared {compared}. Is it about this result?",
        path.display()
    )]
    MatchesNothing {
        /// The truth.
        path: PathBuf,
        /// What was compared with what.
        compared: String,
    },
    /// A folder of pictures knows no more than their names.
    #[error(
        "{} is a folder of pictures without faces.jsonl, which does not say where faces were or how alike they are: {needs} a dataset",
        location.display()
    )]
    PicturesOnly {
        /// The folder.
        location: PathBuf,
        /// What was asked for.
        needs: &'static str,
    },
    /// What the file system says.
    #[error("cannot read {}: {cause}", path.display())]
    Io {
        /// What was being read.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The dendrogram of the faces cannot be made again.
    #[error("the curve over the cut cannot be made: {0}")]
    Curve(GroupError),
    /// What is wrong with a dataset.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}
