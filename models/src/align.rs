// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cutting a face out of a frame the way an embedder was trained to see it.
//!
//! The five landmarks are brought onto the network's template by a similarity transform. Only the
//! neighbourhood of the face is read, once, at the power-of-two scale just above the chip's.

use image::{Rgb, RgbImage};

use crate::detect::Detection;
use crate::frame::{FrameError, FrameView};
use crate::geometry::{Landmarks, Point, Rect, Similarity};

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
    points: [
        [47.05, 46.10],
        [99.98, 46.10],
        [73.51, 76.06],
        [49.91, 102.52],
        [97.11, 102.52],
    ],
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
        self.points.map(|[x, y]| Point {
            x: x + 0.5,
            y: y + 0.5,
        })
    }

    /// Display pixels to chip pixels for a face with these landmarks; `None` where they coincide.
    pub fn transform(&self, landmarks: &Landmarks) -> Option<Similarity> {
        Similarity::fit(landmarks, &self.landmarks())
    }
}

/// Where the landmarks of an upright frontal face lie in its box, as parts of width and height: the
/// median over CenterFace's detections in LFW.
const TYPICAL: [[f32; 2]; 5] = [
    [0.31, 0.40],
    [0.69, 0.40],
    [0.50, 0.60],
    [0.35, 0.77],
    [0.65, 0.77],
];

/// Landmarks guessed from the box, for detectors that give none.
pub fn typical_landmarks(bbox: &Rect) -> Landmarks {
    TYPICAL.map(|[x, y]| Point {
        x: bbox.x + x * bbox.width,
        y: bbox.y + y * bbox.height,
    })
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
    let step = shrink(to_chip.scale());
    let to_frame = to_chip.inverse();
    let region = neighbourhood(&to_frame, template.size, step);
    let [left, top, width, height] = region;
    let rect = Rect {
        x: left as f32,
        y: top as f32,
        width: width as f32,
        height: height as f32,
    };
    let part = frame.sample(rect, (width / step) as u32, (height / step) as u32)?;
    // From the chip to the sampled part, whose pixels are `step` display pixels wide.
    let to_part = Similarity {
        a: to_frame.a / step,
        b: to_frame.b / step,
        shift: [
            (to_frame.shift[0] - left) / step,
            (to_frame.shift[1] - top) / step,
        ],
    };
    Ok(warp(&part, &to_part, template.size))
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
    RgbImage::from_fn(size, size, |x, y| {
        let (x, y) = to_source.apply(f64::from(x) + 0.5, f64::from(y) + 0.5);
        bilinear(source, (x - 0.5) as f32, (y - 0.5) as f32)
    })
}

/// The colour at (`x`, `y`), pixel centres being at whole numbers; edge pixels reach outwards.
fn bilinear(source: &RgbImage, x: f32, y: f32) -> Rgb<u8> {
    let (width, height) = source.dimensions();
    let split = |v: f32, length: u32| {
        let v = v.clamp(0.0, (length - 1) as f32);
        let low = v as u32;
        (low, (low + 1).min(length - 1), v - low as f32)
    };
    let ((left, right, fx), (top, bottom, fy)) = (split(x, width), split(y, height));
    let corner = |x, y| source.get_pixel(x, y).0.map(f32::from);
    let [tl, tr] = [corner(left, top), corner(right, top)];
    let [bl, br] = [corner(left, bottom), corner(right, bottom)];
    Rgb(std::array::from_fn(|c| {
        let upper = tl[c] + (tr[c] - tl[c]) * fx;
        let lower = bl[c] + (br[c] - bl[c]) * fx;
        (upper + (lower - upper) * fy).round() as u8
    }))
}
