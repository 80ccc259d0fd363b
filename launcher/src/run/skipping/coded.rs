// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of a coded picture without decoding it.

use super::{av1, h264, h265, nal, vpx};

/// Whether decoding can begin at a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// It needs earlier ones.
    No,
    /// It can, but pictures that follow in decoding order and are shown before it may need earlier
    /// ones (open group of pictures).
    Open,
    /// Nothing that follows needs anything earlier.
    Closed,
}

/// How many frames come out of the decoder for one buffer that goes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// None: it only serves as a reference.
    No,
    /// One.
    Once,
    /// Only decoding tells.
    Unknown,
}

/// Which of the pictures before it, in decoding order, a picture is decoded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// Any that others may need.
    AllBefore,
    /// Those so many places before it. The rest may be left out where [`Recoder`] sees what is fed.
    These(Vec<usize>),
}

/// A coded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// Whether decoding can begin here.
    pub entry: Entry,
    /// Whether others may need it.
    pub reference: bool,
    /// What it needs itself.
    pub needs: Needs,
    /// What comes out.
    pub shown: Shown,
    /// Whether the decoder must see it whatever comes out: it brings new parameters.
    pub keep: bool,
}

impl Coded {
    /// What is said of anything that could not be parsed: it is decoded.
    pub const UNKNOWN: Self = Self {
        entry: Entry::No,
        reference: true,
        needs: Needs::AllBefore,
        shown: Shown::Unknown,
        keep: true,
    };
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
    /// The parser of a stream with these caps: one picture a buffer, and known how it is packed.
    pub fn new(caps: &gst::CapsRef) -> Option<Self> {
        let stream = caps.structure(0)?;
        let text = |field| stream.get::<&str>(field).unwrap_or_default();
        let data = stream.get::<gst::Buffer>("codec_data").ok();
        let data = data.as_ref().and_then(|data| data.map_readable().ok());
        let data = data.as_ref().map(|data| data.as_slice());
        match (stream.name().as_str(), text("alignment")) {
            ("video/x-h264", "au") => {
                let frames_only = text("coded-picture-structure") == "frame";
                h264::Parser::new(text("stream-format"), data, frames_only).map(Self::H264)
            }
            ("video/x-h265", "au") if matches!(text("interlace-mode"), "" | "progressive") => {
                h265::Parser::new(text("stream-format"), data).map(Self::H265)
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

/// Writes pictures anew, so that what is fed is a whole stream whatever [`Needs`] let be left out.
#[derive(Debug, Default)]
pub struct Recoder(h264::Renumber);

impl Recoder {
    /// The decoder is emptied; what follows is fed as it is until the next [`Entry::Closed`].
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
