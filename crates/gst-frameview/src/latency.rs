// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long an element holds a frame up, for latency queries.

use std::time::Duration;

/// A new measurement counts for one part in this many of the mean.
const MEMORY: u32 = 8;

/// What an element that works in the streaming thread adds to the latency of a live pipeline.
///
/// The time it takes is measured, and reported with a margin in whole milliseconds. It changes only
/// when the mean no longer fits: each change makes the whole pipeline reckon anew.
#[derive(Debug, Default)]
pub struct ProcessingTime {
    mean: Option<Duration>,
    reported: gst::ClockTime,
    held: gst::ClockTime,
    live: bool,
}

impl ProcessingTime {
    /// Takes note of how long a frame took; `true` when a live pipeline is to be told (with a
    /// latency message on the bus) that the latency has changed.
    #[must_use]
    pub fn add(&mut self, took: Duration) -> bool {
        let mean = self.mean.map_or(took, |mean| (mean * (MEMORY - 1) + took) / MEMORY);
        self.mean = Some(mean);
        let mean = gst::ClockTime::try_from(mean).unwrap_or(gst::ClockTime::MAX);
        if mean <= self.reported
            && mean * 2 >= self.reported.saturating_sub(gst::ClockTime::MSECOND)
        {
            return false;
        }
        // Half as much again: one frame in a few takes longer than the mean.
        let wanted = mean.nseconds().saturating_add(mean.nseconds() / 2);
        let whole = wanted.div_ceil(gst::ClockTime::MSECOND.nseconds());
        let wanted = gst::ClockTime::from_mseconds(whole);
        let changed = wanted != self.reported;
        self.reported = wanted;
        changed && self.live
    }

    /// Takes note of how long a frame waits for others before work on it begins; `true` when a live
    /// pipeline is to be told that the latency has changed.
    #[must_use]
    pub fn hold(&mut self, held: gst::ClockTime) -> bool {
        let changed = held != self.held;
        self.held = held;
        changed && self.live
    }

    /// What is added to upstream's latency.
    pub fn reported(&self) -> gst::ClockTime {
        self.reported.saturating_add(self.held)
    }

    /// Completes upstream's answer to a latency query.
    pub fn answer(&mut self, query: &mut gst::query::Latency) {
        let (live, min, max) = query.result();
        self.live = live;
        // A frame is held up as long as it takes and no longer: what can wait is upstream's business.
        let own = self.reported();
        query.set(live, min + own, max.map(|max| max + own));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use gst::prelude::*;

    fn answer(
        time: &mut ProcessingTime,
        live: bool,
        max: Option<gst::ClockTime>,
    ) -> (gst::ClockTime, Option<gst::ClockTime>) {
        let mut query = gst::query::Latency::new();
        query.set(live, 30.mseconds(), max);
        time.answer(&mut query);
        let (is_live, min, max) = query.result();
        assert_eq!(is_live, live);
        (min, max)
    }

    #[test]
    fn adds_what_was_measured_and_tells_live_pipelines_only() {
        gst::init().unwrap();
        let mut time = ProcessingTime::default();
        assert_eq!(answer(&mut time, false, None), (30.mseconds(), None));
        assert!(!time.add(Duration::from_millis(20)), "nobody live has asked");
        assert_eq!(answer(&mut time, true, None), (60.mseconds(), None));
        assert_eq!(
            answer(&mut time, true, Some(100.mseconds())),
            (60.mseconds(), Some(130.mseconds()))
        );
        // About as long: nothing to tell. Then three times as long, and much shorter.
        assert!((0..50).all(|_| !time.add(Duration::from_millis(25))));
        assert!((0..50).filter(|_| time.add(Duration::from_millis(60))).count() > 0);
        assert!(
            time.reported() >= 60.mseconds() && time.reported() <= 100.mseconds(),
            "{}",
            time.reported()
        );
        assert!((0..50).filter(|_| time.add(Duration::from_millis(4))).count() > 0);
        assert!(time.reported() < 20.mseconds(), "{}", time.reported());
    }

    #[test]
    fn frames_that_wait_for_others_come_so_much_later() {
        gst::init().unwrap();
        let mut time = ProcessingTime::default();
        assert!(!time.hold(120.mseconds()), "nobody live has asked");
        assert_eq!(answer(&mut time, true, Some(30.mseconds())).1, Some(150.mseconds()));
        assert!(!time.hold(120.mseconds()) && time.hold(80.mseconds()));
        assert!(time.add(Duration::from_millis(20)));
        assert_eq!(answer(&mut time, true, None), (140.mseconds(), None));
    }

    #[test]
    fn less_than_a_millisecond_is_told_once() {
        gst::init().unwrap();
        let mut time = ProcessingTime::default();
        answer(&mut time, true, None);
        let reports = (0..1000).filter(|i| time.add(Duration::from_micros(5 + i % 7))).count();
        assert_eq!((reports, time.reported()), (1, 1.mseconds()));
    }
}
