// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong with a dataset.

use std::io;
use std::path::{Path, PathBuf};

use grouping::cluster::GroupError;
use grouping::identification::ReferenceError;

/// Why a dataset could not be opened, written, read or grouped.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The folder holds the result of something else.
    #[error("{} holds the result of another run ({held}); it differs in {differs}. Choose another folder with -o, or replace it with --force", location.display())]
    OtherRun {
        /// The folder.
        location: PathBuf,
        /// What is in it.
        held: String,
        /// What is not the same.
        differs: String,
    },
    /// A file of the same name as one of ours, that is not ours.
    #[error("{} is in the way: it belongs to no dataset of facegroup and is left alone. Choose another folder with -o", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// Another process is writing there.
    #[error("{} is being written by another process. Wait for it, or choose another folder with -o", location.display())]
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
    #[error("cannot write {}: {source}. Choose a folder that you may write with -o", path.display())]
    NotWritable {
        /// What was being written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Anything else the file system says.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A picture that cannot be encoded.
    #[error("cannot encode the picture {}: {source}", path.display())]
    Picture {
        /// The picture.
        path: PathBuf,
        /// What the encoder says.
        source: image::ImageError,
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
    #[error("grouping {} failed: {source}", location.display())]
    Group {
        /// The dataset.
        location: PathBuf,
        /// Why.
        source: GroupError,
    },
    /// Naming failed.
    #[error("naming the people of {} failed: {source}", location.display())]
    References {
        /// The dataset.
        location: PathBuf,
        /// Why.
        source: ReferenceError,
    },
    /// The page could not be made.
    #[error("cannot make the report {}: {source}", path.display())]
    Report {
        /// The page.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl DatasetError {
    /// Sorts an error of the file system into what a person can do about it.
    pub fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                if action != READ =>
            {
                Self::NotWritable { path, source }
            }
            _ => Self::Io { action, path, source },
        }
    }
}

/// The action of reading, which is no question of space or permission to write.
pub const READ: &str = "read";
