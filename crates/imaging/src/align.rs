// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cutting a face out of a frame the way an embedder was trained to see it.
//!
//! The five landmarks are brought onto the network's template by a similarity transform. Only the
//! neighbourhood of the face is read, once, at the power-of-two scale just above the chip's.

mod upright;

use image::RgbImage;
use multiversion::multiversion;

use crate::Detection;
use crate::frame::{FrameError, FrameView};
use crate::geometry::{Landmarks, Point, Rect, Similarity};

pub use upright::{Aligned, Alignment, aligned};

/// Where a network expects the five landmarks on its square input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Template {
    /// Side of the chip in pixels.
    pub size: u32,
    /// The five points, (0, 0) being the centre of the first pixel as in the published tables.
    pub points: [[f32; 2]; 5],
}

/// 150x150, dlib's face chip with 25 % padding: its mean shape at the five landmarks.
pub const DLIB: Template = Template {
    size: 150,
    points: [[47.05, 46.10], [99.98, 46.10], [73.51, 76.06], [49.91, 102.52], [97.11, 102.52]],
};

/// 112x112, the template of ArcFace and of most networks after it.
pub const ARCFACE: Template = Template {
    size: 112,
    points: [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
};

impl Template {
    /// The points with (0, 0) at the outer corner of the first pixel, as everywhere in this crate.
    pub fn landmarks(&self) -> Landmarks {
        self.points.map(|[x, y]| Point { x: x + 0.5, y: y + 0.5 })
    }

    /// Display pixels to chip pixels for a face with these landmarks; `None` where they coincide.
    pub fn transform(&self, landmarks: &Landmarks) -> Option<Similarity> {
        Similarity::fit(landmarks, &self.landmarks())
    }
}

/// Where the landmarks of an upright frontal face lie in its box, as parts of width and height: the
/// median over CenterFace's detections in LFW, made symmetric.
const TYPICAL: [[f32; 2]; 5] =
    [[0.27, 0.40], [0.73, 0.40], [0.50, 0.59], [0.30, 0.74], [0.70, 0.74]];

/// Landmarks guessed from the box, for detectors that give none.
pub fn typical_landmarks(bbox: &Rect) -> Landmarks {
    TYPICAL.map(|[x, y]| Point { x: bbox.x + x * bbox.width, y: bbox.y + y * bbox.height })
}

/// The aligned chip of a face, `template.size` pixels square; black beyond the picture. Detections
/// without usable landmarks are aligned by their box alone.
///
/// # Errors
/// [`FrameError::Region`] where neither landmarks nor box have an extent, and what
/// [`FrameView::sample`] reports.
pub fn chip(
    frame: &FrameView<'_>,
    face: &Detection,
    template: &Template,
) -> Result<RgbImage, FrameError> {
    let to_chip = face
        .landmarks
        .and_then(|landmarks| template.transform(&landmarks))
        .or_else(|| template.transform(&typical_landmarks(&face.bbox)))
        .ok_or(FrameError::Region(face.bbox))?;
    cut(frame, &to_chip, template.size)
}

/// What lies under a square of `size` pixels, given the way from display pixels to its own.
fn cut(frame: &FrameView<'_>, to_chip: &Similarity, size: u32) -> Result<RgbImage, FrameError> {
    let step = shrink(to_chip.scale());
    let to_frame = to_chip.inverse();
    let region = neighbourhood(&to_frame, size, step);
    let [left, top, width, height] = region;
    let rect = Rect { x: left as f32, y: top as f32, width: width as f32, height: height as f32 };
    let part = frame.sample(rect, (width / step) as u32, (height / step) as u32)?;
    // From the chip to the sampled part, whose pixels are `step` display pixels wide.
    let to_part = Similarity {
        a: to_frame.a / step,
        b: to_frame.b / step,
        shift: [(to_frame.shift[0] - left) / step, (to_frame.shift[1] - top) / step],
    };
    Ok(warp(&part, &to_part, size))
}

/// The power of two by which to average before interpolating, as dlib does: bilinear interpolation
/// alone would skip pixels once it shrinks by more than two.
fn shrink(scale: f64) -> f64 {
    let mut step = 1.0;
    while scale * step <= 0.5 && step < 65536.0 {
        step *= 2.0;
    }
    step
}

/// The part of the frame that the chip is interpolated from, on the grid of `step` pixels: left,
/// top, width, height.
fn neighbourhood(to_frame: &Similarity, size: u32, step: f64) -> [f64; 4] {
    let side = f64::from(size);
    let corners =
        [(0.0, 0.0), (side, 0.0), (0.0, side), (side, side)].map(|(x, y)| to_frame.apply(x, y));
    let span = |value: fn(&(f64, f64)) -> f64| {
        let low = corners.iter().map(value).fold(f64::INFINITY, f64::min);
        let high = corners.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
        // One more at each end: interpolation looks half a pixel around.
        let low = ((low / step).floor() - 1.0) * step;
        (low, ((high / step).ceil() + 1.0) * step - low)
    };
    let ((left, width), (top, height)) = (span(|p| p.0), span(|p| p.1));
    [left, top, width, height]
}

/// Reads `source` bilinearly at the places `to_source` gives for the chip's pixels.
fn warp(source: &RgbImage, to_source: &Similarity, size: u32) -> RgbImage {
    // Four values a pixel make a vector.
    let padded: Vec<[u8; 4]> =
        source.as_chunks::<3>().0.iter().map(|&[r, g, b]| [r, g, b, 0]).collect();
    let (width, height) = source.dimensions();
    let mut chip = RgbImage::new(size, size);
    let pixels = chip.as_chunks_mut::<3>().0;
    for (y, row) in pixels.chunks_exact_mut(size as usize).enumerate() {
        warp_row(&padded, (width as usize, height as usize), to_source, y, row);
    }
    chip
}

#[multiversion(targets("x86_64+avx2"))]
fn warp_row(
    source: &[[u8; 4]],
    size: (usize, usize),
    to_source: &Similarity,
    y: usize,
    row: &mut [[u8; 3]],
) {
    for (x, pixel) in row.iter_mut().enumerate() {
        let (x, y) = to_source.apply(x as f64 + 0.5, y as f64 + 0.5);
        *pixel = bilinear(source, size, (x - 0.5) as f32, (y - 0.5) as f32);
    }
}

/// The colour at (`x`, `y`), pixel centres being at whole numbers; edge pixels reach outwards.
#[inline(always)]
fn bilinear(source: &[[u8; 4]], (width, height): (usize, usize), x: f32, y: f32) -> [u8; 3] {
    let split = |v: f32, length: usize| {
        let v = v.clamp(0.0, (length - 1) as f32);
        let low = v as i32 as usize;
        (low, (low + 1).min(length - 1), v - low as f32)
    };
    let ((left, right, fx), (top, bottom, fy)) = (split(x, width), split(y, height));
    let corner = |x: usize, y: usize| source[y * width + x].map(f32::from);
    let mix = |from: [f32; 4], to: [f32; 4], part: f32| -> [f32; 4] {
        std::array::from_fn(|c| from[c] + (to[c] - from[c]) * part)
    };
    let upper = mix(corner(left, top), corner(right, top), fx);
    let lower = mix(corner(left, bottom), corner(right, bottom), fx);
    // Not round(): a call a value where the processor may be any x86-64.
    let [r, g, b, _] = mix(upper, lower, fy).map(|v| (v + 0.5) as i32 as u8);
    [r, g, b]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use image::Rgb;

    use super::*;

    fn turned(scale: f64, degrees: f64, shift: [f64; 2]) -> Similarity {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Similarity { a: scale * cos, b: scale * sin, shift }
    }

    fn place(points: &Landmarks, by: &Similarity) -> Landmarks {
        points.map(|p| {
            let (x, y) = by.apply(p.x.into(), p.y.into());
            Point { x: x as f32, y: y as f32 }
        })
    }

    #[test]
    fn fit_finds_the_similarity_and_inverse_undoes_it() {
        let truth = turned(0.37, 25.0, [120.0, -31.0]);
        let fit = Similarity::fit(&DLIB.landmarks(), &place(&DLIB.landmarks(), &truth)).unwrap();
        for (found, expected) in [
            (fit.a, truth.a),
            (fit.b, truth.b),
            (fit.shift[0], truth.shift[0]),
            (fit.shift[1], truth.shift[1]),
        ] {
            assert!((found - expected).abs() < 1e-4, "{fit:?}");
        }
        let (x, y) = fit.apply(17.0, 4.0);
        let (x, y) = fit.inverse().apply(x, y);
        assert!((x - 17.0).abs() < 1e-9 && (y - 4.0).abs() < 1e-9);
    }

    #[test]
    fn fit_is_least_squares_without_reflection() {
        // Nothing near the optimum is better, although the target is a mirror image.
        let from = DLIB.landmarks();
        let to = from.map(|p| Point { x: 150.0 - p.x, y: p.y * 0.9 });
        let error = |s: &Similarity| -> f64 {
            let pairs = from.iter().zip(&to);
            pairs
                .map(|(p, q)| {
                    let (x, y) = s.apply(p.x.into(), p.y.into());
                    (x - f64::from(q.x)).powi(2) + (y - f64::from(q.y)).powi(2)
                })
                .sum()
        };
        let fit = Similarity::fit(&from, &to).unwrap();
        for (da, db, dx, dy) in [
            (1e-3, 0.0, 0.0, 0.0),
            (0.0, 1e-3, 0.0, 0.0),
            (0.0, 0.0, 0.1, 0.0),
            (0.0, 0.0, 0.0, 0.1),
        ] {
            for sign in [-1.0, 1.0] {
                let other = Similarity {
                    a: fit.a + sign * da,
                    b: fit.b + sign * db,
                    shift: [fit.shift[0] + sign * dx, fit.shift[1] + sign * dy],
                };
                assert!(error(&other) > error(&fit));
            }
        }
    }

    /// Levels a pixel.
    const SLOPE: f64 = 0.59;

    /// Red rises to the right and green downwards, so that a colour tells its place; blue falls to
    /// the right, so that rounding up is told from a shift.
    fn map(side: u32) -> RgbImage {
        let ramp = |index: u32| SLOPE * (f64::from(index) + 0.5);
        RgbImage::from_fn(side, side, |x, y| {
            Rgb([ramp(x), ramp(y), 255.0 - ramp(x)].map(|v| v.round() as u8))
        })
    }

    /// Where the map has this colour.
    fn place_of(pixel: &Rgb<u8>) -> (f64, f64) {
        let [red, green, blue] = pixel.0.map(f64::from);
        let rounded_up = (red + blue - 255.0) / 2.0;
        ((red - rounded_up) / SLOPE, (green - rounded_up) / SLOPE)
    }

    #[test]
    fn chip_pixels_come_from_where_the_transform_says() {
        let picture = map(420);
        let frame = FrameView::from_rgb(&picture);
        // Enlarged, shrunk, halved once and twice before.
        for (template, size) in [(&DLIB, 1.2), (&DLIB, 2.3), (&ARCFACE, 3.5), (&ARCFACE, 4.1)] {
            let half = f64::from(template.size) / 2.0;
            for degrees in [0.0, 17.0, -100.0] {
                let mut to_frame = turned(size * 0.6, degrees, [0.0; 2]);
                let (x, y) = to_frame.apply(half, half);
                to_frame.shift = [210.3 - x, 205.8 - y];
                let landmarks = Some(place(&template.landmarks(), &to_frame));
                let face = Detection { bbox: Rect::default(), landmarks, score: 1.0 };
                let chip = chip(&frame, &face, template).unwrap();
                let (mut sum_x, mut sum_y) = (0.0, 0.0);
                for (x, y, pixel) in chip.enumerate_pixels() {
                    let (px, py) = to_frame.apply(f64::from(x) + 0.5, f64::from(y) + 0.5);
                    let (found_x, found_y) = place_of(pixel);
                    let off = (found_x - px).abs().max((found_y - py).abs());
                    // Colours are rounded three times on the way.
                    assert!(off <= 3.0, "{off} px: scale {size}, {degrees} degrees");
                    sum_x += found_x - px;
                    sum_y += found_y - py;
                }
                let count = f64::from(template.size).powi(2);
                let shift = (sum_x / count).abs().max((sum_y / count).abs());
                assert!(shift < 0.1, "{shift} px: scale {size}, {degrees} degrees");
            }
        }
    }

    #[test]
    fn without_landmarks_the_box_is_centred() {
        let picture = map(300);
        let frame = FrameView::from_rgb(&picture);
        let bbox = Rect { x: 100.0, y: 80.0, width: 90.0, height: 120.0 };
        let same = Some([Point { x: 5.0, y: 5.0 }; 5]);
        for landmarks in [None, same] {
            let face = Detection { bbox, landmarks, score: 1.0 };
            let chip = chip(&frame, &face, &DLIB).unwrap();
            let (x, y) = place_of(chip.get_pixel(75, 75));
            assert!((x - 145.0).abs() < 4.0 && (y - 149.0).abs() < 12.0, "{x} {y}");
        }
        let nothing = Detection { bbox: Rect::default(), landmarks: same, score: 1.0 };
        assert!(matches!(chip(&frame, &nothing, &DLIB), Err(FrameError::Region(_))));
    }

    #[test]
    fn beyond_the_picture_is_black_however_large_the_face() {
        let picture = RgbImage::from_pixel(40, 40, Rgb([255; 3]));
        let frame = FrameView::from_rgb(&picture);
        for size in [0.01, 1.0, 30.0, 1e6] {
            let landmarks =
                place(&DLIB.landmarks(), &turned(size, 10.0, [-20.0 * size.max(1.0); 2]));
            let face = Detection { bbox: Rect::default(), landmarks: Some(landmarks), score: 1.0 };
            let chip = chip(&frame, &face, &DLIB).unwrap();
            assert_eq!(chip.get_pixel(0, 0).0, [0; 3], "{size}");
        }
    }
}
