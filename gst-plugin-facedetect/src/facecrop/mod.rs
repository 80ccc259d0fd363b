// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facecrop` (also `rsfacecrop`): cuts the faces out of video frames.
//!
//! Takes frames with faces (from `facedetect`, or regions of interest of another detector) and
//! gives one RGB picture a face, upright and with square pixels, cut straight from the frame's
//! planes, with the timestamps of its frame. Each carries its face in coordinates of the crop, so
//! that `faceembed` can read it, and where it came from (`facemeta::CropOrigin`). A frame without
//! faces becomes a GAP event, so that time goes on downstream. Frames may lie in the memory of a device;
//! they are mapped only where they have faces.
//!
//! ```text
//! gst-launch-1.0 filesrc location=a.mp4 ! decodebin ! video/x-raw ! facedetect ! facecrop size=112 square=true ! jpegenc ! multifilesink location=face%05d.jpg
//! ```
//!
//! Crops keep their own size unless `size` or `fit-width` and `fit-height` are set, or the faces are
//! aligned, so the caps change from face to face. It posts
//! no messages.

use glib::prelude::*;
use gst::glib;

mod area;
mod crop;
mod events;
mod imp;
mod properties;
mod render;

pub use area::Area;

glib::wrapper! {
    /// The element; see the [module](self).
    pub struct FaceCrop(ObjectSubclass<imp::FaceCrop>) @extends gst::Element, gst::Object;
}

glib::wrapper! {
    /// The same element under its plain name.
    pub struct PlainFaceCrop(ObjectSubclass<imp::PlainFaceCrop>)
        @extends FaceCrop, gst::Element, gst::Object;
}

pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    let rank = gst::Rank::NONE;
    gst::Element::register(Some(plugin), "rsfacecrop", rank, FaceCrop::static_type())?;
    if gst_frameview::owns_plain_name(plugin, "facecrop") {
        gst::Element::register(Some(plugin), "facecrop", rank, PlainFaceCrop::static_type())?;
    }
    Ok(())
}
