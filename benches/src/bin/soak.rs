// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin soak [FRAMES]` (default 200,000): frames with faces
//! through all elements for a long time, with seeks and changes of size and format; the memory must stay
//! flat.
//!
//! Prints the resident memory as it goes, and fails where it grows by more than a tenth after the first
//! quarter. Networks are synthetic, so nothing needs to be obtained but ONNX Runtime.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use facegroup_benches::{frames, networks};
use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};

/// What the issue asks for.
const FRAMES: u64 = 200_000;
/// A change of caps comes after as many frames, a seek after three times as many.
const CHANGE: u64 = 500;
/// Memory may grow by this part after the first quarter: allocators keep what they have.
const GROWTH: f64 = 0.10;
/// The sizes and formats that take turns.
const CAPS: [(VideoFormat, u32, u32); 4] = [
    (VideoFormat::I420, 160, 96),
    (VideoFormat::Nv12, 161, 97),
    (VideoFormat::Rgb, 240, 128),
    (VideoFormat::Bgrx, 160, 128),
];

fn main() -> Result<()> {
    let frames = std::env::args().nth(1).map_or(Ok(FRAMES), |n| n.parse())?;
    gst::init()?;
    gstfacedetect::plugin_register_static()?;
    gstfaceembed::plugin_register_static()?;
    gstfacegroup::plugin_register_static()?;
    let directory = tempfile::tempdir()?;
    let pipeline = pipeline(directory.path())?;
    pipeline.set_state(gst::State::Playing)?;
    let grown = match feed(&pipeline, frames) {
        Ok(grown) => grown,
        Err(error) => {
            pipeline.set_state(gst::State::Null)?;
            return Err(error);
        }
    };
    let bus = pipeline.bus().context("a pipeline has a bus")?;
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(600), &ends);
    for name in ["detect", "track", "embed", "crop", "sink"] {
        let element = pipeline.by_name(name).context("an own element")?;
        println!("{name:<7} {}", element.property::<gst::Structure>("stats"));
    }
    pipeline.set_state(gst::State::Null)?;
    match end.as_ref().map(|m| m.type_()) {
        Some(gst::MessageType::Eos) => (),
        _ => bail!("no end: {end:?}"),
    }
    println!("grown by {:.1} % after the first quarter", grown * 100.0);
    if grown > GROWTH {
        bail!("the memory grows");
    }
    Ok(())
}

fn pipeline(directory: &Path) -> Result<gst::Pipeline> {
    let description = format!(
        "appsrc name=source format=time block=true max-buffers=4 \
         ! facedetect name=detect model={} model-kind=centerface threshold=0.6 input-size=160 \
         ! facetrack name=track \
         ! faceembed name=embed model={} model-kind=arcface max-samples=4 \
         ! queue ! facecrop name=crop ! facesink name=sink mode=collect location={}",
        networks::spots(directory)?.display(),
        networks::mean_colour(directory)?.display(),
        directory.join("out").display()
    );
    let pipeline = gst::parse::launch(&description)?;
    pipeline.downcast::<gst::Pipeline>().ok().context("a description of several elements")
}

/// Pushes the frames; by what part the memory grew.
fn feed(pipeline: &gst::Pipeline, frames: u64) -> Result<f64> {
    let source = pipeline.by_name("source").context("an own element")?;
    let source = source.downcast::<gst_app::AppSrc>().ok().context("an appsrc")?;
    let started = Instant::now();
    let mut after_warm_up = None;
    let mut frame = 0;
    let mut pictures = Vec::new();
    for pushed in 0..frames {
        if pushed % CHANGE == 0 {
            let (format, width, height) = CAPS[(pushed / CHANGE) as usize % CAPS.len()];
            if pushed > 0 && pushed % (3 * CHANGE) == 0 {
                // On by ten seconds, as somebody who skips.
                frame += 250;
                source.send_event(gst::event::FlushStart::new());
                source.send_event(gst::event::FlushStop::new(true));
            }
            let info = VideoInfo::builder(format, width, height).fps(gst::Fraction::new(25, 1));
            let info = info.build()?;
            source.set_caps(Some(&info.to_caps()?));
            pictures = (0..8)
                .map(|step| frames::spots(&info, &[30, 90].map(|left| left + 2 * step)))
                .collect::<Result<_>>()?;
        }
        let mut buffer = pictures[(pushed / 4) as usize % pictures.len()].copy();
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(frame * gst::ClockTime::from_mseconds(40));
            buffer.set_duration(gst::ClockTime::from_mseconds(40));
        }
        source.push_buffer(buffer).with_context(|| {
            let error = pipeline.bus().and_then(|b| b.pop_filtered(&[gst::MessageType::Error]));
            format!("frame {pushed}: {error:?}")
        })?;
        frame += 1;
        if (pushed + 1) % (frames / 20).max(1) == 0 {
            let now = resident()?;
            let done = (pushed + 1) as f64;
            println!(
                "{:>8} frames {:>7.0}/s {now:>8.1} MiB",
                pushed + 1,
                done / started.elapsed().as_secs_f64()
            );
            if after_warm_up.is_none() && done >= frames as f64 / 4.0 {
                after_warm_up = Some(now);
            }
        }
    }
    source.end_of_stream()?;
    let before = after_warm_up.context("too few frames to evaluate")?;
    Ok(resident()? / before - 1.0)
}

/// Resident memory in MiB.
fn resident() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
    Ok(kib / 1024.0)
}
