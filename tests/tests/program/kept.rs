// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which faces and pictures are kept, what is saved of the others, and what the logs say, on real faces.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dataset::By;
use facegroup_tests::{check_dataset, facegroup, faces, film, footage, run, run_ok, text};
use tempfile::TempDir;

/// A film of one face that holds still, 60 pictures at 25 per second.
fn still_film(folder: &Path) -> Option<PathBuf> {
    let photograph = film::photograph()?;
    let file = folder.join("still.avi");
    let pictures = (0..60).map(|_| film::picture(&photograph, 0));
    let times: Vec<u64> = (0..60).map(|i| i * 40).collect();
    film::write(pictures, &times, "jpegenc quality=95 ! avimux", &file).then_some(file)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).map(|entries| entries.flatten().collect::<Vec<_>>());
    entries
        .unwrap_or_default()
        .into_iter()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn out(folder: &TempDir) -> (PathBuf, String) {
    let out = folder.path().join("out");
    let text = out.to_str().unwrap().to_owned();
    (out, text)
}

/// FaceGrab writes the same face every seven frames.
///
/// docs/design/predecessors.md 1.11 #13: logs of several runs were one; 2.4 #13: the same face was kept every
/// seventh frame.
#[test]
fn a_face_that_holds_still_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = still_film(folder.path()) else { return };
    let (out, place) = out(&folder);
    let film = film.to_str().unwrap();
    let all = [film, "-o", &place, "--every", "7", "--duplicate-window", "3", "--save-duplicates"];
    run_ok(&all);
    check_dataset(&out);
    let found = faces(&out);
    assert_eq!(
        found.iter().map(|f| f.frame).collect::<Vec<_>>(),
        [0, 7, 14, 21, 28, 35, 42, 49, 56]
    );
    let kept: Vec<_> = found.iter().filter(|face| face.file.is_some()).collect();
    assert_eq!((kept.len(), kept[0].frame), (1, 0));
    let duplicate = found[8].duplicate.as_ref().unwrap();
    assert_eq!((duplicate.of.as_str(), duplicate.by), ("000000_0.jpg", By::Window));
    // All of them say who is on screen.
    assert!(found.iter().all(|face| face.group == kept[0].group));
    let log = fs::read_to_string(out.join("intermediate/log_dupes1.csv")).unwrap();
    assert_eq!(log.lines().count(), 9);
    assert_eq!(names(&out.join("intermediate/dupes1")).len(), 8);
    // The same command again mixes nothing.
    run_ok(&all);
    assert_eq!(fs::read_to_string(out.join("intermediate/log_dupes1.csv")).unwrap(), log);
    // Without asking, all are kept.
    run_ok(&[film, "-o", &place, "--every", "7", "--force"]);
    assert_eq!(faces(&out).iter().filter(|face| face.file.is_some()).count(), 9);
    assert!(!out.join("intermediate").exists());
    // And taken out later.
    run_ok(&["group", &place, "--duplicate-hash", "3"]);
    check_dataset(&out);
    assert_eq!(faces(&out).iter().filter(|face| face.file.is_some()).count(), 1);
}

