// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facedetect` with `batch-size`: frames wait for each other, and none is lost or comes out of turn.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::citizen::{self, dmabuf, picture};
use crate::common::{at, bytes, counts, events, faces, frame, has_runtime, info};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::{VideoFormat, VideoInfo};

fn with_batches(check: fn(&dyn Fn() -> gst::Element)) {
    common::init();
    if has_runtime() {
        let directory = tempfile::tempdir().unwrap();
        check(&|| {
            let element = common::detector(directory.path());
            element.set_property("batch-size", 5u32);
            element
        });
    }
}

citizen::passes_frames!(batches, with_batches:
    events_keep_their_order,
    allocation_is_downstreams,
    drain_finds_nothing_held,
    qos_drops_no_frame
);

/// A started harness around a detector with these properties, and its caps' frames.
struct Started {
    h: Harness,
    element: gst::Element,
    info: VideoInfo,
    _directory: tempfile::TempDir,
}

fn started(batch: u32, set: &[(&str, &str)]) -> Option<Started> {
    common::init();
    if !has_runtime() {
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    let element = common::detector(directory.path());
    element.set_property("batch-size", batch);
    for (name, value) in set {
        element.set_property_from_str(name, value);
    }
    let mut h = Harness::with_element(&element, Some("sink"), Some("src"));
    let info = info(VideoFormat::Nv12, 320, 192);
    h.set_src_caps(info.to_caps().unwrap());
    Some(Started { h, element, info, _directory: directory })
}

impl Started {
    /// A frame that has its spot in a place of its own, and none where its number ends in 9.
    fn frame(&self, index: u64) -> gst::Buffer {
        let place = |step: u64, span: u64| (40 + index * step % span) as u32;
        let spots = [(place(32, 240), place(24, 112), 255)];
        let spots = if index % 10 == 9 { &[] } else { &spots[..] };
        at(frame(&self.info, spots, 0), index)
    }

    fn push(&mut self, indices: impl IntoIterator<Item = u64>) {
        for index in indices {
            let frame = self.frame(index);
            self.h.push(frame).unwrap();
        }
    }

    /// What came out since the last time.
    fn pull(&mut self) -> Vec<gst::Buffer> {
        std::iter::from_fn(|| self.h.try_pull()).collect()
    }

    fn pulled(&mut self) -> Vec<u64> {
        self.pull().iter().map(|b| b.pts().unwrap().mseconds() / 40).collect()
    }
}

#[test]
fn the_faces_are_those_of_frames_looked_at_alone() {
    let mut results = Vec::new();
    for batch in [1, 4, 7, 64] {
        let Some(mut run) = started(batch, &[]) else { return };
        run.push(0..22);
        assert!(run.h.push_event(gst::event::Eos::new()));
        let out = run.pull();
        let times: Vec<_> = out.iter().map(|b| (b.pts(), b.duration())).collect();
        let expected: Vec<_> =
            (0..22).map(|i| (Some(i * 40.mseconds()), Some(40.mseconds()))).collect();
        assert_eq!(times, expected, "{batch}");
        let rois =
            out.iter().map(|b| b.iter_meta::<gst_video::VideoRegionOfInterestMeta>().count());
        assert_eq!(rois.sum::<usize>(), 20, "{batch}");
        results.push(out.iter().map(|b| faces(b).expect("looked at")).collect::<Vec<_>>());
        let stats = run.element.property::<gst::Structure>("stats");
        let count = |name| stats.get::<u64>(name).unwrap();
        assert_eq!((count("frames"), count("inferred"), count("faces")), (22, 22, 20), "{stats}");
    }
    let counts: Vec<_> = results[0].iter().map(|f| (f.frame, f.faces.len())).collect();
    assert_eq!(counts, (0..22).map(|i| (i, usize::from(i % 10 != 9))).collect::<Vec<_>>());
    assert!(results.iter().all(|found| *found == results[0]));
}

#[test]
fn frames_leave_when_there_are_so_many() {
    let Some(mut run) = started(3, &[]) else { return };
    run.push(0..2);
    assert_eq!(run.pulled(), [0u64; 0]);
    run.push(2..4);
    assert_eq!(run.pulled(), [0, 1, 2]);
    run.push(4..5);
    assert_eq!(run.pulled(), [0u64; 0]);
    assert!(run.h.push_event(gst::event::Eos::new()));
    assert_eq!(run.pulled(), [3, 4]);
    use gst::EventType as E;
    assert_eq!(events(&mut run.h), [E::StreamStart, E::Caps, E::Segment, E::Eos]);
}

#[test]
fn frames_without_a_look_wait_their_turn() {
    let Some(mut run) = started(2, &[("inference-interval", "3")]) else { return };
    run.push(0..3);
    assert_eq!(run.pulled(), [0u64; 0]);
    run.push(3..6);
    let out = run.pull();
    assert_eq!(counts(&out), [Some(1), None, None, Some(1), None, None]);
    let times: Vec<_> = out.iter().map(|b| b.pts().unwrap().mseconds() / 40).collect();
    assert_eq!(times, [0, 1, 2, 3, 4, 5]);
    run.push(6..8);
    assert!(run.h.push_event(gst::event::Eos::new()));
    assert_eq!(run.pulled(), [6, 7]);
}

#[test]
fn a_gap_and_tags_come_behind_what_was_in_front_of_them() {
    let Some(mut run) = started(8, &[]) else { return };
    run.push(0..2);
    let gap = gst::event::Gap::builder(80.mseconds()).duration(40.mseconds()).build();
    assert!(run.h.push_event(gap));
    assert_eq!(run.pulled(), [0, 1]);
    run.push(3..4);
    // Lying frames from here on: what waits was upright.
    let mut tags = gst::TagList::new();
    let merge = gst::TagMergeMode::Replace;
    tags.get_mut().unwrap().add::<gst::tags::ImageOrientation>(&"rotate-90", merge);
    assert!(run.h.push_event(gst::event::Tag::new(tags)));
    let upright = run.pull();
    run.push(3..4);
    run.h.srcpad().unwrap().peer_query(&mut gst::query::Drain::new());
    let lying = run.pull();
    let size = |b: &[gst::Buffer]| {
        let [_, _, w, h] = faces(&b[0]).unwrap().faces[0].bbox.0;
        (w * 320.0 > h * 192.0, b.len())
    };
    assert_eq!((size(&upright), size(&lying)), ((false, 1), (true, 1)));
}

#[test]
fn new_caps_find_the_batch_gone() {
    let Some(mut run) = started(8, &[("first-look", "0")]) else { return };
    run.push(0..3);
    run.info = info(VideoFormat::Gray8, 640, 360);
    run.h.set_src_caps(run.info.to_caps().unwrap());
    let out = run.pull();
    assert_eq!(counts(&out), [Some(1); 3]);
    let wide = |b: &gst::Buffer| faces(b).unwrap().faces[0].bbox.0[2];
    assert!((wide(&out[0]) - 40.0 / 320.0).abs() < 0.01);
    run.push(3..5);
    assert!(run.h.push_event(gst::event::Eos::new()));
    let out = run.pull();
    assert_eq!(counts(&out), [Some(1); 2]);
    assert!((wide(&out[0]) - 40.0 / 640.0).abs() < 0.01);
}

#[test]
fn a_flush_drops_what_waits() {
    let Some(mut run) = started(3, &[]) else { return };
    run.push(0..2);
    assert!(run.h.push_event(gst::event::FlushStart::new()));
    assert!(run.h.push_event(gst::event::FlushStop::new(true)));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    assert!(run.h.push_event(gst::event::Segment::new(&segment)));
    run.push(50..53);
    assert_eq!(run.pulled(), [50, 51, 52]);
    assert!(run.h.push_event(gst::event::Eos::new()));
    assert_eq!(run.pulled(), [0u64; 0]);
}

/// The base class marks the next frame that leaves; that would be one from before the break.
#[test]
fn only_the_frame_behind_a_break_is_marked() {
    let Some(mut run) = started(2, &[]) else { return };
    run.push(0..3);
    let mut broken = run.frame(3);
    broken.get_mut().unwrap().set_flags(gst::BufferFlags::DISCONT);
    run.h.push(broken).unwrap();
    run.push(4..6);
    let marked: Vec<_> =
        run.pull().iter().map(|b| b.flags().contains(gst::BufferFlags::DISCONT)).collect();
    assert_eq!(marked[1..], [false, false, true, false, false]);
}

#[test]
fn stopping_drops_what_waits_and_starting_begins_anew() {
    let Some(mut run) = started(3, &[]) else { return };
    run.push(0..2);
    run.element.set_state(gst::State::Ready).unwrap();
    assert_eq!(run.pulled(), [0u64; 0]);
    run.element.set_state(gst::State::Playing).unwrap();
    assert!(run.h.push_event(gst::event::StreamStart::new("again")));
    run.h.set_src_caps(run.info.to_caps().unwrap());
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    assert!(run.h.push_event(gst::event::Segment::new(&segment)));
    run.push(10..13);
    let frames: Vec<_> = run.pull().iter().map(|b| faces(b).unwrap().frame).collect();
    assert_eq!(frames, [0, 1, 2]);
}

#[test]
fn the_wait_is_told_and_so_are_the_buffers_it_takes() {
    let Some(mut run) = started(6, &[("inference-interval", "2"), ("interval", "100000000")])
    else {
        return;
    };
    let bus = gst::Bus::new();
    run.element.set_bus(Some(&bus));
    run.h.set_upstream_latency(30.mseconds());
    run.h.set_live(true);
    let ask = |h: &Harness| {
        let mut query = gst::query::Latency::new();
        assert!(h.sinkpad().unwrap().peer_query(&mut query));
        query.result().1
    };
    // 100 ms are three frames at 25 per second: five looks more come after fifteen frames.
    assert_eq!(ask(&run.h), (30 + 15 * 40).mseconds());
    let slow = VideoInfo::builder(VideoFormat::Nv12, 320, 192).fps(gst::Fraction::new(5, 1));
    run.h.set_src_caps(slow.build().unwrap().to_caps().unwrap());
    // Every second frame of five a second.
    assert_eq!(ask(&run.h), (30 + 10 * 200).mseconds());
    assert!(bus.pop_filtered(&[gst::MessageType::Latency]).is_some());

    let caps = run.h.srcpad().unwrap().current_caps().unwrap();
    let mut query = gst::query::Allocation::new(Some(&caps), true);
    assert!(run.h.srcpad().unwrap().peer_query(&mut query));
    let pools: Vec<_> =
        query.allocation_pools().map(|(_, size, min, max)| (size, min, max)).collect();
    assert_eq!(pools, [(run.info.size() as u32, 5, 0)]);
}

/// A frame's memory that says when it is let go.
struct Counted {
    bytes: Vec<u8>,
    alive: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

/// docs/design/predecessors.md 2.4 #7: the frames of a whole batch were held twice, once more as a copy.
#[test]
fn no_more_frames_are_held_than_a_batch_has_and_none_is_copied() {
    for batch in [1, 6] {
        let Some(mut run) = started(batch, &[]) else { return };
        let alive = Arc::new(AtomicUsize::new(0));
        let (mut most, mut sent, mut came) = (0, Vec::new(), Vec::new());
        for index in 0..30 {
            let bytes = bytes(&run.frame(index));
            alive.fetch_add(1, Ordering::SeqCst);
            let frame = gst::Buffer::from_slice(Counted { bytes, alive: alive.clone() });
            sent.push(frame.peek_memory(0).as_ptr());
            run.h.push(at(frame, index)).unwrap();
            most = most.max(alive.load(Ordering::SeqCst));
            came.extend(run.pull().iter().map(|b| b.peek_memory(0).as_ptr()));
        }
        assert_eq!((most, alive.load(Ordering::SeqCst)), (batch as usize, 0));
        assert_eq!(came, sent, "the pixels were copied");
    }
}

#[test]
fn a_frame_that_cannot_be_read_stops_its_batch() {
    let Some(mut run) = started(2, &[]) else { return };
    let bus = gst::Bus::new();
    run.element.set_bus(Some(&bus));
    run.h.set_src_caps(citizen::device_caps(&run.info, "DMABuf"));
    let frame = |index, readable| dmabuf(&picture(&run.info, index, 0), readable);
    let (first, second) = (frame(0, true), frame(1, false));
    assert!(run.h.push(first).is_ok());
    assert_eq!(run.h.push(second), Err(gst::FlowError::Error));
    assert!(bus.pop_filtered(&[gst::MessageType::Error]).is_some());
    assert!(run.h.push_event(gst::event::Eos::new()));
    assert_eq!(run.pulled(), [0u64; 0]);
}

#[test]
fn a_model_for_one_frame_is_an_error_at_the_start() {
    common::init();
    if !has_runtime() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let element = common::detector(directory.path());
    common::spots_on(directory.path(), 1.into());
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    element.set_state(gst::State::Paused).unwrap();
    element.set_state(gst::State::Null).unwrap();
    element.set_property("batch-size", 2u32);
    assert!(element.set_state(gst::State::Paused).is_err());
    let message = bus.pop_filtered(&[gst::MessageType::Error]).expect("an error on the bus");
    element.set_state(gst::State::Null).unwrap();
    let gst::MessageView::Error(error) = message.view() else { panic!("{message:?}") };
    assert!(error.error().matches(gst::ResourceError::Settings), "{error:?}");
    let text = error.error().message().to_owned();
    assert!(text.contains("'spots'") && text.contains("batch size"), "{text}");
}
