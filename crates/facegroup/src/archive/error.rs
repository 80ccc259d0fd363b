// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong with many datasets together.

use std::path::PathBuf;

use dataset::DatasetError;
use dataset::library::LibraryError;

use crate::review::ReviewError;

/// Why a library could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The library itself.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A dataset.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A dataset that is put right.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// Its faces have no people yet.
    #[error("the faces of {} are not grouped yet: run `facegroup group` on it first", location.display())]
    NotGrouped {
        /// The dataset.
        location: PathBuf,
    },
    /// It has no vectors.
    #[error("the faces of {} were never embedded, so nobody in it can be found again: run `facegroup group` on it first", location.display())]
    NoEmbeddings {
        /// The dataset.
        location: PathBuf,
    },
    /// Nothing of that name is in the library.
    #[error("the library {} has no {what} {name:?}{}", location.display(), listed(known))]
    Unknown {
        /// The library.
        location: PathBuf,
        /// `dataset` or `person`.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// What there is, as far as it may be meant.
        known: Vec<String>,
    },
    /// A name that is none.
    #[error("{name:?} is no name for a person: give one with a letter in it that is no number")]
    Name {
        /// As it was given.
        name: String,
    },
}

fn listed(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!("; there is {}", known.join(", ")) }
}
