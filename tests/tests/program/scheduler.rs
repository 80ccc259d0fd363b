// SPDX-License-Identifier: MIT OR Apache-2.0
//! Several inputs at once: the result of one after another, whatever happens on the way.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use dataset::{Dataset, InputState};
use facegroup_tests::{check_dataset, facegroup, faces, footage, run, run_ok, skip, text};
use serde_json::Value;

/// Three real clips, of other sizes and codecs.
fn clips() -> Option<Vec<String>> {
    let names = ["concert-360p", "talking-head-mpeg4", "news-handshake-360p"];
    let clips = names.iter().map(|name| footage(&format!("clips/{name}.mp4")));
    clips.map(|clip| Some(clip?.to_str()?.to_owned())).collect()
}

/// Every file below, by its path; `run.json` and the page without how the run was called and how long it
/// took.
fn files(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![out.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut bytes = fs::read(&path).unwrap();
            if path.ends_with("run.json") {
                let mut run: Value = serde_json::from_slice(&bytes).unwrap();
                for own in ["arguments", "timings"] {
                    assert!(run.as_object_mut().unwrap().remove(own).is_some(), "{own}");
                }
                bytes = run.to_string().into_bytes();
            } else if path.ends_with("report.html") {
                let page = String::from_utf8(bytes).unwrap();
                let (head, facts) = page.split_once("<dt>Command</dt>").unwrap();
                let (_, tail) = facts.split_once("</dl>").unwrap();
                bytes = format!("{head}{tail}").into_bytes();
            }
            found.insert(path.strip_prefix(out).unwrap().to_owned(), bytes);
        }
    }
    found
}

#[test]
fn everything_is_the_same_however_many_are_worked_on() {
    let Some(clips) = clips() else { return };
    let folder = tempfile::tempdir().unwrap();
    let results = ["1", "3"].map(|jobs| {
        let out = folder.path().join(jobs);
        let mut line: Vec<&str> = clips.iter().map(String::as_str).collect();
        // To their ends: how many pictures are decoded ahead of an earlier one depends on the moment.
        line.extend(["-o", out.to_str().unwrap(), "--jobs", jobs, "--step", "0.5"]);
        line.extend(["--duplicate-window", "4", "--duplicate-hash", "4", "--save-duplicates"]);
        line.extend(["--save-rejects", "--save-frames"]);
        let said = text(&run_ok(&line));
        assert_eq!(said.contains("3 inputs at once"), jobs == "3", "{said}");
        check_dataset(&out);
        out
    });
    let videos: BTreeSet<String> = faces(&results[0]).into_iter().map(|face| face.video).collect();
    assert_eq!(videos.len(), 3);
    let [one, three] = results.map(|out| files(&out));
    assert_eq!(one.keys().collect::<Vec<_>>(), three.keys().collect::<Vec<_>>());
    for log in ["log_rejects.csv", "log_dupes1.csv", "log_dupes2.csv"] {
        assert!(one.contains_key(&Path::new("intermediate").join(log)), "{log}");
    }
    let other: Vec<_> = one.iter().filter(|(name, bytes)| three[*name] != **bytes).collect();
    assert!(other.is_empty(), "{:?}", other.iter().map(|(name, _)| name).collect::<Vec<_>>());
}

