// SPDX-License-Identifier: MIT OR Apache-2.0
//! The faces as a `GstCustomMeta`: readable from any plugin file, and by name from any language.

use std::sync::Once;

use gst::meta::CustomMeta;

use crate::{Embedding, Face, FrameFaces, MetaError, StoredBox};

/// Name of the meta that holds the faces of a frame.
const FACES: &str = "FacegroupFacesMeta";
/// Name of the meta that holds a frame's number.
const NUMBER: &str = "FacegroupFrameNumberMeta";
/// Name of the meta that holds a crop's origin.
pub(crate) const ORIGIN: &str = "FacegroupCropOriginMeta";
/// Name of the meta that holds what failed a test.
pub(crate) const REJECTS: &str = "FacegroupRejectsMeta";

/// Coordinates are normalised, so they stay true when the picture is scaled; elements that cut or
/// turn it drop metas with these tags: no coordinates are better than wrong ones.
const FACES_TAGS: &[&str] = &["video", "size", "orientation"];

pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for (name, tags) in
            [(FACES, FACES_TAGS), (REJECTS, FACES_TAGS), (NUMBER, &[]), (ORIGIN, &[])]
        {
            // Another plugin file, with its own copy of this code, may have been first.
            if !CustomMeta::is_registered(name) {
                CustomMeta::register_with_transform(name, tags, move |target, meta, _, _| {
                    copy(target, name, meta)
                });
            }
        }
    });
}

fn copy(target: &mut gst::BufferRef, name: &str, meta: &CustomMeta) -> bool {
    let Ok(mut copied) = CustomMeta::add(target, name) else {
        return false;
    };
    for (field, value) in meta.structure().iter() {
        copied.mut_structure().set_value(field, value.clone());
    }
    true
}

/// The structure of the custom meta `name` on a buffer.
pub(crate) fn find<'a>(buffer: &'a gst::BufferRef, name: &str) -> Option<&'a gst::StructureRef> {
    // Not gst_buffer_get_custom_meta: with an unknown name it prints a critical.
    buffer.iter_meta::<gst::Meta>().find_map(|meta| {
        let structure = meta.try_as_custom_meta()?.structure();
        // SAFETY: the structure belongs to the meta, and that lives as long as the buffer.
        (structure.name() == name)
            .then(|| unsafe { gst::StructureRef::from_glib_borrow(structure.as_ptr()) })
    })
}

/// A custom meta `name` on a buffer, emptied if it was there and added otherwise.
pub(crate) fn replace(
    buffer: &mut gst::BufferRef,
    name: &str,
    fields: gst::Structure,
) -> Result<(), MetaError> {
    let known = find(buffer, name).is_some();
    let mut meta = if known {
        CustomMeta::from_mut_buffer(buffer, name)?
    } else {
        CustomMeta::add(buffer, name)?
    };
    let structure = meta.mut_structure();
    structure.remove_all_fields();
    for (field, value) in fields.iter() {
        structure.set_value(field, value.clone());
    }
    Ok(())
}

pub(crate) fn read(buffer: &gst::BufferRef) -> Option<FrameFaces> {
    let structure = find(buffer, FACES)?;
    let faces = structure.get::<gst::ArrayRef>("faces").ok()?;
    Some(FrameFaces {
        frame: structure.get("frame").ok()?,
        faces: faces
            .as_slice()
            .iter()
            .filter_map(|value| {
                let face: gst::Structure = value.get().ok()?;
                face_from_structure(&face)
            })
            .collect(),
    })
}

pub(crate) fn write(buffer: &mut gst::BufferRef, frame: &FrameFaces) -> Result<(), MetaError> {
    let faces = gst::Array::new(frame.faces.iter().map(face_to_structure));
    let fields =
        gst::Structure::builder(FACES).field("frame", frame.frame).field("faces", faces).build();
    replace(buffer, FACES, fields)
}

pub(crate) fn face_to_structure(face: &Face) -> gst::Structure {
    gst::Structure::builder("face")
        .field("box", gst::Array::new(face.bbox.0))
        .field_if_some("landmarks", face.landmarks.map(|points| gst::Array::new(points.concat())))
        .field("confidence", face.confidence)
        .field_if_some("track", face.track)
        .field_if_some("shot", face.shot)
        .field_if_some("setup", face.recurring_shot)
        .field("filled", face.interpolated)
        .field("blurry", face.blurry)
        .field_if_some("quality", face.quality)
        .field_if_some("sharpness", face.sharpness)
        .field_if_some("magnitude", face.embedding.as_ref().and_then(|e| e.magnitude))
        .field_if_some("model", face.embedding.as_ref().map(|e| e.model.as_str()))
        .field_if_some(
            "embedding",
            face.embedding.as_ref().map(|e| {
                let bytes: Vec<u8> = e.values.iter().flat_map(|v| v.to_le_bytes()).collect();
                glib::Bytes::from_owned(bytes)
            }),
        )
        .build()
}

pub(crate) fn face_from_structure(structure: &gst::StructureRef) -> Option<Face> {
    Some(Face {
        bbox: StoredBox(numbers(structure, "box")?),
        landmarks: numbers::<10>(structure, "landmarks").map(points),
        confidence: structure.get("confidence").ok()?,
        track: structure.get("track").ok(),
        shot: structure.get("shot").ok(),
        recurring_shot: structure.get("setup").ok(),
        interpolated: structure.get("filled").unwrap_or_default(),
        quality: structure.get("quality").ok(),
        sharpness: structure.get("sharpness").ok(),
        blurry: structure.get("blurry").unwrap_or_default(),
        embedding: embedding(structure),
    })
}

pub(crate) fn points(flat: [f64; 10]) -> [[f64; 2]; 5] {
    std::array::from_fn(|i| [flat[2 * i], flat[2 * i + 1]])
}

pub(crate) fn numbers<const N: usize>(
    structure: &gst::StructureRef,
    field: &str,
) -> Option<[f64; N]> {
    let array = structure.get::<gst::ArrayRef>(field).ok()?;
    let values: Option<Vec<f64>> = array.as_slice().iter().map(|v| v.get().ok()).collect();
    values?.try_into().ok()
}

fn embedding(structure: &gst::StructureRef) -> Option<Embedding> {
    let bytes: glib::Bytes = structure.get("embedding").ok()?;
    let values = bytes
        .chunks_exact(4)
        .filter_map(|chunk| chunk.try_into().ok().map(f32::from_le_bytes))
        .collect();
    let magnitude = structure.get("magnitude").ok();
    Some(Embedding { model: structure.get("model").ok()?, values, magnitude })
}

/// Which picture of its stream a buffer is, counted in presentation order from 0. Attached by
/// whoever drops pictures on the way, so that names stay exact behind the gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameNumber(pub u64);

impl FrameNumber {
    /// The number on a buffer.
    pub fn read(buffer: &gst::BufferRef) -> Option<Self> {
        find(buffer, NUMBER)?.get("frame").ok().map(Self)
    }

    /// Attaches the number.
    pub fn write(self, buffer: &mut gst::BufferRef) -> Result<(), MetaError> {
        let fields = gst::Structure::builder(NUMBER).field("frame", self.0).build();
        replace(buffer, NUMBER, fields)
    }
}
