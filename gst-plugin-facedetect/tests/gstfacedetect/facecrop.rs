// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facecrop` on streams: one picture a face, a gap where there is none, and events in order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use crate::common::{at, events, frame, info};
use facemeta::{CropOrigin, Face, FrameFaces, FrameNumber, StoredBox};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::{VideoFormat, VideoInfo};

use gst::EventType as E;

fn harness(set: &[(&str, &str)]) -> (Harness, gst::Element) {
    common::init();
    let element = gst::ElementFactory::make("facecrop").build().unwrap();
    for (name, value) in set {
        element.set_property_from_str(name, value);
    }
    (Harness::with_element(&element, Some("sink"), Some("src")), element)
}

fn start(harness: &mut Harness, width: u32, height: u32) -> VideoInfo {
    let info = info(VideoFormat::Rgb, width, height);
    harness.set_src_caps(info.to_caps().unwrap());
    info
}

/// The frame with faces in these boxes of stored pixels: left, top, width, height.
fn with_faces(mut buffer: gst::Buffer, info: &VideoInfo, boxes: &[[f64; 4]]) -> gst::Buffer {
    let (w, h) = (f64::from(info.width()), f64::from(info.height()));
    let face = |&[x, y, width, height]: &[f64; 4]| Face {
        bbox: StoredBox([x / w, y / h, width / w, height / h]),
        confidence: 0.75,
        track: Some(5),
        ..Face::default()
    };
    let faces = FrameFaces { frame: 0, faces: boxes.iter().map(face).collect() };
    faces.write(buffer.get_mut().unwrap(), info.width(), info.height()).unwrap();
    buffer
}

/// Frame number `index`, dark but for a white spot, with these faces.
fn scene(info: &VideoInfo, index: u64, boxes: &[[f64; 4]]) -> gst::Buffer {
    with_faces(at(frame(info, &[(100, 60, 255)], 0), index), info, boxes)
}

fn size(harness: &Harness) -> (u32, u32) {
    let caps = harness.sinkpad().unwrap().current_caps().unwrap();
    let info = VideoInfo::from_caps(&caps).unwrap();
    assert_eq!(info.format(), VideoFormat::Rgb);
    (info.width(), info.height())
}

/// Brightness at (x, y) of a crop.
fn pixel(harness: &Harness, crop: &gst::Buffer, x: usize, y: usize) -> u8 {
    let stride = (3 * size(harness).0 as usize).next_multiple_of(4);
    crop.map_readable().unwrap()[y * stride + 3 * x]
}

const NO_SCALE: [(&str, &str); 4] =
    [("scale-left", "1"), ("scale-right", "1"), ("scale-up", "1"), ("scale-down", "1")];

#[test]
fn one_buffer_a_face_with_its_origin() {
    let (mut h, _) = harness(&NO_SCALE);
    let info = start(&mut h, 320, 180);
    let mut scene = scene(&info, 25, &[[94.0, 54.0, 21.0, 31.0], [10.0, 20.0, 40.0, 50.0]]);
    FrameNumber(77).write(scene.get_mut().unwrap()).unwrap();
    let number = 77;
    h.push(scene).unwrap();
    assert_eq!(h.buffers_received(), 2);

    let first = h.pull().unwrap();
    assert_eq!((first.pts(), first.duration()), (Some(1.seconds()), Some(40.mseconds())));
    // Rows of 63 bytes are padded to 64.
    assert_eq!(first.size(), 64 * 31);
    let origin = CropOrigin::read(&first).unwrap();
    assert_eq!((origin.frame, origin.index, origin.stream_time), (number, 0, Some(1.seconds())));
    for (found, expected) in origin.bbox.0.iter().zip([94.0, 54.0, 21.0, 31.0]) {
        assert!((found - expected).abs() < 1e-3, "{:?}", origin.bbox);
    }
    assert_eq!((origin.face.track, origin.face.confidence), (Some(5), 0.75));
    assert!(origin.face.quality.is_some() && origin.face.sharpness.is_some_and(|s| s > 0.0));
    // The face fills its crop.
    let own = FrameFaces::read(&first, "face", 21, 31).unwrap();
    assert_eq!(own.frame, number);
    for (found, expected) in own.faces[0].bbox.0.iter().zip([0.0, 0.0, 1.0, 1.0]) {
        assert!((found - expected).abs() < 1e-3, "{:?}", own.faces);
    }

    let second = h.pull().unwrap();
    assert_eq!(CropOrigin::read(&second).unwrap().index, 1);
    assert_eq!(second.pts(), first.pts());
    assert_eq!(size(&h), (40, 50));
    // The plain sharpness of a plain piece of wall.
    assert_eq!(CropOrigin::read(&second).unwrap().face.sharpness, Some(0.0));
}

