// SPDX-License-Identifier: MIT OR Apache-2.0
//! Duplicates in a dataset on disk: which pictures go, what the lines and logs say, and that a second
//! run mixes nothing.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dataset::{By, Dataset, FaceRecord, InputInfo, Retention, RunInfo};
use grouping::cluster::Options;
use grouping::deduplication::Thresholds;
use image::{Rgb, RgbImage};
use imaging::{HashKind, PerceptualHash};

/// A picture whose hash has exactly these bits: the others are as dark.
fn picture(bits: u64) -> RgbImage {
    RgbImage::from_fn(8, 8, |x, y| {
        let bit = bits >> (63 - (8 * y + x)) & 1;
        Rgb([if bit == 1 { 200 } else { 20 }; 3])
    })
}

fn run() -> RunInfo {
    RunInfo::new(vec![InputInfo::for_uri("a.mkv"), InputInfo::for_uri("b.mkv")])
}

/// Hashes of the pictures of both videos, and the angle of their embeddings in degrees. Half the bits
/// are set: the lower half, and some of it moved.
const FACES: [(&str, u64, u64, f32); 6] = [
    ("a.mkv", 0, 0xffff_ffff, 0.0),
    ("a.mkv", 1, 0x1_ffff_fffe, 40.0),
    ("a.mkv", 2, 0x7_ffff_fff8, 80.0),
    ("a.mkv", 3, 0xffff_0000_0000_ffff, 5.0),
    ("b.mkv", 0, 0xffff_ffff, 120.0),
    ("b.mkv", 1, 0xffff_ffff_0000_0000, 170.0),
];

fn retention(window: Option<u32>, save: bool) -> Retention {
    Retention {
        duplicates: Thresholds { window, hash: Some(0), ..Thresholds::default() },
        save_duplicates: save,
        save_blurry: false,
    }
}

fn add(location: &Path, retention: Retention, faces: &[(&str, u64, u64, f32)]) {
    let (mut dataset, _) = Dataset::create_or_resume(location, run()).unwrap();
    dataset.set_retention(retention).unwrap();
    for (video, frame, bits, angle) in faces {
        let record = FaceRecord { video: (*video).into(), frame: *frame, ..FaceRecord::default() };
        let row = [angle.to_radians().cos(), angle.to_radians().sin()];
        dataset.append(record, Some(&picture(*bits)), Some(&row), "test").unwrap();
    }
    dataset.finish().unwrap();
}

fn pictures(location: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![location.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "jpg") {
                found.insert(path.strip_prefix(location).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn test_pictures_have_the_hashes_they_should() {
    for (_, _, bits, _) in FACES {
        assert_eq!(PerceptualHash::of(&picture(bits), HashKind::Average), PerceptualHash(bits));
    }
}

#[test]
fn the_window_keeps_out_what_comes_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    // Each of the first three is 2 or 4 bits from the one before, 6 from the first.
    add(folder.path(), retention(Some(4), true), &FACES);
    let loaded = Dataset::read(folder.path()).unwrap();
    let duplicate = loaded.faces[1].duplicate.clone().unwrap();
    assert_eq!(
        (duplicate.of.as_str(), duplicate.by, duplicate.distance),
        ("01_000000_0.jpg", By::Window, 2.0)
    );
    assert_eq!(loaded.faces[1].file, None);
    assert_eq!(loaded.faces[1].embedding, Some(1));
    // The third is like the second, but that was not kept. The other video has a window of its own.
    for kept in [0, 2, 3, 4, 5] {
        assert!(loaded.faces[kept].file.is_some(), "{kept}");
    }
    assert!(folder.path().join("intermediate/dupes1/01_000001_0.jpg").exists());
    let log = fs::read_to_string(folder.path().join("intermediate/log_dupes1.csv")).unwrap();
    let expected = "file_name,nearest_in_prev_5,hash_diff,marked_as_duplicate\n\
                    01_000001_0.jpg,01_000000_0.jpg,2,1\n\
                    01_000002_0.jpg,01_000000_0.jpg,6,0\n\
                    01_000003_0.jpg,01_000000_0.jpg,32,0\n\
                    02_000001_0.jpg,02_000000_0.jpg,64,0\n";
    assert_eq!(log, expected);
}

/// Against the whole result, in order, across videos; video-to-faces would chain and take out 2 too.
#[test]
fn hash_and_embedding_take_out_without_chains_and_log_what_they_saw() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    add(out, retention(None, true), &FACES);
    let thresholds = Thresholds { hash: Some(4), embedding: Some(0.01), ..Thresholds::default() };
    let removed = facegroup::deduplicate(out, &thresholds, true).unwrap();
    assert_eq!((removed.by_hash, removed.by_embedding), (2, 1));
    let kept = ["faces/01_000000_0.jpg", "faces/01_000002_0.jpg", "faces/02_000001_0.jpg"];
    let apart = [
        "intermediate/dupes2/01_000001_0.jpg",
        "intermediate/dupes2/02_000000_0.jpg",
        "intermediate/dupes3/01_000003_0.jpg",
    ];
    assert_eq!(pictures(out), set(&[&kept[..], &apart[..]].concat()));
    let log = |name: &str| fs::read_to_string(out.join("intermediate").join(name)).unwrap();
    let hashes = log("log_dupes2.csv");
    assert_eq!(
        hashes,
        "file_name,nearest_in_prev,hash_diff,marked_as_duplicate\n\
         01_000001_0.jpg,01_000000_0.jpg,2,1\n\
         01_000002_0.jpg,01_000000_0.jpg,6,0\n\
         01_000003_0.jpg,01_000000_0.jpg,32,0\n\
         02_000000_0.jpg,01_000000_0.jpg,0,1\n\
         02_000001_0.jpg,01_000003_0.jpg,32,0\n"
    );
    let embeddings = log("log_dupes3.csv");
    assert_eq!(
        embeddings,
        "file_name,nearest_in_prev,distance,marked_as_duplicate\n\
         01_000002_0.jpg,01_000000_0.jpg,0.8264,0\n\
         01_000003_0.jpg,01_000000_0.jpg,0.0038,1\n\
         02_000001_0.jpg,01_000002_0.jpg,1.0000,0\n"
    );
    // Again, also after grouping: nothing more goes, and the logs say the same.
    facegroup::group(out, &Options::new(0.5)).unwrap();
    let again = facegroup::deduplicate(out, &thresholds, true).unwrap();
    assert_eq!((again.by_hash, again.by_embedding), (0, 0));
    assert_eq!((log("log_dupes2.csv"), log("log_dupes3.csv")), (hashes, embeddings));
    assert_eq!(pictures(out).len(), 6);
}

/// As after a kill between the lines and the pictures.
#[test]
fn a_picture_left_behind_goes_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    add(folder.path(), retention(None, false), &FACES);
    let left = folder.path().join("faces/01_000001_0.jpg");
    let contents = fs::read(&left).unwrap();
    let thresholds = Thresholds { hash: Some(4), ..Thresholds::default() };
    facegroup::deduplicate(folder.path(), &thresholds, false).unwrap();
    assert!(!left.exists() && !folder.path().join("intermediate").exists());
    fs::write(&left, contents).unwrap();
    facegroup::deduplicate(folder.path(), &thresholds, false).unwrap();
    assert!(!left.exists());
}

