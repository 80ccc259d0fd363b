// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the elements' bus messages have in common.

/// When something was seen, in the fields and units of GStreamer's own analysers (`level`,
/// `spectrum`): `timestamp`, `stream-time`, `running-time`, `duration`, all nanoseconds in a
/// uint64 and absent where unknown, and `stream-id`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageTimes {
    /// The buffer's own timestamp.
    pub timestamp: Option<gst::ClockTime>,
    /// Where it lies in the film.
    pub stream_time: Option<gst::ClockTime>,
    /// When it is shown, since the pipeline began to play.
    pub running_time: Option<gst::ClockTime>,
    /// How long it is shown.
    pub duration: Option<gst::ClockTime>,
    /// The stream, as its stream-start event calls it.
    pub stream_id: Option<String>,
}

/// A structure that is not the message it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Another element's message, or another one of this element.
    #[error("'{found}' is no message of this kind: expected '{expected}'")]
    Name {
        /// Name of the structure.
        found: String,
        /// Name it should have had, with or without `rs` before it.
        expected: &'static str,
    },
    /// A field is missing or of another type.
    #[error("message '{message}' has no readable field '{field}'")]
    Field {
        /// Name of the structure.
        message: String,
        /// Name of the field.
        field: &'static str,
    },
}

impl MessageTimes {
    /// Adds the fields to a message's structure.
    pub fn write(&self, message: gst::structure::Builder) -> gst::structure::Builder {
        message
            .field_if_some("timestamp", self.timestamp)
            .field_if_some("stream-time", self.stream_time)
            .field_if_some("running-time", self.running_time)
            .field_if_some("duration", self.duration)
            .field_if_some("stream-id", self.stream_id.as_deref())
    }

    /// The fields of a message; those it lacks are `None`.
    pub fn read(message: &gst::StructureRef) -> Self {
        let time = |field| message.get::<Option<gst::ClockTime>>(field).ok().flatten();
        Self {
            timestamp: time("timestamp"),
            stream_time: time("stream-time"),
            running_time: time("running-time"),
            duration: time("duration"),
            stream_id: message.get("stream-id").ok(),
        }
    }
}

impl MessageError {
    /// The message's name, if it is `expected` or that with `rs` before it: messages are named as
    /// the factory that made the element.
    ///
    /// # Errors
    /// Another name.
    pub fn check_name(message: &gst::StructureRef, expected: &'static str) -> Result<String, Self> {
        let found = message.name().as_str();
        if found.strip_prefix("rs").unwrap_or(found) == expected {
            Ok(found.to_owned())
        } else {
            Err(Self::Name { found: found.to_owned(), expected })
        }
    }

    /// A field of the message.
    ///
    /// # Errors
    /// No such field, or one of another type.
    pub fn field<'a, T>(message: &'a gst::StructureRef, field: &'static str) -> Result<T, Self>
    where
        T: glib::value::FromValue<'a>,
    {
        message.get(field).map_err(|_| Self::Field { message: message.name().to_string(), field })
    }
}
