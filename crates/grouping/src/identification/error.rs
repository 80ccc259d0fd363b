// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be wrong with a gallery.

use std::io;
use std::path::PathBuf;

use crate::cluster::GroupError;

/// Why nobody can be enrolled. There is no way from here to "everyone matches".
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// Nothing of a kind that galleries come in.
    #[error("{} holds no references: {why}", path.display())]
    Nothing {
        /// What was given.
        path: PathBuf,
        /// What was expected of it.
        why: String,
    },
    /// A file of a gallery that does not say what it should.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody is known.
    #[error("there are no references: give a picture of each person")]
    Empty,
    /// A person of whom no face is known; never taken for "everyone".
    #[error("no face of {names} is known: give pictures that show it")]
    Faceless {
        /// Who.
        names: String,
    },
    /// A vector that is none.
    #[error(
        "a reference of {name} ({source_name}) is no vector: its numbers are not finite, or all 0"
    )]
    NoVector {
        /// Whose.
        name: String,
        /// Of which picture.
        source_name: String,
    },
    /// Vectors of two models.
    #[error(
        "references are vectors of {given} numbers ({given_model}), the faces are of {held} ({held_model}): make the references again from pictures"
    )]
    Model {
        /// Length of the gallery's vectors.
        given: usize,
        /// Their model, as far as known.
        given_model: String,
        /// Length that is needed.
        held: usize,
        /// Its model.
        held_model: String,
    },
    /// A setting out of its range.
    #[error(transparent)]
    Option(#[from] GroupError),
    /// The file system.
    #[error("cannot {action} {}: {cause}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}
