// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a detector found and left out, for those who want to see why.

use crate::{Face, MetaError, custom};

/// A detection that failed at least one test.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reject {
    /// As it was found, normalised like the faces of the frame.
    pub face: Face,
    /// Its confidence is under the threshold.
    pub too_low: bool,
    /// It is smaller than wanted.
    pub too_small: bool,
    /// It is nearer to the border than wanted.
    pub too_close: bool,
    /// The second detector does not see it.
    pub unconfirmed: bool,
}

/// The rejects of a frame; attached only where they were asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rejects(pub Vec<Reject>);

impl Rejects {
    /// The rejects on a buffer, if somebody attached them.
    pub fn read(buffer: &gst::BufferRef) -> Option<Self> {
        let structure = custom::find(buffer, custom::REJECTS)?;
        let rejects = structure.get::<gst::ArrayRef>("rejects").ok()?;
        let reject = |value: &glib::SendValue| {
            let structure: gst::Structure = value.get().ok()?;
            let face: gst::Structure = structure.get("face").ok()?;
            Some(Reject {
                face: custom::face_from_structure(&face)?,
                too_low: structure.get("too-low").ok()?,
                too_small: structure.get("too-small").ok()?,
                too_close: structure.get("too-close").ok()?,
                unconfirmed: structure.get("unconfirmed").unwrap_or_default(),
            })
        };
        Some(Self(rejects.as_slice().iter().filter_map(reject).collect()))
    }

    /// Attaches the rejects, in place of those that were there.
    pub fn write(&self, buffer: &mut gst::BufferRef) -> Result<(), MetaError> {
        let rejects = self.0.iter().map(|reject| {
            gst::Structure::builder("reject")
                .field("face", custom::face_to_structure(&reject.face))
                .field("too-low", reject.too_low)
                .field("too-small", reject.too_small)
                .field("too-close", reject.too_close)
                .field("unconfirmed", reject.unconfirmed)
                .build()
        });
        let fields = gst::Structure::builder(custom::REJECTS)
            .field("rejects", gst::Array::new(rejects))
            .build();
        custom::replace(buffer, custom::REJECTS, fields)
    }
}
