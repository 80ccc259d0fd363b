// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which frames a frame refers to (ITU-T H.264, 8.2.1, 8.2.4 and 8.2.5), short-term references only.

use super::sets::Order;
use super::slice::{Change, Kind, Marking, Slice};

/// Frames of which is remembered what they are, for the order of those that follow.
const REMEMBERED: usize = 64;

/// A frame as references are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Its place in the stream, in decoding order.
    pub place: u64,
    pub frame_num: u32,
    /// Where it is shown among the others.
    pub order: i64,
}

/// What a frame is to its references, and they to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub place: u64,
    pub order: i64,
    /// For each slice: its header and the places of the frames in its lists.
    pub slices: Vec<(Slice, [Vec<u64>; 2])>,
    /// What is held for it and others before it.
    pub before: Vec<Reference>,
    /// Places of the frames that are held for others behind it.
    pub held: Vec<u64>,
    /// Places of the frames that decoding it needs, itself no longer among them.
    pub needs: Vec<u64>,
}

impl Frame {
    /// Whether it refreshes the decoder.
    pub fn refreshes(&self) -> bool {
        let first = self.slices.first();
        first.is_some_and(|(slice, _)| slice.marking == Some(Marking::Refresh))
    }
}

/// What a decoder holds for frames to come, in decoding order.
#[derive(Debug, Clone, Default)]
pub struct References {
    held: Vec<Reference>,
    /// The last references, be they held or not.
    last: Vec<Reference>,
}

impl References {
    /// Takes the slices of the frame at a place; `None` where something of it is not understood, after
    /// which nothing is until the next that refreshes.
    pub fn take(&mut self, place: u64, slices: Vec<Slice>) -> Option<Frame> {
        let frame = self.follow(place, slices);
        if frame.is_none() {
            self.lose();
        }
        frame
    }

    /// What comes next is not understood unless it refreshes.
    pub fn lose(&mut self) {
        *self = Self::default();
    }

    fn follow(&mut self, place: u64, slices: Vec<Slice>) -> Option<Frame> {
        let first = slices.first()?.clone();
        if first.marking == Some(Marking::Refresh) {
            self.lose();
        }
        let said = |slice: &Slice| (slice.frame_num, slice.order, slice.marking.clone());
        let alike = |slice: &Slice| said(slice) == said(&first) && slice.sequence == first.sequence;
        if !slices.iter().all(alike) || self.next_frame_num(&first) != Some(first.frame_num) {
            return None;
        }
        let itself = Reference { place, frame_num: first.frame_num, order: self.order(&first)? };
        let with_lists = |slice: Slice| {
            // Where no order is coded nothing is shown before what it refers to.
            let readable = slice.kind != Kind::B || slice.order.is_some();
            let lists = lists(&self.held, &itself, &slice).filter(|_| readable)?;
            Some((slice, lists))
        };
        let slices: Vec<_> = slices.into_iter().map(with_lists).collect::<Option<_>>()?;
        let lists = slices.iter().flat_map(|(_, lists)| lists.iter().flatten().copied());
        let mut needs: Vec<u64> = lists.collect();
        needs.extend(self.anchor(&needs, &itself, &first));
        needs.sort_unstable();
        needs.dedup();
        let before = self.held.clone();
        if let Some(marking) = &first.marking {
            mark(&mut self.held, &itself, marking, &first)?;
            self.last.push(itself);
            if self.last.len() > REMEMBERED {
                self.last.remove(0);
            }
        }
        let held = self.held.iter().map(|held| held.place).collect();
        Some(Frame { place, order: itself.order, slices, before, held, needs })
    }

    /// The number a frame has that follows, 7.4.3; `None` at the begin.
    fn next_frame_num(&self, slice: &Slice) -> Option<u32> {
        match (self.last.last(), &slice.marking) {
            (_, Some(Marking::Refresh)) => Some(0),
            (Some(last), _) => Some((last.frame_num + 1) % slice.frame_nums()),
            (None, _) => None,
        }
    }

    /// Where the frame is shown among those since the last refresh, 8.2.1.
    fn order(&self, slice: &Slice) -> Option<i64> {
        let last = self.last.last().map(|last| last.order);
        match (slice.sequence.order, slice.order) {
            (Order::Bits(bits), Some(lowest)) => Some(nearest(lowest, last.unwrap_or(0), bits)),
            (Order::AsCoded, _) => Some(last.map_or(0, |last| last + 2)),
            _ => None,
        }
    }

