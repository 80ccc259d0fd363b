// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parsers that nobody outside needs, for those who give them damaged bytes.

use std::io::Cursor;
use std::path::Path;

use crate::codec::parser::{Parser, Recoder, Stream};
use crate::input::list;
use crate::skip::Index;

/// Reads buffers of coded pictures in decoding order, and writes anew those behind what is left out. A buffer is
/// bytes, and whether they are left out; an empty one empties the decoder.
pub fn pictures<'b>(
    (kind, alignment, packing): (&str, &str, &str),
    header: Option<&[u8]>,
    (frames_only, progressive): (bool, bool),
    buffers: impl Iterator<Item = (&'b [u8], bool)>,
) {
    let stream = Stream { kind, alignment, packing, header, frames_only, progressive };
    let Some(mut parser) = Parser::new(&stream) else { return };
    let mut recoder = Recoder::default();
    for (buffer, left_out) in buffers {
        if buffer.is_empty() {
            recoder.drained();
            continue;
        }
        let (_, recipe) = parser.parse(buffer);
        if !left_out {
            let _ = recoder.feed(&recipe, buffer);
        }
    }
}

/// Reads the tables of an MP4 file, and asks them where to begin at some times.
pub fn tables(file: &[u8]) {
    let Some(index) = Index::of(Cursor::new(file), |_| ()) else { return };
    for picture in 0.. {
        let Some(time) = index.shown(picture) else { break };
        for time in [time, time.saturating_sub(1), time.saturating_add(1)] {
            let begin = index.entry_before(time).unwrap_or_default();
            let _ = (index.entry_at(time), index.bytes(begin..picture));
        }
    }
}

/// Takes the coded parts out of a HEIC or AVIF file; whether there were any.
pub fn heif(file: &[u8]) -> bool {
    crate::heif::boxes::read(file).is_ok()
}

/// The names that a list of files names, if it can be read.
pub fn list(bytes: &[u8], folder: &Path) -> Option<Vec<String>> {
    let sources = list::sources(bytes.to_vec(), folder).ok()?;
    Some(sources.iter().map(|source| source.name()).collect())
}
