// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every element that passes frames on owes a pipeline, whatever it does with their faces.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use facemeta::{Face, FrameFaces, StoredBox};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::{VideoFormat, VideoInfo};

pub use super::memory::*;
use super::{at, bytes, frame, info};

pub fn harness(element: &gst::Element) -> Harness {
    Harness::with_element(element, Some("sink"), Some("src"))
}

/// A frame with a white spot, and a face of somebody else's detector around it.
pub fn picture(info: &VideoInfo, index: u64, padding: usize) -> gst::Buffer {
    let mut buffer = at(frame(info, &[(80, 80, 255)], padding), index);
    with_faces(&mut buffer, info, 1);
    buffer
}

pub fn with_faces(buffer: &mut gst::Buffer, info: &VideoInfo, count: usize) {
    let (w, h) = (f64::from(info.width()), f64::from(info.height()));
    let face = Face {
        bbox: StoredBox([64.0 / w, 60.0 / h, 40.0 / w, 48.0 / h]),
        confidence: 0.9,
        ..Face::default()
    };
    let faces = FrameFaces { frame: 0, faces: vec![face; count] };
    faces.write(buffer.get_mut().unwrap(), info.width(), info.height()).unwrap();
}

/// One buffer out for each in, the very same memory, with all that was attached.
pub fn as_many_out_as_in_untouched(make: &dyn Fn() -> gst::Element) {
    let element = make();
    let mut h = harness(&element);
    for format in formats(&element, None) {
        for (padding, (width, height)) in [(0, (321, 179)), (29, (321, 179)), (64, (320, 180))] {
            let info = info(format, width, height);
            h.set_src_caps(info.to_caps().unwrap());
            for index in 0..3 {
                let mut buffer = picture(&info, index, padding);
                let flags = [
                    gst::BufferFlags::MARKER | gst::BufferFlags::DISCONT,
                    gst::BufferFlags::GAP | gst::BufferFlags::DELTA_UNIT,
                    gst::BufferFlags::CORRUPTED | gst::BufferFlags::DROPPABLE,
                ][index as usize];
                {
                    let buffer = buffer.get_mut().unwrap();
                    buffer.set_flags(flags);
                    buffer.set_dts(gst::ClockTime::from_mseconds(7));
                    buffer.set_offset(90 + index);
                    buffer.set_offset_end(91 + index);
                    let caps = gst::Caps::new_empty_simple("timestamp/x-ntp");
                    let (time, none) = (gst::ClockTime::from_seconds(5), gst::ClockTime::NONE);
                    gst::ReferenceTimestampMeta::add(buffer, &caps, time, none);
                }
                let what = format!("{format:?}+{padding} frame {index}");
                let before = bytes(&buffer);
                // As behind a tee: somebody else holds the buffer, too.
                let shared = buffer.clone();
                let out = h.push_and_pull(buffer).unwrap();
                assert_eq!(out.pts(), Some(index * gst::ClockTime::from_mseconds(40)), "{what}");
                assert_eq!(out.duration(), Some(gst::ClockTime::from_mseconds(40)), "{what}");
                assert_eq!(out.dts(), Some(gst::ClockTime::from_mseconds(7)), "{what}");
                assert_eq!((out.offset(), out.offset_end()), (90 + index, 91 + index), "{what}");
                assert!(out.flags().contains(flags), "{what}: {:?}", out.flags());
                assert!(out.meta::<gst::ReferenceTimestampMeta>().is_some(), "{what}");
                assert!(out.meta::<gst_video::VideoMeta>().is_some(), "{what}");
                assert_eq!(bytes(&out), before, "{what}");
                let same = out.peek_memory(0).as_ptr() == shared.peek_memory(0).as_ptr();
                assert!(same, "{what}: the pixels were copied");
            }
        }
    }
}

