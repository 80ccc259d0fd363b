// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facedetect` around the stream: properties, names, messages, and errors that say what to do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use crate::common::{at, frame, has_runtime, info};
use facemeta::StoredBox;
use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoFormat;
use gstfacedetect::facedetect::FacesMessage;

/// Sets these properties, tries to start and gives the error on the bus.
fn refused(element: &gst::Element, set: &[(&str, &str)]) -> glib::Error {
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    for (name, value) in set {
        element.set_property(name, *value);
    }
    assert!(element.set_state(gst::State::Playing).is_err());
    let message = bus.pop_filtered(&[gst::MessageType::Error]).expect("an error on the bus");
    element.set_state(gst::State::Null).unwrap();
    let gst::MessageView::Error(error) = message.view() else { panic!("{message:?}") };
    error.error()
}

#[test]
fn models_that_cannot_be_used_are_named() {
    common::init();
    let directory = tempfile::tempdir().unwrap();
    let element = common::detector(directory.path());
    let good = element.property::<String>("model");
    let corrupt = directory.path().join("corrupt.onnx");
    std::fs::write(&corrupt, "no network").unwrap();
    let corrupt = corrupt.to_str().unwrap();

    let missing = refused(&element, &[("model", "/nowhere/a.onnx")]);
    assert!(missing.matches(gst::ResourceError::NotFound), "{missing:?}");
    assert!(
        missing.message().contains("/nowhere/a.onnx") && missing.message().contains("centerface")
    );

    let embedder = refused(&element, &[("model", &good), ("model-kind", "arcface")]);
    assert!(embedder.matches(gst::ResourceError::OpenRead), "{embedder:?}");
    assert!(embedder.message().contains("arcface"), "{embedder}");
    assert!(embedder.message().contains("no detector"), "{embedder}");

    let unknown = refused(&element, &[("model-kind", "haar")]);
    assert!(unknown.matches(gst::ResourceError::OpenRead), "{unknown:?}");
    assert!(unknown.message().contains("haar") && unknown.message().contains("yunet"), "{unknown}");

    element.set_property("model-kind", None::<String>);
    let unsaid = refused(&element, &[]);
    assert!(unsaid.matches(gst::ResourceError::OpenRead), "{unsaid:?}");
    assert!(
        unsaid.message().contains(&good) && unsaid.message().contains("centerface"),
        "{unsaid}"
    );

    if !has_runtime() {
        return;
    }
    let broken = refused(&element, &[("model", corrupt), ("model-kind", "centerface")]);
    assert!(broken.matches(gst::ResourceError::OpenRead), "{broken:?}");
    assert!(broken.message().contains(corrupt), "{broken}");

    let other = refused(&element, &[("model", &good), ("model-kind", "yunet")]);
    assert!(other.matches(gst::ResourceError::OpenRead), "{other:?}");
    assert!(other.message().contains(&good), "{other}");

    // The same element goes with the right ones.
    element.set_property("model-kind", "centerface");
    element.set_state(gst::State::Paused).unwrap();
    element.set_state(gst::State::Null).unwrap();
}

#[test]
fn devices_that_are_not_there_are_errors() {
    common::init();
    let directory = tempfile::tempdir().unwrap();
    let element = common::detector(directory.path());
    let unknown = refused(&element, &[("device", "tpu")]);
    assert!(unknown.matches(gst::ResourceError::Settings), "{unknown:?}");
    assert!(unknown.message().contains("tpu") && unknown.message().contains("cuda:N"), "{unknown}");
    if !has_runtime() {
        return;
    }
    // No machine has so many.
    let absent = refused(&element, &[("device", "cuda:60000")]);
    assert!(absent.matches(gst::ResourceError::Settings), "{absent:?}");
    assert!(absent.message().contains("cuda:60000"), "{absent}");
    element.set_property("allow-fallback", true);
    element.set_state(gst::State::Paused).unwrap();
    let stats = element.property::<gst::Structure>("stats");
    assert_eq!(stats.get::<String>("device").as_deref(), Ok("cpu"), "{stats}");
    element.set_state(gst::State::Null).unwrap();
}

#[test]
fn an_error_without_a_bus_is_no_panic() {
    common::init();
    let element =
        gst::ElementFactory::make("facedetect").property("model", "/nowhere").build().unwrap();
    assert!(element.set_state(gst::State::Playing).is_err());
    element.set_state(gst::State::Null).unwrap();
}

