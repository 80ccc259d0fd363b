// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which part of the frame is cut out around a face.

use imaging::geometry::Rect;

/// What the way through normalised coordinates adds to a whole pixel, and less than anybody sees.
const NOISE: f64 = 0.01;
/// What multiplying by decimal fractions adds to a whole pixel.
const ROUNDING: f64 = 1e-6;

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
    /// Added on all sides, in parts of the box's shorter side.
    pub padding: f64,
    /// Extend the shorter side until the crop is square.
    pub square: bool,
}

impl Default for Area {
    fn default() -> Self {
        // A portrait: hair and chin, as video-to-faces cuts.
        Self { left: 1.5, right: 1.5, up: 2.2, down: 1.2, padding: 0.0, square: false }
    }
}

impl Area {
    /// The crop around `face` in whole display pixels within a picture of `width` x `height`;
    /// `None` where nothing is left of it.
    pub fn around(&self, face: Rect, width: f64, height: f64) -> Option<Rect> {
        // As video-to-faces does it: outwards to whole pixels before and after scaling, then inside.
        let whole = |low: f32, length: f32| {
            let (low, high) = (f64::from(low), f64::from(low) + f64::from(length));
            let (low, high) = ((low + NOISE).floor(), (high - NOISE).ceil());
            ((low + high) / 2.0, (high - low) / 2.0)
        };
        let ((cx, half_w), (cy, half_h)) = (whole(face.x, face.width), whole(face.y, face.height));
        if !(half_w > 0.0 && half_h > 0.0) {
            return None;
        }
        let padding = 2.0 * half_w.min(half_h) * self.padding;
        let reach = |half: f64, scale: f64| half * scale + padding;
        let (left, right) = (cx - reach(half_w, self.left), cx + reach(half_w, self.right));
        let (up, down) = (cy - reach(half_h, self.up), cy + reach(half_h, self.down));
        let mut x = Span::clipped(left, right, width);
        let mut y = Span::clipped(up, down, height);
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
        let (low, high) = ((low + ROUNDING).floor(), (high - ROUNDING).ceil());
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

    const TIGHT: Area =
        Area { left: 1.0, right: 1.0, up: 1.0, down: 1.0, padding: 0.0, square: false };

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
        let tight = TIGHT;
        assert_eq!(cut(tight, [10.4, 10.4, 5.2, 5.2], big), Some([10.0, 10.0, 6.0, 6.0]));
        // Rounding errors do not.
        assert_eq!(cut(tight, [9.9999, 10.0001, 5.0002, 5.0], big), Some([10.0, 10.0, 5.0, 5.0]));
    }

    #[test]
    fn square_extends_shifts_and_at_last_shrinks() {
        let area = Area { square: true, ..TIGHT };
        let big = (1280.0, 720.0);
        assert_eq!(cut(area, [100.0, 100.0, 40.0, 61.0], big), Some([90.0, 100.0, 61.0, 61.0]));
        assert_eq!(cut(area, [0.0, 100.0, 40.0, 60.0], big), Some([0.0, 100.0, 60.0, 60.0]));
        assert_eq!(cut(area, [1250.0, 100.0, 30.0, 60.0], big), Some([1220.0, 100.0, 60.0, 60.0]));
        // Taller than the picture is wide.
        assert_eq!(cut(area, [0.0, 10.0, 40.0, 60.0], (50.0, 80.0)), Some([0.0, 15.0, 50.0, 50.0]));
    }

    /// Boxes of a detector in a frame of 640 x 360 and what video-to-faces would cut, in its order:
    /// outwards, scaled from the centre by 1.5 1.5 2.2 1.2, outwards, clipped; then square. Computed
    /// from its rules apart from this code: left, top, right, bottom.
    #[test]
    fn cuts_what_video_to_faces_cuts() {
        let area = Area::default();
        for (face, plain, square) in [
            // 100..150, 100..160: centre 125, 130; halves 25, 30.
            ([100.0, 100.0, 50.0, 60.0], [87, 64, 163, 166], [74, 64, 176, 166]),
            // 100.4..150.2 is 100..151: centre 125.5, half 25.5, so 87.25..163.75.
            ([100.4, 100.0, 49.8, 60.0], [87, 64, 164, 166], [75, 64, 177, 166]),
            // At the left border: clipped, then shifted inwards.
            ([5.0, 100.0, 50.0, 60.0], [0, 64, 68, 166], [0, 64, 102, 166]),
            // At the lower right corner.
            ([580.0, 290.0, 50.0, 60.0], [567, 254, 640, 356], [538, 254, 640, 356]),
            // Higher than the frame: all of it, and the width shrinks to the height.
            ([100.0, 20.0, 300.0, 320.0], [25, 0, 475, 360], [70, 0, 430, 360]),
            // An odd difference: the larger half goes to the high side.
            ([200.0, 150.0, 40.0, 31.0], [190, 131, 250, 185], [190, 128, 250, 188]),
        ] {
            for (square, expected) in [(false, plain), (true, square)] {
                let found = cut(Area { square, ..area }, face, (640.0, 360.0));
                let [left, top, right, bottom] = expected.map(|v: i32| v as f32);
                let expected = [left, top, right - left, bottom - top];
                assert_eq!(found, Some(expected), "{face:?}, square: {square}");
            }
        }
    }

    #[test]
    fn padding_is_a_part_of_the_shorter_side() {
        // facerec: a tenth of the shorter side around the box.
        let area = Area { padding: 0.1, ..TIGHT };
        let big = (1280.0, 720.0);
        assert_eq!(cut(area, [100.0, 100.0, 50.0, 80.0], big), Some([95.0, 95.0, 60.0, 90.0]));
        assert_eq!(cut(area, [2.0, 100.0, 50.0, 80.0], big), Some([0.0, 95.0, 57.0, 90.0]));
    }

    #[test]
    fn nothing_left_is_none() {
        let area = Area::default();
        assert_eq!(cut(area, [-200.0, 10.0, 20.0, 20.0], (100.0, 100.0)), None);
        assert_eq!(cut(area, [10.0, 10.0, 0.0, 0.0], (100.0, 100.0)), None);
        assert_eq!(cut(area, [f32::NAN, 10.0, 20.0, 20.0], (100.0, 100.0)), None);
    }
}
