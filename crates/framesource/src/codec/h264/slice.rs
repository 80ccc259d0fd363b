// SPDX-License-Identifier: MIT OR Apache-2.0
//! Headers of slices (ITU-T H.264, 7.3.3), and where in them stands what other references change.

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::sets::{Order, Picture, Sequence, Sets};
use crate::codec::nal::{BitWriter, Bits};

/// More than any list of references or of marks holds.
const MOST_COMMANDS: usize = 64;

/// Types of slices, table 7-6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Refers to nothing.
    Intra,
    /// One list of references.
    P,
    /// Two lists.
    B,
}

impl Kind {
    /// Lists of references.
    fn lists(self) -> usize {
        match self {
            Self::Intra => 0,
            Self::P => 1,
            Self::B => 2,
        }
    }
}

/// A change of a list of references, 7.3.3.1: by how much a picture's number differs from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Subtracted.
    Less(u32),
    /// Added.
    More(u32),
}

/// What a slice says of references, 7.3.3.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marking {
    /// None stays.
    Refresh,
    /// The oldest goes where there is no room.
    Sliding,
    /// Those with these differences of numbers go.
    Away(Vec<u32>),
}

/// A slice of a frame, of which all that concerns references is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    pub kind: Kind,
    pub sequence: Sequence,
    pub arithmetic: bool,
    pub frame_num: u32,
    /// Lowest bits of its order, where it says them.
    pub order: Option<u32>,
    /// References in either list.
    pub active: [usize; 2],
    pub changes: [Option<Vec<Change>>; 2],
    /// `None` where nothing refers to it.
    pub marking: Option<Marking>,
    /// Bits of the number of its frame, without escapes and behind the unit's header.
    pub frame_num_at: Range<usize>,
    /// Bits of `changes`.
    pub changes_at: Range<usize>,
    /// Bits of `marking`.
    pub marking_at: Range<usize>,
    /// Where the header ends.
    pub end: usize,
}

/// What the header of a slice says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Header {
    /// It is one of a single field.
    Field,
    /// It is one of a frame, about whose references not everything is understood.
    Frame,
    /// Everything is understood.
    Slice(Box<Slice>),
}

impl Header {
    /// Reads the header behind that of its unit, without escapes; `idr`: it is of a picture that
    /// refreshes the decoder; `reference`: others may need it.
    pub fn read(payload: &[u8], sets: &Sets, idr: bool, reference: bool) -> Option<Self> {
        let mut bits = Bits::new(payload);
        let _first_block = bits.golomb()?;
        let kind = kind(bits.golomb()?);
        let (sequence, picture) = sets.of(bits.golomb()?)?;
        if sequence.separate_planes {
            let _plane = bits.bits(2)?;
        }
        let begin = bits.position();
        let frame_num = bits.bits(sequence.frame_num_bits)?;
        let frame_num_at = begin..bits.position();
        if !sequence.frames_only && bits.bit()? {
            return Some(Self::Field);
        }
        let simple = sequence.frames_only && !sequence.gaps && !sequence.separate_planes;
        let read = |kind| {
            let start = Start { kind, frame_num, frame_num_at, idr, reference };
            start.slice(&mut bits, sequence, picture)
        };
        let slice = kind.filter(|_| simple && !picture.redundant).and_then(read);
        Some(slice.map_or(Self::Frame, |slice| Self::Slice(Box::new(slice))))
    }
}

/// `None` for those of streams to switch among.
fn kind(number: u32) -> Option<Kind> {
    match number % 5 {
        0 => Some(Kind::P),
        1 => Some(Kind::B),
        2 => Some(Kind::Intra),
        _ => None,
    }
}

/// What was read of a header.
struct Start {
    kind: Kind,
    frame_num: u32,
    frame_num_at: Range<usize>,
    idr: bool,
    reference: bool,
}

impl Start {
    /// Reads on behind the number of the frame.
    fn slice(self, bits: &mut Bits<'_>, sequence: &Sequence, picture: &Picture) -> Option<Slice> {
        let Self { kind, frame_num, frame_num_at, idr, reference } = self;
        if idr {
            let _number = bits.golomb()?;
        }
        let order = match sequence.order {
            Order::Bits(count) => {
                let lowest = bits.bits(count)?;
                // Of the bottom field, which is shown behind the top one.
                let later = if picture.bottom_order { bits.signed_golomb()? } else { 0 };
                Some(lowest).filter(|_| later >= 0)
            }
            Order::AsCoded => None,
            Order::Cycle => return None,
        };
        if kind == Kind::B {
            let _direct_spatial = bits.bit()?;
        }
        let active = active(bits, kind, picture)?;
        let begin = bits.position();
        let mut changed = [None, None];
        for list in changed.iter_mut().take(kind.lists()) {
            *list = changes(bits)?;
        }
        let changes_at = begin..bits.position();
        let weighted = match kind {
            Kind::Intra => false,
            Kind::P => picture.weighted,
            Kind::B => picture.weighted_both == 1,
        };
        if weighted {
            read_over_weights(bits, sequence.has_chroma, active.iter().take(kind.lists()))?;
        }
        let begin = bits.position();
        let marking = match reference {
            true => Some(marking(bits, idr)?),
            false => None,
        };
        let marking_at = begin..bits.position();
        if picture.arithmetic && kind != Kind::Intra {
            let _tables = bits.golomb()?;
        }
        let _quantizer = bits.golomb()?;
        if picture.deblocking && bits.golomb()? != 1 {
            let _offsets = (bits.golomb()?, bits.golomb()?);
        }
        Some(Slice {
            kind,
            sequence: *sequence,
            arithmetic: picture.arithmetic,
            frame_num,
            order,
            active,
            changes: changed,
            marking,
            frame_num_at,
            changes_at,
            marking_at,
            end: bits.position(),
        })
    }
}

