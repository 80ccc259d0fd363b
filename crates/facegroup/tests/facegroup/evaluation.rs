// SPDX-License-Identifier: MIT OR Apache-2.0
//! Evaluating a synthetic dataset against every kind of ground truth.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use dataset::FaceRecord;
use dataset::format::evaluation::Evaluation;
use facegroup::evaluate::{EvaluateError, Found, evaluate, store};
use grouping::cluster::Options;
use imaging::geometry::FrameBox;
use tempfile::TempDir;

/// Frames of each video; on each, Ann is left and Bob right.
const FRAMES: u64 = 8;

/// A dataset of these videos, grouped: Ann and Bob are told apart by their vectors.
fn dataset(folder: &TempDir, name: &str, videos: &[&str]) -> PathBuf {
    let root = folder.path().join(name);
    fs::create_dir_all(root.join("faces")).unwrap();
    let inputs: Vec<_> = videos
        .iter()
        .map(|video| serde_json::json!({"path": format!("/films/{video}"), "name": video}))
        .collect();
    let run = serde_json::json!({"format": 1, "version": "0", "inputs": inputs});
    fs::write(root.join("run.json"), run.to_string()).unwrap();
    let (mut lines, mut rows) = (String::new(), Vec::new());
    for (number, video) in videos.iter().enumerate() {
        for frame in 0..FRAMES {
            for person in 0..2u64 {
                let digits =
                    if videos.len() > 1 { format!("{:02}_", number + 1) } else { String::new() };
                let file = format!("faces/{digits}{frame:06}_{person}.jpg");
                fs::write(root.join(&file), "a picture").unwrap();
                let record = FaceRecord {
                    video: (*video).to_owned(),
                    frame: 10 * frame,
                    face: person as u32,
                    bbox: FrameBox([100.0 * person as f32, 10.0, 40.0, 40.0]),
                    score: 0.9,
                    quality: 0.8,
                    file: Some(file),
                    embedding: Some(rows.len() / 4),
                    ..FaceRecord::default()
                };
                lines += &(serde_json::to_string(&record).unwrap() + "\n");
                let moment = frame as f32 / 20.0;
                rows.extend(if person == 0 {
                    [1.0, 0.0, moment, 0.0]
                } else {
                    [0.0, 1.0, 0.0, moment]
                });
            }
        }
    }
    fs::write(root.join("faces.jsonl"), lines).unwrap();
    fs::write(root.join("embeddings.npy"), npy(&rows)).unwrap();
    facegroup::group(&root, &Options::new(0.5)).unwrap();
    root
}