#[test]
fn frames_and_rejects_are_saved_with_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = still_film(folder.path()) else { return };
    let (out, place) = out(&folder);
    let film = film.to_str().unwrap();
    let common = [film, "-o", &place, "--every", "20", "--prefix", "x-", "--save-frames"];
    run_ok(&[&common[..], &["--save-rejects", "--min-size", "40"]].concat());
    let log = fs::read_to_string(out.join("intermediate/log_rejects.csv")).unwrap();
    let rows: Vec<Vec<&str>> = log.lines().map(|line| line.split(',').collect()).collect();
    let header = "file_name,score,width,height,x1,y1,x2,y2,too_low(mscore=0.5),\
                  too_small(msize=40),too_close(mborder=0),rejected";
    assert_eq!(rows[0].join(",").replace(rows[0][8], "too_low(mscore=0.5)"), header);
    let passed: Vec<_> = rows.iter().filter(|row| row[11] == "0").map(|row| row[0]).collect();
    assert_eq!(passed, ["x-000000_0.jpg", "x-000020_0.jpg", "x-000040_0.jpg"]);
    let rejected: BTreeSet<String> =
        rows[1..].iter().filter(|row| row[11] == "1").map(|row| row[0].to_owned()).collect();
    assert_eq!(names(&out.join("intermediate/rejects")), rejected);
    for row in rows[1..].iter().filter(|row| row[11] == "1") {
        assert!(row[8..11].contains(&"1"), "{row:?}");
        assert!(row[0].starts_with("x-0000") && row[0].contains("_r"), "{row:?}");
    }
    let frames = out.join("intermediate/frames");
    assert_eq!(
        names(&frames),
        ["x-000000.jpg", "x-000020.jpg", "x-000040.jpg"].map(String::from).into()
    );
    // Small frames are enlarged, and the face has a green box.
    let frame = image::open(frames.join("x-000000.jpg")).unwrap().into_rgb8();
    assert_eq!(frame.dimensions(), (1024, 768));
    let green = frame.pixels().filter(|p| p[1] > 180 && p[0] < 90 && p[2] < 90).count();
    assert!(green > 500, "{green}");
    // A page of the log, with the pictures of all that was seen.
    let (log, page) = (out.join("intermediate/log_rejects.csv"), folder.path().join("log.html"));
    run_ok(&["gallery", log.to_str().unwrap(), "-o", page.to_str().unwrap(), "--page-size", "0"]);
    let page = fs::read_to_string(page).unwrap();
    assert_eq!(page.matches("<img src=\"data:image/jpeg").count(), rows.len() - 1);
    // Another run of the folder leaves nothing of this one.
    run_ok(&[&common[..], &["--save-rejects", "--min-size", "190", "--force"]].concat());
    assert!(faces(&out).is_empty());
    let again = fs::read_to_string(out.join("intermediate/log_rejects.csv")).unwrap();
    assert!(again.lines().next().unwrap().contains("too_small(msize=190)"));
    assert!(again.lines().skip(1).all(|row| row.ends_with(",1")), "{again}");
    assert_eq!(again.lines().filter(|row| row.contains("x-000020_r0.jpg")).count(), 1);
    let frame = image::open(frames.join("x-000000.jpg")).unwrap().into_rgb8();
    assert!(frame.pixels().filter(|p| p[0] > 180 && p[1] < 90 && p[2] < 90).count() > 500);
}

/// FaceRipper keeps blurry faces in the class folder, where a training loader finds them.
///
/// docs/design/predecessors.md 3.6: blurry pictures lay in a folder within the class folder, where a training
/// loader reads them.
#[test]
fn blurry_faces_lie_apart() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = still_film(folder.path()) else { return };
    let (out, place) = out(&folder);
    let film = film.to_str().unwrap();
    for preset in ["facegrab", "faceripper", "streamface", "100000"] {
        let common = [film, "-o", &place, "--every", "30", "--force", "--blur", preset];
        run_ok(&[&common[..], &["--save-blurry"]].concat());
        check_dataset(&out);
        let found = faces(&out);
        let blurry = names(&out.join("intermediate/blurry")).len();
        assert_eq!(found.len(), 2);
        assert_eq!(found.iter().filter(|face| face.blurry).count(), blurry);
        assert_eq!(found.iter().filter(|face| face.file.is_some()).count(), 2 - blurry);
        let expected = if preset == "100000" { 2 } else { 0 };
        assert_eq!(blurry, expected, "{preset}: {:?}", found[0].sharpness);
    }
}

#[test]
fn crops_are_aligned_fitted_and_stored_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = still_film(folder.path()) else { return };
    let (out, place) = out(&folder);
    let film = film.to_str().unwrap();
    for (arguments, extension, size) in [
        (&["--align", "points"][..], "jpg", (256, 256)),
        (&["--align", "eyes", "--crop-size", "200", "--webp"][..], "webp", (200, 200)),
        (&["--resize-to", "50", "400", "--png"][..], "png", (50, 0)),
        (&["--square", "--crop-size", "96"][..], "jpg", (96, 96)),
    ] {
        run_ok(&[&[film, "-o", &place, "--every", "60", "--force"], arguments].concat());
        check_dataset(&out);
        let file = faces(&out)[0].file.clone().unwrap();
        assert!(file.ends_with(extension), "{file}");
        let (width, height) = image::open(out.join(file)).unwrap().into_rgb8().dimensions();
        assert!(width == size.0 && (size.1 == 0 || height == size.1), "{width}x{height}");
    }
}

