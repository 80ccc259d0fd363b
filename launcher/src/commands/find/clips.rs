// SPDX-License-Identifier: MIT OR Apache-2.0
//! Appearances cut out of their videos without decoding them.
//!
//! What was coded is copied: a clip begins at the key frame before, and what a Matroska file cannot hold is said.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use facegroup::archive::Appearance;
use gst::prelude::*;

use crate::commands::run::init_gstreamer;

/// Seconds before and after an appearance.
const AROUND: f64 = 1.0;
/// Longest time that cutting one clip may take.
const LIMIT: gst::ClockTime = gst::ClockTime::from_seconds(300);

/// What was cut.
#[derive(Debug, Default)]
pub struct Cut {
    pub written: Vec<PathBuf>,
    /// What could not be, a line each.
    pub troubles: Vec<String>,
}

/// Cuts these appearances into a folder; those of one video that touch are one clip.
pub fn cut<'a>(folder: &Path, appearances: impl Iterator<Item = &'a Appearance>) -> Result<Cut> {
    init_gstreamer()?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let mut videos: BTreeMap<(&str, &str), Vec<[f64; 2]>> = BTreeMap::new();
    for appearance in appearances {
        let [begin, end] = appearance.span;
        let spans = videos.entry((&appearance.source, &appearance.video)).or_default();
        spans.push([(begin - AROUND).max(0.0), end + AROUND]);
    }
    let mut cut = Cut::default();
    for ((source, video), spans) in videos {
        for span in joined(spans) {
            let stem = Path::new(video).file_stem().unwrap_or_default().to_string_lossy();
            let plain = |c: char| if c == '/' || c.is_control() { '_' } else { c };
            let stem: String = stem.chars().map(plain).collect();
            let target = folder.join(format!("{stem}_{:.0}-{:.0}.mkv", span[0], span[1].ceil()));
            match copy(source, span, &target) {
                Ok(()) => cut.written.push(target),
                Err(error) => cut.troubles.push(format!("{video}: {error:#}")),
            }
        }
    }
    Ok(cut)
}

/// Spans in order, those that touch as one.
fn joined(mut spans: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    spans.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut joined: Vec<[f64; 2]> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span[0] <= last[1] => last[1] = last[1].max(span[1]),
            _ => joined.push(span),
        }
    }
    joined
}

fn copy(source: &str, [begin, end]: [f64; 2], target: &Path) -> Result<()> {
    if !Path::new(source).is_file() {
        bail!("{source} is not there any more");
    }
    let part = target.with_extension("mkv.part");
    let pipeline = gst::Pipeline::new();
    let make = |name: &str| {
        let element = gst::ElementFactory::make(name).build();
        element.map_err(|_| anyhow!("GStreamer has no {name}: install gstreamer1.0-plugins-good"))
    };
    let (file, parse, muxer, sink) =
        (make("filesrc")?, make("parsebin")?, make("matroskamux")?, make("filesink")?);
    file.set_property("location", source);
    sink.set_property("location", part.to_string_lossy().as_ref());
    pipeline.add_many([&file, &parse, &muxer, &sink])?;
    file.link(&parse)?;
    muxer.link(&sink)?;
    let (weak, mux) = (pipeline.downgrade(), muxer.clone());
    parse.connect_pad_added(move |_, pad| {
        let Some(pipeline) = weak.upgrade() else { return };
        let Ok(queue) = gst::ElementFactory::make("queue").build() else { return };
        let linked = || -> Option<()> {
            pipeline.add(&queue).ok()?;
            queue.sync_state_with_parent().ok()?;
            pad.link(&queue.static_pad("sink")?).ok()?;
            queue.link(&mux).ok()
        };
        if linked().is_none() {
            // Subtitles and data that the file cannot hold are left out.
            let _ = pipeline.remove(&queue);
            let _ = queue.set_state(gst::State::Null);
            let Ok(nothing) =
                gst::ElementFactory::make("fakesink").property("async", false).build()
            else {
                return;
            };
            let _ = pipeline.add(&nothing);
            let _ = nothing.sync_state_with_parent();
            if let Some(to) = nothing.static_pad("sink") {
                let _ = pad.link(&to);
            }
        }
    });
    let done = play(&pipeline, begin, end);
    pipeline.set_state(gst::State::Null)?;
    let kept = done.and_then(|()| Ok(std::fs::rename(&part, target)?));
    if kept.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    kept
}

fn play(pipeline: &gst::Pipeline, begin: f64, end: f64) -> Result<()> {
    let bus = pipeline.bus().context("no bus")?;
    let wait = |kinds: &[gst::MessageType]| -> Result<()> {
        match bus.timed_pop_filtered(LIMIT, kinds).as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Error(error)) => bail!("{}", error.error()),
            Some(_) => Ok(()),
            None => bail!("it took longer than {LIMIT}"),
        }
    };
    pipeline.set_state(gst::State::Paused)?;
    wait(&[gst::MessageType::AsyncDone, gst::MessageType::Error])?;
    let time = |seconds: f64| gst::ClockTime::from_nseconds((seconds * 1e9) as u64);
    let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_BEFORE;
    pipeline.seek(1.0, flags, gst::SeekType::Set, time(begin), gst::SeekType::Set, time(end))?;
    pipeline.set_state(gst::State::Playing)?;
    wait(&[gst::MessageType::Eos, gst::MessageType::Error])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_is_one_clip() {
        let spans = vec![[5.0, 6.0], [0.0, 2.0], [1.5, 4.0], [4.5, 5.0]];
        assert_eq!(joined(spans), [[0.0, 4.0], [4.5, 6.0]]);
    }
}
