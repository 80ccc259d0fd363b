// SPDX-License-Identifier: MIT OR Apache-2.0
//! Telling frames from single fields in interlaced H.264 (ITU-T H.264, 7.3.2.1.1 and 7.3.3).

use crate::run::skipping::nal::Bits;

/// Profiles whose sequence sets describe chroma and scaling, 7.3.2.1.1.
const HIGH_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// What a slice's header is read by, of a sequence set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    frame_num_bits: u32,
    separate_planes: bool,
    frames_only: bool,
}

/// Reads a sequence set behind its header byte, without escapes.
pub fn layout(payload: &[u8]) -> Option<Layout> {
    let mut bits = Bits::new(payload);
    let profile = bits.bits(8)?;
    let _constraints_and_level = bits.bits(16)?;
    let _number = bits.golomb()?;
    let mut separate_planes = false;
    if HIGH_PROFILES.contains(&profile) {
        let chroma = bits.golomb()?;
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
    let frame_num_bits = bits.golomb()?.checked_add(4).filter(|bits| *bits <= 16)?;
    match bits.golomb()? {
        0 => {
            let _order_bits = bits.golomb()?;
        }
        1 => {
            let _always_zero = bits.bit()?;
            let _offsets = (bits.golomb()?, bits.golomb()?);
            for _ in 0..bits.golomb()?.min(255) {
                let _offset = bits.golomb()?;
            }
        }
        _ => (),
    }
    let _references = bits.golomb()?;
    let _gaps = bits.bit()?;
    let _size = (bits.golomb()?, bits.golomb()?);
    Some(Layout { frame_num_bits, separate_planes, frames_only: bits.bit()? })
}

/// Reads over a scaling list, 7.3.2.1.1.1.
fn scaling_list(bits: &mut Bits<'_>, size: usize) -> Option<()> {
    let (mut last, mut next) = (8i64, 8i64);
    for _ in 0..size {
        if next != 0 {
            let code = i64::from(bits.golomb()?);
            // se(v), 9.1.1.
            let delta = if code % 2 == 1 { (code + 1) / 2 } else { -code / 2 };
            next = (last + delta).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

/// Whether a slice is one of a whole frame; its header is read behind the slice's type.
pub fn is_frame(bits: &mut Bits<'_>, layout: Layout) -> Option<bool> {
    if layout.frames_only {
        return Some(true);
    }
    let _picture_set = bits.golomb()?;
    if layout.separate_planes {
        let _plane = bits.bits(2)?;
    }
    let _frame_num = bits.bits(layout.frame_num_bits)?;
    Some(!bits.bit()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_x264_writes() {
        // Of x264 at 320x240, progressive and interlaced, behind 0x67 and without escapes.
        let interlaced =
            [0x64, 0x00, 0x15, 0xac, 0xd9, 0x41, 0x41, 0x0f, 0xcb, 0x80, 0xb5, 0x06, 0x06, 0x06];
        let layout = layout(&interlaced).unwrap();
        assert_eq!(
            layout,
            Layout { frame_num_bits: 4, separate_planes: false, frames_only: false }
        );
        // Picture set 0, frame number 3, a frame; then a field.
        assert_eq!(is_frame(&mut Bits::new(&[0b1001_1000]), layout), Some(true));
        assert_eq!(is_frame(&mut Bits::new(&[0b1001_1100]), layout), Some(false));
        assert_eq!(is_frame(&mut Bits::new(&[]), layout), None);
        assert_eq!(super::layout(&interlaced[..6]), None);
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
        let bits: Vec<u8> = text.bytes().filter(|b| *b != b' ').map(|b| b - b'0').collect();
        let byte = |bits: &[u8]| bits.iter().enumerate().map(|(at, bit)| bit << (7 - at)).sum();
        let bytes: Vec<u8> = bits.chunks(8).map(byte).collect();
        let expected = Layout { frame_num_bits: 4, separate_planes: false, frames_only: true };
        assert_eq!(layout(&bytes), Some(expected));
    }
}
