// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where `facetrack` cuts synthetic pictures, each for one property: hard cuts, dissolves, fades, flashes,
//! pans and jumps, at several rates.
#![allow(clippy::unwrap_used)]

use crate::common;
use std::sync::{Arc, Mutex};

use gst::prelude::*;

const WIDTH: u32 = 96;
const HEIGHT: u32 = 54;

/// A pattern of its own for each number.
fn pattern(number: u32) -> Vec<f32> {
    let value = |i: u32| {
        let (x, y) = (i % WIDTH / 12, i / WIDTH / 9);
        let mixed = (x * 7919 + y * 104_729 + number * 1_299_709).wrapping_mul(2_654_435_761);
        20.0 + 200.0 * ((mixed >> 16) & 255) as f32 / 255.0
    };
    (0..WIDTH * HEIGHT).map(value).collect()
}

fn mixed(a: &[f32], b: &[f32], way: f32) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + (b - a) * way).collect()
}

fn blank(level: f32) -> Vec<f32> {
    vec![level; (WIDTH * HEIGHT) as usize]
}

/// `count` steps from one picture to another, without the two.
fn ramp(a: &[f32], b: &[f32], count: usize) -> Vec<Vec<f32>> {
    (1..=count).map(|i| mixed(a, b, i as f32 / (count + 1) as f32)).collect()
}

fn hold(picture: &[f32], count: usize) -> Vec<Vec<f32>> {
    vec![picture.to_vec(); count]
}

/// Which of these pictures, so many a second, begin a shot.
fn cuts(pictures: &[Vec<f32>], rate: u64) -> Vec<usize> {
    let mut stream = Stream::new();
    let cut = |(i, picture): (usize, &Vec<f32>)| stream.is_cut(picture, i as u64, rate, false);
    pictures
        .iter()
        .enumerate()
        .map(cut)
        .enumerate()
        .filter(|(_, cut)| *cut)
        .map(|(i, _)| i)
        .collect()
}

struct Stream {
    harness: gst_check::Harness,
    shots: u64,
}

impl Stream {
    fn new() -> Self {
        common::init();
        let mut harness = gst_check::Harness::new("facetrack");
        let caps = format!("video/x-raw,format=GRAY8,width={WIDTH},height={HEIGHT},framerate=0/1");
        harness.set_src_caps_str(&caps);
        Self { harness, shots: 1 }
    }

    fn is_cut(&mut self, picture: &[f32], number: u64, rate: u64, jump: bool) -> bool {
        let bytes: Vec<u8> = picture.iter().map(|v| v.round() as u8).collect();
        let mut buffer = gst::Buffer::from_mut_slice(bytes);
        let writable = buffer.get_mut().unwrap();
        writable.set_pts(gst::ClockTime::from_nseconds(number * 1_000_000_000 / rate));
        if jump {
            writable.set_flags(gst::BufferFlags::DISCONT);
        }
        self.harness.push_and_pull(buffer).unwrap();
        let stats = self.harness.element().unwrap().property::<gst::Structure>("stats");
        let before = std::mem::replace(&mut self.shots, stats.get("shots").unwrap());
        self.shots > before
    }
}

#[test]
fn hard_cuts_follow_one_another() {
    let pictures = [pattern(1), pattern(2), pattern(2), pattern(3), pattern(4), pattern(4)];
    for rate in [1, 5, 25, 50] {
        assert_eq!(cuts(&pictures, rate), [1, 3, 4], "{rate} a second");
    }
}

#[test]
fn a_dissolve_is_one_cut_however_long_and_however_often_looked_at() {
    let (a, b) = (pattern(1), pattern(2));
    for rate in [5, 10, 25, 60] {
        for millis in [400, 1000, 2000] {
            let count = (rate * millis / 1000) as usize;
            let before = 2 * rate as usize;
            let film = [hold(&a, before), ramp(&a, &b, count), hold(&b, before)].concat();
            let cuts = cuts(&film, rate);
            assert_eq!(cuts.len(), 1, "{millis} ms at {rate} a second: {cuts:?}");
            assert!((before..=before + count + 1).contains(&cuts[0]), "{cuts:?} {before} {count}");
        }
    }
}

/// Shots of a film, small and grey; none where there is no footage.
fn moving_shots() -> Vec<Vec<Vec<f32>>> {
    let path = testkit::footage("clips/sitcom-poker-720p.mp4");
    let Some(path) = path else {
        return Vec::new();
    };
    common::init();
    let pipeline = gst::parse::launch(&format!(
        "filesrc location=\"{}\" ! decodebin ! videoconvertscale ! \
         video/x-raw,format=GRAY8,width={WIDTH},height={HEIGHT},pixel-aspect-ratio=1/1 ! \
         fakesink name=sink sync=false",
        path.display()
    ));
    let pipeline = pipeline.unwrap().downcast::<gst::Pipeline>().unwrap();
    let pictures = Arc::new(Mutex::new(Vec::new()));
    let shared = pictures.clone();
    let sink = pipeline.by_name("sink").unwrap();
    sink.static_pad("sink").unwrap().add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let bytes = common::bytes(info.buffer().unwrap());
        shared.lock().unwrap().push(bytes.iter().map(|&v| f32::from(v)).collect::<Vec<_>>());
        gst::PadProbeReturn::Ok
    });
    pipeline.set_state(gst::State::Playing).unwrap();
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = pipeline.bus().unwrap().timed_pop_filtered(gst::ClockTime::NONE, &ends).unwrap();
    assert_eq!(end.type_(), gst::MessageType::Eos);
    pipeline.set_state(gst::State::Null).unwrap();
    let pictures = std::mem::take(&mut *pictures.lock().unwrap());
    [0, 104, 270, 401, 452, 553, 632].windows(2).map(|w| pictures[w[0]..w[1]].to_vec()).collect()
}

