// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes out is what full decoding gives: the same frames, numbers, times and pixels.
#![allow(clippy::unwrap_used, clippy::panic)]

mod seeks;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use facemeta::FrameNumber;
use gst::prelude::*;
use gst_video::prelude::*;

use super::probe::begins_anywhere;
use crate::decode::Decoding;
use crate::hardware::Decoders;
use crate::input::Source;
use crate::sampling::{Choice, Chooser, Pace, Sampling};

/// Number, time and pixels of a frame.
type Frame = (u64, Option<gst::ClockTime>, u64);

#[derive(Debug)]
struct Outcome {
    frames: Vec<Frame>,
    coded: u64,
    decoded: u64,
    passed_over: u64,
}

fn decode(file: &Path, sampling: Sampling, decode_all: bool) -> Outcome {
    let (outcome, error) = play(file, sampling, decode_all);
    assert!(error.is_none(), "{}: {error:?}", file.display());
    outcome
}

/// What comes out, and what went wrong.
fn play(file: &Path, sampling: Sampling, decode_all: bool) -> (Outcome, Option<gst::Message>) {
    gst::init().unwrap();
    facemeta::init();
    let pipeline = gst::Pipeline::new();
    let sink = gst_app::AppSink::builder().sync(false).build();
    pipeline.add(&sink).unwrap();
    let source = Source::File(file.to_owned());
    let target = sink.static_pad("sink").unwrap();
    let decoders = Decoders::default();
    let decoding = Decoding::new(
        &pipeline,
        &source,
        &crate::survey::Survey::default(),
        &decoders,
        sampling,
        decode_all,
        &target,
    )
    .unwrap();
    // Nobody here looks behind damage.
    decoding.sampler.over.store(true, Ordering::Relaxed);
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut frames = Vec::new();
    while let Ok(sample) = sink.pull_sample() {
        let buffer = sample.buffer().unwrap();
        let info = gst_video::VideoInfo::from_caps(sample.caps().unwrap()).unwrap();
        let segment = sample.segment().unwrap().downcast_ref::<gst::ClockTime>().unwrap().clone();
        let number = FrameNumber::read(buffer).unwrap().0;
        frames.push((number, segment.to_stream_time(buffer.pts()), pixels(buffer, &info)));
    }
    let bus = pipeline.bus().unwrap();
    let error = bus.pop_filtered(&[gst::MessageType::Error]);
    pipeline.set_state(gst::State::Null).unwrap();
    let read = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
    let sampler = decoding.sampler;
    let outcome = Outcome {
        frames,
        coded: read(&sampler.coded),
        decoded: read(&sampler.decoded),
        passed_over: read(&sampler.passed_over),
    };
    (outcome, error)
}

/// Of what is seen, not of what pads the rows.
fn pixels(buffer: &gst::BufferRef, info: &gst_video::VideoInfo) -> u64 {
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, info).unwrap();
    let mut hasher = DefaultHasher::new();
    for plane in 0..frame.n_planes() {
        let stride = frame.plane_stride()[plane as usize] as usize;
        let width = (frame.comp_width(plane) * frame.comp_pstride(plane) as u32) as usize;
        let rows = frame.plane_data(plane).unwrap().chunks(stride);
        for row in rows.take(frame.comp_height(plane) as usize) {
            row[..width].hash(&mut hasher);
        }
    }
    hasher.finish()
}

fn ms(value: u64) -> gst::ClockTime {
    gst::ClockTime::from_mseconds(value)
}

fn sampling(pace: Pace) -> Sampling {
    Sampling { pace, from: ms(0), to: None, first_frame: 0, tolerance: ms(0) }
}

fn step(value: u64) -> Sampling {
    sampling(Pace::Step(ms(value)))
}

