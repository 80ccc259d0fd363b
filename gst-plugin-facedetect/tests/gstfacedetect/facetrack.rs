// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facetrack` in a harness: what passes, what is numbered, where tracks end.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::common;
use crate::common::init;
use facemeta::{Face, FrameFaces, StoredBox};
use gst::prelude::*;
use gstfacedetect::facetrack::{TrackEvent, TrackMessage};

/// Odd, so that rows are padded.
const WIDTH: u32 = 161;
const HEIGHT: u32 = 91;

/// docs/design/predecessors.md 4.7 #4: of a picture just narrower than 2:1 the guard against letterboxes left
/// nothing.
#[test]
fn a_picture_a_little_narrower_than_two_to_one_has_shots_too() {
    init();
    let (width, height) = (199u32, 100u32);
    let mut harness = gst_check::Harness::new("facetrack");
    harness.set_src_caps_str(&format!(
        "video/x-raw,format=GRAY8,width={width},height={height},framerate=5/1"
    ));
    let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::Gray8, width, height).build();
    let size = info.unwrap().size();
    let shots = (0..4u64).map(|number| {
        let bright = number / 2 == 1;
        // Bars: lying, then standing.
        let pixel = |i: usize| match (bright, i / 200 / 10 % 2, i % 200 / 10 % 2) {
            (false, 0, _) | (true, _, 0) => 20,
            _ => 220,
        };
        let mut buffer = gst::Buffer::from_mut_slice((0..size).map(pixel).collect::<Vec<u8>>());
        let writable = buffer.get_mut().unwrap();
        writable.set_pts(gst::ClockTime::from_mseconds(200 * number));
        let face =
            Face { bbox: StoredBox([0.4, 0.3, 0.2, 0.4]), confidence: 0.9, ..Face::default() };
        FrameFaces { frame: number, faces: vec![face] }.write(writable, width, height).unwrap();
        let out = harness.push_and_pull(buffer).unwrap();
        FrameFaces::read(&out, "face", width, height).unwrap().faces[0].shot.unwrap()
    });
    assert_eq!(shots.collect::<Vec<_>>(), [0, 0, 1, 1]);
}

fn harness() -> gst_check::Harness {
    init();
    let mut harness = gst_check::Harness::new("facetrack");
    harness.set_src_caps_str(&format!(
        "video/x-raw,format=GRAY8,width={WIDTH},height={HEIGHT},framerate=5/1"
    ));
    harness
}

/// A picture with a pattern, and a face in it at `x` (of the width) if one is given.
fn picture(number: u64, pattern: u32, x: Option<f64>) -> gst::Buffer {
    let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::Gray8, WIDTH, HEIGHT).build();
    let info = info.unwrap();
    let stride = info.stride()[0] as usize;
    let mut pixels = vec![0u8; info.size()];
    for (y, row) in pixels.chunks_mut(stride).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let (x, y) = (x as u32 / 20, y as u32 / 20);
            let mixed = (x * 7919 + y * 104_729 + pattern * 1_299_709).wrapping_mul(2_654_435_761);
            *pixel = (mixed >> 24) as u8;
        }
    }
    let mut buffer = gst::Buffer::from_mut_slice(pixels);
    let writable = buffer.get_mut().unwrap();
    writable.set_pts(gst::ClockTime::from_mseconds(200 * number));
    writable.set_duration(gst::ClockTime::from_mseconds(200));
    let face = |x| Face { bbox: StoredBox([x, 0.3, 0.2, 0.4]), confidence: 0.9, ..Face::default() };
    let faces = FrameFaces { frame: number, faces: x.map(face).into_iter().collect() };
    faces.write(writable, WIDTH, HEIGHT).unwrap();
    buffer
}

/// Track and shot of the faces of a picture sent through.
fn sent(harness: &mut gst_check::Harness, picture: gst::Buffer) -> Vec<(Option<u64>, Option<u64>)> {
    let before = (picture.pts(), picture.map_readable().unwrap().to_vec());
    let out = harness.push_and_pull(picture).unwrap();
    assert_eq!((out.pts(), out.map_readable().unwrap().to_vec()), before, "untouched");
    let faces = FrameFaces::read(&out, "face", WIDTH, HEIGHT).unwrap();
    faces.faces.iter().map(|face| (face.track, face.shot)).collect()
}

