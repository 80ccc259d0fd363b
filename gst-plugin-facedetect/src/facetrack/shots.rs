// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding the cuts between shots, on every picture or on a few a second.
//!
//! Two pictures are compared by what colours they hold, part by part, and by where light and dark
//! lie. A hard cut is a step that is large in itself and against the steps before it. A dissolve is
//! a picture that has little to do with the one of a moment ago, with a mixture of the two between
//! them. A fade is a blank picture between two others, and the cut lies where it is blankest. All
//! is told by time, not by the number of pictures. A false cut costs one more track, a missed one
//! mixes people, so in doubt it cuts. The numbers below are set on real footage and on dissolves,
//! fades and flashes made of it: every true cut first, few others second.

use std::collections::VecDeque;

use image::RgbImage;

use super::signature::Signature;

/// Width of the thumbnails that are compared.
pub const THUMB_WIDTH: u32 = 48;
/// Height of the thumbnails that are compared.
pub const THUMB_HEIGHT: u32 = 27;

/// A step this many times as large as the steps before it is a cut; a shaking camera is not.
const AGAINST_USUAL: f32 = 2.2;
/// Where pictures are far apart, dissolves are steps, and less is enough by this factor.
const SPARSE: f32 = 0.85;
/// A small step is a cut where it stands out this many times from the steps before it: two shots of
/// one setting.
const ALONE: f32 = 6.0;
/// What a still picture's steps are taken to be, in parts of the threshold: noise.
const STILL: f32 = 1.0 / 15.0;
/// How fast what is usual follows the latest step.
const USUAL_RATE: f32 = 0.25;
/// Where the mean of the luma goes up or down by 1 and the pattern changes by less, it is one picture
/// in another light.
const RELIT: f32 = 0.004;
/// And by less than this whatever the mean does.
const SAME_PATTERN: f32 = 0.1;
/// How long dissolves are looked for, in nanoseconds.
const DISSOLVES: [u64; 3] = [400_000_000, 800_000_000, 1_600_000_000];
/// What the patterns before and after a dissolve differ by, in parts of the threshold.
const DISSOLVED: f32 = 1.1;
/// A picture with more than this that is no mixture of two others does not lie between them.
const NO_MIXTURE: f32 = 0.13;
/// How far from both pictures a mixture of them is, on the way from 0 to 1.
const WITHIN: f32 = 0.15;
/// What may be left of it where the transition is the one that was found last, and how much further
/// on its way it has to be.
const WITHIN_REST: f32 = 0.1;
const ON: f32 = 0.05;
/// What belongs to one transition follows within this time, in nanoseconds.
const TRANSITION: u64 = 2_000_000_000;
/// Where pictures are further apart, too little is seen of a transition, in nanoseconds.
const DENSE: u64 = 350_000_000;
/// How long a flash lasts at most, in nanoseconds.
const FLASH: u64 = 250_000_000;
/// A blank this long is a shot of its own, in nanoseconds.
const LONG_BLANK: u64 = 500_000_000;
/// Spread of the luma of a picture that may be on its way to black or white.
const DIM: f32 = 8.0;
/// Spread of the luma of a picture that is not nearly blank.
const PLAIN: f32 = 12.0;
/// Means of the luma below and above which a blank picture is the dark or light end of a fade.
const DARK: f32 = 30.0;
const LIGHT: f32 = 225.0;
/// How far from its darkest or lightest a blank has to come back to have turned.
const TURN: f32 = 3.0;

/// Follows a stream of thumbnails.
#[derive(Debug, Default)]
pub struct ShotCutter {
    /// Since the last cut, as long as dissolves take.
    recent: VecDeque<Signature>,
    /// What steps from picture to picture were, and the latest.
    usual: f32,
    latest: f32,
    /// The last picture with something in it.
    content: Option<Signature>,
    blank: Option<Blank>,
    /// The transition found last.
    found: Option<Transition>,
    interrupted: bool,
}