/// Everything that comes in front, between and behind buffers goes through, in that order.
pub fn events_keep_their_order(make: &dyn Fn() -> gst::Element) {
    use gst::EventType as E;
    let element = make();
    let mut h = harness(&element);
    let info = info(VideoFormat::Nv12, 320, 192);
    // The harness's own, of which the first caps event sends the rest.
    h.set_src_caps(info.to_caps().unwrap());
    let collection = gst::StreamCollection::builder(Some("all"))
        .stream(gst::Stream::new(
            Some("one"),
            None,
            gst::StreamType::VIDEO,
            gst::StreamFlags::empty(),
        ))
        .build();
    assert!(h.push_event(gst::event::StreamCollection::new(&collection)));
    let mut tags = gst::TagList::new();
    tags.get_mut().unwrap().add::<gst::tags::Title>(&"film", gst::TagMergeMode::Replace);
    assert!(h.push_event(gst::event::Tag::new(tags)));
    h.push(picture(&info, 0, 0)).unwrap();
    let custom = gst::Structure::new_empty("somebody-elses");
    assert!(h.push_event(gst::event::CustomDownstream::new(custom.clone())));
    assert!(h.push_event(gst::event::Gap::new(
        gst::ClockTime::from_mseconds(40),
        gst::ClockTime::from_mseconds(40)
    )));
    h.push(picture(&info, 2, 0)).unwrap();
    assert!(h.push_event(gst::event::Eos::new()));
    let out: Vec<_> = std::iter::from_fn(|| h.try_pull_event()).collect();
    let types: Vec<_> = out.iter().map(|e| e.type_()).collect();
    let expected = [
        E::StreamStart,
        E::Caps,
        E::Segment,
        E::StreamCollection,
        E::Tag,
        E::CustomDownstream,
        E::Gap,
        E::Eos,
    ];
    assert_eq!(types, expected);
    let gst::EventView::StreamCollection(passed) = out[3].view() else { panic!() };
    assert_eq!(passed.stream_collection(), collection, "untouched");
    assert_eq!(h.buffers_received(), 2);
}

/// What downstream offers reaches upstream, and rows may lie as upstream likes.
pub fn allocation_is_downstreams(make: &dyn Fn() -> gst::Element) {
    let element = make();
    let mut h = harness(&element);
    let regions = <gst_video::VideoRegionOfInterestMeta as gst::MetaAPI>::meta_api();
    h.add_propose_allocation_meta(regions, None);
    let info = info(VideoFormat::Nv12, 320, 192);
    let caps = info.to_caps().unwrap();
    h.set_src_caps(caps.clone());
    h.push(picture(&info, 0, 0)).unwrap();
    let mut query = gst::query::Allocation::new(Some(&caps), true);
    assert!(h.srcpad().unwrap().peer_query(&mut query));
    let metas: Vec<_> = query.allocation_metas().map(|(api, _)| api).collect();
    let video_meta = <gst_video::VideoMeta as gst::MetaAPI>::meta_api();
    assert!(metas.contains(&video_meta), "{metas:?}");
    assert!(metas.contains(&regions), "{metas:?}");
}

/// Upstream's latency and what the element itself takes, for live pipelines and others.
pub fn latency_is_told(make: &dyn Fn() -> gst::Element) {
    for live in [true, false] {
        tells_latency(&make(), live);
    }
}

fn tells_latency(element: &gst::Element, live: bool) {
    let bus = gst::Bus::new();
    let mut h = harness(element);
    element.set_bus(Some(&bus));
    h.set_upstream_latency(gst::ClockTime::from_mseconds(30));
    let info = info(VideoFormat::Nv12, 320, 192);
    h.set_src_caps(info.to_caps().unwrap());
    let ask = |h: &Harness| {
        let mut query = gst::query::Latency::new();
        assert!(h.sinkpad().unwrap().peer_query(&mut query));
        query.result()
    };
    h.set_live(live);
    let (_, before, _) = ask(&h);
    assert!(!live || before == gst::ClockTime::from_mseconds(30), "{before}");
    h.push(picture(&info, 0, 0)).unwrap();
    let (still, min, max) = ask(&h);
    assert_eq!(still, live);
    let own = min - before;
    assert!(own > gst::ClockTime::ZERO && own < gst::ClockTime::from_seconds(20), "{own}");
    assert!(max.is_none_or(|max| max >= min), "{max:?}");
    let reported = bus.pop_filtered(&[gst::MessageType::Latency]).is_some();
    assert_eq!(reported, live, "only who plays live is told of a change");
}

/// DRAIN is answered once everything is through: nothing is held back.
pub fn drain_finds_nothing_held(make: &dyn Fn() -> gst::Element) {
    let element = make();
    let mut h = harness(&element);
    let info = info(VideoFormat::Nv12, 320, 192);
    h.set_src_caps(info.to_caps().unwrap());
    for index in 0..5 {
        h.push(picture(&info, index, 0)).unwrap();
    }
    h.srcpad().unwrap().peer_query(&mut gst::query::Drain::new());
    assert_eq!(h.buffers_received(), 5);
}

/// Caps may change with every frame: size, format, memory.
pub fn caps_change_in_mid_stream(make: &dyn Fn() -> gst::Element) {
    let element = make();
    let mut h = harness(&element);
    for (i, (format, width, height)) in [
        (VideoFormat::Rgb, 320, 192),
        (VideoFormat::Nv12, 161, 163),
        (VideoFormat::Gray8, 640, 360),
        (VideoFormat::I420, 320, 192),
    ]
    .into_iter()
    .enumerate()
    {
        let info = info(format, width, height);
        let caps = info.to_caps().unwrap();
        h.set_src_caps(caps.clone());
        h.push_and_pull(picture(&info, i as u64, 0)).unwrap();
        assert_eq!(h.sinkpad().unwrap().current_caps(), Some(caps));
    }
}

