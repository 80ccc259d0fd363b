// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facedetect` on streams: what goes in comes out, with the faces where they are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use crate::common::{BOX, POINTS, at, bytes, counts, events, faces, frame, has_runtime, info};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoFormat;

/// A harness around a detector with the synthetic network; the folder is to be kept as long.
fn harness(set: &[(&str, &str)]) -> Option<(Harness, gst::Element, tempfile::TempDir)> {
    common::init();
    if !has_runtime() {
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    let element = common::detector(directory.path());
    for (name, value) in set {
        element.set_property_from_str(name, value);
    }
    let harness = Harness::with_element(&element, Some("sink"), Some("src"));
    Some((harness, element, directory))
}

fn start(
    harness: &mut Harness,
    format: VideoFormat,
    width: u32,
    height: u32,
) -> gst_video::VideoInfo {
    let info = info(format, width, height);
    harness.set_src_caps(info.to_caps().unwrap());
    info
}

/// Pushes frames with these numbers, each with one spot, and gives what came out.
fn run(
    h: &mut Harness,
    info: &gst_video::VideoInfo,
    indices: impl Iterator<Item = u64>,
) -> Vec<gst::Buffer> {
    indices.map(|i| h.push_and_pull(at(frame(info, &[(80, 80, 255)], 0), i)).unwrap()).collect()
}

/// Middle of the face in parts of the stored frame, and its size in stored pixels.
fn place(buffer: &gst::Buffer, (width, height): (u32, u32)) -> [f64; 4] {
    let found = faces(buffer).expect("looked at").faces;
    assert_eq!(found.len(), 1, "{found:?}");
    let [x, y, w, h] = found[0].bbox.0;
    let (width, height) = (f64::from(width), f64::from(height));
    [(x + w / 2.0) * width, (y + h / 2.0) * height, w * width, h * height]
}

fn near(found: [f64; 4], expected: [f64; 4], tolerance: f64) -> bool {
    found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance)
}

#[test]
fn every_format_odd_and_padded_gives_the_face_and_stays_untouched() {
    let Some((mut h, _, _directory)) = harness(&[]) else {
        return;
    };
    let caps = gst_frameview::raw_caps();
    let formats = caps.structure(0).unwrap().get::<gst::List>("format").unwrap();
    assert!(formats.len() >= 10);
    for name in formats.iter().map(|f| f.get::<String>().unwrap()) {
        let format: VideoFormat = name.parse().unwrap();
        for (padding, (width, height)) in [(0, (321, 179)), (29, (321, 179)), (64, (320, 180))] {
            let info = start(&mut h, format, width, height);
            let mut buffer = at(frame(&info, &[(160, 80, 255)], padding), 7);
            let flags = gst::BufferFlags::MARKER | gst::BufferFlags::DISCONT;
            buffer.get_mut().unwrap().set_flags(flags);
            let before = bytes(&buffer);
            let out = h.push_and_pull(buffer).unwrap();
            let size = [f64::from(BOX.0), f64::from(BOX.1)];
            // The first of the spot's four equal cells.
            let expected = [162.0, 82.0, size[0], size[1]];
            let found = place(&out, (width, height));
            assert!(near(found, expected, 4.0), "{name}+{padding}: {found:?}");
            assert_eq!(bytes(&out), before, "{name}+{padding}");
            assert_eq!(out.pts(), Some(280.mseconds()));
            assert_eq!(out.duration(), Some(40.mseconds()));
            assert!(out.flags().contains(flags));
        }
    }
}

#[test]
fn landmarks_and_confidence_and_both_metas() {
    let Some((mut h, _, _directory)) = harness(&[]) else {
        return;
    };
    let info = start(&mut h, VideoFormat::Rgb, 320, 192);
    let out = h.push_and_pull(at(frame(&info, &[(160, 80, 255)], 0), 0)).unwrap();
    let face = faces(&out).unwrap().faces.remove(0);
    assert!((face.confidence - 1.0).abs() < 0.01, "{}", face.confidence);
    let [x, y, w, h_] = face.bbox.0;
    for (point, [px, py]) in face.landmarks.unwrap().iter().zip(POINTS) {
        let expected = [x + f64::from(px) * w, y + f64::from(py) * h_];
        assert!((point[0] - expected[0]).abs() < 1e-4 && (point[1] - expected[1]).abs() < 1e-4);
    }
    let rois: Vec<_> = out.iter_meta::<gst_video::VideoRegionOfInterestMeta>().collect();
    assert_eq!(rois.len(), 1);
    assert_eq!(rois[0].roi_type(), "face");
    assert_eq!((rois[0].rect().2, rois[0].rect().3), (40, 48));
}

