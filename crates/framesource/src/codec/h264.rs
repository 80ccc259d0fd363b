// SPDX-License-Identifier: MIT OR Apache-2.0
//! H.264 as far as skipping needs (ITU-T H.264, 7.3 and annex D).

mod references;
mod renumber;
mod sets;
mod slice;

pub use references::Frame;
pub use renumber::Renumber;

use references::References;
use sets::Sets;
use slice::{Header, Slice};

use super::coded::{Coded, Entry, Needs, Shown};
use super::nal::{self, Bits, Packing, ParameterSets};

/// NAL unit types, table 7-1.
const SLICE: u8 = 1;
const IDR_SLICE: u8 = 5;
const SEI: u8 = 6;
const SPS: u8 = 7;
const PPS: u8 = 8;
const SPS_EXTENSION: u8 = 13;
/// Slices of other views and layers, which the base view does not need.
const OTHER_LAYERS: [u8; 4] = [14, 15, 20, 21];
/// Delimiters, ends, filler and auxiliary pictures.
const NO_PICTURE: [u8; 5] = [9, 10, 11, 12, 19];

/// Payload type of the recovery point message, D.1.8.
const RECOVERY_POINT: u32 = 6;
/// Bytes of a slice within which its header ends, but for one with weights for all of many references.
const SLICE_HEADER_BYTES: usize = 512;

/// Reads a stream of frames; what is a field is unknown to it.
#[derive(Debug, Clone)]
pub struct Parser {
    packing: Packing,
    repeated: ParameterSets,
    sets: Sets,
    /// All pictures are frames.
    frames_only: bool,
    references: References,
    /// Of the next buffer, in decoding order.
    place: u64,
}

/// What was found in an access unit.
#[derive(Debug, Default)]
struct Unit {
    pictures: usize,
    reference: bool,
    idr: bool,
    /// A slice refers to others.
    inter: bool,
    keep: bool,
    recovery: bool,
    /// Something in it is unknown.
    strange: bool,
    /// `None` where a slice is not understood.
    slices: Option<Vec<Slice>>,
}

impl Parser {
    /// For a stream-format of GStreamer, with the configuration record (ISO 14496-15, 5.3.3.1),
    /// and whether the stream is known to be of frames only.
    pub fn new(format: &str, record: Option<&[u8]>, frames_only: bool) -> Option<Self> {
        let (packing, units) = match format {
            "byte-stream" => (Packing::StartCodes, Vec::new()),
            "avc" | "avc3" => {
                let size = usize::from(record?.get(4)? & 3) + 1;
                (Packing::Lengths(size), units_of_record(record?)?)
            }
            _ => return None,
        };
        let mut parser = Self {
            packing,
            repeated: ParameterSets::default(),
            sets: Sets::default(),
            frames_only,
            references: References::default(),
            place: 0,
        };
        for unit in units {
            parser.note_set(unit);
        }
        Some(parser)
    }

    /// How units are packed.
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// What the next access unit holds, and what it is to its references where that is understood;
    /// `None` where it is not one whole frame.
    pub fn parse(&mut self, data: &[u8]) -> Option<(Coded, Option<Frame>)> {
        let place = self.place;
        self.place += 1;
        let unit = self.unit(data).filter(|unit| unit.pictures == 1 && !unit.strange);
        let Some(unit) = unit else {
            self.references.lose();
            return None;
        };
        let entry = match (unit.idr, unit.recovery && !unit.inter) {
            (true, _) => Entry::Closed,
            (false, true) => Entry::Open,
            (false, false) => Entry::No,
        };
        let frame = self.references.take(place, unit.slices.unwrap_or_default());
        let needs = match &frame {
            Some(frame) => {
                Needs::These(frame.needs.iter().map(|needed| (place - needed) as usize).collect())
            }
            None => Needs::AllBefore,
        };
        let Unit { reference, keep, .. } = unit;
        Some((Coded { entry, reference, needs, shown: Shown::Once, keep }, frame))
    }

