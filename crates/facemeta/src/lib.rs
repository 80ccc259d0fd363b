// SPDX-License-Identifier: MIT OR Apache-2.0
//! The faces that travel with a GStreamer buffer.
//!
//! One Rust type, [`FrameFaces`], and its forms on a buffer, written together by
//! [`FrameFaces::write`]: the project's own custom meta (complete, survives `videoconvert` and
//! `videoscale`) and one region-of-interest meta a face, in the schema of DL Streamer, for
//! other people's elements; with feature `v1_24` also GStreamer's own analytics meta. [`CropOrigin`]
//! says where a cut-out face came from, [`FrameNumber`] which picture of its stream a buffer is, and
//! [`Rejects`] what a detector left out.

#[cfg(feature = "v1_24")]
mod analytics;
mod custom;
mod face;
mod origin;
mod rejects;
mod roi;

pub use custom::FrameNumber;
pub use face::{Embedding, Face, FrameFaces, MetaError, StoredBox};
pub use origin::{CropOrigin, FrameBox};
pub use rejects::{Reject, Rejects};

/// Registers the metas with GStreamer; harmless to call again, and from several plugin files.
pub fn init() {
    custom::register();
}
