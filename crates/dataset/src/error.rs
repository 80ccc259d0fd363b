// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong with a dataset.

use std::io;
use std::path::{Path, PathBuf};

use grouping::cluster::GroupError;
use grouping::identification::EnrolmentError;

/// Why a dataset could not be opened, written, read or grouped.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The folder holds the result of something else.
    #[error("{} holds the result of another run ({held}); it differs in {differs}", location.display())]
    OtherRun {
        /// The folder.
        location: PathBuf,
        /// What is in it.
        held: String,
        /// What is not the same.
        differs: String,
    },
    /// A file of the same name as one of ours, that is not ours.
    #[error("{} is in the way: it belongs to no dataset of facegroup and is left alone", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// A `run.json` of some other program.
    #[error("{} is no run of facegroup: {what}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is not as it should be.
        what: String,
    },
    /// Another process is writing there.
    #[error("{} is being written by another process", location.display())]
    Locked {
        /// The folder.
        location: PathBuf,
    },
    /// Nothing to read.
    #[error("{} holds no dataset: there is no run.json in it", location.display())]
    NoDataset {
        /// The folder.
        location: PathBuf,
    },
    /// A file of the dataset does not say what it should.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
    /// The disk is full.
    #[error("no space left to write {}. What was written so far is complete: free some space and run again to go on", path.display())]
    Full {
        /// What was being written.
        path: PathBuf,
    },
    /// The folder cannot be written.
    #[error("cannot write {}: {cause}", path.display())]
    NotWritable {
        /// What was being written.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// Anything else the file system says.
    #[error("cannot {action} {}: {cause}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A picture that cannot be encoded.
    #[error("cannot encode the picture {}: {cause}", path.display())]
    Picture {
        /// The picture.
        path: PathBuf,
        /// What the encoder says.
        cause: image::ImageError,
    },
    /// A record of an input that the run does not have, or has closed.
    #[error("the run has no open input named `{video}`: {why}")]
    Input {
        /// What the record says.
        video: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Frames must come in order.
    #[error(
        "a face of frame {frame} of {video} came after one of frame {last}: frames must come in rising order"
    )]
    Order {
        /// The input.
        video: String,
        /// The frame that came.
        frame: u64,
        /// The last frame before it.
        last: u64,
    },
    /// Embeddings of two kinds do not go into one matrix.
    #[error(
        "an embedding of {given_model} with {given} numbers does not fit embeddings.npy, which holds {held} a row of {held_model}"
    )]
    Embedding {
        /// Length that came.
        given: usize,
        /// Whose it is.
        given_model: String,
        /// Length of the rows there are.
        held: usize,
        /// Whose those are.
        held_model: String,
    },
    /// A prefix that makes no file name.
    #[error("the prefix {prefix:?} cannot begin a file name: {why}")]
    Prefix {
        /// The prefix.
        prefix: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Grouping failed.
    #[error("grouping {} failed: {cause}", location.display())]
    Group {
        /// The dataset.
        location: PathBuf,
        /// Why.
        cause: GroupError,
    },
    /// Identification failed.
    #[error("identifying the people of {} failed: {cause}", location.display())]
    Identification {
        /// The dataset.
        location: PathBuf,
        /// Why.
        cause: EnrolmentError,
    },
    /// The page could not be made.
    #[error("cannot make the report {}: {cause}", path.display())]
    Report {
        /// The page.
        path: PathBuf,
        /// Why.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What a person can do about an error. Whoever tells of it knows what the options are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Write elsewhere.
    Elsewhere,
    /// Write elsewhere, or let what is there be replaced.
    ElsewhereOrReplace,
    /// Wait for the other process, or write elsewhere.
    ElsewhereOrWait,
}

impl DatasetError {
    /// What can be done about it, where that is a matter of options.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::OtherRun { .. } => Some(Remedy::ElsewhereOrReplace),
            Self::Locked { .. } => Some(Remedy::ElsewhereOrWait),
            Self::InTheWay { .. } | Self::Foreign { .. } | Self::NotWritable { .. } => {
                Some(Remedy::Elsewhere)
            }
            _ => None,
        }
    }

    /// The error and what to do, by the names of the options that say where a result goes and that it may be
    /// replaced.
    ///
    /// ```
    /// let error = dataset::DatasetError::Locked { location: "out".into() };
    /// assert_eq!(
    ///     error.reported("-o", "--force"),
    ///     "out is being written by another process. Wait for it, or choose another folder with -o",
    /// );
    /// ```
    pub fn reported(&self, folder: &str, replace: &str) -> String {
        match self.remedy() {
            None => self.to_string(),
            Some(Remedy::Elsewhere) => format!("{self}. Choose another folder with {folder}"),
            Some(Remedy::ElsewhereOrReplace) => {
                format!("{self}. Choose another folder with {folder}, or replace it with {replace}")
            }
            Some(Remedy::ElsewhereOrWait) => {
                format!("{self}. Wait for it, or choose another folder with {folder}")
            }
        }
    }

    /// Sorts an error of the file system into what a person can do about it.
    pub fn io(action: &'static str, path: &Path, cause: io::Error) -> Self {
        let path = path.to_path_buf();
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                if action != READ =>
            {
                Self::NotWritable { path, cause }
            }
            _ => Self::Io { action, path, cause },
        }
    }
}

/// The action of reading, which is no question of space or permission to write.
pub const READ: &str = "read";
