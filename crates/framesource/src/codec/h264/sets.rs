// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parameter sets of H.264, as far as slices are read by them (ITU-T H.264, 7.3.2.1 and 7.3.2.2).

use std::collections::HashMap;

use crate::codec::nal::Bits;

/// Profiles whose sequence sets describe chroma and scaling, 7.3.2.1.1.
const HIGH_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// How the order of pictures is coded, 8.2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Each says its own, in so many bits.
    Bits(u32),
    /// Each says by how much it differs from what a cycle gives.
    Cycle,
    /// They are shown as they are coded.
    AsCoded,
}

/// A sequence parameter set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence {
    pub number: u32,
    /// Weights are coded for chroma, too.
    pub has_chroma: bool,
    pub separate_planes: bool,
    pub frame_num_bits: u32,
    pub order: Order,
    /// Frames held for others at most.
    pub references: usize,
    /// Numbers of frames may be missing.
    pub gaps: bool,
    pub frames_only: bool,
}

impl Sequence {
    /// Reads a set behind its header byte, without escapes.
    pub fn read(payload: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(payload);
        let profile = bits.bits(8)?;
        let _constraints_and_level = bits.bits(16)?;
        let number = bits.golomb()?;
        let (mut chroma, mut separate_planes) = (1, false);
        if HIGH_PROFILES.contains(&profile) {
            chroma = bits.golomb()?;
            if chroma == 3 {
                separate_planes = bits.bit()?;
            }
            let _depths = (bits.golomb()?, bits.golomb()?);
            let _bypass = bits.bit()?;
            if bits.bit()? {
                for list in 0..if chroma == 3 { 12 } else { 8 } {
                    if bits.bit()? {
                        scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                    }
                }
            }
        }
        let frame_num_bits = few_bits(bits.golomb()?)?;
        let order = match bits.golomb()? {
            0 => Order::Bits(few_bits(bits.golomb()?)?),
            1 => {
                let _always_zero = bits.bit()?;
                let _offsets = (bits.golomb()?, bits.golomb()?);
                for _ in 0..bits.golomb()?.min(255) {
                    let _offset = bits.golomb()?;
                }
                Order::Cycle
            }
            _ => Order::AsCoded,
        };
        let references = bits.golomb()? as usize;
        let gaps = bits.bit()?;
        let _size = (bits.golomb()?, bits.golomb()?);
        Some(Self {
            number,
            has_chroma: chroma != 0 && !separate_planes,
            separate_planes,
            frame_num_bits,
            order,
            references,
            gaps,
            frames_only: bits.bit()?,
        })
    }
}

/// Numbers of 4 to 16 bits, of which sets say by how much they exceed 4.
fn few_bits(more: u32) -> Option<u32> {
    more.checked_add(4).filter(|bits| *bits <= 16)
}

