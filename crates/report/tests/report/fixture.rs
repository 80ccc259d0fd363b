// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small result, made up.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dataset::format::lines::encode;
use dataset::{
    Cut, FaceRecord, GroupSummary, Groups, InputInfo, InputState, Layout, ModelInfo, RunInfo,
    Suggestion,
};
use image::{Rgb, RgbImage};
use tempfile::TempDir;

/// A group of faces on these frames, five frames a second.
pub fn group(name: &str, person: Option<&str>, faces: &[u64]) -> GroupSummary {
    let mut group = GroupSummary {
        name: name.into(),
        person: person.map(str::to_owned),
        size: faces.len(),
        tracks: 1,
        best: faces.iter().map(|frame| format!("faces/{name}/{frame:06}_0.jpg")).collect(),
        cohesion: 0.75,
        ..GroupSummary::default()
    };
    if let (Some(first), Some(last)) = (faces.first(), faces.last()) {
        let stretch = [*first as f64 / 5.0, *last as f64 / 5.0 + 0.2];
        let stretch = serde_json::from_value(serde_json::json!([stretch])).unwrap();
        group.set_on_screen(BTreeMap::from([("a.mkv".into(), stretch)]));
    }
    group
}

/// Two people, one of them known, and a face of nobody's.
pub fn result() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::new(folder.path());
    let input = |name: &str| InputInfo {
        path: format!("/films/{name}"),
        name: name.into(),
        duration: Some(61.5),
        interval: Some(0.2),
        ..InputInfo::default()
    };
    let done = InputInfo { state: InputState::Complete, frames: Some(307), ..input("a.mkv") };
    let failed = InputInfo {
        state: InputState::Failed,
        error: Some("no decoder for <x-nothing>".into()),
        duration: None,
        ..input("b.mkv")
    };
    let network = |id: &str, task: &str, doubt: &str| ModelInfo {
        id: id.into(),
        task: task.into(),
        sha256: "0123456789abcdef".into(),
        licence: "MIT".into(),
        doubt: doubt.into(),
        ..ModelInfo::default()
    };
    let run = RunInfo {
        version: "0.0.0".into(),
        arguments: vec!["facegroup".into(), "a.mkv".into(), "b.mkv".into()],
        device: Some("cpu".into()),
        decoder: Some("avdec_h264".into()),
        timings: BTreeMap::from([("decode".into(), 3.5), ("grouping".into(), 0.25)]),
        models: vec![
            network("centerface", "detect", ""),
            network("sface", "embed", "It was not measured on drawings."),
        ],
        ..RunInfo::new(vec![done, failed])
    };
    run.write(&layout).unwrap();
    let groups = Groups {
        algorithm: "average".into(),
        groups: vec![group("Ann", Some("Ann & Co."), &[0, 5, 10]), group("1", None, &[20, 25])],
        unsure: group("unsure", None, &[30]),
        suggestions: vec![Suggestion {
            groups: ["Ann".into(), "1".into()],
            similarity: 0.25,
            likelihood: 0.5,
        }],
        cut: Cut { threshold: 0.375, prior: 0.25, source: "video".into(), ..Cut::default() },
        ..Groups::default()
    };
    fs::write(layout.groups(), serde_json::to_vec(&groups).unwrap()).unwrap();
    let mut lines = Vec::new();
    for (place, (group, frame)) in
        [("Ann", 0), ("Ann", 5), ("Ann", 10), ("1", 20), ("1", 25), ("unsure", 30)]
            .into_iter()
            .enumerate()
    {
        let file = format!("faces/{group}/{frame:06}_0.jpg");
        picture(&folder.path().join(&file), [place as u8 * 40, 90, 160]);
        let record = FaceRecord {
            video: "a.mkv".into(),
            frame,
            pts: frame as f64 / 5.0,
            bbox: [10.0, 20.0, 30.0, 40.0],
            score: 0.875,
            quality: 0.5,
            track: Some(place as u64 / 3),
            group: Some(group.into()),
            file: Some(file),
            ..FaceRecord::default()
        };
        lines.extend(encode(&record, Path::new("x")).unwrap());
    }
    fs::write(layout.lines(), lines).unwrap();
    folder
}

fn picture(path: &Path, colour: [u8; 3]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(24, 32, Rgb(colour)).save(path).unwrap();
}
