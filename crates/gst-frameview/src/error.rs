// SPDX-License-Identifier: MIT OR Apache-2.0
//! A model's errors as GStreamer's.

use models::ModelError;

/// Words a model's error for the bus, with the domain and code that applications look at.
pub fn model_error(error: &ModelError) -> gst::ErrorMessage {
    match error {
        ModelError::Unknown { .. }
        | ModelError::NotInstalled { .. }
        | ModelError::SomeNotInstalled { .. }
        | ModelError::Io { .. } => {
            gst::error_msg!(gst::ResourceError::NotFound, ("{error}"))
        }
        ModelError::Device { .. } | ModelError::Batch { .. } => {
            gst::error_msg!(gst::ResourceError::Settings, ("{error}"))
        }
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
            .map_or("unknown memory".into(), |allocator| allocator.memory_type().to_string()),
    };
    let hint = hint(&memory);
    gst::error_msg!(
        gst::ResourceError::Read,
        ("could not read a frame (memory of type {memory}, {} bytes): {hint}", buffer.size())
    )
}

/// What to do about a memory of this type (the names of GStreamer's allocators) that is not read.
fn hint(memory: &str) -> &'static str {
    let memory = memory.to_ascii_lowercase();
    let is = |part| memory.contains(part);
    if is("cuda") {
        "put cudadownload in front"
    } else if is("vaapi") {
        "put vaapipostproc ! video/x-raw in front"
    } else if is("va") || is("dmabuf") {
        "put vapostproc ! video/x-raw in front"
    } else if is("gl") {
        "put gldownload in front"
    } else {
        "is it of the size its caps say? From a device, put its download element in front"
    }
}

#[cfg(test)]
mod tests {
    use super::hint;

    /// The types of the allocators as GStreamer's headers have them.
    #[test]
    fn hints_name_the_element_that_downloads() {
        for (memory, element) in [
            ("gst.cuda.memory", "cudadownload"),
            ("VAMemory", "vapostproc"),
            ("GstVaapiVideoMemory", "vaapipostproc"),
            ("dmabuf", "vapostproc"),
            ("GLMemoryPBO", "gldownload"),
            ("SystemMemory", "size"),
        ] {
            assert!(hint(memory).contains(element), "{memory}: {}", hint(memory));
        }
    }
}
