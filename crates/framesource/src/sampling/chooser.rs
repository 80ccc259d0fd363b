// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rule that says of each picture whether it is looked at.

use super::{Pace, Sampling};

/// Decides picture by picture.
#[derive(Debug)]
pub struct Chooser {
    sampling: Sampling,
    /// Stream time from which the next picture is wanted.
    next: gst::ClockTime,
    count: u64,
    /// Pictures within the range so far.
    within: u64,
    /// Pictures that the rule took, also those that an earlier run looked at.
    taken: u64,
}

/// What becomes of a picture.
#[derive(Debug, PartialEq, Eq)]
pub enum Choice {
    /// It is looked at; this is its number.
    Take(u64),
    /// It is not.
    Leave,
    /// Nor is any after it.
    End,
}

impl Chooser {
    /// Begins before the first picture.
    pub fn new(sampling: Sampling) -> Self {
        Self { sampling, next: sampling.from, count: 0, within: 0, taken: 0 }
    }

    /// No longer relies on the count: what an earlier run saw is chosen again. The first number that it
    /// did not see.
    pub fn forget_numbers(&mut self) -> u64 {
        std::mem::take(&mut self.sampling.first_frame)
    }

    /// Number of the next picture.
    pub fn number(&self) -> u64 {
        self.count
    }

    /// Pictures that the rule took so far, also those that an earlier run looked at.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Counts pictures that are missing.
    pub fn pass_over(&mut self, missing: u64) {
        self.count += missing;
        self.within += missing;
    }

    /// Decides the next picture in the order in which they are shown.
    pub fn choose(&mut self, time: Option<gst::ClockTime>, is_keyframe: bool) -> Choice {
        let number = self.count;
        self.count += 1;
        // Without a time there is nothing to measure by.
        let time = time.unwrap_or(self.next);
        if self.sampling.to.is_some_and(|to| time >= to) {
            return Choice::End;
        }
        let within = time >= self.sampling.from;
        let place = self.within;
        self.within += u64::from(within);
        let wanted = within
            && match self.sampling.pace {
                Pace::Every => true,
                Pace::Nth(number) => place.is_multiple_of(number.max(1)),
                Pace::Keyframes => is_keyframe,
                Pace::Step(_) => time >= self.next,
            };
        if !wanted {
            return Choice::Leave;
        }
        self.take(number, time)
    }

    /// Whether the time is in the part that is looked at.
    pub fn is_inside(&self, time: gst::ClockTime) -> bool {
        time >= self.sampling.from && self.sampling.to.is_none_or(|to| time < to)
    }

    /// Stream time from which a picture can be wanted.
    pub fn wanted_from(&self) -> gst::ClockTime {
        self.next
    }

    /// Whether a picture at this time would be wanted by a step.
    pub fn wants(&self, time: gst::ClockTime) -> bool {
        time >= self.next
    }

    /// Takes the next picture instead of the one that the rule wants at `time`.
    pub(crate) fn take_instead(&mut self, time: gst::ClockTime) -> Choice {
        let number = self.count;
        self.count += 1;
        self.take(number, time)
    }

    pub(crate) fn leave(&mut self) -> Choice {
        self.count += 1;
        Choice::Leave
    }

    fn take(&mut self, number: u64, time: gst::ClockTime) -> Choice {
        if let Pace::Step(step) = self.sampling.pace {
            // Multiples of the step, not of the frames that were there: no drift.
            let passed = (time - self.sampling.from).nseconds() / step.nseconds().max(1);
            self.next = self.sampling.from + step * (passed + 1);
        }
        self.taken += 1;
        // The pace runs over what an earlier run saw, so that both look at the same pictures.
        if number < self.sampling.first_frame { Choice::Leave } else { Choice::Take(number) }
    }
}
