// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong with a model, each saying on what and what to do about it.

use std::path::PathBuf;

use crate::catalogue::{Kind, Task, UnknownKind};
use imaging::frame::FrameError;

/// An error of the catalogue, the store, the runtime or a session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No catalogue entry and no file of that name.
    #[error("unknown model '{model}': {hint}")]
    Unknown {
        /// As asked for.
        model: String,
        /// What it may have been meant to be, or what there is.
        hint: String,
    },
    /// In the catalogue, but not on this machine.
    #[error("model '{id}' is not installed at {path}: run `facegroup models get {id}`")]
    NotInstalled {
        /// Catalogue id.
        id: String,
        /// Where it would lie.
        path: PathBuf,
    },
    /// Several in the catalogue, but not on this machine.
    #[error("{ids} {are} not installed: run `{command}`", are = if ids.contains(' ') { "are" } else { "is" })]
    SomeNotInstalled {
        /// What is missing, in words.
        ids: String,
        /// What obtains all of it.
        command: String,
    },
    /// An installed file is no longer what was installed.
    #[error(
        "model '{id}' at {path} has changed since it was made: run `facegroup models get {id}`"
    )]
    Changed {
        /// Catalogue id.
        id: String,
        /// Where it lies.
        path: PathBuf,
    },
    /// An own file, and nothing says how to run it.
    #[error("{path} is not in the catalogue: say its kind, one of {kinds}", kinds = Kind::RUNNABLE.map(Kind::name).join(", "))]
    KindMissing {
        /// The own file.
        path: PathBuf,
    },
    /// No kind of that name.
    #[error(transparent)]
    UnknownKind(#[from] UnknownKind),
    /// The bytes are not the expected ones.
    #[error("{path} has sha256 {found}, expected {expected}: replace or delete it and try again")]
    WrongHash {
        /// The file checked.
        path: PathBuf,
        /// Lower-case hex expected.
        expected: String,
        /// Lower-case hex found.
        found: String,
    },
    /// The licence needs the user's word.
    #[error("model '{id}' is licensed {licence}: add --accept-licence to say that you may use it")]
    LicenceNotAccepted {
        /// Catalogue id.
        id: String,
        /// Short name of the licence.
        licence: String,
    },
    /// A download or an unpacking failed.
    #[error("could not obtain {what}: {why}")]
    Obtain {
        /// File or package.
        what: String,
        /// Reason and way out.
        why: String,
    },
    /// The file is not a usable model.
    #[error("{path} is not a usable model: {why}")]
    Corrupt {
        /// The model file.
        path: PathBuf,
        /// What was wrong with it.
        why: String,
    },
    /// ONNX Runtime could not be loaded.
    #[error(
        "ONNX Runtime could not be loaded from {path}: {why}; run `facegroup models get --default` or point ORT_DYLIB_PATH at libonnxruntime.so"
    )]
    Runtime {
        /// Where it was looked for.
        path: PathBuf,
        /// The loader's words.
        why: String,
    },
    /// The device asked for is not to be had.
    #[error("device '{device}' is not available: {why}; use --device cpu or install what it needs")]
    Device {
        /// As asked for.
        device: String,
        /// The runtime's words.
        why: String,
    },
    /// A run of the network failed.
    #[error("model {model} failed: {why}")]
    Inference {
        /// Id or path.
        model: String,
        /// The runtime's words.
        why: String,
    },
    /// Several pictures are to go through a network that takes one.
    #[error(
        "model '{id}' looks at one frame at a time ({why}): leave the batch size at 1, or take centerface"
    )]
    Batch {
        /// Id or path.
        id: String,
        /// What stands against it.
        why: String,
    },
    /// A file that should be a picture cannot be read as one.
    #[error("{path} is no picture that can be read: {why}")]
    Picture {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        why: String,
    },
    /// What is made of other models is to be part of an ensemble.
    #[error(
        "model '{id}' is made of others and cannot be part of an ensemble: name its parts instead"
    )]
    NoPart {
        /// Id or path.
        id: String,
    },
    /// A network of another task or of a kind that nothing here runs.
    #[error("model '{id}' is of kind '{kind}', which is no {task}")]
    WrongTask {
        /// Id or path.
        id: String,
        /// What it is.
        kind: Kind,
        /// What it should do.
        task: Task,
    },
    /// The frame given cannot be read.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Reading or writing a file failed.
    #[error("{path}: {cause}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
}
