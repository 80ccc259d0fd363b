// SPDX-License-Identifier: MIT OR Apache-2.0
//! HEIC and AVIF, by the video decoders that GStreamer has: it has no demuxer of their container.

pub(crate) mod boxes;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use boxes::{Codec, Tile, Turn};
use gst::prelude::*;
use gst_app::{AppSink, AppSrc};
use gst_video::VideoFrameExt;
use image::{RgbImage, imageops};

/// How long a decoder may take for a picture.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(60);
/// What can be done where there is no decoder.
const WAY_OUT: &str =
    "convert it, for instance with heif-convert IN OUT.jpg (Debian: libheif-examples)";

/// Reads a picture upright and in sRGB.
///
/// # Errors
/// A damaged file, a way of coding that is not known here, no decoder; with the way out.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, String> {
    let picture = boxes::read(bytes).and_then(|coded| {
        let mut picture = assemble(&coded)?;
        models::still::to_srgb(&mut picture, coded.profile.as_deref());
        for turn in coded.turns {
            picture = match turn {
                Turn::Left(1) => imageops::rotate270(&picture),
                Turn::Left(2) => imageops::rotate180(&picture),
                Turn::Left(_) => imageops::rotate90(&picture),
                Turn::UpsideDown => imageops::flip_vertical(&picture),
                Turn::Mirrored => imageops::flip_horizontal(&picture),
            };
        }
        Ok(picture)
    });
    picture.map_err(|why| format!("{why}; {WAY_OUT}"))
}

/// Decodes the parts and puts them in their places.
fn assemble(coded: &boxes::Coded) -> Result<RgbImage, String> {
    let decoded: Vec<RgbImage> = decode_tiles(&coded.tiles)?;
    let (Some(first), columns) = (decoded.first(), coded.columns.max(1)) else {
        return Err("damaged: it has no part".into());
    };
    let (width, height) = first.dimensions();
    let rows = coded.tiles.len().div_ceil(columns as usize) as u32;
    let all = (u64::from(width) * u64::from(columns), u64::from(height) * u64::from(rows));
    let size = coded.size.unwrap_or((width, height));
    if all.0 * all.1 > models::still::MOST_PIXELS
        || u64::from(size.0) > all.0
        || u64::from(size.1) > all.1
    {
        return Err(format!("damaged: {}x{} pixels of {}x{}", size.0, size.1, all.0, all.1));
    }
    if decoded.len() == 1 && size == (width, height) {
        return decoded.into_iter().next().ok_or_else(String::new);
    }
    let mut picture = RgbImage::new(size.0, size.1);
    for (tile, index) in decoded.iter().zip(0u32..) {
        let (x, y) = (index % columns * width, index / columns * height);
        imageops::replace(&mut picture, tile, x.into(), y.into());
    }
    Ok(picture)
}

/// Decodes tiles of one kind, one after another in one decoder.
fn decode_tiles(tiles: &[Tile]) -> Result<Vec<RgbImage>, String> {
    // Pictures come from several threads, and a decoder takes all cores by itself.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(first) = tiles.first() else { return Ok(Vec::new()) };
    if tiles.iter().any(|tile| (tile.codec, &tile.config) != (first.codec, &first.config)) {
        // Rare: each part in a decoder of its own.
        let one =
            |tile: &Tile| run(std::slice::from_ref(tile)).map(|found| found.into_iter().next());
        return tiles.iter().filter_map(|tile| one(tile).transpose()).collect();
    }
    run(tiles)
}

