// SPDX-License-Identifier: MIT OR Apache-2.0
//! The file manager as an editor: what a person does in `faces/` holds through everything that comes after.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dataset::{Dataset, DatasetError, Description, FaceRecord, InputInfo, RunInfo};
use grouping::cluster::Options;
use image::RgbImage;
use imaging::geometry::FrameBox;
use interchange::{Format, export};
use tempfile::TempDir;

fn run() -> RunInfo {
    RunInfo::new(InputInfo::for_files(&[PathBuf::from("a.mkv")]))
}

fn record(frame: u64, person: u64) -> FaceRecord {
    FaceRecord {
        video: "a.mkv".into(),
        frame: 5 * frame,
        pts: frame as f64 * 0.2,
        bbox: FrameBox([10.0 * person as f32, 0.0, 8.0, 8.0]),
        score: 0.9,
        quality: 0.5,
        track: Some(10 * frame + person),
        ..FaceRecord::default()
    }
}

/// Three people, of 4, 3 and 2 frames, so that they are 0, 1 and 2.
fn written() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (mut dataset, _) = Dataset::create_or_resume(folder.path(), run()).unwrap();
    for frame in 0..4u64 {
        for person in (0..3u64).filter(|person| frame + person < 4) {
            let angle = (60.0 * person as f32 + frame as f32).to_radians();
            let picture = RgbImage::from_pixel(8, 8, image::Rgb([9 * frame as u8; 3]));
            let row = [angle.cos(), angle.sin()];
            dataset.append(record(frame, person), Some(&picture), Some(&row), "test").unwrap();
        }
    }
    dataset.finish_input("a.mkv").unwrap();
    dataset.finish().unwrap();
    folder
}

fn grouped() -> TempDir {
    let folder = written();
    group(folder.path());
    assert_eq!(sizes(folder.path()), [("0", 4), ("1", 3), ("2", 2)].map(owned).into());
    folder
}

fn group(folder: &Path) {
    facegroup::group(folder, &Options::new(0.9)).unwrap();
}

fn owned((name, size): (&str, usize)) -> (String, usize) {
    (name.to_owned(), size)
}

/// How many pictures each folder of `faces/` holds, which is what the lines say.
fn sizes(folder: &Path) -> BTreeMap<String, usize> {
    let mut there = BTreeMap::new();
    for entry in fs::read_dir(folder.join("faces")).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            let pictures = fs::read_dir(entry.path()).unwrap().count();
            if pictures == 0 {
                continue;
            }
            there.insert(entry.file_name().into_string().unwrap(), pictures);
        }
    }
    let mut said = BTreeMap::new();
    for face in Dataset::read(folder).unwrap().faces {
        if let Some(file) = face.file {
            assert!(folder.join(&file).is_file(), "{file}");
            *said.entry(face.group.unwrap()).or_insert(0) += 1;
        }
    }
    assert_eq!(there, said);
    said
}

