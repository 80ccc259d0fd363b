// SPDX-License-Identifier: MIT OR Apache-2.0
//! One crop: how good it is, and where it came from.

use facemeta::{CropOrigin, Face, FrameBox};
use gst_frameview::Geometry;
use image::RgbImage;
use imaging::quality;

/// A crop ready to go.
pub(super) struct Crop {
    pub(super) picture: RgbImage,
    pub(super) origin: CropOrigin,
    /// The face in coordinates of the crop.
    pub(super) face: Face,
}

/// The face with its sharpness and quality, measured on what the crop shows of its box; `frame` is the size
/// of the frame in display pixels.
pub(super) fn with_quality(
    face: &Face,
    detection: &imaging::Detection,
    frame: (f64, f64),
    seen: &RgbImage,
) -> Face {
    let sharpness = quality::sharpness(seen);
    let frame = (frame.0 as f32, frame.1 as f32);
    Face {
        sharpness: Some(f64::from(sharpness)),
        quality: Some(f64::from(quality::quality(detection, frame, seen, sharpness))),
        ..face.clone()
    }
}

/// Where the face was on its frame, in pixels of the upright decoded frame.
pub(super) fn origin(
    face: &Face,
    geometry: &Geometry,
    frame: u64,
    index: u32,
    stream_time: Option<gst::ClockTime>,
) -> CropOrigin {
    let (width, height) = geometry.upright_size();
    let [x, y, w, h] = geometry.upright_box(face).0;
    let point = |p| {
        let [x, y] = geometry.to_upright(p);
        [x * width, y * height]
    };
    CropOrigin {
        frame,
        index,
        stream_time,
        bbox: FrameBox([x * width, y * height, w * width, h * height]),
        landmarks: face.landmarks.map(|points| points.map(point)),
        face: face.clone(),
    }
}
