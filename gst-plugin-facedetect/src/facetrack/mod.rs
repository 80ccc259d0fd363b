// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facetrack` (also `rsfacetrack`): follows faces through a shot.
//!
//! Takes frames with faces and passes them on untouched; the faces get the numbers of their track,
//! of their shot, and of the first shot that shows the same place from the same camera. Tracks end where
//! the picture cuts or fades, at discontinuities and flushes.
//! It works on every frame as on a few a second. A face that the detector missed on one frame, but
//! that still has the same appearance where it is expected, is interpolated and flagged.
//!
//! Every frame is mapped, because it looks for cuts: frames in a device's memory are better followed where
//! few come, behind a `videorate` or a sampler.
//!
//! ```text
//! gst-launch-1.0 filesrc location=a.mp4 ! decodebin ! video/x-raw ! facedetect ! facetrack ! facecrop ! faceembed ! facesink location=out
//! ```
//!
//! # Bus messages
//! With `post-messages=true` an element message named as the element's factory, with `timestamp`,
//! `stream-time`, `running-time`, `duration`, `stream-id`, and `event`: `shot` (with `shot`, the
//! number of the shot that begins, uint64), `track-started` or `track-ended` (with `track`, uint64). In Rust
//! a [`TrackMessage`].

use glib::prelude::*;
use gst::glib;

mod appearance;
mod association;
mod imp;
mod message;
mod properties;
mod recurring_shots;
mod shots;
mod signature;
mod tracker;

pub use message::{TrackEvent, TrackMessage};

glib::wrapper! {
    /// The element; see the [module](self).
    pub struct FaceTrack(ObjectSubclass<imp::FaceTrack>)
        @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

glib::wrapper! {
    /// The same element under its plain name.
    pub struct PlainFaceTrack(ObjectSubclass<imp::PlainFaceTrack>)
        @extends FaceTrack, gst_base::BaseTransform, gst::Element, gst::Object;
}

pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    let rank = gst::Rank::NONE;
    gst::Element::register(Some(plugin), "rsfacetrack", rank, FaceTrack::static_type())?;
    if gst_frameview::owns_plain_name(plugin, "facetrack") {
        gst::Element::register(Some(plugin), "facetrack", rank, PlainFaceTrack::static_type())?;
    }
    Ok(())
}
