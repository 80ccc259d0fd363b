// SPDX-License-Identifier: MIT OR Apache-2.0
//! A dataset in other programs' layouts.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dataset::{Dataset, FaceRecord, InputInfo, RunInfo};
use grouping::cluster::Options;
use image::RgbImage;
use imaging::geometry::FrameBox;
use interchange::{ExportError, Exported, Format, export};
use serde_json::Value;
use tempfile::TempDir;

/// Two people on three frames each of the second video, a face that is nobody's, one without picture.
fn dataset() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = vec![InputInfo::for_uri("a.mkv"), InputInfo::for_uri("b.mkv")];
    inputs[1].extra.insert("width".into(), 1280.into());
    inputs[1].extra.insert("height".into(), 720.into());
    let (mut dataset, _) = Dataset::create_or_resume(folder.path(), RunInfo::new(inputs)).unwrap();
    let picture = RgbImage::new(8, 8);
    for frame in 0..3u64 {
        for person in 0..2u64 {
            let angle = (80.0 * person as f32 + frame as f32).to_radians();
            let record = FaceRecord {
                video: "b.mkv".into(),
                frame,
                bbox: FrameBox([10.0 * person as f32, 20.0, 30.0, 40.0]),
                landmarks: Some([[1.0, 2.0]; 5]),
                score: 0.9,
                quality: 0.9,
                track: Some(person),
                ..FaceRecord::default()
            };
            let row = [angle.cos(), angle.sin()];
            let picture = (frame < 2 || person == 0).then_some(&picture);
            dataset.append(record, picture, Some(&row), "test").unwrap();
        }
    }
    let nobody = FaceRecord { video: "b.mkv".into(), frame: 7, ..FaceRecord::default() };
    dataset.append(nobody, Some(&picture), None, "test").unwrap();
    dataset.finish().unwrap();
    facegroup::group(folder.path(), &Options::new(0.5)).unwrap();
    folder
}

fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn folders_have_a_person_each_and_nobody_only_when_wanted() {
    let (out, target) = (dataset(), tempfile::tempdir().unwrap());
    let label = target.path().join("label");
    let done = export(out.path(), &label, Format::Folders, false).unwrap();
    assert_eq!(done, Exported { faces: 5, people: 2 });
    let people = [
        "0/02_000000_0.jpg",
        "0/02_000001_0.jpg",
        "0/02_000002_0.jpg",
        "1/02_000000_1.jpg",
        "1/02_000001_1.jpg",
    ];
    assert_eq!(files(&label), set(&people));
    let all = target.path().join("all");
    export(out.path(), &all, Format::Folders, true).unwrap();
    assert_eq!(files(&all), set(&[&people[..], &["unsure/02_000007_0.jpg"]].concat()));
    // Nothing is overwritten, nothing taken away.
    let again = export(out.path(), &all, Format::Folders, true);
    assert!(matches!(again, Err(ExportError::InTheWay { .. })));
    assert_eq!(files(&out.path().join("faces")).len(), 6);
}

#[test]
fn hugging_face_has_a_line_a_picture() {
    let (out, target) = (dataset(), tempfile::tempdir().unwrap());
    // A picture that a person removed is left out.
    fs::remove_file(out.path().join("faces/0/02_000001_0.jpg")).unwrap();
    let done = export(out.path(), target.path(), Format::HuggingFace, false).unwrap();
    assert_eq!(done.faces, 4);
    let lines = fs::read_to_string(target.path().join("train/metadata.jsonl")).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    for line in &lines {
        assert!(target.path().join("train").join(line["file_name"].as_str().unwrap()).is_file());
        assert_eq!((&line["video"], line["box"].as_array().unwrap().len()), (&"b.mkv".into(), 4));
    }
    assert_eq!(lines[0]["score"].to_string(), "0.9");
    assert_eq!((&lines[0]["label"], &lines[1]["label"]), (&"0".into(), &"1".into()));
}

