// SPDX-License-Identifier: MIT OR Apache-2.0
//! Groups of pictures written down by hand: which are fed, which are only counted.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::codec::coded::{Coded, Needs};
use crate::sampling::{Pace, Sampling};

fn seconds(value: u64) -> gst::ClockTime {
    gst::ClockTime::from_seconds(value)
}

/// A picture shown at this second; the payload is that second.
fn picture(kind: char, time: u64) -> CodedPicture<u64> {
    let (entry, reference) = match kind {
        'I' => (Entry::Closed, true),
        'O' => (Entry::Open, true),
        'P' | 'U' => (Entry::No, true),
        _ => (Entry::No, false),
    };
    let shown = if kind == 'U' { Shown::Unknown } else { Shown::Once };
    CodedPicture {
        coded: Coded { entry, reference, needs: Needs::AllBefore, shown, keep: false },
        payload: Some(time),
        bytes: 1000,
        running: Some(seconds(time)),
        time: Some(seconds(time)),
        keyframe: entry != Entry::No,
    }
}

fn planner(step: u64) -> Planner<u64> {
    tolerant(step, 0)
}

fn tolerant(step: u64, tolerance: u64) -> Planner<u64> {
    let chooser = Chooser::new(Sampling {
        pace: Pace::Step(seconds(step)),
        from: seconds(0),
        to: None,
        first_frame: 0,
        tolerance: seconds(tolerance),
    });
    Planner::new(chooser, seconds(tolerance))
}

/// What is fed (-1 for draining) and what is skipped of pictures like "I0 P3 b1 b2".
fn plan(planner: &mut Planner<u64>, pictures: &str) -> (Vec<i64>, Vec<u64>) {
    let mut plans: Vec<Plan<u64>> = pictures
        .split_whitespace()
        .map(|text| planner.push(picture(text.chars().next().unwrap(), text[1..].parse().unwrap())))
        .collect();
    plans.push(planner.finish(Boundary::End));
    let fed = plans.iter().flat_map(|plan| &plan.orders).map(|order| match order {
        Order::Drain => -1,
        Order::Feed(time) => *time as i64,
    });
    let skipped = plans.iter().flat_map(|plan| &plan.skipped).map(|(time, _)| time.seconds());
    (fed.collect(), skipped.collect())
}

#[test]
fn feeds_what_is_wanted_and_the_references_before_it() {
    // Wanted: 0, 5, 10. Behind 5 nothing of the first group is needed.
    let (fed, skipped) = plan(&mut planner(5), "I0 P3 b1 b2 P6 b4 b5 P8 b7 I9 P12 b10 b11 P13");
    assert_eq!(fed, [0, 3, 6, 5, 9, 12, 10]);
    assert_eq!(skipped, [1, 2, 4, 8, 7, 11, 13]);
}

/// Pictures like "I0 P4:1 B2:12 b1:12", a digit behind the colon for each place before that is needed.
fn plan_needs(planner: &mut Planner<u64>, pictures: &str, boundary: Boundary) -> Vec<u64> {
    let mut plans: Vec<Plan<u64>> = Vec::new();
    for text in pictures.split_whitespace() {
        let (text, places) = text.split_once(':').unwrap_or((text, ""));
        let mut picture = picture(text.chars().next().unwrap(), text[1..].parse().unwrap());
        let places = places.bytes().map(|digit| usize::from(digit - b'0')).collect();
        if picture.coded.shown == Shown::Once {
            picture.coded.needs = Needs::These(places);
        }
        picture.coded.reference |= text.starts_with('B');
        plans.push(planner.push(picture));
    }
    plans.push(planner.finish(boundary));
    let orders = plans.into_iter().flat_map(|plan| plan.orders);
    orders
        .filter_map(|order| if let Order::Feed(time) = order { Some(time) } else { None })
        .collect()
}

#[test]
fn leaves_out_references_that_nothing_wanted_needs() {
    let pictures = "I0 P4:1 B2:12 b1:13 b3:23 P8:4 B6:15 b5:16 b7:23 P12:4";
    let fed = |step, boundary| plan_needs(&mut planner(step), pictures, boundary);
    assert_eq!(fed(12, Boundary::End), [0, 4, 8, 12]);
    // 5 needs 6, 4 and nothing of the rest.
    assert_eq!(fed(5, Boundary::End), [0, 4, 8, 6, 5, 12]);
    // What follows may need all.
    assert_eq!(fed(12, Boundary::Inside), [0, 4, 2, 8, 6, 12]);
}

#[test]
fn what_the_decoder_has_not_followed_is_fed_with_all_references() {
    // Behind an open entry.
    let pictures = "O0 P4:1 B2:12 b1:13 P8:3";
    assert_eq!(plan_needs(&mut planner(8), pictures, Boundary::End), [0, 4, 2, 8]);
    // A picture that is unknown needs all before it.
    let pictures = "I0 P4:1 B2:12 U5:1 B6:1 P8:2";
    assert_eq!(plan_needs(&mut planner(8), pictures, Boundary::End), [0, 4, 2, 5, 8]);
}

