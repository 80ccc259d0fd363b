// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a line says of a picture that was not kept because it shows nothing new.

use serde::{Deserialize, Serialize};

/// What a face's picture is a duplicate of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Duplicate {
    /// File name of the earlier picture, without its folder.
    pub of: String,
    /// What told.
    pub by: By,
    /// Bits of the hash, or cosine distance of the embeddings.
    pub distance: f32,
}

/// The three ways of telling a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The hash of one of the last pictures of the same video.
    Window,
    /// The hash of any earlier picture.
    Hash,
    /// The embedding of any earlier picture.
    Embedding,
}
