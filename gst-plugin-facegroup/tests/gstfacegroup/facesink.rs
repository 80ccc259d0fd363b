// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facesink`: what it leaves on disk, whatever the stream does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::common::{
    SIDE, crop, error, folders, gap, harness, init, picture, push_frames, segment, sink,
};
use dataset::{Dataset, InputInfo, InputState, Loaded, RunInfo};
use grouping::cluster::Options;
use gst::prelude::*;
use gstfacegroup::facesink::FaceSink;

fn read(location: &Path) -> Loaded {
    Dataset::read(location).unwrap()
}

#[test]
fn eos_leaves_groups_and_a_summary() {
    let directory = tempfile::tempdir().unwrap();
    let (mut h, bus) = harness(&sink(directory.path()));
    push_frames(&mut h, 0..8);
    assert!(h.push_event(gap(8)));
    assert!(h.push_event(gst::event::Eos::new()));
    let messages: Vec<_> = bus.iter().collect();
    assert!(messages.iter().all(|m| m.type_() != gst::MessageType::Error), "{messages:?}");

    let dataset = read(directory.path());
    assert_eq!(dataset.faces.len(), 16);
    assert_eq!(dataset.embeddings.dim(), (16, 4));
    assert_eq!(dataset.run.inputs[0].state, InputState::Complete);
    assert_eq!(dataset.run.embedding_model.as_deref(), Some("synthetic"));
    assert_eq!(dataset.groups.unwrap().groups.len(), 2);
    let face = &dataset.faces[2];
    assert_eq!((face.video.as_str(), face.frame, face.face), ("film.mkv", 1, 0));
    assert_eq!((face.bbox.0, face.pts), ([10.0, 20.0, 30.0, 40.0], 0.04));
    assert_eq!(folders(directory.path()), [8, 8]);
    let kept = image::open(directory.path().join(face.file.as_ref().unwrap())).unwrap().to_rgb8();
    assert_eq!(kept.dimensions(), (SIDE, SIDE));
    assert!(kept.pixels().all(|p| p.0[0].abs_diff(200) < 6 && p.0[1] < 8), "rows without padding");

    let message = messages.iter().find(|m| m.type_() == gst::MessageType::Element);
    let summary = message.unwrap().structure().unwrap();
    assert_eq!(summary.name(), "facesink-summary");
    assert_eq!(summary.get::<u64>("faces"), Ok(16));
    assert_eq!(summary.get::<u64>("people"), Ok(2));
    assert_eq!(summary.get::<u64>("unsure"), Ok(0));
    assert_eq!(summary.get::<&str>("location"), Ok(directory.path().to_str().unwrap()));
    assert!(Path::new(summary.get::<&str>("report").unwrap()).is_file());
}

#[test]
fn every_algorithm_groups_at_the_end_of_the_stream() {
    for algorithm in ["average", "kmeans", "gmm", "complete", "bundles", "dbscan", "online"] {
        let directory = tempfile::tempdir().unwrap();
        let sink = sink(directory.path());
        sink.set_property_from_str("algorithm", algorithm);
        sink.set_property("clusters", "2");
        let (mut h, bus) = harness(&sink);
        push_frames(&mut h, 0..8);
        assert!(h.push_event(gst::event::Eos::new()));
        assert_eq!(error(&bus), None);
        assert_eq!(folders(directory.path()), [8, 8], "{algorithm}");
        assert_eq!(read(directory.path()).groups.unwrap().algorithm, algorithm);
    }
}

#[test]
fn no_face_at_all_is_a_dataset_too() {
    let directory = tempfile::tempdir().unwrap();
    let (mut h, bus) = harness(&sink(directory.path()));
    for frame in 0..5 {
        assert!(h.push_event(gap(frame)));
    }
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(error(&bus), None);
    let dataset = read(directory.path());
    assert_eq!((dataset.faces.len(), dataset.run.inputs[0].state), (0, InputState::Complete));
    assert!(directory.path().join("report.html").is_file());
}

#[test]
fn stopped_before_the_end_it_can_be_read_and_gone_on_with() {
    let directory = tempfile::tempdir().unwrap();
    let element = sink(directory.path());
    element.set_property_from_str("mode", "collect");
    let (mut h, _) = harness(&element);
    push_frames(&mut h, 0..6);
    element.set_state(gst::State::Null).unwrap();
    drop(h);
    let dataset = read(directory.path());
    assert_eq!(dataset.faces.len(), 12);
    assert_ne!(dataset.run.inputs[0].state, InputState::Complete);
    assert!(dataset.groups.is_none());
    // As `facegroup group` does.
    facegroup::group(directory.path(), &Options::new(0.5)).unwrap();
    assert_eq!(folders(directory.path()), [6, 6]);

    // The same stream again, from its start: no face comes twice.
    let (mut h, bus) = harness(&sink(directory.path()));
    push_frames(&mut h, 0..8);
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(error(&bus), None);
    assert_eq!(read(directory.path()).faces.len(), 16);
    assert_eq!(folders(directory.path()), [8, 8]);
}

#[test]
fn the_same_run_again_on_a_finished_folder_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let (mut h, bus) = harness(&sink(directory.path()));
        push_frames(&mut h, 0..8);
        for frame in 8..10 {
            assert!(h.push_event(gap(frame)));
        }
        assert!(h.push_event(gst::event::Eos::new()));
        assert_eq!(error(&bus), None);
        assert_eq!(read(directory.path()).faces.len(), 16);
        assert_eq!(folders(directory.path()), [8, 8]);
    }
}