fn exported(folder: &Path) -> Vec<String> {
    let target = tempfile::tempdir().unwrap();
    export(folder, &target.path().join("data"), Format::Folders, false).unwrap();
    let mut names: Vec<String> = fs::read_dir(target.path().join("data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_renamed_folder_names_the_person_for_good() {
    let folder = grouped();
    let (out, faces) = (folder.path(), folder.path().join("faces"));
    fs::rename(faces.join("0"), faces.join("Phoebe")).unwrap();
    let expected = [("Phoebe", 4), ("0", 3), ("1", 2)].map(owned).into();
    // Read as it is, also by what changes nothing.
    assert_eq!(exported(out), ["1", "2", "Phoebe"]);
    assert_eq!(Dataset::read(out).unwrap().groups.unwrap().groups[0].name, "Phoebe");
    for _ in 0..2 {
        group(out);
        assert_eq!(sizes(out), expected);
    }
    // Another run, another cut, another name.
    drop(Dataset::create_or_resume(out, run()).unwrap());
    facegroup::group(out, &Options::new(0.999_9)).unwrap();
    assert!(sizes(out)["Phoebe"] == 4, "{:?}", sizes(out));
    fs::rename(faces.join("Phoebe"), faces.join("Ursula")).unwrap();
    group(out);
    assert_eq!(sizes(out), [("Ursula", 4), ("0", 3), ("1", 2)].map(owned).into());
    let groups = Dataset::read(out).unwrap().groups.unwrap().groups;
    assert_eq!(groups[0].person.as_deref(), Some("Ursula"));
}

#[test]
fn two_folders_made_one_are_one_person() {
    let folder = grouped();
    let (out, faces) = (folder.path(), folder.path().join("faces"));
    fs::rename(faces.join("0"), faces.join("Ann")).unwrap();
    group(out);
    for entry in fs::read_dir(faces.join("1")).unwrap() {
        let path = entry.unwrap().path();
        fs::rename(&path, faces.join("Ann").join(path.file_name().unwrap())).unwrap();
    }
    fs::remove_dir(faces.join("1")).unwrap();
    for _ in 0..2 {
        group(out);
        assert_eq!(sizes(out), [("Ann", 6), ("0", 3)].map(owned).into());
    }
}

#[test]
fn a_picture_belongs_where_it_was_put_and_a_deleted_one_is_not_wanted() {
    let folder = grouped();
    let (out, faces) = (folder.path(), folder.path().join("faces"));
    fs::rename(faces.join("0/000015_0.jpg"), faces.join("2/000015_0.jpg")).unwrap();
    fs::create_dir(faces.join("Carl")).unwrap();
    fs::rename(faces.join("1/000010_1.jpg"), faces.join("Carl/000010_1.jpg")).unwrap();
    fs::create_dir_all(faces.join("unsure")).unwrap();
    fs::rename(faces.join("1/000005_1.jpg"), faces.join("unsure/000005_1.jpg")).unwrap();
    let gone = fs::read(faces.join("0/000010_0.jpg")).unwrap();
    fs::remove_file(faces.join("0/000010_0.jpg")).unwrap();
    let count = |name| sizes(out).get(name).copied().unwrap_or(0);
    for _ in 0..2 {
        group(out);
        assert_eq!(sizes(out).values().sum::<usize>(), 8);
        assert_eq!((count("Carl"), count("unsure")), (1, 1));
        let of = |frame: u64| {
            let faces = Dataset::read(out).unwrap().faces;
            let of = |face: &&FaceRecord| (face.frame, face.face) == (frame, 0);
            faces.iter().find(of).unwrap().clone()
        };
        // Beside the third person's, and nowhere any more.
        let third = Dataset::read(out).unwrap().faces;
        let third = third.iter().find(|face| (face.frame, face.face) == (0, 2)).unwrap();
        assert_eq!(of(15).group, third.group);
        assert_eq!((of(10).group.as_deref(), of(10).file), (Some("unsure"), None));
    }
    // Fetched back from the bin.
    fs::create_dir_all(faces.join("Dora")).unwrap();
    fs::write(faces.join("Dora/000010_0.jpg"), gone).unwrap();
    group(out);
    assert_eq!(count("Dora"), 1);
}

/// Sorted by hand before anything was grouped: describing the faces put the pictures back.
#[test]
fn faces_sorted_before_they_are_described_stay_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let (mut dataset, _) = Dataset::create_or_resume(out, run()).unwrap();
    for frame in 0..3 {
        let picture = RgbImage::from_pixel(8, 8, image::Rgb([80 * frame as u8; 3]));
        dataset.append(record(frame, 0), Some(&picture), None, "").unwrap();
    }
    dataset.finish_input("a.mkv").unwrap();
    dataset.finish().unwrap();
    fs::create_dir(out.join("faces/Ann")).unwrap();
    fs::rename(out.join("faces/000005_0.jpg"), out.join("faces/Ann/000005_0.jpg")).unwrap();
    let described = Dataset::describe(out, "test", |face, _| {
        let values = if face.frame == 5 { vec![1.0, 0.0] } else { vec![0.0, 1.0] };
        Ok::<_, DatasetError>(Some(Description { values, magnitude: None }))
    });
    assert_eq!(described.unwrap(), 3);
    group(out);
    assert_eq!(sizes(out), [("Ann", 1), ("0", 2)].map(owned).into());
}

/// A kill between the lines and the pictures is nobody's word.
#[test]
fn a_kill_while_pictures_move_corrects_nothing() {
    let folder = grouped();
    let (out, faces) = (folder.path(), folder.path().join("faces"));
    fs::write(out.join(".moving"), "").unwrap();
    fs::create_dir(faces.join("7")).unwrap();
    fs::rename(faces.join("0/000000_0.jpg"), faces.join("7/000000_0.jpg")).unwrap();
    fs::remove_file(faces.join("0/000005_0.jpg")).unwrap();
    group(out);
    assert!(!out.join("corrections.jsonl").exists() && !out.join(".moving").exists());
    assert_eq!(sizes(out), [("0", 3), ("1", 3), ("2", 2)].map(owned).into());
}

/// A folder of pictures put elsewhere is no wish to have nobody.
#[test]
fn a_result_without_any_picture_is_not_taken_for_unwanted() {
    let folder = grouped();
    fs::rename(folder.path().join("faces"), folder.path().join("elsewhere")).unwrap();
    group(folder.path());
    assert!(!folder.path().join("corrections.jsonl").exists());
    let groups = Dataset::read(folder.path()).unwrap().groups.unwrap();
    assert_eq!(groups.people().count(), 3);
}

#[test]
fn a_result_is_replaced_around_what_is_not_ours() {
    let folder = grouped();
    let (out, faces) = (folder.path(), folder.path().join("faces"));
    fs::write(faces.join("Thumbs.db"), "theirs").unwrap();
    fs::create_dir(faces.join("empty")).unwrap();
    fs::write(faces.join("gallery.html"), "ours, of another command").unwrap();
    fs::rename(faces.join("0"), faces.join("Ann")).unwrap();
    group(out);
    Dataset::discard(out, &run()).unwrap();
    let (dataset, resume) = Dataset::create_or_resume(out, run()).unwrap();
    assert!(resume.fresh);
    drop(dataset);
    assert_eq!(fs::read_to_string(faces.join("Thumbs.db")).unwrap(), "theirs");
    assert!(faces.join("empty").is_dir() && !faces.join("Ann").exists());
    // What was said cannot be made again.
    let old = fs::read_to_string(out.join("corrections.old.jsonl")).unwrap();
    assert!(old.contains("\"Ann\"") && !out.join("corrections.jsonl").exists());
}

/// Decide first, delete last.
#[test]
fn what_cannot_be_begun_removes_nothing() {
    let folder = grouped();
    let (out, faces) = (folder.path(), folder.path().join("faces"));
    fs::write(faces.join("x000001_0.jpg"), "theirs").unwrap();
    let next = RunInfo { prefix: "x".into(), ..run() };
    let refused = Dataset::discard(out, &next).unwrap_err();
    assert!(matches!(refused, DatasetError::InTheWay { .. }), "{refused}");
    assert!(Dataset::discard(out, &RunInfo { prefix: "a/b".into(), ..run() }).is_err());
    assert_eq!(sizes(out), [("0", 4), ("1", 3), ("2", 2)].map(owned).into());
}

/// After a kill the result said nothing of its embedder, and another model's threshold made one of all.
#[test]
fn the_embedder_is_known_from_the_first_face_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut dataset, _) = Dataset::create_or_resume(folder.path(), run()).unwrap();
    assert_eq!(Dataset::run_info(folder.path()).unwrap().embedding_model, None);
    dataset.append(record(0, 0), None, Some(&[1.0, 0.0]), "sface").unwrap();
    // Nothing is saved by this process any more.
    std::mem::forget(dataset);
    let run = Dataset::run_info(folder.path()).unwrap();
    assert_eq!(run.embedding_model.as_deref(), Some("sface"));
}
