// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pipeline of one input: decode, look, cut, file.

use std::sync::Arc;

use anyhow::{Context, Result};
use framesource::decode::Decoding;
use framesource::hardware::Decoders;
use framesource::input::Source;
use framesource::reading::Reading;
use framesource::sampler::Sampler;
use framesource::sampling::{Pace, Sampling};
use framesource::survey::Survey;
use framesource::{fields, orientation};
use gst::prelude::*;
use gstfacegroup::facesink::{FaceSink, SharedDataset};
use imaging::choice::Choice;

use super::elements;
use crate::cli::{Mode, RunArgs};

/// Decoded pictures that may wait: enough to overlap decoding with inference.
const DECODED_AHEAD: u32 = 4;
/// Pictures with their faces found that may wait for the embedder: the next is processed meanwhile.
const DETECTED_AHEAD: u32 = 4;

/// The whole frame is searched this often unless something else is asked for, in seconds: of five looks a
/// second every other. Of 1,324 faces of 40 pixels and more in seven clips that whole looks at 960 find, the
/// default keeps .992 so, and .993 with every look a search.
const DEFAULT_FULL_FRAME_INTERVAL: f64 = 0.3;

/// A pipeline and what can be read off it while it runs.
pub struct Job {
    /// The whole.
    pub pipeline: gst::Pipeline,
    /// Counts pictures; can end the stream.
    pub sampler: Arc<Sampler>,
    /// Whether it is one picture, of which there may be thousands.
    pub is_still: bool,
    /// What is read.
    pub reading: Arc<Reading>,
    /// Source and decoder.
    pub decoding: Decoding,
}

impl Job {
    /// The video decoder really plugged, once there is one.
    pub fn decoder(&self) -> Option<String> {
        self.decoding.decoder()
    }

    /// Whether decoded pictures wait for the networks.
    pub fn is_busy(&self) -> bool {
        let queue = self.pipeline.by_name("decoded");
        queue.is_some_and(|queue| queue.property::<u32>("current-level-buffers") > 0)
    }

    /// Builds the pipeline; it does not run yet.
    pub fn new(
        source: &Source,
        survey: &Survey,
        arguments: &RunArgs,
        decoders: &Decoders,
        sampling: Sampling,
        dataset: SharedDataset,
        (video, turned): (&str, Option<&'static str>),
    ) -> Result<Self> {
        let pipeline = gst::Pipeline::new();
        let elements = face_elements(arguments, source, sampling.pace)?;
        if let Some(detect) = elements.iter().find(|element| element.name() == "detect") {
            if let Some(pad) = detect.static_pad("sink") {
                fields::attach(&pad);
            }
            super::debug::attach(detect, arguments, &dataset, video)?;
        }
        let named = |name: &str| elements.iter().find(|element| element.name() == name);
        let shown = named("track").or_else(|| named("detect"));
        if let (Some(shown), Some(sink)) = (shown, &arguments.debug.display) {
            super::display::attach(shown, sink)?;
        }
        let sink = FaceSink::new();
        sink.set_dataset(dataset, video);
        let mut chain: Vec<&gst::Element> = elements.iter().collect();
        chain.push(sink.upcast_ref());
        pipeline.add_many(&chain)?;
        gst::Element::link_many(&chain)?;

        let first =
            chain.first().and_then(|e| e.static_pad("sink")).context("no element to link")?;
        let all = arguments.decode_all;
        if let Some(turned) = turned {
            orientation::turn(&first, turned);
        }
        let decoding = Decoding::new(&pipeline, source, survey, decoders, sampling, all, &first)?;
        let (sampler, reading) = (decoding.sampler.clone(), decoding.reading.clone());
        Ok(Self { pipeline, sampler, reading, is_still: source.is_still(), decoding })
    }
}

fn make(name: &str) -> gst::element_factory::ElementBuilder<'_> {
    gst::ElementFactory::make(name)
}