/// Reads over a scaling list, 7.3.2.1.1.1.
fn scaling_list(bits: &mut Bits<'_>, size: usize) -> Option<()> {
    let (mut last, mut next) = (8i64, 8i64);
    for _ in 0..size {
        if next != 0 {
            next = (last + bits.signed_golomb()?).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

/// A picture parameter set without groups of slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    pub number: u32,
    /// Of the sequence set.
    pub sequence: u32,
    /// Entropy coding is arithmetic (CABAC).
    pub arithmetic: bool,
    /// Slices say the order of the bottom field, too.
    pub bottom_order: bool,
    /// References of either list where a slice does not say.
    pub references: [u32; 2],
    pub weighted: bool,
    /// 1: slices of two lists have weights.
    pub weighted_both: u32,
    pub deblocking: bool,
    pub redundant: bool,
}

impl Picture {
    /// Reads a set behind its header byte, without escapes.
    pub fn read(payload: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(payload);
        let (number, sequence) = (bits.golomb()?, bits.golomb()?);
        let (arithmetic, bottom_order) = (bits.bit()?, bits.bit()?);
        let slice_groups = bits.golomb()?;
        let references = [bits.golomb()?.checked_add(1)?, bits.golomb()?.checked_add(1)?];
        let (weighted, weighted_both) = (bits.bit()?, bits.bits(2)?);
        let _quantizers = (bits.golomb()?, bits.golomb()?, bits.golomb()?);
        let (deblocking, _constrained, redundant) = (bits.bit()?, bits.bit()?, bits.bit()?);
        (slice_groups == 0).then_some(Self {
            number,
            sequence,
            arithmetic,
            bottom_order,
            references,
            weighted,
            weighted_both,
            deblocking,
            redundant,
        })
    }
}

/// The sets a decoder holds.
#[derive(Debug, Clone, Default)]
pub struct Sets {
    sequences: HashMap<u32, Sequence>,
    pictures: HashMap<u32, Picture>,
    /// A set could not be read: which one it replaces is unknown.
    unread: bool,
}

impl Sets {
    /// Holds a sequence set, without header byte and escapes.
    pub fn note_sequence(&mut self, payload: &[u8]) {
        match Sequence::read(payload) {
            Some(set) => drop(self.sequences.insert(set.number, set)),
            None => self.unread = true,
        }
    }

    /// Holds a picture set, without header byte and escapes.
    pub fn note_picture(&mut self, payload: &[u8]) {
        match Picture::read(payload) {
            Some(set) => drop(self.pictures.insert(set.number, set)),
            None => self.unread = true,
        }
    }

    /// Those that slices of this picture set are read by.
    pub fn of(&self, picture: u32) -> Option<(&Sequence, &Picture)> {
        let picture = self.pictures.get(&picture).filter(|_| !self.unread)?;
        Some((self.sequences.get(&picture.sequence)?, picture))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::codec::nal::packed;

    #[test]
    fn reads_what_x264_writes() {
        // Of x264 at 320x240, interlaced, behind 0x67 and without escapes.
        let set =
            [0x64, 0x00, 0x15, 0xac, 0xd9, 0x41, 0x41, 0x0f, 0xcb, 0x80, 0xb5, 0x06, 0x06, 0x06];
        let sequence = Sequence::read(&set).unwrap();
        assert_eq!((sequence.frame_num_bits, sequence.frames_only), (4, false));
        assert_eq!((sequence.has_chroma, sequence.gaps), (true, false));
        assert_eq!(Sequence::read(&set[..6]), None);
    }

    #[test]
    fn reads_over_scaling_lists() {
        // High profile: number 0, chroma 1, depths 0 and 0, no bypass, lists: the first of 16
        // deltas 0, the second ends at once (delta -8), none else; then frame number of 4 bits,
        // order of type 2, 1 reference, no gaps, 1 by 1, frames only.
        let text = format!(
            "01100100 {:016b} 1 010 1 1 0 1 1 {} 1 000010001 000000 1 011 010 0 1 1 1",
            0,
            "1".repeat(16)
        );
        let sequence = Sequence::read(&packed(&text)).unwrap();
        assert_eq!((sequence.frame_num_bits, sequence.order), (4, Order::AsCoded));
        assert_eq!((sequence.references, sequence.frames_only), (1, true));
    }

    #[test]
    fn reads_picture_sets() {
        // Number 1 of sequence 0, arithmetic, no bottom order, one group of slices, 3 and 1
        // references, weighted, both by distance, quantizers 0, deblocking, neither of the others.
        let set = Picture::read(&packed("010 1 1 0 1 011 1 1 10 1 1 1 1 0 0")).unwrap();
        assert_eq!((set.number, set.sequence, set.references), (1, 0, [3, 1]));
        assert!(set.arithmetic && set.weighted && set.deblocking && !set.redundant);
        assert_eq!(Picture::read(&packed("010 1 1 0 010 011 1 1 10 1 1 1 1 0 0")), None);
    }

    #[test]
    fn a_set_that_cannot_be_read_makes_all_unknown() {
        let mut sets = Sets::default();
        sets.note_picture(&packed("1 1 1 0 1 011 1 1 10 1 1 1 1 0 0"));
        assert!(sets.of(0).is_none());
        sets.note_sequence(&packed(&format!("01000010 {:016b} 1 1 011 010 0 1 1 1", 0)));
        assert!(sets.of(0).is_some());
        sets.note_picture(&[]);
        assert!(sets.of(0).is_none());
    }
}
