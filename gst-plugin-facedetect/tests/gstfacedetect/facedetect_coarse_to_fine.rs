// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facedetect` with a coarse pass over all of a frame: only what might be a face is refined. The synthetic
//! network's boxes are always as large in its input, so that their size on the frame tells the scale.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use crate::common::{BOX, at, faces, frame, has_runtime, info};
use gst::prelude::*;
use gst_check::Harness;
use gst_video::VideoFormat;

const SIZE: (u32, u32) = (1280, 720);

/// A spot of 16x16 pixels.
fn spot(x: u32, y: u32) -> Vec<(u32, u32, u8)> {
    [(0, 0), (8, 0), (0, 8), (8, 8)].map(|(dx, dy)| (x + dx, y + dy, 255)).to_vec()
}

/// Centre and width of every face on frames with these spots, in pixels; `None` without ONNX Runtime.
fn found(
    (width, height): (u32, u32),
    frames: &[Vec<(u32, u32)>],
    set: impl Fn(&gst::Element),
) -> Option<Vec<Vec<[f64; 3]>>> {
    common::init();
    if !has_runtime() {
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    let element = common::detector(directory.path());
    set(&element);
    let mut h = Harness::with_element(&element, Some("sink"), Some("src"));
    let info = info(VideoFormat::Gray8, width, height);
    h.set_src_caps(info.to_caps().unwrap());
    for (index, corners) in (0..).zip(frames) {
        let spots: Vec<_> = corners.iter().flat_map(|&(x, y)| spot(x, y)).collect();
        h.push(at(frame(&info, &spots, 0), index)).unwrap();
    }
    h.push_event(gst::event::Eos::new());
    let (width, height) = (f64::from(width), f64::from(height));
    let of = |buffer: gst::Buffer| {
        let found = faces(&buffer).unwrap();
        let place =
            |[x, y, w, h]: [f64; 4]| [(x + w / 2.0) * width, (y + h / 2.0) * height, w * width];
        found.faces.iter().map(|face| place(face.bbox.0)).collect()
    };
    Some((0..frames.len()).map(|_| of(h.pull().unwrap())).collect())
}

fn whole(element: &gst::Element) {
    element.set_property("first-look", 0f32);
}

/// One face for each spot, in any order, all of this width.
fn check(found: &[[f64; 3]], corners: &[(u32, u32)], width: f64) {
    assert_eq!(found.len(), corners.len(), "{found:?}");
    for &(x, y) in corners {
        let (x, y) = (f64::from(x) + 8.0, f64::from(y) + 8.0);
        let near = |face: &&[f64; 3]| (face[0] - x).hypot(face[1] - y) < 12.0;
        let face = found.iter().find(near).unwrap_or_else(|| panic!("none at {x},{y}: {found:?}"));
        assert!((face[2] - width).abs() < 1.0, "{face:?}, expected {width} wide");
    }
}

/// Widths of boxes after a pass at 960 of 1280 pixels, and in a tile for what was seen at a third of that:
/// the box is 48 / .25 = 192 high then, and becomes 64 of the tile's pixels.
const WHOLE: f64 = BOX.0 as f64 / 0.75;
const CLOSE: f64 = 3.0 * BOX.0 as f64;

#[test]
fn what_might_be_a_face_is_refined() {
    let corners = vec![(640, 360), (200, 100), (900, 560)];
    let Some(fine) = found(SIZE, &[corners.clone(), vec![]], |_| ()) else { return };
    check(&fine[0], &corners, CLOSE);
    assert!(fine[1].is_empty());
    let once = found(SIZE, std::slice::from_ref(&corners), whole).unwrap();
    check(&once[0], &corners, WHOLE);
}

#[test]
fn faces_at_the_border_of_the_frame_are_whole_faces() {
    for corner in [(0, 0), (1264, 0), (0, 704), (1264, 704), (0, 360), (640, 704)] {
        let Some(found) = found(SIZE, &[vec![corner]], |_| ()) else { return };
        check(&found[0], &[corner], CLOSE);
    }
}

#[test]
fn a_crowd_is_looked_at_in_full() {
    let corners: Vec<_> = (0..20).map(|i| (60 + 240 * (i % 5), 60 + 170 * (i / 5))).collect();
    let Some(found) = found(SIZE, std::slice::from_ref(&corners), |_| ()) else { return };
    check(&found[0], &corners, WHOLE);
}

#[test]
fn small_frames_are_looked_at_once() {
    let Some(found) = found((320, 192), &[vec![(150, 90)]], |_| ()) else { return };
    check(&found[0], &[(150, 90)], f64::from(BOX.0));
}

#[test]
fn the_coarse_scale_is_never_smaller_than_measured() {
    let corners = [(640, 360)];
    let smaller = |element: &gst::Element| element.set_property("input-size", 640u32);
    let Some(found) = found(SIZE, &[corners.into()], smaller) else { return };
    // Half of 640, which is what a third of 960 is.
    check(&found[0], &corners, CLOSE);
}

#[test]
fn batches_find_the_same() {
    let frames = vec![
        vec![(640, 360)],
        vec![],
        vec![(100, 100), (900, 300)],
        vec![(0, 0)],
        vec![(300, 300)],
    ];
    let Some(single) = found(SIZE, &frames, |_| ()) else { return };
    let batches = found(SIZE, &frames, |element| element.set_property("batch-size", 4u32)).unwrap();
    assert_eq!(batches, single);
}