/// Waits until faces of two videos have been written.
fn wait_for_both(out: &Path, child: &mut Child) {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let lines = fs::read_to_string(out.join("faces.jsonl")).unwrap_or_default();
        let whole = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        whole.for_each(|face| *numbers.entry(face["video"].to_string()).or_default() += 1);
        if numbers.values().filter(|number| **number >= 3).count() >= 2 {
            return;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended before: {numbers:?}");
        assert!(Instant::now() < deadline, "{numbers:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Two clips that take a while, at every frame.
fn two_at_once<'a>(clips: &'a [String], out: &'a Path, jobs: &'a str) -> Vec<&'a str> {
    let mut line: Vec<&str> = clips.iter().take(2).map(String::as_str).collect();
    line.extend(["-o", out.to_str().unwrap(), "--jobs", jobs, "--quiet", "--every", "3"]);
    line
}

type Place = (String, u64, u32, [f32; 4]);

/// What must be the same however often a run was stopped: the faces and where they were found, in order.
fn places(out: &Path) -> Vec<Place> {
    faces(out).into_iter().map(|f| (f.video, f.frame, f.face, f.bbox.0)).collect()
}

#[test]
fn killed_or_interrupted_with_two_on_the_way_both_go_on() {
    let Some(clips) = clips() else { return };
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    run_ok(&two_at_once(&clips, &whole, "1"));

    let killed = folder.path().join("killed");
    let mut child = facegroup(&two_at_once(&clips, &killed, "2")).spawn().unwrap();
    wait_for_both(&killed, &mut child);
    // SIGKILL: nothing can be tidied up.
    child.kill().unwrap();
    child.wait().unwrap();
    let held = Dataset::read(&killed).unwrap();
    assert!(
        held.faces.iter().filter_map(|face| face.embedding).all(|r| r < held.embeddings.nrows())
    );
    run_ok(&two_at_once(&clips, &killed, "2"));
    check_dataset(&killed);
    assert_eq!(places(&whole), places(&killed));

    let stopped = folder.path().join("stopped");
    let mut child =
        facegroup(&two_at_once(&clips, &stopped, "2")).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_both(&stopped, &mut child);
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    check_dataset(&stopped);
    let run = Dataset::run_info(&stopped).unwrap();
    assert!(run.inputs.iter().all(|input| input.state == InputState::Partial));
    // One after the other this time.
    run_ok(&two_at_once(&clips, &stopped, "1"));
    check_dataset(&stopped);
    assert_eq!(places(&whole), places(&stopped));
}

#[test]
fn one_that_cannot_be_played_stops_no_other() {
    let Some(clips) = clips() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (out, broken) = (folder.path().join("out"), folder.path().join("broken.mp4"));
    fs::write(&broken, "no video at all").unwrap();
    let (out_text, broken) = (out.to_str().unwrap(), broken.to_str().unwrap());
    let line = [&clips[0], broken, &clips[1], "-o", out_text, "-j", "3", "--step", "1"];
    let output = run(&line);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("facegroup: broken.mp4: "), "{}", text(&output));
    check_dataset(&out);
    let run = Dataset::run_info(&out).unwrap();
    let states: Vec<_> = run.inputs.iter().map(|input| input.state).collect();
    assert_eq!(states, [InputState::Complete, InputState::Failed, InputState::Complete]);
    let files: BTreeSet<String> = faces(&out)
        .iter()
        .filter_map(|face| Some(face.file.as_ref()?.rsplit_once('/')?.1[..2].to_owned()))
        .collect();
    assert_eq!(files, ["01", "03"].map(String::from).into());
}

/// An address where nobody sends, and a film.
#[test]
fn a_camera_that_says_nothing_holds_up_neither_a_film_nor_the_end() {
    let Some(clips) = clips() else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let camera = format!("udp://127.0.0.1:{port}");
    let line = [&camera, &clips[0], "-o", out.to_str().unwrap(), "--step", "1"];
    let mut child = facegroup(&line).stderr(Stdio::piped()).spawn().unwrap();
    let states = || -> Vec<InputState> {
        let run = Dataset::run_info(&out).ok();
        run.iter().flat_map(|run| &run.inputs).map(|input| input.state).collect()
    };
    let deadline = Instant::now() + Duration::from_secs(120);
    while states() != [InputState::Pending, InputState::Complete] {
        assert!(child.try_wait().unwrap().is_none() && Instant::now() < deadline, "{:?}", states());
        std::thread::sleep(Duration::from_millis(20));
    }
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    assert_eq!(states()[1], InputState::Complete);
    assert_ne!(states()[0], InputState::Complete);
    check_dataset(&out);
}

#[test]
fn a_full_disk_stops_all_and_is_said_once() {
    let Some(clips) = clips() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut mount = std::process::Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(folder.path());
    if !mount.status().is_ok_and(|status| status.success()) {
        skip("small-disk", "it cannot be mounted here");
        return;
    }
    let out = folder.path().join("out");
    let output = run(&two_at_once(&clips, &out, "2"));
    let held = Dataset::read(&out).map(|held| held.faces.len());
    std::process::Command::new("umount").arg(folder.path()).status().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert_eq!(text(&output).matches("no space left").count(), 1, "{}", text(&output));
    assert!(held.is_ok_and(|faces| faces > 0));
}

#[test]
fn a_window_shows_one_input_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("a.mp4");
    fs::write(&video, "").unwrap();
    let output = run(&[video.to_str().unwrap(), "--display=fakesink", "--jobs", "2"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("--display shows one input at a time"), "{}", text(&output));
}
