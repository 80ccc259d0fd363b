// SPDX-License-Identifier: MIT OR Apache-2.0
//! A face in a frame, as a detector finds it.

use crate::geometry::{Landmarks, Rect};

/// A face found, in display pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// The face; it may reach outside the picture.
    pub bbox: Rect,
    /// The five points, where the network gives them.
    pub landmarks: Option<Landmarks>,
    /// How sure the network is, 0 to 1.
    pub score: f32,
}

impl Detection {
    /// Moves box and landmarks.
    pub fn shift(&mut self, x: f32, y: f32) {
        self.bbox.x += x;
        self.bbox.y += y;
        for point in self.landmarks.iter_mut().flatten() {
            point.x += x;
            point.y += y;
        }
    }

    /// Enlarges box and landmarks, away from (0, 0).
    pub fn scale(&mut self, factor: f32) {
        let Rect { x, y, width, height } = self.bbox;
        self.bbox =
            Rect { x: x * factor, y: y * factor, width: width * factor, height: height * factor };
        for point in self.landmarks.iter_mut().flatten() {
            point.x *= factor;
            point.y *= factor;
        }
    }
}
