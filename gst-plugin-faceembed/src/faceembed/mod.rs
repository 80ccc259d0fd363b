// SPDX-License-Identifier: MIT OR Apache-2.0
//! `faceembed` (also `rsfaceembed`): attaches an embedding to each face.
//!
//! Takes whole frames with faces or the crops of `facecrop`, and passes them on untouched. Each
//! face is aligned by its landmarks straight from the buffer's planes. Of a track, up to
//! `max-samples` faces are embedded, spread over time and pose: more of the same tells no more. Where each
//! is averaged with its mirror image, which costs and tells as much as two, they lie 230 ms apart at least
//! from the fourth on, else 150.
//!
//! ```text
//! gst-launch-1.0 filesrc location=a.mp4 ! decodebin ! video/x-raw ! facedetect ! faceembed ! fakesink
//! ```
//!
//! The embedding is a unit vector of 32-bit floats with the id of its model; embeddings of
//! different models cannot be compared. It posts no messages.

use glib::prelude::*;
use gst::glib;

mod imp;
mod properties;
mod samples;

glib::wrapper! {
    /// The element; see the [module](self).
    pub struct FaceEmbed(ObjectSubclass<imp::FaceEmbed>)
        @extends gst_base::BaseTransform, gst::Element, gst::Object;
}

glib::wrapper! {
    /// The same element under its plain name.
    pub struct PlainFaceEmbed(ObjectSubclass<imp::PlainFaceEmbed>)
        @extends FaceEmbed, gst_base::BaseTransform, gst::Element, gst::Object;
}

pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    let rank = gst::Rank::NONE;
    gst::Element::register(Some(plugin), "rsfaceembed", rank, FaceEmbed::static_type())?;
    if gst_frameview::owns_plain_name(plugin, "faceembed") {
        gst::Element::register(Some(plugin), "faceembed", rank, PlainFaceEmbed::static_type())?;
    }
    Ok(())
}
