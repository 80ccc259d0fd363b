// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an input to its wanted frames: source, decoder, and what stands before and behind it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use gst::prelude::*;

use crate::hardware::Decoders;
use crate::input::Source;
use crate::lock;
use crate::reading::Reading;
use crate::sampler::Sampler;
use crate::sampling::Sampling;
use crate::skip::{Index, Skipper, Skippers};
use crate::stills;
use crate::survey::Survey;

/// The decoding part of a pipeline.
pub struct Decoding {
    /// Counts pictures; can end the stream.
    pub sampler: Arc<Sampler>,
    /// What is read.
    pub reading: Arc<Reading>,
    /// Where decoded frames leave, once there are any.
    frames: Arc<Mutex<Option<gst::Pad>>>,
    origin: gst::ClockTime,
    decoder: Arc<Mutex<Option<String>>>,
}

impl Decoding {
    /// Adds source and decoder to the pipeline. The wanted frames of the video stream that the survey
    /// chose go to `target`; all others are not even decoded, unless `decode_all` is set.
    pub fn new(
        pipeline: &gst::Pipeline,
        source: &Source,
        survey: &Survey,
        decoders: &Decoders,
        sampling: Sampling,
        decode_all: bool,
        target: &gst::Pad,
    ) -> Result<Self> {
        let sampler = Arc::new(Sampler::default());
        if let Some(element) = stills::add(pipeline, source, &sampler)? {
            let pad = element.static_pad("src").context("appsrc without a pad")?;
            let origin = gst::ClockTime::ZERO;
            sampler.attach(&pad, sampling, origin, || false);
            pad.link(target)?;
            let decoder = Arc::new(Mutex::new(Some(stills::DECODER.to_owned())));
            let (reading, frames) = (Arc::default(), Arc::default());
            return Ok(Self { sampler, reading, frames, origin, decoder });
        }
        let decoder = Arc::new(Mutex::new(None));
        let (skippers, reading) = (Arc::new(Skippers::default()), Arc::new(Reading::default()));
        let (index, origin) = (index(source, sampling, decode_all), survey.origin);
        reading.attach(pipeline);
        watch_decoder(pipeline, &decoder, &sampler, &skippers, move |pad, sampler| {
            Skipper::attach(pad, sampler, sampling, origin, decode_all, index.clone())
        });
        let element = add(pipeline, source, survey)?;
        let leaving = Arc::new(Mutex::new(None));
        let (frames, target, pads) = (sampler.clone(), target.clone(), leaving.clone());
        let (decoders, plugged) = (decoders.clone(), decoder.clone());
        let ending = Ending { reading: reading.clone(), pipeline: pipeline.downgrade(), sampling };
        let ending = (!source.is_live()).then_some(Arc::new(ending));
        let survey = survey.clone();
        element.connect_pad_added(move |element, pad| {
            let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
            let is_video = caps.structure(0).is_some_and(|s| s.name() == "video/x-raw");
            if is_video && !target.is_linked() && survey.takes(pad.stream_id().as_deref()) {
                if let Some(factory) = decoder_of(pad) {
                    if let Err(why) = decoders.check(&factory) {
                        frames.has_video.store(true, Ordering::Relaxed);
                        gst::element_error!(element, gst::StreamError::Decode, ("{why}"));
                        return;
                    }
                    // Of several streams this one's, whichever was plugged last.
                    *lock(&plugged) = Some(factory.name().to_string());
                }
                let ending = ending.clone();
                frames.attach(pad, sampling, origin, move || {
                    ending.as_ref().is_some_and(|ending| ending.is_early(origin))
                });
                *lock(&pads) = Some(pad.clone());
                skippers.activate(pad);
                if let Err(error) = pad.link(&target) {
                    tracing::error!("could not link the decoder: {error}");
                }
            }
        });
        Ok(Self { sampler, reading, frames: leaving, origin, decoder })
    }

