// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facesink` in a whole pipeline, and its properties.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common::{init, put_faces};
use dataset::Dataset;
use gst::prelude::*;

#[test]
fn two_sinks_of_one_pipeline_write_two_datasets() {
    init();
    let directory = tempfile::tempdir().unwrap();
    let (a, b) = (directory.path().join("a"), directory.path().join("b"));
    let description = format!(
        "videotestsrc num-buffers=6 ! video/x-raw,format=I420,width=320,height=240 ! identity name=faces \
         ! facecrop ! tee name=t t. ! queue ! facesink location={} t. ! queue ! facesink location={} mode=collect format=png",
        a.display(),
        b.display()
    );
    let pipeline = gst::parse::launch(&description).unwrap().downcast::<gst::Pipeline>().unwrap();
    put_faces(&pipeline, "faces", 320, 240);
    pipeline.set_state(gst::State::Playing).unwrap();
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let message = pipeline.bus().unwrap().timed_pop_filtered(60.seconds(), &ends).expect("an end");
    assert_eq!(message.type_(), gst::MessageType::Eos, "{message:?}");
    // Both are complete before EOS is told.
    for (location, extension) in [(&a, "jpg"), (&b, "png")] {
        let dataset = Dataset::read(location).unwrap();
        assert_eq!(dataset.faces.len(), 6);
        assert_eq!(dataset.faces.iter().map(|f| f.frame).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
        assert!(dataset.faces.iter().all(|f| f.file.as_ref().unwrap().ends_with(extension)));
        assert_eq!(dataset.groups.is_some(), extension == "jpg", "mode");
    }
    pipeline.set_state(gst::State::Null).unwrap();
}

/// A result of other settings was resumed without a word; what the program calls --min-track-length was only told
/// by messages.
#[test]
fn a_result_of_other_settings_is_not_gone_on_with() {
    init();
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out");
    let play = |track: &str, crop: &str| {
        let description = format!(
            "videotestsrc num-buffers=6 ! video/x-raw,format=I420,width=320,height=240 ! identity name=faces \
             ! facetrack {track} ! facecrop {crop} ! facesink location={}",
            out.display()
        );
        let pipeline = gst::parse::launch(&description).unwrap();
        let pipeline = pipeline.downcast::<gst::Pipeline>().unwrap();
        put_faces(&pipeline, "faces", 320, 240);
        pipeline.set_state(gst::State::Playing).unwrap();
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        let end = pipeline.bus().unwrap().timed_pop_filtered(60.seconds(), &ends).expect("an end");
        pipeline.set_state(gst::State::Null).unwrap();
        match end.view() {
            gst::MessageView::Error(error) => Err(error.error().message().to_owned()),
            _ => Ok(()),
        }
    };
    assert_eq!(play("min-hits=7", "square=true"), Ok(()));
    let settings = Dataset::run_info(&out).unwrap().settings;
    assert_eq!(settings.other["facecrop square"], true);
    assert_eq!(settings.track.and_then(|track| track.min_length), Some(7));
    assert_eq!(play("min-hits=7 qos=true", "square=true"), Ok(()));
    for other in [play("min-hits=7", "square=false"), play("", "square=true")] {
        let why = other.unwrap_err();
        assert!(why.contains("another run") && why.contains("null"), "{why}");
    }
}

#[test]
fn properties_read_back_and_cannot_change_while_playing() {
    init();
    let element = gst::ElementFactory::make("rsfacesink").build().unwrap();
    let listed = [
        ("location", "elsewhere"),
        ("prefix", "a_"),
        ("video", "b.mkv"),
        ("mode", "collect"),
        ("threshold", "0.25"),
        ("calibrate", "false"),
        ("keep-unrecognisable", "true"),
        ("format", "png"),
        ("quality", "75"),
        ("overwrite", "true"),
        ("algorithm", "kmeans"),
        ("clusters", "2,4"),
        ("save-all", "true"),
        ("random-state", "7"),
        ("matching-threshold", "0.5"),
        ("merging-threshold", "0"),
        ("batch-size", "100"),
        ("bundle-size", "20"),
        ("bundle-min", "10"),
        ("bundle-max", "30"),
        ("eps", "0.25"),
        ("min-points", "5"),
        ("duplicate-window", "8"),
        ("duplicate-hash", "0"),
        ("duplicate-hash-kind", "block"),
        ("duplicate-embedding", "0.25"),
        ("save-duplicates", "true"),
        ("save-blurry", "true"),
        ("refs", "people"),
        ("name-threshold", "0.25"),
        ("others", "drop"),
        ("library", "lib"),
    ];
    for (name, text) in listed {
        assert_ne!(text_of(&element, name), text);
        element.set_property_from_str(name, text);
        assert_eq!(text_of(&element, name), text);
        let flags = element.find_property(name).unwrap().flags();
        assert!(flags.contains(gst::PARAM_FLAG_MUTABLE_READY), "{name}");
        assert!(!flags.contains(gst::PARAM_FLAG_MUTABLE_PLAYING), "{name}");
    }
    let own = element
        .list_properties()
        .iter()
        .filter(|p| p.owner_type().name().starts_with("GstRs"))
        .count();
    assert_eq!(own, listed.len() + 1, "the listed ones and stats");
    assert!(!element.property::<bool>("sync"), "as fast as frames come");
    assert!(!element.property::<bool>("enable-last-sample"), "pins no picture");
}

#[test]
fn settings_of_algorithms_are_checked_before_anything_is_played() {
    init();
    for algorithm in ["average", "kmeans", "gmm", "complete", "bundles", "dbscan", "online"] {
        let element = gst::ElementFactory::make("rsfacesink").build().unwrap();
        element.set_property_from_str("algorithm", algorithm);
        assert_eq!(text_of(&element, "algorithm"), algorithm);
    }
    for (algorithm, name, value) in [
        ("kmeans", "clusters", "2..9"),
        ("kmeans", "clusters", "0"),
        ("gmm", "clusters", "0"),
        ("bundles", "bundle-min", "19"),
        ("bundles", "bundle-max", "17"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let location = directory.path().join("out");
        let description = format!(
            "appsrc ! facesink name=sink location={} algorithm={algorithm}",
            location.display()
        );
        let pipeline =
            gst::parse::launch(&description).unwrap().downcast::<gst::Pipeline>().unwrap();
        pipeline.by_name("sink").unwrap().set_property_from_str(name, value);
        assert!(pipeline.set_state(gst::State::Paused).is_err());
        let errors = [gst::MessageType::Error];
        let message = pipeline.bus().unwrap().timed_pop_filtered(5.seconds(), &errors);
        let gst::MessageView::Error(error) = message.as_ref().unwrap().view() else { panic!() };
        assert!(error.error().matches(gst::ResourceError::Settings), "{error:?}");
        assert!(error.error().to_string().contains(name), "{error:?}");
        assert!(!location.exists());
        pipeline.set_state(gst::State::Null).unwrap();
    }
}

#[test]
fn known_people_that_are_not_there_are_told_before_anything_is_played() {
    init();
    let directory = tempfile::tempdir().unwrap();
    let (people, location) = (directory.path().join("people"), directory.path().join("out"));
    for missing in [true, false] {
        if !missing {
            // A folder without a picture is nobody, never everyone.
            std::fs::create_dir_all(people.join("ann")).unwrap();
        }
        let element = gst::ElementFactory::make("rsfacesink")
            .property("location", location.to_str().unwrap())
            .property("refs", people.to_str().unwrap())
            .build()
            .unwrap();
        let pipeline = gst::Pipeline::new();
        pipeline.add(&element).unwrap();
        assert!(pipeline.set_state(gst::State::Paused).is_err());
        let errors = [gst::MessageType::Error];
        let message = pipeline.bus().unwrap().timed_pop_filtered(5.seconds(), &errors);
        let gst::MessageView::Error(error) = message.as_ref().unwrap().view() else { panic!() };
        assert!(error.error().matches(gst::ResourceError::Settings), "{error:?}");
        assert!(error.error().to_string().contains("people"), "{error:?}");
        assert!(!location.exists());
        pipeline.set_state(gst::State::Null).unwrap();
    }
}

fn text_of(element: &gst::Element, name: &str) -> String {
    let value = element.property_value(name);
    match glib::EnumValue::from_value(&value) {
        Some((_, value)) => value.nick().to_owned(),
        None => match value.get::<Option<String>>() {
            Ok(text) => text.unwrap_or_default(),
            Err(_) => value.serialize().unwrap().to_string(),
        },
    }
}

/// Who writes into frames or keeps them takes them where a processor writes: frames of a device are
/// refused when the elements are linked, with a download in front they are taken.
#[test]
fn frames_of_devices_are_refused_by_name_where_they_would_have_to_be_written() {
    init();
    for (name, format) in [("facemask", "NV12"), ("facesink", "RGB")] {
        let element = gst::ElementFactory::make(name).build().unwrap();
        let pad = element.static_pad("sink").unwrap();
        let fields = format!("format={format},width=320,height=192,framerate=25/1");
        let accepts = |memory: &str| {
            let caps = format!("video/x-raw{memory},{fields}").parse::<gst::Caps>().unwrap();
            pad.query_accept_caps(&caps)
        };
        assert!(accepts("") && accepts("(memory:SystemMemory)"), "{name}");
        for memory in ["CUDAMemory", "VAMemory", "DMABuf", "VASurface", "GLMemory"] {
            assert!(!accepts(&format!("(memory:{memory})")), "{name} {memory}");
            let line = format!(
                "appsrc name=source ! capsfilter caps=video/x-raw(memory:{memory}),{fields} ! {name}"
            );
            assert!(gst::parse::launch(&line).is_err(), "{name} {memory}");
        }
    }
}
