// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin allocations [-- --where]`: heap allocations a frame of
//! each element, once it has seen some.
//!
//! Rust's only: what GStreamer and ONNX Runtime allocate themselves is not seen. With `--where` also the
//! lines that most come from. Frames and networks are synthetic, so that nothing needs to be obtained but
//! ONNX Runtime.

mod counter;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context, Result, bail};
use counter::{COUNTING, KIND, KINDS, PLACES, TRACING};
use facegroup_benches::{frames, networks};
use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};

/// Frames before the first that counts: buffers have their size, tracks their samples.
const WARM_UP: u64 = 100;
/// Frames that count.
const COUNTED: u64 = 200;
/// Frames whose allocations are followed to their lines.
const TRACED: u64 = 20;
/// Lines shown of a table of places.
const PLACES_SHOWN: usize = 25;

/// Whose allocations are told apart.
const ELEMENTS: [&str; KINDS] = ["facedetect", "facetrack", "faceembed", "facecrop"];

fn main() -> Result<()> {
    let with_places = std::env::args().skip(1).any(|argument| argument == "--where");
    gst::init()?;
    gstfacedetect::plugin_register_static()?;
    gstfaceembed::plugin_register_static()?;
    if let Err(error) = models::runtime::init() {
        println!("skipped: {error}");
        return Ok(());
    }
    println!("Rust's allocations a frame; those of GStreamer and ONNX Runtime are not counted.\n");
    println!("| on the frame | element | allocations | bytes |\n|---|---|---|---|");
    let mut places = Vec::new();
    for (what, columns, samples) in [
        ("nobody", &[][..], 16),
        ("two faces, their samples taken", &[208, 608], 16),
        ("two faces, embedded", &[208, 608], 0),
    ] {
        let mut stream = Stream::new(columns, samples)?;
        stream.push(WARM_UP)?;
        stream.count(COUNTED)?;
        for (kind, element) in ELEMENTS.iter().enumerate() {
            let (count, bytes) = counter::take(kind);
            println!(
                "| {what} | {element} | {:.1} | {:.0} |",
                count as f64 / COUNTED as f64,
                bytes as f64 / COUNTED as f64
            );
        }
        if with_places {
            TRACING.store(true, Relaxed);
            stream.count(TRACED)?;
            TRACING.store(false, Relaxed);
            for kind in 0..KINDS {
                counter::take(kind);
            }
            places.push((what, self::places()));
        }
        stream.end()?;
    }
    for (what, places) in places {
        println!("\n{what}:\n\n| allocations a frame | bytes | from |\n|---|---|---|");
        for (place, (count, bytes)) in places.into_iter().take(PLACES_SHOWN) {
            let each = |sum: u64| sum as f64 / TRACED as f64;
            println!("| {:.1} | {:.0} | {place} |", each(count), each(bytes));
        }
    }
    Ok(())
}

/// Elements without threads: a frame is through when its push returns.
struct Stream {
    pipeline: gst::Pipeline,
    pad: gst::Pad,
    frame: gst::Buffer,
    /// On each frame.
    faces: u64,
    pushed: u64,
    _networks: tempfile::TempDir,
}

