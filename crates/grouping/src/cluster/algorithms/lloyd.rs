// SPDX-License-Identifier: MIT OR Apache-2.0
//! K-means of one number of clusters, as scikit-learn 1.9 does it with `init="k-means++"` and
//! `n_init=1`: greedy seeding, Lloyd's steps, the same limits. Only the random numbers differ.

use fastrand::Rng;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// Most steps (scikit-learn's `max_iter`).
const STEPS: usize = 300;
/// Done when the centres move by no more than this part of the mean variance (its `tol`).
const TOLERANCE: f64 = 1e-4;

/// Cluster of each row. Fewer clusters than asked for come out where there are fewer different
/// rows.
pub(super) fn kmeans(rows: ArrayView2<'_, f32>, clusters: usize, seed: u64) -> Vec<usize> {
    let mut centres = seeds(rows, clusters, &mut Rng::with_seed(seed));
    let tolerance = TOLERANCE * variance(rows);
    let mut labels = Vec::new();
    for _ in 0..STEPS {
        let found = nearest(rows, &centres);
        if found == labels {
            break;
        }
        labels = found;
        let moved = means(rows, &mut labels, &centres);
        let shift: f64 = moved
            .axis_iter(Axis(0))
            .zip(centres.axis_iter(Axis(0)))
            .map(|(new, old)| squared(new, old))
            .sum();
        centres = moved;
        if shift <= tolerance {
            return nearest(rows, &centres);
        }
    }
    labels
}

/// Greedy k-means++: each further centre is the best of some rows that were drawn by their squared
/// distance to the centres so far.
fn seeds(rows: ArrayView2<'_, f32>, clusters: usize, random: &mut Rng) -> Array2<f32> {
    let count = rows.nrows();
    let mut chosen = Vec::new();
    if count == 0 || clusters == 0 {
        return Array2::zeros((0, rows.ncols()));
    }
    let distances = |centre: usize| -> Vec<f64> {
        rows.axis_iter(Axis(0)).map(|row| squared(row, rows.row(centre))).collect()
    };
    chosen.push(random.usize(..count));
    let mut closest = distances(chosen[0]);
    let trials = 2 + (clusters as f64).ln() as usize;
    while chosen.len() < clusters {
        let total: f64 = closest.iter().sum();
        if total <= 0.0 {
            // Every row is a centre already.
            break;
        }
        let drawn: Vec<usize> = (0..trials).map(|_| draw(&closest, random.f64() * total)).collect();
        let tried = drawn.into_iter().map(|candidate| {
            let mut closer = distances(candidate);
            closer.iter_mut().zip(&closest).for_each(|(new, old)| *new = new.min(*old));
            (closer.iter().sum::<f64>(), candidate, closer)
        });
        let Some((_, centre, closer)) = tried.min_by(|a, b| a.0.total_cmp(&b.0)) else {
            break;
        };
        chosen.push(centre);
        closest = closer;
    }
    rows.select(Axis(0), &chosen)
}

/// The row at which the weights, added up, pass `place`.
fn draw(weights: &[f64], place: f64) -> usize {
    let mut sum = 0.0;
    let passed = weights.iter().position(|weight| {
        sum += weight;
        sum > place
    });
    // Rounding can leave the end unreached: then the last row of any weight.
    passed.or_else(|| weights.iter().rposition(|weight| *weight > 0.0)).unwrap_or(0)
}

/// The nearest centre of each row, the first of several as near.
fn nearest(rows: ArrayView2<'_, f32>, centres: &Array2<f32>) -> Vec<usize> {
    let half: Vec<f32> = centres.axis_iter(Axis(0)).map(|c| c.dot(&c) / 2.0).collect();
    let products = rows.dot(&centres.t());
    let nearest = |products: ArrayView1<'_, f32>| {
        let distances = half.iter().zip(products).map(|(half, product)| half - product);
        let best = distances.enumerate().fold((0, f32::INFINITY), |best, (centre, distance)| {
            if distance < best.1 { (centre, distance) } else { best }
        });
        best.0
    };
    products.axis_iter(Axis(0)).map(nearest).collect()
}

