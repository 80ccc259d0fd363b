// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facedetect` with `search-interval`: known faces are followed, and the whole frame is searched when
//! its time has come, a face is lost or the scene is another. With `search-ahead` frames wait for the next
//! search, and are looked at around the faces of both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use crate::common::{at, counts, faces, frame, has_runtime, info};
use gst::glib;
use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoFormat;

/// Spots of a frame.
type Spots = Vec<(u32, u32, u8)>;

/// How many faces were found on each frame, which has these spots, and how many frames were searched;
/// the whole frame is to be searched every 200 ms, five frames.
fn found(frames: &[Spots]) -> Option<(Vec<gst::Buffer>, u64)> {
    let (element, mut h, info) = harness(&[])?;
    let out = frames
        .iter()
        .zip(0..)
        .map(|(spots, index)| h.push_and_pull(at(frame(&info, spots, 16), index)).unwrap());
    let out: Vec<_> = out.collect();
    Some((out, searched(&element, frames)))
}

/// The same with frames that wait for the next search, or the end.
fn found_ahead(frames: &[Spots]) -> Option<(Vec<gst::Buffer>, u64)> {
    let (element, mut h, info) = harness(&[("search-ahead", true.into())])?;
    for (spots, index) in frames.iter().zip(0..) {
        h.push(at(frame(&info, spots, 16), index)).unwrap();
    }
    assert!(h.push_event(gst::event::Eos::new()));
    let out: Vec<_> = std::iter::from_fn(|| h.try_pull()).collect();
    let times = out.iter().map(|buffer| buffer.pts().unwrap());
    assert!(times.is_sorted() && out.len() == frames.len(), "{} came out", out.len());
    Some((out, searched(&element, frames)))
}