#[test]
fn the_crop_shows_what_the_box_held() {
    for format in [VideoFormat::Rgb, VideoFormat::I420, VideoFormat::Nv12, VideoFormat::Bgrx] {
        let (mut h, _) = harness(&NO_SCALE);
        let info = info(format, 321, 179);
        h.set_src_caps(info.to_caps().unwrap());
        let buffer = at(frame(&info, &[(100, 60, 255)], 13), 0);
        let crop = h.push_and_pull(with_faces(buffer, &info, &[[90.0, 50.0, 30.0, 40.0]])).unwrap();
        let is = |x, y, level: u8| pixel(&h, &crop, x, y).abs_diff(level) <= 3;
        assert!(is(10, 10, 255) && is(17, 17, 255), "{format:?}: inside the spot");
        assert!(is(8, 13, 40) && is(20, 13, 40) && is(13, 20, 40), "{format:?}: beside it");
    }
}

#[test]
fn a_frame_without_faces_becomes_a_gap() {
    let (mut h, _) = harness(&[]);
    let info = start(&mut h, 320, 180);
    // Looked at and nobody found, not looked at, and a face outside of the picture.
    h.push(scene(&info, 0, &[])).unwrap();
    h.push(at(frame(&info, &[], 0), 1)).unwrap();
    h.push(scene(&info, 2, &[[-90.0, -90.0, 20.0, 20.0]])).unwrap();
    assert_eq!(h.buffers_received(), 0);
    let out: Vec<_> = std::iter::from_fn(|| h.try_pull_event()).collect();
    let types: Vec<_> = out.iter().map(|e| e.type_()).collect();
    assert_eq!(types, [E::StreamStart, E::Caps, E::Segment, E::Gap, E::Gap, E::Gap]);
    for (index, event) in out[3..].iter().enumerate() {
        let gst::EventView::Gap(gap) = event.view() else { panic!("{event:?}") };
        assert_eq!(gap.get(), (index as u64 * 40.mseconds(), Some(40.mseconds())));
        assert_eq!(gap.structure().unwrap().get::<u64>("frame"), Ok(index as u64));
    }
    // Without a time there is nothing to tell.
    h.push(frame(&info, &[], 0)).unwrap();
    assert!(h.try_pull_event().is_none());
}

#[test]
fn caps_follow_the_size_and_come_before_the_segment() {
    let (mut h, _) = harness(&NO_SCALE);
    let info = start(&mut h, 320, 180);
    let boxes = [[0.0, 0.0, 30.0, 40.0], [50.0, 0.0, 30.0, 40.0], [90.0, 0.0, 50.0, 60.0]];
    h.push(scene(&info, 0, &boxes)).unwrap();
    assert_eq!(h.buffers_received(), 3);
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(events(&mut h), [E::StreamStart, E::Caps, E::Segment, E::Caps, E::Eos]);
    assert_eq!(size(&h), (50, 60));
}

#[test]
fn eos_without_any_face_still_announces_a_stream() {
    let (mut h, _) = harness(&[]);
    start(&mut h, 320, 180);
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(events(&mut h), [E::StreamStart, E::Caps, E::Segment, E::Eos]);
    assert_eq!(h.buffers_received(), 0);
}

