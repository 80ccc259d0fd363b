// SPDX-License-Identifier: MIT OR Apache-2.0
//! Synthetic films: a real face before a background that tells the number of the picture.

use std::path::Path;

use gst::prelude::*;
use image::{Rgb, RgbImage};

/// Width of the films.
pub const WIDTH: u32 = 320;
/// Height of the films.
pub const HEIGHT: u32 = 240;
/// The background's grey says the picture's number modulo this.
pub const CYCLE: u64 = 24;
const DARKEST: u64 = 20;
const GREY_STEP: u64 = 9;

/// A picture of real faces; skips and gives `None` where set-up has not put it.
#[track_caller]
pub fn photograph() -> Option<RgbImage> {
    let path = models::store::home().join("photographs/obama.jpg");
    let picture = image::open(&path).map_err(|error| format!("{}: {error}", path.display()));
    testkit::have("photographs", picture).map(image::DynamicImage::into_rgb8)
}

/// The picture of this number: the face in the middle, the number in the grey around it.
pub fn picture(photograph: &RgbImage, number: u64) -> RgbImage {
    let grey = grey(number) as u8;
    let mut picture = RgbImage::from_pixel(WIDTH, HEIGHT, Rgb([grey; 3]));
    // Where the head is in this photograph, with little around it.
    let head = image::imageops::crop_imm(photograph, 330, 190, 340, 440).to_image();
    let head = image::imageops::thumbnail(&head, 85, 110);
    image::imageops::replace(&mut picture, &head, 118, 65);
    picture
}

fn grey(number: u64) -> u64 {
    DARKEST + GREY_STEP * (number % CYCLE)
}

/// The number, modulo [`CYCLE`], that a crop's upper left corner tells.
pub fn number_on(crop: &RgbImage) -> u64 {
    let mut sum = 0u64;
    for y in 2..8 {
        for x in 2..8 {
            sum += u64::from(crop.get_pixel(x, y)[1]);
        }
    }
    let mean = sum as f64 / 36.0;
    ((mean - DARKEST as f64) / GREY_STEP as f64).round() as u64
}

/// Writes a film of one picture for each presentation time (milliseconds) through a part of a
/// pipeline that ends in a muxer, such as `x264enc ! mp4mux`. `false` where an element of it is
/// not installed, which is a skip.
#[track_caller]
pub fn write(
    pictures: impl Iterator<Item = RgbImage>,
    times: &[u64],
    pipeline: &str,
    file: &Path,
) -> bool {
    gst::init().unwrap();
    let text = format!(
        "appsrc name=source format=time max-bytes=0 ! videoconvert ! video/x-raw,format=I420 ! {pipeline} ! filesink name=file"
    );
    let Some(pipeline) = testkit::have("encoder", gst::parse::launch(&text)) else {
        return false;
    };
    let pipeline = pipeline.downcast::<gst::Pipeline>().unwrap();
    pipeline.by_name("file").unwrap().set_property("location", file);
    let source = pipeline.by_name("source").unwrap().downcast::<gst_app::AppSrc>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    for ((index, time), picture) in times.iter().enumerate().zip(pictures) {
        if index == 0 {
            let (width, height) = picture.dimensions();
            let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::Rgb, width, height)
                .fps(gst::Fraction::new(25, 1))
                .build()
                .unwrap();
            source.set_caps(Some(&info.to_caps().unwrap()));
        }
        let mut buffer = gst::Buffer::from_mut_slice(picture.into_raw());
        let next = times.get(index + 1).copied().unwrap_or(time + 40);
        {
            let buffer = buffer.get_mut().unwrap();
            buffer.set_pts(gst::ClockTime::from_mseconds(*time));
            buffer.set_duration(gst::ClockTime::from_mseconds(next - time));
        }
        source.push_buffer(buffer).unwrap();
    }
    source.end_of_stream().unwrap();
    let bus = pipeline.bus().unwrap();
    let message = bus
        .timed_pop_filtered(
            gst::ClockTime::from_seconds(60),
            &[gst::MessageType::Eos, gst::MessageType::Error],
        )
        .expect("the film is written in a minute");
    pipeline.set_state(gst::State::Null).unwrap();
    assert_eq!(message.type_(), gst::MessageType::Eos, "{message:?}");
    true
}
