// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes what is left of a stream a whole stream, after references that no other frame needs were left
//! out: numbers of frames without gaps, the same lists of references, the same frames held.
//!
//! Decoders take a gap in the numbers for a loss and mend it with made-up frames; here is none.

use super::references::{Frame, Reference, initial, mark};
use super::slice::{Change, Marking, Slice};
use super::{IDR_SLICE, SLICE};
use crate::codec::nal::{self, Packing};

/// What the decoder holds, by the numbers it knows.
#[derive(Debug, Default)]
pub struct Renumber {
    /// `None` until a frame refreshes the decoder: what it is given stays as it is.
    given: Option<Given>,
}

#[derive(Debug)]
struct Given {
    held: Vec<Reference>,
    /// Number of the last reference.
    last: u32,
}

impl Renumber {
    /// The decoder is emptied; what follows is given as it is until the next frame that refreshes.
    pub fn drained(&mut self) {
        self.given = None;
    }

    /// What the decoder is given for the buffer of this frame, where that differs. `frame` is `None`
    /// where it is not understood; then every reference before it was given.
    pub fn take(&mut self, frame: Option<(&Frame, Packing)>, data: &[u8]) -> Option<Vec<u8>> {
        let Some((frame, packing)) = frame else {
            self.given = None;
            return None;
        };
        if frame.refreshes() {
            self.given = Some(Given { held: Vec::new(), last: 0 });
        }
        let given = self.given.as_mut()?;
        let (slice, _) = frame.slices.first()?;
        let frame_num = match frame.refreshes() {
            true => 0,
            false => (given.last + 1) % slice.frame_nums(),
        };
        let itself = Reference { place: frame.place, frame_num, order: frame.order };
        let as_before = given.held == frame.before && frame_num == slice.frame_num;
        let (rewritten, marking) = match (as_before, &slice.marking) {
            (true, marking) => (None, marking.clone()),
            (false, marking) => {
                let marking = marking.as_ref().map(|_| given.marking(frame, &itself, slice));
                (given.rewrite(frame, data, packing, &itself, marking.as_ref()), marking)
            }
        };
        if let Some(marking) = &marking {
            mark(&mut given.held, &itself, marking, slice);
            given.last = frame_num;
        }
        rewritten
    }
}

impl Given {
    /// How to come to hold, of what was given, what would be held behind this frame.
    fn marking(&self, frame: &Frame, itself: &Reference, slice: &Slice) -> Marking {
        let goes = |held: &&Reference| !frame.held.contains(&held.place);
        let away: Vec<&Reference> = self.held.iter().filter(goes).collect();
        let slides = match self.held.first() {
            Some(oldest) if self.held.len() >= slice.most_held() => away == [oldest],
            _ => away.is_empty(),
        };
        match slides {
            true => Marking::Sliding,
            false => {
                let less = |held: &Reference| less(itself.frame_num, held.frame_num, slice);
                Marking::Away(away.into_iter().map(less).collect())
            }
        }
    }

    /// The buffer with other numbers; `None` where that cannot be.
    fn rewrite(
        &self,
        frame: &Frame,
        data: &[u8],
        packing: Packing,
        itself: &Reference,
        marking: Option<&Marking>,
    ) -> Option<Vec<u8>> {
        let mut slices = frame.slices.iter();
        let mut buffer = Vec::with_capacity(data.len() + 64);
        for unit in nal::units(data, packing)? {
            match unit.split_first() {
                Some((header, payload)) if matches!(header & 31, SLICE | IDR_SLICE) => {
                    let (slice, lists) = slices.next()?;
                    let changes = self.changes(slice, lists, itself)?;
                    let payload = nal::unescape(payload, usize::MAX);
                    let payload = slice.rewritten(&payload, itself.frame_num, &changes, marking);
                    let unit = [&[*header], nal::escape(&payload).as_slice()].concat();
                    nal::pack(&unit, packing, &mut buffer)?;
                }
                _ => nal::pack(unit, packing, &mut buffer)?,
            }
        }
        Some(buffer)
    }