#[test]
fn crops_of_one_size_have_one_caps_event() {
    let (mut h, _) = harness(&[("size", "64"), ("square", "true")]);
    let info = start(&mut h, 320, 180);
    h.push(scene(&info, 0, &[])).unwrap();
    h.push(scene(&info, 1, &[[100.0, 60.0, 30.0, 40.0]])).unwrap();
    let expected = [E::StreamStart, E::Caps, E::Segment, E::Gap];
    assert_eq!(events(&mut h), expected);
}

#[test]
fn size_and_square_and_scales_shape_the_crop() {
    let (mut h, element) = harness(&NO_SCALE);
    let info = start(&mut h, 320, 180);
    let mut cut = |set: &[(&str, &str)]| {
        for (name, value) in set {
            element.set_property_from_str(name, value);
        }
        h.push_and_pull(scene(&info, 0, &[[100.0, 60.0, 30.0, 40.0]])).unwrap();
        size(&h)
    };
    assert_eq!(cut(&[]), (30, 40));
    assert_eq!(cut(&[("size", "80")]), (60, 80));
    assert_eq!(cut(&[("square", "true")]), (80, 80));
    assert_eq!(cut(&[("size", "0")]), (40, 40));
    assert_eq!(cut(&[("square", "false"), ("scale-left", "2"), ("scale-up", "1.5")]), (45, 50));
}

#[test]
fn crops_are_upright_and_their_tags_do_not_turn_them_again() {
    let (mut h, _) = harness(&NO_SCALE);
    let info = start(&mut h, 320, 180);
    let mut tags = gst::TagList::new();
    let list = tags.get_mut().unwrap();
    list.add::<gst::tags::ImageOrientation>(&"rotate-90", gst::TagMergeMode::Replace);
    assert!(h.push_event(gst::event::Tag::new(tags.clone())));
    tags.make_mut().add::<gst::tags::Title>(&"film", gst::TagMergeMode::Replace);
    assert!(h.push_event(gst::event::Tag::new(tags)));

    // The spot is in the stored face's top left corner, so in the upright one's top right.
    let crop = h.push_and_pull(scene(&info, 0, &[[100.0, 60.0, 40.0, 30.0]])).unwrap();
    assert_eq!(size(&h), (30, 40));
    assert!(pixel(&h, &crop, 26, 4) > 250 && pixel(&h, &crop, 4, 4) < 50);
    let origin = CropOrigin::read(&crop).unwrap();
    // Upright the frame is 180 wide: 180 - 60 - 30.
    for (found, expected) in origin.bbox.0.iter().zip([90.0, 100.0, 30.0, 40.0]) {
        assert!((found - expected).abs() < 1e-3, "{:?}", origin.bbox);
    }

    let tags: Vec<_> =
        std::iter::from_fn(|| h.try_pull_event()).filter(|e| e.type_() == E::Tag).collect();
    assert_eq!(tags.len(), 1, "nothing but an orientation is no event");
    let gst::EventView::Tag(tag) = tags[0].view() else { panic!() };
    assert!(tag.tag().get::<gst::tags::Title>().is_some());
    assert!(tag.tag().get::<gst::tags::ImageOrientation>().is_none());
}

#[test]
fn wide_pixels_come_out_square() {
    let (mut h, _) = harness(&NO_SCALE);
    let info = info(VideoFormat::Rgb, 160, 180);
    let mut caps = info.to_caps().unwrap();
    caps.get_mut().unwrap().set("pixel-aspect-ratio", gst::Fraction::new(2, 1));
    h.set_src_caps(caps);
    let crop = h.push_and_pull(scene(&info, 0, &[[90.0, 50.0, 30.0, 40.0]])).unwrap();
    assert_eq!(size(&h), (60, 40));
    assert!(pixel(&h, &crop, 22, 14) > 250 && pixel(&h, &crop, 34, 14) > 250);
    assert!(pixel(&h, &crop, 14, 14) < 50 && pixel(&h, &crop, 42, 14) < 50);
    let bbox = CropOrigin::read(&crop).unwrap().bbox;
    assert!(
        (bbox.0[0] - 90.0).abs() < 1e-3 && (bbox.0[2] - 30.0).abs() < 1e-3,
        "stored pixels: {bbox:?}"
    );
}

