// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where in a file it reads on, so that groups nobody wants anything of are not even read.
//!
//! The unread pictures are counted by the file's own tables. What arrives is compared with them from the
//! first picture on: where the two differ, all is read; where they differ behind a seek, it goes back.

use std::ops::Range;
use std::sync::Arc;

use super::mp4_index::{Index, SAME};

/// Fewer bytes are read as quickly as sought over, as so many more are under way when a seek is decided.
const LEAST_BYTES: u64 = if cfg!(test) { 1 } else { 4 << 20 };

/// What a picture that arrives is.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The one that follows.
    Next,
    /// One that was seen before the seek.
    Again,
    /// The one at which it goes on; these stay unread.
    Behind(Range<usize>),
    /// Not to be found in the tables.
    Unknown,
}

/// Follows the pictures of one stream through its file.
#[derive(Debug)]
pub struct SeekPlanner {
    index: Arc<Index>,
    /// When the first picture was shown, in nanoseconds of the stream.
    begin: Option<i64>,
    /// The picture that comes next, unless there is a seek.
    next: usize,
    /// Where a seek leads that has not arrived.
    target: Option<usize>,
    /// A seek went wrong.
    failed: bool,
}

impl SeekPlanner {
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

    /// Whether a picture shown at this time was seen before the seek that has not arrived.
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
    /// picture that follows could be the first of a seek; `None` where reading is no more expensive.
    pub fn seek(&mut self, wanted: i64) -> Option<i64> {
        let begin = self.begin.filter(|_| self.target.is_none() && !self.failed)?;
        let entry = self.index.entry_before(wanted - begin)?;
        let worth = entry > self.next && self.index.bytes(self.next..entry) >= LEAST_BYTES;
        if !worth {
            return None;
        }
        self.target = Some(entry);
        Some(begin + self.index.shown(entry)?)
    }

    /// Where to go on instead after a seek that led somewhere else: where it began, and no more seeks.
    /// `None` where that is what was tried.
    pub fn back(&mut self) -> Option<i64> {
        if std::mem::replace(&mut self.failed, true) {
            return None;
        }
        self.target = Some(self.next);
        Some(self.begin? + self.index.shown(self.next)?)
    }

    /// A seek was refused: reading goes on. `false` where it was one back.
    pub fn stay(&mut self) -> bool {
        self.target = None;
        !std::mem::replace(&mut self.failed, true)
    }

    /// Whether a seek has not arrived.
    pub fn is_seeking(&self) -> bool {
        self.target.is_some()
    }

    /// When unread pictures are shown, in nanoseconds of the stream.
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
    fn seek_planner(entries: &[usize]) -> SeekPlanner {
        let mut seek_planner = SeekPlanner::new(Arc::new(Index::regular(30, SECOND, entries)));
        assert_eq!(seek_planner.arrive(10 * SECOND, true), Arrival::Next);
        seek_planner
    }

    fn at(picture: i64) -> i64 {
        (10 + picture) * SECOND
    }

    #[test]
    fn it_goes_on_where_it_was_sent_and_knows_what_it_passed() {
        let mut seek_planner = seek_planner(&[0, 10, 20]);
        assert_eq!(seek_planner.seek(at(25)), Some(at(20)));
        assert!(seek_planner.is_seeking());
        assert_eq!(seek_planner.arrive(at(20) + 1, true), Arrival::Behind(1..20));
        assert_eq!(seek_planner.arrive(at(21), false), Arrival::Next);
        assert_eq!(seek_planner.times(1..3).collect::<Vec<_>>(), [at(1), at(2)]);
    }

    #[test]
    fn what_is_near_or_behind_the_end_is_read() {
        let mut seek_planner = seek_planner(&[0, 10]);
        assert_eq!(seek_planner.seek(at(9)), None);
        assert_eq!(seek_planner.seek(at(0)), None);
        assert_eq!(seek_planner.seek(at(30)), None);
        assert_eq!(seek_planner.arrive(at(1), false), Arrival::Next);
    }

    #[test]
    fn what_was_seen_is_left_out_where_it_comes_again() {
        let mut seek_planner = seek_planner(&[0, 10, 20]);
        assert!(seek_planner.seek(at(25)).is_some());
        assert_eq!(seek_planner.arrive(at(0), true), Arrival::Again);
        assert_eq!(seek_planner.arrive(at(1), false), Arrival::Next);
        assert!(!seek_planner.is_seeking());
    }

    #[test]
    fn an_earlier_entry_will_do() {
        let mut seek_planner = seek_planner(&[0, 10, 20]);
        assert!(seek_planner.seek(at(25)).is_some());
        assert_eq!(seek_planner.arrive(at(10), true), Arrival::Behind(1..10));
    }

    #[test]
    fn it_goes_back_where_it_was_led_astray_once() {
        let mut seek_planner = seek_planner(&[0, 10, 20, 25]);
        assert_eq!(seek_planner.seek(at(24)), Some(at(20)));
        // No entry after all; behind what is wanted would be as bad.
        assert_eq!(seek_planner.arrive(at(20), false), Arrival::Unknown);
        assert_eq!(seek_planner.arrive(at(25), true), Arrival::Unknown);
        assert_eq!(seek_planner.back(), Some(at(1)));
        assert_eq!(seek_planner.arrive(at(0), true), Arrival::Again);
        assert_eq!(seek_planner.arrive(at(1), false), Arrival::Next);
        assert_eq!(seek_planner.seek(at(24)), None);
        assert_eq!(seek_planner.back(), None);
    }

    #[test]
    fn a_refusal_is_no_harm_but_on_the_way_back() {
        let mut seek_planner = seek_planner(&[0, 20]);
        assert!(seek_planner.seek(at(24)).is_some());
        assert!(seek_planner.stay());
        assert_eq!(seek_planner.arrive(at(1), false), Arrival::Next);
        assert_eq!(seek_planner.seek(at(24)), None);
        assert!(!seek_planner.stay());
    }

    #[test]
    fn times_that_the_tables_do_not_have_are_unknown() {
        let mut seek_planner = seek_planner(&[0, 20]);
        assert_eq!(seek_planner.arrive(at(1) + SAME + 1, false), Arrival::Unknown);
    }
}
