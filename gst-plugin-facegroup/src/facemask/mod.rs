// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facemask` (also `rsfacemask`): hides faces on video frames, or draws boxes around them.
//!
//! Takes frames with faces and paints on them, in whatever format they are. A frame between two
//! looks of `facedetect` is masked where the last one was; so with `interval=` give it a `margin`.
//! With `keep` the people of a dataset stay visible, and everybody else is hidden: who is not (yet)
//! recognised is hidden, too.
//!
//! ```text
//! gst-launch-1.0 filesrc location=a.mp4 ! decodebin ! video/x-raw ! facedetect ! facetrack ! faceembed ! facemask keep=refs ! videoconvert ! x264enc ! mp4mux ! filesink location=hidden.mp4
//! gst-launch-1.0 v4l2src ! videoconvert ! facedetect ! facemask mode=box ! videoconvert ! autovideosink
//! ```
//!
//! It posts no messages. No frame is dropped or left unmasked for being late.

use glib::prelude::*;
use gst::glib;

mod allow_list;
mod imp;
mod paint;
mod properties;

pub use properties::Mode;

glib::wrapper! {
    /// The element; see the [module](self).
    pub struct FaceMask(ObjectSubclass<imp::FaceMask>)
        @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

glib::wrapper! {
    /// The same element under its plain name.
    pub struct PlainFaceMask(ObjectSubclass<imp::PlainFaceMask>)
        @extends FaceMask, gst_base::BaseTransform, gst::Element, gst::Object;
}

pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    let rank = gst::Rank::NONE;
    gst::Element::register(Some(plugin), "rsfacemask", rank, FaceMask::static_type())?;
    if gst_frameview::owns_plain_name(plugin, "facemask") {
        gst::Element::register(Some(plugin), "facemask", rank, PlainFaceMask::static_type())?;
    }
    Ok(())
}
