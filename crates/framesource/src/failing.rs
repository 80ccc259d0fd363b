// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why an input cannot be played, in words that are the same on every run: several elements complain of one
//! fault, each in its own way and in any order.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use gst::prelude::*;

use crate::input::Source;
use crate::reaching;
use crate::survey::Survey;

/// Boxes of a file that are looked at.
const MOST_BOXES: usize = 10_000;
/// Bytes of its tables that are searched.
const MOST_TABLES: u64 = 4 << 20;

/// Why an input was not played to its end.
#[derive(Debug)]
pub enum Failure {
    /// Its own fault: the others can go on.
    Input(String),
    /// The disk's, a model's, a device's.
    Run(String),
}

/// What the bus said of it.
#[derive(Debug, Default)]
pub struct Why {
    /// Decoders and demuxers that are not there, by what they are for.
    missing: Vec<String>,
    encrypted: bool,
    /// That the source gave nothing, and what it said of itself.
    unreachable: Option<Option<String>>,
    failed: bool,
    /// What is read is a text.
    is_text: bool,
}

impl Why {
    /// Takes note of a message.
    pub fn note(&mut self, message: &gst::Message) {
        match message.view() {
            gst::MessageView::Error(error) => {
                let (error, debug) = (error.error(), error.debug().unwrap_or_default());
                let text = error.message().to_owned();
                self.encrypted |= error.matches(gst::StreamError::Decrypt)
                    || error.matches(gst::StreamError::DecryptNokey)
                    || debug.to_lowercase().contains("encrypted");
                // Some sources only say that their stream has ended.
                let is_first = !std::mem::replace(&mut self.failed, true);
                let unreached = error.kind::<gst::ResourceError>().is_some()
                    || is_first && message.src().is_some_and(is_source);
                if unreached && self.unreachable.is_none() {
                    let says = text.trim_end_matches('.');
                    let says = Some(says).filter(|says| !says.starts_with("Internal data"));
                    self.unreachable = Some(says.map(str::to_owned));
                }
            }
            gst::MessageView::Element(element) => {
                let missing = element.structure().filter(|s| s.name() == "missing-plugin");
                let name = missing.and_then(|s| s.get::<String>("name").ok());
                self.encrypted |= missing.is_some_and(|s| {
                    let detail = s.get::<gst::Caps>("detail").ok();
                    detail.is_some_and(|caps| caps.to_string().contains("x-cenc"))
                });
                self.missing.extend(name);
            }
            _ => (),
        }
    }

    /// Takes note of what else there is: who complains first is chance.
    pub fn drain(&mut self, bus: &gst::Bus) {
        let kinds = [gst::MessageType::Error, gst::MessageType::Element];
        let wait = gst::ClockTime::from_mseconds(200);
        while let Some(message) = bus.timed_pop_filtered(wait, &kinds) {
            self.note(&message);
        }
    }

    /// Takes note of what a pipeline that ended without a picture has read.
    pub fn inspect(&mut self, pipeline: &gst::Pipeline) {
        self.is_text |= reaching::reads_text(pipeline);
    }

    /// What failed and what to do, where `said` is all that is known at first.
    pub fn explain(&self, said: &str, source: &Source, survey: &Survey, begun: bool) -> String {
        if let Some(why) = hopeless(source, survey).filter(|_| !begun) {
            return why;
        }
        if let Source::Uri(address) = source {
            let is_file = address.starts_with("file:");
            if let Some(said) = self.unreachable.as_ref().filter(|_| !is_file && !begun) {
                return reaching::why(address, said.as_deref());
            }
            if self.is_text && !is_file && !begun {
                return IS_PAGE.into();
            }
        }
        let is_still = said.starts_with("stands still");
        if begun || is_still {
            return said.trim_end_matches('.').to_owned();
        }
        if self.encrypted {
            return ENCRYPTED.into();
        }
        let pictures = |name: &&String| {
            let name = name.to_lowercase();
            !["audio", "text", "subtitle"].iter().any(|kind| name.contains(kind))
        };
        let mut missing: Vec<&String> = self.missing.iter().filter(pictures).collect();
        missing.sort();
        if let Some(name) = missing.first() {
            return format!(
                "nothing here decodes it: {name} is missing; install gstreamer1.0-libav or \
                 gstreamer1.0-plugins-bad, or convert the file"
            );
        }
        let others = ["no picture could be decoded", "--decoder"];
        if others.iter().any(|other| said.contains(other)) {
            said.to_owned()
        } else if survey.videos.is_empty() {
            "no video in it".into()
        } else {
            format!("no picture could be decoded ({})", said.trim_end_matches('.'))
        }
    }
}