    fn unit(&mut self, data: &[u8]) -> Option<Unit> {
        let mut found = Unit { slices: Some(Vec::new()), ..Unit::default() };
        for unit in nal::units(data, self.packing)? {
            let Some((header, payload)) = unit.split_first() else {
                continue;
            };
            match header & 31 {
                kind @ (SLICE | IDR_SLICE) => {
                    let (idr, reference) = (kind == IDR_SLICE, header >> 5 & 3 != 0);
                    found.idr |= idr;
                    found.reference |= reference;
                    self.slice(payload, idr, reference, &mut found)?;
                }
                SEI => found.recovery |= is_recovery_point(payload),
                SPS | PPS | SPS_EXTENSION => found.keep |= self.note_set(unit),
                kind if OTHER_LAYERS.contains(&kind) || NO_PICTURE.contains(&kind) => (),
                _ => found.strange = true,
            }
        }
        Some(found)
    }

    fn slice(&self, payload: &[u8], idr: bool, reference: bool, found: &mut Unit) -> Option<()> {
        let begin = nal::unescape(payload, SLICE_HEADER_BYTES);
        let mut bits = Bits::new(&begin);
        found.pictures += usize::from(bits.golomb()? == 0);
        // I and SI slices, table 7-6.
        found.inter |= !matches!(bits.golomb()? % 5, 2 | 4);
        match Header::read(&begin, &self.sets, idr, reference) {
            Some(Header::Slice(slice)) => {
                if let Some(slices) = &mut found.slices {
                    slices.push(*slice);
                }
            }
            header => {
                found.slices = None;
                found.strange |= !self.frames_only && header != Some(Header::Frame);
            }
        }
        Some(())
    }

    /// Holds a parameter set; whether it is new.
    fn note_set(&mut self, unit: &[u8]) -> bool {
        let Some((header, payload)) = unit.split_first() else {
            return true;
        };
        let kind = header & 31;
        let bytes = nal::unescape(payload, usize::MAX);
        match kind {
            SPS => self.sets.note_sequence(&bytes),
            PPS => self.sets.note_picture(&bytes),
            _ => (),
        }
        // Sequence sets have no short way to their number: any other one is new.
        let number = if kind == PPS { Bits::new(payload).golomb() } else { Some(0) };
        self.repeated.is_news(kind, number.unwrap_or(u32::MAX), unit)
    }
}

/// The parameter sets of a configuration record.
fn units_of_record(record: &[u8]) -> Option<Vec<&[u8]>> {
    let mut units = Vec::new();
    let mut rest = record.get(5..)?;
    for mask in [31, 255] {
        let (count, tail) = rest.split_first()?;
        rest = tail;
        for _ in 0..count & mask {
            let (length, tail) = rest.split_at_checked(2)?;
            let length = usize::from(*length.first()?) << 8 | usize::from(*length.last()?);
            let (unit, tail) = tail.split_at_checked(length)?;
            units.push(unit);
            rest = tail;
        }
    }
    Some(units)
}

/// Whether a message says that all that is shown from here on is exact when decoding begins here.
fn is_recovery_point(payload: &[u8]) -> bool {
    let bytes = nal::unescape(payload, usize::MAX);
    let mut rest = bytes.as_slice();
    while let Some((kind, size, body)) = message(rest) {
        if kind == RECOVERY_POINT {
            let mut bits = Bits::new(body);
            let (count, exact, broken) = (bits.golomb(), bits.bit(), bits.bit());
            return count == Some(0) && exact == Some(true) && broken == Some(false);
        }
        rest = body.get(size..).unwrap_or_default();
    }
    false
}

/// Type and size of the next message and what begins with its body, 7.3.2.3.1.
fn message(data: &[u8]) -> Option<(u32, usize, &[u8])> {
    let (kind, rest) = number_of_bytes(data)?;
    let (size, rest) = number_of_bytes(rest)?;
    Some((kind, size as usize, rest))
}

