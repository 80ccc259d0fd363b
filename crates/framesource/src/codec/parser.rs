// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which parser reads which stream, and what is written anew of what it read.

use super::coded::Coded;
use super::{av1, h264, h265, nal, vpx};

/// What a container says of a stream of coded pictures, in GStreamer's words; empty where it says nothing.
#[derive(Debug, Clone, Copy)]
pub struct Stream<'s> {
    /// Its media type.
    pub kind: &'s str,
    /// What a buffer holds: `au`, `frame`, `super-frame`, `tu`.
    pub alignment: &'s str,
    /// How units are packed: `avc`, `hvc1`, `byte-stream`, …
    pub packing: &'s str,
    /// Parameters that stand outside of the stream.
    pub header: Option<&'s [u8]>,
    /// Each picture is a whole frame, never a field.
    pub frames_only: bool,
    /// Nothing in it is interlaced.
    pub progressive: bool,
}

/// Reads the coded pictures of one stream.
#[derive(Debug, Clone)]
pub enum Parser {
    H264(h264::Parser),
    H265(h265::Parser),
    Vp8,
    Vp9,
    Av1(av1::Parser),
}

impl Parser {
    /// The parser of a stream: one picture a buffer, and known how it is packed.
    pub fn new(stream: &Stream<'_>) -> Option<Self> {
        match (stream.kind, stream.alignment) {
            ("video/x-h264", "au") => {
                h264::Parser::new(stream.packing, stream.header, stream.frames_only).map(Self::H264)
            }
            ("video/x-h265", "au") if stream.progressive => {
                h265::Parser::new(stream.packing, stream.header).map(Self::H265)
            }
            ("video/x-vp8", _) => Some(Self::Vp8),
            ("video/x-vp9", "frame" | "super-frame") => Some(Self::Vp9),
            ("video/x-av1", "tu") => Some(Self::Av1(av1::Parser::default())),
            _ => None,
        }
    }

    /// What the next buffer of the stream, in decoding order, holds, and what is needed to write it anew.
    pub fn parse(&mut self, data: &[u8]) -> (Coded, Recipe) {
        let coded = match self {
            Self::H264(parser) => {
                let (coded, frame) = parser.parse(data).unwrap_or((Coded::UNKNOWN, None));
                let packing = parser.packing();
                return (coded, Recipe(frame.map(|frame| (Box::new(frame), packing))));
            }
            Self::H265(parser) => parser.parse(data),
            Self::Vp8 => vpx::parse_vp8(data),
            Self::Vp9 => vpx::parse_vp9(data),
            Self::Av1(parser) => parser.parse(data),
        };
        (coded.unwrap_or(Coded::UNKNOWN), Recipe::default())
    }
}

/// What is needed to write a coded picture anew, where references before it were left out.
#[derive(Debug, Default)]
pub struct Recipe(Option<(Box<h264::Frame>, nal::Packing)>);

/// Writes pictures anew, so that what is fed is a whole stream whatever [`Needs`](super::coded::Needs) let be left out.
#[derive(Debug, Default)]
pub struct Recoder(h264::Renumber);

impl Recoder {
    /// The decoder is emptied; what follows is fed as it is until the next [`Entry::Closed`](super::coded::Entry::Closed).
    pub fn drained(&mut self) {
        self.0.drained();
    }

    /// What is fed for a picture of these bytes, where that differs from them.
    pub fn feed(&mut self, recipe: &Recipe, data: &[u8]) -> Option<Vec<u8>> {
        match &recipe.0 {
            Some((frame, packing)) => self.0.take(Some((frame, *packing)), data),
            None => self.0.take(None, data),
        }
    }
}
