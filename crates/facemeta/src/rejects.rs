// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a detector found and left out, for those who want to see why.

use crate::{Face, MetaError, custom};

/// A detection that failed at least one test.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reject {
    /// As it was found, normalised like the faces of the frame.
    pub face: Face,
    /// Its confidence is under the threshold.
    pub low_score: bool,
    /// It is smaller than wanted.
    pub below_min_size: bool,
    /// It is nearer to the border than wanted.
    pub at_border: bool,
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
                low_score: structure.get("too-low").ok()?,
                below_min_size: structure.get("too-small").ok()?,
                at_border: structure.get("too-close").ok()?,
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
                .field("too-low", reject.low_score)
                .field("too-small", reject.below_min_size)
                .field("too-close", reject.at_border)
                .field("unconfirmed", reject.unconfirmed)
                .build()
        });
        let fields = gst::Structure::builder(custom::REJECTS)
            .field("rejects", gst::Array::new(rejects))
            .build();
        custom::replace(buffer, custom::REJECTS, fields)
    }
}