#[test]
fn follows_a_face_and_ends_at_a_cut() {
    let mut harness = harness();
    for number in 0..4 {
        assert_eq!(sent(&mut harness, picture(number, 1, Some(0.4))), [(Some(0), Some(0))]);
    }
    // Another picture altogether, the face at the same place.
    assert_eq!(sent(&mut harness, picture(4, 77, Some(0.4))), [(Some(1), Some(1))]);
    let stats = harness.element().unwrap().property::<gst::Structure>("stats");
    assert_eq!(stats.get::<u64>("shots").unwrap(), 2);
    assert_eq!(stats.get::<u64>("frames").unwrap(), 5);
}

/// docs/design/predecessors.md 4.7 #3: the first two frames could not be cuts.
#[test]
fn the_first_two_frames_may_be_cuts() {
    let mut harness = harness();
    for (number, pattern) in [1, 77, 153].into_iter().enumerate() {
        let number = number as u64;
        let found = sent(&mut harness, picture(number, pattern, Some(0.4)));
        assert_eq!(found, [(Some(number), Some(number))]);
    }
}

#[test]
fn a_face_missed_once_is_filled_in_where_it_still_is() {
    let mut harness = harness();
    for number in 0..3 {
        sent(&mut harness, picture(number, 1, Some(0.4)));
    }
    let out = harness.push_and_pull(picture(3, 1, None)).unwrap();
    let faces = FrameFaces::read(&out, "face", WIDTH, HEIGHT).unwrap().faces;
    assert_eq!(faces.len(), 1);
    assert!(faces[0].interpolated && faces[0].track == Some(0));
    assert_eq!(sent(&mut harness, picture(4, 1, Some(0.4))), [(Some(0), Some(0))]);
}

#[test]
fn tracks_end_at_discontinuities_and_flushes() {
    let mut harness = harness();
    sent(&mut harness, picture(0, 1, Some(0.4)));
    let mut jump = picture(1, 1, Some(0.4));
    jump.get_mut().unwrap().set_flags(gst::BufferFlags::DISCONT);
    assert_eq!(sent(&mut harness, jump), [(Some(1), Some(0))]);
    harness.push_event(gst::event::FlushStart::new());
    harness.push_event(gst::event::FlushStop::new(true));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    harness.push_event(gst::event::Segment::new(&segment));
    assert_eq!(sent(&mut harness, picture(0, 1, Some(0.4))), [(Some(2), Some(0))]);
}

#[test]
fn a_frame_nobody_looked_at_passes_without_faces() {
    let mut harness = harness();
    let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::Gray8, WIDTH, HEIGHT).build();
    let mut plain = gst::Buffer::from_mut_slice(vec![0; info.unwrap().size()]);
    plain.get_mut().unwrap().set_pts(gst::ClockTime::ZERO);
    let out = harness.push_and_pull(plain).unwrap();
    assert_eq!(FrameFaces::read(&out, "face", WIDTH, HEIGHT), None);
}

#[test]
fn messages_tell_of_shots_and_tracks() {
    let mut harness = harness();
    let element = harness.element().unwrap();
    element.set_property("post-messages", true);
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    sent(&mut harness, picture(0, 1, Some(0.4)));
    sent(&mut harness, picture(1, 77, Some(0.4)));
    let mut events = Vec::new();
    while let Some(message) = bus.pop_filtered(&[gst::MessageType::Element]) {
        let structure = message.structure().unwrap();
        assert_eq!(structure.name(), "facetrack");
        let message = TrackMessage::try_from(structure).unwrap();
        assert!(message.times.stream_time.is_some() && message.times.stream_id.is_some());
        assert_eq!(message.times.running_time, message.times.timestamp);
        events.push(message.event);
    }
    use TrackEvent::{Ended, Shot, Started};
    assert_eq!(events, [Started(0), Ended(0), Shot(1), Started(1)]);
    element.set_bus(None);
}

#[test]
fn properties_read_back_and_may_change_while_playing() {
    init();
    let element = gst::ElementFactory::make("facetrack").build().unwrap();
    common::check_properties(
        &element,
        &[
            ("iou-threshold", "0.5", true),
            ("max-age", "2000000000", true),
            ("min-hits", "3", true),
            ("shot-threshold", "0.5", true),
            ("post-messages", "true", true),
            ("object-class", "head", true),
            ("qos", "true", true),
        ],
    );
}
