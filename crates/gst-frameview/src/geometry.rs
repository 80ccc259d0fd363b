// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the stored frame to the upright picture and back.

use facemeta::{Face, StoredBox};
use imaging::Detection;
use imaging::frame::Orientation;
use imaging::geometry::{Point, Rect};

/// Left, top, width and height in parts of the upright picture's width and height: 0 to 1 inside it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct UprightBox(pub [f64; 4]);

/// Size, pixel shape and orientation of a stored frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    /// Stored width in pixels.
    pub width: u32,
    /// Stored height in pixels.
    pub height: u32,
    /// Width of a stored pixel divided by its height.
    pub pixel_aspect: f64,
    /// How to turn the stored picture upright.
    pub orientation: Orientation,
}

impl Geometry {
    fn turned(&self) -> bool {
        use Orientation as O;
        matches!(self.orientation, O::Rotate90 | O::Rotate270 | O::FlipRotate90 | O::FlipRotate270)
    }

    /// Width and height of the decoded frame turned upright, in its own pixels.
    pub fn upright_size(&self) -> (f64, f64) {
        let (w, h) = (f64::from(self.width), f64::from(self.height));
        if self.turned() { (h, w) } else { (w, h) }
    }

    /// Width and height of the upright picture in display (square) pixels.
    pub fn display_size(&self) -> (f64, f64) {
        let (w, h) = (f64::from(self.width) * self.pixel_aspect, f64::from(self.height));
        if self.turned() { (h, w) } else { (w, h) }
    }

    /// A point of the stored frame as a point of the upright one, both normalised.
    pub fn to_upright(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        match self.orientation {
            Orientation::Identity => [x, y],
            Orientation::Rotate90 => [1.0 - y, x],
            Orientation::Rotate180 => [1.0 - x, 1.0 - y],
            Orientation::Rotate270 => [y, 1.0 - x],
            Orientation::FlipRotate0 => [1.0 - x, y],
            Orientation::FlipRotate90 => [1.0 - y, 1.0 - x],
            Orientation::FlipRotate180 => [x, 1.0 - y],
            Orientation::FlipRotate270 => [y, x],
        }
    }

    /// The reverse of [`Self::to_upright`].
    pub fn to_stored(&self, point: [f64; 2]) -> [f64; 2] {
        let reverse = match self.orientation {
            Orientation::Rotate90 => Orientation::Rotate270,
            Orientation::Rotate270 => Orientation::Rotate90,
            // Half turns and mirrors undo themselves.
            other => other,
        };
        Self { orientation: reverse, ..*self }.to_upright(point)
    }

    /// A detection in display pixels as a face normalised to the stored frame.
    pub fn face(&self, detection: &Detection) -> Face {
        let (width, height) = self.display_size();
        let point = |x: f32, y: f32| self.to_stored([f64::from(x) / width, f64::from(y) / height]);
        let b = detection.bbox;
        Face {
            bbox: StoredBox(bounds(point(b.x, b.y), point(b.x + b.width, b.y + b.height))),
            landmarks: detection.landmarks.map(|points| points.map(|p| point(p.x, p.y))),
            confidence: f64::from(detection.score),
            ..Face::default()
        }
    }

    /// The reverse of [`Self::face`].
    pub fn detection(&self, face: &Face) -> Detection {
        let (width, height) = self.display_size();
        let display = |[x, y]: [f64; 2]| [(x * width) as f32, (y * height) as f32];
        let [x, y, w, h] = self.upright_box(face).0.map(|v| v as f32);
        let (sx, sy) = (width as f32, height as f32);
        Detection {
            bbox: Rect { x: x * sx, y: y * sy, width: w * sx, height: h * sy },
            landmarks: face.landmarks.map(|points| {
                points.map(|p| {
                    let [x, y] = display(self.to_upright(p));
                    Point { x, y }
                })
            }),
            score: face.confidence as f32,
        }
    }

    /// The face's box on the upright picture.
    pub fn upright_box(&self, face: &Face) -> UprightBox {
        let [x, y, w, h] = face.bbox.0;
        UprightBox(bounds(self.to_upright([x, y]), self.to_upright([x + w, y + h])))
    }
}

/// The box with these two corners.
fn bounds(a: [f64; 2], b: [f64; 2]) -> [f64; 4] {
    let (left, top) = (a[0].min(b[0]), a[1].min(b[1]));
    [left, top, (a[0] - b[0]).abs(), (a[1] - b[1]).abs()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Orientation; 8] = [
        Orientation::Identity,
        Orientation::Rotate90,
        Orientation::Rotate180,
        Orientation::Rotate270,
        Orientation::FlipRotate0,
        Orientation::FlipRotate90,
        Orientation::FlipRotate180,
        Orientation::FlipRotate270,
    ];

    #[test]
    fn there_and_back_again() {
        for orientation in ALL {
            let geometry = Geometry { width: 720, height: 576, pixel_aspect: 1.42, orientation };
            let detection = Detection {
                bbox: Rect { x: 100.0, y: 50.0, width: 60.0, height: 80.0 },
                landmarks: Some([Point { x: 110.0, y: 60.0 }; 5]),
                score: 0.5,
            };
            let back = geometry.detection(&geometry.face(&detection));
            assert!((back.bbox.x - 100.0).abs() < 1e-3, "{orientation:?}: {back:?}");
            assert!((back.bbox.y - 50.0).abs() < 1e-3, "{orientation:?}: {back:?}");
            assert!((back.bbox.width - 60.0).abs() < 1e-3, "{orientation:?}: {back:?}");
            assert!((back.bbox.height - 80.0).abs() < 1e-3, "{orientation:?}: {back:?}");
            let eye = back.landmarks.map(|l| l[0]);
            assert!(eye.is_some_and(|p| (p.x - 110.0).abs() < 1e-3 && (p.y - 60.0).abs() < 1e-3));
        }
    }

    #[test]
    fn a_clockwise_turn_moves_the_top_left_to_the_top_right() {
        let geometry =
            Geometry { width: 4, height: 2, pixel_aspect: 1.0, orientation: Orientation::Rotate90 };
        assert_eq!(geometry.to_upright([0.0, 0.0]), [1.0, 0.0]);
        assert_eq!(geometry.upright_size(), (2.0, 4.0));
    }
}
