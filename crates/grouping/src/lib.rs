// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vectors in, labels out: who is the same person, who is whom, what is a duplicate, how good groups are.
//!
//! Opens no file and sees no picture. [`cluster`] groups faces, [`identification`] names them after enrolled identities,
//! [`deduplication`] finds those that show nothing new, [`index`] finds nearest
//! neighbours for them, [`matching`] says who of one video is who of others, [`metrics`] says how well groups and people agree.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cluster;
pub mod deduplication;
pub mod identification;
pub mod index;
pub mod matching;
pub mod metrics;
mod nobody;

pub use nobody::{NOBODY, OTHER, UNSURE, is_somebody};
