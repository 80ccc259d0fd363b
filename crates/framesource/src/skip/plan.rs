// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which coded pictures are fed to the decoder.
//!
//! Pictures are held until those of one group are complete: from a picture where decoding can begin
//! to the next one. Then they are put in the order in which they are shown, the sampler's rule
//! chooses among them, and what is fed is what was chosen and what that is decoded from: as far as is
//! known every reference before it in decoding order. What is left out is reported with its time, so that it is counted all the same.

mod needs;
mod passing;
#[cfg(test)]
mod tests;
mod tolerance;
mod types;

use std::collections::VecDeque;

use crate::codec::coded::{Entry, Shown};
use crate::sampling::{Choice, Chooser, Times};

pub use types::{Boundary, CodedPicture, Order, Plan};

/// Pictures held at most, so that a film without key frames fits into memory.
const MOST_PICTURES: usize = 600;
/// Bytes of coded pictures held at most.
const MOST_BYTES: usize = 32 << 20;
/// Most pictures that one shown later can precede in decoding order: the largest picture buffer of
/// H.264 (A.3.1) and H.265 (A.4.2).
const MOST_REORDERED: usize = 16;

#[derive(Debug)]
struct Held<T> {
    picture: CodedPicture<T>,
    /// Whether it is wanted, once that is known.
    wanted: Option<bool>,
    /// Its number then.
    number: u64,
}

impl<T> Held<T> {
    fn forced(&self) -> bool {
        self.picture.coded.keep || self.picture.coded.shown == Shown::Unknown
    }

    fn needed(&self) -> bool {
        self.wanted == Some(true) || self.forced()
    }

    fn open(&self) -> bool {
        self.wanted.is_none() && self.picture.coded.shown == Shown::Once
    }
}

/// Holds pictures and decides.
#[derive(Debug)]
pub struct Planner<T> {
    chooser: Chooser,
    /// In decoding order: a group, and behind an open entry a part of the next.
    held: VecDeque<Held<T>>,
    /// Index of that open entry.
    head: Option<usize>,
    bytes: usize,
    /// Running time of the latest picture that was decided.
    latest: Option<gst::ClockTime>,
    /// How far samples may move; 0 from the start on, as frames may come out before they are planned.
    tolerance: gst::ClockTime,
    /// Pictures before this one were looked at by an earlier run, whose samples moved as well.
    first_frame: u64,
    /// Running time of the next entry, where a sample before it moved to it.
    promised: Option<gst::ClockTime>,
    first_group: bool,
    /// References before the next entry were left out.
    cut: bool,
    /// The decoder has followed the group from an [`Entry::Closed`] on: what it needs is known.
    followed: bool,
    given_up: bool,
    ended: bool,
    /// All is fed, and planning only says where samples move.
    feeds_all: bool,
}

impl<T> Planner<T> {
    /// Plans for this choice of pictures; samples may move by `tolerance`.
    pub fn new(mut chooser: Chooser, tolerance: gst::ClockTime) -> Self {
        // Where a sample moves to decides whether an earlier run looked at it.
        let first_frame = if tolerance.is_zero() { 0 } else { chooser.forget_numbers() };
        Self {
            chooser,
            held: VecDeque::new(),
            head: None,
            bytes: 0,
            latest: None,
            tolerance,
            first_frame,
            promised: None,
            first_group: true,
            cut: false,
            followed: false,
            given_up: false,
            ended: false,
            feeds_all: false,
        }
    }

    /// From now on all is fed, and samples move all the same.
    pub fn feed_everything(&mut self) {
        self.feeds_all = true;
    }

    /// Whether everything is fed from now on.
    pub fn has_given_up(&self) -> bool {
        self.given_up
    }

