// SPDX-License-Identifier: MIT OR Apache-2.0
//! `faceembed` on frames and on crops, with a synthetic network that describes a face by its mean colour.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use facemeta::{CropOrigin, Embedding, Face, FrameFaces, StoredBox};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::{VideoFormat, VideoInfo};

use crate::common::has_runtime;
use crate::{init, mean_colour};

const SIZE: (u32, u32) = (320, 240);

/// `before` and an embedder with the synthetic network, in a harness; `None` without ONNX Runtime.
fn harness(before: &str, set: &str) -> Option<(Harness, tempfile::TempDir)> {
    init();
    if !has_runtime() {
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    let model = mean_colour(directory.path());
    let embed = format!("faceembed model={} model-kind=arcface {set}", model.display());
    let mut harness = Harness::new_parse(&format!("{before}{embed}"));
    let info = VideoInfo::builder(VideoFormat::Rgb, SIZE.0, SIZE.1).fps(gst::Fraction::new(25, 1));
    harness.set_src_caps(info.build().unwrap().to_caps().unwrap());
    Some((harness, directory))
}

/// Redder to the right, greener downwards: every place has a colour of its own.
fn gradient(time: gst::ClockTime) -> gst::Buffer {
    let (width, height) = SIZE;
    let pixel = |x: u32, y: u32| [(x * 255 / width) as u8, (y * 255 / height) as u8, 200];
    let pixels: Vec<u8> =
        (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect();
    let mut buffer = gst::Buffer::from_mut_slice(pixels);
    let writable = buffer.get_mut().unwrap();
    writable.set_pts(time);
    writable.set_duration(40.mseconds());
    buffer
}

/// A face 60x80 pixels large whose middle is at (x, y).
fn face(x: f64, y: f64) -> Face {
    let (w, h) = (f64::from(SIZE.0), f64::from(SIZE.1));
    let (left, top) = (x - 30.0, y - 40.0);
    let points = [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]];
    Face {
        bbox: StoredBox([left / w, top / h, 60.0 / w, 80.0 / h]),
        landmarks: Some(points.map(|[px, py]| [(left + 60.0 * px) / w, (top + 80.0 * py) / h])),
        confidence: 0.9,
        ..Face::default()
    }
}

fn frame(time: gst::ClockTime, faces: Vec<Face>) -> gst::Buffer {
    let mut buffer = gradient(time);
    FrameFaces { frame: 3, faces }.write(buffer.get_mut().unwrap(), SIZE.0, SIZE.1).unwrap();
    buffer
}

fn embeddings(buffer: &gst::Buffer) -> Vec<Option<Embedding>> {
    let faces = FrameFaces::read(buffer, "face", SIZE.0, SIZE.1).unwrap().faces;
    faces.into_iter().map(|face| face.embedding).collect()
}

fn stats(harness: &mut Harness) -> gst::Structure {
    harness.find_element("faceembed").unwrap().property("stats")
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn frames_and_crops_give_the_same_unit_vectors() {
    let Some((mut frames, _frames)) = harness("", "") else {
        return;
    };
    let Some((mut crops, _crops)) = harness("facecrop ! ", "") else {
        return;
    };
    let faces = vec![face(80.0, 100.0), face(240.0, 120.0)];
    let buffer = frame(2.seconds(), faces.clone());
    let before = buffer.map_readable().unwrap().to_vec();
    let out = frames.push_and_pull(buffer).unwrap();
    assert_eq!(out.map_readable().unwrap().as_slice(), before);
    assert_eq!((out.pts(), out.duration()), (Some(2.seconds()), Some(40.mseconds())));

    crops.push(frame(2.seconds(), faces)).unwrap();
    assert_eq!(crops.buffers_received(), 2);
    let on_frame: Vec<_> = embeddings(&out).into_iter().flatten().collect();
    assert_eq!(on_frame.len(), 2);
    for vector in &on_frame {
        let crop = crops.pull().unwrap();
        assert!(CropOrigin::read(&crop).is_some());
        let on_crop = embeddings(&crop).remove(0).unwrap();
        for embedding in [vector, &on_crop] {
            assert_eq!(embedding.model, "mean-colour");
            assert_eq!(embedding.values.len(), 3);
            assert!((cosine(&embedding.values, &embedding.values) - 1.0).abs() < 1e-5);
        }
        let same = cosine(&vector.values, &on_crop.values);
        assert!(same > 0.9999, "{same}");
    }
    assert!(cosine(&on_frame[0].values, &on_frame[1].values) < 0.9, "the two differ");
    assert_eq!(stats(&mut frames).get::<u64>("embedded"), Ok(2));
}

#[test]
fn crops_cut_behind_the_embedder_keep_its_vectors() {
    let Some((mut h, _directory)) = harness("", "! facecrop") else {
        return;
    };
    let crop = h.push_and_pull(frame(0.seconds(), vec![face(80.0, 100.0)]));
    assert!(embeddings(&crop.unwrap())[0].is_some());
}

#[test]
fn the_vector_is_that_of_the_place() {
    let Some((mut h, _directory)) = harness("", "") else {
        return;
    };
    let out = h.push_and_pull(frame(0.seconds(), vec![face(240.0, 120.0)])).unwrap();
    let values = embeddings(&out).remove(0).unwrap().values;
    // Around (240, 120) red is near 191, green near 128 and blue 200.
    let raw = [191.0f32, 128.0, 200.0].map(|v| (v - 127.5) / 127.5);
    let length = cosine(&raw, &raw).sqrt();
    let near = cosine(&values, &raw) / length;
    assert!(near > 0.98, "{values:?}: {near}");
}

#[test]
fn events_keep_their_order_and_frames_without_faces_pass() {
    let Some((mut h, _directory)) = harness("", "") else {
        return;
    };
    h.push_and_pull(gradient(0.seconds())).unwrap();
    let out = h.push_and_pull(frame(40.mseconds(), Vec::new())).unwrap();
    assert_eq!(embeddings(&out), []);
    assert!(h.push_event(gst::event::Eos::new()));
    let types: Vec<_> = std::iter::from_fn(|| h.try_pull_event()).map(|e| e.type_()).collect();
    use gst::EventType as E;
    assert_eq!(types, [E::StreamStart, E::Caps, E::Segment, E::Eos]);
    assert_eq!(h.buffers_received(), 2);
}

#[test]
fn tracks_are_sampled_and_everything_else_is_embedded() {
    let Some((mut h, _directory)) = harness("", "max-samples=2") else {
        return;
    };
    let on_track = |track| Face { track: Some(track), ..face(80.0, 100.0) };
    let mut embedded = |seconds: u64, faces| {
        let out = h.push_and_pull(frame(seconds.seconds(), faces)).unwrap();
        embeddings(&out).iter().map(Option::is_some).collect::<Vec<_>>()
    };
    for second in 0..6 {
        let faces = vec![on_track(1), face(240.0, 120.0)];
        assert_eq!(embedded(second, faces), [second < 2, true], "at {second} s");
    }
    assert_eq!(embedded(6, vec![on_track(2)]), [true], "another track");
    // Guessed boxes are not looked at.
    assert_eq!(embedded(7, vec![Face { interpolated: true, ..face(80.0, 100.0) }]), [false]);
    let stats = stats(&mut h);
    assert_eq!(stats.get::<u64>("embedded"), Ok(2 + 6 + 1), "{stats}");
    assert_eq!(stats.get::<u64>("faces"), Ok(14), "{stats}");
    // A flush begins the tracks anew.
    assert!(h.push_event(gst::event::FlushStart::new()));
    assert!(h.push_event(gst::event::FlushStop::new(true)));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    assert!(h.push_event(gst::event::Segment::new(&segment)));
    let out = h.push_and_pull(frame(0.seconds(), vec![on_track(1)])).unwrap();
    assert!(embeddings(&out)[0].is_some());
}

#[test]
fn a_vector_of_this_model_is_kept_and_one_of_another_replaced() {
    let Some((mut h, _directory)) = harness("", "") else {
        return;
    };
    let with = |model: &str| {
        let embedding =
            Embedding { model: model.to_owned(), values: vec![1.0, 0.0, 0.0], magnitude: None };
        Face { embedding: Some(embedding), ..face(240.0, 120.0) }
    };
    let out =
        h.push_and_pull(frame(0.seconds(), vec![with("mean-colour"), with("other")])).unwrap();
    let found = embeddings(&out);
    assert_eq!(found[0], with("mean-colour").embedding);
    let replaced = found[1].as_ref().unwrap();
    assert_eq!(replaced.model, "mean-colour");
    assert_ne!(replaced.values, [1.0, 0.0, 0.0]);
}

#[test]
fn regions_of_another_detector_are_embedded() {
    let Some((mut h, _directory)) = harness("", "object-class=head") else {
        return;
    };
    let mut buffer = gradient(0.seconds());
    gst_video::VideoRegionOfInterestMeta::add(buffer.get_mut().unwrap(), "head", (210, 80, 60, 80));
    let out = h.push_and_pull(buffer).unwrap();
    assert!(embeddings(&out)[0].is_some());
}

#[test]
fn a_face_without_extent_is_no_panic() {
    let Some((mut h, _directory)) = harness("", "") else {
        return;
    };
    let flat = Face { bbox: StoredBox([0.5, 0.5, 0.0, 0.0]), landmarks: None, ..face(80.0, 100.0) };
    let out = h.push_and_pull(frame(0.seconds(), vec![flat, face(240.0, 120.0)]));
    let found = embeddings(&out.expect("one bad box is no reason to stop"));
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn errors_name_model_and_device() {
    init();
    let directory = tempfile::tempdir().unwrap();
    let model = mean_colour(directory.path());
    let model = model.to_str().unwrap();
    let element = gst::ElementFactory::make("faceembed").property("model", model).build().unwrap();
    let refused = |name: &str, value: &str| {
        let bus = gst::Bus::new();
        element.set_bus(Some(&bus));
        element.set_property(name, value);
        assert!(element.set_state(gst::State::Paused).is_err());
        let message = bus.pop_filtered(&[gst::MessageType::Error]).expect("an error on the bus");
        element.set_state(gst::State::Null).unwrap();
        let gst::MessageView::Error(error) = message.view() else { panic!("{message:?}") };
        error.error()
    };
    let detector = refused("model-kind", "centerface");
    assert!(detector.matches(gst::ResourceError::OpenRead), "{detector:?}");
    assert!(detector.message().contains("no embedder"), "{detector}");
    let device = refused("device", "npu");
    element.set_property("device", "cpu");
    assert!(device.message().contains("no embedder"), "the model comes first: {device}");
    element.set_property("model-kind", "arcface");
    let device = refused("device", "npu");
    assert!(device.matches(gst::ResourceError::Settings), "{device:?}");
    assert!(device.message().contains("npu"), "{device}");
    element.set_property("device", "cpu");
    let missing = refused("model", "/nowhere/b.onnx");
    assert!(missing.matches(gst::ResourceError::NotFound), "{missing:?}");
    assert!(missing.message().contains("/nowhere/b.onnx"), "{missing}");
    if has_runtime() {
        let corrupt = directory.path().join("corrupt.onnx");
        std::fs::write(&corrupt, [0; 100]).unwrap();
        let corrupt = refused("model", corrupt.to_str().unwrap());
        assert!(corrupt.matches(gst::ResourceError::OpenRead), "{corrupt:?}");
        element.set_property("model", model);
        element.set_state(gst::State::Paused).unwrap();
        element.set_state(gst::State::Null).unwrap();
    }
}

#[test]
fn properties_read_back_and_know_when_they_may_change() {
    init();
    let element = gst::ElementFactory::make("rsfaceembed").build().unwrap();
    let listed = [
        ("model", "edgeface-xs", false),
        ("model-kind", "arcface", false),
        ("device", "auto", false),
        ("allow-fallback", "true", false),
        ("threads", "3", false),
        ("flip", "always", false),
        ("max-samples", "7", true),
        ("object-class", "head", true),
        ("qos", "true", true),
    ];
    for (name, text, playing) in listed {
        assert_ne!(text_of(&element, name), text);
        element.set_property_from_str(name, text);
        assert_eq!(text_of(&element, name), text);
        let flags = element.find_property(name).unwrap().flags();
        assert_eq!(flags.contains(gst::PARAM_FLAG_MUTABLE_PLAYING), playing, "{name}");
        assert_eq!(flags.contains(gst::PARAM_FLAG_MUTABLE_READY), !playing, "{name}");
    }
    let own = element
        .list_properties()
        .iter()
        .filter(|p| p.owner_type().name().starts_with("GstRs"))
        .count();
    assert_eq!(own, listed.len() + 1, "the listed ones and stats");
}

fn text_of(element: &gst::Element, name: &str) -> String {
    let value = element.property_value(name);
    match value.get::<Option<String>>() {
        Ok(text) => text.unwrap_or_default(),
        Err(_) => value.serialize().unwrap().to_string(),
    }
}
