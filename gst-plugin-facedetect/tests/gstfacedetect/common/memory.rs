// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames in the memories of devices: what is negotiated, with stand-ins, and what is mapped.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

use facemeta::FrameFaces;
use gst::prelude::*;
use gst_allocators::prelude::*;
use gst_video::{VideoFormat, VideoInfo};

use super::citizen::{harness, picture};
use super::{bytes, info};

/// All memories of the caps but system memory.
pub const DEVICES: [&str; 5] = ["CUDAMemory", "VAMemory", "DMABuf", "VASurface", "GLMemory"];

/// Caps of a format in a device's memory.
pub fn device_caps(info: &VideoInfo, memory: &str) -> gst::Caps {
    let mut caps = info.to_caps().unwrap();
    let features = gst::CapsFeatures::new([format!("memory:{memory}")]);
    caps.get_mut().unwrap().set_features(0, Some(features));
    caps
}

/// The formats of the element's sink template in a memory; in system memory for `None`.
pub fn formats(element: &gst::Element, memory: Option<&str>) -> Vec<VideoFormat> {
    let caps = element.static_pad("sink").unwrap().pad_template_caps();
    let wanted = memory.map_or("memory:SystemMemory".to_owned(), |m| format!("memory:{m}"));
    let (structure, _) = caps
        .iter_with_features()
        .find(|(s, f)| f.contains(&wanted) && !s.has_field("drm-format"))
        .unwrap_or_else(|| panic!("{wanted} is not in {caps}"));
    let list = structure.get::<gst::List>("format").unwrap();
    list.iter().map(|f| f.get::<String>().unwrap().parse().unwrap()).collect()
}

/// Frames in the memories of devices are taken in every format and leave as they came. The memory
/// stands in for the device's: what is tried is the negotiation.
pub fn device_memories_pass(make: &dyn Fn() -> gst::Element) {
    let element = make();
    let mut h = harness(&element);
    for memory in DEVICES {
        let formats = formats(&element, Some(memory));
        assert!(formats.len() >= 10, "{memory}: {formats:?}");
        for format in formats {
            let info = info(format, 321, 179);
            let caps = device_caps(&info, memory);
            h.set_src_caps(caps.clone());
            let out = h.push_and_pull(picture(&info, 0, 29)).unwrap();
            assert_eq!(h.sinkpad().unwrap().current_caps().unwrap(), caps, "untouched");
            let faces = FrameFaces::read(&out, "face", 321, 179).unwrap();
            assert_eq!(faces.faces.len(), 1, "{memory} {format:?}");
        }
    }
    // Upstream and downstream agree through the element, on the best that both have.
    let pad = element.static_pad("sink").unwrap();
    for memory in DEVICES {
        let caps = device_caps(&info(VideoFormat::Nv12, 320, 192), memory);
        assert!(pad.query_accept_caps(&caps), "{memory}");
        let filter = device_caps(&info(VideoFormat::Yuy2, 320, 192), memory);
        assert!(!pad.query_accept_caps(&filter), "{memory} in a format that is not read");
    }
}

/// What downstream wants reaches upstream, each memory alone; where it takes all, upstream sees them
/// in the order in which they cost least.
pub fn memories_are_negotiated_end_to_end(make: &dyn Fn() -> gst::Element) {
    let info = info(VideoFormat::Nv12, 320, 192);
    for memory in DEVICES {
        let element = make();
        let mut h = harness(&element);
        let caps = device_caps(&info, memory);
        h.set_sink_caps(caps.clone());
        let offered = h.srcpad().unwrap().peer_query_caps(None);
        assert!(caps.is_subset(&offered), "{memory}: {offered}");
        assert_eq!(memories(&offered), [format!("memory:{memory}")], "{offered}");
    }
    let element = make();
    let h = harness(&element);
    let mut wanted = DEVICES.map(|memory| format!("memory:{memory}")).to_vec();
    wanted.push("memory:SystemMemory".into());
    assert_eq!(memories(&h.srcpad().unwrap().peer_query_caps(None)), wanted);
}

/// The memories of caps, each once, in their order.
pub fn memories(caps: &gst::Caps) -> Vec<String> {
    let mut names: Vec<_> = caps.iter_with_features().map(|(_, f)| f.to_string()).collect();
    names.dedup();
    names
}

/// A DMABuf of that frame, as a file that may only be read, or only be written.
pub fn dmabuf(buffer: &gst::Buffer, readable: bool) -> gst::Buffer {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("frame");
    File::create(&path).unwrap().write_all(&bytes(buffer)).unwrap();
    let file = File::options().read(readable).write(!readable).open(&path).unwrap();
    let allocator = gst_allocators::DmaBufAllocator::new();
    // SAFETY: the descriptor is ours and goes into the memory.
    let memory = unsafe { allocator.alloc_dmabuf(OwnedFd::from(file), buffer.size()) }.unwrap();
    let mut frame = gst::Buffer::new();
    let all =
        gst::BufferCopyFlags::FLAGS | gst::BufferCopyFlags::TIMESTAMPS | gst::BufferCopyFlags::META;
    buffer.copy_into(frame.get_mut().unwrap(), all, ..).unwrap();
    frame.get_mut().unwrap().append_memory(memory);
    frame
}

/// Real DMABuf memory, of which nothing more can be had than reading.
pub fn dmabuf_is_mapped_for_reading_only(make: &dyn Fn() -> gst::Element) {
    let element = make();
    let mut h = harness(&element);
    let info = info(VideoFormat::Nv12, 320, 192);
    let linear = "video/x-raw(memory:DMABuf),format=DMA_DRM,drm-format=NV12,width=320,height=192,framerate=25/1";
    for caps in [device_caps(&info, "DMABuf"), linear.parse().unwrap()] {
        h.set_src_caps(caps);
        let out = h.push_and_pull(dmabuf(&picture(&info, 0, 0), true)).unwrap();
        assert!(out.peek_memory(0).is_memory_type::<gst_allocators::DmaBufMemory>());
        assert_eq!(FrameFaces::read(&out, "face", 320, 192).unwrap().faces.len(), 1);
    }
}

/// A memory that cannot be read is an error that names it and says what to do; without a bus no
/// panic.
pub fn unreadable_memory_is_an_error(make: &dyn Fn() -> gst::Element) {
    for with_bus in [true, false] {
        let element = make();
        let bus = gst::Bus::new();
        let mut h = harness(&element);
        element.set_bus(with_bus.then_some(&bus));
        let info = info(VideoFormat::Nv12, 320, 192);
        h.set_src_caps(device_caps(&info, "DMABuf"));
        let refused = h.push(dmabuf(&picture(&info, 0, 0), false));
        assert_eq!(refused, Err(gst::FlowError::Error));
        if with_bus {
            let message = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
            let gst::MessageView::Error(error) = message.view() else { panic!("{message:?}") };
            assert!(error.error().matches(gst::ResourceError::Read), "{error:?}");
            let text = error.error().message().to_owned();
            assert!(text.contains("dmabuf") && text.contains("vapostproc"), "{text}");
        }
    }
}