#[test]
fn leaves_out_groups_without_wanted_pictures() {
    let (fed, skipped) = plan(&mut planner(10), "I0 P1 I2 P3 P4 I5 P6 I7 P8 I9 P10 P11");
    assert_eq!(fed, [0, 9, 10]);
    assert_eq!(skipped.len(), 9);
}

#[test]
fn enters_open_groups_after_draining() {
    // 3 and 4 are shown before the open entry 5 and may need what is before it.
    let (fed, skipped) = plan(&mut planner(5), "O0 P2 b1 O5 b3 b4 P7 b6");
    assert_eq!(fed, [0, -1, 5]);
    assert_eq!(skipped, [2, 1, 3, 4, 7, 6]);
}

#[test]
fn keeps_the_group_that_leading_pictures_need() {
    let (fed, skipped) = plan(&mut planner(4), "O0 P2 b1 O5 b3 b4 P7 b6");
    assert_eq!(fed, [0, 2, 5, 4]);
    assert_eq!(skipped, [1, 3, 7, 6]);
}

#[test]
fn what_is_unknown_is_fed_with_all_before_it() {
    let (fed, skipped) = plan(&mut planner(100), "I0 P1 b2 U3 P4 I5 P6");
    assert_eq!((fed, skipped), (vec![0, 1, 3], vec![2, 4, 5, 6]));
}

#[test]
fn gives_up_where_the_order_is_uncertain() {
    // The second group is shown before the end of the first.
    let mut planner = planner(100);
    let (fed, skipped) = plan(&mut planner, "I0 P1 P5 I3 P4 I6 P7");
    assert!(planner.has_given_up());
    assert_eq!((fed, skipped), (vec![0, 3, 4, 6, 7], vec![1, 5]));
    // A group whose first picture is shown last.
    let (fed, _) = plan(&mut self::planner(100), "I0 P1 I9 P4 P5 I10 P11");
    assert_eq!(fed, [0, 9, 4, 5, 10, 11]);
    // The same time twice.
    let (fed, skipped) = plan(&mut self::planner(100), "I0 P1 P1 P2");
    assert_eq!((fed, skipped), (vec![0, 1, 1, 2], vec![]));
}

#[test]
fn does_not_hold_endless_groups() {
    let mut planner = planner(10);
    let (mut fed, mut skipped) = (0, 0);
    let mut feed = |plan: Plan<u64>| {
        fed += plan.orders.len();
        skipped += plan.skipped.len();
    };
    feed(planner.push(picture('I', 0)));
    for group in 0..500 {
        for (kind, time) in [('P', 3), ('b', 1), ('b', 2)] {
            feed(planner.push(picture(kind, group * 3 + time)));
            assert!(planner.held.len() <= MOST_PICTURES);
        }
    }
    feed(planner.finish(Boundary::End));
    assert_eq!(fed + skipped, 1501);
    // Every reference (501), and of 0, 10, 20 … those that are none (two of three, to 1500).
    assert_eq!(fed, 501 + 100);
}

#[test]
fn ends_behind_the_last_wanted_picture() {
    let chooser = Chooser::new(Sampling {
        pace: Pace::Every,
        from: seconds(2),
        to: Some(seconds(4)),
        first_frame: 0,
        tolerance: seconds(0),
    });
    let mut planner = Planner::new(chooser, seconds(0));
    let plans: Vec<_> = "I0 P1 I2 P3 P4 P5 I6 P7"
        .split_whitespace()
        .map(|text| planner.push(picture(text.chars().next().unwrap(), text[1..].parse().unwrap())))
        .collect();
    let fed: Vec<_> = plans.iter().flat_map(|plan| &plan.orders).collect();
    assert_eq!(fed, [&Order::Feed(2), &Order::Feed(3)]);
    let ends: Vec<_> = plans.iter().map(|plan| plan.end).collect();
    assert_eq!(ends, [false, false, false, false, false, false, true, true]);
}

#[test]
fn inside_the_stream_nothing_is_cut() {
    let mut planner = planner(100);
    planner.push(picture('I', 0));
    planner.push(picture('P', 1));
    planner.push(picture('b', 2));
    let plan = planner.finish(Boundary::Inside);
    assert_eq!(plan.orders, [Order::Feed(0), Order::Feed(1)]);
    assert_eq!(plan.skipped, [(seconds(2), seconds(2))]);
}

#[test]
fn samples_move_to_the_next_entry() {
    // Wanted: 0, 5, 10. 5 goes to the entry 6; 10 to 9, not out of the last group.
    let (fed, skipped) = plan(&mut tolerant(5, 1), "I0 P1 I2 P4 b3 P5 I6 P7 P9 b8 b10");
    assert_eq!(fed, [0, 6, 7, 9]);
    assert_eq!(skipped, [1, 2, 4, 3, 5, 8, 10]);
}

#[test]
fn samples_of_the_first_group_stay() {
    let (fed, _) = plan(&mut tolerant(2, 1), "I0 P1 b2 I3");
    assert_eq!(fed, [0, 1, 2]);
}
