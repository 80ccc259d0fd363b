// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which pictures of an input are the film, when they are shown, and how they are seen.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use dataset::{Dataset, FaceRecord};
use facegroup_tests::{case, facegroup, faces, film, run, run_ok, text};

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Faces of a run that only finds them, and what it said.
fn found(file: &Path, more: &[&str]) -> (Vec<FaceRecord>, String) {
    let out = tempfile::tempdir().unwrap();
    let output =
        run_ok(&[&[path(file), "--mode", "detect", "-o", path(out.path())], more].concat());
    (faces(out.path()), text(&output))
}

/// A cover picture as first stream replaced the film.
#[test]
fn the_film_and_not_its_cover() {
    for name in ["coverstream-first.mkv", "coverstream-first.mov", "covr.mp4"] {
        let Some(file) = case(&format!("08-cover-art/{name}")) else { return };
        let (faces, said) = found(&file, &[]);
        assert!(faces.len() > 10 && faces.iter().any(|face| face.pts > 2.0), "{name}: {said}");
    }
}

/// The default flag of a second stream was not seen, and nothing was said of the other.
#[test]
fn of_several_films_the_one_that_the_file_prefers_or_that_is_asked_for() {
    let Some(file) = case("09-two-videos/second-default.mkv") else { return };
    let (preferred, said) = found(&file, &[]);
    assert!(said.contains("2 videos in it: 2 (h264, 512x512) is looked at"), "{said}");
    assert!(said.contains("--video-stream"), "{said}");
    let (second, said) = found(&file, &["--video-stream", "2"]);
    assert!(!said.contains("left out"), "{said}");
    assert_eq!(preferred.len(), second.len());
    let right =
        |faces: &[FaceRecord]| faces.iter().map(|f| f.bbox.0[0] + f.bbox.0[2]).fold(0.0, f32::max);
    let (first, _) = found(&file, &["--video-stream", "1"]);
    assert!(right(&second) <= 512.0 && right(&first) != right(&second));
    let out = tempfile::tempdir().unwrap();
    let third = run(&[path(&file), "--video-stream", "3", "-o", path(out.path())]);
    assert_eq!(third.status.code(), Some(2));
    assert!(text(&third).contains("it has 2 of them"), "{}", text(&third));
}

/// Times of transport and program streams began at half a second to two.
#[test]
fn times_begin_at_zero_as_players_show_them() {
    for name in
        ["05-interlaced/mpeg2-tff.mpg", "05-interlaced/h264.mts", "11-ts-discontinuities/a.ts"]
    {
        let Some(file) = case(name) else { return };
        let (all, said) = found(&file, &["--every-frame"]);
        assert_eq!(
            all.first().map(|face| (face.frame, face.pts)),
            Some((0, 0.0)),
            "{name}: {said}"
        );
        assert!(all.iter().all(|f| (f.pts - f.frame as f64 / 25.0).abs() < 0.001), "{name}");
        let (part, _) = found(&file, &["--every-frame", "--from", "1", "--to", "1.2"]);
        let frames: Vec<u64> = part.iter().map(|face| face.frame).collect();
        assert_eq!(frames, [25, 26, 27, 28, 29], "{name}");
    }
}

/// Share of pixels that stick out from the lines above and below: the teeth of a comb.
fn teeth(location: &Path) -> f64 {
    let (mut teeth, mut all) = (0u64, 0u64);
    for face in faces(location) {
        let crop = image::open(location.join(face.file.unwrap())).unwrap().into_luma8();
        for y in 1..crop.height() - 1 {
            for x in 0..crop.width() {
                let at = |y| i32::from(crop.get_pixel(x, y).0[0]);
                let (up, down) = (at(y) - at(y - 1), at(y) - at(y + 1));
                teeth += u64::from(up.signum() == down.signum() && up.abs().min(down.abs()) > 12);
                all += 1;
            }
        }
    }
    teeth as f64 / all.max(1) as f64
}

