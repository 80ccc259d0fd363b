// SPDX-License-Identifier: MIT OR Apache-2.0
//! One crop: its size, what it shows, and where it came from.

use facemeta::{CropOrigin, Face};
use gst_frameview::Geometry;
use image::RgbImage;
use models::geometry::Rect;
use models::quality;

/// A crop ready to go.
pub(super) struct Crop {
    pub(super) picture: RgbImage,
    pub(super) origin: CropOrigin,
    /// The face in coordinates of the crop.
    pub(super) face: Face,
}

/// The crop's size in pixels: its own, or scaled to the long side wanted.
pub(super) fn picture_size(region: Rect, size: u32) -> (u32, u32) {
    let scale = match size {
        0 => 1.0,
        size => size as f32 / region.width.max(region.height),
    };
    let side = |length: f32| (length * scale).round().max(1.0) as u32;
    (side(region.width), side(region.height))
}

/// The face with its sharpness and quality, measured on the box where the crop shows it.
pub(super) fn judged(
    face: &Face,
    detection: &models::Detection,
    picture: &RgbImage,
    region: Rect,
) -> Face {
    let scale = picture.width() as f32 / region.width;
    let b = detection.bbox;
    let clamp = |v: f32, size: u32| (v * scale).round().clamp(0.0, size as f32) as u32;
    let (x, y) = (clamp(b.x - region.x, picture.width()), clamp(b.y - region.y, picture.height()));
    let w = clamp(b.width, picture.width() - x);
    let h = clamp(b.height, picture.height() - y);
    let shown = image::imageops::crop_imm(picture, x, y, w, h).to_image();
    let sharpness = quality::sharpness(&shown);
    let pose = detection.landmarks.as_ref().map(quality::pose).unwrap_or_default();
    let size = b.width.min(b.height);
    Face {
        sharpness: Some(f64::from(sharpness)),
        quality: Some(f64::from(quality::quality(size, sharpness, &pose, detection.score))),
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
    let [x, y, w, h] = geometry.upright_box(face);
    let point = |p| {
        let [x, y] = geometry.to_upright(p);
        [x * width, y * height]
    };
    CropOrigin {
        frame,
        index,
        stream_time,
        bbox: [x * width, y * height, w * width, h * height],
        landmarks: face.landmarks.map(|points| points.map(point)),
        face: face.clone(),
    }
}

/// The face normalised to its crop.
pub(super) fn on_crop(face: &Face, detection: &models::Detection, region: Rect) -> Face {
    let x = |v: f32| f64::from((v - region.x) / region.width);
    let y = |v: f32| f64::from((v - region.y) / region.height);
    let b = detection.bbox;
    Face {
        bbox: [
            x(b.x),
            y(b.y),
            f64::from(b.width / region.width),
            f64::from(b.height / region.height),
        ],
        landmarks: detection.landmarks.map(|points| points.map(|p| [x(p.x), y(p.y)])),
        ..face.clone()
    }
}
