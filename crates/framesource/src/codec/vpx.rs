// SPDX-License-Identifier: MIT OR Apache-2.0
//! VP8 and VP9 as far as skipping needs (RFC 6386, 9.1; VP9 bitstream specification 6.2, annex B).
//!
//! Both carry state from picture to picture (probabilities, motion vectors), whatever is a
//! reference: only what lies before the next key frame can be left out.

use super::coded::{Coded, Entry, Needs, Shown};
use super::nal::Bits;

/// What a VP8 frame is; `None` where it is empty.
pub fn parse_vp8(data: &[u8]) -> Option<Coded> {
    let tag = data.first()?;
    let entry = if tag & 1 == 0 { Entry::Closed } else { Entry::No };
    let shown = if tag >> 4 & 1 == 1 { Shown::Once } else { Shown::No };
    Some(Coded { entry, reference: true, needs: Needs::AllBefore, shown, keep: false })
}

/// What a VP9 frame or superframe is; `None` where it is torn or shows more than one.
pub fn parse_vp9(data: &[u8]) -> Option<Coded> {
    let (mut entry, mut shown) = (Entry::No, 0);
    for (index, frame) in frames(data)?.into_iter().enumerate() {
        let mut bits = Bits::new(frame);
        if bits.bits(2)? != 2 {
            return None;
        }
        let profile = bits.bits(2)?;
        if profile == 3 && bits.bit()? {
            return None;
        }
        if bits.bit()? {
            // show_existing_frame
            shown += 1;
            continue;
        }
        let key = !bits.bit()?;
        if key && index == 0 {
            entry = Entry::Closed;
        }
        shown += usize::from(bits.bit()?);
    }
    let shown = match shown {
        0 => Shown::No,
        1 => Shown::Once,
        _ => return None,
    };
    Some(Coded { entry, reference: true, needs: Needs::AllBefore, shown, keep: false })
}

/// The frames of a superframe, or the one frame.
fn frames(data: &[u8]) -> Option<Vec<&[u8]>> {
    let marker = *data.last()?;
    let size = usize::from(marker >> 3 & 3) + 1;
    let count = usize::from(marker & 7) + 1;
    let index = 2 + size * count;
    let is_super =
        marker >> 5 == 6 && data.len() >= index && data.get(data.len() - index) == Some(&marker);
    if !is_super {
        return Some(vec![data]);
    }
    let sizes = data.get(data.len() - index + 1..data.len() - 1)?;
    let mut rest = data.get(..data.len() - index)?;
    let mut frames = Vec::with_capacity(count);
    for size in sizes.chunks(size) {
        let size = size.iter().rev().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
        let (frame, tail) = rest.split_at_checked(size)?;
        // A frame of no bytes repeats nothing and shows nothing.
        if !frame.is_empty() {
            frames.push(frame);
        }
        rest = tail;
    }
    Some(frames)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    // Marker 10, profile 00, show_existing 0, not key, show.
    const KEY: u8 = 0b1000_0010;
    const HIDDEN: u8 = 0b1000_0100;
    const SHOWN: u8 = 0b1000_0110;
    const EXISTING: u8 = 0b1000_1000;

    #[test]
    fn vp9_frames_and_superframes() {
        let parse = |data: &[u8]| parse_vp9(data).map(|coded| (coded.entry, coded.shown));
        assert_eq!(parse(&[KEY, 1]), Some((Entry::Closed, Shown::Once)));
        assert_eq!(parse(&[SHOWN, 1]), Some((Entry::No, Shown::Once)));
        assert_eq!(parse(&[HIDDEN, 1]), Some((Entry::No, Shown::No)));
        assert_eq!(parse(&[EXISTING]), Some((Entry::No, Shown::Once)));
        // Two frames of 2 and 3 bytes: hidden, then shown.
        let marker = 0b1100_0001;
        let both = [HIDDEN, 0, SHOWN, 0, 0, marker, 2, 3, marker];
        assert_eq!(parse(&both), Some((Entry::No, Shown::Once)));
        let two_shown = [SHOWN, 0, SHOWN, 0, 0, marker, 2, 3, marker];
        assert_eq!(parse(&two_shown), None);
        let torn = [SHOWN, 0, SHOWN, 0, 0, marker, 2, 9, marker];
        assert_eq!(parse(&torn), None);
        assert_eq!(parse(&[0, 1]), None);
        assert_eq!(parse(&[]), None);
    }

    #[test]
    fn vp8_frames() {
        let parse = |tag: u8| parse_vp8(&[tag]).map(|coded| (coded.entry, coded.shown));
        assert_eq!(parse(0b1_0000), Some((Entry::Closed, Shown::Once)));
        assert_eq!(parse(0b1_0001), Some((Entry::No, Shown::Once)));
        assert_eq!(parse(0b0_0001), Some((Entry::No, Shown::No)));
    }
}
