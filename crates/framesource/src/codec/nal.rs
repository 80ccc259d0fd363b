// SPDX-License-Identifier: MIT OR Apache-2.0
//! NAL units (H.264 7.3.1, H.265 7.3.1): finding them, reading and writing their bits, the parameter
//! sets among them.

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

/// The payload with the bytes that keep start codes out of it, 7.4.1.1.
pub fn escape(bytes: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(bytes.len() + bytes.len() / 64 + 1);
    let mut zeros = 0;
    for byte in bytes {
        if zeros >= 2 && *byte <= 3 {
            payload.push(3);
            zeros = 0;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        payload.push(*byte);
    }
    payload
}

/// Appends a NAL unit to a buffer's; `None` where its length cannot be written.
pub fn pack(unit: &[u8], packing: Packing, into: &mut Vec<u8>) -> Option<()> {
    match packing {
        Packing::StartCodes => into.extend([0, 0, 0, 1]),
        Packing::Lengths(size) => {
            let length = u32::try_from(unit.len()).ok()?.to_be_bytes();
            let (none, length) = length.split_at_checked(length.len().checked_sub(size)?)?;
            if none.iter().any(|byte| *byte != 0) {
                return None;
            }
            into.extend(length);
        }
    }
    into.extend(unit);
    Some(())
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

    /// The next signed Exp-Golomb number, se(v) (H.264 9.1.1).
    pub fn signed_golomb(&mut self) -> Option<i64> {
        let code = i64::from(self.golomb()?);
        Some(if code % 2 == 1 { (code + 1) / 2 } else { -code / 2 })
    }

    /// How many bits were read.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The bits of this range, the last of which may be missing, as bytes filled up with zeros.
    fn bytes(data: &[u8], range: std::ops::Range<usize>) -> impl Iterator<Item = u8> {
        let (first, shift) = (range.start / 8, range.start % 8);
        let count = range.len().div_ceil(8);
        (first..first + count).map(move |at| {
            let byte = |at: usize| u16::from(data.get(at).copied().unwrap_or(0));
            ((byte(at) << 8 | byte(at + 1)) << shift >> 8) as u8
        })
    }
}

/// Writes bits from the highest of the first byte on.
#[derive(Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// Bits of the last byte that are not written yet.
    free: u32,
}

impl BitWriter {
    /// Appends the lowest `count` bits of a number.
    pub fn bits(&mut self, value: u32, count: u32) {
        for at in (0..count).rev() {
            self.bit(value >> at & 1 == 1);
        }
    }

    /// Appends a bit.
    pub fn bit(&mut self, bit: bool) {
        if self.free == 0 {
            self.bytes.push(0);
            self.free = 8;
        }
        self.free -= 1;
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << self.free;
        }
    }

    /// Appends an Exp-Golomb number, ue(v) (H.264 9.1), of less than 2^31.
    pub fn golomb(&mut self, value: u32) {
        let length = (value + 1).ilog2();
        self.bits(0, length);
        self.bits(value + 1, length + 1);
    }

    /// Appends these bits of `data`.
    pub fn copy(&mut self, data: &[u8], range: std::ops::Range<usize>) {
        let tail = range.len() % 8;
        let whole = range.start..range.end - tail;
        for byte in Bits::bytes(data, whole) {
            match self.free {
                0 => self.bytes.push(byte),
                _ => self.bits(u32::from(byte), 8),
            }
        }
        for byte in Bits::bytes(data, range.end - tail..range.end) {
            self.bits(u32::from(byte) >> (8 - tail), tail as u32);
        }
    }

    /// Fills the last byte up with ones.
    pub fn align_with_ones(&mut self) {
        self.bits(u32::MAX, self.free);
    }

    /// What was written, the last byte filled up with zeros.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// The parameter sets a decoder holds, to tell new ones from repetitions.
#[derive(Debug, Clone, Default)]
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

/// Bits as text, blanks between the fields.
#[cfg(test)]
pub fn packed(text: &str) -> Vec<u8> {
    let mut writer = BitWriter::default();
    text.bytes().filter(|byte| *byte != b' ').for_each(|byte| writer.bit(byte == b'1'));
    writer.finish()
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
    fn what_is_written_is_read() {
        let mut writer = BitWriter::default();
        writer.bits(0b101, 3);
        for number in [0, 1, 2, 7, 255, 65535, (1 << 31) - 2] {
            writer.golomb(number);
        }
        let source = [0b1010_0110, 0b0100_0010, 0b1000_0001];
        writer.copy(&source, 3..22);
        writer.align_with_ones();
        let mut again = BitWriter::default();
        again.copy(&source, 3..22);
        assert_eq!(again.finish(), [0b0011_0010, 0b0001_0100, 0]);
        let bytes = writer.finish();
        let mut bits = Bits::new(&bytes);
        assert_eq!(bits.bits(3), Some(0b101));
        for number in [0, 1, 2, 7, 255, 65535, (1 << 31) - 2] {
            assert_eq!(bits.golomb(), Some(number));
        }
        assert_eq!(bits.bits(19), Some(0b001_1001_0000_1010_0000));
        while !bits.position().is_multiple_of(8) {
            assert_eq!(bits.bit(), Some(true));
        }
        assert_eq!(bits.bit(), None);
        let signs = [0b1010_0110, 0b0100_0010, 0b1000_0000];
        let mut bits = Bits::new(&signs);
        let numbers: Vec<_> = (0..5).map(|_| bits.signed_golomb().unwrap()).collect();
        assert_eq!(numbers, [0, 1, -1, 2, -2]);
    }

    #[test]
    fn what_is_packed_is_found() {
        let unit = [65, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3];
        assert_eq!(escape(&unescape(&unit, 99)), unit[..10]);
        for packing in [Packing::StartCodes, Packing::Lengths(1), Packing::Lengths(4)] {
            let mut data = Vec::new();
            pack(&unit, packing, &mut data).unwrap();
            pack(&unit, packing, &mut data).unwrap();
            assert_eq!(units(&data, packing).unwrap(), [&unit, &unit]);
        }
        assert_eq!(pack(&[1; 256], Packing::Lengths(1), &mut Vec::new()), None);
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
