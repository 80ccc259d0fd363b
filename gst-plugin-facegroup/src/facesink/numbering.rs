// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames, tracks and shots of everything that runs through the sink, in one rising count.
//!
//! A dataset takes frames in rising order. After a seek back they come again, and behind another
//! stream-start they begin at 0 again, and so do tracks and shots.

use dataset::FaceRecord;

/// Frame, track and shot.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    frame: u64,
    track: u64,
    shot: u64,
}

/// Where the count stands.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// What the present stream's numbers are added to.
    base: Counts,
    /// One past the highest so far.
    next: Counts,
    /// Frames before this one have come already.
    done: u64,
}

impl Numbers {
    /// Another stream begins: it goes on where the last one ended.
    pub(super) fn next_stream(&mut self) {
        self.base = self.next;
    }

    /// The stream was interrupted: what comes again is not taken again.
    pub(super) fn interrupted(&mut self) {
        self.done = self.next.frame;
    }

    /// A frame's number in the whole; `None` for one that was there before an interruption.
    pub(super) fn frame(&mut self, frame: u64) -> Option<u64> {
        let frame = frame.saturating_add(self.base.frame);
        self.next.frame = self.next.frame.max(frame.saturating_add(1));
        (frame >= self.done).then_some(frame)
    }

    /// Numbers a face; `false` for one that was there before an interruption.
    pub(super) fn face(&mut self, record: &mut FaceRecord) -> bool {
        let Some(frame) = self.frame(record.frame) else {
            return false;
        };
        record.frame = frame;
        let count = |number: &mut Option<u64>, base: u64, next: &mut u64| {
            if let Some(number) = number {
                *number = number.saturating_add(base);
                *next = (*next).max(number.saturating_add(1));
            }
        };
        count(&mut record.track, self.base.track, &mut self.next.track);
        count(&mut record.shot, self.base.shot, &mut self.next.shot);
        // Its first shot.
        count(&mut record.recurring_shot, self.base.shot, &mut self.next.shot);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(numbers: &mut Numbers, frame: u64, track: u64) -> Option<(u64, Option<u64>)> {
        let mut record = FaceRecord { frame, track: Some(track), ..FaceRecord::default() };
        numbers.face(&mut record).then_some((record.frame, record.track))
    }

    #[test]
    fn streams_follow_each_other_and_nothing_comes_twice() {
        let mut numbers = Numbers::default();
        numbers.next_stream();
        assert_eq!(numbered(&mut numbers, 0, 0), Some((0, Some(0))));
        assert_eq!(numbered(&mut numbers, 7, 3), Some((7, Some(3))));
        assert_eq!(numbers.frame(9), Some(9), "a frame without faces");
        // Back to the start, and on beyond where it was.
        numbers.interrupted();
        assert_eq!(numbered(&mut numbers, 0, 4), None);
        assert_eq!(numbered(&mut numbers, 9, 4), None);
        assert_eq!(numbered(&mut numbers, 10, 4), Some((10, Some(4))));
        numbers.next_stream();
        assert_eq!(numbered(&mut numbers, 0, 0), Some((11, Some(5))));
    }

    /// A recurring shot of one film was taken for that of the next, and who sat there for one person.
    #[test]
    fn no_camera_setup_is_that_of_another_film() {
        let mut numbers = Numbers::default();
        let recurring_shot = |numbers: &mut Numbers| {
            let (shot, recurring_shot) = (Some(2), Some(0));
            let mut record = FaceRecord { shot, recurring_shot, ..FaceRecord::default() };
            numbers.face(&mut record);
            record.recurring_shot
        };
        assert_eq!(recurring_shot(&mut numbers), Some(0));
        numbers.next_stream();
        assert_eq!(recurring_shot(&mut numbers), Some(3));
    }
}
