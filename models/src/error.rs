// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong with a model, each saying on what and what to do about it.

use std::path::PathBuf;

/// An error of the catalogue, the store, the runtime or a session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No catalogue entry and no file of that name.
    #[error("unknown model '{0}': it is neither a catalogue id ({1}) nor an existing file")]
    Unknown(String, String),
    /// In the catalogue, but not on this machine.
    #[error("model '{id}' is not installed at {path}: run `facegroup models get {id}`")]
    NotInstalled {
        /// Catalogue id.
        id: String,
        /// Where it would lie.
        path: PathBuf,
    },
    /// The bytes are not the expected ones.
    #[error("{path} has sha256 {found}, expected {expected}: delete it and run set-up again")]
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
    #[error("ONNX Runtime could not be loaded from {path}: {why}; run `make setup` or point ORT_DYLIB_PATH at libonnxruntime.so")]
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
    /// Reading or writing a file failed.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
}
