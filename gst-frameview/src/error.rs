// SPDX-License-Identifier: MIT OR Apache-2.0
//! A model's errors as GStreamer's.

use models::ModelError;

/// Words a model's error for the bus, with the domain and code that applications look at.
pub fn model_error(error: &ModelError) -> gst::ErrorMessage {
    match error {
        ModelError::Unknown(..) | ModelError::NotInstalled { .. } | ModelError::Io { .. } => {
            gst::error_msg!(gst::ResourceError::NotFound, ("{error}"))
        }
        ModelError::Device { .. } => gst::error_msg!(gst::ResourceError::Settings, ("{error}")),
        ModelError::Runtime { .. } => gst::error_msg!(gst::LibraryError::Init, ("{error}")),
        ModelError::Inference { .. } => gst::error_msg!(gst::LibraryError::Failed, ("{error}")),
        _ => gst::error_msg!(gst::ResourceError::OpenRead, ("{error}")),
    }
}

/// A frame whose memory could not be read.
pub fn map_error(buffer: &gst::BufferRef) -> gst::ErrorMessage {
    let memory = match buffer.n_memory() {
        0 => "no memory".to_owned(),
        _ => buffer
            .peek_memory(0)
            .allocator()
            .map_or("unknown memory".into(), |a| gst::prelude::GstObjectExt::name(a).to_string()),
    };
    gst::error_msg!(
        gst::ResourceError::Read,
        (
            "could not read a frame ({memory}, {} bytes): put a download element such as cudadownload or vapostproc in front",
            buffer.size()
        )
    )
}