    /// A reference that must be decoded, too, so that a frame and the last reference that is decoded
    /// before it are never too far apart for its order to be told by the lowest bits.
    fn anchor(&self, needs: &[u64], itself: &Reference, slice: &Slice) -> Option<u64> {
        let Order::Bits(bits) = slice.sequence.order else {
            return None;
        };
        let near = |last: &&Reference| (last.order - itself.order).abs() < 1 << (bits - 1);
        let needed = |last: &Reference| needs.contains(&last.place);
        match self.last.iter().rev().take_while(near).any(needed) {
            true => None,
            false => self.last.last().map(|last| last.place),
        }
    }
}

/// The number with these lowest bits that is nearest to the one before.
fn nearest(lowest: u32, before: i64, bits: u32) -> i64 {
    let all = 1i64 << bits;
    let same = before.div_euclid(all) * all + i64::from(lowest);
    match same - before {
        difference if difference > all / 2 => same - all,
        difference if difference <= -(all / 2) => same + all,
        _ => same,
    }
}

/// The places of the frames in either list of a slice, 8.2.4; `None` where a frame is missing.
fn lists(held: &[Reference], itself: &Reference, slice: &Slice) -> Option<[Vec<u64>; 2]> {
    let mut lists = initial(held, itself.order, slice);
    for (list, changes) in lists.iter_mut().zip(&slice.changes) {
        if let Some(changes) = changes {
            change(list, held, itself.frame_num, changes, slice.frame_nums())?;
        }
    }
    for (list, active) in lists.iter_mut().zip(slice.active) {
        list.truncate(active);
    }
    Some(lists)
}

/// The lists before changes, 8.2.4.2, as long as those of this slice are.
pub fn initial(held: &[Reference], order: i64, slice: &Slice) -> [Vec<u64>; 2] {
    let places = |list: &[Reference]| list.iter().map(|held| held.place).collect::<Vec<_>>();
    let mut lists = match slice.kind {
        Kind::Intra => Default::default(),
        // Held in decoding order, so the newest is the last.
        Kind::P => [held.iter().rev().map(|held| held.place).collect(), Vec::new()],
        Kind::B => {
            let mut sorted = held.to_vec();
            sorted.sort_by_key(|held| held.order);
            let (before, behind) =
                sorted.split_at(sorted.partition_point(|held| held.order < order));
            let before: Vec<Reference> = before.iter().rev().copied().collect();
            let first = places(&[&before, behind].concat());
            let mut second = places(&[behind, &before].concat());
            if second.len() > 1 && first == second {
                second.swap(0, 1);
            }
            [first, second]
        }
    };
    for (list, active) in lists.iter_mut().zip(slice.active) {
        list.truncate(active);
    }
    lists
}

/// Changes a list, 8.2.4.3.1; `None` where a picture is not held.
fn change(
    list: &mut Vec<u64>,
    held: &[Reference],
    frame_num: u32,
    changes: &[Change],
    frame_nums: u32,
) -> Option<()> {
    let mut number = frame_num;
    for (at, change) in changes.iter().enumerate() {
        number = match change {
            Change::Less(difference) => number.wrapping_sub(*difference),
            Change::More(difference) => number.wrapping_add(*difference),
        } % frame_nums;
        let place = held.iter().find(|held| held.frame_num == number)?.place;
        let tail: Vec<u64> =
            list.iter().skip(at).copied().filter(|other| *other != place).collect();
        list.truncate(at);
        list.push(place);
        list.extend(tail);
    }
    Some(())
}