#[test]
fn dissolves_between_shots_in_which_people_move() {
    let shots = moving_shots();
    for count in [6, 12, 24] {
        let (mut film, mut extents): (Vec<Vec<f32>>, Vec<(usize, usize)>) = Default::default();
        for shot in &shots {
            // The last pictures of the one before go over into the first of this.
            let over = count.min(film.len());
            let from = film.len() - over;
            for (i, picture) in shot.iter().enumerate() {
                match film.get_mut(from + i) {
                    Some(old) => *old = mixed(old, picture, (i + 1) as f32 / (over + 1) as f32),
                    None => film.push(picture.clone()),
                }
            }
            if over > 0 {
                extents.push((from, from + over));
            }
        }
        let found = cuts(&film, 24);
        for &(first, last) in &extents {
            // Found a fifth of a second after its end at the latest.
            let here = found.iter().filter(|&&cut| (first..=last + 5).contains(&cut)).count();
            assert_eq!(here, 1, "{count} pictures, {first} to {last}: {found:?}");
        }
        assert!(found.len() <= extents.len() + 1, "{count} pictures, {extents:?}: {found:?}");
    }
}

#[test]
fn a_fade_is_one_cut_at_its_blankest() {
    let (a, b) = (pattern(1), pattern(2));
    for blank in [blank(0.0), blank(255.0)] {
        for rate in [10, 25, 50] {
            for millis in [400, 1000] {
                let count = (rate * millis / 1000) as usize;
                let (out, back) = (ramp(&a, &blank, count), ramp(&blank, &b, count));
                let film = [hold(&a, 50), out, hold(&blank, 3), back, hold(&b, 50)].concat();
                let cuts = cuts(&film, rate);
                let at = 50 + count;
                assert_eq!(cuts.len(), 1, "{millis} ms at {rate} a second: {cuts:?}");
                assert!((at..at + 8).contains(&cuts[0]), "{cuts:?}, not at {at}");
            }
        }
    }
}

#[test]
fn flashes_and_lights_are_no_cuts() {
    let a = pattern(1);
    let brighter = mixed(&a, &blank(255.0), 0.7);
    for flash in [brighter.clone(), blank(255.0)] {
        for length in [1, 2] {
            let film = [hold(&a, 20), hold(&flash, length), hold(&a, 20)].concat();
            assert_eq!(cuts(&film, 25), [0; 0]);
        }
    }
    let on = [hold(&a, 20), hold(&brighter, 20)].concat();
    assert_eq!(cuts(&on, 25), [0; 0]);
    // But not what is hidden behind a flash.
    let film = [hold(&a, 20), hold(&blank(255.0), 2), hold(&pattern(2), 20)].concat();
    assert_eq!(cuts(&film, 25).len(), 1);
}

#[test]
fn a_pan_is_no_dissolve() {
    // A wide picture of grey posts, half of which passes by in two seconds.
    let post = |x: i64| 20.0 + 200.0 * (((x * 2_654_435_761) >> 16) & 255) as f32 / 255.0;
    let value = |x: f32, y: f32| {
        let (left, part) = ((x / 6.0).floor(), (x / 6.0).fract());
        let (left, row) = (left as i64, (y / 18.0) as i64 * 1000);
        post(left + row) * (1.0 - part) + post(left + 1 + row) * part
    };
    let shifted = |by: f32| -> Vec<f32> {
        let at = |i: u32| value((i % WIDTH) as f32 + by, (i / WIDTH) as f32);
        (0..WIDTH * HEIGHT).map(at).collect()
    };
    let film: Vec<_> = (0..50).map(|i| shifted(i as f32)).collect();
    assert!(cuts(&film, 25).len() <= 1, "{:?}", cuts(&film, 25));
}

#[test]
fn after_a_jump_only_other_pictures_are_another_shot() {
    let (a, b) = (pattern(1), pattern(2));
    let mut stream = Stream::new();
    let seen: Vec<bool> = [(&a, false), (&a, false), (&a, true), (&b, true), (&b, false)]
        .into_iter()
        .enumerate()
        .map(|(i, (picture, jump))| stream.is_cut(picture, i as u64, 25, jump))
        .collect();
    assert_eq!(seen, [false, false, false, true, false]);
    // Back to the beginning.
    stream.harness.push_event(gst::event::FlushStart::new());
    stream.harness.push_event(gst::event::FlushStop::new(true));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    stream.harness.push_event(gst::event::Segment::new(&segment));
    assert!(stream.is_cut(&a, 0, 25, true));
    assert!(!stream.is_cut(&a, 1, 25, false));
}