impl Stream {
    /// Frames with spots at these columns.
    fn new(columns: &[usize], samples: u32) -> Result<Self> {
        let networks = tempfile::tempdir()?;
        let pipeline = gst::parse::launch(&format!(
            "facedetect name=facedetect model={} model-kind=centerface threshold=0.6 threads=1 \
             ! facetrack name=facetrack \
             ! faceembed name=faceembed model={} model-kind=arcface max-samples={samples} threads=1 \
             ! facecrop name=facecrop ! fakesink async=false sync=false",
            networks::spots(networks.path())?.display(),
            networks::mean_colour(networks.path())?.display(),
        ))?;
        let pipeline = pipeline.downcast::<gst::Pipeline>().ok().context("no pipeline")?;
        for (kind, name) in ELEMENTS.iter().enumerate() {
            let element = pipeline.by_name(name).context(*name)?;
            let sink = element.static_pad("sink").context("no sink pad")?;
            // What an element does behind the push to the next counts as the next one's: next to nothing.
            sink.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
                KIND.store(kind, Relaxed);
                gst::PadProbeReturn::Ok
            });
        }
        let first = pipeline.by_name("facedetect").and_then(|first| first.static_pad("sink"));
        let pad = gst::Pad::builder(gst::PadDirection::Src).name("frames").build();
        pad.link(&first.context("no sink pad")?)?;
        pad.set_active(true)?;
        pipeline.set_state(gst::State::Playing)?;
        let info = VideoInfo::builder(VideoFormat::I420, 1280, 720);
        let info = info.fps(gst::Fraction::new(25, 1)).build()?;
        pad.push_event(gst::event::StreamStart::new("synthetic"));
        pad.push_event(gst::event::Caps::new(&info.to_caps()?));
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        pad.push_event(gst::event::Segment::new(&segment));
        let frame = frames::spots(&info, columns)?;
        let faces = columns.len() as u64;
        Ok(Self { pipeline, pad, frame, faces, pushed: 0, _networks: networks })
    }

    /// Pushes so many frames, and counts what that allocates.
    fn count(&mut self, frames: u64) -> Result<()> {
        for _ in 0..frames {
            let frame = self.next();
            COUNTING.store(true, Relaxed);
            let pushed = self.pad.push(frame);
            COUNTING.store(false, Relaxed);
            pushed?;
        }
        Ok(())
    }

    fn push(&mut self, frames: u64) -> Result<()> {
        for _ in 0..frames {
            let frame = self.next();
            if self.pad.push(frame).is_err() {
                let bus = self.pipeline.bus().context("no bus")?;
                bail!("{:?}", bus.pop_filtered(&[gst::MessageType::Error]));
            }
        }
        Ok(())
    }

    fn next(&mut self) -> gst::Buffer {
        let mut frame = self.frame.copy();
        if let Some(frame) = frame.get_mut() {
            frame.set_pts(self.pushed * gst::ClockTime::from_mseconds(40));
            frame.set_duration(gst::ClockTime::from_mseconds(40));
        }
        self.pushed += 1;
        frame
    }

    /// Checks that the elements saw what they were to see, and stops them.
    fn end(self) -> Result<()> {
        let crop = self.pipeline.by_name("facecrop").context("no facecrop")?;
        let stats = crop.property::<gst::Structure>("stats");
        self.pipeline.set_state(gst::State::Null)?;
        let crops: u64 = stats.get("crops")?;
        if crops != self.faces * self.pushed {
            bail!("{} faces on each frame, but {stats}", self.faces);
        }
        Ok(())
    }
}

/// Count and bytes of the lines of the project that allocations come from, most first.
fn places() -> Vec<(String, (u64, u64))> {
    let ways = std::mem::take(&mut *PLACES.lock().unwrap_or_else(PoisonError::into_inner));
    let mut places = BTreeMap::<String, (u64, u64)>::new();
    for (way, bytes) in ways {
        let sum = places.entry(place(&way.to_string())).or_default();
        sum.0 += 1;
        sum.1 += bytes;
    }
    let mut places: Vec<_> = places.into_iter().collect();
    places.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    places
}

/// The innermost line of the project's own, without the columns: `models/src/align.rs:95`.
fn place(way: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"));
    let lines = way.lines().filter_map(|line| line.trim_start().strip_prefix("at "));
    let own = lines.filter_map(|line| {
        let absolute = line.strip_prefix(root.to_str()?).map(|rest| rest.trim_start_matches('/'));
        let line = absolute.or_else(|| line.strip_prefix("./"))?;
        let own = line.contains("/src/") && !line.starts_with("benches/");
        own.then(|| line.rsplit_once(':').map_or(line, |(place, _)| place).to_owned())
    });
    own.into_iter().next().unwrap_or_else(|| "the bindings".to_owned())
}