fn number_of_bytes(mut data: &[u8]) -> Option<(u32, &[u8])> {
    let mut sum = 0u32;
    loop {
        let (byte, rest) = data.split_first()?;
        sum = sum.checked_add(u32::from(*byte))?;
        data = rest;
        if *byte != 255 {
            return Some((sum, data));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parse(parser: &mut Parser, data: &[u8]) -> Option<Coded> {
        parser.parse(data).map(|(coded, _)| coded)
    }

    fn parser() -> Parser {
        // Version, profile, compatibility, level, 2-byte lengths, one SPS, one PPS.
        let record = [1, 100, 0, 31, 0xFD, 0xE1, 0, 2, 0x67, 9, 1, 0, 2, 0x68, 0x80];
        Parser::new("avc", Some(&record), true).unwrap()
    }

    fn coded(entry: Entry, reference: bool) -> Coded {
        Coded { entry, reference, needs: Needs::AllBefore, shown: Shown::Once, keep: false }
    }

    // First macroblock 0 is '1'; slice types 7 (I) '0001000', 5 (P) '00110', 6 (B) '00111'.
    const I: u8 = 0b1000_1000;
    const P: u8 = 0b1001_1000;
    const B: u8 = 0b1001_1100;

    #[test]
    fn tells_pictures_apart() {
        let mut parser = parser();
        assert_eq!(parse(&mut parser, &[0, 2, 0x65, I]), Some(coded(Entry::Closed, true)));
        assert_eq!(parse(&mut parser, &[0, 2, 0x41, P]), Some(coded(Entry::No, true)));
        assert_eq!(parse(&mut parser, &[0, 2, 0x01, B]), Some(coded(Entry::No, false)));
        // An I picture alone is no entry: others may reach over it.
        assert_eq!(parse(&mut parser, &[0, 2, 0x41, I]), Some(coded(Entry::No, true)));
        // With a recovery point of 0 frames, exact: count '1', exact '1', not broken '0'.
        let recovery = [0, 4, 6, 6, 1, 0b1100_0000];
        let slice = [0, 2, 0x41, I];
        let exact = [&recovery[..], &slice].concat();
        assert_eq!(parse(&mut parser, &exact), Some(coded(Entry::Open, true)));
        let approximate = [&[0, 4, 6, 6, 1, 0b1000_0000][..], &slice].concat();
        assert_eq!(parse(&mut parser, &approximate), Some(coded(Entry::No, true)));
    }

    #[test]
    fn what_is_not_one_frame_is_unknown() {
        let mut parser = parser();
        // Two pictures, none, data partitions, a torn unit.
        assert_eq!(parse(&mut parser, &[0, 2, 0x41, P, 0, 2, 0x41, P]), None);
        assert_eq!(parse(&mut parser, &[0, 2, 9, 16]), None);
        assert_eq!(parse(&mut parser, &[0, 2, 0x41, P, 0, 2, 0x42, P]), None);
        assert_eq!(parse(&mut parser, &[0, 9, 0x41, P]), None);
        assert_eq!(parse(&mut parser, &[0, 1, 0x41]), None);
    }

    #[test]
    fn new_parameters_are_kept() {
        let mut parser = parser();
        let with = |set: &[u8]| [&[0, 2, 0x01, B, 0, 2][..], set].concat();
        assert!(!parse(&mut parser, &with(&[0x68, 0x80])).unwrap().keep);
        assert!(parse(&mut parser, &with(&[0x68, 0xC0])).unwrap().keep);
        assert!(parse(&mut parser, &with(&[0x67, 8])).unwrap().keep);
        assert!(!parse(&mut parser, &with(&[0x67, 8])).unwrap().keep);
    }
    #[test]
    fn fields_and_unread_layouts_are_unknown() {
        // Number 0 of sequence 0, no groups of slices, 1 reference.
        let pictures = [0x68, 0b1100_1110, 0b0011_1000];
        let record = |set: &[u8]| {
            [&[1, 100, 0, 31, 0xFD, 0xE1, 0, set.len() as u8][..], set, &[1, 0, 3], &pictures]
                .concat()
        };
        // Of x264, interlaced: 4 bits of frame number.
        let set =
            [0x67, 0x64, 0x00, 0x15, 0xac, 0xd9, 0x41, 0x41, 0x0f, 0xcb, 0x80, 0xb5, 0x06, 0x06];
        let mut parser = Parser::new("avc", Some(&record(&set)), false).unwrap();
        // P, picture set 0, frame number 0, then whether it is a field.
        assert!(parse(&mut parser, &[0, 3, 0x41, 0b1001_1010, 0b0000_1000]).is_some());
        assert!(parse(&mut parser, &[0, 3, 0x41, 0b1001_1010, 0b0001_1000]).is_none());
        let mut parser = Parser::new("avc", Some(&record(&[0x67, 9])), false).unwrap();
        assert!(parse(&mut parser, &[0, 3, 0x41, 0b1001_1010, 0b0000_1000]).is_none());
    }
}