/// All the ways of choosing, with a word for messages.
fn samplings() -> Vec<(&'static str, Sampling)> {
    vec![
        ("a frame a second", step(1000)),
        ("dense", step(200)),
        ("denser than frames", step(1)),
        ("sparse", step(3500)),
        ("every seventh frame", sampling(Pace::Nth(7))),
        ("every seventh of a part", Sampling { from: ms(1900), ..sampling(Pace::Nth(7)) }),
        ("key frames", sampling(Pace::Keyframes)),
        ("a part", Sampling { from: ms(1900), to: Some(ms(3300)), ..step(300) }),
        ("every frame of a part", Sampling { from: ms(2500), ..sampling(Pace::Every) }),
        ("resumed", Sampling { first_frame: 70, ..step(400) }),
        ("resumed, densely", Sampling { first_frame: 71, ..step(200) }),
        ("resumed, every seventh", Sampling { first_frame: 71, ..sampling(Pace::Nth(7)) }),
        ("beyond the end", Sampling { from: ms(900_000), ..step(400) }),
    ]
}

/// Compares all ways of choosing with full decoding; of a frame a second, at most this share may be
/// decoded.
fn compare(file: &Path, most: f64) {
    let all = decode(file, sampling(Pace::Every), true);
    assert_eq!(all.decoded, all.frames.len() as u64);
    for (name, sampling) in samplings() {
        let name = format!("{}, {name}", file.display());
        let with = decode(file, sampling, false);
        let without = match sampling.pace {
            Pace::Keyframes => decode(file, sampling, true).frames,
            _ => chosen(&all.frames, sampling),
        };
        assert_eq!(with.frames, without, "{name}");
        let share = with.decoded as f64 / all.decoded as f64;
        let Outcome { decoded, coded, passed_over, .. } = with;
        println!("{name}: {decoded} of {coded} coded, {passed_over} not read, {}", all.decoded);
        assert!(with.decoded > 0, "{name}: nothing at all was decoded");
        if sampling == step(1000) {
            assert!(share <= most, "{name}: {share:.2} decoded");
        }
    }
}

/// Samples that may move are frames of full decoding, near to those of the rule, and cost less.
fn compare_tolerant(file: &Path) {
    let all = decode(file, sampling(Pace::Every), true).frames;
    let rule = decode(file, step(1000), false);
    let tolerant = Sampling { tolerance: ms(240), ..step(1000) };
    let moved = decode(file, tolerant, false);
    assert_eq!(moved.frames.len(), rule.frames.len(), "{}", file.display());
    for (frame, expected) in moved.frames.iter().zip(&rule.frames) {
        assert_eq!(*frame, all[frame.0 as usize], "{}", file.display());
        let away = frame.1.unwrap().absdiff(expected.1.unwrap());
        assert!(away <= ms(240), "{}: {away}", file.display());
    }
    let cheaper = moved.decoded < rule.decoded;
    assert!(cheaper || openly(0.0) > 0.0, "{} {}", moved.decoded, rule.decoded);
    println!("{}: {} instead of {}", file.display(), moved.decoded, rule.decoded);
    let everything = decode(file, tolerant, true);
    assert_eq!(everything.frames, moved.frames, "{}", file.display());
    assert_eq!(everything.decoded, all.len() as u64, "{}", file.display());
    for frame in &moved.frames {
        let resumed = decode(file, Sampling { first_frame: frame.0 + 1, ..tolerant }, false);
        let rest: Vec<_> = moved.frames.iter().filter(|f| f.0 > frame.0).copied().collect();
        assert_eq!(resumed.frames, rest, "{}", file.display());
        assert!(resumed.decoded <= moved.decoded, "{}", file.display());
    }
}

#[test]
fn samples_may_move() {
    let folder = tempfile::tempdir().unwrap();
    let coder = format!("{X264} bframes=3 key-int-max=30 option-string=scenecut=0");
    for (name, coder) in [
        ("closed.mp4", format!("{coder} ! h264parse ! mp4mux")),
        ("open.mkv", format!("{coder}:open-gop=1 ! h264parse ! matroskamux")),
    ] {
        if let Some(file) = film(folder.path(), name, &coder) {
            compare_tolerant(&file);
        }
    }
}

