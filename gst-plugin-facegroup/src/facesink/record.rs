// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes in as a buffer, as it goes into the dataset.

use dataset::FaceRecord;
use facemeta::{CropOrigin, FrameFaces};
use gst_video::VideoFrameExt;
use image::RgbImage;
use imaging::geometry::{CropBox, FrameBox};

use super::writer::{Item, NewFace};

/// A crop as a line and a picture.
pub(super) fn face(
    buffer: &gst::BufferRef,
    info: &gst_video::VideoInfo,
    video: &str,
) -> Result<Item, gst::ErrorMessage> {
    let origin = CropOrigin::read(buffer).ok_or_else(|| {
        gst::error_msg!(
            gst::StreamError::WrongType,
            ("a picture that says nothing of where it came from: put facecrop in front of facesink")
        )
    })?;
    let on_crop = FrameFaces::read(buffer, "face", info.width(), info.height())
        .and_then(|faces| faces.faces.into_iter().next());
    let in_picture = on_crop.as_ref().map(|face| CropBox(face.bbox.0.map(|v| v as f32)));
    let embedding = on_crop.and_then(|face| face.embedding);
    let face = &origin.face;
    let mut extra = serde_json::Map::new();
    if face.interpolated {
        extra.insert("filled".into(), true.into());
    }
    let record = FaceRecord {
        video: video.to_owned(),
        frame: origin.frame,
        face: origin.index,
        pts: origin.stream_time.map_or(0.0, |time| time.nseconds() as f64 / 1e9),
        bbox: FrameBox(origin.bbox.0.map(|v| v as f32)),
        landmarks: origin.landmarks.map(|points| points.map(|p| p.map(|v| v as f32))),
        score: face.confidence as f32,
        quality: face.quality.unwrap_or_default() as f32,
        sharpness: face.sharpness.unwrap_or_default() as f32,
        track: face.track,
        shot: face.shot,
        recurring_shot: face.recurring_shot,
        magnitude: embedding.as_ref().and_then(|embedding| embedding.magnitude),
        blurry: face.blurry,
        in_picture,
        extra,
        ..FaceRecord::default()
    };
    Ok(Item::Face(Box::new(NewFace { record, picture: picture(buffer, info)?, embedding })))
}

/// The pixels without the padding of their rows.
fn picture(
    buffer: &gst::BufferRef,
    info: &gst_video::VideoInfo,
) -> Result<RgbImage, gst::ErrorMessage> {
    let unreadable = || gst_frameview::map_error(buffer);
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, info)
        .map_err(|_| unreadable())?;
    let (width, height) = (frame.width(), frame.height());
    let stride = frame.plane_stride().first().and_then(|s| usize::try_from(*s).ok());
    let (data, stride) = frame.plane_data(0).ok().zip(stride).ok_or_else(unreadable)?;
    let row = 3 * width as usize;
    let mut pixels = Vec::with_capacity(row * height as usize);
    for line in data.chunks(stride.max(1)).take(height as usize) {
        pixels.extend_from_slice(line.get(..row).ok_or_else(unreadable)?);
    }
    RgbImage::from_raw(width, height, pixels).ok_or_else(unreadable)
}
