// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which pictures are looked at. Every picture is counted where it leaves the decoder, together
//! with those that were left undecoded before it, so that its number is exact whatever is dropped.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use facemeta::FrameNumber;
use gst::prelude::*;

use super::skipping;

/// How often a frame is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Every picture.
    Every,
    /// The first picture at or after each multiple of this.
    Step(gst::ClockTime),
    /// Every so many pictures, counted from the first of the range.
    Nth(u64),
    /// Pictures that were coded without others.
    Keyframes,
}

/// Which pictures are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// How often.
    pub pace: Pace,
    /// Stream time to begin at.
    pub from: gst::ClockTime,
    /// Stream time to end at, if before the end.
    pub to: Option<gst::ClockTime>,
    /// Pictures before this one were looked at by an earlier run.
    pub first_frame: u64,
    /// How far a sample of [`Pace::Step`] may move to a picture that costs less to decode.
    pub tolerance: gst::ClockTime,
}

/// Running time and stream time of a picture.
pub type Times = (gst::ClockTime, gst::ClockTime);

/// A sample that is taken elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Running time of the picture that the rule wants.
    pub from: gst::ClockTime,
    /// Its stream time.
    pub from_time: gst::ClockTime,
    /// Running time of the picture that is taken.
    pub to: gst::ClockTime,
}

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
    /// Timestamps of coded key frames, for [`Pace::Keyframes`].
    keyframes: Mutex<HashSet<gst::ClockTime>>,
    /// Pictures that were not decoded and that the rule has not run over yet.
    skipped: Mutex<BinaryHeap<Reverse<Times>>>,
    /// Moves that are not made yet, in order.
    moves: Mutex<VecDeque<Move>>,
}

impl Sampling {
    /// Whether every picture of the stream is wanted.
    pub fn is_everything(&self) -> bool {
        self.pace == Pace::Every
            && self.from == gst::ClockTime::ZERO
            && self.to.is_none()
            && self.first_frame == 0
    }

    /// Whether whole groups of pictures may be of no use to it: it begins late, or its steps are longer than
    /// the shortest usual group.
    pub fn leaves_much(&self) -> bool {
        let long = matches!(self.pace, Pace::Step(step) if step >= gst::ClockTime::SECOND);
        long || self.from > gst::ClockTime::ZERO
    }
}

/// Decides picture by picture.
#[derive(Debug)]
pub struct Chooser {
    sampling: Sampling,
    /// Stream time from which the next picture is wanted.
    next: gst::ClockTime,
    count: u64,
    /// Pictures within the range so far.
    within: u64,
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
        Self { sampling, next: sampling.from, count: 0, within: 0 }
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
    fn take_instead(&mut self, time: gst::ClockTime) -> Choice {
        let number = self.count;
        self.count += 1;
        self.take(number, time)
    }

    fn leave(&mut self) -> Choice {
        self.count += 1;
        Choice::Leave
    }

    fn take(&mut self, number: u64, time: gst::ClockTime) -> Choice {
        if let Pace::Step(step) = self.sampling.pace {
            // Multiples of the step, not of the frames that were there: no drift.
            let passed = (time - self.sampling.from).nseconds() / step.nseconds().max(1);
            self.next = self.sampling.from + step * (passed + 1);
        }
        // The pace runs over what an earlier run saw, so that both look at the same pictures.
        if number < self.sampling.first_frame { Choice::Leave } else { Choice::Take(number) }
    }
}

impl Sampler {
    /// Counts and chooses the pictures that leave through `pad`.
    pub fn attach(self: &Arc<Self>, pad: &gst::Pad, sampling: Sampling) {
        self.has_video.store(true, Ordering::Relaxed);
        let sampler = self.clone();
        let chooser = Mutex::new(Chooser::new(sampling));
        let segment = Mutex::new(gst::FormattedSegment::<gst::ClockTime>::new());
        let mask = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
        pad.add_probe(mask, move |_, info| {
            if let Some(event) = info.event() {
                if skipping::is_draining(event) {
                    return gst::PadProbeReturn::Handled;
                }
                if let gst::EventView::Segment(new) = event.view()
                    && let Some(time) = new.segment().downcast_ref()
                {
                    *lock(&segment) = time.clone();
                }
                return gst::PadProbeReturn::Ok;
            }
            let Some(buffer) = info.buffer_mut() else {
                return gst::PadProbeReturn::Ok;
            };
            let (time, running) = {
                let segment = lock(&segment);
                (segment.to_stream_time(buffer.pts()), segment.to_running_time(buffer.pts()))
            };
            let keyframe = buffer.pts().is_some_and(|pts| lock(&sampler.keyframes).remove(&pts));
            let mut choice = {
                let mut chooser = lock(&chooser);
                // The rule runs over what was not decoded, too: it counts pictures and times.
                for (running, time) in sampler.skipped_before(running) {
                    sampler.choose(&mut chooser, Some(running), Some(time), false);
                }
                sampler.choose(&mut chooser, running, time, keyframe)
            };
            sampler.decoded.fetch_add(1, Ordering::Relaxed);
            if let Some(time) = time {
                sampler.position.store(time.nseconds(), Ordering::Relaxed);
            }
            if sampler.stop.load(Ordering::Relaxed) {
                choice = Choice::End;
            }
            match choice {
                Choice::Take(number) => {
                    sampler.sampled.fetch_add(1, Ordering::Relaxed);
                    // Only ever fails on a shared buffer, and this one was just made our own.
                    let _ = FrameNumber(number).write(buffer.make_mut());
                    gst::PadProbeReturn::Ok
                }
                Choice::Leave => gst::PadProbeReturn::Drop,
                Choice::End => {
                    info.flow_res = Err(gst::FlowError::Eos);
                    gst::PadProbeReturn::Handled
                }
            }
        });
    }

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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// seeds.md 1.3: 23.976 frames a second were taken for 24.
    #[test]
    fn steps_do_not_drift_at_odd_rates() {
        // 23.976 frames a second for ten minutes, a frame a second: 600, not 599 or 601.
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

    /// seeds.md 1.11 #4: a step of less than half a frame was an exception.
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
}
