// SPDX-License-Identifier: MIT OR Apache-2.0
//! From faces and embeddings to people, on synthetic data whose ground truth is known.
#![allow(clippy::unwrap_used)]

use grouping::cluster::{CutSource, Face, Level, Levels, Options, group};
use ndarray::Array2;

const LENGTH: usize = 64;

/// A number from -1 to 1 that depends on the seed alone.
fn noise(seed: u64) -> f32 {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03;
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 32;
    (x as f64 / u64::MAX as f64 * 2.0 - 1.0) as f32
}

/// An embedding of a person: their own direction and something of the moment.
fn embedding(person: u64, moment: u64, spread: f32) -> Vec<f32> {
    (0..LENGTH as u64)
        .map(|i| noise(person * 1000 + i) + spread * noise(1_000_000 + moment * 1000 + i))
        .collect()
}

/// Faces on their own: (person, frame).
fn faces(who: &[(u64, u64)], spread: f32) -> (Vec<Face>, Array2<f32>) {
    let faces = who.iter().enumerate().map(|(row, (person, frame))| Face {
        embedding: Some(row),
        ..Face::at(0, *frame, [*person as f32 * 50.0, 0.0, 40.0, 40.0])
    });
    let rows: Vec<f32> = who
        .iter()
        .enumerate()
        .flat_map(|(row, (person, _))| embedding(*person, row as u64, spread))
        .collect();
    (faces.collect(), Array2::from_shape_vec((who.len(), LENGTH), rows).unwrap())
}

fn options() -> Options {
    let mut options = Options::new(0.4);
    let level = |mean, spread| Level { mean, spread };
    options.levels = Some(Levels { impostor: level(0.0, 0.1), genuine: level(0.8, 0.3) });
    options
}

#[test]
fn three_people_are_three_whatever_the_order() {
    let mut who: Vec<(u64, u64)> = (0..30).map(|i| (i % 3, i)).collect();
    for _ in 0..5 {
        let (faces, rows) = faces(&who, 0.5);
        let grouping = group(&faces, rows.view(), &options()).unwrap();
        assert_eq!(grouping.groups.len(), 3);
        for (a, first) in who.iter().enumerate() {
            for (b, second) in who.iter().enumerate() {
                let together = grouping.labels[a] == grouping.labels[b];
                assert_eq!(together, first.0 == second.0);
            }
        }
        who.rotate_left(7);
        who.swap(3, 11);
    }
}

#[test]
fn seen_together_is_never_one_person() {
    // Twins: nearly the same embedding, on the same frames.
    let (faces, mut rows) = faces(&[(0, 1), (0, 1), (0, 2), (0, 2)], 0.6);
    for value in rows.row_mut(1) {
        *value *= 0.5;
    }
    let grouping = group(&faces, rows.view(), &options()).unwrap();
    assert_ne!(grouping.labels[0], grouping.labels[1]);
    assert_ne!(grouping.labels[2], grouping.labels[3]);
}

#[test]
fn a_mirror_image_may_be_one_person() {
    let (faces, rows) = faces(&[(0, 1), (0, 1)], 0.0);
    let grouping = group(&faces, rows.view(), &options()).unwrap();
    assert_eq!(grouping.labels, [Some(0), Some(0)]);
}

#[test]
fn none_one_and_two() {
    for count in 0..3u64 {
        let who: Vec<(u64, u64)> = (0..count).map(|i| (0, i)).collect();
        let (faces, rows) = faces(&who, 0.3);
        let grouping = group(&faces, rows.view(), &options()).unwrap();
        assert_eq!(grouping.groups.len(), usize::from(count > 0));
        assert_eq!(grouping.cut.source, CutSource::Prior);
    }
}

#[test]
fn rows_that_are_no_numbers_belong_to_nobody() {
    let (faces, mut rows) = faces(&[(0, 0), (0, 1), (1, 2)], 0.3);
    rows[[2, 5]] = f32::NAN;
    let grouping = group(&faces, rows.view(), &options()).unwrap();
    assert_eq!(grouping.labels, [Some(0), Some(0), None]);
}

#[test]
fn a_row_that_is_not_there_is_an_error() {
    let (faces, rows) = faces(&[(0, 0), (1, 1)], 0.3);
    let fewer = rows.slice(ndarray::s![..1, ..]);
    assert!(group(&faces, fewer, &options()).is_err());
    let mut wrong = options();
    wrong.threshold = 1.5;
    assert!(group(&faces, rows.view(), &wrong).is_err());
}

/// The same faces, all twice as far from each other: a fixed cut would split them.
#[test]
fn a_video_with_poor_pictures_moves_its_cut() {
    let mut faces_all = Vec::new();
    let mut rows = Vec::new();
    for track in 0..24u64 {
        for moment in 0..6u64 {
            let person = track % 4;
            // Two people share each frame, so the film says what strangers look like.
            let frame = (track / 2) * 10 + moment;
            faces_all.push(Face {
                track: Some(track),
                embedding: Some(rows.len() / LENGTH),
                ..Face::at(0, frame, [person as f32 * 50.0, 0.0, 40.0, 40.0])
            });
            rows.extend(embedding(person, track * 100 + moment, 1.4));
        }
    }
    let rows = Array2::from_shape_vec((faces_all.len(), LENGTH), rows).unwrap();
    let mut fixed = options();
    fixed.calibrate = false;
    let split = group(&faces_all, rows.view(), &fixed).unwrap();
    let grouping = group(&faces_all, rows.view(), &options()).unwrap();
    assert_eq!(grouping.cut.source, CutSource::Video);
    assert!(grouping.cut.threshold < fixed.threshold);
    assert_eq!(grouping.groups.len(), 4);
    assert!(split.groups.len() > 4);
}