    /// Takes the next picture in decoding order.
    pub fn push(&mut self, picture: CodedPicture<T>) -> Plan<T> {
        let mut plan = Plan { end: self.ended, ..Plan::default() };
        if self.ended {
            return plan;
        }
        if self.given_up {
            self.hold(picture);
            self.feed_all(&mut plan);
            return plan;
        }
        match picture.coded.entry {
            Entry::No => (),
            Entry::Open => {
                self.release_head(&mut plan);
                self.head = Some(self.held.len()).filter(|head| *head > 0);
            }
            Entry::Closed => {
                self.release_head(&mut plan);
                let next = picture.times();
                self.release(self.held.len(), next, false, &mut plan);
            }
        }
        self.hold(picture);
        if self.held.len() > MOST_PICTURES || self.bytes > MOST_BYTES {
            self.release_head(&mut plan);
            self.release_beginning(&mut plan);
        }
        plan.end = self.ended;
        plan
    }

    /// Decides what is held.
    pub fn finish(&mut self, boundary: Boundary) -> Plan<T> {
        let mut plan = Plan::default();
        if !self.given_up {
            self.release_head(&mut plan);
            self.release(self.held.len(), None, boundary == Boundary::Inside, &mut plan);
        }
        self.feed_all(&mut plan);
        plan.end = self.ended;
        plan
    }

    /// Forgets what is held; from now on everything is fed.
    pub fn flush(&mut self) {
        self.held.clear();
        self.head = None;
        self.bytes = 0;
        self.given_up = true;
    }

    /// Feeds everything from now on, also what is held.
    pub fn give_up(&mut self) -> Plan<T> {
        let mut plan = Plan::default();
        self.given_up = true;
        self.feed_all(&mut plan);
        plan
    }

    fn hold(&mut self, picture: CodedPicture<T>) {
        self.bytes += picture.bytes;
        self.held.push_back(Held { picture, wanted: None, number: 0 });
    }

    /// Decides the group before the open entry and what is shown between the two.
    fn release_head(&mut self, plan: &mut Plan<T>) {
        let Some(head) = self.head.take() else {
            return;
        };
        let next = self.held.get(head).and_then(|held| held.picture.times());
        let Some((begin, _)) = next else {
            return self.lose_order(plan);
        };
        let leads = |held: &Held<T>| held.picture.running.is_some_and(|running| running < begin);
        let late = self
            .held
            .iter()
            .take(head)
            .any(|held| held.picture.coded.shown == Shown::Once && !leads(held));
        if late {
            return self.lose_order(plan);
        }
        let between: Vec<usize> = (0..self.held.len())
            .filter(|at| *at < head || self.held.get(*at).is_some_and(leads))
            .collect();
        if !self.decide(between, next, plan) {
            return self.lose_order(plan);
        }
        let leading_needed =
            self.held.iter().skip(head + 1).any(|held| leads(held) && held.needed());
        self.feed(head, leading_needed, plan);
        if self.cut {
            // They may need what was left out, and nothing needs them.
            self.held.retain(|held| {
                let stays = !leads(held);
                if !stays {
                    plan.skipped.extend(held.picture.times());
                    self.bytes -= held.picture.bytes;
                }
                stays
            });
        }
    }

    /// Decides and feeds the first `count` pictures, which `next` follows; `all_references`: what
    /// follows needs them.
    fn release(
        &mut self,
        count: usize,
        next: Option<Times>,
        all_references: bool,
        plan: &mut Plan<T>,
    ) {
        if self.given_up {
            return;
        }
        if self.decide((0..count).collect(), next, plan) {
            self.feed(count, all_references, plan);
        } else {
            self.lose_order(plan);
        }
    }

    /// Decides what no later picture can be shown before, and feeds as far as all is decided.
    fn release_beginning(&mut self, plan: &mut Plan<T>) {
        let mut order: Vec<usize> = (0..self.held.len()).collect();
        order.retain(|at| self.held.get(*at).is_some_and(Held::open));
        order.sort_by_key(|at| self.held.get(*at).and_then(|held| held.picture.running));
        order.truncate(order.len().saturating_sub(MOST_REORDERED));
        if self.given_up || !self.decide(order, None, plan) {
            return self.lose_order(plan);
        }
        let decided = self.held.iter().take_while(|held| !held.open()).count();
        self.feed(decided, true, plan);
    }