#[test]
fn regions_of_another_detector_are_cut_out_too() {
    let (mut h, element) = harness(&NO_SCALE);
    element.set_property("object-class", "head");
    let info = start(&mut h, 320, 180);
    let mut buffer = at(frame(&info, &[(100, 60, 255)], 0), 3);
    for (class, rect) in [("head", (96, 56, 20, 30)), ("dog", (0, 0, 90, 90))] {
        gst_video::VideoRegionOfInterestMeta::add(buffer.get_mut().unwrap(), class, rect);
    }
    let crop = h.push_and_pull(buffer).unwrap();
    assert_eq!((h.buffers_received(), size(&h)), (1, (20, 30)));
    assert!(pixel(&h, &crop, 8, 8) > 250);
    let origin = CropOrigin::read(&crop).unwrap();
    assert_eq!((origin.frame, origin.face.confidence), (0, 1.0));
}

#[test]
fn flush_and_new_caps_in_mid_stream() {
    let (mut h, _) = harness(&NO_SCALE);
    let info = start(&mut h, 320, 180);
    h.push_and_pull(scene(&info, 0, &[[100.0, 60.0, 30.0, 40.0]])).unwrap();
    events(&mut h);
    assert!(h.push_event(gst::event::FlushStart::new()));
    assert!(h.push_event(gst::event::FlushStop::new(true)));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    assert!(h.push_event(gst::event::Segment::new(&segment)));
    h.push_and_pull(scene(&info, 0, &[[100.0, 60.0, 30.0, 40.0]])).unwrap();
    assert_eq!(
        events(&mut h),
        [E::FlushStart, E::FlushStop, E::Segment],
        "the size is still known"
    );

    let larger = start(&mut h, 640, 360);
    h.push_and_pull(scene(&larger, 1, &[[100.0, 60.0, 30.0, 40.0]])).unwrap();
    assert_eq!(size(&h), (30, 40), "pixels of the new frame");
    h.push_and_pull(scene(&larger, 2, &[[100.0, 60.0, 300.0, 200.0]])).unwrap();
    assert_eq!(size(&h), (300, 200));

    assert!(h.push_event(gst::event::StreamStart::new("next")));
    let info = start(&mut h, 320, 180);
    events(&mut h);
    let crop = h.push_and_pull(scene(&info, 0, &[[100.0, 60.0, 30.0, 40.0]])).unwrap();
    assert_eq!(CropOrigin::read(&crop).unwrap().frame, 0, "counted anew");
    assert_eq!(size(&h), (30, 40));
}

#[test]
fn faces_of_no_use_are_no_panic() {
    let (mut h, _) = harness(&[("square", "true"), ("size", "64")]);
    let info = start(&mut h, 321, 179);
    let odd = [
        [f64::NAN, 0.0, 10.0, 10.0],
        [10.0, 10.0, 0.0, 0.0],
        [10.0, 10.0, -5.0, f64::INFINITY],
        [0.0, 0.0, 1e9, 1e9],
        [320.5, 178.5, 0.2, 0.2],
    ];
    h.push(scene(&info, 0, &odd)).unwrap();
    for _ in 0..h.buffers_received() {
        let crop = h.pull().unwrap();
        assert_eq!(CropOrigin::read(&crop).unwrap().frame, 0);
    }
    h.push_and_pull(scene(&info, 1, &[[100.0, 60.0, 30.0, 40.0]])).unwrap();
}

#[test]
fn properties_read_back_and_may_change_while_playing() {
    common::init();
    let element = gst::ElementFactory::make("facecrop").build().unwrap();
    common::check_properties(
        &element,
        &[
            ("scale-left", "1.25", true),
            ("scale-right", "1.25", true),
            ("scale-up", "1.25", true),
            ("scale-down", "1.5", true),
            ("square", "true", true),
            ("size", "112", true),
            ("fit-width", "100", true),
            ("fit-height", "200", true),
            ("align", "eyes", true),
            ("padding", "0.25", true),
            ("blur", "streamface", true),
            ("object-class", "head", true),
        ],
    );
    // What says no blur leaves the one there is.
    element.set_property("blur", "soft");
    assert_eq!(element.property::<String>("blur"), "streamface");
}
