// SPDX-License-Identifier: MIT OR Apache-2.0
//! What streams a file holds, which of them is the film, and when it begins: from its first packets, before
//! anything of it is decoded.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gst::prelude::*;

use crate::closing;
use crate::input::Source;
use crate::lock;

/// Packets read at most: some streams begin late, and some have but one picture.
const MOST_PACKETS: usize = 400;
/// Packets of a stream whose times are compared: pictures come in decoding order.
const FIRST_PACKETS: usize = 20;
/// How long the beginning of a file may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A stream of pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    /// GStreamer's name for it without what names the file.
    id: String,
    /// What it is, for people.
    pub what: String,
    /// Coded as photographs are; a film may be, too.
    still: bool,
    /// The file says that players should choose it.
    default: bool,
    packets: usize,
}

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Its pictures, in the order of the file.
    pub videos: Vec<Video>,
    /// Which of them is looked at.
    chosen: Option<usize>,
    /// Stream time at which the first stream begins, which players show as zero.
    pub origin: gst::ClockTime,
    /// Something in it is encrypted.
    pub encrypted: bool,
}

/// A stream as it is read.
#[derive(Debug)]
struct Stream {
    id: String,
    caps: Option<gst::Caps>,
    default: bool,
    packets: usize,
    first: Option<gst::ClockTime>,
    segment: gst::FormattedSegment<gst::ClockTime>,
    ended: bool,
}

type Streams = Arc<Mutex<Vec<Stream>>>;

impl Survey {
    /// Reads the beginning of a file; of anything else nothing is known.
    ///
    /// # Errors
    /// A video stream was asked for that the file does not have.
    pub fn of(source: &Source, asked: Option<usize>) -> Result<Self, String> {
        let path = match source {
            Source::File(path) | Source::Piped(_, path) => path,
            _ => return Ok(Self::default()),
        };
        let streams = read(path).unwrap_or_default();
        let mut survey = Self::new(&lock(&streams));
        match asked {
            Some(number) if (1..=survey.videos.len()).contains(&number) => {
                survey.chosen = Some(number - 1);
            }
            Some(number) if !survey.videos.is_empty() => {
                let count = survey.videos.len();
                return Err(format!("--video-stream {number}: it has {count} of them"));
            }
            _ => (),
        }
        Ok(survey)
    }

    fn new(streams: &[Stream]) -> Self {
        let kind = |stream: &Stream| {
            let caps = stream.caps.as_ref()?;
            Some(caps.structure(0)?.name().to_string())
        };
        let mut videos: Vec<Video> = streams
            .iter()
            .filter_map(|stream| {
                let kind = kind(stream)?;
                let still = kind.starts_with("image/");
                (still || kind.starts_with("video/")).then(|| Video {
                    id: stream.id.clone(),
                    what: describe(stream.caps.as_ref()),
                    still,
                    default: stream.default,
                    packets: stream.packets,
                })
            })
            .collect();
        videos.sort_by(|a, b| a.id.cmp(&b.id));
        let timed = |stream: &&Stream| {
            kind(stream).is_some_and(|kind| {
                ["video/", "audio/", "image/"].iter().any(|family| kind.starts_with(family))
            })
        };
        let origin = streams.iter().filter(timed).filter_map(|stream| stream.first).min();
        let encrypted = streams
            .iter()
            .filter_map(kind)
            .any(|kind| ["application/x-cenc", "application/x-cbcs"].contains(&kind.as_str()));
        Self { chosen: choose(&videos), videos, origin: origin.unwrap_or_default(), encrypted }
    }

    /// Whether a stream is looked at, by GStreamer's name for it; where nothing is known each may be.
    pub fn takes(&self, id: Option<&str>) -> bool {
        let chosen = self.chosen.and_then(|chosen| self.videos.get(chosen));
        match (chosen, id) {
            (Some(video), Some(id)) => video.id == own_part(id),
            _ => true,
        }
    }

    /// Says which of several films is looked at, and how another one is; nothing where there is no choice.
    pub fn choice(&self) -> Option<String> {
        let chosen = self.chosen?;
        let film = |video: &Video| !video.still || video.packets > 1;
        let others: Vec<usize> = (0..self.videos.len()).filter(|&n| n != chosen).collect();
        if !others.iter().any(|&n| self.videos.get(n).is_some_and(film)) {
            return None;
        }
        let name = |n: usize| {
            format!("{} ({})", n + 1, self.videos.get(n).map_or("", |video| video.what.as_str()))
        };
        let left: Vec<String> = others.into_iter().map(name).collect();
        Some(format!(
            "{} videos in it: {} is looked at, {} left out; --video-stream N takes another",
            self.videos.len(),
            name(chosen),
            left.join(" and ")
        ))
    }
}

/// The film of a file: no still picture where there is another, then the one that the file prefers, then the
/// first.
fn choose(videos: &[Video]) -> Option<usize> {
    let rank = |video: &Video| (video.still && video.packets < 2, video.still, !video.default);
    (0..videos.len()).min_by_key(|&n| videos.get(n).map(rank))
}

/// A stream's name without the hash of the file's address.
fn own_part(id: &str) -> &str {
    let hash = id.bytes().take_while(u8::is_ascii_hexdigit).count();
    if hash == 64 { id.get(hash..).unwrap_or(id) } else { id }
}

fn describe(caps: Option<&gst::Caps>) -> String {
    let Some(stream) = caps.and_then(|caps| caps.structure(0)) else { return String::new() };
    let name = stream.name().to_string();
    let codec = name.rsplit(['/', '-']).next().unwrap_or_default().to_owned();
    match (stream.get::<i32>("width"), stream.get::<i32>("height")) {
        (Ok(width), Ok(height)) => format!("{codec}, {width}x{height}"),
        _ => codec,
    }
}

