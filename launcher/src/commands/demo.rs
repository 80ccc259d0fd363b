// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facegroup demo-reel`: a short film of real photographs, to try things out on. The camera moves
//! slowly over one photograph after the other, at times over two side by side.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use gst::prelude::*;
use image::RgbImage;
use imaging::frame::{FrameView, Matrix, Orientation, PixelFormat, Plane, Transfer};
use imaging::geometry::Rect;

use crate::exit::Exit;

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;
const RATE: u32 = 25;
/// Frames of a shot: two seconds.
const SHOT: u32 = 2 * RATE;
/// How far the camera comes closer within a shot.
const ZOOM: f64 = 0.15;

/// The photographs of each shot, side by side.
const SHOTS: [&[&str]; 8] = [
    &["obama.jpg"],
    &["biden.jpg"],
    &["obama2.jpg"],
    &["obama.jpg", "biden.jpg"],
    &["obama3.jpg"],
    &["biden.jpg"],
    &["biden.jpg", "obama2.jpg"],
    &["obama.jpg"],
];

/// Writes the film.
pub fn run(output: &Path) -> Result<Exit> {
    super::run::init_gstreamer()?;
    let folder = models::store::obtain_photographs(&mut |text| eprintln!("{text}"))?;
    if let Some(parent) = output.parent() {
        std::fs::create_dir_all(parent)?;
    }
    // Written beside and renamed, so that a half-synthetic film is never taken for a whole one.
    let part = output.with_extension("part.mp4");
    film(&folder, &part)?;
    std::fs::rename(&part, output)?;
    eprintln!("sample reel {}", output.display());
    Ok(Exit::Done)
}

fn film(folder: &Path, output: &Path) -> Result<()> {
    let pipeline = gst::parse::launch(
        "appsrc name=pictures format=time max-buffers=4 block=true ! videoconvert ! \
         video/x-raw,format=I420 ! x264enc speed-preset=veryfast bitrate=4000 ! h264parse ! \
         mp4mux ! filesink name=file",
    )?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().map_err(|_| anyhow!("no pipeline"))?;
    let source = pipeline.by_name("pictures").context("no source")?;
    let source = source.downcast::<gst_app::AppSrc>().map_err(|_| anyhow!("no source"))?;
    pipeline.by_name("file").context("no sink")?.set_property("location", output);
    let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::Rgb, WIDTH, HEIGHT)
        .fps(gst::Fraction::new(RATE as i32, 1))
        .build()?;
    source.set_caps(Some(&info.to_caps()?));
    pipeline.set_state(gst::State::Playing)?;
    let sent = send(folder, &source);
    let ended = pipeline.bus().and_then(|bus| {
        let wanted = [gst::MessageType::Eos, gst::MessageType::Error];
        bus.timed_pop_filtered(gst::ClockTime::from_seconds(120), &wanted)
    });
    pipeline.set_state(gst::State::Null)?;
    sent?;
    match ended.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Eos(_)) => Ok(()),
        Some(gst::MessageView::Error(error)) => Err(anyhow!("{}", error.error())),
        _ => Err(anyhow!("the film could not be written in two minutes")),
    }
}

fn send(folder: &Path, source: &gst_app::AppSrc) -> Result<()> {
    let mut number = 0;
    for shot in SHOTS {
        let photographs: Vec<RgbImage> =
            shot.iter().map(|file| open(&folder.join(file))).collect::<Result<_>>()?;
        for step in 0..SHOT {
            let mut frame = RgbImage::new(WIDTH, HEIGHT);
            let width = WIDTH / photographs.len() as u32;
            for (place, photograph) in photographs.iter().enumerate() {
                let part = view(photograph, width, f64::from(step) / f64::from(SHOT))?;
                image::imageops::replace(&mut frame, &part, i64::from(width) * place as i64, 0);
            }
            let mut buffer = gst::Buffer::from_mut_slice(frame.into_raw());
            let time = |n: u64| gst::ClockTime::SECOND * n / u64::from(RATE);
            if let Some(buffer) = buffer.get_mut() {
                buffer.set_pts(time(number));
                buffer.set_duration(time(1));
            }
            number += 1;
            source.push_buffer(buffer)?;
        }
    }
    source.end_of_stream()?;
    Ok(())
}

fn open(path: &Path) -> Result<RgbImage> {
    let picture = image::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(picture.into_rgb8())
}

/// The whole photograph in `width` x the film's height, black beside it, `progress` of the way in.
fn view(photograph: &RgbImage, width: u32, progress: f64) -> Result<RgbImage> {
    let (w, h) = (f64::from(photograph.width()), f64::from(photograph.height()));
    let scale = (w / f64::from(width)).max(h / f64::from(HEIGHT)) * (1.0 - ZOOM * progress);
    let (part_w, part_h) = (f64::from(width) * scale, f64::from(HEIGHT) * scale);
    let region = Rect {
        x: ((w - part_w) / 2.0) as f32,
        // Heads are in the upper half of a portrait.
        y: ((h - part_h) * 0.3) as f32,
        width: part_w as f32,
        height: part_h as f32,
    };
    let frame = FrameView {
        format: PixelFormat::Rgb,
        width: photograph.width(),
        height: photograph.height(),
        planes: vec![Plane { data: photograph.as_raw(), stride: 3 * photograph.width() as usize }],
        matrix: Matrix::Bt709,
        full_range: true,
        transfer: Transfer::Sdr,
        orientation: Orientation::Identity,
        pixel_aspect: 1.0,
    };
    Ok(frame.sample(region, width, HEIGHT)?)
}