#[test]
fn as_many_out_as_in_and_events_in_order() {
    let Some((mut h, element, _directory)) = harness(&[]) else {
        return;
    };
    let info = start(&mut h, VideoFormat::Nv12, 320, 192);
    let out = run(&mut h, &info, 0..10);
    assert!(h.push_event(gst::event::Eos::new()));
    for (i, buffer) in out.iter().enumerate() {
        assert_eq!(buffer.pts(), Some(i as u64 * 40.mseconds()));
        assert_eq!(faces(buffer).unwrap().frame, i as u64);
    }
    assert_eq!(h.buffers_received(), 10);
    use gst::EventType as E;
    assert_eq!(events(&mut h), [E::StreamStart, E::Caps, E::Segment, E::Eos]);
    let stats = element.property::<gst::Structure>("stats");
    assert_eq!(stats.get::<u64>("frames"), Ok(10), "{stats}");
}

#[test]
fn an_orientation_tag_turns_the_picture_for_the_network_only() {
    let Some((mut h, _, _directory)) = harness(&[]) else {
        return;
    };
    let info = start(&mut h, VideoFormat::I420, 320, 192);
    let mut tags = gst::TagList::new();
    tags.get_mut()
        .unwrap()
        .add::<gst::tags::ImageOrientation>(&"rotate-90", gst::TagMergeMode::Replace);
    assert!(h.push_event(gst::event::Tag::new(tags)));
    let out = h.push_and_pull(at(frame(&info, &[(240, 40, 255)], 0), 0)).unwrap();
    // Lying, the box is as wide as it was high.
    let expected = [244.0, 44.0, f64::from(BOX.1), f64::from(BOX.0)];
    let found = place(&out, (320, 192));
    assert!(near(found, expected, 4.0), "{found:?}");
}

#[test]
fn wide_pixels_are_made_square_for_the_network_only() {
    let Some((mut h, _, _directory)) = harness(&[]) else {
        return;
    };
    let square = info(VideoFormat::I420, 160, 192);
    let mut caps = square.to_caps().unwrap();
    caps.get_mut().unwrap().set("pixel-aspect-ratio", gst::Fraction::new(2, 1));
    h.set_src_caps(caps);
    let out = h.push_and_pull(at(frame(&square, &[(80, 80, 255)], 0), 0)).unwrap();
    let expected = [84.0, 84.0, f64::from(BOX.0) / 2.0, f64::from(BOX.1)];
    let found = place(&out, (160, 192));
    assert!(near(found, expected, 4.0), "{found:?}");
}

#[test]
fn inference_interval_looks_at_every_nth_frame() {
    let Some((mut h, element, _directory)) = harness(&[("inference-interval", "3")]) else {
        return;
    };
    let info = start(&mut h, VideoFormat::Gray8, 320, 192);
    let out = run(&mut h, &info, 0..7);
    assert_eq!(counts(&out), [Some(1), None, None, Some(1), None, None, Some(1)]);
    // Changed while playing.
    element.set_property("inference-interval", 1u32);
    assert_eq!(counts(&run(&mut h, &info, 7..9)), [Some(1), Some(1)]);
}

#[test]
fn interval_looks_again_after_stream_time() {
    let Some((mut h, _, _directory)) = harness(&[("interval", "100000000")]) else {
        return;
    };
    let info = start(&mut h, VideoFormat::Gray8, 320, 192);
    let out = run(&mut h, &info, 0..7);
    assert_eq!(counts(&out), [Some(1), None, None, Some(1), None, None, Some(1)]);
    // Back in time, as after a seek without a flush: look.
    assert_eq!(counts(&run(&mut h, &info, 1..2)), [Some(1)]);
}

#[test]
fn flush_discont_and_a_new_stream_start_the_pace_anew() {
    let Some((mut h, _, _directory)) = harness(&[("inference-interval", "100")]) else {
        return;
    };
    let info = start(&mut h, VideoFormat::Gray8, 320, 192);
    assert_eq!(counts(&run(&mut h, &info, 0..2)), [Some(1), None]);

    assert!(h.push_event(gst::event::FlushStart::new()));
    let refused = h.push(at(frame(&info, &[], 0), 2));
    assert_eq!(refused, Err(gst::FlowError::Flushing));
    assert!(h.push_event(gst::event::FlushStop::new(true)));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    assert!(h.push_event(gst::event::Segment::new(&segment)));
    assert_eq!(counts(&run(&mut h, &info, 0..2)), [Some(1), None]);

    let mut buffer = at(frame(&info, &[(80, 80, 255)], 0), 2);
    buffer.get_mut().unwrap().set_flags(gst::BufferFlags::DISCONT);
    assert_eq!(counts(&[h.push_and_pull(buffer).unwrap()]), [Some(1)]);
    assert_eq!(counts(&run(&mut h, &info, 3..4)), [None]);

    assert!(h.push_event(gst::event::StreamStart::new("other")));
    start(&mut h, VideoFormat::Gray8, 320, 192);
    let out = run(&mut h, &info, 0..2);
    assert_eq!(counts(&out), [Some(1), None]);
    assert_eq!(faces(&out[0]).unwrap().frame, 0, "counted anew");
}

#[test]
fn caps_may_change_in_mid_stream() {
    let Some((mut h, _, _directory)) = harness(&[("first-look", "0")]) else {
        return;
    };
    for (format, width, height) in [
        (VideoFormat::Rgb, 320, 192),
        (VideoFormat::Nv12, 161, 163),
        (VideoFormat::Gray8, 640, 360),
    ] {
        let info = start(&mut h, format, width, height);
        let out = h.push_and_pull(at(frame(&info, &[(80, 80, 255)], 0), 0)).unwrap();
        let found = place(&out, (width, height));
        assert!(near(found, [84.0, 84.0, 40.0, 48.0], 4.0), "{format:?}: {found:?}");
    }
}