/// A run of blank pictures.
#[derive(Debug)]
struct Blank {
    since: u64,
    /// When it was cut at, if it was.
    cut: Option<u64>,
    /// The mean of the luma of its darkest or lightest picture, once it is dark or light.
    end: Option<f32>,
    /// Whether it came back from there.
    turned: bool,
}

/// From one picture to another.
#[derive(Debug)]
struct Transition {
    before: Signature,
    /// The picture it was found at.
    at: Signature,
}

impl ShotCutter {
    /// Takes the next picture, a thumbnail of [`THUMB_WIDTH`] x [`THUMB_HEIGHT`] at `time`
    /// (nanoseconds); whether a new shot begins with it. `threshold` is the difference from 0
    /// (same) to 1 (nothing in common) that makes a cut.
    pub fn is_cut(&mut self, thumb: &RgbImage, time: u64, threshold: f32) -> bool {
        let signature = Signature::new(thumb, time);
        if self.recent.back().is_some_and(|last| time < last.time) {
            self.interrupt();
        }
        let cut = match self.recent.back() {
            None => self.starts(&signature, threshold),
            Some(_) if signature.is_blank() => self.in_blank(&signature, threshold),
            Some(last) => match self.blank.take() {
                Some(blank) => {
                    self.ends(&blank, last.difference(&signature).total(), &signature, threshold)
                }
                None => self.steps(&signature, threshold) || self.dissolves(&signature, threshold),
            },
        };
        if cut {
            self.recent.clear();
            (self.usual, self.latest) = (0.0, 0.0);
        }
        if !signature.is_blank() {
            self.content = Some(signature.clone());
        }
        let longest = DISSOLVES.into_iter().max().unwrap_or_default();
        while self.recent.get(1).is_some_and(|old| time - old.time >= longest) {
            self.recent.pop_front();
        }
        self.recent.push_back(signature);
        cut
    }

    /// The stream is interrupted: the next picture is compared with the last that had something in it.
    pub fn interrupt(&mut self) {
        let interrupted = self.interrupted || !self.recent.is_empty();
        *self = Self { content: self.content.take(), interrupted, ..Self::default() };
    }

    /// The first picture, and the first after an interruption.
    fn starts(&mut self, signature: &Signature, threshold: f32) -> bool {
        let interrupted = std::mem::take(&mut self.interrupted);
        if signature.is_blank() {
            // To fade in at the beginning is no cut.
            self.blank = Some(Blank::new(signature, (!interrupted).then_some(signature.time)));
            return false;
        }
        let before = self.content.as_ref().filter(|_| interrupted);
        before.is_some_and(|before| before.difference(signature).total() > threshold)
    }

    /// Whether a step between two pictures with something in them is a cut.
    fn steps(&mut self, signature: &Signature, threshold: f32) -> bool {
        let Some(last) = self.recent.back() else {
            return false;
        };
        let difference = last.difference(signature);
        let step = difference.total();
        let enough = if signature.time - last.time > DENSE { SPARSE } else { 1.0 };
        let hard = step > enough * threshold && step > enough * AGAINST_USUAL * self.usual;
        let usual = self.usual.max(self.latest / 2.0).max(STILL * threshold);
        let alone = self.recent.len() > 1 && step > ALONE * usual;
        // Large whatever is usual: two cuts may follow each other.
        let surely = step > 2.0 * threshold;
        let lighter = (signature.mean - last.mean).abs();
        let relit = difference.pattern < (RELIT * lighter).min(SAME_PATTERN);
        let before = last.clone();
        self.usual += USUAL_RATE * (step - self.usual);
        self.latest = step;
        (hard || alone || surely) && !relit && self.begins(before, signature)
    }

