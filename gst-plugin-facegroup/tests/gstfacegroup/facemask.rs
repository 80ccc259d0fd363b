// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facemask`: faces are hidden, everything else stays as it was, and people to be kept are kept.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use std::path::Path;

use dataset::{Dataset, FaceRecord, InputInfo, RunInfo};
use facemeta::{Embedding, Face, FrameFaces, StoredBox};
use grouping::cluster::Options;
use gst::prelude::*;
use gst_check::Harness;
use gst_video::{VideoFormat, VideoFrameExt, VideoFrameRef, VideoInfo};

const WIDTH: u32 = 161;
const HEIGHT: u32 = 97;

fn harness(set: &str) -> Harness {
    common::init();
    Harness::new_parse(&format!("facemask {set}"))
}

fn start(h: &mut Harness, format: VideoFormat) -> VideoInfo {
    let info = VideoInfo::builder(format, WIDTH, HEIGHT).build().unwrap();
    h.set_src_caps(info.to_caps().unwrap());
    info
}

/// A frame in which neighbouring bytes differ, with these faces.
fn frame(info: &VideoInfo, faces: Option<Vec<Face>>) -> gst::Buffer {
    let bytes: Vec<u8> = (0..info.size()).map(|i| (i * 37 % 251) as u8).collect();
    let mut buffer = gst::Buffer::from_mut_slice(bytes);
    let writable = buffer.get_mut().unwrap();
    writable.set_pts(gst::ClockTime::ZERO);
    if let Some(faces) = faces {
        FrameFaces { frame: 0, faces }.write(writable, WIDTH, HEIGHT).unwrap();
    }
    buffer
}

/// A face whose box is 40x40 pixels from (60, 30) on.
fn face() -> Face {
    let (w, h) = (f64::from(WIDTH), f64::from(HEIGHT));
    Face {
        bbox: StoredBox([60.0 / w, 30.0 / h, 40.0 / w, 40.0 / h]),
        confidence: 1.0,
        ..Face::default()
    }
}

fn of_person(values: [f32; 2], track: Option<u64>) -> Face {
    let embedding =
        Embedding { model: "synthetic".into(), values: values.to_vec(), magnitude: None };
    Face { embedding: Some(embedding), track, ..face() }
}

/// The first component's samples.
fn samples(buffer: &gst::Buffer, info: &VideoInfo) -> Vec<Vec<u8>> {
    let frame = VideoFrameRef::from_buffer_ref_readable(buffer, info).unwrap();
    let stride = frame.plane_stride()[0] as usize;
    let (pixel, offset) = (frame.comp_pstride(0) as usize, frame.comp_poffset(0) as usize);
    let data = frame.plane_data(0).unwrap();
    (0..HEIGHT as usize)
        .map(|y| (0..WIDTH as usize).map(|x| data[y * stride + x * pixel + offset]).collect())
        .collect()
}

/// How many samples differ inside and outside of the box that is `margin` pixels larger than the face.
fn changed(before: &[Vec<u8>], after: &[Vec<u8>], margin: usize) -> (usize, usize) {
    let (mut inside, mut outside) = (0, 0);
    for (y, (a, b)) in before.iter().zip(after).enumerate() {
        for (x, (a, b)) in a.iter().zip(b).enumerate() {
            let within =
                (60 - margin..101 + margin).contains(&x) && (30 - margin..71 + margin).contains(&y);
            let count = if within { &mut inside } else { &mut outside };
            *count += usize::from(a != b);
        }
    }
    (inside, outside)
}

#[test]
fn faces_are_hidden_in_every_format_and_nothing_else() {
    let mut h = harness("margin=0.25 blocks=4");
    let caps = gst_frameview::raw_caps();
    let formats = caps.structure(0).unwrap().get::<gst::List>("format").unwrap();
    for name in formats.iter().map(|f| f.get::<String>().unwrap()) {
        let info = start(&mut h, name.parse().unwrap());
        let buffer = frame(&info, Some(vec![face()]));
        let before = samples(&buffer, &info);
        // Somebody else holds the frame, too: theirs stays as it is.
        let shared = buffer.clone();
        let out = h.push_and_pull(buffer).unwrap();
        assert_eq!(samples(&shared, &info), before, "{name}");
        let after = samples(&out, &info);
        // A pixel more: rounded outwards.
        let (inside, outside) = changed(&before, &after, 11);
        assert_eq!(outside, 0, "{name}");
        assert!(inside > 3000, "{name}: {inside}");
        // Squares of 16 pixels from (50, 20) on, each of one colour.
        let square = |x: usize, y: usize| {
            after[y..y + 15].iter().flat_map(|row| &row[x..x + 15]).all(|v| *v == after[y][x])
        };
        assert!(square(50, 20) && square(66, 36), "{name}");
        // As GStreamer's own reader of the format has it: alpha and padding are left alone.
        assert_eq!(out.size(), shared.size());
    }
}

#[test]
fn modes_fill_and_draw() {
    for (mode, white) in [("fill", 0), ("box", 255)] {
        let mut h = harness(&format!("mode={mode} margin=0"));
        let info = start(&mut h, VideoFormat::Rgb);
        let buffer = frame(&info, Some(vec![face()]));
        let before = samples(&buffer, &info);
        let after = samples(&h.push_and_pull(buffer).unwrap(), &info);
        assert_eq!(changed(&before, &after, 0).1, 0);
        assert_eq!(after[30][80], white, "{mode}: the upper edge");
        assert_eq!(after[50][60], white, "{mode}: the left edge");
        assert_eq!(after[50][80] == before[50][80], mode == "box", "{mode}: the middle");
    }
}

