// SPDX-License-Identifier: MIT OR Apache-2.0
//! Leaving coded pictures undecoded that no wanted frame needs.
//!
//! - [`coded`]: what a parser says of a coded picture, and which parser reads which stream
//! - `nal`, [`h264`], [`h265`], [`vpx`], [`av1`]: the parsers, each as far as skipping needs; that of H.264 also
//!   tells which frames a frame refers to, and renumbers what is left
//! - [`plan`]: which pictures of a group are fed to the decoder, and where samples move to that may
//! - [`index`], [`jump`]: which pictures a file has by its own tables, and where it is read on behind those of
//!   which nobody wants any
//! - [`seek`]: lets the demuxer do that, unseen by the decoder
//! - [`state`]: what is known of the stream before a decoder
//! - [`probe`]: holds pictures back before the decoder and feeds those that the plan wants
//!
//! The frames that come out are those of full decoding, with the same numbers: what cannot be
//! parsed, ordered or timed for certain is decoded.

mod av1;
mod coded;
mod h264;
mod h265;
mod index;
mod jump;
mod nal;
mod plan;
mod probe;
mod seek;
mod state;
#[cfg(test)]
mod tests;
mod vpx;

pub use index::Index;
pub use probe::{Skipper, Skippers, is_draining};
