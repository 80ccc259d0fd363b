// SPDX-License-Identifier: MIT OR Apache-2.0
//! One frame of a film, by its number: found by its time, proved by its count.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use facemeta::FrameNumber;
use gst::prelude::*;
use gst_app::AppSink;
use image::RgbImage;

use crate::decode::Decoding;
use crate::hardware::{Decoder, Decoders};
use crate::heif;
use crate::input::Source;
use crate::sampling::{Pace, Sampling};
use crate::survey::Survey;
use crate::{closing, fields, lock};

/// How long decoding may take, to the wanted frame from the key frame before it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often an error is looked for meanwhile.
const STEP: gst::ClockTime = gst::ClockTime::from_mseconds(50);
/// Times are written down to a microsecond, and may have been rounded up.
const BEFORE: f64 = 0.002;
/// A frame that is not here is not far behind either, in seconds.
const BEHIND: f64 = 2.0;

/// The frame of this number, from 0 in the order of showing, at about `pts` seconds, in display orientation.
///
/// # Errors
/// A film that cannot be read or decoded, or that has no such frame at that time: it is another one.
pub fn frame(path: &Path, frame: u64, pts: f64) -> Result<RgbImage> {
    if !pts.is_finite() || !(0.0..1e9).contains(&pts) {
        bail!("{pts} is no time of a film");
    }
    // Frames carry their numbers as metas.
    facemeta::init();
    let source = Source::of_file(path.to_path_buf());
    let survey = Survey::of(&source, None).map_err(anyhow::Error::msg)?;
    // What one frame costs is no work for a graphics card.
    let decoders = Decoders::choose(Decoder::Software)?;
    let time = |seconds: f64| gst::ClockTime::from_nseconds((seconds.max(0.0) * 1e9) as u64);
    let sampling = Sampling {
        pace: Pace::Every,
        from: time(pts - BEFORE),
        to: Some(time(pts + BEHIND)),
        first_frame: 0,
        tolerance: gst::ClockTime::ZERO,
    };
    let pipeline = gst::Pipeline::new();
    let (first, sink) = chain(&pipeline)?;
    let wanted = watch(&first, frame);
    fields::attach(&first);
    let _decoding = Decoding::new(&pipeline, &source, &survey, &decoders, sampling, false, &first)?;
    let found = play(&pipeline, &sink, &wanted);
    closing::close(&pipeline);
    let what = || format!("{}: frame {frame} at {pts:.3} s", path.display());
    found.with_context(what)
}

/// Notes the time of the frame of this number as it passes: behind a converter numbers are lost. Frames are not dropped
/// here, since GStreamer 1.22 lets go of them twice where the pad flushes meanwhile.
fn watch(pad: &gst::Pad, frame: u64) -> Arc<Mutex<Option<gst::ClockTime>>> {
    let found = Arc::new(Mutex::new(None));
    let noted = found.clone();
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(buffer) = info.buffer()
            && FrameNumber::read(buffer) == Some(FrameNumber(frame))
        {
            *lock(&noted) = buffer.pts();
        }
        gst::PadProbeReturn::Ok
    });
    found
}

/// From the decoder to upright pixels.
fn chain(pipeline: &gst::Pipeline) -> Result<(gst::Pad, AppSink)> {
    let convert = gst::ElementFactory::make("videoconvert").build()?;
    let flip = gst::ElementFactory::make("videoflip");
    let flip = flip.property_from_str("video-direction", "auto").build()?;
    let caps = gst_video::VideoCapsBuilder::new().format(gst_video::VideoFormat::Rgb).build();
    let sink = AppSink::builder().caps(&caps).max_buffers(1).sync(false).build();
    pipeline.add_many([&convert, &flip, sink.upcast_ref()])?;
    gst::Element::link_many([&convert, &flip, sink.upcast_ref()])?;
    let first = convert.static_pad("sink").context("a converter without a pad")?;
    Ok((first, sink))
}