/// video-to-faces fails without faces, and takes 0 for "off".
#[test]
fn no_faces_one_face_and_threshold_0() {
    for count in [0, 1] {
        let folder = tempfile::tempdir().unwrap();
        add(folder.path(), retention(Some(0), true), &FACES[..count]);
        let all = Thresholds {
            window: Some(0),
            hash: Some(0),
            embedding: Some(0.0),
            ..Thresholds::default()
        };
        let removed = facegroup::deduplicate(folder.path(), &all, true).unwrap();
        assert_eq!((removed.by_hash, removed.by_embedding), (0, 0));
        assert_eq!(pictures(folder.path()).len(), count);
    }
    let folder = tempfile::tempdir().unwrap();
    add(folder.path(), retention(None, false), &FACES);
    let same = Thresholds { hash: Some(0), ..Thresholds::default() };
    assert_eq!(facegroup::deduplicate(folder.path(), &same, false).unwrap().by_hash, 1);
    let off = facegroup::deduplicate(folder.path(), &Thresholds::default(), false).unwrap();
    assert_eq!((off.by_hash, off.by_embedding), (0, 0));
}

/// The logs of video-to-faces grow with each run, and old faces stay.
#[test]
fn a_run_that_goes_on_or_begins_again_mixes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let log = || fs::read_to_string(out.join("intermediate/log_dupes1.csv")).unwrap();
    add(out, retention(Some(4), true), &FACES);
    let whole = (log(), pictures(out));
    Dataset::discard(out, &RunInfo::default()).unwrap();
    assert!(!out.join("intermediate").exists());
    // Interrupted after the second frame, which a run that goes on does again.
    add(out, retention(Some(4), true), &FACES[..2]);
    add(out, retention(Some(4), true), &FACES[1..]);
    assert_eq!((log(), pictures(out)), whole);
}

/// What is marked as blurry is never among the pictures that a training loader would read.
#[test]
fn blurry_pictures_lie_apart_or_nowhere() {
    for save_blurry in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let (mut dataset, _) = Dataset::create_or_resume(folder.path(), run()).unwrap();
        dataset.set_retention(Retention { save_blurry, ..Retention::default() }).unwrap();
        for (frame, blurry) in [(0, false), (1, true)] {
            let record = FaceRecord {
                video: "a.mkv".into(),
                frame,
                blurry,
                quality: 1.0,
                ..FaceRecord::default()
            };
            dataset.append(record, Some(&picture(0xff)), Some(&[1.0, 0.0]), "test").unwrap();
        }
        dataset.finish().unwrap();
        facegroup::group(folder.path(), &Options::new(0.5)).unwrap();
        let mut expected = set(&["faces/0/01_000000_0.jpg"]);
        if save_blurry {
            expected.insert("intermediate/blurry/01_000001_0.jpg".to_owned());
        }
        assert_eq!(pictures(folder.path()), expected);
        let faces = Dataset::read(folder.path()).unwrap().faces;
        assert_eq!((faces[1].blurry, faces[1].group.as_deref()), (true, Some("0")));
        assert_eq!(faces[0].hash, None);
    }
}
