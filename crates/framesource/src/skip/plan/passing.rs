// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures that are not even read.

use super::Planner;
use crate::sampling::{Choice, Times};

impl<T> Planner<T> {
    /// Stream time before which none of the pictures is wanted that are not held yet. `None` where
    /// everything is.
    pub fn wanted_from(&self) -> Option<gst::ClockTime> {
        let chooses = !(self.given_up || self.feeds_all || self.ended);
        chooses.then(|| self.chooser.wanted_from().saturating_sub(self.tolerance))
    }

    /// Counts pictures that follow what was decided and that come before what is pushed next. They are
    /// given back in the order in which they are shown.
    pub fn pass_over(&mut self, mut pictures: Vec<Times>) -> Vec<Times> {
        pictures.sort_unstable();
        for (running, time) in &pictures {
            self.latest = self.latest.max(Some(*running));
            let choice = self.chooser.choose(Some(*time), false);
            if choice != Choice::Leave {
                tracing::error!("a picture at {time} was wanted, and was left unread");
            }
        }
        pictures
    }
}
