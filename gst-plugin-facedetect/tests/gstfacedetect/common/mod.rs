// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests of the elements share: a synthetic network that finds white spots, and frames with some.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod citizen;
pub mod memory;

use std::path::{Path, PathBuf};

use facemeta::FrameFaces;
use gst::prelude::*;
use gst_video::{VideoFormat, VideoFrameExt, VideoFrameRef, VideoInfo};
use models::onnx::{Attribute, Dimension, GraphBuilder};

/// Width and height of the box the synthetic network puts around a spot, in its input's pixels.
pub const BOX: (f32, f32) = (40.0, 48.0);
/// Left eye, right eye, nose, corners of the mouth in parts of the box.
pub const POINTS: [[f32; 2]; 5] = [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]];

pub fn init() {
    testkit::init_gstreamer(|| gstfacedetect::plugin_register_static().unwrap());
}

/// Whether networks can be run here; a skip where they cannot.
#[track_caller]
pub fn has_runtime() -> bool {
    testkit::have("runtime", models::runtime::init()).is_some()
}

/// A network of the kind `centerface` whose score is the brightness of a cell, so that every white
/// spot is a face.
pub fn spots(directory: &Path) -> PathBuf {
    spots_on(directory, "n".into())
}

/// The same for so many frames at once, a number or a name.
pub fn spots_on(directory: &Path, frames: Dimension) -> PathBuf {
    let mut graph = GraphBuilder::new("spots");
    graph.input("x", &[frames, 3.into(), "h".into(), "w".into()]);
    let four = Attribute::Ints(&[4, 4]);
    let cells =
        graph.node("AveragePool", &["x"], &[("kernel_shape", four.clone()), ("strides", four)]);
    let mut output = |name: &str, weight: f32, values: &[f32]| {
        let channels = values.len() as i64;
        let weights = graph.floats(&[channels, 3, 1, 1], vec![weight; 3 * values.len()]);
        let values = graph.floats(&[channels], values.iter().copied());
        graph.node_to("Conv", &[&cells, &weights, &values], &[], name);
        graph.output(name, &["n".into(), channels.into(), "r".into(), "c".into()]);
    };
    output("heat", 1.0 / (3.0 * 255.0), &[0.0]);
    // In cells of four pixels, height before width.
    output("scale", 0.0, &[(BOX.1 / 4.0).ln(), (BOX.0 / 4.0).ln()]);
    output("offset", 0.0, &[0.0; 2]);
    output("points", 0.0, POINTS.map(|[x, y]| [y, x]).as_flattened());
    let path = directory.join("spots.onnx");
    std::fs::write(&path, graph.finish()).unwrap();
    path
}

/// A factory's element running the synthetic network.
pub fn detector(directory: &Path) -> gst::Element {
    gst::ElementFactory::make("facedetect")
        .property("model", spots(directory).to_str().unwrap())
        .property("model-kind", "centerface")
        .property("threshold", 0.6f32)
        .build()
        .unwrap()
}

pub fn info(format: VideoFormat, width: u32, height: u32) -> VideoInfo {
    VideoInfo::builder(format, width, height).fps(gst::Fraction::new(25, 1)).build().unwrap()
}

