// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an element knows of the stream that runs through it.

use gst_video::VideoOrientationMethod as Method;
use imaging::frame::Orientation;

use crate::{Geometry, MessageTimes, frame_info};

/// Caps, orientation, segment and picture count of a video stream.
#[derive(Debug, Default)]
pub struct VideoStream {
    /// From the caps; `None` before them.
    pub info: Option<gst_video::VideoInfo>,
    /// From the tags: phones store pictures as the sensor lay.
    pub orientation: Orientation,
    /// For running and stream time.
    pub segment: gst::FormattedSegment<gst::ClockTime>,
    /// From stream-start.
    pub id: Option<glib::GString>,
    next_frame: u64,
    /// The next picture is not the one behind the last.
    flushed: bool,
}

impl VideoStream {
    /// Takes in caps, tags, segment and stream-start; other events pass by.
    pub fn event(&mut self, event: &gst::EventRef) {
        match event.view() {
            gst::EventView::StreamStart(start) => {
                *self = Self { id: Some(start.stream_id().into()), ..Self::default() };
            }
            gst::EventView::Caps(caps) => {
                self.info = frame_info(caps.caps());
            }
            gst::EventView::Tag(tag) => {
                if let Some(method) = Method::from_tag(tag.tag()) {
                    self.orientation = orientation(method);
                }
            }
            gst::EventView::Segment(segment) => {
                if let Some(time) = segment.segment().downcast_ref() {
                    self.segment = time.clone();
                }
            }
            gst::EventView::FlushStop(_) => self.flushed = true,
            _ => (),
        }
    }

    /// The index of this picture in its stream: what somebody upstream attached, else counted;
    /// behind a seek, where nobody has counted, reckoned from its time and the frame rate.
    pub fn number(&mut self, buffer: &gst::BufferRef) -> u64 {
        let reckoned = std::mem::take(&mut self.flushed).then(|| self.reckoned(buffer)).flatten();
        let counted = reckoned.unwrap_or(self.next_frame);
        let number = facemeta::FrameNumber::read(buffer).map_or(counted, |n| n.0);
        self.next_frame = number.saturating_add(1);
        number
    }

    fn reckoned(&self, buffer: &gst::BufferRef) -> Option<u64> {
        let fps = self.info.as_ref()?.fps();
        let (n, d) = (u64::try_from(fps.numer()).ok()?, u64::try_from(fps.denom()).ok()?);
        if n == 0 {
            return None;
        }
        let time = self.stream_time(buffer)?.nseconds();
        // To the nearest: timestamps are cut to whole nanoseconds, some containers' to milliseconds.
        let second = gst::ClockTime::SECOND.nseconds().checked_mul(d)?;
        let twice = u128::from(time) * u128::from(2 * n) / u128::from(second);
        u64::try_from(twice.div_ceil(2)).ok()
    }

    /// Sizes and turns between stored and displayed picture; `None` before the caps.
    pub fn geometry(&self) -> Option<Geometry> {
        self.info.as_ref().map(|info| Geometry {
            width: info.width(),
            height: info.height(),
            pixel_aspect: crate::view::pixel_aspect(info),
            orientation: self.orientation,
        })
    }

    /// Stream time of a buffer: where it lies in the film.
    pub fn stream_time(&self, buffer: &gst::BufferRef) -> Option<gst::ClockTime> {
        self.segment.to_stream_time(buffer.pts())
    }

    /// When a buffer is to be seen, as GStreamer's own analysers tell it in their messages.
    pub fn times(&self, buffer: &gst::BufferRef) -> MessageTimes {
        MessageTimes {
            timestamp: buffer.pts(),
            stream_time: self.stream_time(buffer),
            running_time: self.segment.to_running_time(buffer.pts()),
            duration: buffer.duration(),
            stream_id: self.id.as_deref().map(ToOwned::to_owned),
        }
    }
}

/// GStreamer's words for how to turn a picture, as the models have them.
fn orientation(method: Method) -> Orientation {
    match method {
        Method::_90r => Orientation::Rotate90,
        Method::_180 => Orientation::Rotate180,
        Method::_90l => Orientation::Rotate270,
        Method::Horiz => Orientation::FlipRotate0,
        // Mirrored about the rising diagonal.
        Method::UrLl => Orientation::FlipRotate90,
        Method::Vert => Orientation::FlipRotate180,
        // Mirrored about the falling diagonal.
        Method::UlLr => Orientation::FlipRotate270,
        _ => Orientation::Identity,
    }
}
