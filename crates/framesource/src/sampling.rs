// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which pictures are looked at.

mod chooser;

pub use chooser::{Choice, Chooser};

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