/// The mean of each cluster. One that lost all its rows takes the row that is farthest from its own
/// centre, if any row is off its centre at all.
fn means(rows: ArrayView2<'_, f32>, labels: &mut [usize], centres: &Array2<f32>) -> Array2<f32> {
    let mut sizes = vec![0usize; centres.nrows()];
    labels.iter().for_each(|label| sizes[*label] += 1);
    let empty: Vec<usize> = (0..sizes.len()).filter(|cluster| sizes[*cluster] == 0).collect();
    if !empty.is_empty() {
        let mut off: Vec<(f64, usize)> = (rows.axis_iter(Axis(0)).zip(labels.iter()).enumerate())
            .map(|(row, (v, label))| (squared(v, centres.row(*label)), row))
            .filter(|(distance, _)| *distance > 0.0)
            .collect();
        off.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut off = off.into_iter();
        for cluster in empty {
            let taken = off.by_ref().find(|(_, row)| sizes[labels[*row]] > 1);
            if let Some((_, row)) = taken {
                sizes[labels[row]] -= 1;
                labels[row] = cluster;
                sizes[cluster] = 1;
            }
        }
    }
    let mut sums = Array2::<f64>::zeros(centres.raw_dim());
    for (row, label) in rows.axis_iter(Axis(0)).zip(labels.iter()) {
        sums.row_mut(*label).zip_mut_with(&row, |sum, v| *sum += f64::from(*v));
    }
    let mut means = centres.clone();
    for ((mut mean, sum), size) in
        means.axis_iter_mut(Axis(0)).zip(sums.axis_iter(Axis(0))).zip(&sizes)
    {
        if *size > 0 {
            mean.zip_mut_with(&sum, |mean, sum| *mean = (sum / *size as f64) as f32);
        }
    }
    means
}

/// Mean over the columns of their variances.
fn variance(rows: ArrayView2<'_, f32>) -> f64 {
    let count = (rows.nrows() as f64).max(1.0);
    let mut sums = Array1::<f64>::zeros(rows.ncols());
    let mut total = 0.0;
    for row in rows.axis_iter(Axis(0)) {
        sums.zip_mut_with(&row, |sum, v| *sum += f64::from(*v));
        total += row.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
    }
    (total / count - (sums.dot(&sums) / (count * count))) / (rows.ncols() as f64).max(1.0)
}

fn squared(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;
    use crate::cluster::linkage::dense;

    /// Three clouds and the mean variance that numpy says they have.
    fn clouds() -> Array2<f32> {
        Array2::from_shape_fn((30, 2), |(i, j)| {
            let centre = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]][i % 3][j];
            centre + ((i * 37 + j * 11) % 10) as f32 / 10.0
        })
    }

    #[test]
    fn clouds_are_found_whatever_the_seed() {
        let expected: Vec<usize> = (0..30).map(|i| i % 3).collect();
        for seed in 0..50 {
            assert_eq!(dense(&kmeans(clouds().view(), 3, seed)), expected, "seed {seed}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same() {
        let rows = Array2::from_shape_fn((200, 4), |(i, j)| ((i * 31 + j * 17) % 97) as f32);
        for seed in [0, 1, u64::MAX] {
            assert_eq!(kmeans(rows.view(), 7, seed), kmeans(rows.view(), 7, seed));
        }
        assert_ne!(kmeans(rows.view(), 7, 0), kmeans(rows.view(), 7, 1));
    }

    #[test]
    fn fewer_different_rows_than_clusters() {
        let rows = arr2(&[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
        for (clusters, expected) in [(1, [0, 0, 0]), (2, [0, 0, 1]), (3, [0, 0, 1])] {
            assert_eq!(dense(&kmeans(rows.view(), clusters, 0)), expected);
        }
        assert!(kmeans(Array2::zeros((0, 2)).view(), 3, 0).is_empty());
    }

    #[test]
    fn as_many_clusters_as_rows_are_one_each() {
        let rows = arr2(&[[0.0, 0.0], [0.0, 1.0], [5.0, 0.0], [9.0, 9.0]]);
        assert_eq!(dense(&kmeans(rows.view(), 4, 0)), [0, 1, 2, 3]);
    }

    #[test]
    fn an_empty_cluster_takes_the_farthest_row() {
        let rows = arr2(&[[0.0], [1.0], [8.0]]);
        let centres = arr2(&[[1.0], [100.0]]);
        let mut labels = vec![0, 0, 0];
        let moved = means(rows.view(), &mut labels, &centres);
        assert_eq!(moved, arr2(&[[0.5], [8.0]]));
        assert_eq!(labels, [0, 0, 1]);
    }

    #[test]
    fn variance_is_that_of_numpy() {
        // numpy.var(x, axis=0).mean()
        let rows = arr2(&[[0.0, 1.0], [2.0, 5.0], [4.0, 0.0]]);
        assert!((variance(rows.view()) - 3.666_666_666_666_667).abs() < 1e-9);
    }

    #[test]
    fn drawing_follows_the_weights() {
        assert_eq!(
            [0.0, 0.5, 1.0, 2.9].map(|place| draw(&[1.0, 0.0, 2.0, 0.0], place)),
            [0, 0, 2, 2]
        );
        assert_eq!(draw(&[1.0, 0.0], 1.0), 0);
    }
}
