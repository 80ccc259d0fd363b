// SPDX-License-Identifier: MIT OR Apache-2.0
//! Synthetic people: as many as wanted, some seen once and some thousands of times, some look alike.

use fastrand::Rng;
use ndarray::{Array2, ArrayView1};

/// Length of an embedding.
const DIMENSIONS: usize = 512;
/// Embeddings fill few of their dimensions well: the spread of dimension j falls as 1 / (1 + j/64).
/// That leaves about 150 effective ones, and strangers' cosines spread by .08 instead of .044.
const WELL_FILLED: f32 = 64.0;
/// Spread of the logarithm of a person's number of tracks.
const HEAVY_TAIL: f32 = 1.3;
/// People of a family look alike.
const FAMILY: usize = 5;
/// Part of the people that belong to a family.
const RELATED: f32 = 0.3;
/// Least and most a face resembles its person: mean and spread of usual ones.
const USUAL: (f32, f32) = (0.75, 0.07);
/// Part of the tracks that are hard, and how little they resemble their person.
const HARD: f32 = 0.05;
const HARD_RANGE: (f32, f32) = (0.34, 0.5);

/// Tracks and who they are of.
pub struct People {
    /// One unit row a track.
    pub vectors: Array2<f32>,
    /// Person of each track.
    pub truth: Vec<u32>,
    /// Family of each person; people without one have their own.
    pub families: Vec<usize>,
}

/// `tracks` unit vectors of `people` people in mixed order, always the same.
pub fn make(tracks: usize, people: usize) -> People {
    let mut rng = Rng::with_seed(1);
    let truth = sizes(tracks, people, &mut rng);
    let related = (people as f32 * RELATED) as usize;
    let families: Vec<usize> =
        (0..people).map(|p| if p < related { p / FAMILY } else { people + p }).collect();
    let mut vectors = Array2::zeros((tracks, DIMENSIONS));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let each = tracks.div_ceil(threads);
    std::thread::scope(|scope| {
        let parts = vectors.axis_chunks_iter_mut(ndarray::Axis(0), each);
        for (part, (mut rows, truth)) in parts.zip(truth.chunks(each)).enumerate() {
            let families = &families;
            scope.spawn(move || {
                for (place, (mut row, &person)) in
                    rows.rows_mut().into_iter().zip(truth).enumerate()
                {
                    let mut rng = Rng::with_seed(1 << 40 | (part * each + place) as u64);
                    let similarity = if rng.f32() < HARD {
                        HARD_RANGE.0 + (HARD_RANGE.1 - HARD_RANGE.0) * rng.f32()
                    } else {
                        (USUAL.0 + USUAL.1 * normal(&mut rng)).clamp(HARD_RANGE.1, 0.95)
                    };
                    let person = person as usize;
                    let centre = centre(person, families[person]);
                    row.assign(&mix(&centre, &direction(&mut rng), similarity));
                }
            });
        }
    });
    People { vectors, truth, families }
}

/// A person's own direction; those of a family share some of it, .2 to .4 as a cosine.
fn centre(person: usize, family: usize) -> Vec<f32> {
    let mut rng = Rng::with_seed(2 << 40 | person as u64);
    let shared = 0.2 + 0.2 * rng.f32();
    let own = direction(&mut rng);
    let family = direction(&mut Rng::with_seed(3 << 40 | family as u64));
    mix(&family, &own, shared.sqrt()).to_vec()
}

/// The unit vector at the given cosine from one direction towards another, about.
fn mix(a: &[f32], b: &[f32], cosine: f32) -> ndarray::Array1<f32> {
    let mut mixed = &ArrayView1::from(a) * cosine;
    mixed.scaled_add((1.0 - cosine * cosine).sqrt(), &ArrayView1::from(b));
    let norm = mixed.dot(&mixed).sqrt();
    mixed / norm
}

fn direction(rng: &mut Rng) -> Vec<f32> {
    let mut values: Vec<f32> =
        (0..DIMENSIONS).map(|j| normal(rng) / (1.0 + j as f32 / WELL_FILLED)).collect();
    let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
    values.iter_mut().for_each(|v| *v /= norm);
    values
}

/// Who each track is of: everybody once, the rest by a heavy-tailed distribution.
fn sizes(tracks: usize, people: usize, rng: &mut Rng) -> Vec<u32> {
    let mut weights: Vec<f64> =
        (0..people).map(|_| f64::from(HEAVY_TAIL * normal(rng)).exp()).collect();
    let mut sum = 0.0;
    for weight in &mut weights {
        sum += *weight;
        *weight = sum;
    }
    let mut truth: Vec<u32> = (0..tracks)
        .map(|track| {
            let drawn = rng.f64() * sum;
            let person = weights.partition_point(|weight| *weight < drawn).min(people - 1);
            if track < people { track as u32 } else { person as u32 }
        })
        .collect();
    rng.shuffle(&mut truth);
    truth
}

/// A normal deviate, by Box and Muller.
fn normal(rng: &mut Rng) -> f32 {
    (-2.0 * (1.0 - rng.f32()).ln()).sqrt() * (std::f32::consts::TAU * rng.f32()).cos()
}
