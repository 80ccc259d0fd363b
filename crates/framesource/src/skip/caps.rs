// SPDX-License-Identifier: MIT OR Apache-2.0
//! What caps say of a coded stream, for the parsers, which know no GStreamer.

use crate::codec::parser::{Parser, Stream};

/// The parser of a stream with these caps.
pub fn parser(caps: &gst::CapsRef) -> Option<Parser> {
    let stream = caps.structure(0)?;
    let text = |field| stream.get::<&str>(field).unwrap_or_default();
    let data = stream.get::<gst::Buffer>("codec_data").ok();
    let data = data.as_ref().and_then(|data| data.map_readable().ok());
    Parser::new(&Stream {
        kind: stream.name().as_str(),
        alignment: text("alignment"),
        packing: text("stream-format"),
        header: data.as_ref().map(|data| data.as_slice()),
        frames_only: text("coded-picture-structure") == "frame",
        progressive: matches!(text("interlace-mode"), "" | "progressive"),
    })
}
