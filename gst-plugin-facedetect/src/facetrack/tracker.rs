// SPDX-License-Identifier: MIT OR Apache-2.0
//! What follows the pictures of a stream: shots, recurring shots and tracks together.

use facemeta::{Face, FrameFaces};
use gst_frameview::{Geometry, map_error};
use image::RgbImage;
use imaging::frame::{FrameError, FrameView, Sampler};
use imaging::geometry::Rect;

use super::appearance::{self, Patch};
use super::association::{Association, Limits, Observation};
use super::message::TrackEvent;
use super::properties::Settings;
use super::recurring_shots::{RecurringShots, Surroundings};
use super::shots::{ShotCutter, THUMB_HEIGHT, THUMB_WIDTH};

/// What is known of the pictures so far; taken out of the state while it works on one.
#[derive(Default)]
pub(super) struct Tracker {
    cutter: ShotCutter,
    association: Association,
    recurring_shots: RecurringShots,
    sampler: Sampler,
    picture: RgbImage,
    shot: u64,
}

impl Tracker {
    /// The stream is interrupted: what comes next has nothing to do with what was.
    pub(super) fn interrupt(&mut self) {
        self.cutter.interrupt();
        self.association.end_all();
    }

    fn patch(&mut self, view: &FrameView<'_>, bbox: Rect) -> Result<Patch, FrameError> {
        let Rect { x, y, width: w, height: h } = bbox;
        let (width, height) = (w * appearance::REACH, h * appearance::REACH);
        let region = Rect { x: x - (width - w) / 2.0, y: y - (height - h) / 2.0, width, height };
        self.sampler.sample(view, region, appearance::SIDE, appearance::SIDE, &mut self.picture)?;
        Ok(Patch::new(&self.picture))
    }

    /// Looks for a cut, links the frame's faces if somebody looked for any, and gives them back.
    pub(super) fn follow(
        &mut self,
        buffer: &gst::BufferRef,
        info: &gst_video::VideoInfo,
        geometry: &Geometry,
        time: gst::ClockTime,
        settings: &Settings,
        events: &mut Vec<TrackEvent>,
    ) -> Result<Option<FrameFaces>, gst::ErrorMessage> {
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, info)
            .map_err(|_| map_error(buffer))?;
        let view =
            gst_frameview::view(&frame, geometry.orientation).ok_or_else(|| map_error(buffer))?;
        let unreadable = |error: FrameError| gst::error_msg!(gst::StreamError::Format, ("{error}"));

        let (width, height) = view.display_size();
        let whole = Rect { x: 0.0, y: 0.0, width, height };
        self.sampler
            .sample(&view, whole, THUMB_WIDTH, THUMB_HEIGHT, &mut self.picture)
            .map_err(unreadable)?;
        let discontinuity = buffer.flags().contains(gst::BufferFlags::DISCONT);
        if discontinuity {
            self.cutter.interrupt();
        }
        let cut = self.cutter.is_cut(&self.picture, time.nseconds(), settings.shot_threshold);
        if discontinuity || cut {
            events.extend(self.association.end_all().into_iter().map(TrackEvent::Ended));
        }
        if cut {
            self.shot += 1;
            events.push(TrackEvent::Shot(self.shot));
        }

        let faces = FrameFaces::read(buffer, &settings.object_class, info.width(), info.height());
        let Some(mut faces) = faces else {
            return Ok(None);
        };
        let boxes: Vec<Rect> =
            faces.faces.iter().map(|face| geometry.detection(face).bbox).collect();
        let parts: Vec<[f32; 4]> = (boxes.iter())
            .map(|b| [b.x / width, b.y / height, b.width / width, b.height / height])
            .collect();
        let surroundings = Surroundings::new(&self.picture, &parts);
        let recurring_shot = self.recurring_shots.recurring_shot(self.shot, surroundings);
        let observations: Vec<Observation> = (faces.faces.iter().zip(boxes))
            .map(|(face, bbox)| {
                let patch = self.patch(&view, bbox)?;
                Ok(Observation { bbox, score: face.confidence as f32, patch })
            })
            .collect::<Result<_, FrameError>>()
            .map_err(unreadable)?;
        let limits = Limits {
            iou: settings.iou_threshold,
            max_age: settings.max_age.nseconds(),
            min_length: settings.min_length,
        };
        let linked = self.association.associate(&observations, time.nseconds(), &limits);
        for (face, track) in faces.faces.iter_mut().zip(&linked.tracks) {
            face.track = *track;
        }
        for (track, bbox) in linked.missed {
            let patch = self.patch(&view, bbox).map_err(unreadable)?;
            if self.association.is_still_there(track, &patch) {
                faces.faces.push(interpolated(geometry, track, bbox));
            }
        }
        for face in &mut faces.faces {
            (face.shot, face.recurring_shot) = (Some(self.shot), Some(recurring_shot));
        }
        events.extend(linked.ended.into_iter().map(TrackEvent::Ended));
        events.extend(linked.started.into_iter().map(TrackEvent::Started));
        Ok(Some(faces))
    }
}

/// A face that was not detected but is there.
fn interpolated(geometry: &Geometry, track: u64, bbox: Rect) -> Face {
    let face = geometry.face(&imaging::Detection { bbox, landmarks: None, score: 0.0 });
    Face { track: Some(track), interpolated: true, ..face }
}