#[test]
fn coco_has_boxes_on_frames() {
    let (out, target) = (dataset(), tempfile::tempdir().unwrap());
    export(out.path(), target.path(), Format::Coco, true).unwrap();
    let text = fs::read_to_string(target.path().join("annotations.json")).unwrap();
    let coco: Value = serde_json::from_str(&text).unwrap();
    let images = coco["images"].as_array().unwrap();
    assert_eq!(images.len(), 4);
    let [first, last] = [&images[0], &images[3]];
    assert_eq!((&first["id"], &first["file_name"]), (&1.into(), &"02_000000.jpg".into()));
    assert_eq!(
        (&last["frame"], &last["width"], &last["height"]),
        (&7.into(), &1280.into(), &720.into())
    );
    let annotations = coco["annotations"].as_array().unwrap();
    // Faces without a picture have a box too.
    assert_eq!(annotations.len(), 7);
    let second = &annotations[1];
    assert_eq!(second["bbox"], serde_json::json!([10.0, 20.0, 30.0, 40.0]));
    assert_eq!((&second["image_id"], &second["area"]), (&1.into(), &1200.0.into()));
    let names: Vec<&str> = coco["categories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["0", "1", "unsure"]);
    assert_eq!((&second["category_id"], &annotations[6]["category_id"]), (&2.into(), &3.into()));
}

#[test]
fn fifty_one_has_classes_and_a_label_a_picture() {
    let (out, target) = (dataset(), tempfile::tempdir().unwrap());
    export(out.path(), target.path(), Format::FiftyOne, false).unwrap();
    let text = fs::read_to_string(target.path().join("labels.json")).unwrap();
    let labels: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(labels["classes"], serde_json::json!(["0", "1"]));
    let found = labels["labels"].as_object().unwrap();
    assert_eq!(found.len(), 5);
    for (stem, label) in found {
        assert!(target.path().join(format!("data/{stem}.jpg")).is_file(), "{stem}");
        assert!(label["label"].as_u64().unwrap() < 2);
    }
    assert_eq!(found["02_000001_1"]["label"], 1);
    assert_eq!(found["02_000001_1"]["attributes"]["frame"], 1);
}

#[test]
fn what_is_not_grouped_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunInfo::new(vec![InputInfo::for_uri("a.mkv")]);
    let (mut dataset, _) = Dataset::create_or_resume(folder.path(), run).unwrap();
    let face = FaceRecord { video: "a.mkv".into(), ..FaceRecord::default() };
    dataset.append(face, None, None, "").unwrap();
    dataset.finish().unwrap();
    let target = folder.path().join("x");
    let refused = export(folder.path(), &target, Format::Coco, false);
    assert!(matches!(refused, Err(ExportError::NotGrouped { .. })));
    assert!(!target.exists());
}

#[test]
fn streamface_has_labels_by_size_and_pairs_to_look_at() {
    let (folder, target) = (dataset(), tempfile::tempdir().unwrap());
    let done = export(folder.path(), target.path(), Format::StreamFace, true).unwrap();
    assert_eq!(done, Exported { faces: 6, people: 3 });
    let text = fs::read(target.path().join("annotations.json")).unwrap();
    let labels = interchange::streamface::read(&text).unwrap();
    let all: Vec<Option<u64>> = labels.values().copied().collect();
    let count = |label| all.iter().filter(|one| **one == label).count();
    assert_eq!((count(Some(0)), count(Some(1)), count(None)), (3, 2, 1));
    let pairs = fs::read(target.path().join("cluster_evals.json")).unwrap();
    let pairs: Value = serde_json::from_slice(&pairs).unwrap();
    // 80 degrees: too far apart to be proposed.
    assert_eq!(pairs["matches"], serde_json::json!({}));
}

#[test]
fn the_labelling_page_has_two_pictures_a_track() {
    let (folder, target) = (dataset(), tempfile::tempdir().unwrap());
    let layout = dataset::Layout::new(folder.path());
    let mut groups = dataset::Groups::read(&layout).unwrap().unwrap();
    groups.groups[0].person = Some("Ann".into());
    groups.write(&layout).unwrap();
    export(folder.path(), target.path(), Format::VideoLabeler, false).unwrap();
    let text = fs::read_to_string(target.path().join("labels.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    assert!(lines[0].starts_with("id,username,movie_id,cluster_id,cluster_status,label,n_images"));
    assert_eq!(lines.iter().filter(|line| line.contains(",labeled,Ann,2,")).count(), 2, "{text}");
    assert_eq!(lines.iter().filter(|line| line.contains(",postponed,,2,")).count(), 2);
}
