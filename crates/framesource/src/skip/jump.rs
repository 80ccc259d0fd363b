// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where in a file it reads on, so that groups nobody wants anything of are not even read.
//!
//! The pictures passed over are counted by the file's own tables. What arrives is compared with them from the
//! first picture on: where the two differ, all is read; where they differ behind a jump, it goes back.

use std::ops::Range;
use std::sync::Arc;

use super::mp4_index::{Index, SAME};

/// Fewer bytes are read as quickly as passed over, as so many more are under way when a jump is decided.
const LEAST_BYTES: u64 = if cfg!(test) { 1 } else { 4 << 20 };

/// What a picture that arrives is.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The one that follows.
    Next,
    /// One that was seen before the jump.
    Again,
    /// The one at which it goes on; these were passed over.
    Behind(Range<usize>),
    /// Not to be found in the tables.
    Unknown,
}

/// Follows the pictures of one stream through its file.
#[derive(Debug)]
pub struct Jumper {
    index: Arc<Index>,
    /// When the first picture was shown, in nanoseconds of the stream.
    begin: Option<i64>,
    /// The picture that comes next, unless there is a jump.
    next: usize,
    /// Where a jump leads that has not arrived.
    target: Option<usize>,
    /// One jump went wrong.
    failed: bool,
}

impl Jumper {
    /// At the first picture of this file.
    pub fn new(index: Arc<Index>) -> Self {
        Self { index, begin: None, next: 0, target: None, failed: false }
    }

    /// Takes the time of the next picture that arrives; `entry`: decoding can begin there.
    pub fn arrive(&mut self, time: i64, entry: bool) -> Arrival {
        let begin = *self.begin.get_or_insert(time);
        let time = time - begin;
        let Some(target) = self.target else {
            let known = self.index.shown(self.next);
            self.next += 1;
            let same = known.is_some_and(|known| (known - time).abs() <= SAME);
            return if same { Arrival::Next } else { Arrival::Unknown };
        };
        let from = self.next;
        let follows = self.index.shown(from).map(|known| time - known);
        match (follows, self.index.entry_at(time)) {
            (Some(after), _) if after < -SAME => Arrival::Again,
            (Some(after), _) if after <= SAME => self.arrived(from, Arrival::Next),
            (_, Some(at)) if entry && at <= target => self.arrived(at, Arrival::Behind(from..at)),
            _ => Arrival::Unknown,
        }
    }

    /// Whether a picture shown at this time was seen before the jump that has not arrived.
    pub fn has_seen(&self, time: i64) -> bool {
        let next = self.target.and_then(|_| self.index.shown(self.next));
        let time = time - self.begin.unwrap_or_default();
        next.is_some_and(|next| time < next - SAME)
    }

    fn arrived(&mut self, at: usize, arrival: Arrival) -> Arrival {
        self.target = None;
        self.next = at + 1;
        arrival
    }

    /// Where to read on, in nanoseconds of the stream, when nothing is wanted before `wanted` and the
    /// picture that follows could be the first of a jump; `None` where reading is no dearer.
    pub fn jump(&mut self, wanted: i64) -> Option<i64> {
        let begin = self.begin.filter(|_| self.target.is_none() && !self.failed)?;
        let entry = self.index.entry_before(wanted - begin)?;
        let worth = entry > self.next && self.index.bytes(self.next..entry) >= LEAST_BYTES;
        if !worth {
            return None;
        }
        self.target = Some(entry);
        Some(begin + self.index.shown(entry)?)
    }

    /// Where to go on instead after a jump that led somewhere else: where it began, and no more jumps.
    /// `None` where that is what was tried.
    pub fn back(&mut self) -> Option<i64> {
        if std::mem::replace(&mut self.failed, true) {
            return None;
        }
        self.target = Some(self.next);
        Some(self.begin? + self.index.shown(self.next)?)
    }

    /// A jump was refused: reading goes on. `false` where it was one back.
    pub fn stay(&mut self) -> bool {
        self.target = None;
        !std::mem::replace(&mut self.failed, true)
    }