/// The most that may be decoded of a film in open groups: `most` where decoding can begin in each of them,
/// else all references and what is wanted.
fn openly(most: f64) -> f64 {
    gst::init().unwrap();
    let decoder = gst::ElementFactory::find("avdec_h264");
    if decoder.is_some_and(|decoder| begins_anywhere(&decoder)) { most } else { 0.8 }
}

/// Those of all frames that the sampler's rule takes.
fn chosen(all: &[Frame], sampling: Sampling) -> Vec<Frame> {
    let mut chooser = Chooser::new(sampling);
    let choices = all.iter().map(|frame| chooser.choose(frame.1, false));
    let taken = choices.take_while(|choice| *choice != Choice::End).enumerate();
    taken.filter(|(_, choice)| matches!(choice, Choice::Take(_))).map(|(at, _)| all[at]).collect()
}

/// 6 seconds of moving pictures at 25 per second through a part of a pipeline that ends in a muxer;
/// `None` where an element of it is not installed, which is a skip.
fn film(folder: &Path, name: &str, coder: &str) -> Option<PathBuf> {
    film_of(150, folder, name, coder)
}

/// A film of so many pictures.
fn film_of(pictures: u32, folder: &Path, name: &str, coder: &str) -> Option<PathBuf> {
    gst::init().unwrap();
    let file = folder.join(name);
    let source = format!(
        "videotestsrc num-buffers={pictures} pattern=zone-plate kx2=12 ky2=8 kt=3 \
         ! video/x-raw,format=I420,width=320,height=240,framerate=25/1"
    );
    let text = format!("{source} ! {coder} ! filesink location={}", file.display());
    let pipeline = testkit::have("encoder", gst::parse::launch(&text))?;
    pipeline.set_state(gst::State::Playing).unwrap();
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let bus = pipeline.bus().unwrap();
    let message = bus.timed_pop_filtered(gst::ClockTime::from_seconds(240), &ends).unwrap();
    pipeline.set_state(gst::State::Null).unwrap();
    assert_eq!(message.type_(), gst::MessageType::Eos, "{name}: {message:?}");
    Some(file)
}

fn synthetic(name: &str, coder: &str, most: f64) {
    let folder = tempfile::tempdir().unwrap();
    if let Some(file) = film(folder.path(), name, coder) {
        compare(&file, most);
    }
}

fn footage(name: &str, most: f64) {
    with_footage(name, |file| compare(file, most));
}

fn with_footage(name: &str, test: impl Fn(&Path)) {
    if let Some(file) = testkit::footage(name) {
        test(&file);
    }
}

const X264: &str = "x264enc speed-preset=veryfast quantizer=24 pass=quant";

#[test]
fn h264_b_pyramid_in_closed_groups() {
    let coder = format!("{X264} bframes=4 b-pyramid=true key-int-max=50 ! h264parse ! mp4mux");
    synthetic("pyramid.mp4", &coder, 0.25);
    let coder = format!("{X264} bframes=0 key-int-max=40 ! h264parse ! mpegtsmux");
    synthetic("no-b.ts", &coder, 0.9);
}

/// References that no wanted picture needs are left out, too, and the rest is renumbered: with one reference a
/// picture (half of a pyramid's are references, a quarter is needed), however slices are coded and packed.
#[test]
fn h264_unneeded_references() {
    let coder = format!("{X264} ref=1 bframes=3 b-pyramid=true key-int-max=250");
    let films = [
        ("arithmetic.mp4", "option-string=b-adapt=0:scenecut=0 ! h264parse ! mp4mux"),
        ("huffman.mkv", "cabac=false option-string=b-adapt=0:scenecut=0 ! h264parse ! matroskamux"),
        ("slices.ts", "option-string=b-adapt=0:scenecut=0:slices=4 ! h264parse ! mpegtsmux"),
        (
            "temporal.mkv",
            "option-string=b-adapt=0:scenecut=0:direct=temporal ! h264parse ! matroskamux",
        ),
        ("weighted.mkv", "option-string=b-adapt=0:scenecut=0:weightp=2 ! h264parse ! matroskamux"),
    ];
    for (name, rest) in films {
        synthetic(name, &format!("{coder} {rest}"), 0.35);
    }
    let several = "ref=4 option-string=b-adapt=0:scenecut=0:b-pyramid=strict ! h264parse ! mp4mux";
    synthetic("several.mp4", &format!("{X264} bframes=3 key-int-max=250 {several}"), 0.6);
}

