// SPDX-License-Identifier: MIT OR Apache-2.0
//! Moving samples to pictures that cost less to decode (`--step-tolerance`).

use super::{Plan, Planner};
use crate::codec::coded::Entry;
use crate::sampling::{Move, Times};

impl<T> Planner<T> {
    /// Moves samples among these pictures and to the entry `next` where that costs less.
    pub(super) fn move_samples(
        &mut self,
        order: &[usize],
        next: Option<Times>,
        plan: &mut Plan<T>,
    ) {
        if self.tolerance.is_zero() {
            return;
        }
        let mut times: Vec<Times> = Vec::with_capacity(order.len() + 1);
        let mut candidates = Vec::with_capacity(order.len() + 1);
        for held in order.iter().filter_map(|at| self.held.get(*at)) {
            let (Some(running), Some(time)) = (held.picture.running, held.picture.time) else {
                return;
            };
            let inside = self.chooser.is_inside(time);
            times.push((running, time));
            candidates.push(Candidate {
                time,
                entry: inside && held.picture.coded.entry != Entry::No,
                reference: inside && held.picture.coded.reference,
                wanted: held.wanted == Some(true),
            });
        }
        // Not where it is a sample of its own.
        if let Some((running, time)) = next
            && !self.chooser.wants(time)
            && self.chooser.is_inside(time)
        {
            times.push((running, time));
            candidates.push(Candidate { time, entry: true, reference: true, wanted: false });
        }
        for (from, to) in moves(&candidates, self.tolerance) {
            let (Some((from_running, from_time)), Some((to_running, _))) =
                (times.get(from).copied(), times.get(to).copied())
            else {
                continue;
            };
            plan.moves.push(Move { from: from_running, from_time, to: to_running });
            self.want(order.get(from), false);
            match order.get(to) {
                Some(_) => self.want(order.get(to), true),
                None => self.promised = Some(to_running),
            }
        }
    }

    fn want(&mut self, at: Option<&usize>, wanted: bool) {
        if let Some(held) = at.and_then(|at| self.held.get_mut(*at)) {
            held.wanted = Some(wanted);
        }
    }
}

/// A picture of a group, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Candidate {
    /// Stream time.
    time: gst::ClockTime,
    /// Decoding can begin here.
    entry: bool,
    /// It is decoded anyway, for the sake of others.
    reference: bool,
    /// The sampler's rule wants it.
    wanted: bool,
}

/// For each sample that moves: the index of the picture it leaves and of the one it goes to, which
/// is at most `tolerance` away, between the samples before and after, and the nearest entry, else
/// the nearest reference.
fn moves(pictures: &[Candidate], tolerance: gst::ClockTime) -> Vec<(usize, usize)> {
    let samples: Vec<usize> = (0..pictures.len()).filter(|at| wanted(pictures, *at)).collect();
    let mut moves = Vec::new();
    // Where the sample before went.
    let mut taken = None;
    for (index, sample) in samples.iter().enumerate() {
        let next = samples.get(index + 1).copied().unwrap_or(pictures.len());
        let first = taken.map_or(0, |taken| taken + 1);
        let goal = better(pictures, first..next, *sample, tolerance).unwrap_or(*sample);
        if goal != *sample {
            moves.push((*sample, goal));
        }
        taken = Some(goal);
    }
    moves
}

fn wanted(pictures: &[Candidate], at: usize) -> bool {
    pictures.get(at).is_some_and(|picture| picture.wanted)
}

/// Where in the range the sample costs less, if anywhere.
fn better(
    pictures: &[Candidate],
    range: std::ops::Range<usize>,
    sample: usize,
    tolerance: gst::ClockTime,
) -> Option<usize> {
    let here = pictures.get(sample)?;
    let away = |picture: &Candidate| picture.time.absdiff(here.time);
    let near = || {
        let all = pictures.iter().enumerate().take(range.end).skip(range.start);
        all.filter(|(_, picture)| away(picture) <= tolerance)
    };
    let nearest_entry = near().filter(|(_, p)| p.entry).min_by_key(|(_, p)| away(p));
    let nearest_reference =
        || near().filter(|(_, p)| p.entry || p.reference).min_by_key(|(_, p)| away(p));
    nearest_entry.or_else(nearest_reference).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures like "I P b* P", a second apart; the stars are the samples.
    fn moved(pictures: &str, tolerance: u64) -> Vec<(usize, usize)> {
        let pictures: Vec<Candidate> = pictures
            .split_whitespace()
            .zip(0..)
            .map(|(text, time)| Candidate {
                time: gst::ClockTime::from_seconds(time),
                entry: text.starts_with('I'),
                reference: text.starts_with('P'),
                wanted: text.ends_with('*'),
            })
            .collect();
        moves(&pictures, gst::ClockTime::from_seconds(tolerance))
    }

    #[test]
    fn goes_to_entries_then_to_references() {
        assert_eq!(moved("I P b* P I", 2), [(2, 0)]);
        assert_eq!(moved("I P b* b P", 1), [(2, 1)]);
        assert_eq!(moved("I P b b* I", 1), [(3, 4)]);
        assert_eq!(moved("I P P* P P", 1), []);
        assert_eq!(moved("I b b* b P", 1), []);
        assert_eq!(moved("I P b* P I", 0), []);
    }

    #[test]
    fn never_meets_another_sample() {
        assert_eq!(moved("I* b* b P", 9), [(1, 3)]);
        assert_eq!(moved("b* I b* P", 9), [(0, 1), (2, 3)]);
        assert_eq!(moved("I* b* b*", 9), []);
    }
}