fn read(path: &std::path::Path) -> Option<Streams> {
    let pipeline = gst::Pipeline::new();
    let source = gst::ElementFactory::make("filesrc").property("location", path).build().ok()?;
    let parser = gst::ElementFactory::make("parsebin").build().ok()?;
    pipeline.add_many([&source, &parser]).ok()?;
    source.link(&parser).ok()?;
    let streams = Streams::default();
    let (held, whole) = (streams.clone(), pipeline.downgrade());
    parser.connect_pad_added(move |_, pad| {
        if let Some(pipeline) = whole.upgrade() {
            follow(&pipeline, pad, &held);
        }
    });
    let bus = pipeline.bus()?;
    let begun = Instant::now();
    // What is wrong shows again, and is said, where the file is played.
    if pipeline.set_state(gst::State::Playing).is_ok() {
        while begun.elapsed() < PATIENCE && !is_enough(&lock(&streams)) {
            let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
            if bus.timed_pop_filtered(gst::ClockTime::from_mseconds(2), &kinds).is_some() {
                break;
            }
        }
    }
    closing::close(&pipeline);
    Some(streams)
}

/// Takes note of what comes out of `pad`.
fn follow(pipeline: &gst::Pipeline, pad: &gst::Pad, streams: &Streams) {
    let flags = pad.stream().map(|stream| stream.stream_flags());
    let number = {
        let mut streams = lock(streams);
        streams.push(Stream {
            id: own_part(&pad.stream_id().unwrap_or_default()).to_owned(),
            caps: pad.current_caps(),
            default: flags.is_some_and(|flags| flags.contains(gst::StreamFlags::SELECT)),
            packets: 0,
            first: None,
            segment: gst::FormattedSegment::new(),
            ended: false,
        });
        streams.len() - 1
    };
    let held = streams.clone();
    let mask = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    pad.add_probe(mask, move |_, info| {
        if let Some(stream) = lock(&held).get_mut(number) {
            stream.see(info);
        }
        gst::PadProbeReturn::Ok
    });
    let sink = gst::ElementFactory::make("fakesink")
        .property("sync", false)
        .property("async", false)
        .build();
    let Ok(sink) = sink else { return };
    if pipeline.add(&sink).is_ok() && sink.sync_state_with_parent().is_ok() {
        let _ = sink.static_pad("sink").map(|target| pad.link(&target));
    }
}

impl Stream {
    fn see(&mut self, info: &gst::PadProbeInfo) {
        match info.event().map(|event| event.view()) {
            Some(gst::EventView::Caps(caps)) => self.caps = Some(caps.caps_owned()),
            Some(gst::EventView::Segment(segment)) => {
                if let Some(time) = segment.segment().downcast_ref() {
                    self.segment = time.clone();
                }
            }
            Some(gst::EventView::Eos(_)) => self.ended = true,
            _ => (),
        }
        let Some(buffer) = info.buffer() else { return };
        self.packets += 1;
        if self.packets <= FIRST_PACKETS {
            let time = self.segment.to_stream_time(buffer.pts());
            self.first = self.first.into_iter().chain(time).min();
        }
    }

    fn is_picture(&self) -> bool {
        let kind = self.caps.as_ref().and_then(|caps| caps.structure(0)).map(|s| s.name());
        kind.is_some_and(|kind| kind.starts_with("video/") || kind.starts_with("image/"))
    }
}

/// Whether each stream of pictures, and the sound before it, is known.
fn is_enough(streams: &[Stream]) -> bool {
    let packets: usize = streams.iter().map(|stream| stream.packets).sum();
    let known = |stream: &Stream| {
        let wanted = if stream.is_picture() { FIRST_PACKETS } else { 1 };
        stream.ended || stream.packets >= wanted
    };
    !streams.is_empty() && (streams.iter().all(known) || packets >= MOST_PACKETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(id: &str, still: bool, default: bool, packets: usize) -> Video {
        Video { id: id.into(), what: "h264".into(), still, default, packets }
    }

    #[test]
    fn the_film_and_not_its_cover() {
        let cover = video("/001", true, true, 1);
        let film = video("/002", false, false, 20);
        let second = video("/003", false, true, 20);
        assert_eq!(choose(&[cover.clone(), film.clone()]), Some(1));
        assert_eq!(choose(&[film.clone(), second.clone()]), Some(1));
        assert_eq!(choose(&[film.clone(), video("/003", false, false, 20)]), Some(0));
        let photographs = video("/002", true, false, 20);
        assert_eq!(choose(&[cover.clone(), photographs]), Some(1));
        assert_eq!(choose(std::slice::from_ref(&cover)), Some(0));
        assert_eq!(choose(&[]), None);
    }

    #[test]
    fn what_is_left_out_is_said_but_for_covers() {
        let survey =
            |videos: Vec<Video>| Survey { chosen: choose(&videos), videos, ..Survey::default() };
        let cover = video("/001", true, false, 1);
        let film = || video("/002", false, true, 20);
        assert_eq!(survey(vec![cover, film()]).choice(), None);
        let two = survey(vec![film(), video("/003", false, false, 20)]);
        let said = two.choice().unwrap_or_default();
        assert!(
            said.contains("1 (h264) is looked at") && said.contains("--video-stream"),
            "{said}"
        );
        let hash = "0".repeat(64);
        assert!(two.takes(Some(&format!("{hash}/002"))));
        assert!(!two.takes(Some(&format!("{hash}/003"))));
    }
}
