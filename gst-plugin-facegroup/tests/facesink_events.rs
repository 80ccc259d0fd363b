// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facesink` in pipelines that seek, stop, pause, go on with another stream, and want groups now.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::{Arc, Mutex, Once};

use facemeta::{CropOrigin, Embedding, Face, FrameFaces};
use grouping::dataset::{Dataset, InputInfo, RunInfo};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::{VideoFormat, VideoInfo};
use gstfacegroup::facesink::{FaceSink, SummaryMessage};

const SIDE: u32 = 32;

fn init() {
    static INIT: Once = Once::new();
    INIT.call_once(|| {
        gst::init().unwrap();
        // As G_DEBUG=fatal-warnings: GLib's complaints are failures.
        glib::log_set_always_fatal(
            glib::LogLevels::LEVEL_CRITICAL | glib::LogLevels::LEVEL_WARNING,
        );
        gstfacegroup::plugin_register_static().unwrap();
        gstfacedetect::plugin_register_static().unwrap();
    });
}

fn sink(location: &Path) -> gst::Element {
    init();
    gst::ElementFactory::make("facesink")
        .property("location", location.to_str().unwrap())
        .property("video", "film.mkv")
        .property("threshold", 0.5f32)
        .property("calibrate", false)
        .build()
        .unwrap()
}

fn harness(sink: &gst::Element) -> (Harness, gst::Bus) {
    let mut harness = Harness::with_element(sink, Some("sink"), None);
    let bus = gst::Bus::new();
    sink.set_bus(Some(&bus));
    harness.set_src_caps(caps());
    (harness, bus)
}

fn caps() -> gst::Caps {
    VideoInfo::builder(VideoFormat::Rgb, SIDE, SIDE).build().unwrap().to_caps().unwrap()
}

/// The crop of a person (0, 1, …) on a frame; each person has a track, a colour and a vector.
fn crop(frame: u64, person: usize) -> gst::Buffer {
    let colour = [200, 80 * person as u8, 0];
    let mut buffer = gst::Buffer::from_mut_slice(colour.repeat((SIDE * SIDE) as usize));
    let mut values = vec![0.0; 4];
    values[person] = 1.0;
    let face = Face {
        bbox: [0.1, 0.2, 0.3, 0.4],
        confidence: 0.9,
        track: Some(person as u64),
        shot: Some(0),
        quality: Some(0.8),
        embedding: Some(Embedding { model: "made".into(), values }),
        ..Face::default()
    };
    let writable = buffer.get_mut().unwrap();
    writable.set_pts(frame * 40.mseconds());
    let origin = CropOrigin {
        frame,
        index: person as u32,
        stream_time: Some(frame * 40.mseconds()),
        bbox: [10.0, 20.0, 30.0, 40.0],
        landmarks: None,
        face: face.clone(),
    };
    origin.write(writable).unwrap();
    FrameFaces { frame, faces: vec![face] }.write(writable, SIDE, SIDE).unwrap();
    buffer
}

/// Two people on each of these frames.
fn push_frames(h: &mut Harness, frames: std::ops::Range<u64>) {
    for frame in frames {
        for person in 0..2 {
            h.push(crop(frame, person)).unwrap();
        }
    }
}

fn segment() -> gst::Event {
    gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new())
}

/// How many pictures each folder has.
fn folders(location: &Path) -> Vec<usize> {
    let faces = std::fs::read_dir(location.join("faces")).unwrap();
    let count = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        path.is_dir().then(|| std::fs::read_dir(path).unwrap().count())
    };
    let mut counts: Vec<_> = faces.filter_map(count).collect();
    counts.sort_unstable();
    counts
}

fn summary(bus: &gst::Bus) -> SummaryMessage {
    let types = [gst::MessageType::Element, gst::MessageType::Error, gst::MessageType::Warning];
    let message = bus.timed_pop_filtered(60.seconds(), &types).expect("a summary");
    SummaryMessage::try_from(message.structure().unwrap())
        .unwrap_or_else(|e| panic!("{e}: {message:?}"))
}