    /// The changes that make a slice's lists of what is held; `None` where a frame is missing.
    fn changes(
        &self,
        slice: &Slice,
        lists: &[Vec<u64>; 2],
        itself: &Reference,
    ) -> Option<[Option<Vec<Change>>; 2]> {
        let initial = initial(&self.held, itself.order, slice);
        let mut changes = [None, None];
        for ((list, by_itself), changes) in lists.iter().zip(&initial).zip(&mut changes) {
            if by_itself.starts_with(list) {
                continue;
            }
            let mut number = itself.frame_num;
            let change = |place: &u64| {
                let next = self.held.iter().find(|held| held.place == *place)?.frame_num;
                let before = std::mem::replace(&mut number, next);
                Some(Change::Less(less(before, next, slice)))
            };
            *changes = Some(list.iter().map(change).collect::<Option<_>>()?);
        }
        Some(changes)
    }
}

/// By how much the number of a frame is less than that before, of numbers that begin anew, and never 0.
fn less(before: u32, next: u32, slice: &Slice) -> u32 {
    match before.wrapping_sub(next) % slice.frame_nums() {
        0 => slice.frame_nums(),
        less => less,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::references::References;
    use super::super::references::tests::{pyramid, slice, take};
    use super::super::slice::Kind;
    use super::*;

    /// How what is left out changes the next frame: its number, marking and changes of the first list.
    fn changed(
        frames: &[Frame],
        given: &[usize],
    ) -> (u32, Option<Marking>, Option<Vec<Change>>, Vec<u64>) {
        let mut renumber = Renumber::default();
        let (last, before) = given.split_last().unwrap();
        for at in before {
            renumber.take(Some((&frames[*at], Packing::StartCodes)), &[]);
        }
        let (frame, given) = (&frames[*last], renumber.given.as_ref().unwrap());
        let (slice, lists) = &frame.slices[0];
        let number = (given.last + 1) % slice.frame_nums();
        let itself = Reference { place: frame.place, frame_num: number, order: frame.order };
        let marking = slice.marking.as_ref().map(|_| given.marking(frame, &itself, slice));
        let [first, _] = given.changes(slice, lists, &itself).unwrap();
        renumber.take(Some((frame, Packing::StartCodes)), &[]);
        let held = renumber.given.unwrap().held.iter().map(|held| held.place).collect();
        (number, marking, first, held)
    }

    #[test]
    fn a_reference_left_out_leaves_no_trace() {
        let frames = take(&mut References::default(), pyramid());
        // Without B2 the frame behind it has its number, and P4 is the newest by itself; I0 goes as it
        // went before, which by itself it would not.
        let (number, marking, changes, held) = changed(&frames, &[0, 1, 5]);
        assert_eq!((number, marking), (2, Some(Marking::Away(vec![2]))));
        assert_eq!((changes, held), (None, vec![1, 5]));
        // With all of them nothing changes.
        let (number, marking, _, held) = changed(&frames, &[0, 1, 2, 3, 4, 5]);
        assert_eq!((number, marking), (3, Some(Marking::Sliding)));
        assert_eq!(held, [1, 2, 5]);
    }

    #[test]
    fn lists_are_said_where_they_are_others_by_themselves() {
        let mut slices = pyramid();
        slices.push(slice(Kind::P, 4, 24, [2, 0], Some(Marking::Sliding)));
        slices[6].changes[0] = Some(vec![Change::Less(3), Change::More(2)]);
        let frames = take(&mut References::default(), slices);
        // P4 before P8; P8 is the newest by itself.
        assert_eq!(frames[6].slices[0].1[0], [1, 5]);
        let (_, _, changes, _) = changed(&frames, &[0, 1, 5, 6]);
        // From number 3 to 1, then to 2.
        assert_eq!(changes, Some(vec![Change::Less(2), Change::Less(15)]));
    }

    #[test]
    fn what_is_not_understood_stays_as_it_is() {
        let frames = take(&mut References::default(), pyramid());
        let mut renumber = Renumber::default();
        let mut give = |frame: Option<&Frame>| {
            renumber.take(frame.map(|frame| (frame, Packing::StartCodes)), &[0, 0, 1, 9, 16])
        };
        // Nothing refreshed the decoder yet.
        assert_eq!(give(Some(&frames[5])), None);
        assert_eq!((give(Some(&frames[0])), give(Some(&frames[1]))), (None, None));
        assert!(give(Some(&frames[5])).is_some());
        assert_eq!((give(None), give(Some(&frames[5]))), (None, None));
    }
}
