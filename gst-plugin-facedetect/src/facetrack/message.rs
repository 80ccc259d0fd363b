// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bus message of `facetrack` as a Rust type.

use gst_frameview::{MessageError, MessageTimes};

/// Something that happened to shots or tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackEvent {
    /// The shot of this number begins.
    Shot(u64),
    /// The track of this number begins.
    Started(u64),
    /// The track of this number has ended.
    Ended(u64),
}

/// What `facetrack` tells.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackMessage {
    /// Name of the factory that made the element: `facetrack` or `rsfacetrack`.
    pub element: String,
    /// When the frame on which it shows is to be seen.
    pub times: MessageTimes,
    /// What happened.
    pub event: TrackEvent,
}

impl From<TrackMessage> for gst::Structure {
    fn from(message: TrackMessage) -> Self {
        let (event, field, number) = match message.event {
            TrackEvent::Shot(shot) => ("shot", "shot", shot),
            TrackEvent::Started(track) => ("track-started", "track", track),
            TrackEvent::Ended(track) => ("track-ended", "track", track),
        };
        message
            .times
            .write(gst::Structure::builder(message.element.as_str()))
            .field("event", event)
            .field(field, number)
            .build()
    }
}

impl TryFrom<&gst::StructureRef> for TrackMessage {
    type Error = MessageError;

    fn try_from(message: &gst::StructureRef) -> Result<Self, MessageError> {
        let element = MessageError::check_name(message, "facetrack")?;
        let event = match MessageError::field::<&str>(message, "event")? {
            "shot" => TrackEvent::Shot(MessageError::field(message, "shot")?),
            "track-started" => TrackEvent::Started(MessageError::field(message, "track")?),
            "track-ended" => TrackEvent::Ended(MessageError::field(message, "track")?),
            _ => return Err(MessageError::Field { message: element, field: "event" }),
        };
        Ok(Self { element, times: MessageTimes::read(message), event })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was_and_refuses_others() {
        gst::init().unwrap();
        let stream_time = Some(gst::ClockTime::from_seconds(3));
        let times = MessageTimes { stream_time, ..MessageTimes::default() };
        for event in [TrackEvent::Shot(1), TrackEvent::Started(u64::MAX), TrackEvent::Ended(0)] {
            let element = "facetrack".to_owned();
            let message = TrackMessage { element, times: times.clone(), event };
            let structure = gst::Structure::from(message.clone());
            assert_eq!(structure.get::<u64>("stream-time"), Ok(3_000_000_000));
            assert_eq!(TrackMessage::try_from(&*structure), Ok(message));
        }
        let strange = gst::Structure::builder("facetrack").field("event", "lost").build();
        let expected = MessageError::Field { message: "facetrack".into(), field: "event" };
        assert_eq!(TrackMessage::try_from(&*strange), Err(expected));
    }
}