    /// Reads on at the first key frame behind this time of the film; what comes before it was seen.
    /// `false` where the source cannot.
    pub fn read_on(&self, time: gst::ClockTime) -> bool {
        let Some(pad) = lock(&self.frames).clone() else { return false };
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_AFTER;
        let (set, none) = (gst::SeekType::Set, gst::SeekType::None);
        let time = time + self.origin;
        self.sampler.rejoining.store(true, Ordering::Release);
        pad.send_event(gst::event::Seek::new(1.0, flags, set, time, none, gst::ClockTime::NONE))
    }

    /// Lets an end that was held back go on.
    pub fn end(&self) {
        self.sampler.over.store(true, Ordering::Relaxed);
        if let Some(peer) = lock(&self.frames).as_ref().and_then(gst::Pad::peer) {
            peer.send_event(gst::event::Eos::new());
        }
    }

    /// The video decoder really plugged, once there is one.
    pub fn decoder(&self) -> Option<String> {
        lock(&self.decoder).clone()
    }
}

/// What says whether an end comes too early.
struct Ending {
    reading: Arc<Reading>,
    pipeline: gst::glib::WeakRef<gst::Pipeline>,
    sampling: Sampling,
}

impl Ending {
    fn is_early(&self, origin: gst::ClockTime) -> bool {
        let pipeline = self.pipeline.upgrade();
        let length = pipeline.and_then(|pipeline| pipeline.query_duration::<gst::ClockTime>());
        // No film is known to be longer than what is wanted of it.
        let wanted = self.sampling.to.map(|to| to + origin);
        let length = length.map(|length| wanted.map_or(length, |to| to.min(length)));
        length.is_some_and(|length| self.reading.falls_short(length).is_some())
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

fn make(name: &str) -> gst::element_factory::ElementBuilder<'_> {
    gst::ElementFactory::make(name)
}

/// Adds what reads and decodes the source.
fn add(pipeline: &gst::Pipeline, source: &Source, survey: &Survey) -> Result<gst::Element> {
    match source {
        Source::File(path) | Source::Missing(path) | Source::Piped(_, path) => {
            let path = std::path::absolute(path)?;
            let uri = gst::glib::filename_to_uri(&path, None)?;
            uri_decoder(pipeline, &uri, survey)
        }
        Source::Uri(uri) => uri_decoder(pipeline, uri, survey),
        Source::Picture { .. } | Source::Numbered(_) => bail!("pictures are not for GStreamer"),
    }
}

fn uri_decoder(pipeline: &gst::Pipeline, uri: &str, survey: &Survey) -> Result<gst::Element> {
    let decoder = make("uridecodebin").property("uri", uri).build()?;
    decode_pictures_only(&decoder, survey);
    pipeline.add(&decoder)?;
    Ok(decoder)
}

/// Leaves sound, subtitles and pictures beside the film undecoded: they come out as they are, and nobody
/// links them.
fn decode_pictures_only(decoder: &gst::Element, survey: &Survey) {
    let survey = survey.clone();
    decoder.connect("autoplug-continue", false, move |values| {
        let mut pad = values.get(1)?.get::<gst::Pad>().ok()?;
        while let Some(inner) = pad.downcast_ref::<gst::GhostPad>().and_then(|pad| pad.target()) {
            pad = inner;
        }
        let caps = values.get(2)?.get::<gst::Caps>().ok()?;
        let kind = caps.structure(0)?.name();
        let other = ["audio/", "text/", "subpicture/", "subtitle/"];
        let is_other = other.iter().any(|prefix| kind.starts_with(prefix));
        // Before a demuxer there is no stream to choose.
        let is_stream = pad.parent_element().and_then(|e| e.factory()).is_some_and(|factory| {
            let class = factory.metadata("klass").unwrap_or_default().to_owned();
            class.contains("Demux") || class.contains("Parser")
        });
        let left = is_stream && !survey.takes(pad.stream_id().as_deref());
        Some((!is_other && !left).to_value())
    });
}

/// The tables of a file whose pictures are mostly not wanted.
fn index(source: &Source, sampling: Sampling, decode_all: bool) -> Option<Arc<Index>> {
    match source {
        Source::File(path) | Source::Piped(_, path) if !decode_all && sampling.leaves_much() => {
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
