// SPDX-License-Identifier: MIT OR Apache-2.0
//! The boxes of an MP4 file that say when pictures are shown, without all others: what nobody asks for is not parsed,
//! and so cannot do harm.

use std::ops::Range;

type Kind = [u8; 4];

/// Bytes of a box before its contents, with a length of 32 bits.
const HEADER: usize = 8;
/// The same with a length of 64 bits.
const LONG_HEADER: usize = 16;

/// What becomes of a box.
enum Use {
    /// It is kept as it is.
    Whole,
    /// It is kept with those of its boxes that are.
    Parts,
    /// It goes.
    None,
}

/// Leaves of the contents of a `moov` only what an index is made of. `None` where boxes do not fit into each other; the
/// bytes are of no use then.
pub fn keep_tables(moov: &mut Vec<u8>) -> Option<()> {
    let whole = 0..moov.len();
    let end = keep(moov, whole, 0, *b"moov")?;
    moov.truncate(end);
    Some(())
}

fn wanted(parent: Kind, kind: Kind) -> Use {
    match (&parent, &kind) {
        (b"moov", b"trak") | (b"trak", b"edts" | b"mdia") => Use::Parts,
        (b"mdia", b"minf") | (b"minf", b"stbl") => Use::Parts,
        (b"moov", b"mvhd" | b"mvex") | (b"trak", b"tkhd") | (b"edts", b"elst") => Use::Whole,
        (b"mdia", b"mdhd" | b"hdlr") => Use::Whole,
        (b"minf", b"vmhd" | b"smhd" | b"nmhd" | b"sthd" | b"dinf") => Use::Whole,
        (
            b"stbl",
            b"stsd" | b"stts" | b"ctts" | b"stss" | b"stsz" | b"stsc" | b"stco" | b"co64",
        ) => Use::Whole,
        _ => Use::None,
    }
}

/// Moves what is kept of the boxes in `from` to `to`, which lies before them; returns where it ends there.
fn keep(bytes: &mut [u8], from: Range<usize>, mut to: usize, parent: Kind) -> Option<usize> {
    let mut at = from.start;
    // What is shorter than a header is padding.
    while at + HEADER <= from.end {
        let kind: Kind = bytes.get(at + 4..at + HEADER)?.try_into().ok()?;
        let (header, size) = match u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) {
            0 => (HEADER, from.end - at),
            1 => {
                let size = bytes.get(at + HEADER..at + LONG_HEADER)?;
                let size = u64::from_be_bytes(size.try_into().ok()?);
                (LONG_HEADER, usize::try_from(size).ok()?)
            }
            size => (HEADER, usize::try_from(size).ok()?),
        };
        let end = at.checked_add(size).filter(|end| size >= header && *end <= from.end)?;
        let contents = at + header..end;
        let kept = match wanted(parent, kind) {
            Use::None => None,
            Use::Parts => Some(keep(bytes, contents, to + HEADER, kind)?),
            Use::Whole => {
                let end = to + HEADER + contents.len();
                bytes.copy_within(contents, to + HEADER);
                Some(end)
            }
        };
        if let Some(end) = kept {
            let size = u32::try_from(end - to).ok()?;
            bytes.get_mut(to..to + 4)?.copy_from_slice(&size.to_be_bytes());
            bytes.get_mut(to + 4..to + HEADER)?.copy_from_slice(&kind);
            to = end;
        }
        at = end;
    }
    Some(to)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(kind: &[u8; 4], contents: &[u8]) -> Vec<u8> {
        let size = (HEADER + contents.len()) as u32;
        [&size.to_be_bytes(), &kind[..], contents].concat()
    }

    #[test]
    fn tables_stay_and_all_else_goes() {
        let stbl = of(b"stbl", &[of(b"sgpd", &[7; 9]), of(b"stts", b"times")].concat());
        let minf = of(b"minf", &[of(b"vmhd", b"v"), stbl].concat());
        let mdia = of(b"mdia", &[of(b"hdlr", b"vide"), minf].concat());
        let trak = of(b"trak", &[of(b"udta", b"mine"), mdia, of(b"sgpd", &[1; 4])].concat());
        let mut moov = [of(b"mvhd", b"head"), trak, vec![0; 5]].concat();
        keep_tables(&mut moov).unwrap();
        let stbl = of(b"stbl", &of(b"stts", b"times"));
        let minf = of(b"minf", &[of(b"vmhd", b"v"), stbl].concat());
        let mdia = of(b"mdia", &[of(b"hdlr", b"vide"), minf].concat());
        assert_eq!(moov, [of(b"mvhd", b"head"), of(b"trak", &mdia)].concat());
    }

    #[test]
    fn lengths_may_be_long_or_left_out_and_are_never_believed() {
        let long = [&1u32.to_be_bytes()[..], b"mvhd", &20u64.to_be_bytes(), b"head"].concat();
        let last = [&0u32.to_be_bytes()[..], b"mvex", b"rest"].concat();
        let mut moov = [long, last].concat();
        keep_tables(&mut moov).unwrap();
        assert_eq!(moov, [of(b"mvhd", b"head"), of(b"mvex", b"rest")].concat());
        for wrong in [&b"\0\0\0\x09mvhd"[..], b"\0\0\0\x04mvhd", b"\0\0\0\x01mvhd\xff\xff\xff\xff"]
        {
            assert_eq!(keep_tables(&mut wrong.to_vec()), None, "{wrong:?}");
        }
    }
}