/// FaceGrab needs pictures of one size, and loses the last batch.
///
/// docs/design/predecessors.md 2.4 #8: frames of several sizes in one batch were an exception.
#[test]
fn numbered_pictures_of_changing_sizes() {
    let Some(photograph) = film::photograph() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (out, place) = out(&folder);
    for number in 0..5u32 {
        let (width, height) = (910 - 60 * number, 1137 - 60 * number);
        let picture = image::imageops::thumbnail(&photograph, width, height);
        picture.save(folder.path().join(format!("img_{number:04}.jpg"))).unwrap();
    }
    let pattern = folder.path().join("img_%04d.jpg");
    let output = run(&[pattern.to_str().unwrap(), "-o", &place, "--every-frame"]);
    assert!(output.status.success(), "{}", text(&output));
    check_dataset(&out);
    let frames: BTreeSet<u64> = faces(&out).iter().map(|face| face.frame).collect();
    assert_eq!(frames, (0..5).collect());
}

/// What the same rules take out of a real scene, each by its own threshold.
#[test]
fn duplicates_of_a_scene() {
    let Some(clip) = footage("clips/sitcom-poker-720p.mp4") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (out, place) = out(&folder);
    let clip = clip.to_str().unwrap();
    let thresholds = ["--duplicate-window", "8", "--duplicate-hash", "8", "--samples", "0"];
    run_ok(&[&[clip, "-o", &place, "--step", "1", "--save-duplicates"], &thresholds[..]].concat());
    check_dataset(&out);
    let found = faces(&out);
    let by =
        |by: By| found.iter().filter(|f| f.duplicate.as_ref().is_some_and(|d| d.by == by)).count();
    let kept = found.iter().filter(|face| face.file.is_some()).count();
    println!("{} faces, {kept} kept, {} {}", found.len(), by(By::Window), by(By::Hash));
    // Gaps of tracks that were interpolated have no picture either.
    let pictured = found.iter().filter(|face| face.embedding.is_some()).count();
    assert_eq!(kept + by(By::Window) + by(By::Hash), pictured);
    assert!(by(By::Window) > 5 && kept > 20);
    let apart = |folder: &str| names(&out.join("intermediate").join(folder)).len();
    assert_eq!((apart("dupes1"), apart("dupes2")), (by(By::Window), by(By::Hash)));
    // What is kept is unlike, across the whole scene.
    let hashes: Vec<_> = found.iter().filter(|f| f.file.is_some()).filter_map(|f| f.hash).collect();
    assert_eq!(hashes.len(), kept);
    for (index, hash) in hashes.iter().enumerate() {
        assert!(hashes[..index].iter().all(|other| other.distance(*hash) > 8));
    }
}

/// FaceGrab fails in the middle of its work where there is no display.
///
/// docs/design/predecessors.md 2.4 #11: the window was closed by another name than it was opened by.
#[test]
fn a_window_is_shown_where_there_is_one_and_missed_in_words_where_not() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = still_film(folder.path()) else { return };
    let (out, place) = out(&folder);
    let film = film.to_str().unwrap();
    let headless = facegroup(&[film, "-o", &place, "--every", "20", "--display"])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    assert_eq!(headless.status.code(), Some(2));
    assert!(text(&headless).contains("there is no display here"), "{}", text(&headless));
    run_ok(&[film, "-o", &place, "--every", "20", "--display=fakesink"]);
    check_dataset(&out);
    assert_eq!(faces(&out).len(), 3);
}

