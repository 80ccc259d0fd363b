// SPDX-License-Identifier: MIT OR Apache-2.0
//! H.265 as far as skipping needs (ITU-T H.265, 7.3 and 7.4.2.2).

use super::coded::{Coded, Entry, Needs, Shown};
use super::nal::{self, Bits, Packing, ParameterSets};

/// NAL unit types, table 7-1: below this, even types are sub-layer non-reference pictures.
const RESERVED_NON_IRAP: u8 = 16;
const RASL: [u8; 2] = [8, 9];
const BLA: std::ops::RangeInclusive<u8> = 16..=18;
const IDR: std::ops::RangeInclusive<u8> = 19..=20;
const CRA: u8 = 21;
const VPS: u8 = 32;
const SPS: u8 = 33;
const PPS: u8 = 34;
const END_OF_SEQUENCE: u8 = 36;
const END_OF_STREAM: u8 = 37;

/// Where the arrays of parameter sets begin in a configuration record (ISO 14496-15, 8.3.3.1).
const ARRAYS: usize = 22;

/// Reads a stream of frames; of fields it knows nothing.
#[derive(Debug, Clone)]
pub struct Parser {
    packing: Packing,
    sets: ParameterSets,
    /// Highest temporal sub-layer there may be.
    top_layer: u8,
    /// Pictures may say that they are not shown, where they are not read.
    hides_pictures: bool,
    /// The next random access picture begins a sequence: its skipped pictures never come out.
    begins: bool,
    /// Skipped leading pictures of the latest random access picture come out.
    leading_shown: bool,
}

impl Parser {
    /// For a stream-format of GStreamer, with the configuration record.
    pub fn new(format: &str, record: Option<&[u8]>) -> Option<Self> {
        let packing = match format {
            "byte-stream" => Packing::StartCodes,
            "hvc1" | "hev1" => Packing::Lengths(usize::from(record?.get(21)? & 3) + 1),
            _ => return None,
        };
        let mut parser = Self {
            packing,
            sets: ParameterSets::default(),
            top_layer: 0,
            hides_pictures: false,
            begins: true,
            leading_shown: false,
        };
        if packing != Packing::StartCodes {
            for unit in units_of_record(record?)? {
                parser.note_set(unit);
            }
        }
        Some(parser)
    }

    /// What an access unit holds; `None` where it is not one whole frame.
    pub fn parse(&mut self, data: &[u8]) -> Option<Coded> {
        let mut picture = None;
        let (mut keep, mut ends) = (false, false);
        for unit in nal::units(data, self.packing)? {
            let (kind, layer, temporal) = header(unit)?;
            if layer > 0 {
                continue;
            }
            match kind {
                0..VPS => {
                    let first = unit.get(2)? >> 7 == 1;
                    if first == picture.is_some() {
                        return None;
                    }
                    picture.get_or_insert((kind, temporal, *unit.get(2)?));
                }
                VPS | SPS | PPS => keep |= self.note_set(unit),
                END_OF_SEQUENCE | END_OF_STREAM => ends = true,
                _ => (),
            }
        }
        let (kind, temporal, first_bits) = picture?;
        let shown = self.shown(kind, first_bits);
        self.begins |= ends;
        let entry = match kind {
            CRA => Entry::Open,
            kind if IDR.contains(&kind) || BLA.contains(&kind) => Entry::Closed,
            0..=9 => Entry::No,
            _ => return None,
        };
        let non_reference = kind < RESERVED_NON_IRAP && kind % 2 == 0 && temporal >= self.top_layer;
        Some(Coded { entry, reference: !non_reference, needs: Needs::AllBefore, shown, keep })
    }

    /// Whether the picture comes out, 8.1.3 and C.5.2.2.
    fn shown(&mut self, kind: u8, first_bits: u8) -> Shown {
        let access = BLA.contains(&kind) || IDR.contains(&kind) || kind == CRA;
        // no_output_of_prior_pics_flag: what waits to be shown may be thrown away.
        if self.hides_pictures || (access && first_bits >> 6 & 1 == 1) {
            self.hides_pictures = true;
            return Shown::Unknown;
        }
        if access {
            self.leading_shown = kind == CRA && !self.begins;
            self.begins = false;
        }
        if RASL.contains(&kind) && !self.leading_shown { Shown::Unknown } else { Shown::Once }
    }

    /// Holds a parameter set; whether it is new.
    fn note_set(&mut self, unit: &[u8]) -> bool {
        let Some((kind, _, _)) = header(unit) else {
            return true;
        };
        let payload = nal::unescape(unit.get(2..).unwrap_or_default(), 16);
        let mut bits = Bits::new(&payload);
        let number = match kind {
            PPS => {
                let number = bits.golomb();
                let _sequence_set = bits.golomb();
                let _dependent_slices = bits.bit();
                // output_flag_present_flag
                self.hides_pictures |= bits.bit() != Some(false);
                number
            }
            SPS => {
                let _video_set = bits.bits(4);
                // sps_max_sub_layers_minus1
                let top = bits.bits(3).and_then(|top| u8::try_from(top).ok());
                self.top_layer = self.top_layer.max(top.unwrap_or(u8::MAX));
                Some(0)
            }
            _ => Some(0),
        };
        self.sets.is_news(kind, number.unwrap_or(u32::MAX), unit)
    }
}

