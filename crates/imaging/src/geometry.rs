// SPDX-License-Identifier: MIT OR Apache-2.0
//! Points, boxes and landmarks in pixels of the upright picture with square pixels ("display
//! pixels"): x to the right, y down, (0, 0) the outer corner of the first pixel.
//!
//! Each kind of box has its type, so that none is taken for another: [`Rect`] in display pixels, [`FrameBox`] in those of
//! the decoded frame, [`CropBox`] in parts of a crop; what travels on a GStreamer buffer has its own (`facemeta`,
//! `gst-frameview`).

use serde::{Deserialize, Serialize};

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

impl Rect {
    /// With so much more on each side.
    pub fn with_border(&self, border: f32) -> Self {
        Self {
            x: self.x - border,
            y: self.y - border,
            width: self.width + 2.0 * border,
            height: self.height + 2.0 * border,
        }
    }

    /// Its middle.
    pub fn centre(&self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }

    /// Whether a point lies in it, edges included.
    pub fn contains(&self, point: Point) -> bool {
        (self.x..=self.x + self.width).contains(&point.x)
            && (self.y..=self.y + self.height).contains(&point.y)
    }

    /// Area in square display pixels.
    pub fn area(&self) -> f32 {
        self.width * self.height
    }

    /// The smallest that holds both.
    pub fn around(&self, other: &Rect) -> Rect {
        let span = |a: f32, a_length: f32, b: f32, b_length: f32| {
            let begin = a.min(b);
            (begin, (a + a_length).max(b + b_length) - begin)
        };
        let (x, width) = span(self.x, self.width, other.x, other.width);
        let (y, height) = span(self.y, self.height, other.y, other.height);
        Rect { x, y, width, height }
    }

    /// Intersection over union with `other`, 0 to 1; 0 where both are empty.
    pub fn iou(&self, other: &Rect) -> f32 {
        let overlap = |a: f32, a_length: f32, b: f32, b_length: f32| {
            ((a + a_length).min(b + b_length) - a.max(b)).max(0.0)
        };
        let shared = overlap(self.x, self.width, other.x, other.width)
            * overlap(self.y, self.height, other.y, other.height);
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }

    /// Which of `others` overlaps most, counted from 0, where that is by `least` (as of [`iou`](Self::iou)) or
    /// more.
    pub fn most_overlapping(
        &self,
        others: impl Iterator<Item = Self>,
        least: f32,
    ) -> Option<usize> {
        let overlaps = others.map(|other| other.iou(self)).enumerate();
        let (at, overlap) = overlaps.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        (overlap >= least).then_some(at)
    }
}

/// Left, top, width and height in pixels of the decoded frame in display orientation, as datasets hold boxes: its
/// pixels need not be square, so that it is no [`Rect`].
///
/// ```
/// use imaging::geometry::FrameBox;
///
/// let (face, label) = (FrameBox([0.0, 0.0, 2.0, 2.0]), FrameBox([1.0, 0.0, 2.0, 2.0]));
/// assert_eq!(face.iou(&label), 1.0 / 3.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FrameBox(pub [f32; 4]);

impl From<[f32; 4]> for FrameBox {
    fn from(left_top_width_height: [f32; 4]) -> Self {
        Self(left_top_width_height)
    }
}

impl FrameBox {
    /// Intersection over union with `other` on the same frame, 0 to 1; 0 where both are empty.
    pub fn iou(&self, other: &Self) -> f32 {
        // A ratio of areas is the same whatever shape the pixels have.
        self.as_if_square().iou(&other.as_if_square())
    }

    /// Area in the frame's pixels.
    pub fn area(&self) -> f32 {
        let [_, _, width, height] = self.0;
        width * height
    }

    fn as_if_square(&self) -> Rect {
        let [x, y, width, height] = self.0;
        Rect { x, y, width, height }
    }
}

/// Left, top, width and height of a face on its crop, in parts of the crop's width and height: 0 to 1 inside it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CropBox(pub [f32; 4]);

impl From<[f32; 4]> for CropBox {
    fn from(left_top_width_height: [f32; 4]) -> Self {
        Self(left_top_width_height)
    }
}

/// A rotation, uniform scale and shift, without reflection:
/// `x' = a x - b y + shift[0]`, `y' = b x + a y + shift[1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// Scale times the cosine of the turn.
    pub a: f64,
    /// Scale times the sine of the turn.
    pub b: f64,
    /// Added to x and y after turning and scaling.
    pub shift: [f64; 2],
}

impl Similarity {
    /// The similarity that brings `from` nearest to `to` in the least-squares sense, or `None` where
    /// the points coincide or are not finite.
    pub fn fit(from: &Landmarks, to: &Landmarks) -> Option<Self> {
        let mean = |points: &Landmarks| {
            let (x, y) = points
                .iter()
                .fold((0.0, 0.0), |(x, y), p| (x + f64::from(p.x), y + f64::from(p.y)));
            (x / points.len() as f64, y / points.len() as f64)
        };
        let ((from_x, from_y), (to_x, to_y)) = (mean(from), mean(to));
        let (mut a, mut b, mut spread) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (px, py) = (f64::from(p.x) - from_x, f64::from(p.y) - from_y);
            let (qx, qy) = (f64::from(q.x) - to_x, f64::from(q.y) - to_y);
            a += px * qx + py * qy;
            b += px * qy - py * qx;
            spread += px * px + py * py;
        }
        let (a, b) = (a / spread, b / spread);
        let shift = [to_x - a * from_x + b * from_y, to_y - b * from_x - a * from_y];
        let fit = Self { a, b, shift };
        let finite = [a, b, shift[0], shift[1]].iter().all(|v| v.is_finite());
        (finite && fit.scale() > f64::from(f32::MIN_POSITIVE)).then_some(fit)
    }

    /// How much longer a distance becomes.
    pub fn scale(&self) -> f64 {
        self.a.hypot(self.b)
    }

    /// Where (`x`, `y`) goes.
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (self.a * x - self.b * y + self.shift[0], self.b * x + self.a * y + self.shift[1])
    }

    /// The similarity that undoes this one. The scale must not be zero.
    pub fn inverse(&self) -> Self {
        let square = self.a * self.a + self.b * self.b;
        let turn = Self { a: self.a / square, b: -self.b / square, shift: [0.0; 2] };
        let (x, y) = turn.apply(self.shift[0], self.shift[1]);
        Self { shift: [-x, -y], ..turn }
    }
}
