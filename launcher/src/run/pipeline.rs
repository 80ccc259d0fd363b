// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pipeline of one input: decode, look, cut, file.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use gst::prelude::*;
use gstfacegroup::facesink::{FaceSink, SharedDataset};

use super::inputs::Source;
use super::sampling::{Pace, Sampler, Sampling};
use crate::cli::RunArgs;

/// Decoded pictures that may wait: enough to overlap decoding with inference.
const DECODED_AHEAD: u32 = 3;

/// Rate given to numbered pictures, which have none.
const PATTERN_RATE: i32 = 25;

/// A pipeline and what can be read off it while it runs.
pub struct Job {
    /// The whole.
    pub pipeline: gst::Pipeline,
    /// Counts pictures; can end the stream.
    pub sampler: Arc<Sampler>,
    decoder: Arc<Mutex<Option<String>>>,
}

impl Job {
    /// The video decoder really plugged, once there is one.
    pub fn decoder(&self) -> Option<String> {
        self.decoder.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Builds the pipeline; it does not run yet.
    pub fn new(
        source: &Source,
        arguments: &RunArgs,
        sampling: Sampling,
        dataset: SharedDataset,
        video: &str,
    ) -> Result<Self> {
        let pipeline = gst::Pipeline::new();
        let sampler = Arc::new(Sampler::default());
        let decoder = Arc::new(Mutex::new(None));
        let elements = face_elements(arguments, sampling.pace)?;
        if let Some(detect) = elements.iter().find(|element| element.name() == "detect") {
            super::debug::attach(detect, arguments, &dataset, video)?;
        }
        let track = elements.iter().find(|element| element.name() == "track");
        if let (Some(track), Some(sink)) = (track, &arguments.debug.display) {
            super::display::attach(track, sink)?;
        }
        let sink = FaceSink::new();
        sink.set_dataset(dataset, video);
        let mut chain: Vec<&gst::Element> = elements.iter().collect();
        chain.push(sink.upcast_ref());
        pipeline.add_many(&chain)?;
        gst::Element::link_many(&chain)?;

        watch_decoder(&pipeline, &decoder, &sampler, sampling.pace);
        let first =
            chain.first().and_then(|e| e.static_pad("sink")).context("no element to link")?;
        decode(
            &pipeline,
            source,
            move |pad, sampler| sampler.attach(pad, sampling),
            &sampler,
            &first,
        )?;
        Ok(Self { pipeline, sampler, decoder })
    }
}

fn make(name: &str) -> gst::element_factory::ElementBuilder<'_> {
    gst::ElementFactory::make(name)
}

/// From the queue behind the decoder to the crops.
fn face_elements(arguments: &RunArgs, pace: Pace) -> Result<Vec<gst::Element>> {
    let queue = |buffers: u32| {
        make("queue")
            .property("max-size-buffers", buffers)
            .property("max-size-bytes", 0u32)
            .property("max-size-time", 0u64)
            .build()
    };
    let mut detect = make("facedetect")
        .name("detect")
        .property("model", &arguments.detector)
        .property("device", &arguments.device)
        .property("allow-fallback", arguments.allow_fallback)
        .property("threads", arguments.threads)
        .property("min-size", arguments.min_size)
        .property("min-share", arguments.min_share)
        .property("min-border", arguments.min_border)
        .property("rejects", arguments.debug.save_frames || arguments.debug.save_rejects)
        .property("input-size", arguments.detection_size);
    if let Some(kind) = &arguments.detector_kind {
        detect = detect.property("model-kind", kind);
    }
    if let Some(threshold) = arguments.threshold {
        detect = detect.property("threshold", threshold);
    }
    if let Some([x1, y1, x2, y2]) = arguments.area.as_deref() {
        let (width, height) = (x2.saturating_sub(*x1), y2.saturating_sub(*y1));
        detect = detect.property("region", format!("{x1},{y1},{width},{height}"));
    }
    let mut embed = make("faceembed")
        .property("model", &arguments.embedder)
        .property("device", &arguments.device)
        .property("allow-fallback", arguments.allow_fallback)
        .property("threads", arguments.threads)
        .property_from_str("flip", &arguments.flip)
        .property("max-samples", arguments.samples);
    if let Some(kind) = &arguments.embedder_kind {
        embed = embed.property("model-kind", kind);
    }
    let mut crop =
        make("facecrop").property("square", arguments.square).property("size", arguments.crop_size);
    let sides = ["scale-left", "scale-right", "scale-up", "scale-down"];
    for (side, value) in sides.into_iter().zip(&arguments.crop_scale) {
        crop = crop.property(side, *value);
    }
    let crop = arguments.look.apply(crop);
    // Embedding on whole frames, so that tight crops cost no accuracy.
    Ok(vec![
        queue(DECODED_AHEAD)?,
        // Passes common formats through; the rare ones (10 bits, 4:4:4) are converted here.
        make("videoconvert").build()?,
        detect.build()?,
        make("facetrack").name("track").property("max-age", track_age(pace).nseconds()).build()?,
        embed.build()?,
        crop.build()?,
    ])
}

