// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layouts of pictures with a label each.

use std::fs;
use std::path::Path;

use dataset::atomic::replace;
use dataset::{DatasetError, FaceRecord};
use serde_json::{Map, Value, json};

use crate::export::{Exported, decimal, make, people};

/// `<target>/<person>/<picture>`.
pub(crate) fn folders(
    faces: &[FaceRecord],
    location: &Path,
    target: &Path,
) -> Result<Exported, DatasetError> {
    for face in faces {
        copy(face, location, &target.join(face.group_name()))?;
    }
    Ok(exported(faces))
}

/// `<target>/train/<picture>` and one line per picture in `metadata.jsonl` beside them.
pub(crate) fn hugging_face(
    faces: &[FaceRecord],
    location: &Path,
    target: &Path,
) -> Result<Exported, DatasetError> {
    let folder = target.join("train");
    make(&folder)?;
    let mut lines = String::new();
    for face in faces {
        let name = copy(face, location, &folder)?;
        let mut line = Map::new();
        line.insert("file_name".into(), name.into());
        line.insert("label".into(), face.group_name().into());
        line.extend(attributes(face));
        line.insert("box".into(), json!(face.bbox.0.map(decimal)));
        lines.push_str(&Value::Object(line).to_string());
        lines.push('\n');
    }
    replace(&folder.join("metadata.jsonl"), lines.as_bytes())?;
    Ok(exported(faces))
}

/// `<target>/data/<picture>` and `labels.json`, whose keys are the names without extension.
pub(crate) fn fifty_one(
    faces: &[FaceRecord],
    location: &Path,
    target: &Path,
) -> Result<Exported, DatasetError> {
    let folder = target.join("data");
    make(&folder)?;
    let classes = people(faces);
    let mut labels = Map::new();
    for face in faces {
        let name = copy(face, location, &folder)?;
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).to_owned();
        let class = classes.iter().position(|class| class == face.group_name());
        let label = json!({
            "label": class,
            "confidence": decimal(face.score),
            "attributes": Value::Object(attributes(face)),
        });
        labels.insert(stem, label);
    }
    let text = json!({"classes": classes, "labels": labels}).to_string();
    replace(&target.join("labels.json"), text.as_bytes())?;
    Ok(exported(faces))
}

/// What is known of a face beside its label and its box.
fn attributes(face: &FaceRecord) -> Map<String, Value> {
    let fields = json!({
        "video": face.video,
        "frame": face.frame,
        "pts": face.pts,
        "score": decimal(face.score),
        "quality": decimal(face.quality),
        "sharpness": decimal(face.sharpness),
        "track": face.track,
        "shot": face.shot,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Copies a face's picture into a folder and says how it is called.
fn copy(face: &FaceRecord, location: &Path, folder: &Path) -> Result<String, DatasetError> {
    let file = face.file.as_deref().unwrap_or_default();
    let name = file.rsplit('/').next().unwrap_or(file);
    make(folder)?;
    let to = folder.join(name);
    fs::copy(location.join(file), &to).map_err(|e| DatasetError::io("copy to", &to, e))?;
    Ok(name.to_owned())
}

fn exported(faces: &[FaceRecord]) -> Exported {
    Exported { faces: faces.len(), people: people(faces).len() }
}
