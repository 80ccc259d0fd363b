// SPDX-License-Identifier: MIT OR Apache-2.0
//! What planning takes and says.

use crate::codec::coded::Coded;
use crate::sampling::{Move, Times};

/// A coded picture, in decoding order.
#[derive(Debug)]
pub struct CodedPicture<T> {
    /// What it is to the others.
    pub coded: Coded,
    /// What the decoder takes; `None` where it has it already.
    pub payload: Option<T>,
    /// How large that is.
    pub bytes: usize,
    /// Running time at which it is shown; `None` where it is outside of what is played.
    pub running: Option<gst::ClockTime>,
    /// Stream time at which it is shown.
    pub time: Option<gst::ClockTime>,
    /// Whether the stream calls it a key frame.
    pub keyframe: bool,
}

impl<T> CodedPicture<T> {
    pub(super) fn times(&self) -> Option<Times> {
        self.running.zip(self.time)
    }
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Order<T> {
    /// Let the decoder finish what it has: what comes next does not follow it.
    Drain,
    /// Feed it.
    Feed(T),
}

/// What was decided.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan<T> {
    /// In this order.
    pub orders: Vec<Order<T>>,
    /// Pictures that would have come out and will not.
    pub skipped: Vec<Times>,
    /// Those that are fed and come out once.
    pub awaited: Vec<Times>,
    /// Samples that are taken elsewhere, in the order in which they are shown.
    pub moves: Vec<Move>,
    /// Nothing is wanted any more.
    pub end: bool,
}

impl<T> Default for Plan<T> {
    fn default() -> Self {
        Self {
            orders: Vec::new(),
            skipped: Vec::new(),
            awaited: Vec::new(),
            moves: Vec::new(),
            end: false,
        }
    }
}

impl<T> Plan<T> {
    /// Goes on with another.
    pub fn append(&mut self, other: Self) {
        self.orders.extend(other.orders);
        self.skipped.extend(other.skipped);
        self.awaited.extend(other.awaited);
        self.moves.extend(other.moves);
        self.end |= other.end;
    }
}

/// How a part of the stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// Nothing follows.
    End,
    /// What follows may need anything before it.
    Inside,
}