#[test]
fn h264_open_groups() {
    let open = "bframes=3 b-pyramid=true key-int-max=25 option-string=open-gop=1:scenecut=0";
    synthetic("open.mkv", &format!("{X264} {open} ! h264parse ! matroskamux"), openly(0.5));
    synthetic("open.ts", &format!("{X264} {open} ! h264parse ! mpegtsmux"), openly(0.5));
}

#[test]
fn h264_without_key_frames() {
    let coder = format!("{X264} intra-refresh=true key-int-max=30 ! h264parse ! matroskamux");
    synthetic("refresh.mkv", &coder, 1.0);
    let coder = format!("{X264} bframes=3 key-int-max=9999 ! h264parse ! matroskamux");
    synthetic("endless.mkv", &coder, 0.6);
}

#[test]
fn h264_interlaced() {
    let coder = format!(
        "capssetter caps=video/x-raw,interlace-mode=interleaved,field-order=top-field-first ! {X264} interlaced=true bframes=2 key-int-max=30 ! h264parse ! matroskamux"
    );
    synthetic("interlaced.mkv", &coder, 0.6);
}

#[test]
fn h264_without_presentation_times() {
    synthetic(
        "raw.h264",
        &format!("{X264} bframes=2 ! h264parse ! video/x-h264,stream-format=byte-stream"),
        1.0,
    );
    synthetic("old.avi", &format!("{X264} bframes=0 ! h264parse ! avimux"), 1.0);
}

#[test]
fn h265() {
    for (name, options, muxer) in [
        ("closed.mp4", "open-gop=0:bframes=4:keyint=40:min-keyint=40:b-pyramid=1", "mp4mux"),
        ("open.mkv", "open-gop=1:bframes=4:keyint=25:min-keyint=25:b-pyramid=1", "matroskamux"),
        (
            "layers.ts",
            "open-gop=1:bframes=4:keyint=25:min-keyint=25:temporal-layers=1",
            "mpegtsmux",
        ),
    ] {
        let coder =
            format!("x265enc speed-preset=ultrafast option-string={options} ! h265parse ! {muxer}");
        synthetic(name, &coder, openly(0.7));
    }
}

#[test]
fn vp8_vp9_and_av1() {
    let vpx = "deadline=1 cpu-used=8 lag-in-frames=12 keyframe-max-dist=40 auto-alt-ref=true";
    synthetic("a.webm", &format!("vp9enc {vpx} ! vp9parse ! matroskamux"), 0.9);
    synthetic("b.webm", &format!("vp8enc {vpx} ! matroskamux"), 0.9);
    synthetic(
        "c.mkv",
        "av1enc cpu-used=6 lag-in-frames=16 keyframe-max-dist=60 ! av1parse ! matroskamux",
        0.9,
    );
}

#[test]
fn what_has_no_parser_is_decoded() {
    synthetic("mpeg4.mkv", "avenc_mpeg4 max-bframes=2 ! mpeg4videoparse ! matroskamux", 1.0);
    synthetic("jpeg.avi", "jpegenc ! avimux", 1.0);
}

#[test]
fn real_films() {
    footage("clips/sitcom-poker-720p.mp4", openly(0.4));
    footage("shots/vfr-dropped-frames.mp4", 0.5);
    footage("shots/open-gop-split.mkv", openly(0.5));
    footage("shots/anamorphic.mp4", 0.6);
}
