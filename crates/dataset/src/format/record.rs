// SPDX-License-Identifier: MIT OR Apache-2.0
//! One line of `faces.jsonl`.

use grouping::UNSURE;
use grouping::cluster::Face;
use imaging::geometry::{CropBox, FrameBox};
use imaging::{HashKind, PerceptualHash};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Duplicate;

/// One face on one frame, as a line of `faces.jsonl` says it.
///
/// The writer sets `face`, `file` and `embedding` itself; what the caller puts there is ignored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FaceRecord {
    /// Name of the input, unique within the run (`InputInfo::name`).
    pub video: String,
    /// Exact index of the decoded frame in presentation order, from 0, whatever was skipped.
    pub frame: u64,
    /// Which face of its frame this is, from 0.
    #[serde(default)]
    pub face: u32,
    /// Stream time of the frame in seconds.
    pub pts: f64,
    /// Left, top, width, height in pixels of the decoded frame in display orientation.
    #[serde(rename = "box")]
    pub bbox: FrameBox,
    /// Eyes, nose tip, mouth corners, each from the image's left, in the same pixels.
    #[serde(default)]
    pub landmarks: Option<[[f32; 2]; 5]>,
    /// Confidence of the detector, 0 to 1.
    pub score: f32,
    /// Fitness for recognition, 0 to 1.
    #[serde(default)]
    pub quality: f32,
    /// Variance of the Laplacian of the face's luma.
    #[serde(default)]
    pub sharpness: f32,
    /// Track id, unique within the input.
    #[serde(default)]
    pub track: Option<u64>,
    /// Shot index within the input.
    #[serde(default)]
    pub shot: Option<u64>,
    /// The first shot within the input that shows the same place from the same camera.
    #[serde(rename = "setup", default, skip_serializing_if = "Option::is_none")]
    pub recurring_shot: Option<u64>,
    /// Folder of the person, `unsure` where nobody is clearly nearest; `None` until grouped.
    #[serde(default)]
    pub group: Option<String>,
    /// The picture's path below the dataset with `/` between parts; `None` where none was kept.
    #[serde(default)]
    pub file: Option<String>,
    /// Where the face lies in its picture: left, top, width, height in parts of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_picture: Option<CropBox>,
    /// Row in `embeddings.npy`; `None` where none was computed.
    #[serde(default)]
    pub embedding: Option<usize>,
    /// Length of the embedding before it was brought to one, in parts of what is usual with the embedder: the
    /// less, the less of the face can be recognised. Only of embedders whose lengths say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub magnitude: Option<f32>,
    /// Perceptual hash of the picture; only where duplicates were looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<PerceptualHash>,
    /// What the hash is of; left out for the average hash.
    #[serde(default, skip_serializing_if = "HashKind::is_default")]
    pub hash_kind: HashKind,
    /// Why no picture was kept: it showed what an earlier one shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<Duplicate>,
    /// Why no picture was kept: it was more blurred than wanted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blurry: bool,
    /// Fields of later versions and other tools, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl FaceRecord {
    /// The name of its group; that of nobody's where it has none.
    pub fn group_name(&self) -> &str {
        self.group.as_deref().unwrap_or(UNSURE)
    }

    /// What grouping sees of it: a face of the input of this index, with an embedding where that is
    /// one of `rows` rows.
    pub fn face(&self, video: usize, rows: usize) -> Face {
        Face {
            video,
            frame: self.frame,
            pts: self.pts,
            bbox: self.bbox,
            track: self.track,
            shot: self.shot,
            recurring_shot: self.recurring_shot,
            score: self.score,
            quality: self.quality,
            embedding: self.embedding.filter(|row| *row < rows),
            landmarks: self.landmarks,
            magnitude: self.magnitude,
        }
    }

    /// Whether all its numbers are, so that JSON can hold them.
    pub fn is_finite(&self) -> bool {
        let single = [self.score, self.quality, self.sharpness];
        let marks = self.landmarks.iter().flatten().flatten();
        let rest = self.in_picture.iter().flat_map(|b| &b.0).chain(&self.magnitude);
        let distance = self.duplicate.iter().map(|duplicate| &duplicate.distance);
        let mut all = self.bbox.0.iter().chain(&single).chain(marks).chain(rest).chain(distance);
        self.pts.is_finite() && all.all(|value| value.is_finite())
    }

    /// Cuts what no detector measures, so that a line stays short: hundredths of a pixel,
    /// ten-thousandths of a score, microseconds.
    pub fn round(&mut self) {
        let to = |value: &mut f32, steps: f32| {
            let rounded = (*value * steps).round() / steps;
            // JSON has no infinity, and a huge value needs no rounding.
            *value = if rounded.is_finite() {
                rounded
            } else if value.is_finite() {
                *value
            } else {
                0.0
            };
        };
        self.bbox.0.iter_mut().for_each(|v| to(v, 100.0));
        self.landmarks.iter_mut().flatten().flatten().for_each(|v| to(v, 100.0));
        to(&mut self.score, 1e4);
        to(&mut self.quality, 1e4);
        to(&mut self.sharpness, 100.0);
        self.in_picture.iter_mut().flat_map(|b| &mut b.0).for_each(|v| to(v, 1e4));
        self.magnitude.iter_mut().for_each(|v| to(v, 1e4));
        self.pts = if self.pts.is_finite() { (self.pts * 1e6).round() / 1e6 } else { 0.0 };
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    /// The line that the design gives as its example.
    const LINE: &str = r#"{"video":"movie.mkv","frame":1224,"pts":51.051,"box":[10.5,20.0,64.0,80.25],"landmarks":[[1.0,2.0],[3.0,4.0],[5.0,6.0],[7.0,8.0],[9.0,10.0]],"score":0.98,"quality":0.71,"sharpness":153.2,"track":17,"shot":4,"group":"0","file":"faces/0/001224_0.jpg","embedding":41}"#;

    #[test]
    fn reads_the_line_of_the_design() {
        let record: FaceRecord = serde_json::from_str(LINE).unwrap();
        assert_eq!((record.frame, record.track, record.embedding), (1224, Some(17), Some(41)));
        assert_eq!(record.score, 0.98);
        let again: FaceRecord =
            serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
        assert_eq!(again, record);
    }

    #[test]
    fn keeps_unknown_fields() {
        let line = LINE.replace("\"score\"", "\"mood\":[1,2],\"score\"");
        let record: FaceRecord = serde_json::from_str(&line).unwrap();
        assert!(serde_json::to_string(&record).unwrap().contains("\"mood\":[1,2]"));
    }

    #[test]
    fn writes_every_field_of_the_design_even_when_there_is_nothing_in_it() {
        let line = serde_json::to_string(&FaceRecord::default()).unwrap();
        for field in [
            "video",
            "frame",
            "pts",
            "box",
            "landmarks",
            "score",
            "quality",
            "sharpness",
            "track",
            "shot",
            "group",
            "file",
            "embedding",
        ] {
            assert!(line.contains(&format!("\"{field}\":")), "{field} is missing in {line}");
        }
    }

    #[test]
    fn rounds_to_what_is_measured_and_never_writes_null_numbers() {
        let mut record = FaceRecord {
            bbox: FrameBox([1.23456, f32::NAN, 3e38, 0.0]),
            score: 0.987_654,
            pts: 51.051_051_051,
            ..Default::default()
        };
        record.round();
        assert_eq!(record.bbox.0, [1.23, 0.0, 3e38, 0.0]);
        assert_eq!((record.score, record.pts), (0.9877, 51.051_051));
        let line = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<FaceRecord>(&line).unwrap(), record);
    }
}