fn harness(
    properties: &[(&str, glib::Value)],
) -> Option<(gst::Element, Harness, gst_video::VideoInfo)> {
    common::init();
    if !has_runtime() {
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    let element = common::detector(directory.path());
    // The synthetic network does not see its spots in small.
    element.set_property("first-look", 0.0f32);
    element.set_property("search-interval", 200_000_000u64);
    properties.iter().for_each(|(name, value)| element.set_property_from_value(name, value));
    let mut h = Harness::with_element(&element, Some("sink"), Some("src"));
    let info = info(VideoFormat::Nv12, 640, 384);
    h.set_src_caps(info.to_caps().unwrap());
    Some((element, h, info))
}

/// How many frames were searched; all were looked at.
fn searched(element: &gst::Element, frames: &[Spots]) -> u64 {
    let stats: gst::Structure = element.property("stats");
    assert_eq!(stats.get::<u64>("inferred"), Ok(frames.len() as u64));
    stats.get("searched").unwrap()
}

/// A spot that moves to the right.
fn moving(index: u32) -> (u32, u32, u8) {
    (80 + 4 * index, 80, 255)
}

#[test]
fn a_known_face_is_followed_between_two_searches() {
    let frames: Vec<Spots> = (0..10).map(|index| vec![moving(index)]).collect();
    let Some((out, searched)) = found(&frames) else { return };
    assert_eq!(searched, 2);
    for (index, buffer) in (0..).zip(&out) {
        let found = faces(buffer).unwrap();
        let [face] = &found.faces[..] else { panic!("{found:?} on {index}") };
        let (x, _, _) = moving(index);
        let [left, _, width, _] = face.bbox.0;
        let centre = (left + width / 2.0) * 640.0;
        assert!((centre - (f64::from(x) + 4.0)).abs() <= 3.0, "{centre} on {index}");
    }
}

#[test]
fn who_comes_in_is_found_at_the_next_search() {
    let frames = (0..7).map(|index| match index {
        0 | 1 => vec![moving(0)],
        _ => vec![moving(0), (240, 80, 255)],
    });
    let Some((out, searched)) = found(&frames.collect::<Vec<_>>()) else { return };
    assert_eq!(searched, 2);
    assert_eq!(counts(&out), [1, 1, 1, 1, 1, 2, 2].map(Some));
}

#[test]
fn a_lost_face_is_searched_for_at_once() {
    let frames = (0..4).map(|index| vec![if index < 2 { (40, 80, 255) } else { (240, 80, 255) }]);
    let Some((out, searched)) = found(&frames.collect::<Vec<_>>()) else { return };
    assert_eq!((counts(&out), searched), ([1; 4].map(Some).to_vec(), 2));
}

#[test]
fn another_scene_is_searched_at_once() {
    // Grey squares too dark for a face fill half of the frame.
    let grey = || (0..40).flat_map(|x| (0..48).map(move |y| (320 + 8 * x, 8 * y, 140)));
    let frames = (0..4).map(|index| {
        let other = (index >= 2).then(|| std::iter::once((240, 80, 255)).chain(grey()));
        std::iter::once(moving(0)).chain(other.into_iter().flatten()).collect()
    });
    let Some((out, searched)) = found(&frames.collect::<Vec<_>>()) else { return };
    assert_eq!(counts(&out), [1, 1, 2, 2].map(Some));
    assert!(searched >= 2);
}

#[test]
fn nobody_is_a_result_too() {
    let frames: Vec<Spots> = (0..10).map(|_| Vec::new()).collect();
    let Some((out, searched)) = found(&frames) else { return };
    assert_eq!((counts(&out), searched), ([0; 10].map(Some).to_vec(), 2));
}

#[test]
fn looking_ahead_finds_who_came_in_and_who_left_between_two_searches() {
    let newcomer = (0..10).map(|index| Vec::from_iter((index >= 3).then(|| moving(index))));
    let Some((out, searched)) = found_ahead(&newcomer.collect::<Vec<_>>()) else { return };
    // At 0, 5, and 9, which is the last.
    assert_eq!((counts(&out), searched), ([0, 0, 0, 1, 1, 1, 1, 1, 1, 1].map(Some).to_vec(), 3));
    let leaver = (0..10).map(|index| Vec::from_iter((index < 3).then(|| moving(index))));
    let Some((out, searched)) = found_ahead(&leaver.collect::<Vec<_>>()) else { return };
    assert_eq!((counts(&out), searched), ([1, 1, 1, 0, 0, 0, 0, 0, 0, 0].map(Some).to_vec(), 3));
}

#[test]
fn looking_ahead_searches_where_somebody_known_is_lost_or_the_scene_is_another() {
    // At one place before and after, elsewhere meanwhile.
    let jumping = (0..6).map(|index| vec![(if index == 2 { 240 } else { 40 }, 80, 255)]);
    let Some((out, searched)) = found_ahead(&jumping.collect::<Vec<_>>()) else { return };
    assert_eq!((counts(&out), searched), ([1; 6].map(Some).to_vec(), 3));
    // A cut, and behind it somebody who is gone at once.
    let grey = || (0..40).flat_map(|x| (0..48).map(move |y| (320 + 8 * x, 8 * y, 140)));
    let frames = (0..6).map(|index| match index {
        0 | 1 => vec![(40, 80, 255)],
        2 => std::iter::once((100, 80, 255)).chain(grey()).collect(),
        _ => grey().collect::<Spots>(),
    });
    let Some((out, searched)) = found_ahead(&frames.collect::<Vec<_>>()) else { return };
    assert_eq!((counts(&out), searched), ([1, 1, 1, 0, 0, 0].map(Some).to_vec(), 4));
}

#[test]
fn looking_ahead_holds_seven_frames_at_most_and_a_flush_drops_them() {
    let ahead = [("search-ahead", true.into()), ("search-interval", 60_000_000_000u64.into())];
    let Some((_, mut h, info)) = harness(&ahead) else { return };
    let push = |h: &mut Harness, index| {
        h.push(at(frame(&info, &[moving(index)], 16), index.into())).unwrap();
        h.buffers_in_queue()
    };
    let waiting: Vec<u32> = (0..10).map(|index| push(&mut h, index)).collect();
    // The first is searched at once.
    assert_eq!(waiting, [1, 1, 1, 1, 1, 1, 1, 1, 9, 9]);
    assert!(h.push_event(gst::event::FlushStart::new()));
    assert!(h.push_event(gst::event::FlushStop::new(true)));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    assert!(h.push_event(gst::event::Segment::new(&segment)));
    let before = h.buffers_received();
    push(&mut h, 20);
    assert_eq!(h.buffers_received(), before + 1, "nothing is known any more, so it is searched");
}