fn group_now(sink: &gst::Element) -> bool {
    sink.emit_by_name::<bool>("group-now", &[])
}

#[test]
fn groups_when_told_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let sink = sink(directory.path());
    let (mut h, bus) = harness(&sink);
    assert!(!group_now(&sink), "nothing came yet");
    push_frames(&mut h, 0..4);
    assert!(group_now(&sink));
    let first = summary(&bus);
    assert_eq!((first.faces, first.people, first.unsure), (8, 2, 0));
    assert_eq!(first.location, directory.path());
    assert!(first.report.is_file());
    assert_eq!(folders(directory.path()), [4, 4]);
    // While paused, too, and twice at once.
    sink.set_state(gst::State::Paused).unwrap();
    assert!(group_now(&sink) && group_now(&sink));
    assert_eq!((summary(&bus).faces, summary(&bus).faces), (8, 8));
    sink.set_state(gst::State::Playing).unwrap();

    push_frames(&mut h, 4..8);
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(summary(&bus).faces, 16);
    let dataset = Dataset::read(directory.path()).unwrap();
    assert_eq!((dataset.faces.len(), dataset.embeddings.dim()), (16, (16, 4)));
    assert_eq!(dataset.run.counts.get("faces"), Some(&16));
    assert_eq!(folders(directory.path()), [8, 8]);
    for face in &dataset.faces {
        assert!(directory.path().join(face.file.as_ref().unwrap()).is_file(), "{face:?}");
    }
    assert!(!group_now(&sink), "it is all over");
}

#[test]
fn a_kill_behind_grouping_now_can_be_gone_on_with() {
    let directory = tempfile::tempdir().unwrap();
    let element = sink(directory.path());
    let (mut h, bus) = harness(&element);
    push_frames(&mut h, 0..4);
    assert!(group_now(&element));
    summary(&bus);
    push_frames(&mut h, 4..6);
    element.set_state(gst::State::Null).unwrap();
    drop(h);
    let (mut h, bus) = harness(&sink(directory.path()));
    push_frames(&mut h, 0..8);
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(summary(&bus).faces, 16);
    assert_eq!(folders(directory.path()), [8, 8]);
}

#[test]
fn a_dataset_of_the_application_is_grouped_by_the_application() {
    init();
    let directory = tempfile::tempdir().unwrap();
    let run = RunInfo::new(vec![InputInfo::for_uri("film.mkv")]);
    let (dataset, _) = Dataset::create_or_resume(directory.path(), run).unwrap();
    let sink = FaceSink::new();
    sink.set_dataset(Arc::new(Mutex::new(dataset)), "film.mkv");
    let (mut h, _) = harness(sink.upcast_ref());
    push_frames(&mut h, 0..2);
    assert!(!sink.group_now());
}

#[test]
fn what_comes_again_after_a_seek_is_not_written_again() {
    let directory = tempfile::tempdir().unwrap();
    let sink = sink(directory.path());
    let (mut h, bus) = harness(&sink);
    push_frames(&mut h, 0..6);
    assert!(h.push_event(gst::event::FlushStart::new()));
    assert!(h.push_event(gst::event::FlushStop::new(true)));
    assert!(h.push_event(segment()));
    push_frames(&mut h, 2..8);
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(summary(&bus).faces, 16);
    let stats = sink.property::<gst::Structure>("stats");
    let count = |name| stats.get::<u64>(name).unwrap();
    assert_eq!((count("faces"), count("repeated"), count("waiting")), (24, 8, 0), "{stats}");
}