/// What is held behind a reference, 8.2.5; `None` where what goes is not held, or too much is.
pub fn mark(
    held: &mut Vec<Reference>,
    itself: &Reference,
    marking: &Marking,
    slice: &Slice,
) -> Option<()> {
    let most = slice.most_held();
    match marking {
        Marking::Refresh => held.clear(),
        Marking::Sliding => {
            if held.len() >= most {
                held.remove(0);
            }
        }
        Marking::Away(differences) => {
            for difference in differences {
                let number = itself.frame_num.wrapping_sub(*difference) % slice.frame_nums();
                let at = held.iter().position(|held| held.frame_num == number)?;
                held.remove(at);
            }
        }
    }
    (held.len() < most).then(|| held.push(*itself))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::super::sets::Sequence;
    use super::*;

    /// 4 bits of frame numbers, 5 of orders, 3 frames held.
    pub(in super::super) const SEQUENCE: Sequence = Sequence {
        number: 0,
        has_chroma: true,
        separate_planes: false,
        frame_num_bits: 4,
        order: Order::Bits(5),
        references: 3,
        gaps: false,
        frames_only: true,
    };

    /// A slice of the frame with this number that is shown there, with so many references in its lists.
    pub(in super::super) fn slice(
        kind: Kind,
        frame_num: u32,
        order: u32,
        active: [usize; 2],
        marking: Option<Marking>,
    ) -> Slice {
        Slice {
            kind,
            sequence: SEQUENCE,
            arithmetic: true,
            frame_num,
            order: Some(order % 32),
            active,
            changes: [None, None],
            marking,
            frame_num_at: 0..0,
            changes_at: 0..0,
            marking_at: 0..0,
            end: 0,
        }
    }

    /// I0 P4 B2 b1 b3 P8 of a pyramid: what each is, in decoding order.
    pub(in super::super) fn pyramid() -> Vec<Slice> {
        let sliding = || Some(Marking::Sliding);
        let mut last = slice(Kind::P, 3, 16, [1, 0], sliding());
        // The newest is B2; it refers to P4, number 1.
        last.changes[0] = Some(vec![Change::Less(2)]);
        vec![
            slice(Kind::Intra, 0, 0, [0, 0], Some(Marking::Refresh)),
            slice(Kind::P, 1, 8, [1, 0], sliding()),
            slice(Kind::B, 2, 4, [1, 1], sliding()),
            slice(Kind::B, 3, 2, [1, 1], None),
            slice(Kind::B, 3, 6, [1, 1], None),
            last,
        ]
    }

    pub(in super::super) fn take(references: &mut References, slices: Vec<Slice>) -> Vec<Frame> {
        let frames = (0..).zip(slices).map(|(place, slice)| references.take(place, vec![slice]));
        frames.collect::<Option<_>>().unwrap()
    }

    #[test]
    fn tells_what_a_pyramid_needs() {
        let frames = take(&mut References::default(), pyramid());
        let needs: Vec<&[u64]> = frames.iter().map(|frame| &frame.needs[..]).collect();
        assert_eq!(needs, [&[][..], &[0], &[0, 1], &[0, 2], &[1, 2], &[1]]);
        // The window slid over I0.
        assert_eq!(frames[5].held, [1, 2, 5]);
        assert_eq!(frames.iter().map(|frame| frame.order).collect::<Vec<_>>(), [0, 8, 4, 2, 6, 16]);
    }

    #[test]
    fn equal_lists_differ_in_their_first_two() {
        let held = [(0, 0), (1, 8)].map(|(place, order)| Reference { place, frame_num: 0, order });
        let both = slice(Kind::B, 2, 10, [2, 2], None);
        assert_eq!(initial(&held, 10, &both), [vec![1, 0], vec![0, 1]]);
        assert_eq!(initial(&held, 4, &both), [vec![0, 1], vec![1, 0]]);
        let one = slice(Kind::B, 2, 10, [1, 1], None);
        assert_eq!(initial(&held, 10, &one), [vec![1], vec![0]]);
    }

    #[test]
    fn orders_begin_anew() {
        assert_eq!([nearest(2, 14, 4), nearest(14, 18, 4), nearest(8, 0, 4)], [18, 14, 8]);
        assert_eq!(nearest(7, 16, 4), 23);
    }

    #[test]
    fn a_frame_far_behind_what_it_needs_keeps_the_one_before() {
        let mut slices = pyramid();
        slices.truncate(3);
        // An I picture that needs nothing: its order is told from the reference before it.
        slices.push(slice(Kind::Intra, 3, 19, [0, 0], Some(Marking::Sliding)));
        assert_eq!(take(&mut References::default(), slices)[3].needs, [2]);
    }

    #[test]
    fn what_is_not_understood_loses_all_up_to_the_next_refresh() {
        let mut references = References::default();
        let [intra, next] = [0, 1].map(|at| pyramid().swap_remove(at));
        assert!(references.take(0, vec![next.clone()]).is_none());
        assert!(references.take(1, vec![intra.clone()]).is_some());
        // A number is missing.
        let missing = slice(Kind::P, 2, 8, [1, 0], Some(Marking::Sliding));
        assert!(references.take(2, vec![missing]).is_none());
        assert!(references.take(3, vec![next.clone()]).is_none());
        assert!(references.take(4, vec![intra]).is_some());
        assert!(references.take(5, vec![next]).is_some());
        assert!(references.take(6, Vec::new()).is_none());
    }

    #[test]
    fn marks_those_that_go() {
        let mut slices = pyramid();
        slices[5].marking = Some(Marking::Away(vec![1, 3]));
        assert_eq!(take(&mut References::default(), slices)[5].held, [1, 5]);
        let mut slices = pyramid();
        slices[5].marking = Some(Marking::Away(vec![9]));
        let mut references = References::default();
        let last =
            (0..).zip(slices).map(|(place, slice)| references.take(place, vec![slice])).last();
        assert_eq!(last, Some(None));
    }
}