#[test]
fn a_seek_goes_upstream() {
    let Some((mut h, _, _directory)) = harness(&[]) else {
        return;
    };
    start(&mut h, VideoFormat::Gray8, 320, 192);
    while h.try_pull_upstream_event().is_some() {}
    let (from, none) = (gst::SeekType::Set, gst::SeekType::None);
    let seek = gst::event::Seek::new(
        1.0,
        gst::SeekFlags::FLUSH,
        from,
        1.seconds(),
        none,
        gst::ClockTime::NONE,
    );
    h.push_upstream_event(seek);
    assert_eq!(h.pull_upstream_event().unwrap().type_(), gst::EventType::Seek);
}

#[test]
fn late_frames_pass_without_a_look() {
    let Some((mut h, element, _directory)) = harness(&[("qos", "true")]) else {
        return;
    };
    let info = start(&mut h, VideoFormat::Gray8, 320, 192);
    let late = || {
        gst::event::Qos::builder(gst::QOSType::Underflow, 2.0, 20_000_000)
            .timestamp(40.mseconds())
            .build()
    };
    assert_eq!(counts(&run(&mut h, &info, 0..1)), [Some(1)]);
    h.push_upstream_event(late());
    // Frames at 40 ms are late, from 80 ms on they are not.
    let out = run(&mut h, &info, 1..4);
    assert_eq!(counts(&out), [None, Some(1), Some(1)]);
    let untimed = frame(&info, &[(80, 80, 255)], 0);
    assert_eq!(counts(&[h.push_and_pull(untimed).unwrap()]), [Some(1)], "not known to be late");
    element.set_property("qos", false);
    h.push_upstream_event(late());
    assert_eq!(counts(&run(&mut h, &info, 1..2)), [Some(1)]);
}

#[test]
fn size_border_number_and_region_choose_faces() {
    let Some((mut h, element, _directory)) = harness(&[("first-look", "0")]) else {
        return;
    };
    let info = start(&mut h, VideoFormat::Gray8, 640, 192);
    // Strongest in the middle, one at the left, one that reaches outside on the right.
    let spots = [(320, 80, 255), (80, 80, 220), (628, 80, 240)];
    let mut middles = |set: &[(&str, Option<&str>)]| {
        for (name, value) in set {
            match value {
                Some(value) => element.set_property_from_str(name, value),
                None => element.set_property(name, None::<String>),
            }
        }
        let out = h.push_and_pull(at(frame(&info, &spots, 0), 0)).unwrap();
        let found = faces(&out).expect("looked at").faces;
        found
            .iter()
            .map(|f| ((f.bbox.0[0] + f.bbox.0[2] / 2.0) * 64.0).round() as i32)
            .collect::<Vec<_>>()
    };
    assert_eq!(middles(&[]), [32, 63, 8]);
    assert_eq!(middles(&[("max-faces", Some("2"))]), [32, 63]);
    assert_eq!(middles(&[("max-faces", Some("0")), ("min-size", Some("41"))]), [0i32; 0]);
    assert_eq!(middles(&[("min-size", Some("39")), ("min-border", Some("1"))]), [32, 8]);
    assert_eq!(middles(&[("min-border", Some("0")), ("region", Some("0,0,200,192"))]), [8]);
    // Where nothing can be seen there is an empty list, and no error.
    assert_eq!(middles(&[("region", Some("1000,1000,50,50"))]), [0i32; 0]);
    assert_eq!(middles(&[("region", None)]), [32, 63, 8]);
}

/// FaceRipper's author wished for it: what one detector takes for a face, a second one rules out.
#[test]
fn a_second_detector_must_agree_where_it_is_asked_for() {
    let model = {
        let Some((_h, element, directory)) = harness(&[]) else { return };
        (element.property::<String>("model"), directory)
    };
    let seen = |confirm: bool| {
        let mut settings = vec![("threshold", "0.3"), ("first-look", "0"), ("rejects", "true")];
        if confirm {
            // It asks for a confidence of its own, 0.5.
            settings.extend([("confirm-model", &*model.0), ("confirm-model-kind", "centerface")]);
        }
        let (mut h, _element, _directory) = harness(&settings)?;
        let info = start(&mut h, VideoFormat::Gray8, 640, 192);
        let spots = [(320, 80, 255), (80, 80, 110)];
        let out = h.push_and_pull(at(frame(&info, &spots, 0), 0)).unwrap();
        let rejects = facemeta::Rejects::read(&out).unwrap().0;
        let unconfirmed = rejects.iter().filter(|reject| reject.unconfirmed).count();
        Some((faces(&out).unwrap().faces.len(), unconfirmed))
    };
    assert_eq!(seen(false), Some((2, 0)));
    assert_eq!(seen(true), Some((1, 1)));
}
