// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding pictures that show nothing new: by perceptual hash, and by embedding.
//!
//! One rule for all: a picture is a duplicate if it is within the threshold of an earlier one that
//! is itself kept. What was removed removes nothing, so a slow pan from one face to a different one
//! does not lose its end. A threshold of 0 removes what is the same; there is no threshold that
//! means "off" in here, that is an absent one.

mod cosine;
mod hamming;
mod window;

pub use cosine::cosine_duplicates;
pub use hamming::{HammingIndex, Search, hash_duplicates};
pub use window::{Seen, WINDOW, Window};

use imaging::HashKind;

/// What a picture is a duplicate of, or nearest to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest<D> {
    /// Index of the earlier picture, in the order in which they came.
    pub index: usize,
    /// How far it is: bits of a hash, or cosine distance.
    pub distance: D,
}

/// What is said of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict<D> {
    /// The nearest of the earlier ones that are kept, if it was looked for and there is one.
    pub nearest: Option<Nearest<D>>,
    /// Whether it is within the threshold.
    pub is_duplicate: bool,
}

/// How near a picture must be to an earlier one to be a duplicate; `None` looks for none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Thresholds {
    /// What the hashes are of.
    pub kind: HashKind,
    /// Largest Hamming distance, 0 to 64, to one of the last [`WINDOW`] kept of the same video.
    pub window: Option<u32>,
    /// Largest Hamming distance, 0 to 64, to any kept before, of whatever video.
    pub hash: Option<u32>,
    /// Largest cosine distance, 0 to 2, to any kept before.
    pub embedding: Option<f32>,
}

impl Thresholds {
    /// Whether nothing is looked for.
    pub fn is_off(&self) -> bool {
        self.window.is_none() && !self.is_searched()
    }

    /// Whether anything is looked for among all pictures, once they are there.
    pub fn is_searched(&self) -> bool {
        self.hash.is_some() || self.embedding.is_some()
    }
}
