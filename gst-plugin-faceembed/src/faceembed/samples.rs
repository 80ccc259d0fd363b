// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which faces of a track are worth an embedding.

use std::collections::HashMap;

use gst::ClockTime;

/// Samples taken one by one before the gaps between them grow.
const DENSE: usize = 8;
/// Least gap between the dense samples: faces of neighbouring frames are all but the same.
const FIRST_GAP: ClockTime = ClockTime::from_mseconds(150);
/// The same from the fourth on: of five frames per second every other one, of four all. On seven clips and their
/// parts that is a fifth less work, for nothing of B³ F.
const GAP: ClockTime = ClockTime::from_mseconds(230);
/// Samples before that: short tracks have no more.
const SHORT: usize = 3;
/// A face turned this much further than every sample so far tells something new, in degrees.
const NEW_POSE: f32 = 15.0;
/// Tracks not seen for this long are over.
const FORGET_AFTER: ClockTime = ClockTime::from_seconds(60);

/// The samples of the tracks that are running.
#[derive(Debug, Default)]
pub(super) struct Samples {
    tracks: HashMap<u64, Track>,
}

#[derive(Debug)]
struct Track {
    seen: ClockTime,
    last: ClockTime,
    yaws: Vec<f32>,
}

impl Samples {
    /// No track goes on.
    pub(super) fn forget(&mut self) {
        self.tracks.clear();
    }

    /// Whether this face of a track is to be embedded, at most `max` a track. Gaps grow with the
    /// number of samples, so that they spread over tracks of any length without knowing it.
    pub(super) fn wants(&mut self, track: u64, time: ClockTime, yaw: f32, max: usize) -> bool {
        self.tracks.retain(|_, t| time < t.seen || time - t.seen < FORGET_AFTER);
        let Some(known) = self.tracks.get_mut(&track) else {
            self.tracks.insert(track, Track { seen: time, last: time, yaws: vec![yaw] });
            return true;
        };
        known.seen = time;
        let taken = known.yaws.len();
        let doublings = taken.saturating_sub(DENSE).div_ceil(2).min(16) as u32;
        let first = if taken >= SHORT { GAP } else { FIRST_GAP };
        let gap = first * 2u64.pow(doublings);
        let waited = time >= known.last && time - known.last >= gap;
        let turned = known.yaws.iter().all(|y| (y - yaw).abs() >= NEW_POSE);
        let wanted = taken < max && (waited || turned);
        if wanted {
            known.last = time;
            known.yaws.push(yaw);
        }
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(looks: impl Iterator<Item = (u64, f32)>, max: usize) -> Vec<u64> {
        let mut samples = Samples::default();
        looks
            .filter(|(ms, yaw)| samples.wants(1, ClockTime::from_mseconds(*ms), *yaw, max))
            .map(|(ms, _)| ms)
            .collect()
    }

    #[test]
    fn spreads_over_a_long_track() {
        // Two minutes at five frames per second.
        let taken = taken((0..600).map(|i| (200 * i, 0.0)), 16);
        assert_eq!(taken.len(), 16);
        assert_eq!(&taken[..8], [0, 200, 400, 800, 1200, 1600, 2000, 2400]);
        assert!(taken[15] > 12_000, "{taken:?}");
    }

    #[test]
    fn of_four_a_second_all_are_taken_at_first_and_a_head_that_turns_always() {
        assert_eq!(taken((0..8).map(|i| (250 * i, 0.0)), 16).len(), 8);
        let turns = (0..8u8).map(|i| (200 * u64::from(i), 20.0 * f32::from(i)));
        assert_eq!(taken(turns, 16).len(), 8);
    }

    #[test]
    fn every_frame_is_no_denser_than_sampling() {
        let taken = taken((0..25).map(|i| (40 * i, 0.0)), 16);
        assert!(taken.len() <= 7, "{taken:?}");
    }

    #[test]
    fn a_head_turn_is_taken_at_once() {
        let looks = [(0, 0.0), (40, 2.0), (80, 20.0), (120, 21.0), (160, -20.0)];
        assert_eq!(taken(looks.into_iter(), 16), [0, 80, 160]);
    }

    #[test]
    fn tracks_that_are_over_are_forgotten() {
        let mut samples = Samples::default();
        for track in 0..1000 {
            assert!(samples.wants(track, ClockTime::from_seconds(track * 10), 0.0, 16));
        }
        assert!(samples.tracks.len() < 10);
    }
}
