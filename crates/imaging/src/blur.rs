// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a face is blurred: the variance of the Laplacian of its picture, under a threshold.
//!
//! One measure. What differs between the systems that people come from is which picture of the face
//! is measured and where the threshold lies; each has a preset.

use std::str::FromStr;

use image::RgbImage;

use crate::Detection;
use crate::align::{self, Alignment};
use crate::frame::{FrameError, FrameView};
use crate::geometry::Rect;
use crate::quality;

/// When a face is blurred.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Blur {
    /// Variance over the luma of the box in the frame's own pixels below this: the figure that
    /// [`quality::sharpness`] gives.
    Below(f32),
    /// FaceGrab: luma of the face aligned at 256 pixels with 18 % around it, below 10.
    FaceGrab,
    /// FaceRipper: all three channels of the box in the frame's own pixels together, below 250.
    FaceRipper,
    /// StreamFace: luma of the level face at 128 pixels, smoothed, up to 25.
    StreamFace,
}

/// A kind of blur that could not be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "'{0}' says no blur: expected facegrab, faceripper, streamface or the least variance of the Laplacian, such as 100"
)]
pub struct BlurError(String);

impl FromStr for Blur {
    type Err = BlurError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "facegrab" => Ok(Self::FaceGrab),
            "faceripper" => Ok(Self::FaceRipper),
            "streamface" => Ok(Self::StreamFace),
            number => match number.parse() {
                Ok(least) if (0.0..=1e9).contains(&least) => Ok(Self::Below(least)),
                _ => Err(BlurError(text.to_owned())),
            },
        }
    }
}

impl std::fmt::Display for Blur {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Below(least) => write!(f, "{least}"),
            Self::FaceGrab => f.write_str("facegrab"),
            Self::FaceRipper => f.write_str("faceripper"),
            Self::StreamFace => f.write_str("streamface"),
        }
    }
}

impl Blur {
    /// Whether this face of a frame is blurred. One of which nothing lies within the frame is.
    ///
    /// # Errors
    /// What [`FrameView::sample`] reports.
    pub fn is_blurred(&self, frame: &FrameView<'_>, face: &Detection) -> Result<bool, FrameError> {
        let aligned = |alignment, size, padding| {
            align::aligned(frame, face, alignment, size, padding).map(|crop| crop.picture)
        };
        Ok(match self {
            Self::Below(least) => variance(&native(frame, face)?, Channels::Luma) < *least,
            Self::FaceGrab => {
                variance(&aligned(Alignment::Points, 256, 0.18)?, Channels::Luma) < 10.0
            }
            Self::FaceRipper => variance(&native(frame, face)?, Channels::Rgb) < 250.0,
            Self::StreamFace => {
                variance(&aligned(Alignment::Eyes, 128, 0.0)?, Channels::SmoothLuma) <= 25.0
            }
        })
    }
}

/// The face's box in the frame's own pixels, as far as it lies within; empty where nothing does.
///
/// # Errors
/// What [`FrameView::sample`] reports.
pub fn native(frame: &FrameView<'_>, face: &Detection) -> Result<RgbImage, FrameError> {
    let (width, height) = frame.display_size();
    let b = face.bbox;
    let (left, top) = (b.x.round().clamp(0.0, width), b.y.round().clamp(0.0, height));
    let right = (b.x + b.width).round().clamp(left, width);
    let bottom = (b.y + b.height).round().clamp(top, height);
    let (w, h) = ((right - left) as u32, (bottom - top) as u32);
    if w == 0 || h == 0 {
        return Ok(RgbImage::new(0, 0));
    }
    frame.sample(Rect { x: left, y: top, width: w as f32, height: h as f32 }, w, h)
}

/// What of a picture is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// BT.601 luma.
    Luma,
    /// The same after a Gaussian of 3x3 pixels with a deviation of half a pixel.
    SmoothLuma,
    /// Red, green and blue, the variance taken over all their values together.
    Rgb,
}

/// Weights of the Gaussian along one side, as OpenCV has them for 8-bit pictures: 256ths of exp(-2) and
/// 1 over their sum, rounded so that they add up.
const GAUSS: [i32; 2] = [27, 202];

/// Variance of the 3x3 Laplacian in squared 8-bit levels; 0 for an empty picture.
pub fn variance(picture: &RgbImage, channels: Channels) -> f32 {
    let size = (picture.width() as usize, picture.height() as usize);
    let planes: Vec<Vec<i32>> = match channels {
        Channels::Luma => vec![quality::luma(picture)],
        Channels::SmoothLuma => vec![smooth(&quality::luma(picture), size)],
        Channels::Rgb => (0..3)
            .map(|channel| picture.pixels().map(|p| i32::from(p.0[channel])).collect())
            .collect(),
    };
    let count = (planes.len() * size.0 * size.1) as f64;
    if count == 0.0 {
        return 0.0;
    }
    let (sum, squares) = planes
        .iter()
        .map(|plane| quality::laplacian(plane, size))
        .fold((0, 0), |(sum, squares), (s, q)| (sum + s, squares + q));
    let mean = sum as f64 / count;
    (squares as f64 / count - mean * mean).max(0.0) as f32
}