#[test]
fn a_second_stream_goes_on_where_the_first_ended() {
    let directory = tempfile::tempdir().unwrap();
    let (mut h, bus) = harness(&sink(directory.path()));
    push_frames(&mut h, 0..4);
    assert!(h.push_event(gst::event::StreamStart::new("another")));
    assert!(h.push_event(gst::event::Caps::new(&caps())));
    assert!(h.push_event(segment()));
    push_frames(&mut h, 0..4);
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(summary(&bus).faces, 16);
    let faces = Dataset::read(directory.path()).unwrap().faces;
    let frames: Vec<_> = faces.iter().map(|f| f.frame).step_by(2).collect();
    assert_eq!(frames, (0..8).collect::<Vec<_>>());
    // Nobody is followed from one film into the next.
    let tracks: Vec<_> = faces.iter().map(|f| f.track.unwrap()).collect();
    assert_eq!((&tracks[..2], &tracks[8..10]), (&[0, 1][..], &[2, 3][..]));
    assert_eq!((faces[7].shot, faces[8].shot), (Some(0), Some(1)));
    assert_eq!(folders(directory.path()), [8, 8]);
}

#[test]
fn queries_are_answered_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let (mut h, _) = harness(&sink(directory.path()));
    push_frames(&mut h, 0..2);
    let pad = h.srcpad().unwrap();
    pad.peer_query(&mut gst::query::Drain::new());
    pad.peer_query(&mut gst::query::Allocation::new(Some(&caps()), true));
    assert!(pad.peer_query_accept_caps(&caps()));
    let other = "video/x-raw,format=NV12,width=32,height=32,framerate=25/1";
    assert!(!pad.peer_query_accept_caps(&other.parse().unwrap()));
}

/// A live source with a face on each frame.
fn live(location: &Path) -> gst::Pipeline {
    init();
    let description = format!(
        "videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate=100/1 \
         ! identity name=faces ! facecrop ! queue ! facesink name=sink mode=collect location={}",
        location.display()
    );
    let pipeline = gst::parse::launch(&description).unwrap().downcast::<gst::Pipeline>().unwrap();
    let pad = pipeline.by_name("faces").unwrap().static_pad("src").unwrap();
    pad.add_probe(gst::PadProbeType::BUFFER, |_, info| {
        if let Some(gst::PadProbeData::Buffer(buffer)) = &mut info.data {
            let face = Face { bbox: [0.25, 0.25, 0.25, 0.5], confidence: 1.0, ..Face::default() };
            FrameFaces { frame: 0, faces: vec![face] }.write(buffer.make_mut(), 320, 240).unwrap();
        }
        gst::PadProbeReturn::Ok
    });
    pipeline
}

#[test]
fn any_state_follows_any_other_at_any_time() {
    use gst::State::{Null, Paused, Playing, Ready};
    let directory = tempfile::tempdir().unwrap();
    let pipeline = live(directory.path());
    for (turn, state) in
        [Playing, Paused, Playing, Ready, Paused, Null, Playing, Null, Playing, Ready, Null]
            .into_iter()
            .cycle()
            .take(33)
            .enumerate()
    {
        pipeline.set_state(state).unwrap();
        // A few frames, or none.
        std::thread::sleep(std::time::Duration::from_millis(15 * (turn as u64 % 4)));
        let bus = pipeline.bus().unwrap();
        let error = bus.pop_filtered(&[gst::MessageType::Error]);
        assert!(error.is_none(), "{state:?}: {error:?}");
    }
    pipeline.set_state(Null).unwrap();
    Dataset::read(directory.path()).unwrap();
}

#[test]
fn eos_in_mid_stream_ends_a_live_pipeline() {
    let directory = tempfile::tempdir().unwrap();
    let pipeline = live(directory.path());
    pipeline.set_state(gst::State::Playing).unwrap();
    let sink = pipeline.by_name("sink").unwrap();
    while sink.property::<gst::Structure>("stats").get::<u64>("faces").unwrap() < 5 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(pipeline.send_event(gst::event::Eos::new()));
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = pipeline.bus().unwrap().timed_pop_filtered(60.seconds(), &ends).expect("an end");
    assert_eq!(end.type_(), gst::MessageType::Eos, "{end:?}");
    pipeline.set_state(gst::State::Null).unwrap();
    assert!(Dataset::read(directory.path()).unwrap().faces.len() >= 5);
}
