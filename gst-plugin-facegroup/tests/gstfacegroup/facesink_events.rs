// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facesink` in pipelines that seek, stop, pause, continue with another stream, and want groups now.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::common::{caps, crop, folders, harness, init, push_frames, put_faces, segment, sink};
use dataset::{Dataset, InputInfo, InputState, RunInfo};
use facegroup::enrolment::Stored;
use facemeta::{CropOrigin, Embedding, FrameFaces};
use grouping::identification::{Person, Reference};
use gst::prelude::*;
use gstfacegroup::facesink::{FaceSink, SummaryMessage};

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

/// The crop of a person whose vector is one of dlib's length.
fn described(frame: u64, person: usize) -> gst::Buffer {
    let mut buffer = crop(frame, person);
    let mut origin = CropOrigin::read(&buffer).unwrap();
    let model = "dlib-resnet".to_owned();
    origin.face.embedding = Some(Embedding { model, values: axis(person), magnitude: None });
    let faces = FrameFaces { frame, faces: vec![origin.face.clone()] };
    let writable = buffer.get_mut().unwrap();
    origin.write(writable).unwrap();
    faces.write(writable, common::SIDE, common::SIDE).unwrap();
    buffer
}

fn axis(person: usize) -> Vec<f32> {
    (0..128).map(|i| if i == person { 1.0 } else { 0.0 }).collect()
}

#[test]
fn known_people_are_named_when_told_and_at_the_end() {
    let model = models::store::resolve("dlib-resnet", None, models::catalogue::Task::Embed);
    if testkit::have("model-dlib-resnet", model).is_none() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (people, out) = (directory.path().join("people.npz"), directory.path().join("out"));
    let reference = Reference { vector: axis(1), ..Reference::default() };
    let ann = Person { name: "Ann".into(), group: None, references: vec![reference] };
    let model = Some("dlib-resnet".to_owned());
    Stored { model, made: None, people: vec![ann] }.write(&people, 1.0).unwrap();
    let sink = sink(&out);
    sink.set_property("refs", people.to_str().unwrap());
    let (mut h, bus) = harness(&sink);
    let push = |h: &mut gst_check::Harness, frames: std::ops::Range<u64>| {
        for frame in frames {
            (0..2).for_each(|person| assert!(h.push(described(frame, person)).is_ok()));
        }
    };
    let pictures = |name: &str| std::fs::read_dir(out.join("faces").join(name)).unwrap().count();
    push(&mut h, 0..4);
    assert!(group_now(&sink));
    let reported = summary(&bus);
    assert_eq!((reported.faces, pictures("Ann"), pictures("other")), (8, 4, 4));
    // Everybody else is no person.
    assert_eq!(reported.people, 1);
    push(&mut h, 4..6);
    assert!(group_now(&sink));
    assert_eq!((summary(&bus).faces, pictures("Ann"), pictures("other")), (12, 6, 6));
    push(&mut h, 6..8);
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!((summary(&bus).faces, pictures("Ann"), pictures("other")), (16, 8, 8));
}

#[test]
fn known_people_that_cannot_be_named_do_not_stop_the_stream() {
    let directory = tempfile::tempdir().unwrap();
    let people = directory.path().join("people.npz");
    let reference = Reference { vector: axis(1), ..Reference::default() };
    let ann = Person { name: "Ann".into(), group: None, references: vec![reference] };
    Stored { model: None, made: None, people: vec![ann] }.write(&people, 1.0).unwrap();
    let sink = sink(&directory.path().join("out"));
    sink.set_property("refs", people.to_str().unwrap());
    let (mut h, bus) = harness(&sink);
    push_frames(&mut h, 0..2);
    assert!(group_now(&sink));
    // Of a model that nobody has.
    let warning = bus.timed_pop_filtered(60.seconds(), &[gst::MessageType::Warning]).unwrap();
    let gst::MessageView::Warning(warning) = warning.view() else { panic!("{warning:?}") };
    assert!(warning.error().to_string().contains("synthetic"), "{warning:?}");
    push_frames(&mut h, 2..4);
    sink.set_state(gst::State::Null).unwrap();
    assert_eq!(Dataset::read(&directory.path().join("out")).unwrap().faces.len(), 8);
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
    put_faces(&pipeline, "faces", 320, 240);
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

/// As `gst-launch-1.0` without `-e` does it on Ctrl-C.
#[test]
fn stopped_before_the_end_it_groups_what_came() {
    let directory = tempfile::tempdir().unwrap();
    let element = sink(directory.path());
    let (mut h, bus) = harness(&element);
    push_frames(&mut h, 0..6);
    element.set_state(gst::State::Ready).unwrap();
    let first = summary(&bus);
    assert_eq!((first.faces, first.people), (12, 2));
    assert_eq!(folders(directory.path()), [6, 6]);
    let dataset = Dataset::read(directory.path()).unwrap();
    assert_ne!(dataset.run.inputs[0].state, InputState::Complete, "the rest may follow");
    drop(h);

    let (mut h, bus) = harness(&sink(directory.path()));
    push_frames(&mut h, 0..8);
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(summary(&bus).faces, 16);
    assert_eq!(folders(directory.path()), [8, 8]);

    // Of what is complete nothing is new, and nothing is grouped for it.
    let groups = directory.path().join("groups.json");
    std::fs::remove_file(&groups).unwrap();
    let element = sink(directory.path());
    let (mut h, _) = harness(&element);
    push_frames(&mut h, 0..5);
    element.set_state(gst::State::Null).unwrap();
    assert!(!groups.exists());
}

#[test]
fn groups_that_cannot_be_made_while_stopping_are_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let element = sink(directory.path());
    let (mut h, bus) = harness(&element);
    push_frames(&mut h, 0..2);
    // In the way of the page.
    std::fs::create_dir(directory.path().join("report.html")).unwrap();
    element.set_state(gst::State::Null).unwrap();
    let warning = bus.pop_filtered(&[gst::MessageType::Warning]).expect("a warning");
    let gst::MessageView::Warning(warning) = warning.view() else { panic!() };
    assert!(warning.error().message().contains("report.html"), "{warning:?}");
    assert_eq!(Dataset::read(directory.path()).unwrap().faces.len(), 4);
}
