// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facegroup library` as a process: whatever moment a kill comes, a dataset is in as a whole or not at all.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dataset::{Dataset, FaceRecord, InputInfo, RunInfo};
use facegroup_tests::{facegroup, run_ok, text};
use grouping::cluster::Options;
use imaging::geometry::FrameBox;
use serde_json::Value;

/// Numbers of a vector.
const DIMENSIONS: usize = 128;
/// Kills, at moments spread over the time that adding takes.
const KILLS: u32 = 20;

/// A grouped dataset of so many people, two tracks of one face each, without pictures.
fn made(folder: &Path, video: u64, people: u64) -> PathBuf {
    let out = folder.join(format!("out{video}"));
    let name = format!("video{video}.mkv");
    let run = RunInfo::new(InputInfo::for_files(&[PathBuf::from(&name)]));
    let (mut dataset, _) = Dataset::create_or_resume(&out, run).unwrap();
    for track in 0..2 * people {
        let record = FaceRecord {
            video: name.clone(),
            frame: 5 * track,
            pts: track as f64,
            bbox: FrameBox([0.0, 0.0, 40.0, 40.0]),
            score: 0.9,
            quality: 0.5,
            track: Some(track),
            ..FaceRecord::default()
        };
        // Each person has two of the numbers to itself.
        let person = track / 2;
        let mut vector = vec![0.001; DIMENSIONS];
        vector[person as usize % DIMENSIONS] = 1.0;
        vector[(person / DIMENSIONS as u64 + person * 7 + 1) as usize % DIMENSIONS] += 0.8;
        dataset.append(record, None, Some(&vector), "test").unwrap();
    }
    dataset.finish_input(&name).unwrap();
    dataset.finish().unwrap();
    facegroup::group(&out, &Options::new(0.9)).unwrap();
    out
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_slice(&run_ok(arguments).stdout).unwrap()
}

#[test]
fn killed_at_any_moment_a_dataset_is_in_as_a_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let lib = folder.path().join("lib");
    let lib = lib.to_str().unwrap();
    let first = made(folder.path(), 0, 40);
    run_ok(&["library", "add", lib, first.to_str().unwrap()]);
    let out = made(folder.path(), 1, 400);
    let out = out.to_str().unwrap();
    let probe = folder.path().join("probe");
    let started = Instant::now();
    run_ok(&["library", "add", probe.to_str().unwrap(), out]);
    let takes = started.elapsed();
    let (mut inside, mut templates) = (false, 80);
    for kill in 0..KILLS {
        let mut child = facegroup(&["library", "add", lib, out]).spawn().unwrap();
        // In no order, so that early and late ones meet what the others left.
        let part = f64::from(kill * 7 % KILLS) / f64::from(KILLS - 1);
        std::thread::sleep(Duration::from_secs_f64(1.1 * part * takes.as_secs_f64()));
        // SIGKILL, on systems that have it.
        let _ = child.kill();
        child.wait().unwrap();
        let checked = json(&["library", "check", lib, "--json"]);
        assert_eq!(checked["broken"], Value::Array(Vec::new()), "after kill {kill}: {checked}");
        let datasets = checked["datasets"].as_u64().unwrap();
        let here = checked["templates"].as_u64().unwrap();
        assert!(datasets >= 1 && here >= 80, "{checked}");
        match datasets {
            1 => assert!(here == 80 && !inside, "half of it: {checked}"),
            _ => {
                assert!(here == 880, "half of it: {checked}");
                inside = true;
            }
        }
        templates = here;
    }
    run_ok(&["library", "add", lib, out]);
    let checked = json(&["library", "check", lib, "--json"]);
    assert_eq!(checked["templates"], 880, "{templates}");
    let listed = json(&["library", "list", lib, "--json"]);
    assert_eq!(listed["datasets"].as_array().unwrap().len(), 2);
}

#[test]
fn what_a_user_gets_wrong_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let lib = folder.path().join("lib");
    let lib = lib.to_str().unwrap();
    let said = |arguments: &[&str]| {
        let output = facegroup_tests::run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        text(&output)
    };
    assert!(said(&["library", "list", lib]).contains("facegroup library add"));
    assert!(said(&["library", "add", lib, folder.path().to_str().unwrap()]).contains("no dataset"));
    let out = made(folder.path(), 0, 3);
    run_ok(&["library", "add", lib, out.to_str().unwrap()]);
    assert!(said(&["find", lib, "--person", "Zoe"]).contains("no person"));
    assert!(said(&["forget", lib, "person-0"]).contains("--yes"));
    assert!(said(&["library", "name", lib, "person-0", "12"]).contains("no name"));
    let explained = text(&run_ok(&["explain", lib, "person-1"]));
    assert!(explained.contains("out0/1: new"), "{explained}");
    let found = json(&["find", lib, "--person", "person-1", "--json"]);
    assert_eq!(found["answers"][0]["found"]["appearances"].as_array().unwrap().len(), 2);
    run_ok(&["forget", lib, "person-1", "--yes"]);
    assert_eq!(json(&["library", "check", lib, "--json"])["people"], 2);
}
