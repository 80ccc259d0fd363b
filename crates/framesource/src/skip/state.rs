// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of the stream before one decoder.

use super::plan::{Plan, Planner};
use super::seek_planner::{Arrival, SeekPlanner};
use crate::codec::coded::{Coded, Entry};
use crate::codec::parser::{Parser, Recipe, Recoder};

/// A coded picture that is held back.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) buffer: gst::Buffer,
    pub(super) recipe: Recipe,
}

/// One stream, as far as it was seen.
#[derive(Debug)]
pub(super) struct State {
    pub(super) planner: Planner<Held>,
    pub(super) parser: Option<Parser>,
    pub(super) recoder: Recoder,
    pub(super) segment: gst::FormattedSegment<gst::ClockTime>,
    /// Where the file is known.
    pub(super) seek_planner: Option<SeekPlanner>,
    /// What is known of the stream where a seek began that has not arrived.
    pub(super) before_seek: Option<Parser>,
    /// Pictures were seen.
    pub(super) begun: bool,
}

impl State {
    /// What a coded picture is, how it is written anew, and what that decides for those before it.
    pub(super) fn parse(
        &mut self,
        buffer: &gst::Buffer,
        active: bool,
    ) -> (Coded, Recipe, Plan<Held>) {
        let unknown = || (Coded::UNKNOWN, Recipe::default());
        let mut before = Plan::default();
        let (coded, recipe) = match (self.planner.has_given_up(), &mut self.parser) {
            (true, _) => unknown(),
            (false, Some(parser)) if buffer.pts().is_some() => match buffer.map_readable() {
                Ok(data) => {
                    let (coded, recipe) = parser.parse(&data);
                    if !active {
                        // It goes on as it is, as all before it.
                        self.recoder.feed(&recipe, &data);
                    }
                    (coded, recipe)
                }
                Err(_) => unknown(),
            },
            _ => {
                tracing::info!("coded pictures cannot be told apart: all are decoded");
                before = self.planner.give_up();
                unknown()
            }
        };
        (coded, recipe, before)
    }

    /// Whether a picture shown at this time came before the seek that has not arrived.
    pub(super) fn has_seen(&self, time: Option<gst::ClockTime>) -> bool {
        let time = time.and_then(|time| i64::try_from(time.nseconds()).ok());
        time.zip(self.seek_planner.as_ref())
            .is_some_and(|(time, seek_planner)| seek_planner.has_seen(time))
    }

    /// Where a picture shown at this time stands in the file; the next one, where that is not known.
    pub(super) fn arrive(&mut self, time: Option<gst::ClockTime>, entry: Entry) -> Arrival {
        let Some(seek_planner) = &mut self.seek_planner else {
            return Arrival::Next;
        };
        let time = time.and_then(|time| i64::try_from(time.nseconds()).ok());
        let arrival =
            time.map_or(Arrival::Unknown, |time| seek_planner.arrive(time, entry == Entry::Closed));
        if arrival == Arrival::Unknown && !seek_planner.is_seeking() {
            tracing::info!("the file's tables do not say when its pictures are shown: all is read");
            self.seek_planner = None;
            return Arrival::Next;
        }
        arrival
    }

    /// Stream time to read on at, where nothing is wanted of the group that begins.
    pub(super) fn seek(&mut self) -> Option<gst::ClockTime> {
        let wanted = i64::try_from(self.planner.wanted_from()?.nseconds()).ok()?;
        let time = self.seek_planner.as_mut()?.seek(wanted)?;
        self.before_seek.clone_from(&self.parser);
        u64::try_from(time).ok().map(gst::ClockTime::from_nseconds)
    }

    /// Stream time to go back to from where a seek led astray; `None` where that was tried.
    pub(super) fn back(&mut self) -> Option<gst::ClockTime> {
        let time = self.seek_planner.as_mut()?.back()?;
        self.parser = self.before_seek.take();
        Some(gst::ClockTime::from_nseconds(time.unsigned_abs()))
    }
}
