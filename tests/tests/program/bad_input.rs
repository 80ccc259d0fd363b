// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever is wrong is said, the rest goes on, and nothing written is lost.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use facegroup_tests::{check_dataset, facegroup, faces, film, run, run_ok, skip, text};
use tempfile::TempDir;

/// A folder with a short good film in it; `None`, with the reason printed, where none can be made.
fn folder_with_film() -> Option<(TempDir, PathBuf)> {
    let photograph = film::photograph()?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("good.mp4");
    let times: Vec<u64> = (0..30).map(|n| 40 * n).collect();
    let pictures = (0..30).map(|n| film::picture(&photograph, n));
    film::write(pictures, &times, "x264enc speed-preset=veryfast ! h264parse ! mp4mux", &file)
        .then_some((folder, file))
}

fn out(folder: &TempDir) -> (PathBuf, String) {
    let out = folder.path().join("out");
    let text = out.to_string_lossy().into_owned();
    (out, text)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs over a bad file alone and over a list with a good one behind it.
fn is_reported(name: &str, bytes: &[u8]) {
    let Some((folder, good)) = folder_with_film() else {
        return;
    };
    let (out, out_text) = out(&folder);
    let bad = folder.path().join(name);
    fs::write(&bad, bytes).unwrap();

    let alone = run(&[path(&bad), "-o", &folder.path().join("alone").to_string_lossy()]);
    assert_eq!(alone.status.code(), Some(2), "{}", text(&alone));
    assert!(text(&alone).contains(name), "{}", text(&alone));
    assert!(!text(&alone).contains("panicked"), "{}", text(&alone));

    let list = folder.path().join("list.txt");
    fs::write(&list, format!("{}\n{}\n", bad.display(), good.display())).unwrap();
    let both = run(&[path(&list), "-o", &out_text]);
    assert_eq!(both.status.code(), Some(1), "{}", text(&both));
    assert!(text(&both).contains(name), "{}", text(&both));
    check_dataset(&out);
    assert!(faces(&out).len() >= 5);
    assert!(faces(&out).iter().all(|f| f.video == "good.mp4"));
}

/// docs/design/predecessors.md 1.11 #2: a file that is no video ended the whole batch.
#[test]
fn not_a_video() {
    is_reported("notes.mp4", b"These are notes and no video at all.\n");
}

#[test]
fn zero_bytes() {
    is_reported("empty.mp4", b"");
}

#[test]
fn audio_only() {
    let Some((folder, _)) = folder_with_film() else {
        return;
    };
    let file = folder.path().join("sound.ogg");
    let pipeline = format!(
        "audiotestsrc num-buffers=50 ! vorbisenc ! oggmux ! filesink location={}",
        file.display()
    );
    let status = std::process::Command::new("gst-launch-1.0")
        .arg("-q")
        .args(pipeline.split(' '))
        .status()
        .unwrap();
    assert!(status.success());
    is_reported("sound.ogg", &fs::read(file).unwrap());
}

#[test]
fn a_list_with_a_missing_file() {
    let Some((folder, good)) = folder_with_film() else {
        return;
    };
    let (out, out_text) = out(&folder);
    let list = folder.path().join("list.txt");
    fs::write(&list, format!("nowhere.mp4\n{}\n", good.display())).unwrap();
    let output = run(&[path(&list), "-o", &out_text]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("nowhere.mp4: no such file"), "{}", text(&output));
    check_dataset(&out);
}

/// docs/design/predecessors.md 1.11 #3: a failure to decode in the middle of a file was an exception.
#[test]
fn a_truncated_film_gives_what_is_there() {
    let Some(photograph) = film::photograph() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (out, out_text) = out(&folder);
    let file = folder.path().join("cut.mkv");
    let times: Vec<u64> = (0..100).map(|n| 40 * n).collect();
    let pictures = (0..100).map(|n| film::picture(&photograph, n));
    if !film::write(pictures, &times, "avenc_mpeg4 bitrate=4000000 ! matroskamux", &file) {
        return;
    }
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let output = run(&[path(&file), "-o", &out_text]);
    assert!(matches!(output.status.code(), Some(0..=2)), "{}", text(&output));
    assert!(!text(&output).contains("panicked"), "{}", text(&output));
    assert!(faces(&out).len() >= 5, "{}", text(&output));
    check_dataset(&out);
}

/// docs/design/predecessors.md 1.11 #1: without any face there was an exception.
#[test]
fn no_faces_is_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let (out, out_text) = out(&folder);
    let file = folder.path().join("grey.mp4");
    let times: Vec<u64> = (0..20).map(|n| 40 * n).collect();
    let grey = image::RgbImage::from_pixel(320, 240, image::Rgb([90, 90, 90]));
    if !film::write(std::iter::repeat_n(grey, 20), &times, "x264enc ! h264parse ! mp4mux", &file) {
        return;
    }
    let output = run_ok(&[path(&file), "-o", &out_text]);
    assert!(text(&output).contains("0 people"), "{}", text(&output));
    assert!(faces(&out).is_empty());
    check_dataset(&out);
}

/// docs/design/predecessors.md 1.11 #7: one face was an exception.
#[test]
fn one_face_is_one_person() {
    let Some((folder, good)) = folder_with_film() else {
        return;
    };
    let (out, out_text) = out(&folder);
    run_ok(&[path(&good), "-o", &out_text, "--to", "0.1", "--step", "1"]);
    assert_eq!(faces(&out).len(), 1);
    assert_eq!(faces(&out)[0].group.as_deref(), Some("0"));
    check_dataset(&out);
}

