// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facedetect`, `facetrack` and `facecrop` as parts of anybody's pipeline.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use crate::common::citizen::{self, dmabuf, harness, picture};
use crate::common::{at, events, has_runtime, info};
use gst::prelude::*;
use gst_video::VideoFormat;

citizen::passes_frames!(detect, with_detector);
citizen::passes_frames!(track, with_tracker);

fn with_detector(check: fn(&dyn Fn() -> gst::Element)) {
    common::init();
    if has_runtime() {
        let directory = tempfile::tempdir().unwrap();
        check(&|| common::detector(directory.path()));
    }
}

fn with_tracker(check: fn(&dyn Fn() -> gst::Element)) {
    common::init();
    check(&|| gst::ElementFactory::make("facetrack").build().unwrap());
}

fn cropper() -> gst::Element {
    common::init();
    gst::ElementFactory::make("facecrop").build().unwrap()
}

#[test]
fn frames_that_nobody_looks_at_are_not_mapped() {
    common::init();
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let element = common::detector(directory.path());
    element.set_property("inference-interval", 3u32);
    let mut h = harness(&element);
    let info = info(VideoFormat::Nv12, 320, 192);
    h.set_src_caps(citizen::device_caps(&info, "DMABuf"));
    h.push(dmabuf(&picture(&info, 0, 0), true)).unwrap();
    // Only every third could be read, and no other need be.
    h.push(dmabuf(&picture(&info, 1, 0), false)).unwrap();
    h.push(dmabuf(&picture(&info, 2, 0), false)).unwrap();
    h.push(dmabuf(&picture(&info, 3, 0), true)).unwrap();
    assert_eq!(h.push(dmabuf(&picture(&info, 4, 0), false)), Ok(gst::FlowSuccess::Ok));
}

#[test]
fn crops_come_out_of_device_memories_and_frames_without_faces_are_not_mapped() {
    let element = cropper();
    let mut h = harness(&element);
    let offered = h.srcpad().unwrap().peer_query_caps(None);
    let mut wanted = citizen::DEVICES.map(|memory| format!("memory:{memory}")).to_vec();
    wanted.push("memory:SystemMemory".into());
    assert_eq!(citizen::memories(&offered), wanted);
    for memory in citizen::DEVICES {
        for format in citizen::formats(&element, Some(memory)) {
            let info = info(format, 321, 179);
            h.set_src_caps(citizen::device_caps(&info, memory));
            let before = h.buffers_received();
            h.push(picture(&info, 0, 29)).unwrap();
            assert_eq!(h.buffers_received(), before + 1, "{memory} {format:?}");
            let caps = h.sinkpad().unwrap().current_caps().unwrap();
            assert!(caps.features(0).unwrap().contains("memory:SystemMemory"), "{caps}");
        }
    }
    let info = info(VideoFormat::Nv12, 320, 192);
    h.set_src_caps(citizen::device_caps(&info, "DMABuf"));
    let plain = at(common::frame(&info, &[], 0), 1);
    assert_eq!(h.push(dmabuf(&plain, false)), Ok(gst::FlowSuccess::Ok));
    h.push(dmabuf(&picture(&info, 2, 0), true)).unwrap();
}

#[test]
fn crops_of_unreadable_memory_are_an_error() {
    citizen::unreadable_memory_is_an_error(&cropper);
}

#[test]
fn a_cropper_tells_its_latency() {
    citizen::latency_is_told(&cropper);
}

#[test]
fn a_flush_between_two_crops_of_a_frame_leaves_none_behind() {
    citizen::a_flush_leaves_nothing_behind(&cropper);
}

#[test]
fn a_frame_without_a_byte_becomes_a_gap() {
    let element = cropper();
    let mut h = harness(&element);
    let info = info(VideoFormat::Nv12, 320, 192);
    h.set_src_caps(info.to_caps().unwrap());
    let mut empty = at(gst::Buffer::new(), 0);
    citizen::with_faces(&mut empty, &info, 1);
    h.push(empty).unwrap();
    assert_eq!(h.buffers_received(), 0);
    assert_eq!(events(&mut h).last(), Some(&gst::EventType::Gap));
    let stats = element.property::<gst::Structure>("stats");
    let count = |name| stats.get::<u64>(name).unwrap();
    assert_eq!((count("frames"), count("crops"), count("gaps")), (1, 0, 1), "{stats}");
}

#[test]
fn a_collection_of_streams_passes_the_cropper() {
    let mut h = harness(&cropper());
    let info = info(VideoFormat::Nv12, 320, 192);
    h.set_src_caps(info.to_caps().unwrap());
    let collection = gst::StreamCollection::builder(Some("all")).build();
    assert!(h.push_event(gst::event::StreamCollection::new(&collection)));
    h.push(picture(&info, 0, 0)).unwrap();
    assert!(h.push_event(gst::event::Eos::new()));
    use gst::EventType as E;
    let types = events(&mut h);
    assert_eq!(types.iter().filter(|t| **t == E::StreamCollection).count(), 1, "{types:?}");
    assert_eq!((types[0], types.last()), (E::StreamStart, Some(&E::Eos)), "{types:?}");
}
