// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bus message of `facedetect` as a Rust type.

use gst::glib;
use gst_frameview::{MessageError, MessageTimes};

/// What was found on a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct FacesMessage {
    /// Name of the factory that made the element: `facedetect` or `rsfacedetect`.
    pub element: String,
    /// When the frame is to be seen.
    pub times: MessageTimes,
    /// Index of the frame in its stream, from 0.
    pub frame: u64,
    /// Strongest first.
    pub faces: Vec<FoundFace>,
}

/// One face of a [`FacesMessage`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoundFace {
    /// Left edge in pixels of the stored frame.
    pub x: u32,
    /// Top edge in pixels of the stored frame.
    pub y: u32,
    /// In pixels of the stored frame.
    pub width: u32,
    /// In pixels of the stored frame.
    pub height: u32,
    /// The detector's confidence, 0..1.
    pub confidence: f64,
}

impl FoundFace {
    /// A face in pixels of its frame.
    pub(super) fn new(face: &facemeta::Face, width: u32, height: u32) -> Self {
        let [x, y, w, h] = face.bbox.0;
        let pixels = |v: f64, size: u32| (v * f64::from(size)).round().max(0.0) as u32;
        Self {
            x: pixels(x, width),
            y: pixels(y, height),
            width: pixels(w, width),
            height: pixels(h, height),
            confidence: face.confidence,
        }
    }
}

impl From<FacesMessage> for gst::Structure {
    fn from(message: FacesMessage) -> Self {
        let faces = message.faces.iter().map(|face| {
            gst::Structure::builder("face")
                .field("x", face.x)
                .field("y", face.y)
                .field("width", face.width)
                .field("height", face.height)
                .field("confidence", face.confidence)
                .build()
        });
        message
            .times
            .write(gst::Structure::builder(message.element.as_str()))
            .field("frame", message.frame)
            .field("faces", gst::Array::new(faces))
            .build()
    }
}

impl TryFrom<&gst::StructureRef> for FacesMessage {
    type Error = MessageError;

    fn try_from(message: &gst::StructureRef) -> Result<Self, MessageError> {
        let element = MessageError::check_name(message, "facedetect")?;
        let faces: gst::ArrayRef<'_> = MessageError::field(message, "faces")?;
        Ok(Self {
            element,
            times: MessageTimes::read(message),
            frame: MessageError::field(message, "frame")?,
            faces: faces.as_slice().iter().map(face).collect::<Result<_, _>>()?,
        })
    }
}

fn face(value: &glib::SendValue) -> Result<FoundFace, MessageError> {
    let face: &gst::StructureRef = value
        .get()
        .map_err(|_| MessageError::Field { message: "facedetect".into(), field: "faces" })?;
    Ok(FoundFace {
        x: MessageError::field(face, "x")?,
        y: MessageError::field(face, "y")?,
        width: MessageError::field(face, "width")?,
        height: MessageError::field(face, "height")?,
        confidence: MessageError::field(face, "confidence")?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was_and_refuses_others() {
        gst::init().unwrap();
        let face = FoundFace { x: 1, y: 2, width: 30, height: 40, confidence: 0.5 };
        let times = MessageTimes {
            timestamp: Some(gst::ClockTime::from_mseconds(40)),
            stream_time: None,
            running_time: Some(gst::ClockTime::ZERO),
            duration: None,
            stream_id: Some("abc".into()),
        };
        for (element, faces) in [("facedetect", vec![face; 2]), ("rsfacedetect", vec![])] {
            let message =
                FacesMessage { element: element.into(), times: times.clone(), frame: 7, faces };
            let structure = gst::Structure::from(message.clone());
            // The type that GStreamer's own analysers use.
            assert_eq!(structure.get::<u64>("timestamp"), Ok(40_000_000));
            assert!(!structure.has_field("stream-time"));
            assert_eq!(FacesMessage::try_from(&*structure), Ok(message));
        }
        let other = gst::Structure::new_empty("level");
        let expected = MessageError::Name { found: "level".into(), expected: "facedetect" };
        assert_eq!(FacesMessage::try_from(&*other), Err(expected));
        let bare = gst::Structure::new_empty("facedetect");
        let expected = MessageError::Field { message: "facedetect".into(), field: "faces" };
        assert_eq!(FacesMessage::try_from(&*bare), Err(expected));
    }
}
