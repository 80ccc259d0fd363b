// SPDX-License-Identifier: MIT OR Apache-2.0
//! The faces as `GstVideoRegionOfInterestMeta`, with the parameter structures of DL Streamer.

use gst_video::VideoRegionOfInterestMeta as Roi;

use crate::{Embedding, Face, FrameFaces, StoredBox};

/// DL Streamer's number for 32-bit floats.
const PRECISION_FP32: i32 = 10;
/// DL Streamer's number for "any" tensor layout.
const LAYOUT_ANY: i32 = 0;
/// The type of a region that holds a face.
pub(crate) const FACE: &str = "face";
/// DL Streamer's name for five landmarks.
const LANDMARKS_FORMAT: &str = "face-landmarks/centerface-5";
/// What the tensor of an embedding says of itself.
const EMBEDDING_FORMAT: &str = "face-embedding";

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
        .filter(|roi| object_class.is_empty() || roi.roi_type() == object_class)
        .map(|roi| face(&roi, f64::from(width), f64::from(height)))
        .collect();
    (!faces.is_empty()).then_some(FrameFaces { frame: 0, faces })
}

fn face(roi: &Roi, width: f64, height: f64) -> Face {
    let (x, y, w, h) = roi.rect();
    let pixels =
        [f64::from(x) / width, f64::from(y) / height, f64::from(w) / width, f64::from(h) / height];
    let detection = roi.param("detection");
    // DL Streamer keeps the exact box beside the one in whole pixels.
    let bbox = detection.and_then(exact).filter(|b| near(*b, pixels, width, height));
    let bbox = bbox.unwrap_or(pixels);
    let confidence = detection.and_then(|s| s.get("confidence").ok()).unwrap_or(1.0);
    Face {
        bbox: StoredBox(bbox),
        embedding: embedding(roi),
        landmarks: landmarks(roi, bbox),
        confidence,
        track: roi
            .param("object_id")
            .and_then(|s| s.get::<i32>("id").ok())
            .and_then(|id| id.try_into().ok()),
        ..Face::default()
    }
}

/// The box of a "detection" structure, normalised.
fn exact(detection: &gst::StructureRef) -> Option<[f64; 4]> {
    let edge = |name| detection.get::<f64>(name).ok();
    let (left, right) = (edge("x_min")?, edge("x_max")?);
    let (top, bottom) = (edge("y_min")?, edge("y_max")?);
    Some([left, top, right - left, bottom - top])
}

/// Whether two boxes are the same but for rounding: a region that somebody has moved is believed, and
/// not the structure that was left behind.
fn near(a: [f64; 4], b: [f64; 4], width: f64, height: f64) -> bool {
    let pixels = [width, height, width, height];
    a.iter().zip(b).zip(pixels).all(|((a, b), size)| ((a - b) * size).abs() <= 1.5)
}

/// The embedding of a region, where it was written in our own words.
fn embedding(roi: &Roi) -> Option<Embedding> {
    let tensor =
        roi.params().find(|s| s.get::<&str>("format").is_ok_and(|f| f == EMBEDDING_FORMAT))?;
    let magnitude = tensor.get("magnitude").ok();
    Some(Embedding { model: tensor.get("model_name").ok()?, values: floats(tensor)?, magnitude })
}

/// A structure's tensor of 32-bit floats.
fn floats(tensor: &gst::StructureRef) -> Option<Vec<f32>> {
    let bytes = tensor.get::<glib::Variant>("data_buffer").ok()?;
    let bytes = bytes.fixed_array::<u8>().ok()?;
    let float = |c: &[u8]| c.try_into().ok().map(f32::from_le_bytes);
    Some(bytes.chunks_exact(4).filter_map(float).collect())
}

/// The landmarks of a region, which are normalised to its box.
fn landmarks(roi: &Roi, bbox: [f64; 4]) -> Option<[[f64; 2]; 5]> {
    let keypoints = roi.params().find(|s| {
        s.get::<&str>("format").is_ok_and(|f| f == LANDMARKS_FORMAT || f == "landmark_points")
    })?;
    let values: Vec<f64> = floats(keypoints)?.into_iter().map(f64::from).collect();
    let flat: [f64; 10] = values.try_into().ok()?;
    Some(std::array::from_fn(|i| {
        [bbox[0] + flat[2 * i] * bbox[2], bbox[1] + flat[2 * i + 1] * bbox[3]]
    }))
}

/// `ids` are those of the faces in another form on the buffer, which ties the two.
pub(crate) fn write(
    buffer: &mut gst::BufferRef,
    frame: &FrameFaces,
    width: u32,
    height: u32,
    ids: &[i32],
) {
    remove(buffer);
    for (index, face) in frame.faces.iter().enumerate() {
        let mut roi = Roi::add(buffer, FACE, pixels(face.bbox.0, width, height));
        // Unique within the stream as far as 31 bits go: frame and face.
        let own = (((frame.frame as i32) << 8) | index as i32) & i32::MAX;
        roi.set_id(ids.get(index).copied().unwrap_or(own));
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
pub(crate) fn pixels(bbox: [f64; 4], width: u32, height: u32) -> (u32, u32, u32, u32) {
    let clamp =
        |v: f64, size: u32| (v * f64::from(size)).round().clamp(0.0, f64::from(size)) as u32;
    let (x, y) = (clamp(bbox[0], width), clamp(bbox[1], height));
    let (right, bottom) = (clamp(bbox[0] + bbox[2], width), clamp(bbox[1] + bbox[3], height));
    (x, y, right - x.min(right), bottom - y.min(bottom))
}

fn detection(face: &Face) -> gst::Structure {
    let [x, y, w, h] = face.bbox.0;
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
    let [x, y, w, h] = face.bbox.0;
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
        .field("format", EMBEDDING_FORMAT)
        .field("precision", PRECISION_FP32)
        .field("layout", LAYOUT_ANY)
        .field("dims", gst::Array::new([1u32, embedding.values.len() as u32]))
        .field("data_buffer", bytes(&embedding.values))
        .field_if_some("magnitude", embedding.magnitude)
        .build()
}

fn bytes(values: &[f32]) -> glib::Variant {
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    glib::Variant::array_from_fixed_array::<u8>(&bytes)
}