/// Rows of four numbers in numpy's format.
fn npy(rows: &[f32]) -> Vec<u8> {
    let shape = format!("({}, 4)", rows.len() / 4);
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    header += &" ".repeat(117 - header.len());
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(header.into_bytes());
    bytes.push(b'\n');
    bytes.extend(rows.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

fn evaluated(out: &Path, truth: &Path) -> Result<Evaluation, EvaluateError> {
    evaluate(&Found::open(out).unwrap(), Some(truth), false)
}

/// (faces scored, groups, people, BCubed F, labels found, labels)
fn figures(out: &Path, truth: &Path) -> (usize, usize, usize, f64, usize, usize) {
    let comparison = evaluated(out, truth).unwrap().comparison.unwrap();
    let (agreement, labels) = (&comparison.agreement, comparison.labels);
    assert_eq!(labels.found + labels.missed, labels.labelled);
    let f = (agreement.bcubed.f * 1e6).round() / 1e6;
    (agreement.faces, agreement.groups, agreement.people, f, labels.found, labels.labelled)
}

const REGIONS: &str = "shot,first_frame,last_frame,person,region_x,region_y,region_w,region_h\n";
const BOXES: &str = "frame,person,box_x,box_y,box_w,box_h\n";

#[test]
fn csv_of_the_only_video() {
    let folder = tempfile::tempdir().unwrap();
    let out = dataset(&folder, "out", &["film.mp4"]);
    // Another name will do, where there is one video.
    let truth = folder.path().join("labels.csv");
    fs::write(&truth, format!("{REGIONS}0,0,39,ann,0,0,90,90\n0,0,39,bob,90,0,90,90\n")).unwrap();
    assert_eq!(figures(&out, &truth), (8, 2, 2, 1.0, 2, 2));
    // A box two frames away from a face, a box that no face fills, one that is nobody's.
    let rows = "12,ann,0,10,40,44\n20,bob,300,10,40,40\n30,NOT_A_FACE,100,10,40,40\n";
    fs::write(&truth, format!("{BOXES}{rows}")).unwrap();
    assert_eq!(figures(&out, &truth), (1, 1, 1, 1.0, 1, 2));
    let comparison = evaluated(&out, &truth).unwrap().comparison.unwrap();
    assert_eq!((comparison.nobody, comparison.without_truth), (1, 14));
}

#[test]
fn csvs_of_several_videos() {
    let folder = tempfile::tempdir().unwrap();
    let out = dataset(&folder, "out", &["one.mp4", "shows/two.mkv"]);
    let truths = folder.path().join("truths");
    fs::create_dir(&truths).unwrap();
    let all = format!("{REGIONS}0,0,99,ann,0,0,90,90\n0,0,99,bob,90,0,90,90\n");
    fs::write(truths.join("two.csv"), &all).unwrap();
    fs::write(truths.join("three.csv"), &all).unwrap();
    assert_eq!(figures(&out, &truths.join("two.csv")), (16, 2, 2, 1.0, 2, 2));
    assert_eq!(figures(&out, &truths), (16, 2, 2, 1.0, 2, 2));
    let error = evaluated(&out, &truths.join("three.csv")).unwrap_err();
    assert!(matches!(error, EvaluateError::OtherVideos { .. }), "{error}");
    assert!(error.to_string().contains("one.mp4, shows/two.mkv"), "{error}");
    // Ann of the one film is Ann of the other; a second name for her splits her.
    fs::write(truths.join("one.csv"), all.replace("ann", "eve")).unwrap();
    let (faces, groups, people, f, ..) = figures(&out, &truths);
    assert_eq!((faces, groups, people), (32, 2, 3));
    assert!((f - 2.0 * 0.75 / 1.75).abs() < 1e-6, "{f}");
}

fn sort(root: &Path, person: &str, names: &[String]) {
    fs::create_dir_all(root.join(person)).unwrap();
    for name in names {
        fs::write(root.join(person).join(name), "a picture").unwrap();
    }
}

#[test]
fn pictures_sorted_by_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let out = dataset(&folder, "out", &["film.mp4"]);
    let names = |person: u32, frames: std::ops::Range<u32>| -> Vec<String> {
        frames.map(|frame| format!("{frame:06}_{person}.jpg")).collect()
    };
    let truth = folder.path().join("sorted");
    sort(&truth, "Ann", &names(0, 0..6));
    sort(&truth, "Bob", &names(1, 0..5));
    sort(&truth, "noise", &names(1, 5..6));
    sort(&truth, "Carl", &["000077_3.jpg".to_owned()]);
    sort(&truth, ".hidden", &names(1, 6..7));
    fs::write(truth.join("Ann/Thumbs.db"), "no picture").unwrap();
    // Comes along where faces/ is copied to be sorted.
    fs::write(truth.join("log_clustering.csv"), "n_clusters,silhouette_score\n").unwrap();
    assert_eq!(figures(&out, &truth), (11, 2, 2, 1.0, 11, 12));
    let comparison = evaluated(&out, &truth).unwrap().comparison.unwrap();
    assert_eq!((comparison.nobody, comparison.without_truth), (1, 4));
    // The groups as they lie can be evaluated without the dataset, and against one.
    assert_eq!(figures(&out.join("faces"), &truth), (11, 2, 2, 1.0, 11, 12));
    // One of Bob's six is noise there, and so alone: recall is (6 + 5 * 5/6 + 1/6) / 12.
    assert_eq!(figures(&truth, &out), (12, 2, 2, 0.925373, 12, 16));
    sort(&truth, "Bob", &names(0, 0..1));
    let error = evaluated(&out, &truth).unwrap_err();
    assert!(matches!(error, EvaluateError::TwoPeople { .. }), "{error}");
}

#[test]
fn annotations_of_streamface() {
    let folder = tempfile::tempdir().unwrap();
    let out = dataset(&folder, "out", &["film.mp4"]);
    let label = |person: u32, frames: std::ops::Range<u32>, label: i32| {
        frames.map(move |frame| format!("\"{frame:06}_{person}\": {{\"label\": {label}}}"))
    };
    let labels: Vec<String> =
        label(0, 0..6, 4).chain(label(1, 0..5, 0)).chain(label(1, 5..6, -1)).collect();
    let truth = folder.path().join("annotations_manual.json");
    fs::write(&truth, format!("{{\"labels\": {{{}}}}}", labels.join(", "))).unwrap();
    assert_eq!(figures(&out, &truth), (11, 2, 2, 1.0, 11, 11));
    assert_eq!(evaluated(&out, &truth).unwrap().comparison.unwrap().nobody, 1);
    fs::write(&truth, "{}").unwrap();
    let error = evaluated(&out, &truth).unwrap_err().to_string();
    assert!(error.contains("it has no \"labels\""), "{error}");
}

#[test]
fn another_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let out = dataset(&folder, "out", &["film.mp4"]);
    let truth = dataset(&folder, "truth", &["old/film.mp4"]);
    assert_eq!(figures(&out, &truth), (16, 2, 2, 1.0, 16, 16));
    // Move Bob's last four faces out of reach, call Ann's first one unsure.
    let lines = fs::read_to_string(truth.join("faces.jsonl")).unwrap();
    let changed = lines.lines().enumerate().map(|(index, line)| {
        let mut record: FaceRecord = serde_json::from_str(line).unwrap();
        if index >= 8 && record.face == 1 {
            record.bbox.0[0] += 500.0;
        }
        if index == 0 {
            record.group = Some("unsure".into());
        }
        serde_json::to_string(&record).unwrap() + "\n"
    });
    let changed: String = changed.collect();
    fs::write(truth.join("faces.jsonl"), changed).unwrap();
    assert_eq!(figures(&out, &truth), (11, 2, 2, 1.0, 11, 15));
}