#[test]
fn properties_read_back_and_know_when_they_may_change() {
    common::init();
    let element = gst::ElementFactory::make("facedetect").build().unwrap();
    common::check_properties(
        &element,
        &[
            ("model", "yunet", false),
            ("model-kind", "scrfd", false),
            ("device", "auto", false),
            ("allow-fallback", "true", false),
            ("threads", "3", false),
            ("threshold", "0.25", false),
            ("iou-threshold", "0.5", false),
            ("min-size", "24", true),
            ("min-share", "0.25", true),
            ("rejects", "true", false),
            ("min-border", "2", true),
            ("max-faces", "9", true),
            ("inference-interval", "5", true),
            ("interval", "200000000", true),
            ("search-interval", "200000000", true),
            ("search-ahead", "true", false),
            ("region", "1,2,30,40", true),
            ("input-size", "960", false),
            ("first-look", "0.5", false),
            ("batch-size", "4", false),
            ("post-messages", "every-frame", true),
            ("qos", "true", true),
            ("any-angle", "true", false),
            ("confirm-model", "yunet", false),
            ("confirm-model-kind", "yunet", false),
        ],
    );
    let stats = element.find_property("stats").unwrap().flags();
    assert!(!stats.contains(glib::ParamFlags::WRITABLE));
    // What is no region leaves the one there is, and the element does not start with it.
    element.set_property("region", "1,2,3");
    assert_eq!(element.property::<String>("region"), "1,2,30,40");
}

/// All of the frame was looked at, as if nothing had been asked for.
#[test]
fn a_region_that_cannot_be_read_is_an_error() {
    common::init();
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let element = common::detector(directory.path());
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    let said = || match bus.pop_filtered(&[gst::MessageType::Error]).unwrap().view() {
        gst::MessageView::Error(error) => error.error().message().to_owned(),
        _ => unreachable!(),
    };
    element.set_property("region", "10,10");
    assert!(element.set_state(gst::State::Paused).is_err());
    assert!(said().contains("region: '10,10' is no region"));
    // What else failed for that.
    bus.set_flushing(true);
    bus.set_flushing(false);
    element.set_property("region", "10,10,20,20");
    assert!(element.set_state(gst::State::Paused).is_ok());
    // While it runs it is told at once.
    element.set_property("region", "all");
    assert!(said().contains("'all' is no region"));
    element.set_state(gst::State::Null).unwrap();
}

/// The messages of five frames with 1, 1, 2, 0, 0 faces.
fn messages(when: &str) -> Vec<gst::Structure> {
    let directory = tempfile::tempdir().unwrap();
    let element = common::detector(directory.path());
    element.set_property_from_str("post-messages", when);
    let bus = gst::Bus::new();
    let mut h = Harness::with_element(&element, Some("sink"), Some("src"));
    element.set_bus(Some(&bus));
    let info = info(VideoFormat::Gray8, 320, 192);
    h.set_src_caps(info.to_caps().unwrap());
    let (one, other) = ((80, 80, 255), (240, 80, 230));
    for (i, spots) in [&[one][..], &[one], &[one, other], &[], &[]].iter().enumerate() {
        h.push_and_pull(at(frame(&info, spots, 0), i as u64)).unwrap();
    }
    std::iter::from_fn(|| bus.pop_filtered(&[gst::MessageType::Element]))
        .filter_map(|m| m.structure().map(ToOwned::to_owned))
        .collect()
}