/// Type, layer and temporal sub-layer of a unit, 7.3.1.2.
fn header(unit: &[u8]) -> Option<(u8, u8, u8)> {
    let (first, second) = (unit.first()?, unit.get(1)?);
    Some((first >> 1 & 63, (first & 1) << 5 | second >> 3, (second & 7).checked_sub(1)?))
}

/// The parameter sets of a configuration record.
fn units_of_record(record: &[u8]) -> Option<Vec<&[u8]>> {
    let (arrays, mut rest) = record.get(ARRAYS..)?.split_first()?;
    let number =
        |bytes: &[u8]| Some(usize::from(*bytes.first()?) << 8 | usize::from(*bytes.get(1)?));
    let mut units = Vec::new();
    for _ in 0..*arrays {
        let count = number(rest.get(1..)?)?;
        rest = rest.get(3..)?;
        for _ in 0..count {
            let length = number(rest)?;
            let (unit, tail) = rest.get(2..)?.split_at_checked(length)?;
            units.push(unit);
            rest = tail;
        }
    }
    Some(units)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parser() -> Parser {
        Parser::new("byte-stream", None).unwrap()
    }

    /// A buffer with one slice of this type, sub-layer 0.
    fn slice(kind: u8) -> Vec<u8> {
        vec![0, 0, 1, kind << 1, 1, 0b1000_0001]
    }

    #[test]
    fn tells_pictures_apart() {
        let mut parser = parser();
        let mut parse = |kind| parser.parse(&slice(kind)).unwrap();
        assert_eq!((parse(19).entry, parse(1).entry), (Entry::Closed, Entry::No));
        // TRAIL_N, TRAIL_R, RASL_N, RASL_R behind a CRA inside the stream.
        assert_eq!(parse(CRA).entry, Entry::Open);
        let references: Vec<_> = [0, 1, 8, 9].map(|kind| parse(kind).reference).into();
        assert_eq!(references, [false, true, false, true]);
        assert_eq!(parse(8).shown, Shown::Once);
    }

    #[test]
    fn what_follows_a_first_picture_but_is_shown_before_never_comes_out() {
        for begin in [CRA, 16] {
            let mut parser = parser();
            assert_eq!(parser.parse(&slice(begin)).unwrap().shown, Shown::Once);
            assert_eq!(parser.parse(&slice(9)).unwrap().shown, Shown::Unknown);
            assert_eq!(parser.parse(&slice(1)).unwrap().shown, Shown::Once);
        }
        let mut parser = parser();
        parser.parse(&slice(19)).unwrap();
        parser.parse(&[slice(1), vec![0, 0, 1, END_OF_SEQUENCE << 1, 1]].concat()).unwrap();
        parser.parse(&slice(CRA)).unwrap();
        assert_eq!(parser.parse(&slice(9)).unwrap().shown, Shown::Unknown);
    }

    #[test]
    fn higher_sub_layers_may_need_a_non_reference_picture() {
        let mut parser = parser();
        // sps_max_sub_layers_minus1 = 1.
        let set = [0, 0, 1, SPS << 1, 1, 0b0000_0011, 7];
        assert!(parser.parse(&[&set[..], &slice(19)].concat()).unwrap().keep);
        assert!(parser.parse(&slice(0)).unwrap().reference);
        assert!(!parser.parse(&[0, 0, 1, 0, 2, 0b1000_0001]).unwrap().reference);
    }

    #[test]
    fn pictures_that_may_hide_are_unknown() {
        let mut parser = parser();
        // Numbers 0 and 0, no dependent slices, output_flag_present_flag.
        let set = [0, 0, 1, PPS << 1, 1, 0b1101_1000];
        assert_eq!(parser.parse(&[&set[..], &slice(19)].concat()).unwrap().shown, Shown::Unknown);
        let mut parser = self::parser();
        assert_eq!(parser.parse(&slice(19)).unwrap().shown, Shown::Once);
        let throws_away = [0, 0, 1, 19 << 1, 1, 0b1100_0001];
        assert_eq!(parser.parse(&throws_away).unwrap().shown, Shown::Unknown);
        assert_eq!(parser.parse(&slice(1)).unwrap().shown, Shown::Unknown);
    }

    #[test]
    fn what_is_not_one_picture_is_unknown() {
        let mut parser = parser();
        assert_eq!(parser.parse(&[slice(1), slice(1)].concat()), None);
        assert_eq!(parser.parse(&[0, 0, 1, 35 << 1, 1, 80]), None);
        assert_eq!(parser.parse(&slice(24)), None);
    }
}
