// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every picture is counted where it leaves the decoder, together with those that were left undecoded
//! before it, so that its number is exact whatever is dropped.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

mod awaited;
mod gate;

use crate::lock;
use crate::sampling::{Choice, Chooser, Move, Times};
use awaited::Awaited;
pub use gate::{ENDS_EARLY, shifted};

/// What the rest of the program may know and say while pictures run.
#[derive(Debug, Default)]
pub struct Sampler {
    /// Whether there is a video stream at all.
    pub has_video: AtomicBool,
    /// Pictures decoded.
    pub decoded: AtomicU64,
    /// Pictures passed on.
    pub sampled: AtomicU64,
    /// Stream time of the latest picture in nanoseconds.
    pub position: AtomicU64,
    /// Set to end the stream at the next picture.
    pub stop: AtomicBool,
    /// Coded pictures seen, decoded or not, and those passed over.
    pub coded: AtomicU64,
    /// Those that were passed over: they were not even read.
    pub passed_over: AtomicU64,
    /// Pictures that the rule took, also those that an earlier run looked at.
    pub taken: AtomicU64,
    /// Stream time of the first picture passed on in nanoseconds.
    pub begun: AtomicU64,
    /// Coded pictures that were given to the decoder.
    pub fed: AtomicU64,
    /// Each of them makes a picture, unless it is damaged.
    pub one_each: AtomicBool,
    /// Pictures that the decoder calls damaged.
    pub damaged: AtomicU64,
    /// Pictures that damage has taken, by the times of those around it.
    pub missing: AtomicU64,
    /// Nothing more is wanted: what comes behind is not missing.
    pub over: AtomicBool,
    /// The film was broken off, and what is behind is looked for.
    pub rejoining: AtomicBool,
    /// Timestamps of coded key frames, for [`Pace::Keyframes`](crate::sampling::Pace::Keyframes).
    keyframes: Mutex<HashSet<gst::ClockTime>>,
    /// Pictures that were not decoded and that the rule has not run over yet.
    skipped: Mutex<BinaryHeap<Reverse<Times>>>,
    /// The decoder lost pictures that it was given: nothing is left out any more.
    pub unproven: AtomicBool,
    /// Pictures that were fed and have not come out.
    awaited: Mutex<Awaited>,
    /// Moves that are not made yet, in order.
    moves: Mutex<VecDeque<Move>>,
}

impl Sampler {
    /// What becomes of the next picture.
    fn choose(
        &self,
        chooser: &mut Chooser,
        running: Option<gst::ClockTime>,
        time: Option<gst::ClockTime>,
        is_keyframe: bool,
    ) -> Choice {
        match self.next_move(running) {
            Some((to, instead_of)) if Some(to) == running => chooser.take_instead(instead_of),
            Some(_) => chooser.leave(),
            None => chooser.choose(time, is_keyframe),
        }
    }

    /// Notes that a coded picture is a key frame.
    pub fn note_keyframe(&self, pts: gst::ClockTime) {
        lock(&self.keyframes).insert(pts);
    }

    /// Notes pictures that would have come out of the decoder and will not.
    pub fn note_skipped(&self, pictures: Vec<Times>) {
        lock(&self.skipped).extend(pictures.into_iter().map(Reverse));
    }

    /// Notes pictures that will come out of the decoder.
    pub fn note_awaited(&self, pictures: Vec<Times>) {
        lock(&self.awaited).note(pictures);
    }

    /// Counts the pictures that the decoder lost before the one it gives at this running time.
    fn note_lost(&self, running: gst::ClockTime) {
        let lost = lock(&self.awaited).arrive(running);
        if !lost.is_empty() {
            // The summary counts them.
            tracing::info!("{} pictures were lost before {running}", lost.len());
            self.unproven.store(true, Ordering::Relaxed);
            self.note_skipped(lost);
        }
    }

    /// Notes samples that are taken elsewhere.
    pub fn note_moves(&self, moves: Vec<Move>) {
        lock(&self.moves).extend(moves);
    }

    /// The move within whose reach this picture is: where it leads, and the stream time of the
    /// picture that is left for it.
    fn next_move(
        &self,
        running: Option<gst::ClockTime>,
    ) -> Option<(gst::ClockTime, gst::ClockTime)> {
        let running = running?;
        let mut moves = lock(&self.moves);
        // Where it led was not decoded.
        while moves.front().is_some_and(|next| next.to < running) {
            moves.pop_front();
        }
        let next = *moves.front()?;
        if next.to == running {
            moves.pop_front();
        }
        (running >= next.from.min(next.to)).then_some((next.to, next.from_time))
    }

    /// Those of them that are shown before this time and were not taken before, in order.
    fn skipped_before(&self, running: Option<gst::ClockTime>) -> Vec<Times> {
        let mut skipped = lock(&self.skipped);
        let next = || {
            let Reverse((time, _)) = skipped.peek()?;
            (Some(*time) < running).then(|| skipped.pop()).flatten().map(|Reverse(times)| times)
        };
        std::iter::from_fn(next).collect()
    }
}

#[cfg(test)]
mod tests;
