// SPDX-License-Identifier: MIT OR Apache-2.0
//! The frame that a crop is named after is the frame it came from, however the film is coded.
#![allow(clippy::unwrap_used)]

use facegroup_tests::{check_dataset, faces, film, run_ok};

/// Runs over a film with pictures at these times and compares names with what is burned in.
fn exact(times: &[u64], coder: &str, arguments: &[&str], expected: impl Fn(u64) -> bool) {
    let Some(photograph) = film::photograph() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("counter.film");
    let pictures = (0..times.len() as u64).map(|number| film::picture(&photograph, number));
    if !film::write(pictures, times, coder, &file) {
        return;
    }
    let out = folder.path().join("out");
    let mut all =
        vec![file.to_str().unwrap(), "-o", out.to_str().unwrap(), "--quiet", "--samples", "0"];
    all.extend(arguments);
    run_ok(&all);
    check_dataset(&out);
    let found = faces(&out);
    let wanted: Vec<u64> = (0..times.len() as u64).filter(|n| expected(*n)).collect();
    assert_eq!(found.iter().map(|f| f.frame).collect::<Vec<_>>(), wanted, "{coder} {arguments:?}");
    for face in &found {
        let file = face.file.as_deref().unwrap();
        assert!(file.ends_with(&format!("{:06}_0.jpg", face.frame)), "{file}");
        let crop = image::open(out.join(file)).unwrap().into_rgb8();
        assert_eq!(film::number_on(&crop), face.frame % film::CYCLE, "{coder}: {file}");
    }
    let first = faces(&out)[0].pts;
    for face in &found {
        let since_first = times[face.frame as usize] as f64 / 1000.0
            - times[found[0].frame as usize] as f64 / 1000.0;
        assert!(
            (face.pts - first - since_first).abs() < 0.002,
            "{coder}: {} at {}",
            face.frame,
            face.pts
        );
    }
}

fn regular(count: u64) -> Vec<u64> {
    (0..count).map(|n| 40 * n).collect()
}

const B_PYRAMID: &str =
    "x264enc bframes=4 b-pyramid=true key-int-max=30 quantizer=18 pass=quant ! h264parse ! mp4mux";

/// docs/design/predecessors.md 1.3: with long steps the frame before the one in the name was taken; 2.4 #1:
/// what was less than a batch at the end never was; 2.4 #14 and 3.8: no frame number was kept at all.
#[test]
fn b_frames() {
    exact(&regular(60), B_PYRAMID, &["--every-frame"], |_| true);
    exact(&regular(60), B_PYRAMID, &["--step", "0.2"], |n| n % 5 == 0);
}

#[test]
fn open_gop() {
    let coder = "x264enc bframes=3 key-int-max=12 quantizer=18 pass=quant option-string=open-gop=1 ! h264parse ! matroskamux";
    exact(&regular(60), coder, &["--every-frame"], |_| true);
}

#[test]
fn variable_frame_rate() {
    let times: Vec<u64> = (0..60)
        .scan(0, |time, n| {
            let now = *time;
            *time += [20, 60, 40, 125][n % 4];
            Some(now)
        })
        .collect();
    let coder = "x264enc bframes=2 quantizer=18 pass=quant ! h264parse ! matroskamux";
    exact(&times, coder, &["--every-frame"], |_| true);
    let next = |n: u64| times[n as usize];
    let by_step = |n: u64| n == 0 || next(n) / 500 != next(n - 1) / 500;
    exact(&times, coder, &["--step", "0.5"], by_step);
}

#[test]
fn begins_later_than_zero() {
    // A transport stream's clock begins anywhere; this one's an hour in.
    let coder = "x264enc bframes=3 quantizer=18 pass=quant ! h264parse ! mpegtsmux";
    let times: Vec<u64> = regular(50).iter().map(|t| t + 3_600_000).collect();
    exact(&times, coder, &["--every-frame"], |_| true);
}

#[test]
fn a_part_of_the_film_keeps_its_numbers() {
    exact(&regular(60), B_PYRAMID, &["--every-frame", "--from", "0.4", "--to", "1.2"], |n| {
        (10..30).contains(&n)
    });
}

#[test]
fn key_frames_only() {
    let coder = "x264enc bframes=3 key-int-max=12 option-string=scenecut=0 quantizer=18 pass=quant ! h264parse ! mp4mux";
    exact(&regular(60), coder, &["--keyframes"], |n| n % 12 == 0);
}

#[test]
fn other_codecs() {
    for coder in ["vp8enc deadline=1 ! webmmux", "avenc_mpeg4 bitrate=4000000 ! matroskamux"] {
        exact(&regular(30), coder, &["--every-frame"], |_| true);
    }
}
