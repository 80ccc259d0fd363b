// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is not even read changes nothing either. Here every group is worth a seek, and all of a film is under
//! way to the decoder before the first.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::skip::Index;

/// Half a minute.
const PICTURES: u32 = 750;

/// Compares ways of choosing little with full decoding. At least this share of the pictures is left unread
/// each time. How many are in all.
fn compare_seeks(file: &Path, least: f64) -> u64 {
    let all = decode(file, sampling(Pace::Every), true);
    let mut passed_over = 0;
    let tolerant = Sampling { tolerance: ms(240), ..step(7000) };
    for (name, sampling) in [
        ("sparse", step(7000)),
        ("a late part", Sampling { from: ms(20_000), to: Some(ms(23_000)), ..step(400) }),
        ("every frame of the end", Sampling { from: ms(25_300), ..sampling(Pace::Every) }),
        ("every seventh of the end", Sampling { from: ms(25_300), ..sampling(Pace::Nth(7)) }),
        ("key frames of the end", Sampling { from: ms(20_000), ..sampling(Pace::Keyframes) }),
        ("resumed", Sampling { first_frame: 300, ..step(7000) }),
        ("tolerant", tolerant),
    ] {
        let name = format!("{}, {name}", file.display());
        let with = decode(file, sampling, false);
        let without = match sampling.pace {
            Pace::Step(_) | Pace::Every | Pace::Nth(_) if sampling.tolerance.is_zero() => {
                chosen(&all.frames, sampling)
            }
            _ => decode(file, sampling, true).frames,
        };
        assert_eq!(with.frames, without, "{name}");
        assert!(!with.frames.is_empty(), "{name}");
        if sampling.to.is_none() {
            assert_eq!(with.coded, all.coded, "{name}");
        }
        println!("{name}: {} decoded, {} not read", with.decoded, with.passed_over);
        let share = with.passed_over as f64 / all.coded as f64;
        assert!(share >= least, "{name}: {share:.2} not read");
        passed_over += with.passed_over;
    }
    passed_over
}

fn synthetic(name: &str, coder: &str, least: f64) {
    let folder = tempfile::tempdir().unwrap();
    if let Some(file) = film_of(PICTURES, folder.path(), name, coder) {
        compare_seeks(&file, least);
    }
}

#[test]
fn h264() {
    let coder = format!("{X264} bframes=3 b-pyramid=true key-int-max=25");
    synthetic("tables-behind.mp4", &format!("{coder} ! h264parse ! mp4mux"), 0.5);
    synthetic("tables-before.mov", &format!("{coder} ! h264parse ! qtmux faststart=true"), 0.5);
    // Nothing divides open groups, and fragments have no tables for all.
    let open = "option-string=open-gop=1:scenecut=0";
    synthetic("open.mp4", &format!("{coder} {open} ! h264parse ! mp4mux"), 0.0);
    synthetic(
        "fragments.mp4",
        &format!("{coder} ! h264parse ! mp4mux fragment-duration=1000"),
        0.0,
    );
}

#[test]
fn with_sound() {
    let sound = "audiotestsrc num-buffers=1300 ! audioconvert ! avenc_aac ! aacparse ! film.";
    let film = format!("{X264} key-int-max=25 ! h264parse ! mp4mux name=film {sound} film.");
    synthetic("sound.mp4", &film, 0.5);
}

#[test]
fn h265() {
    let options = "option-string=open-gop=0:bframes=4:keyint=25:min-keyint=25";
    synthetic(
        "a.mp4",
        &format!("x265enc speed-preset=ultrafast {options} ! h265parse ! mp4mux"),
        0.5,
    );
}

#[test]
fn real_film() {
    // Its groups are as long as most of the steps.
    with_footage("clips/portrait-reel-720p.mp4", |file| assert!(compare_seeks(file, 0.0) > 1000));
}

/// Of these, nobody can tell what is behind the end of what is there.
#[test]
fn a_film_that_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let coder = format!("{X264} key-int-max=25 ! h264parse ! mp4mux faststart=true");
    let Some(file) = film_of(PICTURES, folder.path(), "cut.mp4", &coder) else {
        return;
    };
    let length = std::fs::metadata(&file).unwrap().len();
    std::fs::File::options().write(true).open(&file).unwrap().set_len(length * 6 / 10).unwrap();
    let (without, _) = play(&file, step(4000), true);
    let (with, error) = play(&file, step(4000), false);
    println!("{error:?}");
    assert!(!with.frames.is_empty());
    assert_eq!(with.frames, without.frames);
}

/// Whatever a file says of itself, reading that does no harm.
#[test]
fn damaged_tables() {
    let folder = tempfile::tempdir().unwrap();
    let coder = format!("{X264} key-int-max=25 bframes=2 ! h264parse ! mp4mux faststart=true");
    let Some(file) = film(folder.path(), "whole.mp4", &coder) else {
        return;
    };
    assert!(Index::read(&file).is_some());
    let whole = std::fs::read(&file).unwrap();
    let end = whole.windows(4).position(|kind| kind == b"mdat").unwrap();
    let damaged = folder.path().join("damaged.mp4");
    for at in 0..end {
        for byte in [0, 0x7f, 0xff] {
            let mut bytes = whole[..end + 4].to_vec();
            bytes[at] = byte;
            std::fs::write(&damaged, bytes).unwrap();
            // No matter what comes of it.
            let _ = Index::read(&damaged).map(|index| index.entry_before(i64::from(byte) << 24));
        }
    }
}