#[test]
fn another_run_is_refused_unless_it_may_overwrite() {
    let directory = tempfile::tempdir().unwrap();
    let (mut h, _) = harness(&sink(directory.path()));
    push_frames(&mut h, 0..4);
    assert!(h.push_event(gst::event::Eos::new()));

    let other = sink(directory.path());
    other.set_property("prefix", "b_");
    let (mut h, bus) = harness(&other);
    // The first buffer is taken for prerolling, so the refusal may come with the second.
    let refused = (0..2).any(|i| h.push(crop(0, i)) == Err(gst::FlowError::Error));
    assert!(refused);
    let why = error(&bus).expect("an error on the bus");
    assert!(why.matches(gst::ResourceError::OpenWrite), "{why:?}");
    assert!(why.message().contains(directory.path().to_str().unwrap()), "{why}");
    assert!(why.message().contains("prefix"), "{why}");
    other.set_state(gst::State::Null).unwrap();
    drop(h);
    assert_eq!(read(directory.path()).faces.len(), 8, "what was there is there");

    other.set_property("overwrite", true);
    let (mut h, bus) = harness(&other);
    push_frames(&mut h, 0..1);
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(error(&bus), None);
    assert_eq!(read(directory.path()).faces.len(), 2);
}

#[test]
fn flushing_in_mid_stream_neither_hangs_nor_loses_what_came() {
    let directory = tempfile::tempdir().unwrap();
    let (mut h, bus) = harness(&sink(directory.path()));
    push_frames(&mut h, 0..40);
    assert!(h.push_event(gst::event::FlushStart::new()));
    assert_eq!(h.push(crop(40, 0)), Err(gst::FlowError::Flushing));
    assert!(h.push_event(gst::event::FlushStop::new(true)));
    assert!(h.push_event(segment()));
    push_frames(&mut h, 40..42);
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(error(&bus), None);
    assert_eq!(read(directory.path()).faces.len(), 84);
}

#[test]
fn pausing_while_the_disk_is_slow_loses_nothing() {
    init();
    let directory = tempfile::tempdir().unwrap();
    let run = RunInfo::new(vec![InputInfo::for_uri("film.mkv")]);
    let (dataset, _) = Dataset::create_or_resume(directory.path(), run).unwrap();
    let dataset = Arc::new(Mutex::new(dataset));
    let sink = FaceSink::new();
    sink.set_dataset(dataset.clone(), "film.mkv");
    let (mut h, bus) = harness(sink.upcast_ref());
    push_frames(&mut h, 0..1);
    // As a disk that answers nothing, until the queue is full.
    let busy = dataset.lock().unwrap();
    let pushed = Arc::new(AtomicUsize::new(0));
    let pusher = thread::spawn({
        let pushed = pushed.clone();
        move || {
            for frame in 1..100 {
                h.push(crop(frame, 0)).unwrap();
                pushed.fetch_add(1, Ordering::SeqCst);
            }
            h
        }
    });
    while pushed.load(Ordering::SeqCst) < 62 {
        thread::yield_now();
    }
    thread::sleep(Duration::from_millis(100));
    assert!(pushed.load(Ordering::SeqCst) < 99, "the queue is bounded");
    sink.set_state(gst::State::Paused).unwrap();
    sink.set_state(gst::State::Playing).unwrap();
    drop(busy);
    let mut h = pusher.join().expect("pausing is no end of the stream");
    assert!(h.push_event(gst::event::Eos::new()));
    assert_eq!(error(&bus), None);
    assert_eq!(read(directory.path()).faces.len(), 2 + 99);
}

#[test]
fn a_picture_from_nowhere_is_an_error_that_says_what_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let (mut h, bus) = harness(&sink(directory.path()));
    let refused = (0..2).any(|i| h.push(picture(i, [9; 3])) == Err(gst::FlowError::Error));
    assert!(refused);
    let why = error(&bus).expect("an error on the bus");
    assert!(why.matches(gst::StreamError::WrongType), "{why:?}");
    assert!(why.message().contains("put facecrop in front"), "{why}");
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_and_without_a_bus() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    for with_bus in [true, false] {
        let element = sink(&file);
        let (mut h, bus) = harness(&element);
        if !with_bus {
            element.set_bus(None);
        }
        let refused = (0..2).any(|i| h.push(crop(0, i)) == Err(gst::FlowError::Error));
        assert!(refused);
        let why = error(&bus);
        assert_eq!(why.is_some(), with_bus);
        if let Some(why) = why {
            assert!(why.matches(gst::ResourceError::OpenWrite), "{why:?}");
            assert!(why.message().contains(file.to_str().unwrap()), "{why}");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "in the way");
    }
}

#[test]
fn pictures_that_show_nothing_new_are_left_out_where_that_is_wanted() {
    // A threshold of 0 is one, and -1 is none.
    for (window, hash, kept) in [(-1, -1, 8), (0, -1, 1), (-1, 0, 1)] {
        let directory = tempfile::tempdir().unwrap();
        let element = sink(directory.path());
        element.set_property("duplicate-window", window);
        element.set_property("duplicate-hash", hash);
        element.set_property("save-duplicates", true);
        let (mut h, _) = harness(&element);
        // Of one colour each, all have the same hash.
        push_frames(&mut h, 0..4);
        assert!(h.push_event(gst::event::Eos::new()));
        let faces = read(directory.path()).faces;
        assert_eq!(faces.len(), 8);
        assert_eq!(faces.iter().filter(|face| face.file.is_some()).count(), kept);
        let folder = if window == 0 { "dupes1" } else { "dupes2" };
        let saved = std::fs::read_dir(directory.path().join("intermediate").join(folder));
        assert_eq!(saved.map_or(0, Iterator::count), 8 - kept);
    }
}
