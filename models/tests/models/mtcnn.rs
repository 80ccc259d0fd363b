// SPDX-License-Identifier: MIT OR Apache-2.0
//! MTCNN against faces that `facenet-pytorch` itself found.
#![allow(clippy::unwrap_used)]

use crate::common;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage, imageops};
use imaging::Detection;
use imaging::frame::FrameView;
use models::catalogue::Task;
use models::{Detector, DetectorOptions};

#[derive(serde::Deserialize)]
struct Recorded {
    mosaic: Vec<Tile>,
    /// Of the mosaic.
    faces: Vec<Face>,
    photographs: BTreeMap<String, Vec<Face>>,
}

#[derive(serde::Deserialize)]
struct Tile {
    file: String,
    at: [i64; 2],
}

#[derive(serde::Deserialize)]
struct Face {
    /// Left, top, right, bottom.
    #[serde(rename = "box")]
    bbox: [f32; 4],
    score: f32,
    points: [[f32; 2]; 5],
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn recorded() -> Recorded {
    serde_json::from_slice(&std::fs::read(data("mtcnn.json")).unwrap()).unwrap()
}

/// With pictures of any size looked at as they are.
fn detector(threshold: f32) -> Option<Detector> {
    let model = common::model("mtcnn", Task::Detect)?;
    let options = DetectorOptions { input_size: 4096, threshold, ..DetectorOptions::new(model) };
    Some(Detector::open(&options).unwrap())
}

fn detect(detector: &Detector, picture: &RgbImage) -> Vec<Detection> {
    detector.detect(&FrameView::from_rgb(picture)).unwrap()
}

/// Largest difference of scores, and of places in pixels.
fn differences(found: &[Detection], expected: &[Face]) -> (f32, f32) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    let mut worst = (0f32, 0f32);
    for (found, expected) in found.iter().zip(expected) {
        let [x1, y1, x2, y2] = expected.bbox;
        let b = found.bbox;
        let points = found.landmarks.unwrap().into_iter().zip(expected.points);
        let places = [b.x - x1, b.y - y1, b.x + b.width - x2, b.y + b.height - y2];
        let places = places.into_iter().chain(points.flat_map(|(p, [x, y])| [p.x - x, p.y - y]));
        worst.0 = worst.0.max((found.score - expected.score).abs());
        worst.1 = places.fold(worst.1, |worst, off| worst.max(off.abs()));
    }
    worst
}

fn mosaic(tiles: &[Tile]) -> RgbImage {
    let mut picture = RgbImage::from_pixel(500, 400, Rgb([90; 3]));
    for tile in tiles {
        let face = image::open(data("chips").join(&tile.file)).unwrap().into_rgb8();
        imageops::replace(&mut picture, &face, tile.at[0], tile.at[1]);
    }
    picture
}

/// To a hundredth of a pixel, on pictures without loss.
#[test]
fn faces_are_those_of_facenet_pytorch() {
    let recorded = recorded();
    let Some(detector) = detector(0.7) else { return };
    let (score, place) =
        differences(&detect(&detector, &mosaic(&recorded.mosaic)), &recorded.faces);
    println!("scores {score:e}, places {place:e} px");
    assert!(score < 1e-4 && place < 0.01);
}

/// Photographs: two decoders of JPEG differ by a level or two, which moves the score of the pin on a
/// lapel that it takes for a face.
#[test]
fn photographs_show_the_same_faces_beyond_the_border_too() {
    let mut recorded = recorded();
    let Some(detector) = detector(0.99) else { return };
    for (name, expected) in &mut recorded.photographs {
        expected.retain(|face| face.score > 0.99);
        let Some(picture) = common::photograph(name) else { return };
        let (score, place) = differences(&detect(&detector, &picture), expected);
        println!("{name}: scores {score:e}, places {place:e} px");
        assert!(score < 1e-3 && place < 0.25);
    }
}

#[test]
fn a_higher_threshold_leaves_faint_faces_out() {
    let (Some(any), Some(detector)) = (detector(0.5), detector(0.99)) else { return };
    let Some(picture) = common::photograph("obama.jpg") else { return };
    assert!(detect(&any, &picture).len() > 1);
    assert_eq!(detect(&detector, &picture).len(), 1);
    // Nothing to see, and less than a face's width.
    for (width, height) in [(640, 480), (19, 300), (1, 1)] {
        assert_eq!(detect(&detector, &RgbImage::new(width, height)), []);
    }
}
