// SPDX-License-Identifier: MIT OR Apache-2.0
//! Films that are damaged, end early, or do not come: what is there is looked at, and what is not is said.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use dataset::{Dataset, InputState, RunInfo};
use facegroup_tests::{case, facegroup, faces, film, run, run_ok, text};
use tempfile::TempDir;

const DETECT: [&str; 4] = ["--mode", "detect", "--every-frame", "-o"];

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs over every frame of a file; what was said, how it ended, and what `run.json` says.
fn run_over(file: &Path) -> (String, Option<i32>, RunInfo, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&[&[path(file)], &DETECT[..], &[path(folder.path())]].concat());
    let info = Dataset::run_info(folder.path()).unwrap();
    (text(&output), output.status.code(), info, folder)
}

fn count(run: &RunInfo, what: &str) -> u64 {
    run.counts.get(what).copied().unwrap_or_default()
}

/// A film of so many pictures, 25 per second.
fn synthetic(folder: &TempDir, name: &str, pictures: u64, coder: &str) -> Option<PathBuf> {
    let photograph = film::photograph()?;
    let file = folder.path().join(name);
    let times: Vec<u64> = (0..pictures).map(|n| 40 * n).collect();
    let shown = (0..pictures).map(|n| film::picture(&photograph, n));
    film::write(shown, &times, coder, &file).then_some(file)
}

/// Noise in the middle ended a Matroska file: 54 pictures were looked at where ffmpeg decodes 100.
#[test]
fn what_lies_behind_damage_is_looked_at() {
    let Some(file) = case("12-corrupt-middle/noise.mkv") else { return };
    let (said, code, run, folder) = run_over(&file);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("pictures lost to damage"), "{said}");
    assert!(count(&run, "frames") >= 100, "{:?}", run.counts);
    // Numbers go on as the file's own times say: the last of 118 pictures is number 117 or the one before.
    let last = faces(folder.path()).pop().unwrap();
    assert!(last.frame >= 116 && (last.pts - last.frame as f64 / 25.0).abs() < 0.05, "{last:?}");
}

#[test]
fn damaged_pictures_are_counted() {
    let Some(file) = case("12-corrupt-middle/noise.mp4") else { return };
    let (said, code, run, _folder) = run_over(&file);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("damaged"), "{said}");
    assert!(count(&run, "undecodable_pictures") >= 4, "{:?}", run.counts);
    let Some(clean) = case("12-corrupt-middle/clean.ts") else { return };
    let (said, ..) = run_over(&clean);
    assert!(!said.contains("damage"), "{said}");
}

/// `--force` with what is no video took a result away and left nothing.
#[test]
fn a_result_is_not_replaced_by_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = synthetic(&folder, "film.mp4", 10, "x264enc ! mp4mux") else { return };
    let out = folder.path().join("out");
    run_ok(&[&[path(&film)], &DETECT[..], &[path(&out)]].concat());
    let before = faces(&out);
    assert!(!before.is_empty());
    let broken = folder.path().join("broken.mp4");
    fs::write(&broken, "no video at all").unwrap();
    let output = run(&[&[path(&broken), "--force"], &DETECT[..], &[path(&out)]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("is left as it is"), "{}", text(&output));
    assert_eq!(faces(&out), before);
    assert!(before.iter().all(|face| out.join(face.file.as_ref().unwrap()).is_file()));
    run_ok(&[&[path(&film), "--force"], &DETECT[..], &[path(&out)]].concat());
}

/// All these were complete.
#[test]
fn an_early_end_is_said_kept_and_in_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let coder = "x264enc key-int-max=10 ! h264parse ! matroskamux";
    let Some(whole) = synthetic(&folder, "whole.mkv", 100, coder) else { return };
    let bytes = fs::read(&whole).unwrap();
    let cut = folder.path().join("cut.mkv");
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let mut files = vec![cut];
    files.extend(
        ["cut.mp4", "fragcut.mp4"]
            .iter()
            .filter_map(|name| case(&format!("13-truncated-fragmented/{name}"))),
    );
    for file in files {
        let (said, code, run, out) = run_over(&file);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("ends at 0:0") && said.contains(" of 0:04"), "{said}");
        let input = &run.inputs[0];
        assert_eq!(input.state, InputState::Failed);
        assert!(input.error.as_ref().unwrap().starts_with("ends at "), "{input:?}");
        assert!(count(&run, "frames") > 30, "{:?}", run.counts);
        assert!(faces(out.path()).len() > 30);
    }
    let (said, code, ..) = run_over(&whole);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_cannot_be_read_is_told_apart_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.mp4");
    fs::write(&notes, "These are notes.").unwrap();
    let coder = "x264enc ! h264parse ! mp4mux";
    let Some(whole) = synthetic(&folder, "whole.mp4", 20, coder) else { return };
    let bytes = fs::read(&whole).unwrap();
    let table = bytes.windows(4).position(|four| four == b"moov").unwrap();
    let cut = folder.path().join("cut.mp4");
    fs::write(&cut, &bytes[..table - 4]).unwrap();
    let unknown = folder.path().join("unknown.mp4");
    let mut strange = bytes.clone();
    // The last is the kind of the samples; others stand among the brands.
    let kind = strange.windows(4).rposition(|four| four == b"avc1").unwrap();
    strange[kind..kind + 4].copy_from_slice(b"zzz1");
    fs::write(&unknown, &strange).unwrap();
    let locked = folder.path().join("locked.mp4");
    strange[kind..kind + 4].copy_from_slice(b"encv");
    fs::write(&locked, &strange).unwrap();
    let out = folder.path().join("out");
    for _ in 0..3 {
        for (input, said) in [
            (path(&notes), "no video in it"),
            (path(&cut), "is not complete"),
            (path(&locked), "is encrypted"),
            (path(&unknown), "nothing here decodes it"),
            ("http://127.0.0.1:9/film.mp4", "cannot be reached"),
        ] {
            let output = run(&[&[input, "--force"], &DETECT[..], &[path(&out)]].concat());
            assert_eq!(output.status.code(), Some(2), "{}", text(&output));
            assert!(text(&output).contains(said), "{input}: {}", text(&output));
        }
    }
}