/// A frame without a byte, as some elements make them for gaps, passes.
pub fn empty_frames_pass(make: &dyn Fn() -> gst::Element) {
    let element = make();
    let bus = gst::Bus::new();
    let mut h = harness(&element);
    element.set_bus(Some(&bus));
    let info = info(VideoFormat::Nv12, 320, 192);
    h.set_src_caps(info.to_caps().unwrap());
    let mut empty = at(gst::Buffer::new(), 0);
    empty.get_mut().unwrap().set_flags(gst::BufferFlags::GAP);
    with_faces(&mut empty, &info, 1);
    assert_eq!(h.push_and_pull(empty).unwrap().size(), 0);
    h.push_and_pull(picture(&info, 1, 0)).unwrap();
    assert!(bus.pop_filtered(&[gst::MessageType::Error]).is_none());
}

/// Nothing from before a flush comes out behind it, though it was on its way.
pub fn a_flush_leaves_nothing_behind(make: &dyn Fn() -> gst::Element) {
    let element = make();
    let mut h = harness(&element);
    let info = info(VideoFormat::Nv12, 320, 192);
    h.set_src_caps(info.to_caps().unwrap());
    // Downstream takes no buffer, so the next one stays on its way.
    let source = element.static_pad("src").unwrap();
    let mask = gst::PadProbeType::BLOCK | gst::PadProbeType::BUFFER;
    let (reached, arrived) = std::sync::mpsc::channel();
    let block = source.add_probe(mask, move |_, _| {
        let _ = reached.send(());
        gst::PadProbeReturn::Ok
    });
    let pad = h.srcpad().unwrap();
    let mut first = picture(&info, 5, 0);
    with_faces(&mut first, &info, 2);
    let pushing = std::thread::spawn({
        let pad = pad.clone();
        move || pad.push(first)
    });
    arrived.recv_timeout(std::time::Duration::from_secs(60)).unwrap();
    assert!(pad.push_event(gst::event::FlushStart::new()));
    assert_eq!(pushing.join().unwrap(), Err(gst::FlowError::Flushing));
    if let Some(block) = block {
        source.remove_probe(block);
    }
    assert!(pad.push_event(gst::event::FlushStop::new(true)));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    assert!(pad.push_event(gst::event::Segment::new(&segment)));
    h.push(picture(&info, 50, 0)).unwrap();
    let out: Vec<_> = std::iter::from_fn(|| h.try_pull()).map(|b| b.pts()).collect();
    assert_eq!(out, [Some(gst::ClockTime::from_mseconds(2000))]);
}

/// Late frames are not dropped, whatever QoS says.
pub fn qos_drops_no_frame(make: &dyn Fn() -> gst::Element) {
    let element = make();
    element.set_property("qos", true);
    let mut h = harness(&element);
    let info = info(VideoFormat::Nv12, 320, 192);
    h.set_src_caps(info.to_caps().unwrap());
    let late = gst::event::Qos::builder(gst::QOSType::Underflow, 4.0, 4_000_000_000)
        .timestamp(gst::ClockTime::from_mseconds(400))
        .build();
    h.push_upstream_event(late);
    for index in 0..10 {
        h.push(frame_without_faces(&info, index)).unwrap();
    }
    assert_eq!(h.buffers_received(), 10);
    let seen = std::iter::from_fn(|| h.try_pull_upstream_event());
    assert!(seen.map(|e| e.type_()).any(|e| e == gst::EventType::Qos), "upstream is told too");
    element.set_property("qos", false);
}

fn frame_without_faces(info: &VideoInfo, index: u64) -> gst::Buffer {
    at(frame(info, &[], 0), index)
}

/// A module with a test for each check of this file, on the element that `$with` hands it.
// Not every test file that has this module runs these checks.
#[allow(unused_macros)]
macro_rules! passes_frames {
    ($module:ident, $with:ident) => {
        $crate::common::citizen::passes_frames!($module, $with:
            as_many_out_as_in_untouched,
            events_keep_their_order,
            allocation_is_downstreams,
            latency_is_told,
            drain_finds_nothing_held,
            caps_change_in_mid_stream,
            empty_frames_pass,
            device_memories_pass,
            memories_are_negotiated_end_to_end,
            dmabuf_is_mapped_for_reading_only,
            unreadable_memory_is_an_error,
            a_flush_leaves_nothing_behind,
            qos_drops_no_frame
        );
    };
    ($module:ident, $with:ident: $($check:ident),*) => {
        mod $module {
            $(#[test] fn $check() { super::$with($crate::common::citizen::$check) })*
        }
    };
}
#[allow(unused_imports)]
pub(crate) use passes_frames;
