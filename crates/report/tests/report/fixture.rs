// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small, synthetic result.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dataset::format::lines::encode;
use dataset::{
    Cut, FaceRecord, GroupSummary, Groups, InputInfo, InputState, Layout, ModelInfo, RunInfo,
    RunSettings, Suggestion,
};
use image::{Rgb, RgbImage};
use imaging::geometry::FrameBox;
use serde_json::json;
use tempfile::TempDir;

/// A name that is longer than any line of a phone.
pub const LONG_NAME: &str = "Bartholomäus von und zu der Straßenbahnhaltestellenbeleuchtung";

/// A group of faces on these frames, five frames per second.
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
        let stretch = serde_json::from_value(json!([stretch])).unwrap();
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
    let done = InputInfo {
        state: InputState::Complete,
        frames: Some(307),
        size: Some(1_000_000),
        extra: json!({ "width": 640, "height": 360, "looked_seconds": 61.2 })
            .as_object()
            .cloned()
            .unwrap(),
        ..input("a.mkv")
    };
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
        settings: RunSettings {
            sampling: Some("0.2 s".into()),
            from: Some(1.5),
            ..RunSettings::default()
        },
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
    let places =
        [("Ann", 0), ("Ann", 5), ("Ann", 10), ("1", 20), ("1", 25), ("unsure", 30)].into_iter();
    let face = |(place, (group, frame)): (usize, (&str, u64))| {
        let file = format!("faces/{group}/{frame:06}_0.jpg");
        picture(&folder.path().join(&file), [place as u8 * 40, 90, 160]);
        face("a.mkv", group, frame, file)
    };
    write_faces(&layout, places.enumerate().map(face));
    folder
}

/// This many people in this many films; one is in one film only. The first are on screen longest and last, the
/// last have most faces.
pub fn crowd(films: usize, people: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::new(folder.path());
    let film = |index: usize| InputInfo {
        path: format!("/films/Some show/{index}.mkv"),
        name: format!("{index}.mkv"),
        size: Some(1),
        state: InputState::Complete,
        duration: Some(600.0),
        frames: Some(3000),
        ..InputInfo::default()
    };
    RunInfo::new((0..films).map(film).collect()).write(&layout).unwrap();
    let (mut groups, mut faces) = (Vec::new(), Vec::new());
    for person in 0..people {
        let (name, video) = (person.to_string(), format!("{}.mkv", person % films));
        let frames: Vec<u64> = (0..20 + 3 * person as u64).map(|face| face * 30).collect();
        let person = match person {
            0 => Some(LONG_NAME),
            1 => Some("Zoë"),
            _ => None,
        };
        let mut group = group(&name, person, &frames);
        group.best.truncate(9);
        let begin = 300.0 - 10.0 * groups.len() as f64;
        let stretches = json!([[begin, begin + 200.0 - 5.0 * groups.len() as f64], [590, 591]]);
        let stretches = serde_json::from_value(stretches).unwrap();
        group.set_on_screen(BTreeMap::from([(video.clone(), stretches)]));
        groups.push(group);
        for frame in frames {
            let file = format!("faces/{name}/{frame:06}_0.jpg");
            picture(&folder.path().join(&file), [frame as u8, 90, 160]);
            faces.push(face(&video, &name, frame, file));
        }
    }
    let groups = Groups { algorithm: "average".into(), groups, ..Groups::default() };
    groups.write(&layout).unwrap();
    write_faces(&layout, faces.into_iter());
    folder
}

fn face(video: &str, group: &str, frame: u64, file: String) -> FaceRecord {
    FaceRecord {
        video: video.into(),
        frame,
        pts: frame as f64 / 5.0,
        bbox: FrameBox([10.0, 20.0, 30.0, 40.0]),
        score: 0.875,
        quality: 0.5,
        group: Some(group.into()),
        file: Some(file),
        ..FaceRecord::default()
    }
}

fn write_faces(layout: &Layout, faces: impl Iterator<Item = FaceRecord>) {
    let lines = faces.flat_map(|face| encode(&face, Path::new("x")).unwrap());
    fs::write(layout.lines(), lines.collect::<Vec<u8>>()).unwrap();
}

fn picture(path: &Path, colour: [u8; 3]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(24, 32, Rgb(colour)).save(path).unwrap();
}