#[test]
fn what_cannot_be_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let out = dataset(&folder, "out", &["film.mp4"]);
    let nowhere = folder.path().join("nowhere");
    assert!(matches!(Found::open(&nowhere), Err(EvaluateError::Missing { .. })));
    assert!(matches!(Found::open(folder.path()), Err(EvaluateError::NoResult { .. })));
    assert!(matches!(evaluated(&out, &nowhere), Err(EvaluateError::Missing { .. })));
    let truth = folder.path().join("truth.csv");
    fs::write(&truth, format!("{BOXES}3,ann,900,900,40,40\n")).unwrap();
    assert!(matches!(evaluated(&out, &truth), Err(EvaluateError::MatchesNothing { .. })));
    fs::write(&truth, format!("{BOXES}3,ann,900,many,40,40\n")).unwrap();
    assert!(matches!(evaluated(&out, &truth), Err(EvaluateError::Row { line: 2, .. })));
    fs::write(&truth, "what,is,this\n").unwrap();
    assert!(matches!(evaluated(&out, &truth), Err(EvaluateError::NoTruth { .. })));
    fs::write(&truth, b"\xff\xfe").unwrap();
    assert!(matches!(evaluated(&out, &truth), Err(EvaluateError::Io { .. })));
    let pictures = Found::open(&out.join("faces")).unwrap();
    let scores = evaluate(&pictures, None, true);
    assert!(matches!(scores, Err(EvaluateError::PicturesOnly { .. })));
    fs::remove_file(out.join("groups.json")).unwrap();
    assert!(matches!(Found::open(&out), Err(EvaluateError::NotGrouped { .. })));
}

#[test]
fn the_curve_goes_through_the_cut_taken() {
    let folder = tempfile::tempdir().unwrap();
    let out = dataset(&folder, "out", &["film.mp4"]);
    let truth = folder.path().join("film.csv");
    // Ann becomes two, so that no cut is perfect.
    let rows = "0,0,29,ann,0,0,90,90\n1,30,99,eve,0,0,90,90\n0,0,99,bob,90,0,90,90\n";
    fs::write(&truth, format!("{REGIONS}{rows}")).unwrap();
    for threshold in [0.5, 0.9, 0.999] {
        facegroup::group(&out, &Options::new(threshold)).unwrap();
        let comparison = evaluated(&out, &truth).unwrap().comparison.unwrap();
        let curve = comparison.curve.unwrap();
        assert_eq!(curve.cut, threshold);
        let taken = curve.taken().unwrap();
        let bcubed = comparison.agreement.bcubed;
        assert_eq!(
            (taken.precision, taken.recall, taken.groups),
            (bcubed.precision, bcubed.recall, comparison.agreement.groups)
        );
        assert!(curve.best().unwrap().f >= taken.f);
        let (first, last) = (curve.points.first().unwrap(), curve.points.last().unwrap());
        assert!(first.recall >= last.recall && first.groups <= last.groups);
    }
}

#[test]
fn an_evaluation_is_kept_until_the_faces_are_grouped_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = dataset(&folder, "out", &["film.mp4"]);
    let truth = folder.path().join("film.csv");
    fs::write(&truth, format!("{REGIONS}0,0,99,ann,0,0,90,90\n")).unwrap();
    let read = || fs::read_to_string(out.join("evaluation.json")).unwrap();
    let page = || fs::read_to_string(out.join("report.html")).unwrap();
    assert!(!page().contains("How good the groups are"));
    store(&evaluated(&out, &truth).unwrap(), &out, report::Options::default()).unwrap();
    assert!(page().contains("film.csv") && page().contains("class=\"line f\""));
    assert!(!page().contains("Silhouette"));
    // Scores are added to what is known of the same groups.
    let scored = evaluate(&Found::open(&out).unwrap(), None, true).unwrap();
    assert_eq!(scored.scores.as_ref().unwrap().groups, 2);
    store(&scored, &out, report::Options::default()).unwrap();
    let kept: Evaluation = serde_json::from_str(&read()).unwrap();
    assert_eq!(kept.scores.unwrap().sizes, scored.scores.unwrap().sizes);
    assert!(kept.comparison.unwrap().truth.ends_with("film.csv"));
    assert!(page().contains("film.csv") && page().contains("Silhouette"));

    facegroup::group(&out, &Options::new(0.5)).unwrap();
    assert!(!out.join("evaluation.json").exists());
    assert!(!page().contains("How good the groups are"));
}
