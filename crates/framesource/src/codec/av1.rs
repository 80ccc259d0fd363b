// SPDX-License-Identifier: MIT OR Apache-2.0
//! AV1 as far as skipping needs (AV1 bitstream specification, 5.3 to 5.9).

use super::coded::{Coded, Entry, Needs, Shown};
use super::nal::{Bits, ParameterSets};

/// OBU types, 6.2.2.
const SEQUENCE_HEADER: u32 = 1;
const FRAME_HEADER: u32 = 3;
const FRAME: u32 = 6;

/// Frame types, 6.8.2.
const KEY_FRAME: u32 = 0;
const INTRA_ONLY_FRAME: u32 = 2;
const SWITCH_FRAME: u32 = 3;

/// Said in the sequence header, the choice is each frame's, 6.4.2.
const SELECT: u32 = 2;

/// Reads a stream of temporal units.
#[derive(Debug, Clone, Default)]
pub struct Parser {
    sets: ParameterSets,
    sequence: Option<Sequence>,
}

/// What a sequence header says of the frames' headers, 5.5.1.
#[derive(Debug, Clone, Copy, Default)]
struct Sequence {
    /// Still pictures have shorter headers.
    reduced: bool,
    frame_id_bits: u32,
    screen_content_tools: u32,
    integer_mv: u32,
    order_hint_bits: u32,
}

/// A frame's header, 5.9.2, as far as it is read.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// A key frame that is shown at once.
    entry: bool,
    shown: bool,
    /// Later frames may need it.
    reference: bool,
}

impl Parser {
    /// What a temporal unit holds; `None` where it is torn or shows other than one frame.
    pub fn parse(&mut self, mut data: &[u8]) -> Option<Coded> {
        let (mut frames, mut keep) = (Vec::new(), false);
        while !data.is_empty() {
            let (kind, payload, rest) = unit(data)?;
            data = rest;
            match kind {
                SEQUENCE_HEADER => {
                    keep |= self.sets.is_news(SEQUENCE_HEADER as u8, 0, payload);
                    self.sequence = sequence(&mut Bits::new(payload));
                }
                FRAME | FRAME_HEADER => {
                    frames.push(frame(&mut Bits::new(payload), self.sequence.as_ref())?);
                }
                _ => (),
            }
        }
        // Several headers, be they one frame's: none is left out.
        let entry = frames.first().is_some_and(|frame| frame.entry);
        let reference = frames.len() > 1 || frames.iter().any(|frame| frame.reference);
        let shown = frames.iter().filter(|frame| frame.shown).count();
        let entry = if entry { Entry::Closed } else { Entry::No };
        (shown == 1).then_some(Coded {
            entry,
            reference,
            needs: Needs::AllBefore,
            shown: Shown::Once,
            keep,
        })
    }
}

/// Reads a sequence header, 5.5; `None` where frames' headers hold the times of a decoder model.
fn sequence(bits: &mut Bits<'_>) -> Option<Sequence> {
    let _profile = bits.bits(3)?;
    let _still = bits.bit()?;
    let reduced = bits.bit()?;
    if reduced {
        return Some(Sequence { reduced, ..Sequence::default() });
    }
    if bits.bit()? {
        let _tick_and_scale = (bits.bits(32)?, bits.bits(32)?);
        if bits.bit()? {
            let _ticks_per_picture = bits.golomb()?;
        }
        if bits.bit()? {
            return None;
        }
    }
    let delays = bits.bit()?;
    for _ in 0..=bits.bits(5)? {
        let _operating_point = bits.bits(12)?;
        if bits.bits(5)? > 7 {
            let _tier = bits.bit()?;
        }
        if delays && bits.bit()? {
            let _delay = bits.bits(4)?;
        }
    }
    let (width_bits, height_bits) = (bits.bits(4)? + 1, bits.bits(4)? + 1);
    let _size = (bits.bits(width_bits)?, bits.bits(height_bits)?);
    let has_ids = bits.bit()?;
    let frame_id_bits = if has_ids { bits.bits(4)? + 2 + bits.bits(3)? + 1 } else { 0 };
    // Superblocks, two intra tools; four inter tools.
    let _tools = (bits.bits(3)?, bits.bits(4)?);
    let has_order = bits.bit()?;
    if has_order {
        let _tools = bits.bits(2)?;
    }
    let screen_content_tools = if bits.bit()? { SELECT } else { bits.bits(1)? };
    let integer_mv = if screen_content_tools == 0 || bits.bit()? { SELECT } else { bits.bits(1)? };
    let order_hint_bits = if has_order { bits.bits(3)? + 1 } else { 0 };
    Some(Sequence { reduced, frame_id_bits, screen_content_tools, integer_mv, order_hint_bits })
}

/// Reads a frame's header as far as the frames that it replaces.
fn frame(bits: &mut Bits<'_>, sequence: Option<&Sequence>) -> Option<Frame> {
    if sequence.is_some_and(|sequence| sequence.reduced) {
        return Some(Frame { entry: true, shown: true, reference: true });
    }
    // A frame that was decoded before; a key frame among them replaces all others.
    if bits.bit()? {
        return Some(Frame { entry: false, shown: true, reference: true });
    }
    let kind = bits.bits(2)?;
    let shown = bits.bit()?;
    let entry = kind == KEY_FRAME && shown;
    let reference = match sequence {
        Some(sequence) => replaces(bits, sequence, kind, shown)?,
        None => true,
    };
    Some(Frame { entry, shown, reference })
}