    /// Runs the sampler's rule over these pictures, before the entry `next`, in the order in which
    /// they are shown. `false` where that order is not certain.
    fn decide(&mut self, mut order: Vec<usize>, next: Option<Times>, plan: &mut Plan<T>) -> bool {
        let unknown = |held: &Held<T>| held.picture.coded.shown == Shown::Unknown;
        if order.iter().any(|at| self.held.get(*at).is_some_and(unknown)) {
            // How many pictures were before is no longer known.
            self.chooser.forget_numbers();
            self.first_frame = 0;
        }
        order.retain(|at| self.held.get(*at).is_some_and(Held::open));
        order.sort_by_key(|at| self.held.get(*at).and_then(|held| held.picture.running));
        let closed = |held: &Held<T>| held.picture.coded.entry == Entry::Closed;
        for (place, at) in order.iter().enumerate() {
            let Some(held) = self.held.get(*at) else {
                continue;
            };
            // Decoders change the times of pictures that follow a late one.
            let late = closed(held) && place > 0;
            if late || held.picture.running.is_none() || held.picture.running <= self.latest {
                return false;
            }
            self.latest = held.picture.running;
        }
        for at in &order {
            let Some(held) = self.held.get_mut(*at) else {
                continue;
            };
            held.number = self.chooser.number();
            let choice = match self.ended {
                true => Choice::Leave,
                false => self.chooser.choose(held.picture.time, held.picture.keyframe),
            };
            self.ended |= choice == Choice::End;
            let promised = self.promised.is_some() && self.promised == held.picture.running;
            held.wanted = Some(promised || matches!(choice, Choice::Take(_)));
        }
        if !order.is_empty() && !std::mem::replace(&mut self.first_group, false) {
            self.move_samples(&order, next, plan);
        }
        for at in order {
            if let Some(held) = self.held.get_mut(at).filter(|held| held.number < self.first_frame)
            {
                held.wanted = Some(false);
            }
        }
        true
    }

    /// Feeds what is needed of the first `count` pictures, which are decided, and leaves out the
    /// rest of them.
    fn feed(&mut self, count: usize, all_references: bool, plan: &mut Plan<T>) {
        match self.held.front().map(|first| first.picture.coded.entry) {
            Some(Entry::Closed) => self.followed = true,
            Some(Entry::Open) => self.followed &= !self.cut,
            _ => (),
        }
        let mut needed = self.needed(count, all_references);
        if self.feeds_all {
            needed.fill(true);
        }
        for (held, needed) in self.held.drain(..count).zip(needed) {
            self.bytes -= held.picture.bytes;
            let times = held.picture.times();
            let Some(payload) = held.picture.payload else {
                continue;
            };
            if needed {
                if held.picture.coded.entry != Entry::No {
                    if self.cut && held.picture.coded.entry == Entry::Open {
                        plan.orders.push(Order::Drain);
                    }
                    self.cut = false;
                }
                if held.picture.coded.shown == Shown::Once {
                    plan.awaited.extend(times);
                }
                plan.orders.push(Order::Feed(payload));
            } else {
                self.cut |= held.picture.coded.reference;
                if held.picture.coded.shown == Shown::Once {
                    plan.skipped.extend(times);
                }
            }
        }
    }

    /// From here on nothing is left out: numbers could not be kept.
    fn lose_order(&mut self, plan: &mut Plan<T>) {
        tracing::info!("the order of coded pictures is uncertain: all are decoded from here on");
        self.given_up = true;
        self.feed_all(plan);
    }

    fn feed_all(&mut self, plan: &mut Plan<T>) {
        self.head = None;
        self.bytes = 0;
        for held in self.held.drain(..) {
            let Some(payload) = held.picture.payload else {
                continue;
            };
            if self.cut && held.picture.coded.entry == Entry::Open {
                plan.orders.push(Order::Drain);
            }
            self.cut &= held.picture.coded.entry == Entry::No;
            plan.orders.push(Order::Feed(payload));
        }
    }
}
