// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin track -- [CLIP…]`: what `facetrack` costs a frame
//! against `facedetect`, where both look at every frame.
//!
//! That is CPU time of the streaming thread between an element's two pads, which no other load on the
//! machine changes. Without a clip, the sitcom one.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use gst::prelude::*;

fn main() -> Result<()> {
    gst::init()?;
    gstfacedetect::plugin_register_static()?;
    let mut clips: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if clips.is_empty() {
        let footage = std::env::var_os("FACEGROUP_FOOTAGE").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/footage"),
            PathBuf::from,
        );
        clips = vec![footage.join("clips/sitcom-poker-720p.mp4")];
    }
    println!("| clip | detector | frames | facedetect ms | facetrack ms | ratio |");
    println!("|---|---|---|---|---|---|");
    for clip in clips {
        if !clip.exists() {
            println!("skipped: no footage ({})", clip.display());
            continue;
        }
        for model in ["yunet", "centerface"] {
            measure(&clip, model)?;
        }
    }
    Ok(())
}

/// What goes on between two pads of an element.
#[derive(Debug, Default)]
struct Cost {
    nanoseconds: AtomicU64,
    frames: AtomicU64,
}

fn measure(clip: &Path, model: &str) -> Result<()> {
    let pipeline = gst::parse::launch(&format!(
        "filesrc location=\"{}\" ! decodebin ! video/x-raw ! queue ! \
         facedetect name=detect model={model} threads=1 ! facetrack name=track ! \
         fakesink sync=false",
        clip.display()
    ))?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().ok().context("no pipeline")?;
    let detect = watch(&pipeline, "detect")?;
    let track = watch(&pipeline, "track")?;
    pipeline.set_state(gst::State::Playing)?;
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let bus = pipeline.bus().context("no bus")?;
    let end = bus.timed_pop_filtered(gst::ClockTime::NONE, &ends);
    pipeline.set_state(gst::State::Null)?;
    if let Some(gst::MessageView::Error(error)) = end.as_ref().map(|end| end.view()) {
        bail!("{}: {}", clip.display(), error.error());
    }
    let millis = |cost: &Cost| {
        let frames = cost.frames.load(Ordering::Relaxed).max(1);
        cost.nanoseconds.load(Ordering::Relaxed) as f64 / 1e6 / frames as f64
    };
    println!(
        "| {} | {model} | {} | {:.2} | {:.2} | {:.3} |",
        clip.file_name().unwrap_or_default().to_string_lossy(),
        track.frames.load(Ordering::Relaxed),
        millis(&detect),
        millis(&track),
        millis(&track) / millis(&detect),
    );
    Ok(())
}

/// Adds up the streaming thread's time from a buffer's coming to its going.
fn watch(pipeline: &gst::Pipeline, name: &str) -> Result<Arc<Cost>> {
    let element = pipeline.by_name(name).with_context(|| format!("no {name}"))?;
    let cost = Arc::new(Cost::default());
    let came = Arc::new(Mutex::new(None));
    let sink = element.static_pad("sink").context("no sink pad")?;
    let start = came.clone();
    sink.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        if let Ok(mut start) = start.lock() {
            *start = Some(thread_time());
        }
        gst::PadProbeReturn::Ok
    });
    let source = element.static_pad("src").context("no source pad")?;
    let sum = cost.clone();
    source.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        if let Some(start) = came.lock().ok().and_then(|mut came| came.take()) {
            sum.nanoseconds.fetch_add(thread_time() - start, Ordering::Relaxed);
            sum.frames.fetch_add(1, Ordering::Relaxed);
        }
        gst::PadProbeReturn::Ok
    });
    Ok(cost)
}

/// CPU time of this thread in nanoseconds.
fn thread_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it fills the structure that it is given, and nothing else.
    let filled = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(filled, 0, "Linux has this clock");
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).unwrap_or_default()
}
