// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong while a result is put right.

use std::path::PathBuf;

use dataset::DatasetError;

/// What can go wrong. The texts are fit to be shown to the person who clicked.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The dataset cannot be read or written.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Its faces have no people yet.
    #[error("the faces of {} are not grouped yet: run `facegroup group` first", location.display())]
    NotGrouped {
        /// The dataset.
        location: PathBuf,
    },
    /// Nobody of that name, or not any more.
    #[error("there is nobody called {name:?} here any more")]
    NoPerson {
        /// The name.
        name: String,
    },
    /// No such face.
    #[error("there is no face {face} here")]
    NoFace {
        /// Its index.
        face: usize,
    },
    /// Nothing was chosen.
    #[error("no faces are chosen")]
    NoFaces,
    /// A name without a letter.
    #[error("{name:?} is no name for a folder: give one with a letter or a digit in it")]
    Name {
        /// As it was given.
        name: String,
    },
    /// What was asked changes nothing.
    #[error("{what}")]
    Nothing {
        /// Why.
        what: &'static str,
    },
}
