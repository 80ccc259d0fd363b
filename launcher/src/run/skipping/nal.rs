// SPDX-License-Identifier: MIT OR Apache-2.0
//! NAL units (H.264 7.3.1, H.265 7.3.1): finding them, their bits, the parameter sets among them.

use std::collections::HashMap;

/// How NAL units stand in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Behind start codes (Annex B).
    StartCodes,
    /// Each behind its length in so many bytes, 1 to 4 (ISO 14496-15).
    Lengths(usize),
}

/// The NAL units of a buffer, in order; `None` where lengths lead outside.
pub fn units(data: &[u8], packing: Packing) -> Option<Vec<&[u8]>> {
    match packing {
        Packing::Lengths(size) => by_length(data, size),
        Packing::StartCodes => Some(by_start_code(data)),
    }
}

fn by_length(mut data: &[u8], size: usize) -> Option<Vec<&[u8]>> {
    let mut units = Vec::new();
    while !data.is_empty() {
        let (length, rest) = data.split_at_checked(size)?;
        let length = length.iter().fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte));
        let (unit, rest) = rest.split_at_checked(length)?;
        units.push(unit);
        data = rest;
    }
    Some(units)
}

fn by_start_code(data: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    let mut begin = None;
    for at in memchr::memmem::find_iter(data, &[0, 0, 1]) {
        units.extend(begin.and_then(|begin: usize| data.get(begin..at)));
        begin = Some(at + 3);
    }
    units.extend(begin.and_then(|begin| data.get(begin..)));
    // Zeros before a start code and at the end belong to no unit.
    units.into_iter().map(without_trailing_zeros).collect()
}

fn without_trailing_zeros(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    unit.get(..end).unwrap_or_default()
}

/// The payload without the bytes that keep start codes out of it, at most `limit` bytes of it.
pub fn unescape(payload: &[u8], limit: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len().min(limit));
    let mut zeros = 0;
    for byte in payload {
        if bytes.len() == limit {
            break;
        }
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        bytes.push(*byte);
    }
    bytes
}

/// Reads bits from the highest of the first byte on.
#[derive(Debug)]
pub struct Bits<'a> {
    data: &'a [u8],
    position: usize,
}

impl<'a> Bits<'a> {
    /// From the first bit.
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0 }
    }

    /// The next bit.
    pub fn bit(&mut self) -> Option<bool> {
        let byte = self.data.get(self.position / 8)?;
        let bit = byte >> (7 - self.position % 8) & 1;
        self.position += 1;
        Some(bit == 1)
    }

    /// The next `count` bits, at most 32, as a number.
    pub fn bits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0u32, |sum, _| Some(sum << 1 | u32::from(self.bit()?)))
    }

    /// The next Exp-Golomb number, ue(v) (H.264 9.1).
    pub fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1u32 << zeros) - 1 + self.bits(zeros)?)
    }
}

/// The parameter sets a decoder holds, to tell news from repetition.
#[derive(Debug, Default)]
pub struct ParameterSets(HashMap<(u8, u32), Vec<u8>>);

impl ParameterSets {
    /// Whether the set differs from what was held under its kind and number; it is held from now on.
    pub fn is_news(&mut self, kind: u8, number: u32, unit: &[u8]) -> bool {
        match self.0.insert((kind, number), unit.to_vec()) {
            Some(before) => before != unit,
            None => true,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn finds_units_however_they_are_packed() {
        let start_codes = [0, 0, 0, 1, 9, 16, 0, 0, 1, 101, 1, 2, 0, 0, 0, 1, 6, 5, 0];
        let expected: Vec<&[u8]> = vec![&[9, 16], &[101, 1, 2], &[6, 5]];
        assert_eq!(units(&start_codes, Packing::StartCodes).unwrap(), expected);
        let lengths = [0, 2, 9, 16, 0, 3, 101, 1, 2, 0, 2, 6, 5];
        assert_eq!(units(&lengths, Packing::Lengths(2)).unwrap(), expected);
        assert_eq!(units(&lengths[..12], Packing::Lengths(2)), None);
        assert_eq!(units(&[1, 2, 3], Packing::StartCodes).unwrap().len(), 0);
    }

    #[test]
    fn numbers_of_varying_length() {
        // 1, 010, 011, 00100, 00101: 0 to 4.
        let data = [0b1010_0110, 0b0100_0010, 0b1000_0000];
        let mut bits = Bits::new(&data);
        let numbers: Vec<_> = (0..5).map(|_| bits.golomb().unwrap()).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4]);
        assert_eq!(Bits::new(&[0; 8]).golomb(), None);
        assert_eq!(Bits::new(&[0]).golomb(), None);
    }

    #[test]
    fn escapes_are_taken_out() {
        assert_eq!(unescape(&[0, 0, 3, 1, 0, 0, 3, 0, 0, 3], 99), [0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(unescape(&[1, 2, 3], 2), [1, 2]);
    }

    #[test]
    fn repeated_parameters_are_no_news() {
        let mut sets = ParameterSets::default();
        assert!(sets.is_news(8, 0, &[1]));
        assert!(!sets.is_news(8, 0, &[1]));
        assert!(sets.is_news(8, 1, &[1]));
        assert!(sets.is_news(8, 0, &[2]));
        assert!(sets.is_news(8, 0, &[1]));
    }
}