    /// Whether the picture is in a dissolve, far enough to tell.
    fn dissolves(&mut self, signature: &Signature, threshold: f32) -> bool {
        let found = DISSOLVES.iter().find_map(|&span| {
            let ago = |span: u64| {
                let later = self.recent.partition_point(|old| old.time + span <= signature.time);
                self.recent.get(later.checked_sub(1)?)
            };
            let (first, middle) = (ago(span)?, ago(span / 2)?);
            let gone = first.time < middle.time
                && first.spread > DIM
                && signature.spread > DIM
                && first.pattern_difference(signature) > DISSOLVED * threshold;
            (gone && middle.between(first, signature).rest < NO_MIXTURE).then(|| first.clone())
        });
        found.is_some_and(|first| self.begins(first, signature))
    }

    /// Whether the transition from `before` to `look` is another than the one found last.
    fn begins(&mut self, before: Signature, signature: &Signature) -> bool {
        let same = self.found.as_ref().is_some_and(|found| {
            let way = |middle: &Signature| {
                let between = middle.between(&found.before, signature);
                (between.rest < WITHIN_REST).then_some(between.way)
            };
            let last = self.recent.back();
            let dense = last.is_some_and(|last| signature.time - last.time <= DENSE);
            let last = last.filter(|last| last.time > found.at.time);
            dense
                && signature.time - found.at.time <= TRANSITION
                && way(&found.at).is_some_and(|found| {
                    (WITHIN..=1.0 - WITHIN).contains(&found)
                        // Where it stood still since, it had ended.
                        && last.is_none_or(|last| way(last).is_some_and(|way| way > found + ON))
                })
        });
        if same {
            self.recent.clear();
        } else {
            self.found = Some(Transition { before, at: signature.clone() });
        }
        !same
    }

    /// Whether a cut lies at a blank picture: a hard one, or where it is darkest or lightest.
    fn in_blank(&mut self, signature: &Signature, threshold: f32) -> bool {
        let Some(blank) = &mut self.blank else {
            // What is light may be a flash; that shows when it ends.
            let hard = signature.mean < LIGHT
                && self.recent.back().is_some_and(|last| {
                    last.spread > PLAIN && last.difference(signature).total() > threshold
                });
            self.blank = Some(Blank::new(signature, hard.then_some(signature.time)));
            return hard;
        };
        let turns = blank.turns(signature.mean);
        let cut = turns && blank.may_be_cut(signature.time);
        if cut {
            blank.cut = Some(signature.time);
            self.found = None;
        }
        cut
    }

    /// Whether a cut lies where a blank ends, with a step of that size.
    fn ends(&mut self, blank: &Blank, step: f32, signature: &Signature, threshold: f32) -> bool {
        let flash = signature.time - blank.since <= FLASH
            && self
                .content
                .as_ref()
                .is_some_and(|before| before.difference(signature).total() < threshold / 2.0);
        let hard = step > threshold && signature.spread > PLAIN;
        let cut = !flash && blank.may_be_cut(signature.time) && (hard || !blank.turned);
        if cut {
            self.found = None;
        }
        cut
    }
}

impl Blank {
    fn new(signature: &Signature, cut: Option<u64>) -> Self {
        let mut blank = Self { since: signature.time, cut, end: None, turned: false };
        blank.turns(signature.mean);
        blank
    }

    /// Whether the next picture, of that mean luma, is the first on the way back.
    fn turns(&mut self, mean: f32) -> bool {
        let at_end = |mean| (!(DARK..=LIGHT).contains(&mean)).then_some(mean);
        let Some(end) = self.end else {
            self.end = at_end(mean);
            self.turned &= self.end.is_none();
            return false;
        };
        let dark = end < DARK;
        let back = if dark { mean - end } else { end - mean };
        let turns = back > TURN && !self.turned;
        self.turned |= turns;
        if back < 0.0 {
            self.end = Some(mean);
        } else if (dark && mean >= DARK) || (!dark && mean <= LIGHT) {
            self.end = at_end(mean);
            self.turned &= self.end.is_none();
        }
        turns
    }

    fn may_be_cut(&self, time: u64) -> bool {
        self.cut.is_none_or(|cut| time - cut >= LONG_BLANK)
    }
}
