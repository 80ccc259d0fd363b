// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every detector and every embedder on ten pictures each of ten people (footage `faces/lfw10`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::common;
use image::{RgbImage, imageops};
use imaging::Detection;
use imaging::frame::{FrameView, Orientation};
use imaging::geometry::{Point, Rect};
use models::catalogue::Task;
use models::store::ModelFile;
use models::{Detector, DetectorOptions, Embedder, EmbedderOptions};

/// Person and picture.
fn people() -> Option<Vec<(usize, RgbImage)>> {
    let sorted = |directory: &std::path::Path| {
        let entries = directory.read_dir().unwrap().map(|entry| entry.unwrap().path());
        let mut paths: Vec<_> = entries.collect();
        paths.sort();
        paths
    };
    let mut pictures = Vec::new();
    for (person, directory) in sorted(&testkit::footage("faces/lfw10")?).iter().enumerate() {
        for path in sorted(directory) {
            pictures.push((person, image::open(path).unwrap().to_rgb8()));
        }
    }
    assert_eq!(pictures.len(), 100);
    Some(pictures)
}

fn detector(model: ModelFile) -> Detector {
    Detector::open(&DetectorOptions::new(model)).unwrap()
}

/// The face in the middle: LFW's pictures are centred on their person.
fn middle(picture: &RgbImage, faces: &[Detection]) -> Option<Detection> {
    let (x, y) = (picture.width() as f32 / 2.0, picture.height() as f32 / 2.0);
    let covers = |b: &Rect| b.x < x && x < b.x + b.width && b.y < y && y < b.y + b.height;
    faces.iter().copied().find(|face| covers(&face.bbox))
}

fn face_of(detector: &Detector, picture: &RgbImage) -> Option<Detection> {
    let faces = detector.detect(&FrameView::from_rgb(picture)).unwrap();
    assert!(faces.is_sorted_by(|a, b| a.score >= b.score));
    middle(picture, &faces)
}

fn distance(p: Point, q: Point) -> f32 {
    (p.x - q.x).hypot(p.y - q.y)
}

#[test]
fn detectors_agree() {
    let Some(people) = people() else { return };
    let Some(centerface) = common::model("centerface", Task::Detect) else {
        return;
    };
    let reference = detector(centerface);
    let expected: Vec<_> = people.iter().map(|(_, p)| face_of(&reference, p)).collect();
    assert!(expected.iter().flatten().count() >= 99);
    for id in ["yunet", "scrfd-2.5g"] {
        let Some(model) = common::optional(id) else {
            return;
        };
        let detector = detector(model);
        let (mut found, mut apart, mut overlap) = (0, 0.0, 0.0);
        for ((_, picture), expected) in people.iter().zip(&expected) {
            let (Some(face), Some(expected)) = (face_of(&detector, picture), expected) else {
                continue;
            };
            let points = face.landmarks.unwrap().into_iter().zip(expected.landmarks.unwrap());
            found += 1;
            apart += points.map(|(p, q)| distance(p, q)).sum::<f32>() / 5.0 / expected.bbox.width;
            overlap += face.bbox.iou(&expected.bbox);
        }
        let (apart, overlap) = (apart / found as f32, overlap / found as f32);
        println!("{id}: {found} of 100, landmarks {apart:.3} widths apart, IoU {overlap:.2}");
        assert!(found >= 98, "{id}");
        assert!(apart < 0.06 && overlap > 0.7, "{id}: {apart} {overlap}");
    }
}

#[test]
fn landmarks_lie_where_the_box_says_they_do() {
    let Some(people) = people() else { return };
    let Some(model) = common::model("centerface", Task::Detect) else {
        return;
    };
    let detector = detector(model);
    let faces: Vec<_> = people.iter().filter_map(|(_, p)| face_of(&detector, p)).collect();
    let median = |part: &dyn Fn(&Detection) -> f32| {
        let mut parts: Vec<f32> = faces.iter().map(part).collect();
        parts.sort_by(f32::total_cmp);
        parts[parts.len() / 2]
    };
    let unit = Rect { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
    for (i, typical) in imaging::align::typical_landmarks(&unit).iter().enumerate() {
        let x = median(&|face| (face.landmarks.unwrap()[i].x - face.bbox.x) / face.bbox.width);
        let y = median(&|face| (face.landmarks.unwrap()[i].y - face.bbox.y) / face.bbox.height);
        println!("landmark {i}: {x:.3} {y:.3}");
        assert!((x - typical.x).abs() < 0.035 && (y - typical.y).abs() < 0.035, "{i}: {x} {y}");
    }
}

#[test]
fn turned_pictures_give_the_same_faces() {
    let Some(people) = people() else { return };
    let Some(model) = common::model("centerface", Task::Detect) else {
        return;
    };
    let detector = detector(model);
    for (_, upright) in people.iter().step_by(10) {
        let expected = detector.detect(&FrameView::from_rgb(upright)).unwrap();
        let stored = imageops::rotate270(upright);
        let orientation = Orientation::Rotate90;
        let turned = FrameView { orientation, ..FrameView::from_rgb(&stored) };
        assert_eq!(detector.detect(&turned).unwrap(), expected);
    }
}

/// Share of (same person, strangers) pairs of pairs in which the same person is nearer.
fn area_under_curve(same: &[f32], other: &[f32]) -> f64 {
    let mut other = other.to_vec();
    other.sort_by(f32::total_cmp);
    let below = |s: &f32| other.partition_point(|o| o < s);
    let wins: usize = same.iter().map(below).sum();
    wins as f64 / (same.len() * other.len()) as f64
}

#[test]
fn embedders_tell_people_apart() {
    let Some(people) = people() else { return };
    let Some(centerface) = common::model("centerface", Task::Detect) else {
        return;
    };
    let detector = detector(centerface);
    let models = [
        (common::model("sface", Task::Embed), 0.995),
        (common::model("dlib-resnet", Task::Embed), 0.99),
        (common::optional("face-reid-0095"), 0.995),
        (common::optional("mobilefacenet"), 0.99),
        (common::optional("edgeface-xs"), 0.995),
    ];
    for (model, least) in models {
        let Some(model) = model else { continue };
        let id = model.id.clone();
        let options = EmbedderOptions::new(model);
        let embedder = Embedder::open(&options).unwrap();
        let (mut persons, mut chips) = (Vec::new(), Vec::new());
        for (person, picture) in &people {
            if let Some(face) = face_of(&detector, picture) {
                persons.push(person);
                chips.push(embedder.chip(&FrameView::from_rgb(picture), &face).unwrap());
            }
        }
        let vectors: Vec<_> =
            embedder.embed(&chips).unwrap().into_iter().map(|one| one.values).collect();
        let (mut same, mut other) = (Vec::new(), Vec::new());
        for i in 0..vectors.len() {
            for j in 0..i {
                let cosine = common::dot(&vectors[i], &vectors[j]);
                if persons[i] == persons[j] { same.push(cosine) } else { other.push(cosine) }
            }
        }
        let area = area_under_curve(&same, &other);
        let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
        println!("{id}: same {:.3}, strangers {:.3}, AUC {area:.4}", mean(&same), mean(&other));
        assert!(area > least, "{id}: {area}");
    }
}
