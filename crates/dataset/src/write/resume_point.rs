// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where one input stands, as its records come or are read again.

use crate::{DatasetError, FaceRecord, InputInfo};

/// Tracks end at cuts: done again from its shot's beginning, a frame in flight gets the tracks that it
/// would have had. A shot of more frames than this (a minute of film) has its tracks split instead.
const DONE_AGAIN: u64 = 1500;

/// Where an input stands.
#[derive(Debug, Clone, Default)]
pub struct ResumePoint {
    /// Where the run began or went on; every frame before is done.
    begin: Restart,
    /// The last frame with a face, and the last face on it.
    last: Option<(u64, u32)>,
    /// The last shot since `begin`: its number, its first frame with a face, its lowest track.
    shot: Option<(u64, u64, Option<u64>)>,
    /// One past the highest numbers so far.
    next_track: u64,
    next_shot: u64,
}

/// Where an input can be resumed: a frame, and the numbers that its shot and its first track get.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restart {
    pub frame: u64,
    pub shot: u64,
    pub track: u64,
}

impl Restart {
    /// What `run.json` says of an input.
    pub fn of(input: &InputInfo) -> Self {
        Self { frame: input.next_frame, shot: input.next_shot, track: input.next_track }
    }

    /// Says it in `run.json`.
    pub fn note(self, input: &mut InputInfo) {
        (input.next_frame, input.next_shot, input.next_track) = (self.frame, self.shot, self.track);
    }
}

impl ResumePoint {
    /// An input about to be done from here on.
    pub fn new(begin: Restart) -> Self {
        Self { begin, next_track: begin.track, next_shot: begin.shot, ..Self::default() }
    }

    /// Continues the numbering of faces, tracks and shots.
    pub fn number(&self, record: &mut FaceRecord) -> Result<(), DatasetError> {
        let least = self.last.map_or(self.begin.frame, |(frame, _)| frame);
        if record.frame < least {
            return Err(DatasetError::Order {
                video: record.video.clone(),
                frame: record.frame,
                last: least,
            });
        }
        record.face = match self.last {
            Some((frame, face)) if frame == record.frame => face + 1,
            _ => 0,
        };
        record.track = record.track.map(|track| track.saturating_add(self.begin.track));
        record.shot = record.shot.map(|shot| shot.saturating_add(self.begin.shot));
        record.recurring_shot =
            record.recurring_shot.map(|shot| shot.saturating_add(self.begin.shot));
        Ok(())
    }

    /// Takes note of a record as it stands in the file.
    pub fn see(&mut self, record: &FaceRecord) {
        self.next_track =
            self.next_track.max(record.track.map_or(0, |track| track.saturating_add(1)));
        self.next_shot = self.next_shot.max(record.shot.map_or(0, |shot| shot.saturating_add(1)));
        if record.frame < self.begin.frame {
            return;
        }
        self.last = Some((record.frame, record.face));
        self.shot = record.shot.map(|shot| match self.shot {
            Some((same, first, track)) if same == shot => {
                (shot, first, track.into_iter().chain(record.track).min())
            }
            _ => (shot, record.frame, record.track),
        });
    }

    /// Where to go on, if every frame before `reached` is done.
    pub fn restart(&self, reached: u64) -> Restart {
        let reached = reached.max(self.last.map_or(0, |(frame, _)| frame));
        match self.shot {
            Some((shot, first, track)) if reached - first <= DONE_AGAIN => {
                Restart { frame: first, shot, track: track.unwrap_or(self.next_track) }
            }
            _ if reached <= self.begin.frame => self.begin,
            _ => self.restart_at(reached),
        }
    }

    /// Where to go on at this very frame, with new numbers.
    pub fn restart_at(&self, frame: u64) -> Restart {
        Restart { frame, shot: self.next_shot, track: self.next_track }
    }

    /// Whether any record was seen.
    pub fn has_records(&self) -> bool {
        self.last.is_some()
    }
}