/// Whether the frame replaces any that later ones may need.
fn replaces(bits: &mut Bits<'_>, sequence: &Sequence, kind: u32, shown: bool) -> Option<bool> {
    if !shown {
        let _showable = bits.bit()?;
    }
    if kind == SWITCH_FRAME || (kind == KEY_FRAME && shown) {
        return Some(true);
    }
    let resilient = bits.bit()?;
    let _disable_cdf_update = bits.bit()?;
    let tools = match sequence.screen_content_tools {
        SELECT => bits.bits(1)?,
        tools => tools,
    };
    if tools > 0 && sequence.integer_mv == SELECT {
        let _integer_mv = bits.bit()?;
    }
    let _frame_id = bits.bits(sequence.frame_id_bits)?;
    let _other_size = bits.bit()?;
    let _order_hint = bits.bits(sequence.order_hint_bits)?;
    if kind != KEY_FRAME && kind != INTRA_ONLY_FRAME && !resilient {
        let _primary_reference = bits.bits(3)?;
    }
    Some(bits.bits(8)? != 0)
}

/// Type and payload of the first unit, and what is behind it, 5.3.
fn unit(data: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let mut bits = Bits::new(data);
    let _forbidden = bits.bit()?;
    let kind = bits.bits(4)?;
    let (extended, sized) = (bits.bit()?, bits.bit()?);
    let rest = data.get(1 + usize::from(extended)..)?;
    if !sized {
        return Some((kind, rest, &[]));
    }
    let (size, rest) = leb128(rest)?;
    let (payload, rest) = rest.split_at_checked(size)?;
    Some((kind, payload, rest))
}

/// A number of 7 bits a byte, the lowest first, 4.10.5.
fn leb128(data: &[u8]) -> Option<(usize, &[u8])> {
    let mut sum = 0usize;
    for (index, byte) in data.iter().take(8).enumerate() {
        sum |= usize::from(byte & 127).checked_shl(7 * index as u32)?;
        if byte >> 7 == 0 {
            return Some((sum, data.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
// Bits are grouped as the fields of the headers are.
#[allow(clippy::unwrap_used, clippy::unusual_byte_groupings)]
mod tests {
    use super::*;
    use crate::codec::nal::packed;

    const DELIMITER: [u8; 2] = [0b0_0010_010, 0];

    fn frame(bits: u8) -> [u8; 4] {
        [0b0_0110_010, 2, bits, 0]
    }

    #[test]
    fn tells_temporal_units_apart() {
        let mut parser = Parser::default();
        let mut parse = |parts: &[&[u8]]| parser.parse(&parts.concat());
        // Its first bits say no timing; it ends too early to tell more.
        let sequence = [0b0_0001_010, 1, 0];
        // Not existing, key, shown.
        let first = parse(&[&DELIMITER, &sequence, &frame(0b0_00_1_0000)]).unwrap();
        assert_eq!((first.entry, first.keep), (Entry::Closed, true));
        let again = parse(&[&DELIMITER, &sequence, &frame(0b0_00_1_0000)]).unwrap();
        assert_eq!((again.entry, again.keep), (Entry::Closed, false));
        let inter = parse(&[&DELIMITER, &frame(0b0_01_0_0000), &frame(0b0_01_1_0000)]).unwrap();
        assert_eq!((inter.entry, inter.shown), (Entry::No, Shown::Once));
        let existing = [0b0_0011_010, 1, 0b1_000_0000];
        assert_eq!(parse(&[&DELIMITER, &existing]).unwrap().entry, Entry::No);
        // A key frame that is shown later is no entry.
        let hidden = parse(&[&DELIMITER, &frame(0), &frame(0b0_01_1_0000)]).unwrap();
        assert_eq!(hidden.entry, Entry::No);
        assert_eq!(parse(&[&DELIMITER]), None);
        assert_eq!(parse(&[&frame(0)[..3]]), None);
    }

    #[test]
    fn tells_who_replaces_nothing() {
        // No timing, no delays, one point of level 4, 8 + 8 bits of size, no frame numbers, tools,
        // order with two tools, chosen screen content tools and vectors, 7 bits of order.
        let header = packed(
            "000 0 0 0 0 00000 000000000000 00100 0111 0111 00000000 00000000 0 000 0000 1 00 1 1 110",
        );
        let sequence = super::sequence(&mut Bits::new(&header)).unwrap();
        assert_eq!((sequence.order_hint_bits, sequence.integer_mv), (7, SELECT));
        let read = |text: &str| super::frame(&mut Bits::new(&packed(text)), Some(&sequence));
        // Inter, shown, not resilient, no screen content tools, order 5, reference 1, flags.
        let frame = |flags: &str| read(&format!("0 01 1 0 0 0 0 0000101 001 {flags}")).unwrap();
        assert!(!frame("00000000").reference);
        assert!(frame("00000100").reference);
        // With screen content tools there is one bit more.
        let screen = |flags: &str| read(&format!("0 01 1 0 0 1 0 0 0000101 001 {flags}")).unwrap();
        assert!(!screen("00000000").reference);
        assert!(screen("00000001").reference);
        // Resilient frames name no primary reference.
        assert!(!read("0 01 1 1 0 0 0 0000101 00000000").unwrap().reference);
        assert!(read("0 00 1").unwrap().reference);
        assert!(read("0 01 1 0 0 0").is_none());
        // A decoder model: nothing is known.
        let model = packed(&format!("000 0 0 1 {:064b} 0 1", 0));
        assert!(super::sequence(&mut Bits::new(&model)).is_none());
    }
}
