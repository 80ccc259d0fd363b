// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a result keeps of a face on a picture: the part around it, and its line.

use dataset::FaceRecord;
use image::RgbImage;
use image::imageops::crop_imm;
use imaging::geometry::{CropBox, FrameBox, Rect};
use imaging::{Detection, quality};
use models::Embedding;
use models::catalogue::Style;

/// Left, top, width and height of a part of a picture, in its pixels; it lies inside, and is not empty.
pub(super) type Part = [u32; 4];

/// The part around a face, as far as crops reach by default.
pub(super) fn around(picture: &RgbImage, face: &Detection, style: Style) -> Part {
    let (centre, Rect { width, height, .. }) = (face.bbox.centre(), face.bbox);
    let [left, right, up, down] = style.crop_scale().map(|scale| scale as f32 / 2.0);
    let (across, down) = ((left + right) * width, (up + down) * height);
    let (x, y) = (centre.x - left * width, centre.y - up * height);
    inside(picture, Rect { x, y, width: across, height: down }, 1)
}

/// A part of a picture.
pub(super) fn cut(picture: &RgbImage, [x, y, width, height]: Part) -> RgbImage {
    crop_imm(picture, x, y, width, height).to_image()
}

/// `base` with what is measured of a face, `part` of whose picture is kept.
pub(super) fn record(
    base: FaceRecord,
    picture: &RgbImage,
    face: &Detection,
    embedding: Option<&Embedding>,
    part: Part,
) -> FaceRecord {
    let Detection { bbox, landmarks, score } = *face;
    let seen = cut(picture, inside(picture, bbox, 0));
    let sharpness = quality::sharpness(&seen);
    let size = (picture.width() as f32, picture.height() as f32);
    let [left, top, across, down] = part.map(|value| value as f32);
    FaceRecord {
        bbox: FrameBox([bbox.x, bbox.y, bbox.width, bbox.height]),
        landmarks: landmarks.map(|points| points.map(|point| [point.x, point.y])),
        score,
        sharpness,
        quality: quality::quality(face, size, &seen, sharpness),
        magnitude: embedding.and_then(|embedding| embedding.magnitude),
        in_picture: Some(CropBox([
            (bbox.x - left) / across,
            (bbox.y - top) / down,
            bbox.width / across,
            bbox.height / down,
        ])),
        ..base
    }
}

/// What of a box lies on the picture, in whole pixels; at least `least` wide and high.
fn inside(picture: &RgbImage, bbox: Rect, least: u32) -> Part {
    let span = |begin: f32, length: f32, most: u32| {
        let clamp = |value: f32, most: u32| value.round().clamp(0.0, most as f32) as u32;
        let first = clamp(begin, most.saturating_sub(least));
        (first, clamp(begin + length, most).saturating_sub(first).max(least))
    };
    let (x, width) = span(bbox.x, bbox.width, picture.width());
    let (y, height) = span(bbox.y, bbox.height, picture.height());
    [x, y, width, height]
}