fn play(
    pipeline: &gst::Pipeline,
    sink: &AppSink,
    wanted: &Mutex<Option<gst::ClockTime>>,
) -> Result<RgbImage> {
    pipeline.set_state(gst::State::Playing).context("it cannot be played")?;
    let bus = pipeline.bus().context("a pipeline without a bus")?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(sample) = sink.try_pull_sample(STEP) {
            let time = sample.buffer().and_then(gst::BufferRef::pts);
            if time.is_some() && time == *lock(wanted) {
                return heif::picture(&sample).context("a decoded frame cannot be read");
            }
            continue;
        }
        // An error ends no sink.
        let message = bus.pop_filtered(&[gst::MessageType::Error]);
        if let Some(gst::MessageView::Error(error)) = message.as_ref().map(|m| m.view()) {
            bail!("{}", error.error().message());
        }
        if sink.is_eos() {
            bail!("the film has no such frame there: it is not the one that was processed");
        }
    }
    bail!("it is not decoded in {} s", PATIENCE.as_secs())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A film whose frames are as bright as their numbers say.
    fn film(folder: &Path, coder: &str, name: &str) -> Option<std::path::PathBuf> {
        testkit::init_gstreamer(|| ());
        let path = folder.join(name);
        let text = format!(
            "appsrc name=source format=time max-bytes=0 caps=video/x-raw,format=RGB,width=64,height=48,framerate=25/1 \
             ! videoconvert ! video/x-raw,format=I420 ! {coder} ! filesink location={}",
            path.display()
        );
        let pipeline = testkit::have("encoder", gst::parse::launch(&text))?;
        let pipeline = pipeline.downcast::<gst::Pipeline>().unwrap();
        let source = pipeline.by_name("source").unwrap().downcast::<gst_app::AppSrc>().unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        for number in 0..19u64 {
            let mut buffer = gst::Buffer::from_mut_slice(vec![20 + 12 * number as u8; 64 * 48 * 3]);
            let time = gst::ClockTime::from_mseconds(40 * number);
            buffer.get_mut().unwrap().set_pts(time);
            buffer.get_mut().unwrap().set_duration(gst::ClockTime::from_mseconds(40));
            source.push_buffer(buffer).unwrap();
        }
        source.end_of_stream().unwrap();
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        let bus = pipeline.bus().unwrap();
        let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(60), &ends).unwrap();
        assert_eq!(end.type_(), gst::MessageType::Eos, "{end:?}");
        pipeline.set_state(gst::State::Null).unwrap();
        Some(path)
    }

    #[test]
    fn the_frame_of_a_number_is_that_frame() {
        let folder = tempfile::tempdir().unwrap();
        let x264 = "x264enc bframes=3 key-int-max=6 quantizer=10 pass=quant ! h264parse";
        for (coder, name) in [
            (format!("{x264} ! mp4mux"), "a.mp4"),
            (format!("{x264} ! matroskamux"), "a.mkv"),
            (
                "vp8enc deadline=1 keyframe-max-dist=6 min-quantizer=0 max-quantizer=10 ! webmmux"
                    .to_owned(),
                "a.webm",
            ),
        ] {
            let Some(path) = film(folder.path(), &coder, name) else { return };
            for number in [0u64, 1, 9, 17, 18] {
                let picture = frame(&path, number, number as f64 * 0.04).unwrap();
                assert_eq!(picture.dimensions(), (64, 48), "{name}");
                let grey = i32::from(picture.get_pixel(32, 24)[1]);
                let wanted = 20 + 12 * number as i32;
                assert!(
                    (grey - wanted).abs() <= 5,
                    "{name}: frame {number} is {grey}, not {wanted}"
                );
            }
            let error = format!("{:#}", frame(&path, 9, 0.5).unwrap_err());
            assert!(error.contains("no such frame"), "{error}");
            assert!(frame(&path, 3, f64::NAN).is_err());
        }
    }

    #[test]
    fn what_is_no_film_is_said() {
        testkit::init_gstreamer(|| ());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp4");
        std::fs::write(&path, "no film").unwrap();
        assert!(frame(&path, 0, 0.0).is_err());
        assert!(frame(&folder.path().join("missing.mp4"), 0, 0.0).is_err());
    }
}
