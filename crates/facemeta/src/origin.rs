// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a cut-out face came from.

use crate::{Face, MetaError, custom};

/// Left, top, width and height in pixels of the decoded frame, turned upright; they need not be square.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FrameBox(pub [f64; 4]);

/// Travels with each crop: the face as it was on its frame.
#[derive(Debug, Clone, PartialEq)]
pub struct CropOrigin {
    /// Index of the frame in its stream, in presentation order from 0.
    pub frame: u64,
    /// Index of the face within its frame.
    pub index: u32,
    /// Stream time of the frame.
    pub stream_time: Option<gst::ClockTime>,
    /// Where it was.
    pub bbox: FrameBox,
    /// Landmarks in pixels of the decoded frame, turned upright.
    pub landmarks: Option<[[f64; 2]; 5]>,
    /// Track, shot, confidence, quality and the rest; its coordinates are those on the frame.
    pub face: Face,
}

impl CropOrigin {
    /// The origin of a crop, if the buffer is one.
    pub fn read(buffer: &gst::BufferRef) -> Option<Self> {
        let structure = custom::find(buffer, custom::ORIGIN)?;
        let face: gst::Structure = structure.get("face").ok()?;
        Some(Self {
            frame: structure.get("frame").ok()?,
            index: structure.get("index").ok()?,
            stream_time: structure.get("stream-time").ok(),
            bbox: FrameBox(custom::numbers(structure, "box")?),
            landmarks: custom::numbers::<10>(structure, "landmarks").map(custom::points),
            face: custom::face_from_structure(&face)?,
        })
    }

    /// Attaches the origin to a crop.
    pub fn write(&self, buffer: &mut gst::BufferRef) -> Result<(), MetaError> {
        let fields = gst::Structure::builder(custom::ORIGIN)
            .field("frame", self.frame)
            .field("index", self.index)
            .field_if_some("stream-time", self.stream_time)
            .field("box", gst::Array::new(self.bbox.0))
            .field_if_some("landmarks", self.landmarks.map(|p| gst::Array::new(p.concat())))
            .field("face", custom::face_to_structure(&self.face))
            .build();
        custom::replace(buffer, custom::ORIGIN, fields)
    }
}