/// A dark grey frame with spots of 8x8 pixels at (x, y) of that brightness, 0 to 255. Rows have
/// `padding` bytes behind them, glaring where anybody reads them.
pub fn frame(info: &VideoInfo, spots: &[(u32, u32, u8)], padding: usize) -> gst::Buffer {
    let planes = info.n_planes() as usize;
    let (mut offsets, mut strides, mut size) = (Vec::new(), Vec::new(), 0);
    for plane in 0..planes {
        let stride = info.stride()[plane] as usize + padding;
        let rows = info.format_info().scale_height(plane as u8, info.height()) as usize;
        offsets.push(size);
        strides.push(stride as i32);
        size += stride * rows;
    }
    let mut buffer = gst::Buffer::from_mut_slice(vec![255u8; size]);
    let writable = buffer.get_mut().unwrap();
    let (format, flags) = (info.format(), gst_video::VideoFrameFlags::empty());
    let (width, height) = (info.width(), info.height());
    gst_video::VideoMeta::add_full(writable, flags, format, width, height, &offsets, &strides)
        .unwrap();
    let mut frame = VideoFrameRef::from_buffer_ref_writable(writable, info).unwrap();
    for plane in 0..planes as u32 {
        let stride = frame.plane_stride()[plane as usize] as usize;
        let pixel = frame.comp_pstride(plane) as usize;
        let (columns, rows) = (frame.comp_width(plane), frame.comp_height(plane));
        let data = frame.plane_data_mut(plane).unwrap();
        for y in 0..rows {
            for x in 0..columns {
                let inside = |&&(left, top, _): &&(u32, u32, u8)| {
                    (left..left + 8).contains(&x) && (top..top + 8).contains(&y)
                };
                let value = match (plane, spots.iter().find(inside)) {
                    (0, Some(&(_, _, level))) => luma(info, level),
                    (0, None) => luma(info, 40),
                    _ => 128,
                };
                let start = y as usize * stride + x as usize * pixel;
                data[start..start + pixel].fill(value);
            }
        }
    }
    drop(frame);
    buffer
}

fn luma(info: &VideoInfo, level: u8) -> u8 {
    if info.is_yuv() { (16.0 + f32::from(level) * 219.0 / 255.0).round() as u8 } else { level }
}

/// With the time stamps of the `index`th frame at 25 frames per second.
pub fn at(mut buffer: gst::Buffer, index: u64) -> gst::Buffer {
    let writable = buffer.get_mut().unwrap();
    writable.set_pts(index * 40.mseconds());
    writable.set_duration(40.mseconds());
    buffer
}

pub fn bytes(buffer: &gst::Buffer) -> Vec<u8> {
    buffer.map_readable().unwrap().to_vec()
}

/// The faces on a frame, `None` where nobody looked for any.
pub fn faces(buffer: &gst::Buffer) -> Option<FrameFaces> {
    FrameFaces::read(buffer, "face", 0, 0)
}

/// How many faces each of these frames has.
pub fn counts(buffers: &[gst::Buffer]) -> Vec<Option<usize>> {
    buffers.iter().map(|b| faces(b).map(|f| f.faces.len())).collect()
}

/// The types of the events that came out so far.
pub fn events(harness: &mut gst_check::Harness) -> Vec<gst::EventType> {
    std::iter::from_fn(|| harness.try_pull_event()).map(|e| e.type_()).collect()
}

/// Sets each of the element's own properties from text, reads it back, and checks that it can be
/// changed while playing or only before, as listed.
pub fn check_properties(element: &gst::Element, listed: &[(&str, &str, bool)]) {
    for (name, text, playing) in listed {
        let before = element.property_value(name);
        element.set_property_from_str(name, text);
        let value = element.property_value(name);
        assert_ne!(format!("{before:?}"), format!("{value:?}"), "{name} is at its default");
        let read = match glib::EnumValue::from_value(&value) {
            Some((_, value)) => value.nick().to_owned(),
            None => value.get().unwrap_or_else(|_| value.serialize().unwrap().to_string()),
        };
        assert_eq!(read, *text, "{name}");
        let flags = element.find_property(name).unwrap().flags();
        assert_eq!(flags.contains(gst::PARAM_FLAG_MUTABLE_PLAYING), *playing, "{name}");
        assert_eq!(flags.contains(gst::PARAM_FLAG_MUTABLE_READY), !playing, "{name}");
    }
    let own = |p: &&glib::ParamSpec| {
        p.owner_type().name().starts_with("GstRs") && p.flags().contains(glib::ParamFlags::WRITABLE)
    };
    let list = element.list_properties();
    let missing: Vec<_> = list
        .iter()
        .filter(own)
        .map(|p| p.name())
        .filter(|name| !listed.iter().any(|(listed, ..)| listed == name))
        .collect();
    assert!(missing.is_empty(), "untested: {missing:?}");
}