fn run(tiles: &[Tile]) -> Result<Vec<RgbImage>, String> {
    gst::init().map_err(|error| error.to_string())?;
    let Some(first) = tiles.first() else { return Ok(Vec::new()) };
    let text = |error: glib::Error| error.to_string();
    let description = "appsrc name=in format=time max-bytes=0 ! decodebin ! videoconvert \
                       ! video/x-raw,format=RGB ! appsink name=out sync=false wait-on-eos=false";
    let pipeline = gst::parse::launch(description).map_err(text)?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().map_err(|_| "no pipeline".to_owned())?;
    let source = pipeline.by_name("in").and_then(|e| e.downcast::<AppSrc>().ok());
    let sink = pipeline.by_name("out").and_then(|e| e.downcast::<AppSink>().ok());
    let (Some(source), Some(sink)) = (source, sink) else { return Err("no pipeline".into()) };
    source.set_caps(Some(&caps(first)));
    let found = push(&pipeline, &source, tiles).and_then(|()| pull(&pipeline, &sink, first.codec));
    // Whatever came of it, it ends here.
    let _ = pipeline.set_state(gst::State::Null);
    let found = found?;
    if found.len() == tiles.len() {
        Ok(found)
    } else {
        Err(format!("damaged: {} of {} parts could be decoded", found.len(), tiles.len()))
    }
}

fn push(pipeline: &gst::Pipeline, source: &AppSrc, tiles: &[Tile]) -> Result<(), String> {
    let failed = || "the decoder cannot be started".to_owned();
    pipeline.set_state(gst::State::Playing).map_err(|_| failed())?;
    for (tile, number) in tiles.iter().zip(0u64..) {
        let mut buffer = gst::Buffer::from_slice(tile.data.clone());
        if let Some(buffer) = buffer.get_mut() {
            let time = gst::ClockTime::from_seconds(number);
            buffer.set_pts(time);
            buffer.set_dts(time);
            buffer.set_duration(gst::ClockTime::SECOND);
        }
        source.push_buffer(buffer).map_err(|_| failed())?;
    }
    source.end_of_stream().map_err(|_| failed())?;
    Ok(())
}

fn pull(pipeline: &gst::Pipeline, sink: &AppSink, codec: Codec) -> Result<Vec<RgbImage>, String> {
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = pipeline.bus().and_then(|bus| bus.timed_pop_filtered(PATIENCE, &ends));
    match end.as_ref().map(|end| end.view()) {
        Some(gst::MessageView::Eos(_)) => (),
        Some(gst::MessageView::Error(error)) => {
            let needs = match codec {
                Codec::H265 => "H.265 (gstreamer1.0-libav or libde265)",
                Codec::Av1 => "AV1 (gstreamer1.0-plugins-bad, dav1d or aom)",
            };
            return Err(format!("GStreamer's decoder of {needs}: {}", error.error().message()));
        }
        _ => return Err("the decoder does not come to an end".into()),
    }
    let mut found = Vec::new();
    while let Some(sample) = sink.try_pull_sample(gst::ClockTime::ZERO) {
        found.push(picture(&sample).ok_or("a decoded picture cannot be read")?);
    }
    Ok(found)
}

fn caps(tile: &Tile) -> gst::Caps {
    let config = gst::Buffer::from_slice(tile.config.clone());
    match tile.codec {
        Codec::H265 => gst::Caps::builder("video/x-h265")
            .field("stream-format", "hvc1")
            .field("alignment", "au")
            .field("codec_data", config)
            .build(),
        Codec::Av1 => gst::Caps::builder("video/x-av1")
            .field("stream-format", "obu-stream")
            .field("alignment", "tu")
            .field("codec_data", config)
            .build(),
    }
}

pub(crate) fn picture(sample: &gst::Sample) -> Option<RgbImage> {
    let info = gst_video::VideoInfo::from_caps(sample.caps()?).ok()?;
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(sample.buffer()?, &info).ok()?;
    let stride = usize::try_from(*frame.plane_stride().first()?).ok()?;
    let row = frame.width() as usize * 3;
    let lines = frame.plane_data(0).ok()?.chunks(stride.max(1)).take(frame.height() as usize);
    let pixels: Vec<u8> = lines.filter_map(|line| line.get(..row)).flatten().copied().collect();
    RgbImage::from_raw(frame.width(), frame.height(), pixels)
}
