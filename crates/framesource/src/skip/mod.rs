// SPDX-License-Identifier: MIT OR Apache-2.0
//! Leaving coded pictures undecoded that no wanted frame needs.
//!
//! - [`plan`]: which pictures of a group are fed to the decoder, and where samples move to that may
//! - [`mp4_index`], [`seek_planner`]: which pictures a file has by its own tables, and where it is read on behind those of
//!   which nobody wants any
//! - [`seek`]: lets the demuxer do that, unseen by the decoder
//! - [`caps`]: which parser reads the stream
//! - [`state`]: what is known of the stream before a decoder
//! - [`probe`]: holds pictures back before the decoder and feeds those that the plan wants
//! - [`skippers`]: which of several decoders is sampled
//!
//! The frames that come out are those of full decoding, with the same numbers: what cannot be
//! parsed, ordered or timed for certain is decoded. What a picture is decoded from is read by [`crate::codec`].

mod caps;
mod mp4_boxes;
mod mp4_index;
mod plan;
mod probe;
mod seek;
mod seek_planner;
mod skippers;
mod state;
#[cfg(test)]
mod tests;

pub use mp4_index::Index;
pub use probe::{Skipper, is_draining};
pub use skippers::Skippers;