/// From the queue behind the decoder to the crops.
fn face_elements(arguments: &RunArgs, source: &Source, pace: Pace) -> Result<Vec<gst::Element>> {
    let queue = |name: &str, buffers: u32| {
        make("queue")
            .name(name)
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
        .property("rejects", arguments.debug.wants_rejects())
        .property("input-size", arguments.detection_size.unwrap_or_default())
        .property("batch-size", arguments.detection_batch)
        .property("search-interval", (full_frame_interval(arguments, source) * 1e9).round() as u64)
        .property("search-ahead", !source.is_live());
    // A photograph is seen once, and may be one of fifty people.
    let coarse_scale = arguments.coarse_scale.or(source.is_pictures().then_some(0.0));
    if let Some(scale) = coarse_scale {
        detect = detect.property("first-look", scale);
    }
    let asked = &arguments.detect;
    detect = detect.property("any-angle", asked.any_angle);
    if let Some(model) = &asked.confirm_detector {
        detect = detect.property("confirm-model", model);
    }
    if let Some(kind) = &asked.confirm_detector_kind {
        detect = detect.property("confirm-model-kind", kind);
    }
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
        .property("model", arguments.embedder())
        .property("device", &arguments.device)
        .property("allow-fallback", arguments.allow_fallback)
        .property("threads", arguments.threads)
        .property_from_str("flip", arguments.flip.name())
        .property("max-samples", arguments.samples);
    if let Some(kind) = &arguments.embedder_kind {
        embed = embed.property("model-kind", kind);
    }
    let mut crop =
        make("facecrop").property("square", arguments.square).property("size", arguments.crop_size);
    let sides = ["scale-left", "scale-right", "scale-up", "scale-down"];
    for (side, value) in sides.into_iter().zip(arguments.crop_scale()) {
        crop = crop.property(side, value);
    }
    let crop = elements::facecrop(&arguments.crop, crop);
    let mut elements = vec![
        queue("decoded", DECODED_AHEAD)?,
        // Passes common formats through; the rare ones (10 bits, 4:4:4) are converted here.
        make("videoconvert").build()?,
        detect.build()?,
    ];
    // Faces at the same place of two photographs are not one person for that.
    if !is_album(source, pace) {
        let track = make("facetrack").name("track");
        elements.push(elements::facetrack(&arguments.track, track, track_age(pace)).build()?);
    }
    if let Some(aspect) = elements::aspect(&arguments.track, &source.name())? {
        elements.insert(1, aspect);
    }
    // Embedding on whole frames, so that tight crops cost no accuracy.
    if arguments.mode == Mode::Full {
        elements.push(queue("detected", DETECTED_AHEAD)?);
        elements.push(embed.build()?);
    }
    elements.push(crop.build()?);
    Ok(elements)
}

/// Whether the pictures are photographs, each for itself: not a film, nor taken for one by asking for a step.
fn is_album(source: &Source, pace: Pace) -> bool {
    source.is_still() || (matches!(source, Source::Numbered(_)) && pace == Pace::Every)
}

/// How often the whole frame is searched, in seconds; 0 for every frame looked at. Frames of a live stream
/// are not to wait for the next search, rejects are wanted of all of a frame, and whoever asks for batches
/// has a device that likes whole frames.
fn full_frame_interval(arguments: &RunArgs, source: &Source) -> f64 {
    let rejects = arguments.debug.wants_rejects();
    let all = source.is_live() || source.is_pictures() || rejects || arguments.detection_batch > 1;
    arguments.full_frame_interval.unwrap_or(if all { 0.0 } else { DEFAULT_FULL_FRAME_INTERVAL })
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    /// Tests run side by side, and elements are registered once.
    fn init() {
        static INIT: std::sync::Once = std::sync::Once::new();
        INIT.call_once(|| super::super::init_gstreamer().unwrap());
    }

    /// docs/design/predecessors.md 2.4 #15: one thread did everything, one thing after the other.
    #[test]
    fn decoding_goes_on_while_networks_work_a_few_pictures_ahead() {
        init();
        let run = Cli::try_parse_from(["facegroup", "a.mkv"]).unwrap().run;
        let elements = face_elements(&run, &Source::File("a.mkv".into()), Pace::Every).unwrap();
        // The networks' place: a sink that lets nothing through.
        let (first, busy) = (elements.first().unwrap(), make("fakesink").build().unwrap());
        let pipeline = gst::Pipeline::new();
        pipeline.add_many([first, &busy]).unwrap();
        first.link(&busy).unwrap();
        let block = gst::PadProbeType::BLOCK | gst::PadProbeType::BUFFER;
        busy.static_pad("sink").unwrap().add_probe(block, |_, _| gst::PadProbeReturn::Ok);
        let full = std::sync::mpsc::channel();
        first.connect("overrun", false, move |_| {
            full.0.send(()).unwrap();
            None
        });
        pipeline.set_state(gst::State::Playing).unwrap();
        let pad = first.static_pad("sink").unwrap();
        let decoded = Arc::new(AtomicU32::new(0));
        let decoding = std::thread::spawn({
            let (pad, decoded) = (pad.clone(), decoded.clone());
            move || {
                let segment = gst::FormattedSegment::<gst::ClockTime>::new();
                pad.send_event(gst::event::StreamStart::new("film"));
                pad.send_event(gst::event::Segment::new(&segment));
                while pad.chain(gst::Buffer::new()).is_ok() {
                    decoded.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        // Else decoding waits for the first picture, or never does.
        full.1.recv_timeout(std::time::Duration::from_secs(60)).unwrap();
        let ahead = decoded.load(Ordering::Relaxed);
        assert!((DECODED_AHEAD..=DECODED_AHEAD + 1).contains(&ahead), "{ahead}");
        pad.send_event(gst::event::FlushStart::new());
        decoding.join().unwrap();
        pipeline.set_state(gst::State::Null).unwrap();
    }

    /// docs/design/predecessors.md 1.11 #12: the command line and the functions beneath had other defaults.
    #[test]
    fn what_nobody_asks_for_is_the_same_in_a_pipeline_and_in_the_program() {
        init();
        let run = Cli::try_parse_from(["facegroup", "a.mkv"]).unwrap().run;
        let step = Pace::Step(gst::ClockTime::from_mseconds(200));
        let mut other = Vec::new();
        for element in face_elements(&run, &Source::File("a.mkv".into()), step).unwrap() {
            let factory = element.factory().unwrap().name();
            for property in element.list_properties().iter() {
                let own = property.owner_type().name().starts_with("GstRs");
                if !own || !property.flags().contains(glib::ParamFlags::WRITABLE) {
                    continue;
                }
                let set = format!("{:?}", element.property_value(property.name()));
                if set != format!("{:?}", property.default_value()) {
                    other.push(format!("{factory} {}", property.name()));
                }
            }
        }
        // A program keeps what is worth keeping, and has time to look ahead; an element tells all it sees, at
        // once.
        assert_eq!(
            other,
            ["facedetect min-size", "facedetect search-interval", "facedetect search-ahead"]
        );
    }
}
