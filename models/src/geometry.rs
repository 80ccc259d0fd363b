// SPDX-License-Identifier: MIT OR Apache-2.0
//! Points, boxes and landmarks in pixels of the upright picture with square pixels ("display
//! pixels"): x to the right, y down, (0, 0) the outer corner of the first pixel.

/// A place in the picture, in display pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// To the right, in display pixels.
    pub x: f32,
    /// Down, in display pixels.
    pub y: f32,
}

/// An upright rectangle, in display pixels; it may reach outside the picture.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width, not negative.
    pub width: f32,
    /// Height, not negative.
    pub height: f32,
}

/// The five points of a face: the eye on the picture's left, the other eye, the tip of the nose,
/// the corner of the mouth on the picture's left, the other corner.
pub type Landmarks = [Point; 5];
