// SPDX-License-Identifier: MIT OR Apache-2.0
//! The faces come back from a buffer as they were put on it, also behind other elements.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use facemeta::{CropOrigin, Embedding, Face, FrameFaces, FrameNumber};

fn init() {
    gst::init().unwrap();
    facemeta::init();
}

fn faces() -> FrameFaces {
    FrameFaces {
        frame: 17,
        faces: vec![
            Face {
                bbox: [0.25, 0.125, 0.5, 0.25],
                landmarks: Some([[0.3, 0.2], [0.6, 0.2], [0.45, 0.25], [0.35, 0.3], [0.55, 0.3]]),
                confidence: 0.75,
                track: Some(3),
                shot: Some(1),
                setup: Some(0),
                filled: true,
                quality: Some(0.5),
                sharpness: Some(100.0),
                blurry: true,
                embedding: Some(Embedding { model: "some".into(), values: vec![0.6, -0.8] }),
            },
            Face { bbox: [0.0, 0.0, 0.1, 0.1], confidence: 0.5, ..Face::default() },
        ],
    }
}

fn buffer_with_faces() -> gst::Buffer {
    let mut buffer = gst::Buffer::with_size(64 * 64 * 3 / 2).unwrap();
    faces().write(buffer.get_mut().unwrap(), 64, 64).unwrap();
    buffer
}

#[test]
fn comes_back_whole() {
    init();
    let mut buffer = buffer_with_faces();
    assert_eq!(FrameFaces::read(&buffer, "face", 64, 64), Some(faces()));
    // Written again, it replaces what was there.
    let fewer = FrameFaces { frame: 18, faces: vec![] };
    fewer.write(buffer.get_mut().unwrap(), 64, 64).unwrap();
    assert_eq!(FrameFaces::read(&buffer, "face", 64, 64), Some(fewer));
    assert_eq!(buffer.iter_meta::<gst_video::VideoRegionOfInterestMeta>().count(), 0);
}

#[test]
fn nobody_looked_is_not_nobody_there() {
    init();
    let buffer = gst::Buffer::with_size(1).unwrap();
    assert_eq!(FrameFaces::read(&buffer, "face", 64, 64), None);
}

#[test]
fn regions_of_other_detectors_are_read() {
    init();
    let mut buffer = gst::Buffer::with_size(1).unwrap();
    gst_video::VideoRegionOfInterestMeta::add(buffer.get_mut().unwrap(), "face", (16, 8, 32, 16));
    gst_video::VideoRegionOfInterestMeta::add(buffer.get_mut().unwrap(), "car", (0, 0, 8, 8));
    let read = FrameFaces::read(&buffer, "face", 64, 64).unwrap();
    assert_eq!(read.faces.len(), 1);
    assert_eq!(read.faces[0].bbox, [0.25, 0.125, 0.5, 0.25]);
}

#[test]
fn both_forms_say_the_same() {
    init();
    let buffer = buffer_with_faces();
    let rois: Vec<_> = buffer.iter_meta::<gst_video::VideoRegionOfInterestMeta>().collect();
    assert_eq!(rois.len(), 2);
    assert_eq!(rois[0].rect(), (16, 8, 32, 16));
    assert_eq!(rois[0].param("object_id").unwrap().get::<i32>("id").unwrap(), 3);
    let tensor = rois[0].param("inference_layer_name:embedding").unwrap();
    assert_eq!(tensor.get::<&str>("model_name").unwrap(), "some");
    assert_ne!(rois[0].id(), rois[1].id());
}

#[test]
fn survives_conversion_and_scaling_but_not_cropping() {
    init();
    for (element, survives) in [
        ("videoconvert ! capsfilter caps=video/x-raw,format=RGB", true),
        ("videoscale ! capsfilter caps=video/x-raw,width=32,height=48", true),
        ("videocrop left=8", false),
        ("videoflip video-direction=90r", false),
    ] {
        let mut harness = gst_check::Harness::new_parse(element);
        harness.set_src_caps_str("video/x-raw,format=I420,width=64,height=64,framerate=25/1");
        let out = harness.push_and_pull(buffer_with_faces()).unwrap();
        let read = FrameFaces::read(&out, "no such class", 32, 48);
        assert_eq!(read, survives.then(faces), "{element}");
    }
}

#[test]
fn number_and_origin_come_back() {
    init();
    let mut buffer = gst::Buffer::new();
    assert_eq!(FrameNumber::read(&buffer), None);
    FrameNumber(7).write(buffer.get_mut().unwrap()).unwrap();
    assert_eq!(FrameNumber::read(&buffer), Some(FrameNumber(7)));
    let origin = CropOrigin {
        frame: 7,
        index: 1,
        stream_time: Some(gst::ClockTime::from_mseconds(40)),
        bbox: [1.0, 2.0, 3.0, 4.0],
        landmarks: None,
        face: faces().faces.remove(0),
    };
    origin.write(buffer.get_mut().unwrap()).unwrap();
    assert_eq!(CropOrigin::read(&buffer), Some(origin));
}

#[test]
fn rejects_come_back_as_they_were_written() {
    init();
    let mut buffer = gst::Buffer::new();
    assert_eq!(facemeta::Rejects::read(&buffer), None);
    let reject = facemeta::Reject {
        face: Face { bbox: [0.1, 0.2, 0.3, 0.4], confidence: 0.31, ..Face::default() },
        too_low: true,
        too_small: false,
        too_close: true,
    };
    let rejects = facemeta::Rejects(vec![reject.clone(), facemeta::Reject::default()]);
    rejects.write(buffer.get_mut().unwrap()).unwrap();
    assert_eq!(facemeta::Rejects::read(&buffer), Some(rejects));
}