/// Comb lines were in crops and embeddings.
#[test]
fn interlaced_film_has_no_combs() {
    for name in ["mpeg2-tff.mpg", "dv.avi", "h264-mbaff.mkv", "h264.mts"] {
        let Some(file) = case(&format!("05-interlaced/{name}")) else { return };
        let out = tempfile::tempdir().unwrap();
        run_ok(&[path(&file), "-o", path(out.path()), "--png", "--samples", "0"]);
        let teeth = teeth(out.path());
        println!("{name}: {teeth:.5}");
        assert!(teeth < 0.002, "{name}: {teeth}");
    }
}

/// HDR films gave grey crops.
#[test]
fn high_dynamic_range_looks_as_the_ordinary_film() {
    let mean = |name: &str| {
        let file = case(&format!("03-hdr10-hevc/{name}"))?;
        let out = tempfile::tempdir().unwrap();
        run_ok(&[path(&file), "-o", path(out.path())]);
        let all = faces(out.path());
        let crop = image::open(out.path().join(all.first()?.file.as_ref()?)).unwrap().into_rgb8();
        let sum = |channel: usize| crop.pixels().map(|p| f64::from(p.0[channel])).sum::<f64>();
        let pixels = f64::from(crop.width() * crop.height());
        Some([0, 1, 2].map(|channel| sum(channel) / pixels))
    };
    let Some(ordinary) = mean("sdr.mp4") else { return };
    for name in ["hdr10.mp4", "hlg.mov"] {
        let Some(shown) = mean(name) else { return };
        for (shown, ordinary) in shown.iter().zip(ordinary) {
            assert!((shown - ordinary).abs() < 8.0, "{name}: {shown}, ordinary {ordinary}");
        }
    }
}

/// `-`, `/dev/stdin` and `<(…)` were no such file.
#[test]
fn films_come_through_pipes() {
    let Some(file) = case("28-streams-and-pipes/pipe.mkv") else { return };
    let (whole, _) = found(&file, &[]);
    for input in ["-", "/dev/stdin"] {
        let out = tempfile::tempdir().unwrap();
        let mut child = facegroup(&[input, "--mode", "detect", "-o", path(out.path())])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&std::fs::read(&file).unwrap()).unwrap();
        assert!(child.wait().unwrap().success(), "{input}");
        assert_eq!(faces(out.path()).len(), whole.len(), "{input}");
        assert_eq!(Dataset::run_info(out.path()).unwrap().inputs[0].name, "stdin");
    }
    let nothing = run(&["-", "-o", path(&tempfile::tempdir().unwrap().path().join("o"))]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(text(&nothing).contains("nothing came through it"), "{}", text(&nothing));
}

#[test]
fn a_film_on_its_head_is_turned() {
    let Some(photograph) = film::photograph() else { return };
    let folder = tempfile::tempdir().unwrap();
    let times: Vec<u64> = (0..10).map(|n| 40 * n).collect();
    let write = |name: &str, turn: fn(&image::RgbImage) -> image::RgbImage| {
        let file = folder.path().join(name);
        let pictures = (0..10).map(|n| turn(&film::picture(&photograph, n)));
        film::write(pictures, &times, "x264enc ! h264parse ! mp4mux", &file).then_some(file)
    };
    let Some(upright) = write("upright.mp4", image::RgbImage::clone) else { return };
    let Some(lying) = write("lying.mp4", image::imageops::rotate90) else {
        return;
    };
    let (expected, _) = found(&upright, &[]);
    let (turned, said) = found(&lying, &["--rotate", "270"]);
    assert_eq!(turned.len(), expected.len(), "{said}");
    for (a, b) in turned.iter().zip(&expected) {
        assert!(a.bbox.0.iter().zip(b.bbox.0).all(|(a, b)| (a - b).abs() < 6.0), "{a:?} {b:?}");
    }
}

/// An empty or a dead DISPLAY was a segmentation fault.
#[test]
fn a_display_that_does_not_answer_is_an_error() {
    let Some(file) = case("16-one-frame/one.mp4") else { return };
    for display in ["", ":4077", "127.0.0.1:4077"] {
        let out = tempfile::tempdir().unwrap();
        let output = facegroup(&[path(&file), "--display", "-o", path(out.path())])
            .env("DISPLAY", display)
            .env_remove("WAYLAND_DISPLAY")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{display}: {}", text(&output));
        assert!(text(&output).contains("--display: there is no display"), "{}", text(&output));
    }
}