    /// Whether a jump has not arrived.
    pub fn is_jumping(&self) -> bool {
        self.target.is_some()
    }

    /// When pictures that were passed over are shown, in nanoseconds of the stream.
    pub fn times(&self, pictures: Range<usize>) -> impl Iterator<Item = i64> {
        let begin = self.begin.unwrap_or_default();
        pictures.filter_map(move |picture| Some(begin + self.index.shown(picture)?))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    /// A picture a second, those of these numbers entries, the first shown at ten seconds.
    fn jumper(entries: &[usize]) -> Jumper {
        let mut jumper = Jumper::new(Arc::new(Index::regular(30, SECOND, entries)));
        assert_eq!(jumper.arrive(10 * SECOND, true), Arrival::Next);
        jumper
    }

    fn at(picture: i64) -> i64 {
        (10 + picture) * SECOND
    }

    #[test]
    fn it_goes_on_where_it_was_sent_and_knows_what_it_passed() {
        let mut jumper = jumper(&[0, 10, 20]);
        assert_eq!(jumper.jump(at(25)), Some(at(20)));
        assert!(jumper.is_jumping());
        assert_eq!(jumper.arrive(at(20) + 1, true), Arrival::Behind(1..20));
        assert_eq!(jumper.arrive(at(21), false), Arrival::Next);
        assert_eq!(jumper.times(1..3).collect::<Vec<_>>(), [at(1), at(2)]);
    }

    #[test]
    fn what_is_near_or_behind_the_end_is_read() {
        let mut jumper = jumper(&[0, 10]);
        assert_eq!(jumper.jump(at(9)), None);
        assert_eq!(jumper.jump(at(0)), None);
        assert_eq!(jumper.jump(at(30)), None);
        assert_eq!(jumper.arrive(at(1), false), Arrival::Next);
    }

    #[test]
    fn what_was_seen_is_left_out_where_it_comes_again() {
        let mut jumper = jumper(&[0, 10, 20]);
        assert!(jumper.jump(at(25)).is_some());
        assert_eq!(jumper.arrive(at(0), true), Arrival::Again);
        assert_eq!(jumper.arrive(at(1), false), Arrival::Next);
        assert!(!jumper.is_jumping());
    }

    #[test]
    fn an_earlier_entry_will_do() {
        let mut jumper = jumper(&[0, 10, 20]);
        assert!(jumper.jump(at(25)).is_some());
        assert_eq!(jumper.arrive(at(10), true), Arrival::Behind(1..10));
    }

    #[test]
    fn it_goes_back_where_it_was_led_astray_once() {
        let mut jumper = jumper(&[0, 10, 20, 25]);
        assert_eq!(jumper.jump(at(24)), Some(at(20)));
        // No entry after all; behind what is wanted would be as bad.
        assert_eq!(jumper.arrive(at(20), false), Arrival::Unknown);
        assert_eq!(jumper.arrive(at(25), true), Arrival::Unknown);
        assert_eq!(jumper.back(), Some(at(1)));
        assert_eq!(jumper.arrive(at(0), true), Arrival::Again);
        assert_eq!(jumper.arrive(at(1), false), Arrival::Next);
        assert_eq!(jumper.jump(at(24)), None);
        assert_eq!(jumper.back(), None);
    }

    #[test]
    fn a_refusal_is_no_harm_but_on_the_way_back() {
        let mut jumper = jumper(&[0, 20]);
        assert!(jumper.jump(at(24)).is_some());
        assert!(jumper.stay());
        assert_eq!(jumper.arrive(at(1), false), Arrival::Next);
        assert_eq!(jumper.jump(at(24)), None);
        assert!(!jumper.stay());
    }

    #[test]
    fn times_that_the_tables_do_not_have_are_unknown() {
        let mut jumper = jumper(&[0, 20]);
        assert_eq!(jumper.arrive(at(1) + SAME + 1, false), Arrival::Unknown);
    }
}
