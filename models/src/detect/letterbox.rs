// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fitting a picture into a network's input: scaled, top left, the rest black.

use imaging::Detection;
use imaging::frame::MAX_SIDE;
use imaging::geometry::Rect;

/// Networks halve their input five times, so sides must be multiples of this.
const GRID: u32 = 32;

/// Input size, and input pixels per display pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Letterbox {
    /// Width of the input in pixels.
    pub(super) width: u32,
    /// Height of the input in pixels.
    pub(super) height: u32,
    scale: f64,
}

impl Letterbox {
    /// For a picture of `display` pixels: long side `size`, or exactly `fixed` where the network
    /// allows no other. The picture is enlarged only where `enlarge` says so.
    pub(super) fn new(
        display: (f32, f32),
        size: u32,
        fixed: Option<(u32, u32)>,
        enlarge: bool,
    ) -> Self {
        let most = if enlarge { f64::INFINITY } else { 1.0 };
        let (picture_width, picture_height) = (f64::from(display.0), f64::from(display.1));
        let largest = |size: u32| size.clamp(GRID, MAX_SIDE / GRID * GRID).next_multiple_of(GRID);
        let fit = |length: f64, side: u32| f64::from(side) / length;
        match fixed {
            Some((width, height)) => Self {
                width,
                height,
                scale: fit(picture_width, width).min(fit(picture_height, height)).min(most),
            },
            None => {
                let long = largest(size);
                let scale = fit(picture_width.max(picture_height), long).min(most);
                let side = |length: f64| {
                    let pixels = (length * scale).round().max(1.0);
                    (pixels as u32).next_multiple_of(GRID).min(long)
                };
                Self { width: side(picture_width), height: side(picture_height), scale }
            }
        }
    }

    /// Input pixels per display pixel.
    pub(super) fn scale(&self) -> f64 {
        self.scale
    }

    /// Pixels of the input.
    pub(super) fn area(&self) -> f64 {
        f64::from(self.width) * f64::from(self.height)
    }

    /// What the input shows of the picture, in display pixels.
    pub(super) fn region(&self) -> Rect {
        Rect {
            x: 0.0,
            y: 0.0,
            width: (f64::from(self.width) / self.scale) as f32,
            height: (f64::from(self.height) / self.scale) as f32,
        }
    }

    /// Turns a face from input pixels into display pixels.
    pub(super) fn to_display(self, face: &mut Detection) {
        face.scale((1.0 / self.scale) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_side_fits_and_sides_are_multiples_of_32() {
        let sides = |display, size| {
            let letterbox = Letterbox::new(display, size, None, false);
            (letterbox.width, letterbox.height, letterbox.scale)
        };
        assert_eq!(sides((1280.0, 720.0), 640), (640, 384, 0.5));
        assert_eq!(sides((720.0, 1280.0), 640), (384, 640, 0.5));
        assert_eq!(sides((1280.0, 720.0), 600), (608, 352, 0.475));
        // Not enlarged, only padded.
        assert_eq!(sides((320.0, 240.0), 640), (320, 256, 1.0));
        assert_eq!(sides((1.0, 1.0), 640), (32, 32, 1.0));
        assert_eq!(sides((641.0, 3.0), 640), (640, 32, 640.0 / 641.0));
        assert_eq!(sides((1280.0, 720.0), 1), (32, 32, 0.025));
        let enlarged = Letterbox::new((160.0, 120.0), 512, None, true);
        assert_eq!((enlarged.width, enlarged.height, enlarged.scale), (512, 384, 3.2));
    }

    #[test]
    fn fixed_size_is_kept() {
        let letterbox = Letterbox::new((1280.0, 720.0), 320, Some((640, 640)), false);
        assert_eq!((letterbox.width, letterbox.height, letterbox.scale), (640, 640, 0.5));
        let small = Letterbox::new((100.0, 50.0), 320, Some((640, 640)), false);
        assert_eq!((small.width, small.height, small.scale), (640, 640, 1.0));
    }

    /// docs/design/predecessors.md 2.4 #2: boxes were scaled by a whole number, so that 0.3 and 0.75 put them
    /// elsewhere.
    #[test]
    fn input_pixels_return_to_display_pixels() {
        let letterbox = Letterbox::new((1920.0, 1080.0), 640, None, false);
        let bbox = Rect { x: 10.0, y: 20.0, width: 30.0, height: 40.0 };
        let point = imaging::geometry::Point { x: 1.0, y: 2.0 };
        let mut face = Detection { bbox, landmarks: Some([point; 5]), score: 1.0 };
        letterbox.to_display(&mut face);
        assert_eq!(face.bbox, Rect { x: 30.0, y: 60.0, width: 90.0, height: 120.0 });
        assert_eq!(face.landmarks.map(|l| (l[4].x, l[4].y)), Some((3.0, 6.0)));
    }
}
