// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which way up a film is, by the faces at its beginning.

use framesource::decode::Decoding;
use framesource::input::Source;
use framesource::sampling::{Pace, Sampling};
use framesource::survey::Survey;
use gst::prelude::*;
use imaging::frame::Orientation;
use imaging::geometry::Rect;

use super::context::RunContext;

/// A look every so often, in seconds, and how far into what is wanted at most.
const STEP: u64 = 2;
const MOST: u64 = 240;
/// Faces after which it is clear, if so large a part of them stands the same way.
const ENOUGH: usize = 6;
const CLEAR: f32 = 0.75;
/// How long a look may take to come.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(20);
/// The turns as GStreamer's tag has them, by quarters clockwise.
const TURNS: [&str; 4] = ["rotate-0", "rotate-90", "rotate-180", "rotate-270"];

/// How to turn the film so that its faces stand upright, whatever its file says; `None` where no face shows that.
pub fn find(
    source: &Source,
    survey: &Survey,
    context: &RunContext<'_>,
    sampling: Sampling,
    video: &str,
) -> Result<Option<&'static str>, String> {
    let said = |error: &dyn std::fmt::Display| format!("{video}: which way up it is: {error}");
    let from = sampling.from;
    let sampling = Sampling {
        pace: if source.is_pictures() {
            Pace::Every
        } else {
            Pace::Step(gst::ClockTime::from_seconds(STEP))
        },
        to: Some(from + gst::ClockTime::from_seconds(MOST)),
        ..sampling
    };
    let pipeline = gst::Pipeline::new();
    let (convert, sink) = chain(&pipeline).map_err(|e| said(&e))?;
    let target = convert.static_pad("sink").ok_or_else(|| said(&"no pad"))?;
    let decoding =
        Decoding::new(&pipeline, source, survey, context.decoders, sampling, false, &target)
            .map_err(|e| said(&e))?;
    let mut faces = [0usize; 4];
    if pipeline.set_state(gst::State::Playing).is_ok() {
        while let Some(sample) = sink.try_pull_sample(PATIENCE) {
            if let Some(turn) = stands(&sample, context).map_err(|e| said(&e))? {
                faces[turn.0] += turn.1;
            }
            if clear(&faces) {
                break;
            }
        }
    }
    drop(decoding);
    let _ = pipeline.set_state(gst::State::Null);
    let all: usize = faces.iter().sum();
    // The first of equals: nothing is turned without a reason.
    let best = (0..4).rev().max_by_key(|turn| faces[*turn]).filter(|_| all > 0);
    context.console.say(&match best {
        Some(turn) => format!(
            "{video}: {} of {all} faces stand upright when it is turned by {} degrees",
            faces[turn],
            turn * 90
        ),
        None => format!("{video}: no face at its beginning says which way up it is"),
    });
    Ok(best.map(|turn| TURNS[turn]))
}

fn chain(pipeline: &gst::Pipeline) -> anyhow::Result<(gst::Element, gst_app::AppSink)> {
    let convert = gst::ElementFactory::make("videoconvert").build()?;
    let caps = gst_video::VideoCapsBuilder::new().format(gst_video::VideoFormat::Rgb).build();
    let sink = gst_app::AppSink::builder().caps(&caps).max_buffers(1).sync(false).build();
    pipeline.add_many([&convert, sink.upcast_ref()])?;
    convert.link(&sink)?;
    Ok((convert, sink))
}

/// The turn in which most faces of a frame are seen, and how many; of as many, the surest.
fn stands(
    sample: &gst::Sample,
    context: &RunContext<'_>,
) -> anyhow::Result<Option<(usize, usize)>> {
    let (Some(caps), Some(buffer)) = (sample.caps(), sample.buffer()) else { return Ok(None) };
    let info = gst_video::VideoInfo::from_caps(caps)?;
    let Ok(frame) = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info) else {
        return Ok(None);
    };
    let Some(view) = gst_frameview::view(&frame, Orientation::Identity) else { return Ok(None) };
    let (width, height) = view.display_size();
    let all = Rect { x: 0.0, y: 0.0, width, height };
    let mut best: Option<(usize, usize, f32)> = None;
    for turn in 0..4u8 {
        let found = context.models.detector().detect_turned(&view, all, turn)?;
        let (count, sure) = (found.len(), found.iter().map(|face| face.score).sum());
        if count > 0 && best.is_none_or(|(_, most, surest)| (count, sure) > (most, surest)) {
            best = Some((turn.into(), count, sure));
        }
    }
    Ok(best.map(|(turn, count, _)| (turn, count)))
}

/// Whether enough faces stand the same way.
fn clear(faces: &[usize; 4]) -> bool {
    let all: usize = faces.iter().sum();
    let most = faces.iter().max().copied().unwrap_or_default();
    all >= ENOUGH && most as f32 >= CLEAR * all as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_faces_the_same_way_are_clear() {
        assert!(clear(&[0, 6, 0, 0]) && clear(&[1, 0, 7, 1]));
        assert!(!clear(&[5, 0, 0, 0]) && !clear(&[6, 0, 5, 0]));
    }
}
