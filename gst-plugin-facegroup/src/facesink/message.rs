// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bus message of `facesink` as a Rust type.

use std::path::PathBuf;

use gst_frameview::MessageError;

/// The structure's name behind that of the element.
const SUFFIX: &str = "-summary";

/// What a grouping came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryMessage {
    /// Name of the factory that made the element: `facesink` or `rsfacesink`.
    pub element: String,
    /// The dataset's folder.
    pub location: PathBuf,
    /// Number of faces.
    pub faces: u64,
    /// Number of people.
    pub people: u64,
    /// Number of unassigned faces.
    pub unsure: u64,
    /// The page.
    pub report: PathBuf,
}

impl From<SummaryMessage> for gst::Structure {
    fn from(message: SummaryMessage) -> Self {
        gst::Structure::builder(format!("{}{SUFFIX}", message.element))
            .field("location", message.location.to_string_lossy().as_ref())
            .field("faces", message.faces)
            .field("people", message.people)
            .field("unsure", message.unsure)
            .field("report", message.report.to_string_lossy().as_ref())
            .build()
    }
}

impl TryFrom<&gst::StructureRef> for SummaryMessage {
    type Error = MessageError;

    fn try_from(message: &gst::StructureRef) -> Result<Self, MessageError> {
        let name = MessageError::check_name(message, "facesink-summary")?;
        let path = |field| MessageError::field::<String>(message, field).map(PathBuf::from);
        Ok(Self {
            element: name.trim_end_matches(SUFFIX).to_owned(),
            location: path("location")?,
            faces: MessageError::field(message, "faces")?,
            people: MessageError::field(message, "people")?,
            unsure: MessageError::field(message, "unsure")?,
            report: path("report")?,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was_and_refuses_others() {
        gst::init().unwrap();
        for element in ["facesink", "rsfacesink"] {
            let message = SummaryMessage {
                element: element.into(),
                location: "a folder/out".into(),
                faces: 16,
                people: 2,
                unsure: 1,
                report: "a folder/out/report.html".into(),
            };
            let structure = gst::Structure::from(message.clone());
            assert_eq!(structure.name(), format!("{element}-summary").as_str());
            assert_eq!(SummaryMessage::try_from(&*structure), Ok(message));
        }
        let other = gst::Structure::new_empty("facesink");
        assert!(SummaryMessage::try_from(&*other).is_err());
        let bare = gst::Structure::new_empty("facesink-summary");
        let expected =
            MessageError::Field { message: "facesink-summary".into(), field: "location" };
        assert_eq!(SummaryMessage::try_from(&*bare), Err(expected));
    }
}
