// SPDX-License-Identifier: MIT OR Apache-2.0
//! What decides which faces a run finds and how their pictures look.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The settings of a run, only what was set: with another value it is another run, and a result is not resumed.
///
/// ```
/// use dataset::RunSettings;
/// let held: RunSettings = serde_json::from_str(r#"{"sampling": "1 s", "threshold": null}"#)?;
/// let now = RunSettings { min_size: Some(40), ..held.clone() };
/// assert_eq!(now.differences(&held), ["min-size (null, now 40)"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct RunSettings {
    /// Which frames: `every frame`, `key frames`, `every N frames` or `S s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling: Option<String>,
    /// Seconds by which a look may move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_tolerance: Option<f64>,
    /// Second of the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Second of the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// Part of the picture: left, top, right, bottom in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<Vec<u32>>,
    /// Least confidence of a face.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Least width and height in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_size: Option<u32>,
    /// Least part of the frame's area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_share: Option<f64>,
    /// Least distance to the border in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_border: Option<u32>,
    /// Long side of the detector's input in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detection_size: Option<u32>,
    /// Scale of the coarse pass.
    #[serde(rename = "first-look", skip_serializing_if = "Option::is_none")]
    pub coarse_scale: Option<f64>,
    /// How far crops reach: left, right, up, down, in halves of the box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop_scale: Option<Vec<f64>>,
    /// Square crops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub square: Option<bool>,
    /// Long side of crops in pixels; 0 as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop_size: Option<u32>,
    /// Most faces of a track that are kept; 0 for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<u32>,
    /// When embeddings are averaged with those of mirrored faces: auto, never, always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<String>,
    /// How pictures are made besides.
    #[serde(rename = "look", skip_serializing_if = "Option::is_none")]
    pub crop: Option<CropSettings>,
    /// Thresholds of duplicates: window, hash, embedding, and the kind of hash where it is not the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Vec<Value>>,
    /// `detect` where faces are only found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Seconds from one full-frame detection to the next.
    #[serde(rename = "search", skip_serializing_if = "Option::is_none")]
    pub full_frame_interval: Option<f64>,
    /// Which of several videos in a file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_stream: Option<u64>,
    /// Degrees by which the picture is turned, or `find`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotate: Option<String>,
    /// Faces are looked for at any angle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_angle: Option<bool>,
    /// The detector that must agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm_detector: Option<String>,
    /// How faces are followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track: Option<TrackSettings>,
    /// Of a folder of pictures: hash of their names and sizes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pictures: Option<String>,
    /// Properties of elements (`facedetect min-size`), and settings of later versions.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How pictures are made, beside the sides of the crop.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct CropSettings {
    /// How faces are turned upright: points or eyes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub align: Option<String>,
    /// What is added on all sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<f64>,
    /// Width and height of the box that crops are scaled to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resize_to: Option<Vec<u32>>,
    /// The measure under which a picture is blurry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blur: Option<String>,
}

/// How faces are followed from frame to frame, and what shape pixels have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct TrackSettings {
    /// Least overlap of a face and where its track expects it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<f64>,
    /// Seconds that a track lives on without its face.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<f64>,
    /// Least faces of a track that is somebody.
    #[serde(rename = "hits", skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// Difference of two pictures that makes a cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shot_threshold: Option<f64>,
    /// Width of a pixel to its height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixel_aspect: Option<String>,
    /// Width and height at which films are to be seen, by their names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aspect_csv: Option<BTreeMap<String, Value>>,
}

impl RunSettings {
    /// What is not as in `held`, each in words; empty where nothing is.
    pub fn differences(&self, held: &Self) -> Vec<String> {
        let (now, then) = (self.by_name(), held.by_name());
        let names: std::collections::BTreeSet<_> = now.keys().chain(then.keys()).collect();
        let none = Value::Null;
        let mut found = Vec::new();
        for name in names {
            let (now, then) = (now.get(name).unwrap_or(&none), then.get(name).unwrap_or(&none));
            if now != then {
                found.push(format!("{name} ({then}, now {now})"));
            }
        }
        found
    }

    /// As they stand in `run.json`.
    fn by_name(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_earlier_versions_wrote_is_the_same_run() {
        let old = r#"{"sampling":"0.2 s","step-tolerance":null,"from":null,"area":[0,1,2,3],"threshold":0.4000000059604645,
            "min-size":20,"look":{"align":null,"padding":null,"resize-to":null,"blur":"facegrab"},
            "duplicates":[null,8,null],"track":{"overlap":null,"hits":3},"facedetect min-size":"40","new":[1]}"#;
        let held: RunSettings = serde_json::from_str(old).unwrap();
        let now = RunSettings {
            sampling: Some("0.2 s".into()),
            area: Some(vec![0, 1, 2, 3]),
            threshold: Some(f64::from(0.4f32)),
            min_size: Some(20),
            crop: Some(CropSettings { blur: Some("facegrab".into()), ..CropSettings::default() }),
            duplicates: Some(vec![Value::Null, 8.into(), Value::Null]),
            track: Some(TrackSettings { min_length: Some(3), ..TrackSettings::default() }),
            ..RunSettings::default()
        };
        let differences = now.differences(&held);
        assert_eq!(differences, ["facedetect min-size (\"40\", now null)", "new ([1], now null)"]);
        let again: RunSettings =
            serde_json::from_str(&serde_json::to_string(&held).unwrap()).unwrap();
        assert_eq!(again, held);
        assert!(!serde_json::to_string(&held).unwrap().contains("null,\"min"), "nothing unset");
    }
}
