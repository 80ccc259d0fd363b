// SPDX-License-Identifier: MIT OR Apache-2.0
//! One face as grouping sees it.

use imaging::geometry::FrameBox;

/// A face found on one frame. Everything but its place is optional: grouping uses what is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Face {
    /// Index of the input the face comes from, 0-based.
    pub video: usize,
    /// Exact index of the decoded frame in presentation order, from 0.
    pub frame: u64,
    /// Stream time of the frame in seconds.
    pub pts: f64,
    /// Where it is on the frame.
    pub bbox: FrameBox,
    /// Track id, unique within one input; `None` for a face that was not followed.
    pub track: Option<u64>,
    /// Shot index within the input.
    pub shot: Option<u64>,
    /// First shot of the input that shows the same place from the same camera.
    pub recurring_shot: Option<u64>,
    /// Confidence of the detector, 0 to 1.
    pub score: f32,
    /// Fitness for recognition, 0 to 1. It weighs the face, it never drops it.
    pub quality: f32,
    /// Row of the face in the embedding matrix.
    pub embedding: Option<usize>,
    /// Eyes, nose tip and mouth corners, each from the image's left, in the pixels of the box.
    pub landmarks: Option<[[f32; 2]; 5]>,
    /// Length of the embedding before it was brought to one, in parts of what is usual with the embedder.
    pub magnitude: Option<f32>,
}

impl Face {
    /// A face at a place, with nothing else known: for still images and tests.
    pub fn at(video: usize, frame: u64, bbox: impl Into<FrameBox>) -> Self {
        Self {
            video,
            frame,
            pts: 0.0,
            bbox: bbox.into(),
            track: None,
            shot: None,
            recurring_shot: None,
            score: 1.0,
            quality: 1.0,
            embedding: None,
            landmarks: None,
            magnitude: None,
        }
    }
}