const IS_PAGE: &str = "is a page and no video: give the address of the video in it";
const ENCRYPTED: &str = "is encrypted: only what its owner unlocks can be looked at";

/// Why nothing of a file can be looked at, where it shows before it is played.
pub fn hopeless(source: &Source, survey: &Survey) -> Option<String> {
    let (Source::File(path) | Source::Piped(_, path)) = source else { return None };
    if let Some(error) = File::open(path).err() {
        return Some(format!("cannot be read ({error}): check its permissions and its disk"));
    }
    if !survey.videos.is_empty() {
        return None;
    }
    if survey.encrypted || is_encrypted(path) {
        return Some(ENCRYPTED.into());
    }
    lacks_tables(path).then(|| {
        "is not complete: the table of its contents (moov) is missing; get the whole file again, or have \
         it repaired"
            .into()
    })
}

/// Whether an element is where an input comes from.
fn is_source(object: &gst::Object) -> bool {
    let factory = object.downcast_ref::<gst::Element>().and_then(|element| element.factory());
    factory.is_some_and(|f| f.metadata("klass").unwrap_or_default().contains("Source"))
}

/// The boxes of an MP4 or QuickTime file: their kinds, and where their contents lie. None for other files.
fn boxes(path: &Path) -> Vec<([u8; 4], u64, u64)> {
    let mut boxes = Vec::new();
    let Ok(mut file) = File::open(path) else { return boxes };
    let (mut at, mut header) = (0u64, [0; 16]);
    while file.seek(SeekFrom::Start(at)).is_ok() && file.read_exact(&mut header[..8]).is_ok() {
        let kind = [header[4], header[5], header[6], header[7]];
        let known = [*b"ftyp", *b"wide", *b"mdat", *b"moov", *b"free", *b"skip"];
        if boxes.is_empty() && !known.contains(&kind) {
            break;
        }
        let short = u64::from(u32::from_be_bytes([header[0], header[1], header[2], header[3]]));
        let size = match short {
            1 if file.read_exact(&mut header[8..]).is_ok() => {
                header[8..].iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
            }
            // To the end of the file.
            0 => u64::MAX - at,
            short => short,
        };
        boxes.push((kind, at, size));
        let next = at.checked_add(size).filter(|_| size >= 8 && boxes.len() < MOST_BOXES);
        let Some(next) = next else { break };
        at = next;
    }
    boxes
}

/// Whether the box is not there without which nothing of it can be read.
fn lacks_tables(path: &Path) -> bool {
    let boxes = boxes(path);
    let has = |wanted: &[u8; 4]| boxes.iter().any(|(kind, ..)| kind == wanted);
    !boxes.is_empty() && !has(b"moov") && !has(b"moof")
}

/// Whether its tables speak of encrypted pictures (ISO/IEC 23001-7).
fn is_encrypted(path: &Path) -> bool {
    let Some((_, at, size)) = boxes(path).into_iter().find(|(kind, ..)| kind == b"moov") else {
        return false;
    };
    let Ok(mut file) = File::open(path) else { return false };
    let mut tables = Vec::new();
    let read = file.seek(SeekFrom::Start(at)).is_ok()
        && file.take(size.min(MOST_TABLES)).read_to_end(&mut tables).is_ok();
    read && memchr::memmem::find(&tables, b"encv").is_some()
}
