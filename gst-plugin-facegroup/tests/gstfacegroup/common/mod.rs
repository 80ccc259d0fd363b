// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests of this plugin share: GStreamer with fatal warnings, a sink in a harness, and crops
//! of synthetic people.
// Not every test file uses all of it.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use facemeta::{CropOrigin, Embedding, Face, FrameBox, FrameFaces, StoredBox};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::{VideoFormat, VideoInfo};

/// Side of a crop; odd, so that rows of RGB are padded.
pub const SIDE: u32 = 33;

pub fn init() {
    testkit::init_gstreamer(|| {
        gstfacegroup::plugin_register_static().unwrap();
        gstfacedetect::plugin_register_static().unwrap();
    });
}

/// A sink that groups what is written of `film.mkv` at a cosine of 0.5.
pub fn sink(location: &Path) -> gst::Element {
    init();
    gst::ElementFactory::make("facesink")
        .property("location", location.to_str().unwrap())
        .property("video", "film.mkv")
        .property("threshold", 0.5f32)
        .property("calibrate", false)
        .build()
        .unwrap()
}

pub fn caps() -> gst::Caps {
    let info = VideoInfo::builder(VideoFormat::Rgb, SIDE, SIDE).fps(gst::Fraction::new(25, 1));
    info.build().unwrap().to_caps().unwrap()
}

/// The sink with caps set and a bus to look at.
pub fn harness(sink: &gst::Element) -> (Harness, gst::Bus) {
    let mut harness = Harness::with_element(sink, Some("sink"), None);
    let bus = gst::Bus::new();
    sink.set_bus(Some(&bus));
    harness.set_src_caps(caps());
    (harness, bus)
}

/// A plain picture of that colour, as facecrop gives it without its metas.
pub fn picture(frame: u64, colour: [u8; 3]) -> gst::Buffer {
    let row = [colour.repeat(SIDE as usize), vec![0]].concat();
    let mut buffer = gst::Buffer::from_mut_slice(row.repeat(SIDE as usize));
    buffer.get_mut().unwrap().set_pts(frame * 40.mseconds());
    buffer
}

/// The crop of a person (0, 1, …) on a frame; each person has a track, a colour and a vector.
pub fn crop(frame: u64, person: usize) -> gst::Buffer {
    let mut buffer = picture(frame, [200, 80 * person as u8, 0]);
    let mut values = vec![0.0; 4];
    values[person] = 1.0;
    let face = Face {
        bbox: StoredBox([0.1, 0.2, 0.3, 0.4]),
        confidence: 0.9,
        track: Some(person as u64),
        shot: Some(0),
        quality: Some(0.8),
        embedding: Some(Embedding { model: "synthetic".into(), values, magnitude: None }),
        ..Face::default()
    };
    let writable = buffer.get_mut().unwrap();
    let origin = CropOrigin {
        frame,
        index: person as u32,
        stream_time: Some(frame * 40.mseconds()),
        bbox: FrameBox([10.0, 20.0, 30.0, 40.0]),
        landmarks: None,
        face: face.clone(),
    };
    origin.write(writable).unwrap();
    FrameFaces { frame, faces: vec![face] }.write(writable, SIDE, SIDE).unwrap();
    buffer
}

/// What comes of a frame without faces.
pub fn gap(frame: u64) -> gst::Event {
    gst::event::Gap::builder(frame * 40.mseconds()).other_field("frame", frame).build()
}

pub fn segment() -> gst::Event {
    gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new())
}

/// Two people on each of these frames.
pub fn push_frames(h: &mut Harness, frames: std::ops::Range<u64>) {
    for frame in frames {
        for person in 0..2 {
            h.push(crop(frame, person)).unwrap();
        }
    }
}

/// The first error on the bus, if there is one.
pub fn error(bus: &gst::Bus) -> Option<glib::Error> {
    let message = bus.pop_filtered(&[gst::MessageType::Error])?;
    let gst::MessageView::Error(error) = message.view() else {
        return None;
    };
    Some(error.error())
}

/// How many pictures each person's folder has, fewest first.
pub fn folders(location: &Path) -> Vec<usize> {
    let mut sizes: Vec<usize> = std::fs::read_dir(location.join("faces"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && path.file_name().unwrap() != "unsure")
        .map(|path| std::fs::read_dir(path).unwrap().count())
        .collect();
    sizes.sort_unstable();
    sizes
}

/// Puts a face on every frame that leaves the element `name`, as a detector does.
pub fn put_faces(pipeline: &gst::Pipeline, name: &str, width: u32, height: u32) {
    let pad = pipeline.by_name(name).unwrap().static_pad("src").unwrap();
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(gst::PadProbeData::Buffer(buffer)) = &mut info.data {
            let face = Face {
                bbox: StoredBox([0.25, 0.25, 0.25, 0.5]),
                confidence: 1.0,
                ..Face::default()
            };
            let faces = FrameFaces { frame: 0, faces: vec![face] };
            faces.write(buffer.make_mut(), width, height).unwrap();
        }
        gst::PadProbeReturn::Ok
    });
}
