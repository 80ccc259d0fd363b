// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an element knows of the stream that runs through it.

use gst_video::VideoOrientationMethod as Method;
use models::frame::Orientation;

use crate::Geometry;

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
}

impl VideoStream {
    /// Takes in caps, tags, segment and stream-start; other events pass by.
    pub fn event(&mut self, event: &gst::EventRef) {
        match event.view() {
            gst::EventView::StreamStart(start) => {
                *self = Self { id: Some(start.stream_id().into()), ..Self::default() };
            }
            gst::EventView::Caps(caps) => {
                self.info = gst_video::VideoInfo::from_caps(caps.caps()).ok();
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
            _ => (),
        }
    }

    /// The index of this picture in its stream: what somebody upstream attached, else counted.
    pub fn number(&mut self, buffer: &gst::BufferRef) -> u64 {
        let number = facemeta::FrameNumber::read(buffer).map_or(self.next_frame, |n| n.0);
        self.next_frame = number + 1;
        number
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

    /// A message structure with the timestamps GStreamer's own analysers use.
    pub fn message(&self, name: &str, buffer: &gst::BufferRef) -> gst::structure::Builder {
        gst::Structure::builder(name)
            .field_if_some("timestamp", buffer.pts())
            .field_if_some("stream-time", self.stream_time(buffer))
            .field_if_some("running-time", self.segment.to_running_time(buffer.pts()))
            .field_if_some("duration", buffer.duration())
            .field_if_some("stream-id", self.id.as_deref())
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
