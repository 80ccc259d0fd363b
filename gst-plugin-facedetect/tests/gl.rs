// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames in OpenGL textures, through Mesa's software EGL: no screen and no GPU is needed.
// A program of its own: it sets environment variables, and GStreamer is told by them what GL is for the whole process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "gstfacedetect/common/mod.rs"]
mod common;

use common::{at, faces, frame, has_runtime, info};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoFormat;

/// The pads of these elements hand on textures, and whoever looks at a frame downloads it.
#[test]
fn faces_are_found_in_textures_and_cut_out_of_them() {
    for (name, value) in [
        ("GST_GL_PLATFORM", "egl"),
        ("GST_GL_WINDOW", "egl-device"),
        ("LIBGL_ALWAYS_SOFTWARE", "1"),
    ] {
        if std::env::var_os(name).is_none() {
            // SAFETY: the only test of this program, and no thread runs yet.
            unsafe { std::env::set_var(name, value) };
        }
    }
    common::init();
    if !has_runtime() {
        return;
    }
    if gst::ElementFactory::find("glupload").is_none() {
        testkit::skip("packages", "no glupload (apt-get install gstreamer1.0-gl)");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let model = common::spots(directory.path());
    let upload = "glupload ! capsfilter caps=video/x-raw(memory:GLMemory)";
    let detect =
        format!("facedetect model={} model-kind=centerface threshold=0.6", model.display());
    for format in [VideoFormat::Rgba, VideoFormat::Nv12, VideoFormat::I420] {
        let info = info(format, 320, 192);
        let mut textures = Harness::new_parse(&format!("{upload} ! {detect} ! facetrack"));
        textures.set_src_caps(info.to_caps().unwrap());
        if textures.push(at(frame(&info, &[(160, 80, 255)], 0), 0)).is_err() {
            testkit::skip(
                "egl",
                "no software EGL here (apt-get install libegl-mesa0 libgl1-mesa-dri)",
            );
            return;
        }
        let out = textures.pull().unwrap();
        let caps = textures.sinkpad().unwrap().current_caps().unwrap();
        assert!(caps.features(0).unwrap().contains("memory:GLMemory"), "{caps}");
        let memory = out.peek_memory(0).allocator().unwrap().memory_type().to_owned();
        assert!(memory.starts_with("GLMemory"), "still a texture: {memory}");
        let found = faces(&out).unwrap().faces;
        assert_eq!(found.len(), 1, "{format:?}: {found:?}");
        let [x, y, ..] = found[0].bbox.0;
        let (x, y) = (x * 320.0, y * 192.0);
        assert!((x - 142.0).abs() < 4.0 && (y - 58.0).abs() < 4.0, "{format:?}: {x} {y}");
        assert!(found[0].track.is_some());

        let mut crops = Harness::new_parse(&format!("{upload} ! {detect} ! facecrop"));
        crops.set_src_caps(info.to_caps().unwrap());
        let crop = crops.push_and_pull(at(frame(&info, &[(160, 80, 255)], 0), 0)).unwrap();
        let white = crop.map_readable().unwrap().iter().filter(|v| **v > 240).count();
        assert!(white >= 3 * 7 * 7, "{format:?}: the spot is on the crop, {white}");
    }
}
