// SPDX-License-Identifier: MIT OR Apache-2.0
//! The faces of a frame as Rust types.

#[cfg(feature = "v1_24")]
use crate::analytics;
use crate::{custom, roi};

/// A description of a face by a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// Id of the model that made it: only embeddings of one model can be compared.
    pub model: String,
    /// Unit vector.
    pub values: Vec<f32>,
    /// Length of the vector before it was brought to one, in parts of what is usual with the model; `None`
    /// where that says nothing of how well the face can be recognised.
    pub magnitude: Option<f32>,
}

/// Left, top, width and height in parts of the stored frame's width and height, whichever way up it is stored: 0 to 1 inside
/// it. On a crop's buffer the crop is that frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StoredBox(pub [f64; 4]);

/// One face on a frame. Coordinates are normalised to the stored frame (0..1 from its left and
/// top edge), so that they stay true when the frame is scaled.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Face {
    /// Where it is.
    pub bbox: StoredBox,
    /// Left eye, right eye, nose, left and right corner of the mouth, as seen in the upright
    /// picture: x and y each.
    pub landmarks: Option<[[f64; 2]; 5]>,
    /// The detector's confidence, 0..1.
    pub confidence: f64,
    /// The track the face belongs to, unique within the stream.
    pub track: Option<u64>,
    /// The shot the frame belongs to, counted from 0.
    pub shot: Option<u64>,
    /// The first shot that shows the same place from the same camera; the shot itself where none was.
    pub recurring_shot: Option<u64>,
    /// Not detected but interpolated between two detections of its track.
    pub interpolated: bool,
    /// How well the face can be recognised, 0..1.
    pub quality: Option<f64>,
    /// Variance of the Laplacian of the face's luma.
    pub sharpness: Option<f64>,
    /// Too blurred for whoever looked.
    pub blurry: bool,
    /// What the face looks like to a network.
    pub embedding: Option<Embedding>,
}

/// The faces of one frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FrameFaces {
    /// Index of the picture in its stream, in presentation order from 0.
    pub frame: u64,
    /// Strongest first.
    pub faces: Vec<Face>,
}

/// A meta that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum MetaError {
    /// The buffer is shared, or the meta is unknown to GStreamer.
    #[error(
        "could not attach faces to a buffer: {0}; is the buffer writable and facemeta::init() called?"
    )]
    Attach(#[from] glib::BoolError),
}

impl FrameFaces {
    /// The faces on a buffer, in order of preference: the project's own meta, else (with feature
    /// `v1_24`) objects of GStreamer's analytics meta, else regions of interest; both of type
    /// `object_class`, or of any where that is empty (`width` x `height` is the frame, for their
    /// pixels). `None` where nobody looked for faces; an empty list where nobody was found.
    pub fn read(
        buffer: &gst::BufferRef,
        object_class: &str,
        width: u32,
        height: u32,
    ) -> Option<Self> {
        let found = custom::read(buffer);
        #[cfg(feature = "v1_24")]
        let found = found.or_else(|| analytics::read(buffer, object_class, width, height));
        found.or_else(|| roi::read(buffer, object_class, width, height))
    }

    /// Attaches the faces in all forms, in place of those that were there. `width` x `height`
    /// is the stored frame in pixels.
    pub fn write(
        &self,
        buffer: &mut gst::BufferRef,
        width: u32,
        height: u32,
    ) -> Result<(), MetaError> {
        custom::write(buffer, self)?;
        #[cfg(feature = "v1_24")]
        let ids = analytics::write(buffer, self, width, height)?;
        #[cfg(not(feature = "v1_24"))]
        let ids = [];
        roi::write(buffer, self, width, height, &ids);
        Ok(())
    }
}
