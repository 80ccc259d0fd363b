// SPDX-License-Identifier: MIT OR Apache-2.0
//! The faces as `GstVideoRegionOfInterestMeta`, with the parameter structures of DL Streamer.

use gst_video::VideoRegionOfInterestMeta as Roi;

use crate::{Embedding, Face, FrameFaces};

/// DL Streamer's number for 32-bit floats.
const PRECISION_FP32: i32 = 10;
/// DL Streamer's number for "any" tensor layout.
const LAYOUT_ANY: i32 = 0;
/// The type of a region that holds a face.
pub(crate) const FACE: &str = "face";
/// DL Streamer's name for five landmarks.
const LANDMARKS_FORMAT: &str = "face-landmarks/centerface-5";

pub(crate) fn read(
    buffer: &gst::BufferRef,
    object_class: &str,
    width: u32,
    height: u32,
) -> Option<FrameFaces> {
    if width == 0 || height == 0 {
        return None;
    }
    let faces: Vec<Face> = buffer
        .iter_meta::<Roi>()
        .filter(|roi| roi.roi_type() == object_class)
        .map(|roi| face(&roi, f64::from(width), f64::from(height)))
        .collect();
    (!faces.is_empty()).then_some(FrameFaces { frame: 0, faces })
}

fn face(roi: &Roi, width: f64, height: f64) -> Face {
    let (x, y, w, h) = roi.rect();
    let bbox =
        [f64::from(x) / width, f64::from(y) / height, f64::from(w) / width, f64::from(h) / height];
    let confidence = roi.param("detection").and_then(|s| s.get("confidence").ok()).unwrap_or(1.0);
    Face {
        bbox,
        landmarks: landmarks(roi, bbox),
        confidence,
        track: roi
            .param("object_id")
            .and_then(|s| s.get::<i32>("id").ok())
            .and_then(|id| id.try_into().ok()),
        ..Face::default()
    }
}

/// The landmarks of a region, which are normalised to its box.
fn landmarks(roi: &Roi, bbox: [f64; 4]) -> Option<[[f64; 2]; 5]> {
    let keypoints = roi.params().find(|s| {
        s.get::<&str>("format").is_ok_and(|f| f == LANDMARKS_FORMAT || f == "landmark_points")
    })?;
    let bytes = keypoints.get::<glib::Variant>("data_buffer").ok()?;
    let values: Vec<f64> = bytes
        .fixed_array::<u8>()
        .ok()?
        .chunks_exact(4)
        .filter_map(|c| c.try_into().ok().map(|c| f64::from(f32::from_le_bytes(c))))
        .collect();
    let flat: [f64; 10] = values.try_into().ok()?;
    Some(std::array::from_fn(|i| {
        [bbox[0] + flat[2 * i] * bbox[2], bbox[1] + flat[2 * i + 1] * bbox[3]]
    }))
}

pub(crate) fn write(buffer: &mut gst::BufferRef, frame: &FrameFaces, width: u32, height: u32) {
    remove(buffer);
    for (index, face) in frame.faces.iter().enumerate() {
        let mut roi = Roi::add(buffer, FACE, pixels(face.bbox, width, height));
        // Unique within the stream as far as 31 bits go: frame and face.
        roi.set_id((((frame.frame as i32) << 8) | index as i32) & i32::MAX);
        roi.set_parent_id(-1);
        roi.add_param(detection(face));
        if let Some(track) = face.track {
            let id = (track & i32::MAX as u64) as i32;
            roi.add_param(gst::Structure::builder("object_id").field("id", id).build());
        }
        if let Some(keypoints) = keypoints(face) {
            roi.add_param(keypoints);
        }
        if let Some(embedding) = &face.embedding {
            roi.add_param(tensor(embedding));
        }
    }
}

fn remove(buffer: &mut gst::BufferRef) {
    buffer.foreach_meta_mut(|mut meta| {
        let ours = meta.downcast_ref::<Roi>().is_some_and(|roi| roi.roi_type() == FACE);
        let action = if ours {
            gst::buffer::BufferMetaForeachAction::Remove
        } else {
            gst::buffer::BufferMetaForeachAction::Keep
        };
        std::ops::ControlFlow::Continue(action)
    });
}

/// A normalised box in whole pixels, inside the frame.
fn pixels(bbox: [f64; 4], width: u32, height: u32) -> (u32, u32, u32, u32) {
    let clamp =
        |v: f64, size: u32| (v * f64::from(size)).round().clamp(0.0, f64::from(size)) as u32;
    let (x, y) = (clamp(bbox[0], width), clamp(bbox[1], height));
    let (right, bottom) = (clamp(bbox[0] + bbox[2], width), clamp(bbox[1] + bbox[3], height));
    (x, y, right - x.min(right), bottom - y.min(bottom))
}

fn detection(face: &Face) -> gst::Structure {
    let [x, y, w, h] = face.bbox;
    gst::Structure::builder("detection")
        .field("x_min", x)
        .field("x_max", x + w)
        .field("y_min", y)
        .field("y_max", y + h)
        .field("confidence", face.confidence)
        .field("label_id", 0i32)
        .build()
}

fn keypoints(face: &Face) -> Option<gst::Structure> {
    let [x, y, w, h] = face.bbox;
    let points = face.landmarks.filter(|_| w > 0.0 && h > 0.0)?;
    let flat = points.map(|p| [((p[0] - x) / w) as f32, ((p[1] - y) / h) as f32]).concat();
    Some(
        gst::Structure::builder("keypoints")
            .field("type", "keypoints")
            .field("format", LANDMARKS_FORMAT)
            .field("precision", PRECISION_FP32)
            .field("layout", LAYOUT_ANY)
            .field("dims", gst::Array::new([5u32, 2]))
            .field("data_buffer", bytes(&flat))
            .build(),
    )
}

fn tensor(embedding: &Embedding) -> gst::Structure {
    gst::Structure::builder("inference_layer_name:embedding")
        .field("model_name", embedding.model.as_str())
        .field("layer_name", "embedding")
        .field("format", "face-embedding")
        .field("precision", PRECISION_FP32)
        .field("layout", LAYOUT_ANY)
        .field("dims", gst::Array::new([1u32, embedding.values.len() as u32]))
        .field("data_buffer", bytes(&embedding.values))
        .build()
}

fn bytes(values: &[f32]) -> glib::Variant {
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    glib::Variant::array_from_fixed_array::<u8>(&bytes)
}
