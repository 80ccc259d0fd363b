// SPDX-License-Identifier: MIT OR Apache-2.0
//! AV1 as far as skipping needs (AV1 bitstream specification, 5.3 to 5.9).

use super::coded::{Coded, Entry, Shown};
use super::nal::{Bits, ParameterSets};

/// OBU types, 6.2.2.
const SEQUENCE_HEADER: u32 = 1;
const FRAME_HEADER: u32 = 3;
const FRAME: u32 = 6;

/// Reads a stream of temporal units.
#[derive(Debug, Default)]
pub struct Parser {
    sets: ParameterSets,
    /// Still pictures have shorter headers.
    reduced: bool,
}

impl Parser {
    /// What a temporal unit holds; `None` where it is torn or shows other than one frame.
    pub fn parse(&mut self, mut data: &[u8]) -> Option<Coded> {
        let (mut entry, mut shown, mut frames, mut keep) = (Entry::No, 0, 0, false);
        while !data.is_empty() {
            let (kind, payload, rest) = unit(data)?;
            data = rest;
            match kind {
                SEQUENCE_HEADER => {
                    keep |= self.sets.is_news(SEQUENCE_HEADER as u8, 0, payload);
                    let mut bits = Bits::new(payload);
                    let _profile = bits.bits(3)?;
                    let _still = bits.bit()?;
                    self.reduced = bits.bit()?;
                }
                FRAME | FRAME_HEADER => {
                    let mut bits = Bits::new(payload);
                    // show_existing_frame
                    if !self.reduced && bits.bit()? {
                        shown += 1;
                        frames += 1;
                        continue;
                    }
                    let key = self.reduced || bits.bits(2)? == 0;
                    let show = self.reduced || bits.bit()?;
                    if key && show && frames == 0 {
                        entry = Entry::Closed;
                    }
                    shown += usize::from(show);
                    frames += 1;
                }
                _ => (),
            }
        }
        (shown == 1).then_some(Coded { entry, reference: true, shown: Shown::Once, keep })
    }
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

    const DELIMITER: [u8; 2] = [0b0_0010_010, 0];

    fn frame(bits: u8) -> [u8; 4] {
        [0b0_0110_010, 2, bits, 0]
    }

    #[test]
    fn tells_temporal_units_apart() {
        let mut parser = Parser::default();
        let mut parse = |parts: &[&[u8]]| parser.parse(&parts.concat());
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
}
