// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an input to its wanted frames: source, decoder, and what stands before and behind it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use gst::prelude::*;

use super::hardware::Decoders;
use super::inputs::Source;
use super::sampling::{Sampler, Sampling};
use super::skipping::{Index, Skipper, Skippers};
use super::stills;

/// The decoding part of a pipeline.
pub struct Decoding {
    /// Counts pictures; can end the stream.
    pub sampler: Arc<Sampler>,
    decoder: Arc<Mutex<Option<String>>>,
}

impl Decoding {
    /// Adds source and decoder to the pipeline. The wanted frames of the first video stream go to
    /// `target`; all others are not even decoded, unless `decode_all` is set.
    pub fn new(
        pipeline: &gst::Pipeline,
        source: &Source,
        decoders: &Decoders,
        sampling: Sampling,
        decode_all: bool,
        target: &gst::Pad,
    ) -> Result<Self> {
        let sampler = Arc::new(Sampler::default());
        if let Some(element) = stills::add(pipeline, source)? {
            let pad = element.static_pad("src").context("appsrc without a pad")?;
            sampler.attach(&pad, sampling);
            pad.link(target)?;
            let decoder = Arc::new(Mutex::new(Some(stills::DECODER.to_owned())));
            return Ok(Self { sampler, decoder });
        }
        let decoder = Arc::new(Mutex::new(None));
        let skippers = Arc::new(Skippers::default());
        let index = index(source, sampling, decode_all);
        watch_decoder(pipeline, &decoder, &sampler, &skippers, move |pad, sampler| {
            Skipper::attach(pad, sampler, sampling, decode_all, index.clone())
        });
        let element = add(pipeline, source)?;
        let (frames, target) = (sampler.clone(), target.clone());
        let (decoders, plugged) = (decoders.clone(), decoder.clone());
        element.connect_pad_added(move |element, pad| {
            let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
            let is_video = caps.structure(0).is_some_and(|s| s.name().starts_with("video/"));
            if is_video && !target.is_linked() {
                if let Some(factory) = decoder_of(pad) {
                    if let Err(why) = decoders.check(&factory) {
                        frames.has_video.store(true, Ordering::Relaxed);
                        gst::element_error!(element, gst::StreamError::Decode, ("{why}"));
                        return;
                    }
                    // Of several streams this one's, whichever was plugged last.
                    *lock(&plugged) = Some(factory.name().to_string());
                }
                frames.attach(pad, sampling);
                skippers.activate(pad);
                if let Err(error) = pad.link(&target) {
                    tracing::error!("could not link the decoder: {error}");
                }
            }
        });
        Ok(Self { sampler, decoder })
    }

    /// The video decoder really plugged, once there is one.
    pub fn decoder(&self) -> Option<String> {
        lock(&self.decoder).clone()
    }
}

/// The outermost video decoder whose frames leave through `pad`: some are bins.
fn decoder_of(pad: &gst::Pad) -> Option<gst::ElementFactory> {
    let mut pad = pad.clone();
    loop {
        let factory = pad.parent_element().and_then(|element| element.factory());
        if let Some(factory) = factory.filter(decodes_pictures) {
            return Some(factory);
        }
        pad = pad.downcast_ref::<gst::GhostPad>()?.target()?;
    }
}

fn decodes_pictures(factory: &gst::ElementFactory) -> bool {
    let class = factory.metadata("klass").unwrap_or_default();
    class.contains("Decoder") && (class.contains("Video") || class.contains("Image"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn make(name: &str) -> gst::element_factory::ElementBuilder<'_> {
    gst::ElementFactory::make(name)
}

/// Adds what reads and decodes the source.
fn add(pipeline: &gst::Pipeline, source: &Source) -> Result<gst::Element> {
    match source {
        Source::File(path) | Source::Missing(path) => {
            let path = std::path::absolute(path)?;
            let uri = gst::glib::filename_to_uri(&path, None)?;
            uri_decoder(pipeline, &uri)
        }
        Source::Uri(uri) => uri_decoder(pipeline, uri),
        Source::Picture { .. } | Source::Numbered(_) => bail!("pictures are not for GStreamer"),
    }
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

/// The tables of a file whose pictures are mostly not wanted.
fn index(source: &Source, sampling: Sampling, decode_all: bool) -> Option<Arc<Index>> {
    match source {
        Source::File(path) if !decode_all && sampling.leaves_much() => {
            Index::read(path).map(Arc::new)
        }
        _ => None,
    }
}

/// Notes which video decoder is plugged, and lets something stand before it.
fn watch_decoder(
    pipeline: &gst::Pipeline,
    decoder: &Arc<Mutex<Option<String>>>,
    sampler: &Arc<Sampler>,
    skippers: &Arc<Skippers>,
    attach: impl Fn(&gst::Pad, &Arc<Sampler>) -> Arc<Skipper> + Send + Sync + 'static,
) {
    let (decoder, sampler, skippers) = (decoder.clone(), sampler.clone(), skippers.clone());
    pipeline.connect_deep_element_added(move |_, _, element| {
        let Some(factory) = element.factory().filter(decodes_pictures) else {
            return;
        };
        *lock(&decoder) = Some(factory.name().to_string());
        if let Some(pad) = element.static_pad("sink") {
            skippers.add(element, attach(&pad, &sampler));
        }
    });
}