/// What breaks off on its way was complete.
#[test]
fn a_stream_over_http_that_breaks_off_is_not_complete() {
    let folder = tempfile::tempdir().unwrap();
    let coder = "x264enc key-int-max=10 ! h264parse ! matroskamux";
    let Some(whole) = synthetic(&folder, "film.mkv", 100, coder) else { return };
    let bytes = fs::read(&whole).unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/film.mkv", server.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut client in server.incoming().flatten() {
            let mut asked = [0; 4096];
            let _ = std::io::Read::read(&mut client, &mut asked);
            if String::from_utf8_lossy(&asked).to_lowercase().contains("range:") {
                continue;
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: video/x-matroska\r\nConnection: close\r\n\
                 Content-Length: {}\r\n\r\n",
                bytes.len()
            );
            let _ = client.write_all(head.as_bytes());
            let _ = client.write_all(&bytes[..bytes.len() / 2]);
        }
    });
    let out = folder.path().join("out");
    let output = run(&[&[address.as_str()], &DETECT[..], &[path(&out)]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(count(&Dataset::run_info(&out).unwrap(), "frames") > 0, "{}", text(&output));
}

/// Nothing stands still for ever, and the others go on.
#[test]
fn an_input_that_stands_still_is_ended_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let coder = "x264enc key-int-max=10 ! h264parse ! matroskamux streamable=true";
    let Some(film) = synthetic(&folder, "film.mkv", 60, coder) else { return };
    let bytes = fs::read(&film).unwrap();
    let out = folder.path().join("out");
    let mut child =
        facegroup(&[&["fd://0", path(&film), "--jobs", "1"], &DETECT[..], &[path(&out)]].concat())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
    // Held open, and nothing more comes.
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(&bytes[..bytes.len() / 2]).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(pipe);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("stands still at 0:0"), "{}", text(&output));
    assert!(faces(&out).iter().any(|face| face.video == "film.mkv"), "{}", text(&output));
}

/// A range or a filter that leaves nothing left no word either.
#[test]
fn what_leaves_nothing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let coder = "x264enc ! h264parse ! mp4mux";
    let Some(film) = synthetic(&folder, "film.mp4", 50, coder) else { return };
    let out = folder.path().join("out");
    let late = run_ok(&[path(&film), "-o", path(&out), "--from", "1:00"]);
    assert!(text(&late).contains("--from 1:00 is 58.0 s behind its end (0:02)"), "{}", text(&late));
    let sharp = run_ok(&[path(&film), "-o", path(&out), "--force", "--blur", "1000000"]);
    let said = text(&sharp);
    assert!(
        said.contains("--blur 1000000 left out") && said.contains("the sharpest has"),
        "{said}"
    );
    let part = run_ok(&[path(&film), "-o", path(&out), "--force", "--to", "0.5", "--json"]);
    let value: serde_json::Value = serde_json::from_slice(&part.stdout).unwrap();
    assert!(value["video_seconds"].as_f64().unwrap() <= 0.5, "{value}");
}

/// A film cut without loss hides the pictures before its cut, which are decoded for the others: they were told to be
/// damaged beyond decoding.
#[test]
fn what_an_edit_list_hides_is_not_damaged() {
    const HIDDEN: u32 = 10;
    let Some(photograph) = film::photograph() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("cut.mp4"), folder.path().join("out"));
    let times: Vec<u64> = (0..50).map(|n| 40 * n).collect();
    let pictures = (0..50).map(|n| film::picture(&photograph, n));
    let coded = "x264enc bframes=0 key-int-max=100 ! h264parse ! mp4mux";
    if !film::write(pictures, &times, coded, &file) {
        return;
    }
    let mut bytes = fs::read(&file).unwrap();
    let number = |bytes: &[u8], at: usize| {
        u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    };
    let find = |bytes: &[u8], name: &[u8; 4]| {
        bytes.windows(4).position(|window| window == name).map(|at| at + 4)
    };
    // Of the edit list the version, the flags and the number of entries; duration, beginning, rate.
    let elst = find(&bytes, b"elst").unwrap();
    let mdhd = find(&bytes, b"mdhd").unwrap();
    let mvhd = find(&bytes, b"mvhd").unwrap();
    let (of_media, of_movie) = (number(&bytes, mdhd + 12), number(&bytes, mvhd + 12));
    let begins = number(&bytes, elst + 12) + HIDDEN * of_media / 25;
    let lasts = number(&bytes, elst + 8) - HIDDEN * of_movie / 25;
    bytes[elst + 12..elst + 16].copy_from_slice(&begins.to_be_bytes());
    let tkhd = find(&bytes, b"tkhd").unwrap();
    for length in [elst + 8, mvhd + 16, tkhd + 20] {
        bytes[length..length + 4].copy_from_slice(&lasts.to_be_bytes());
    }
    fs::write(&file, bytes).unwrap();
    let output = run_ok(&[
        file.to_str().unwrap(),
        "--every-frame",
        "--mode",
        "detect",
        "-o",
        out.to_str().unwrap(),
    ]);
    assert!(!text(&output).contains("damage"), "{}", text(&output));
    let input = &dataset::Dataset::run_info(&out).unwrap().inputs[0];
    assert_eq!(input.frames, Some(u64::from(50 - HIDDEN)), "{input:?}");
}
