// SPDX-License-Identifier: MIT OR Apache-2.0
//! Killed anywhere, the dataset is readable, and the same command goes on to the same end.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, Instant};

use dataset::Dataset;
use facegroup_tests::{check_dataset, facegroup, faces, footage, run_ok, text};

fn command<'a>(clip: &'a Path, out: &'a Path) -> [&'a str; 6] {
    [clip.to_str().unwrap(), "-o", out.to_str().unwrap(), "--step", "0.5", "--quiet"]
}

/// What must be the same however often a run was killed: the faces and where they were found.
fn places(location: &Path) -> Vec<(u64, u32, [f32; 4])> {
    faces(location).into_iter().map(|f| (f.frame, f.face, f.bbox.0)).collect()
}

fn lines(location: &Path) -> usize {
    std::fs::read_to_string(location.join("faces.jsonl")).map_or(0, |text| text.lines().count())
}

/// docs/design/predecessors.md 1.12 and 3.8: nothing could be resumed.
#[test]
fn killed_three_times_and_resumed() {
    let Some(clip) = footage("clips/sitcom-poker-720p.mp4") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    run_ok(&command(&clip, &whole));

    let killed = folder.path().join("killed");
    for round in 1..=3 {
        let before = lines(&killed);
        let mut child = facegroup(&command(&clip, &killed)).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(120);
        while lines(&killed) < before + 12 && Instant::now() < deadline {
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        // SIGKILL: nothing can be tidied up.
        child.kill().unwrap();
        child.wait().unwrap();
        let loaded = Dataset::read(&killed).unwrap();
        assert!(!loaded.faces.is_empty(), "round {round}");
    }
    run_ok(&command(&clip, &killed));
    check_dataset(&killed);
    assert_eq!(places(&whole), places(&killed));
    // 771 of 632 frames: what was seen twice was counted twice.
    let counts = |location: &Path| {
        let run = Dataset::run_info(location).unwrap();
        let of = |what: &str| run.counts.get(what).copied().unwrap_or_default();
        (of("faces"), of("frames"), of("coded_pictures"), run.inputs[0].frames)
    };
    assert_eq!(counts(&whole), counts(&killed));
}

#[test]
fn done_already_is_done_at_once() {
    let Some(clip) = footage("clips/talking-head-mpeg4.mp4") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    run_ok(&command(&clip, &out));
    let before = std::fs::read(out.join("faces.jsonl")).unwrap();
    run_ok(&command(&clip, &out));
    assert_eq!(std::fs::read(out.join("faces.jsonl")).unwrap(), before);
    check_dataset(&out);
}

#[test]
fn interrupted_it_groups_what_is_there_and_goes_on() {
    let Some(clip) = footage("clips/sitcom-poker-720p.mp4") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let child =
        facegroup(&command(&clip, &out)).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    while lines(&out) < 8 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    check_dataset(&out);
    let first = lines(&out);
    run_ok(&command(&clip, &out));
    assert!(lines(&out) > first);
    check_dataset(&out);
}
