// SPDX-License-Identifier: MIT OR Apache-2.0
//! Linkage without the matrix against linkage with it, on ten thousand synthetic tracks.

use fastrand::Rng;
use grouping::cluster::{Constraints, average_linkage, sparse_linkage};
use grouping::metrics::bcubed;
use ndarray::Array2;

const TRACKS: usize = 10_000;
const PEOPLE: usize = 600;
const LENGTH: usize = 128;

/// A direction, nearly evenly distributed.
fn direction(rng: &mut Rng) -> Vec<f32> {
    let values: Vec<f32> = (0..LENGTH).map(|_| (0..8).map(|_| rng.f32() - 0.5).sum()).collect();
    let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
    values.into_iter().map(|v| v / norm).collect()
}

/// Tracks of people of whom some are seen often, each at a cosine of .5 to .95 to its person.
fn tracks() -> (Array2<f32>, Vec<usize>) {
    let mut rng = Rng::with_seed(11);
    let centres: Vec<_> = (0..PEOPLE).map(|_| direction(&mut rng)).collect();
    let mut truth = Vec::with_capacity(TRACKS);
    let mut rows = Array2::zeros((TRACKS, LENGTH));
    for mut row in rows.rows_mut() {
        // The square of an even number: the first people have the most tracks.
        let person = (rng.f32().powi(2) * PEOPLE as f32) as usize % PEOPLE;
        let similarity = 0.5 + 0.45 * rng.f32();
        let noise = direction(&mut rng);
        for ((value, centre), noise) in row.iter_mut().zip(&centres[person]).zip(noise) {
            *value = similarity * centre + (1.0 - similarity * similarity).sqrt() * noise;
        }
        truth.push(person);
    }
    (rows, truth)
}

#[test]
fn ten_thousand_tracks_group_as_with_the_matrix() {
    let (rows, truth) = tracks();
    let mut rng = Rng::with_seed(12);
    // Some of one person too: evidence is not always right, and it must be obeyed.
    let pairs = (0..2000).map(|_| (rng.usize(..TRACKS), rng.usize(..TRACKS)));
    let forbidden = Constraints::cannot_link(pairs.collect::<Vec<_>>());
    let exact = average_linkage(rows.dot(&rows.t()).view(), &forbidden, None);
    let sparse = sparse_linkage(rows.view(), &forbidden, 0.2);
    for cut in [0.2, 0.25, 0.3, 0.4, 0.5] {
        let labels = sparse.cut(cut);
        assert_eq!(labels, exact.cut(cut), "at {cut}");
        assert!(forbidden.pairs().iter().all(|&(a, b)| labels[a] != labels[b]));
    }
    // The task is neither trivial nor hopeless.
    let pairs: Vec<_> = sparse.cut(0.25).into_iter().zip(truth).collect();
    let f = bcubed(&pairs).f;
    assert!((0.9..0.999).contains(&f), "{f}");
}
