// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which frames the elements take: pixel formats, and the memories they may lie in.

use gst_video::{VideoFormat, VideoInfo};

/// The formats that are read straight from their planes, commonest first.
const FORMATS: [VideoFormat; 10] = [
    VideoFormat::Nv12,
    VideoFormat::I420,
    VideoFormat::Yv12,
    VideoFormat::Rgb,
    VideoFormat::Bgr,
    VideoFormat::Rgba,
    VideoFormat::Bgra,
    VideoFormat::Rgbx,
    VideoFormat::Bgrx,
    VideoFormat::Gray8,
];

/// The same in the words of DRM (fourcc, components from the last byte to the first), in which GStreamer
/// 1.24 and later describe DMABuf. Without a modifier behind it such a word means linear rows.
const DRM_FORMATS: [(&str, VideoFormat); 10] = [
    ("NV12", VideoFormat::Nv12),
    ("YU12", VideoFormat::I420),
    ("YV12", VideoFormat::Yv12),
    ("BG24", VideoFormat::Rgb),
    ("RG24", VideoFormat::Bgr),
    ("AB24", VideoFormat::Rgba),
    ("AR24", VideoFormat::Bgra),
    ("XB24", VideoFormat::Rgbx),
    ("XR24", VideoFormat::Bgrx),
    ("R8  ", VideoFormat::Gray8),
];

/// Memories of devices, best first: what is there already need not be fetched for frames that
/// nobody looks at.
const MEMORIES: [&str; 5] = [
    "memory:CUDAMemory",
    "memory:VAMemory",
    "memory:DMABuf",
    "memory:VASurface",
    "memory:GLMemory",
];

/// Caps of the frames that [`crate::view`] can show, in system memory.
pub fn raw_caps() -> gst::Caps {
    gst_video::VideoCapsBuilder::new().format_list(FORMATS).build()
}

/// Caps of the frames that the elements take, in order of preference: the memories of devices, then
/// system memory. Of DMABuf only linear layouts.
pub fn frame_caps() -> gst::Caps {
    let mut caps = gst::Caps::new_empty();
    let all = caps.make_mut();
    for memory in MEMORIES {
        let features = [memory];
        all.append(
            gst_video::VideoCapsBuilder::new().features(features).format_list(FORMATS).build(),
        );
        if memory == "memory:DMABuf" {
            let linear = gst::List::new(DRM_FORMATS.map(|(fourcc, _)| fourcc));
            let mut drm = gst_video::VideoCapsBuilder::new().features(features).build();
            drm.make_mut().set("format", "DMA_DRM");
            drm.make_mut().set("drm-format", linear);
            all.append(drm);
        }
    }
    all.append(raw_caps());
    caps
}

/// Format, size and the rest of what caps say; `None` for caps that are not of [`frame_caps`].
pub fn frame_info(caps: &gst::CapsRef) -> Option<VideoInfo> {
    let drm = caps.structure(0)?.get::<&str>("drm-format").ok();
    let Some(drm) = drm else {
        return VideoInfo::from_caps(caps).ok();
    };
    let (_, format) = DRM_FORMATS.iter().find(|(fourcc, _)| *fourcc == drm)?;
    // The rest of the caps is as that of any other frame.
    let mut plain = caps.copy();
    let fields = plain.make_mut();
    fields.set("format", format.to_str());
    VideoInfo::from_caps(&plain).ok()
}

/// Always pads for elements that pass frames through untouched.
pub fn in_place_templates() -> Vec<gst::PadTemplate> {
    let caps = frame_caps();
    [("sink", gst::PadDirection::Sink), ("src", gst::PadDirection::Src)]
        .into_iter()
        .filter_map(|(name, direction)| {
            gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps).ok()
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn devices_come_before_system_memory() {
        gst::init().unwrap();
        let caps = frame_caps();
        let features: Vec<String> =
            (0..caps.size()).map(|i| caps.features(i).unwrap().to_string()).collect();
        let expected = [
            "memory:CUDAMemory",
            "memory:VAMemory",
            "memory:DMABuf",
            "memory:DMABuf",
            "memory:VASurface",
            "memory:GLMemory",
            "memory:SystemMemory",
        ];
        assert_eq!(features, expected);
    }

    #[test]
    fn linear_dmabuf_is_read_and_tiled_refused() {
        gst::init().unwrap();
        let caps = |format: &str| {
            let text = format!(
                "video/x-raw(memory:DMABuf),format=DMA_DRM,drm-format=(string){format},width=321,height=179,framerate=25/1"
            );
            text.parse::<gst::Caps>().unwrap()
        };
        for (fourcc, format) in DRM_FORMATS {
            let caps = caps(&format!("\"{fourcc}\""));
            assert!(caps.is_subset(&frame_caps()), "{fourcc}");
            let info = frame_info(&caps).unwrap();
            assert_eq!((info.format(), info.width(), info.height()), (format, 321, 179));
        }
        let tiled = caps("NV12:0x0100000000000002");
        assert!(!tiled.can_intersect(&frame_caps()));
        assert_eq!(frame_info(&tiled), None);
    }
}
