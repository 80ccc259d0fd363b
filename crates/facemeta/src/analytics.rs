// SPDX-License-Identifier: MIT OR Apache-2.0
//! The faces as `GstAnalyticsRelationMeta`: an object detection a face, related to its tracking.
//!
//! Landmarks and embeddings have no place in it before GStreamer 1.28; they travel in the other forms.

use gst_analytics::prelude::*;
use gst_analytics::{AnalyticsODMtd, AnalyticsRelationMeta, AnalyticsTrackingMtd, RelTypes};

use crate::{Face, FrameFaces, MetaError, StoredBox, roi};

pub(crate) fn read(
    buffer: &gst::BufferRef,
    object_class: &str,
    width: u32,
    height: u32,
) -> Option<FrameFaces> {
    if width == 0 || height == 0 {
        return None;
    }
    let (width, height) = (f64::from(width), f64::from(height));
    let meta = buffer.meta::<AnalyticsRelationMeta>()?;
    let mut faces = Vec::new();
    for object in meta.iter::<AnalyticsODMtd>() {
        let class = object.obj_type().map(|class| class.as_str().to_owned()).unwrap_or_default();
        let Ok(place) = object.location() else { continue };
        if !object_class.is_empty() && class != object_class {
            continue;
        }
        faces.push(Face {
            bbox: StoredBox([
                f64::from(place.x) / width,
                f64::from(place.y) / height,
                f64::from(place.w) / width,
                f64::from(place.h) / height,
            ]),
            confidence: f64::from(place.loc_conf_lvl),
            track: track(&meta, object.id()),
            ..Face::default()
        });
    }
    (!faces.is_empty()).then_some(FrameFaces { frame: 0, faces })
}

/// The track that an object is related to.
fn track(meta: &gst::MetaRef<'_, AnalyticsRelationMeta>, object: u32) -> Option<u64> {
    let mut related = meta.iter_direct_related::<AnalyticsTrackingMtd>(object, RelTypes::RELATE_TO);
    related.next().map(|tracking| tracking.info().0)
}

/// Attaches what is not there yet, beside what others have found; the ids of the faces' objects.
pub(crate) fn write(
    buffer: &mut gst::BufferRef,
    frame: &FrameFaces,
    width: u32,
    height: u32,
) -> Result<Vec<i32>, MetaError> {
    if frame.faces.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = Vec::new();
    if let Some(meta) = buffer.meta::<AnalyticsRelationMeta>() {
        for object in meta.iter::<AnalyticsODMtd>() {
            if let (Some(class), Ok(place)) = (object.obj_type(), object.location())
                && class.as_str() == roi::FACE
            {
                let place = (place.x, place.y, place.w, place.h);
                known.push((place, object.id(), track(&meta, object.id())));
            }
        }
    }
    let first_seen = buffer.pts().unwrap_or_default();
    if buffer.meta::<AnalyticsRelationMeta>().is_none() {
        AnalyticsRelationMeta::add(buffer);
    }
    let Some(mut meta) = buffer.meta_mut::<AnalyticsRelationMeta>() else {
        return Ok(Vec::new());
    };
    let mut ids = Vec::with_capacity(frame.faces.len());
    for face in &frame.faces {
        let (x, y, w, h) = roi::pixels(face.bbox.0, width, height);
        let place = (x as i32, y as i32, w as i32, h as i32);
        let (id, tracked) = match known.iter().find(|(there, ..)| *there == place) {
            Some((_, id, track)) => (*id, *track),
            None => {
                let class = glib::Quark::from_str(roi::FACE);
                let (x, y, w, h) = place;
                let object = meta.add_od_mtd(class, x, y, w, h, face.confidence as f32)?;
                (object.id(), None)
            }
        };
        if let (Some(track), None) = (face.track, tracked) {
            let tracking = meta.add_tracking_mtd(track, first_seen)?.id();
            meta.set_relation(RelTypes::RELATE_TO, id, tracking)?;
            meta.set_relation(RelTypes::RELATE_TO, tracking, id)?;
        }
        ids.push(i32::try_from(id).unwrap_or(i32::MAX));
    }
    Ok(ids)
}