/// Smoothed along rows, then columns, edges mirrored, and rounded as 8-bit pictures are.
fn smooth(plane: &[i32], (width, height): (usize, usize)) -> Vec<i32> {
    let [outer, inner] = GAUSS;
    let along = |values: &[i32], step: usize, place: fn(usize, usize) -> usize, length: usize| {
        (0..values.len())
            .map(|index| {
                let at = place(index, width);
                let (before, after) = quality::beside(at, length);
                let start = index - at * step;
                let sides = values[start + before * step] + values[start + after * step];
                outer * sides + inner * values[index]
            })
            .collect::<Vec<i32>>()
    };
    let rows = along(plane, 1, |index, width| index % width, width);
    let columns = along(&rows, width, |index, width| index / width, height);
    columns.into_iter().map(|value| (value + (1 << 15)) >> 16).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::Rgb;

    use super::*;
    use crate::geometry::Point;

    /// Noise over slopes, of a small generator that any language has.
    fn synthetic(seed: u32, width: u32, height: u32) -> RgbImage {
        let mut state = seed;
        let mut picture = RgbImage::new(width, height);
        for y in 0..height {
            for x in 0..width {
                let mut channel = |c: u32| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (((x * (3 + c) + y * (5 - c) * 2) / 2 + (state >> 24) % 97) % 256) as u8
                };
                picture.put_pixel(x, y, Rgb([channel(0), channel(1), channel(2)]));
            }
        }
        picture
    }

    /// Recorded from OpenCV 5.0: `Laplacian` of the grey picture, of the colours, and of the grey
    /// picture after `GaussianBlur` of 3x3 and 0.5.
    #[test]
    fn variances_are_opencvs() {
        for (seed, width, height, luma, rgb, smooth) in [
            (1, 150, 204, 29326.18, 64537.94, 7499.249),
            (2, 31, 57, 31025.761, 57835.96, 7672.825),
            (5, 40, 30, 7948.942, 19500.927, 2103.833),
            (7, 1, 1, 0.0, 0.0, 0.0),
            (9, 3, 2, 2619.917, 12839.0, 876.139),
        ] {
            let picture = synthetic(seed, width, height);
            for (channels, expected) in
                [(Channels::Luma, luma), (Channels::Rgb, rgb), (Channels::SmoothLuma, smooth)]
            {
                let found = variance(&picture, channels);
                // The grey of another version may round otherwise.
                let error = (found - expected).abs() / expected.max(1.0);
                assert!(error < 2e-3, "{channels:?} of {width}x{height}: {found}, not {expected}");
            }
        }
        assert_eq!(variance(&RgbImage::new(0, 0), Channels::SmoothLuma), 0.0);
    }

    #[test]
    fn presets_and_numbers_are_read_and_written() {
        for text in ["facegrab", "faceripper", "streamface", "100", "0"] {
            assert_eq!(text.parse::<Blur>().unwrap().to_string(), text);
        }
        for wrong in ["", "soft", "-1", "nan"] {
            assert!(wrong.parse::<Blur>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_preset_tells_a_flat_face_from_a_lively_one() {
        let lively = synthetic(3, 300, 300);
        let flat = RgbImage::from_pixel(300, 300, Rgb([90; 3]));
        let bbox = Rect { x: 100.0, y: 90.0, width: 100.0, height: 120.0 };
        let eyes = [(127.0, 138.0), (173.0, 138.0), (150.0, 161.0), (130.0, 179.0), (170.0, 179.0)];
        let face =
            Detection { bbox, landmarks: Some(eyes.map(|(x, y)| Point { x, y })), score: 1.0 };
        for blur in [Blur::Below(100.0), Blur::FaceGrab, Blur::FaceRipper, Blur::StreamFace] {
            assert!(blur.is_blurred(&FrameView::from_rgb(&flat), &face).unwrap(), "{blur}");
            assert!(!blur.is_blurred(&FrameView::from_rgb(&lively), &face).unwrap(), "{blur}");
        }
        // 0 turns nothing off, it is a threshold that nothing is below.
        assert!(!Blur::Below(0.0).is_blurred(&FrameView::from_rgb(&flat), &face).unwrap());
        let outside = Detection { bbox: Rect { x: 900.0, ..bbox }, landmarks: None, score: 1.0 };
        assert!(Blur::Below(1.0).is_blurred(&FrameView::from_rgb(&lively), &outside).unwrap());
    }
}