#[test]
fn messages_tell_the_faces_and_when() {
    common::init();
    if !has_runtime() {
        return;
    }
    assert!(messages("none").is_empty());
    let frames = |messages: &[gst::Structure]| {
        messages.iter().map(|m| m.get::<u64>("frame").unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(frames(&messages("on-change")), [0, 2, 3]);
    let every = messages("every-frame");
    assert_eq!(frames(&every), [0, 1, 2, 3, 4]);

    let third = &every[2];
    let typed = FacesMessage::try_from(&**third).unwrap();
    assert_eq!((typed.frame, typed.faces.len()), (2, 2));
    assert_eq!(gst::Structure::from(typed), *third, "there and back");
    assert_eq!(third.name(), "facedetect");
    for time in ["timestamp", "stream-time", "running-time"] {
        assert_eq!(third.get::<gst::ClockTime>(time), Ok(80.mseconds()), "{time}");
    }
    assert_eq!(third.get::<gst::ClockTime>("duration"), Ok(40.mseconds()));
    assert!(!third.get::<String>("stream-id").unwrap().is_empty());
    let faces = third.get::<gst::Array>("faces").unwrap();
    assert_eq!(faces.len(), 2);
    let face = faces[0].get::<gst::Structure>().unwrap();
    assert_eq!(face.name(), "face");
    let number = |name: &str| face.get::<u32>(name).unwrap();
    assert!(number("x").abs_diff(62) <= 4 && number("y").abs_diff(58) <= 4, "{face}");
    assert_eq!((number("width"), number("height")), (40, 48));
    assert!((face.get::<f64>("confidence").unwrap() - 1.0).abs() < 0.01, "{face}");
    assert_eq!(every[4].get::<gst::Array>("faces").unwrap().len(), 0);
}

#[test]
fn both_names_are_ours_in_this_program() {
    common::init();
    for (plain, own) in [("facedetect", "rsfacedetect"), ("facecrop", "rsfacecrop")] {
        for name in [plain, own] {
            let element = gst::ElementFactory::make(name).build().unwrap();
            let factory = element.factory().unwrap();
            assert_eq!(factory.name(), name, "messages are named as the factory");
            assert_eq!(factory.plugin().unwrap().plugin_name(), "facedetect");
            assert!(element.type_().name().starts_with("GstRs"), "OpenCV has GstFaceDetect");
            assert_eq!(factory.rank(), gst::Rank::NONE);
        }
    }
}

#[test]
fn messages_bear_the_name_the_element_was_made_by() {
    common::init();
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let model = common::spots(directory.path());
    let element = gst::ElementFactory::make("rsfacedetect")
        .property("model", model.to_str().unwrap())
        .property("model-kind", "centerface")
        .property_from_str("post-messages", "every-frame")
        .build()
        .unwrap();
    let bus = gst::Bus::new();
    let mut h = Harness::with_element(&element, Some("sink"), Some("src"));
    element.set_bus(Some(&bus));
    let info = info(VideoFormat::Gray8, 320, 192);
    h.set_src_caps(info.to_caps().unwrap());
    h.push_and_pull(at(frame(&info, &[], 0), 0)).unwrap();
    let message = bus.pop_filtered(&[gst::MessageType::Element]).unwrap();
    assert_eq!(message.structure().unwrap().name(), "rsfacedetect");
}

#[test]
fn a_buffer_that_holds_no_frame_is_an_error_that_says_so() {
    common::init();
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let crop = gst::ElementFactory::make("facecrop").build().unwrap();
    for element in [common::detector(directory.path()), crop] {
        let bus = gst::Bus::new();
        let mut h = Harness::with_element(&element, Some("sink"), Some("src"));
        element.set_bus(Some(&bus));
        let info = info(VideoFormat::Nv12, 320, 192);
        h.set_src_caps(info.to_caps().unwrap());
        let mut short = gst::Buffer::with_size(10).unwrap();
        let face = facemeta::Face { bbox: StoredBox([0.2, 0.2, 0.5, 0.5]), ..Default::default() };
        let (frame, faces) = (0, vec![face]);
        facemeta::FrameFaces { frame, faces }.write(short.get_mut().unwrap(), 320, 192).unwrap();
        assert_eq!(h.push(short), Err(gst::FlowError::Error));
        let message = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
        let gst::MessageView::Error(error) = message.view() else { panic!("{message:?}") };
        assert!(error.error().matches(gst::ResourceError::Read), "{error:?}");
        let text = error.error().message().to_owned();
        assert!(text.contains("10 bytes"), "{text}");
    }
}

#[test]
fn gaps_pass_latency_is_upstreams_and_unknown_formats_are_refused() {
    common::init();
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let element = common::detector(directory.path());
    let mut h = Harness::with_element(&element, Some("sink"), Some("src"));
    h.set_upstream_latency(30.mseconds());
    h.set_src_caps(info(VideoFormat::Gray8, 320, 192).to_caps().unwrap());
    assert_eq!(h.query_latency(), Some(30.mseconds()));
    assert!(h.push_event(gst::event::Gap::new(40.mseconds(), 40.mseconds())));
    let types = common::events(&mut h);
    assert_eq!(types.last(), Some(&gst::EventType::Gap), "{types:?}");

    let deep = info(VideoFormat::I42010le, 320, 192).to_caps().unwrap();
    assert!(!element.static_pad("sink").unwrap().query_accept_caps(&deep));
    h.set_src_caps(deep.clone());
    let buffer = gst::Buffer::with_size(4 * 320 * 192).unwrap();
    assert_eq!(h.push(buffer), Err(gst::FlowError::NotNegotiated));
}