/// How long a track may miss its face: a second, and at least the next look but a half.
fn track_age(pace: Pace) -> gst::ClockTime {
    match pace {
        Pace::Step(step) => gst::ClockTime::SECOND.max(step + step / 2),
        // Of a film, whose rate is known only once it runs.
        Pace::Nth(number) => {
            gst::ClockTime::SECOND.max(gst::ClockTime::from_mseconds(number.saturating_mul(60)))
        }
        Pace::Every | Pace::Keyframes => gst::ClockTime::SECOND,
    }
}

/// Adds the source and the decoder, and links the first video stream to `target`.
fn decode(
    pipeline: &gst::Pipeline,
    source: &Source,
    attach: impl Fn(&gst::Pad, &Arc<Sampler>) + Send + Sync + 'static,
    sampler: &Arc<Sampler>,
    target: &gst::Pad,
) -> Result<()> {
    let decoder = match source {
        Source::Pattern(pattern) => {
            let source = make("multifilesrc")
                .property("location", pattern.to_string_lossy().as_ref())
                .property("caps", picture_caps(pattern))
                .build()?;
            let decoder = make("decodebin").build()?;
            pipeline.add_many([&source, &decoder])?;
            source.link(&decoder)?;
            decoder
        }
        Source::File(path) | Source::Missing(path) => {
            let path = std::path::absolute(path)?;
            let uri = gst::glib::filename_to_uri(&path, None)?;
            uri_decoder(pipeline, &uri)?
        }
        Source::Uri(uri) => uri_decoder(pipeline, uri)?,
    };
    let (sampler, target) = (sampler.clone(), target.clone());
    decoder.connect_pad_added(move |_, pad| {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let is_video = caps.structure(0).is_some_and(|s| s.name().starts_with("video/"));
        if is_video && !target.is_linked() {
            attach(pad, &sampler);
            if let Err(error) = pad.link(&target) {
                tracing::error!("could not link the decoder: {error}");
            }
        }
    });
    Ok(())
}

fn uri_decoder(pipeline: &gst::Pipeline, uri: &str) -> Result<gst::Element> {
    let decoder = make("uridecodebin").property("uri", uri).build()?;
    decode_pictures_only(&decoder);
    pipeline.add(&decoder)?;
    Ok(decoder)
}

/// Leaves sound and subtitles undecoded: they come out as they are, and nobody links them.
fn decode_pictures_only(decoder: &gst::Element) {
    decoder.connect("autoplug-continue", false, |values| {
        let caps = values.get(2)?.get::<gst::Caps>().ok()?;
        let kind = caps.structure(0)?.name();
        let other = ["audio/", "text/", "subpicture/", "subtitle/"];
        Some((!other.iter().any(|prefix| kind.starts_with(prefix))).to_value())
    });
}

/// What numbered pictures are, by their extension.
fn picture_caps(pattern: &Path) -> gst::Caps {
    let extension = pattern.extension().map(|e| e.to_string_lossy().to_lowercase());
    let kind = match extension.as_deref() {
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("bmp") => "image/bmp",
        Some("tif" | "tiff") => "image/tiff",
        _ => "image/jpeg",
    };
    gst::Caps::builder(kind).field("framerate", gst::Fraction::new(PATTERN_RATE, 1)).build()
}

/// Notes which video decoder is plugged.
fn watch_decoder(
    pipeline: &gst::Pipeline,
    decoder: &Arc<Mutex<Option<String>>>,
    sampler: &Arc<Sampler>,
    pace: Pace,
) {
    let (decoder, sampler) = (decoder.clone(), sampler.clone());
    pipeline.connect_deep_element_added(move |_, _, element| {
        let Some(factory) = element.factory() else {
            return;
        };
        let class = factory.metadata("klass").unwrap_or_default();
        if !class.contains("Decoder") || !(class.contains("Video") || class.contains("Image")) {
            return;
        }
        *decoder.lock().unwrap_or_else(PoisonError::into_inner) = Some(factory.name().to_string());
        if let (Pace::Keyframes, Some(pad)) = (pace, element.static_pad("sink")) {
            sampler.watch_keyframes(&pad);
        }
    });
}