#[test]
fn frames_between_two_looks_are_masked_where_the_last_was() {
    let mut h = harness("mode=fill margin=0");
    let info = start(&mut h, VideoFormat::Gray8);
    let dark = |h: &mut Harness, faces| {
        let out = h.push_and_pull(frame(&info, faces)).unwrap();
        samples(&out, &info)[50][80] == 16 && samples(&out, &info)[50][81] == 16
    };
    assert!(!dark(&mut h, None), "nobody seen yet");
    assert!(dark(&mut h, Some(vec![face()])));
    assert!(dark(&mut h, None), "not looked at");
    assert!(!dark(&mut h, Some(vec![])), "gone");
    assert!(dark(&mut h, Some(vec![face()])));
    h.push_event(gst::event::FlushStart::new());
    h.push_event(gst::event::FlushStop::new(true));
    h.push_event(gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new()));
    assert!(!dark(&mut h, None), "another place of the film");
    let stats = h.find_element("facemask").unwrap().property::<gst::Structure>("stats");
    assert_eq!(stats.get::<u64>("masked"), Ok(3), "{stats}");
}

/// Two people: the one along the first axis in the folder "0", the other in "1".
fn people(location: &Path) {
    let run = RunInfo::new(vec![InputInfo::for_uri("refs")]);
    let (mut dataset, _) = Dataset::create_or_resume(location, run).unwrap();
    let picture = image::RgbImage::new(8, 8);
    for frame in 0..8 {
        for (person, values) in [[1.0, 0.0], [0.0, 1.0]].into_iter().enumerate() {
            // The first is seen more often, which makes it the first folder.
            if person == 1 && frame % 2 == 1 {
                continue;
            }
            let record = FaceRecord {
                video: "refs".into(),
                frame,
                score: 1.0,
                quality: 1.0,
                track: Some(person as u64),
                ..FaceRecord::default()
            };
            dataset.append(record, Some(&picture), Some(&values), "synthetic").unwrap();
        }
    }
    dataset.finish_input("refs").unwrap();
    dataset.finish().unwrap();
    facegroup::group(location, &Options::new(0.5)).unwrap();
}

#[test]
fn people_of_a_dataset_stay_visible() {
    let directory = tempfile::tempdir().unwrap();
    people(directory.path());
    let keep = format!("mode=fill margin=0 keep={}", directory.path().display());
    let visible = |h: &mut Harness, info: &VideoInfo, face: Face| {
        let out = h.push_and_pull(frame(info, Some(vec![face]))).unwrap();
        samples(&out, info)[50][80..90] == samples(&frame(info, None), info)[50][80..90]
    };
    let mut all = harness(&format!("{keep} threshold=0.9"));
    let info = start(&mut all, VideoFormat::Gray8);
    assert!(visible(&mut all, &info, of_person([1.0, 0.0], None)));
    assert!(visible(&mut all, &info, of_person([0.0, 1.0], None)));
    assert!(!visible(&mut all, &info, of_person([0.7, 0.7], None)), "a stranger");
    assert!(!visible(&mut all, &info, face()), "nobody knows who");

    let mut one = harness(&format!("{keep} threshold=0.9 people=0"));
    let info = start(&mut one, VideoFormat::Gray8);
    assert!(visible(&mut one, &info, of_person([1.0, 0.0], Some(7))));
    assert!(!visible(&mut one, &info, of_person([0.0, 1.0], Some(8))));
    // Faces that were not embedded follow their track, as long as it is the same.
    let on_track = |track| Face { track: Some(track), ..face() };
    assert!(visible(&mut one, &info, on_track(7)));
    assert!(!visible(&mut one, &info, on_track(8)) && !visible(&mut one, &info, on_track(9)));
    assert!(!visible(&mut one, &info, of_person([0.0, 1.0], Some(7))), "the track took another");
    assert!(!visible(&mut one, &info, on_track(7)));
}

#[test]
fn what_cannot_be_kept_is_an_error() {
    drop(harness(""));
    let directory = tempfile::tempdir().unwrap();
    let bus = gst::Bus::new();
    let error = |bus: &gst::Bus| {
        let message = bus.pop_filtered(&[gst::MessageType::Error]).expect("an error");
        let gst::MessageView::Error(error) = message.view() else { panic!() };
        error.error()
    };
    let element = gst::ElementFactory::make("facemask").build().unwrap();
    element.set_bus(Some(&bus));
    element.set_property("keep", directory.path().to_str().unwrap());
    assert!(element.set_state(gst::State::Playing).is_err());
    let why = error(&bus);
    assert!(why.matches(gst::ResourceError::OpenRead), "{why:?}");
    assert!(why.message().contains(directory.path().to_str().unwrap()), "{why}");

    people(directory.path());
    let bus = gst::Bus::new();
    let mut h = harness(&format!("keep={} threshold=0.9", directory.path().display()));
    h.find_element("facemask").unwrap().set_bus(Some(&bus));
    let info = start(&mut h, VideoFormat::Gray8);
    let mut other = of_person([1.0, 0.0], None);
    other.embedding.as_mut().unwrap().model = "another".into();
    assert_eq!(h.push(frame(&info, Some(vec![other]))), Err(gst::FlowError::Error));
    let why = error(&bus);
    assert!(why.message().contains("another") && why.message().contains("synthetic"), "{why}");
}
