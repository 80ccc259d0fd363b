// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files of a small result, byte by byte but for times: they are the product's interface.
#![allow(clippy::unwrap_used)]

use std::fs;

use dataset::{Dataset, FaceRecord, InputInfo, RunInfo};
use grouping::cluster::Options;
use image::RgbImage;
use imaging::geometry::FrameBox;

#[test]
fn files_of_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let input =
        InputInfo { path: "/films/a.mkv".into(), name: "a.mkv".into(), ..InputInfo::default() };
    let run = RunInfo { version: "0.0.0".into(), ..RunInfo::new(vec![input]) };
    let (mut dataset, _) = Dataset::create_or_resume(folder.path(), run).unwrap();
    for frame in 0..3u64 {
        for person in 0..2u64 {
            // Sums of these are exact on any machine.
            let row = [1.0 - person as f32, person as f32];
            let record = FaceRecord {
                video: "a.mkv".into(),
                frame: 5 * frame,
                pts: frame as f64 / 4.0,
                bbox: FrameBox([16.0 * person as f32, 0.0, 8.0, 8.0]),
                score: 0.875,
                quality: 0.5,
                track: Some(person),
                ..FaceRecord::default()
            };
            dataset.append(record, Some(&RgbImage::new(8, 8)), Some(&row), "sface").unwrap();
        }
    }
    let alone = FaceRecord { video: "a.mkv".into(), frame: 20, pts: 1.0, ..FaceRecord::default() };
    dataset.append(alone, None, None, "sface").unwrap();
    dataset.finish_input("a.mkv").unwrap();
    dataset.finish().unwrap();
    facegroup::group(folder.path(), &Options::new(0.5)).unwrap();
    for name in ["run.json", "groups.json", "faces.jsonl"] {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        insta::assert_snapshot!(name, timeless(&text));
    }
}

/// Seconds that something took are others every time.
fn timeless(text: &str) -> String {
    let mut timings = false;
    let line = |line: &str| {
        timings = (timings || line.contains("\"timings\": {")) && !line.contains('}');
        match line.split_once(": ") {
            Some((name, value)) if timings && !value.starts_with('{') => {
                let comma = if value.ends_with(',') { "," } else { "" };
                format!("{name}: …{comma}\n")
            }
            _ => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}
