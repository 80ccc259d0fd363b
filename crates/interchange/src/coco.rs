// SPDX-License-Identifier: MIT OR Apache-2.0
//! Boxes in COCO's JSON.

use std::collections::BTreeMap;
use std::path::Path;

use dataset::atomic::replace;
use dataset::{CropNames, DatasetError, Loaded};
use serde_json::{Value, json};

use crate::export::{Exported, decimal, people};

/// Writes `annotations.json`: an image a frame with faces, a category a person.
pub(crate) fn write(loaded: &Loaded, target: &Path) -> Result<Exported, DatasetError> {
    let names = CropNames::new(&loaded.run)?;
    let people = people(&loaded.faces);
    // By input and frame, so that images come in that order.
    let mut images: BTreeMap<(usize, u64), Value> = BTreeMap::new();
    for face in &loaded.faces {
        let Some((input, info)) = loaded.run.input(&face.video) else { continue };
        images.entry((input, face.frame)).or_insert_with(|| {
            json!({
                "id": 0,
                "file_name": names.debug(input, face.frame, None),
                "width": info.extra.get("width"),
                "height": info.extra.get("height"),
                "video": face.video,
                "frame": face.frame,
                "pts": face.pts,
            })
        });
    }
    let ids: BTreeMap<(usize, u64), usize> =
        images.keys().enumerate().map(|(index, key)| (*key, index + 1)).collect();
    for (key, image) in &mut images {
        image["id"] = json!(ids.get(key));
    }
    let annotations: Vec<Value> = loaded
        .faces
        .iter()
        .enumerate()
        .filter_map(|(index, face)| {
            let (input, _) = loaded.run.input(&face.video)?;
            let category = people.iter().position(|name| name == face.group_name())? + 1;
            let [x, y, width, height] = face.bbox.0.map(decimal);
            // Eyes, nose, mouth corners; 2 is COCO's "labelled and visible".
            let keypoints: Option<Vec<f64>> = face.landmarks.map(|points| {
                points.iter().flat_map(|[x, y]| [decimal(*x), decimal(*y), 2.0]).collect()
            });
            Some(json!({
                "id": index + 1,
                "image_id": ids.get(&(input, face.frame)),
                "category_id": category,
                "bbox": [x, y, width, height],
                "area": width * height,
                "iscrowd": 0,
                "score": decimal(face.score),
                "track_id": face.track,
                "num_keypoints": keypoints.as_ref().map_or(0, |points| points.len() / 3),
                "keypoints": keypoints.unwrap_or_default(),
            }))
        })
        .collect();
    let points = ["left_eye", "right_eye", "nose", "left_mouth", "right_mouth"];
    let categories: Vec<Value> = people
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let id = index + 1;
            json!({"id": id, "name": name, "supercategory": "person", "keypoints": points, "skeleton": []})
        })
        .collect();
    let text = json!({
        "info": {"description": "facegroup", "version": loaded.run.version},
        "licenses": [],
        "images": images.into_values().collect::<Vec<_>>(),
        "annotations": annotations,
        "categories": categories,
    });
    replace(&target.join("annotations.json"), text.to_string().as_bytes())?;
    Ok(Exported { faces: annotations.len(), people: people.len() })
}
