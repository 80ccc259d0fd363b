// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which part of the frame is cut out around a face.

use models::geometry::Rect;

/// What the way through normalised coordinates adds to a whole pixel, and less than anybody sees.
const NOISE: f64 = 0.01;

/// How far the crop reaches, in parts of half the box, from its centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// To the left.
    pub left: f64,
    /// To the right.
    pub right: f64,
    /// Up.
    pub up: f64,
    /// Down.
    pub down: f64,
    /// Extend the shorter side until the crop is square.
    pub square: bool,
}

impl Default for Area {
    fn default() -> Self {
        // A portrait: hair and chin, as video-to-faces cuts.
        Self { left: 1.5, right: 1.5, up: 2.2, down: 1.2, square: false }
    }
}

impl Area {
    /// The crop around `face` in whole display pixels within a picture of `width` x `height`;
    /// `None` where nothing is left of it.
    pub fn around(&self, face: Rect, width: f64, height: f64) -> Option<Rect> {
        let (half_w, half_h) = (f64::from(face.width) / 2.0, f64::from(face.height) / 2.0);
        let (cx, cy) = (f64::from(face.x) + half_w, f64::from(face.y) + half_h);
        // Outwards to whole pixels, then inside the picture.
        let mut x = Span::clipped(cx - half_w * self.left, cx + half_w * self.right, width);
        let mut y = Span::clipped(cy - half_h * self.up, cy + half_h * self.down, height);
        if self.square {
            let side = x.length().max(y.length());
            x = x.widened(side, width.floor());
            y = y.widened(side, height.floor());
            let side = x.length().min(y.length());
            (x, y) = (x.shrunk(side), y.shrunk(side));
        }
        let whole = x.length() >= 1.0 && y.length() >= 1.0;
        whole.then_some(Rect {
            x: x.low as f32,
            y: y.low as f32,
            width: x.length() as f32,
            height: y.length() as f32,
        })
    }
}

/// From where to where, along one side.
#[derive(Debug, Clone, Copy)]
struct Span {
    low: f64,
    high: f64,
}

impl Span {
    fn clipped(low: f64, high: f64, size: f64) -> Self {
        let size = size.floor();
        let (low, high) = ((low + NOISE).floor(), (high - NOISE).ceil());
        Self { low: low.clamp(0.0, size), high: high.clamp(0.0, size) }
    }

    fn length(&self) -> f64 {
        self.high - self.low
    }

    /// Grown on both sides to `length`, shifted inside of `size`, no longer than that.
    fn widened(&self, length: f64, size: f64) -> Self {
        let length = length.min(size);
        let below = ((length - self.length()) / 2.0).floor();
        let low = (self.low - below).clamp(0.0, size - length);
        Self { low, high: low + length }
    }

    /// Cut on both sides down to `length`.
    fn shrunk(&self, length: f64) -> Self {
        let low = self.low + ((self.length() - length) / 2.0).floor();
        Self { low, high: low + length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(area: Area, face: [f32; 4], size: (f64, f64)) -> Option<[f32; 4]> {
        let [x, y, width, height] = face;
        area.around(Rect { x, y, width, height }, size.0, size.1)
            .map(|r| [r.x, r.y, r.width, r.height])
    }

    #[test]
    fn scales_each_side_from_the_centre_and_stays_inside() {
        let area = Area::default();
        let big = (1280.0, 720.0);
        // Half sizes 50 and 60 around (350, 360).
        assert_eq!(
            cut(area, [300.0, 300.0, 100.0, 120.0], big),
            Some([275.0, 228.0, 150.0, 204.0])
        );
        // At the corner it is clipped.
        assert_eq!(cut(area, [0.0, 0.0, 100.0, 120.0], big), Some([0.0, 0.0, 125.0, 132.0]));
        // Fractions go outwards.
        let tight = Area { left: 1.0, right: 1.0, up: 1.0, down: 1.0, square: false };
        assert_eq!(cut(tight, [10.4, 10.4, 5.2, 5.2], big), Some([10.0, 10.0, 6.0, 6.0]));
        // Rounding errors do not.
        assert_eq!(cut(tight, [9.9999, 10.0001, 5.0002, 5.0], big), Some([10.0, 10.0, 5.0, 5.0]));
    }

    #[test]
    fn square_extends_shifts_and_at_last_shrinks() {
        let area = Area { left: 1.0, right: 1.0, up: 1.0, down: 1.0, square: true };
        let big = (1280.0, 720.0);
        assert_eq!(cut(area, [100.0, 100.0, 40.0, 61.0], big), Some([90.0, 100.0, 61.0, 61.0]));
        assert_eq!(cut(area, [0.0, 100.0, 40.0, 60.0], big), Some([0.0, 100.0, 60.0, 60.0]));
        assert_eq!(cut(area, [1250.0, 100.0, 30.0, 60.0], big), Some([1220.0, 100.0, 60.0, 60.0]));
        // Taller than the picture is wide.
        assert_eq!(cut(area, [0.0, 10.0, 40.0, 60.0], (50.0, 80.0)), Some([0.0, 15.0, 50.0, 50.0]));
    }

    #[test]
    fn nothing_left_is_none() {
        let area = Area::default();
        assert_eq!(cut(area, [-200.0, 10.0, 20.0, 20.0], (100.0, 100.0)), None);
        assert_eq!(cut(area, [10.0, 10.0, 0.0, 0.0], (100.0, 100.0)), None);
        assert_eq!(cut(area, [f32::NAN, 10.0, 20.0, 20.0], (100.0, 100.0)), None);
    }
}
