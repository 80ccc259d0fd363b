// SPDX-License-Identifier: MIT OR Apache-2.0
//! Receives the crops of a video and their embeddings in an application of one's own, and says which
//! two of the faces are most alike.
//!
//! `cargo run --release -p facegroup-examples --bin embeddings -- movie.mp4`
//!
//! The plugins are registered as libraries here; with them installed, drop those three lines.

use anyhow::{Context, Result, bail};
use facemeta::{CropOrigin, FrameFaces};
use gst::prelude::*;

/// A face, where it was, and what it looks like.
struct Found {
    frame: u64,
    track: Option<u64>,
    vector: Vec<f32>,
}

fn main() -> Result<()> {
    let video = std::env::args().nth(1).context("usage: embeddings VIDEO")?;
    gst::init()?;
    gstfacedetect::plugin_register_static()?;
    gstfaceembed::plugin_register_static()?;

    let pipeline = gst::parse::launch(
        "filesrc name=file ! decodebin ! video/x-raw ! facedetect interval=200000000 ! facetrack \
         ! faceembed max-samples=4 ! facecrop ! appsink name=crops sync=false",
    )?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().ok().context("several elements")?;
    pipeline.by_name("file").context("an own element")?.set_property("location", &video);
    let crops = pipeline.by_name("crops").context("an own element")?;
    let crops = crops.downcast::<gst_app::AppSink>().ok().context("an appsink")?;

    pipeline.set_state(gst::State::Playing)?;
    let mut found = Vec::new();
    while let Ok(sample) = crops.pull_sample() {
        found.extend(sample.buffer().and_then(face));
    }
    if let Some(message) = pipeline.bus().and_then(|b| b.pop_filtered(&[gst::MessageType::Error])) {
        bail!("{message:?}");
    }
    pipeline.set_state(gst::State::Null)?;

    println!("{} embeddings", found.len());
    let alike = found
        .iter()
        .enumerate()
        .flat_map(|(i, a)| found.iter().skip(i + 1).map(move |b| (a, b)))
        .filter(|(a, b)| a.track != b.track)
        .map(|(a, b)| (cosine(&a.vector, &b.vector), a, b))
        .max_by(|(a, ..), (b, ..)| a.total_cmp(b));
    if let Some((cosine, a, b)) = alike {
        println!(
            "most alike across tracks: frames {} and {}, cosine {cosine:.3}",
            a.frame, b.frame
        );
    }
    Ok(())
}

/// What travels with a crop; `None` where its track has had its samples.
fn face(crop: &gst::BufferRef) -> Option<Found> {
    let origin = CropOrigin::read(crop)?;
    let faces = FrameFaces::read(crop, "face", 1, 1)?;
    let embedding = faces.faces.into_iter().next()?.embedding?;
    Some(Found { frame: origin.frame, track: origin.face.track, vector: embedding.values })
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