/// docs/design/predecessors.md 4.1: files that tell the shape of their pixels wrong.
#[test]
fn pixels_have_the_shape_they_are_said_to_have() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = still_film(folder.path()) else { return };
    let film = film.to_str().unwrap();
    let boxes = |arguments: &[&str]| {
        let (out, place) = out(&folder);
        let mut all = vec![film, "-o", &place, "--every", "30", "--force"];
        all.extend(arguments);
        run_ok(&all);
        check_dataset(&out);
        faces(&out).iter().map(|face| face.bbox).collect::<Vec<_>>()
    };
    let (square, wide) = (boxes(&[]), boxes(&["--pixel-aspect", "4:3"]));
    assert!(!square.is_empty() && square.len() == wide.len(), "{square:?} {wide:?}");
    for (square, wide) in square.iter().zip(&wide) {
        // Boxes are told in stored pixels: the same face lies at the same place.
        let middle = |b: &[f32; 4]| [b[0] + b[2] / 2.0, b[1] + b[3] / 2.0];
        let (a, b) = (middle(&square.0), middle(&wide.0));
        assert!((a[0] - b[0]).abs() < 8.0 && (a[1] - b[1]).abs() < 8.0, "{square:?} {wide:?}");
    }
    let crop = |arguments: &[&str]| {
        boxes(arguments);
        let (out, _) = out(&folder);
        let file = faces(&out)[0].file.clone().unwrap();
        let picture = image::open(out.join(file)).unwrap();
        f64::from(picture.width()) / f64::from(picture.height())
    };
    let (square, wide) = (crop(&[]), crop(&["--pixel-aspect", "4:3"]));
    assert!(wide > square * 1.15, "{square} {wide}");
}

/// docs/design/predecessors.md 4.1: the table of display sizes, of which a video may have a row or not.
#[test]
fn a_table_says_how_videos_are_to_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = still_film(folder.path()) else { return };
    let (film, table) = (film.to_str().unwrap(), folder.path().join("aspect_ratios.csv"));
    let crop = |row: &str| {
        fs::write(&table, format!("filename,display_width,display_height\n{row}\n")).unwrap();
        let (out, place) = out(&folder);
        let table = table.to_str().unwrap();
        run_ok(&[film, "-o", &place, "--every", "30", "--force", "--aspect-csv", table]);
        check_dataset(&out);
        let picture = image::open(out.join(faces(&out)[0].file.clone().unwrap())).unwrap();
        f64::from(picture.width()) / f64::from(picture.height())
    };
    // Frames are 320 x 240. By name, by name without extension, and another film's.
    let [named, stem, other] =
        ["still.avi", "still", "film"].map(|name| crop(&format!("{name},426,240")));
    assert!(named > other * 1.15 && (named - stem).abs() < 1e-9, "{named} {stem} {other}");
    fs::write(&table, "filename,display_width,display_height\nstill,0,1\n").unwrap();
    let (_, place) = out(&folder);
    let table = table.to_str().unwrap();
    let refused = run(&[film, "-o", &place, "--aspect-csv", table]);
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused);
    assert!(said.contains("aspect_ratios.csv: line 2: display_width"), "{said}");
}

/// docs/design/predecessors.md 4.1: a track is kept from so many faces on.
#[test]
fn who_is_seen_for_a_moment_only_is_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = still_film(folder.path()) else { return };
    let film = film.to_str().unwrap();
    let (out, place) = out(&folder);
    let groups = |hits: &str| {
        // Three looks at the one face.
        run_ok(&[film, "-o", &place, "--every", "20", "--force", "--min-track-length", hits]);
        check_dataset(&out);
        faces(&out).iter().map(|face| face.group.clone().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(groups("3"), ["0"; 3]);
    assert_eq!(groups("4"), ["unsure"; 3]);
    // Grouped again without a word about it.
    run_ok(&["group", &place]);
    assert!(faces(&out).iter().all(|face| face.group.as_deref() == Some("unsure")));
}

/// docs/design/predecessors.md 2.4 #1: what is left over at the end fills no batch, and was never looked at.
#[test]
fn frames_looked_at_together_show_the_same_faces() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = still_film(folder.path()) else { return };
    let film = film.to_str().unwrap();
    let (out, place) = out(&folder);
    let found = |batch: &str| {
        // Nine looks: two batches of four, and one.
        run_ok(&[film, "-o", &place, "--every", "7", "--force", "--detection-batch", batch]);
        check_dataset(&out);
        fs::read_to_string(out.join("faces.jsonl")).unwrap()
    };
    let alone = found("1");
    assert_eq!(alone.lines().count(), 9);
    assert_eq!(found("4"), alone);
    let refused = run(&[film, "-o", &place, "--force", "--detection-batch", "65"]);
    assert_eq!(refused.status.code(), Some(2));
}
