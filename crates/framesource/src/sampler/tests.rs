// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which pictures are chosen, by their times alone.

use super::*;
use crate::sampling::{Pace, Sampling};

fn ms(value: u64) -> gst::ClockTime {
    gst::ClockTime::from_mseconds(value)
}

fn taken(sampling: Sampling, times: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut chooser = Chooser::new(sampling);
    times
        .filter_map(|time| match chooser.choose(Some(ms(time)), false) {
            Choice::Take(number) => Some(number),
            _ => None,
        })
        .collect()
}

fn step(value: u64) -> Sampling {
    Sampling {
        tolerance: ms(0),
        pace: Pace::Step(ms(value)),
        from: ms(0),
        to: None,
        first_frame: 0,
    }
}

/// docs/design/predecessors.md 1.3: 23.976 frames per second were taken for 24.
#[test]
fn steps_do_not_drift_at_odd_rates() {
    // 23.976 frames per second for ten minutes, a frame a second: 600, not 599 or 601.
    let times = (0..14_386).map(|i| i * 1001 / 24);
    let taken = taken(step(1000), times);
    assert_eq!(taken.len(), 600);
    assert_eq!(&taken[..3], [0, 24, 48]);
    assert!(taken[599] * 1001 / 24 - 599_000 < 42);
}

#[test]
fn a_gap_in_time_costs_no_more_than_itself() {
    assert_eq!(taken(step(100), [0, 50, 100, 1000, 1050, 1100].into_iter()), [0, 2, 3, 5]);
}

#[test]
fn range_and_resumption_keep_the_numbers() {
    let sampling = Sampling { from: ms(200), to: Some(ms(800)), ..step(200) };
    assert_eq!(taken(sampling, (0..20).map(|i| i * 50)), [4, 8, 12]);
    let resumed = Sampling { first_frame: 8, ..sampling };
    assert_eq!(taken(resumed, (0..20).map(|i| i * 50)), [8, 12]);
}

/// docs/design/predecessors.md 1.11 #4: a step of less than half a frame was an exception.
#[test]
fn a_step_shorter_than_a_frame_takes_every_frame() {
    assert_eq!(taken(step(1), (0..5).map(|i| i * 40)), [0, 1, 2, 3, 4]);
}

/// FaceGrab's last, partial batch is never looked at; here the last picture counts like any.
#[test]
fn every_nth_picture_of_the_range() {
    let nth = Sampling { pace: Pace::Nth(7), ..step(1) };
    assert_eq!(taken(nth, (0..15).map(|i| i * 40)), [0, 7, 14]);
    let late = Sampling { from: ms(100), first_frame: 6, ..nth };
    assert_eq!(taken(late, (0..20).map(|i| i * 40)), [10, 17]);
}

#[test]
fn keyframes_only() {
    let mut chooser = Chooser::new(Sampling { pace: Pace::Keyframes, ..step(1) });
    let choices = [true, false, true].map(|key| chooser.choose(Some(ms(0)), key));
    assert_eq!(choices, [Choice::Take(0), Choice::Leave, Choice::Take(2)]);
}
