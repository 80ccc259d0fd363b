// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong when grouping.

use thiserror::Error;

/// Grouping fails only on options that make no sense; odd data is grouped as well as it can be.
#[derive(Debug, Error, Clone, PartialEq)]
pub enum GroupError {
    /// An option is outside its range.
    #[error("the option `{option}` is {value}: give {expected}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// What was given.
        value: String,
        /// What is accepted.
        expected: &'static str,
    },
    /// An embedder outside the catalogue, and no threshold given.
    #[error(
        "the embedder is not in the catalogue, so nothing is known of its distances: give a group threshold (--group-threshold, of facesink threshold)"
    )]
    NoThreshold,
    /// A face names a row that the matrix does not have.
    #[error(
        "face {face} names embedding {row}, but there are only {rows}: the faces and the embeddings are not of one run"
    )]
    NoSuchEmbedding {
        /// Index of the face.
        face: usize,
        /// The row it names.
        row: usize,
        /// Rows there are.
        rows: usize,
    },
}