/// docs/design/predecessors.md 1.2: every file of a folder was taken for a video.
#[test]
fn a_folder_without_videos() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.md"), "x").unwrap();
    let output = run(&[path(folder.path()), "-o", &folder.path().join("out").to_string_lossy()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("name others with -e"), "{}", text(&output));
    assert!(!folder.path().join("out").exists());
}

/// docs/design/predecessors.md 1.11 #13, 2.4 #10: another run overwrote pictures by name, and old ones stayed
/// among the new.
#[test]
fn another_runs_folder_is_refused_and_left_alone() {
    let Some((folder, good)) = folder_with_film() else {
        return;
    };
    let (out, out_text) = out(&folder);
    run_ok(&[path(&good), "-o", &out_text]);
    let before = fs::read(out.join("faces.jsonl")).unwrap();
    let output = run(&[path(&good), "-o", &out_text, "--step", "0.5"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("--force"), "{}", text(&output));
    assert_eq!(fs::read(out.join("faces.jsonl")).unwrap(), before);
    check_dataset(&out);
    run_ok(&[path(&good), "-o", &out_text, "--step", "0.5", "--force"]);
    assert_eq!(faces(&out).len(), 3);
    check_dataset(&out);
}

/// docs/design/predecessors.md 1.11 #15: two videos in one folder, one after the other, overwrote each other's
/// pictures by name. Here the second is refused, and together they have names of their own.
#[test]
fn videos_of_two_runs_never_meet_in_one_folder() {
    let Some((folder, first)) = folder_with_film() else {
        return;
    };
    let second = folder.path().join("other.mp4");
    fs::copy(&first, &second).unwrap();
    let (out, out_text) = out(&folder);
    run_ok(&[path(&first), "-o", &out_text]);
    let picture = out.join(faces(&out)[0].file.clone().unwrap());
    let before = fs::read(&picture).unwrap();
    let output = run(&[path(&second), "-o", &out_text]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("--force"), "{}", text(&output));
    assert_eq!(fs::read(&picture).unwrap(), before);
    check_dataset(&out);
    let both = folder.path().join("both");
    run_ok(&[path(&first), path(&second), "-o", path(&both)]);
    check_dataset(&both);
    let found = faces(&both);
    let of = |video: &str| found.iter().filter(|face| face.video == video).count();
    assert_eq!((of("good.mp4"), of("other.mp4")), (faces(&out).len(), faces(&out).len()));
    let names: std::collections::BTreeSet<_> =
        found.iter().filter_map(|f| f.file.as_deref()?.rsplit('/').next()).collect();
    assert_eq!(names.len(), found.iter().filter(|face| face.file.is_some()).count());
    assert!(names.iter().any(|name| name.starts_with("01_")), "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("02_")), "{names:?}");
}

#[test]
fn a_missing_or_corrupt_model() {
    let Some((folder, good)) = folder_with_film() else {
        return;
    };
    let (_, out_text) = out(&folder);
    let home = folder.path().join("home");
    let missing =
        facegroup(&[path(&good), "-o", &out_text]).env("FACEGROUP_HOME", &home).output().unwrap();
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing).contains("models get"), "{}", text(&missing));

    let corrupt = folder.path().join("corrupt.onnx");
    fs::write(&corrupt, b"no network").unwrap();
    let output = run(&[
        path(&good),
        "-o",
        &out_text,
        "--detector",
        path(&corrupt),
        "--detector-kind",
        "centerface",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("corrupt.onnx"), "{}", text(&output));
    assert!(!text(&output).contains("panicked"), "{}", text(&output));
}

#[test]
fn a_missing_onnx_runtime() {
    let Some((folder, good)) = folder_with_film() else {
        return;
    };
    let (_, out_text) = out(&folder);
    let output = facegroup(&[path(&good), "-o", &out_text])
        .env("ORT_DYLIB_PATH", "/nowhere/libonnxruntime.so")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("/nowhere/libonnxruntime.so"), "{}", text(&output));
    assert!(!text(&output).contains("panicked"), "{}", text(&output));
}

#[test]
fn a_device_that_is_not_there() {
    if Path::new("/dev/nvidia0").exists() {
        skip("no-gpu", "this machine has an NVIDIA device");
        return;
    }
    let Some((folder, good)) = folder_with_film() else {
        return;
    };
    let (_, out_text) = out(&folder);
    let output = run(&[path(&good), "-o", &out_text, "--device", "cuda"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("cuda"), "{}", text(&output));
    let output = run(&[path(&good), "-o", &out_text, "--device", "warp"]);
    assert_eq!(output.status.code(), Some(2));
}

/// docs/design/predecessors.md 2.4 #9: a picture that could not be written was counted all the same.
#[test]
fn a_full_disk() {
    let Some((folder, good)) = folder_with_film() else {
        return;
    };
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=128k", "tmpfs"])
        .arg(&disk)
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        skip("small-disk", "it cannot be mounted here");
        return;
    }
    let location = disk.join("out");
    let output = run(&[
        path(&good),
        "-o",
        path(&location),
        "--every-frame",
        "--samples",
        "0",
        "--quality",
        "100",
    ]);
    let lines = faces(&location);
    let pictures = lines.iter().filter(|f| f.file.is_some()).count();
    let all_there =
        lines.iter().filter_map(|f| f.file.as_ref()).all(|f| image::open(location.join(f)).is_ok());
    std::process::Command::new("umount").arg(&disk).status().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("no space left"), "{}", text(&output));
    assert!(pictures > 0 && all_there, "{pictures} pictures");
}