/// How many references either list has.
fn active(bits: &mut Bits<'_>, kind: Kind, picture: &Picture) -> Option<[usize; 2]> {
    if kind == Kind::Intra {
        return Some([0, 0]);
    }
    let [mut first, mut second] = picture.references;
    if bits.bit()? {
        first = bits.golomb()?.checked_add(1)?;
        if kind == Kind::B {
            second = bits.golomb()?.checked_add(1)?;
        }
    }
    let second = if kind == Kind::B { second } else { 0 };
    // Frames have 16 at most, 7.4.3.
    (first <= 16 && second <= 16).then_some([first as usize, second as usize])
}

/// `None` inside where the list stays as it is by itself.
fn changes(bits: &mut Bits<'_>) -> Option<Option<Vec<Change>>> {
    if !bits.bit()? {
        return Some(None);
    }
    let mut changes = Vec::new();
    while changes.len() < MOST_COMMANDS {
        let command = bits.golomb()?;
        match command {
            0 => changes.push(Change::Less(bits.golomb()?.checked_add(1)?)),
            1 => changes.push(Change::More(bits.golomb()?.checked_add(1)?)),
            3 => return Some(Some(changes)),
            // References that are held for long.
            _ => return None,
        }
    }
    None
}

/// 7.3.3.2.
fn read_over_weights<'a>(
    bits: &mut Bits<'_>,
    has_chroma: bool,
    active: impl Iterator<Item = &'a usize>,
) -> Option<()> {
    let _luma_denominator = bits.golomb()?;
    if has_chroma {
        let _chroma_denominator = bits.golomb()?;
    }
    for _ in 0..active.sum() {
        if bits.bit()? {
            let _weight_and_offset = (bits.golomb()?, bits.golomb()?);
        }
        if has_chroma && bits.bit()? {
            let _weights_and_offsets =
                (bits.golomb()?, bits.golomb()?, bits.golomb()?, bits.golomb()?);
        }
    }
    Some(())
}

/// 7.3.3.3.
fn marking(bits: &mut Bits<'_>, idr: bool) -> Option<Marking> {
    if idr {
        let (_output_none, for_long) = (bits.bit()?, bits.bit()?);
        return (!for_long).then_some(Marking::Refresh);
    }
    if !bits.bit()? {
        return Some(Marking::Sliding);
    }
    let mut away = Vec::new();
    while away.len() < MOST_COMMANDS {
        match bits.golomb()? {
            0 => return Some(Marking::Away(away)),
            1 => away.push(bits.golomb()?.checked_add(1)?),
            // References that are held for long, and those that end all.
            _ => return None,
        }
    }
    None
}

impl Slice {
    /// One more than the largest number of a frame.
    pub fn frame_nums(&self) -> u32 {
        1 << self.sequence.frame_num_bits
    }

    /// Frames held for others at most, 7.4.2.1.1; never more than 16, A.3.1, whatever a torn set says.
    pub fn most_held(&self) -> usize {
        self.sequence.references.clamp(1, 16)
    }

    /// The slice, without escapes and behind its unit's header, with other references said.
    pub fn rewritten(
        &self,
        payload: &[u8],
        frame_num: u32,
        changes: &[Option<Vec<Change>>; 2],
        marking: Option<&Marking>,
    ) -> Vec<u8> {
        let mut writer = BitWriter::default();
        writer.copy(payload, 0..self.frame_num_at.start);
        writer.bits(frame_num, self.sequence.frame_num_bits);
        writer.copy(payload, self.frame_num_at.end..self.changes_at.start);
        for list in changes.iter().take(self.kind.lists()) {
            write_changes(&mut writer, list.as_deref());
        }
        writer.copy(payload, self.changes_at.end..self.marking_at.start);
        match marking {
            None => (),
            Some(Marking::Refresh) => writer.copy(payload, self.marking_at.clone()),
            Some(Marking::Sliding) => writer.bit(false),
            Some(Marking::Away(differences)) => write_away(&mut writer, differences),
        }
        writer.copy(payload, self.marking_at.end..self.end);
        let used = payload.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let begin = match self.arithmetic {
            true => {
                writer.align_with_ones();
                self.end.next_multiple_of(8)
            }
            false => self.end,
        };
        writer.copy(payload, begin..(used * 8).max(begin));
        without_trailing_zeros(writer.finish())
    }
}

fn write_changes(writer: &mut BitWriter, changes: Option<&[Change]>) {
    writer.bit(changes.is_some());
    let Some(changes) = changes else {
        return;
    };
    for change in changes {
        let (command, difference) = match change {
            Change::Less(difference) => (0, difference),
            Change::More(difference) => (1, difference),
        };
        writer.golomb(command);
        writer.golomb(difference - 1);
    }
    writer.golomb(3);
}

fn write_away(writer: &mut BitWriter, differences: &[u32]) {
    writer.bit(true);
    for difference in differences {
        writer.golomb(1);
        writer.golomb(difference - 1);
    }
    writer.golomb(0);
}

/// A unit ends with the byte of its last set bit, 7.3.2.11.
fn without_trailing_zeros(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
    bytes
}
