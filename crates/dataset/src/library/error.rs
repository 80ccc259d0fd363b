// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong with a library.

use std::path::{Path, PathBuf};

use crate::DatasetError;

/// Why a library could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// Nothing to read.
    #[error("{} holds no library: make one with `facegroup library add {} OUT`", location.display(), location.display())]
    NoLibrary {
        /// The folder.
        location: PathBuf,
    },
    /// The folder is used for something else.
    #[error("{} holds other things and no library: choose a new or an empty folder", location.display())]
    InTheWay {
        /// The folder.
        location: PathBuf,
    },
    /// Made by a newer version.
    #[error("{} is a library of format {found}, this version knows {known}: use a newer facegroup", location.display())]
    Newer {
        /// The folder.
        location: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that is known here.
        known: u32,
    },
    /// Another process is writing there.
    #[error("{} is being written by another process: wait for it", location.display())]
    Locked {
        /// The folder.
        location: PathBuf,
    },
    /// Another process has put a new store in its place.
    #[error("{} was written anew by another process meanwhile: do it again", location.display())]
    Replaced {
        /// The folder.
        location: PathBuf,
    },
    /// Vectors of another embedder say nothing about those that are there.
    #[error("{what} has vectors of {given}, the library {} those of {held}: make another library for it, or run again with --embedder {held}", location.display())]
    OtherEmbedder {
        /// The folder.
        location: PathBuf,
        /// What was to be added.
        what: String,
        /// Whose vectors it has.
        given: String,
        /// Whose vectors are there.
        held: String,
    },
    /// A vector of another length than those that are there.
    #[error("a vector of {given} numbers does not fit the library {}, whose vectors have {held}", location.display())]
    Length {
        /// The folder.
        location: PathBuf,
        /// Numbers that came.
        given: usize,
        /// Numbers of those that are there.
        held: usize,
    },
    /// A record does not say what it should.
    #[error("the library {} is damaged: {what}; `facegroup library check` says more", location.display())]
    Damaged {
        /// The folder.
        location: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
    /// The disk or the map is full.
    #[error("no space left to write the library {}: what was there before is complete; free some space and do it again", location.display())]
    Full {
        /// The folder.
        location: PathBuf,
    },
    /// What the store says.
    #[error("cannot {action} the library {}: {cause}", location.display())]
    Store {
        /// What was being done.
        action: &'static str,
        /// The folder.
        location: PathBuf,
        /// What LMDB says.
        cause: heed::Error,
    },
    /// What the graph of nearest neighbours says.
    #[error("the index of the library {} failed: {cause}; `facegroup library check --mend` builds it anew", location.display())]
    Index {
        /// The folder.
        location: PathBuf,
        /// What the index says.
        cause: Box<hannoy::Error>,
    },
    /// A file beside the store.
    #[error(transparent)]
    File(#[from] DatasetError),
}

impl LibraryError {
    /// Sorts an error of the store.
    pub(super) fn store(action: &'static str, location: &Path, cause: heed::Error) -> Self {
        let location = location.to_path_buf();
        match &cause {
            heed::Error::Mdb(heed::MdbError::MapFull) => Self::Full { location },
            heed::Error::Io(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
                ) =>
            {
                Self::Full { location }
            }
            _ => Self::Store { action, location, cause },
        }
    }

    pub(super) fn index(location: &Path, cause: hannoy::Error) -> Self {
        let location = location.to_path_buf();
        match cause {
            hannoy::Error::Heed(cause) => Self::store("index", &location, cause),
            cause => Self::Index { location, cause: Box::new(cause) },
        }
    }
}
