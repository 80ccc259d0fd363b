// SPDX-License-Identifier: MIT OR Apache-2.0
//! Against all pictures kept, by embedding.
//!
//! Up to [`EXHAUSTIVE`] rows are compared with all kept before. Above, some rows are drawn as
//! pivots: a kept row is assigned to the few pivots most similar to it, and a row is compared with
//! what is assigned to its own ones. Some duplicates are missed then, none is made up. (The
//! neighbour lists of `cluster::linkage` do not fit: they are cut to a length, and a duplicate whose
//! list holds removed ones only would stay or make a chain.)

use fastrand::Rng;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

use super::{Nearest, Verdict};
use crate::index::{Exact, most_similar};

/// Up to this many rows all are compared.
const EXHAUSTIVE: usize = 4096;
/// Rows a pivot has on average.
const GATHERED: usize = 64;
/// Most pivots: comparing with them must not outgrow the rest.
const MOST_PIVOTS: usize = 2048;
/// Pivots that a row is looked for under.
const SPREAD: usize = 6;
/// Pivots that a kept row is assigned to: with more of them more are found, and it takes as much
/// longer.
const ASSIGNED: usize = 2;

/// For each row the nearest earlier one that is kept, as far as it was found, the first of equals. `threshold` is the largest cosine distance. A row of zeros or with a number that is
/// none is nobody's duplicate.
pub fn cosine_duplicates(rows: ArrayView2<'_, f32>, threshold: f32) -> Vec<Verdict<f32>> {
    duplicates(rows, threshold, EXHAUSTIVE)
}

fn duplicates(rows: ArrayView2<'_, f32>, threshold: f32, exhaustive: usize) -> Vec<Verdict<f32>> {
    let lengths: Vec<f32> = rows.rows().into_iter().map(|row| row.dot(&row).sqrt()).collect();
    let pivots = if rows.nrows() <= exhaustive {
        // One for all.
        Array2::zeros((1, rows.ncols()))
    } else {
        draw(rows, &lengths)
    };
    let assignment = assign(rows, pivots.view());
    // What was kept, under its pivots.
    let mut assigned: Vec<Vec<u32>> = vec![Vec::new(); pivots.nrows()];
    let mut compared_for = vec![u32::MAX; rows.nrows()];
    let mut found = Vec::with_capacity(rows.nrows());
    for (index, row) in rows.rows().into_iter().enumerate() {
        let length = lengths[index];
        if !(length.is_normal() && length.is_finite()) {
            found.push(Verdict { nearest: None, is_duplicate: false });
            continue;
        }
        let own = assignment.row(index);
        let mut best: Option<Nearest<f32>> = None;
        for &pivot in own {
            for &other in assigned.get(pivot as usize).into_iter().flatten() {
                let other = other as usize;
                // The same under another pivot.
                if std::mem::replace(&mut compared_for[other], index as u32) == index as u32 {
                    continue;
                }
                let distance = distance(row, rows.row(other), length * lengths[other]);
                if best.is_none_or(|b| (distance, other) < (b.distance, b.index)) {
                    best = Some(Nearest { index: other, distance });
                }
            }
        }
        let is_duplicate = best.is_some_and(|best| best.distance <= threshold);
        if !is_duplicate {
            for &pivot in own.iter().take(ASSIGNED) {
                if let Some(assigned) = assigned.get_mut(pivot as usize) {
                    assigned.push(index as u32);
                }
            }
        }
        found.push(Verdict { nearest: best, is_duplicate });
    }
    found
}

/// Equal rows have none, whatever was rounded on the way.
fn distance(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>, lengths: f32) -> f32 {
    let distance = 1.0 - a.dot(&b) / lengths;
    if distance > 1e-5 {
        distance
    } else if a == b {
        0.0
    } else {
        distance.max(f32::EPSILON)
    }
}

/// Unit vectors of rows drawn as pivots, always the same.
fn draw(rows: ArrayView2<'_, f32>, lengths: &[f32]) -> Array2<f32> {
    let count = (rows.nrows() / GATHERED).clamp(1, MOST_PIVOTS);
    let mut drawn = Rng::with_seed(0).choose_multiple(0..rows.nrows(), count);
    drawn.sort_unstable();
    let mut pivots = rows.select(Axis(0), &drawn);
    for (mut pivot, index) in pivots.rows_mut().into_iter().zip(drawn) {
        pivot /= lengths[index].max(f32::MIN_POSITIVE);
    }
    pivots
}

/// The pivots most similar to each row, the first ones those that it is assigned to.
fn assign(rows: ArrayView2<'_, f32>, pivots: ArrayView2<'_, f32>) -> Array2<u32> {
    let spread = SPREAD.min(pivots.nrows());
    let mut assignment = Array2::zeros((rows.nrows(), spread));
    if spread == 1 {
        return assignment;
    }
    let mut best = Vec::with_capacity(spread + 1);
    Exact::new(pivots).each(rows, |row, similar| {
        most_similar(similar, spread, &mut best);
        let own = assignment.row_mut(row);
        own.into_iter().zip(&best).for_each(|(own, pivot)| *own = pivot.row as u32);
    });
    assignment
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Unit vectors around centres, as near as `noise` allows.
    fn people(count: usize, centres: usize, noise: f32) -> Array2<f32> {
        let mut rng = Rng::with_seed(7);
        let mut direction = |_| {
            let values: Vec<f32> = (0..32).map(|_| rng.f32() + rng.f32() - 1.0).collect();
            let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
            values.into_iter().map(move |v| v / length).collect::<Vec<f32>>()
        };
        let heads: Vec<Vec<f32>> = (0..centres).map(&mut direction).collect();
        let mut rows = Array2::zeros((count, 32));
        for (index, mut row) in rows.rows_mut().into_iter().enumerate() {
            let own = direction(index);
            for (value, (head, own)) in row.iter_mut().zip(heads[index % centres].iter().zip(own)) {
                *value = head + noise * own;
            }
        }
        rows
    }

    #[test]
    fn leaders_miss_few_and_make_none_up() {
        let rows = people(3000, 300, 0.5);
        let exact = duplicates(rows.view(), 0.25, usize::MAX);
        let near = duplicates(rows.view(), 0.25, 0);
        let count = |found: &[Verdict<f32>]| found.iter().filter(|v| v.is_duplicate).count();
        assert!(count(&exact) > 2000, "{}", count(&exact));
        assert!(count(&near) as f32 > 0.95 * count(&exact) as f32, "{}", count(&near));
        for (index, found) in near.iter().enumerate() {
            if let (Some(nearest), true) = (found.nearest, found.is_duplicate) {
                assert!(nearest.index < index && !near[nearest.index].is_duplicate);
                assert!(nearest.distance <= 0.25);
            }
        }
    }

    /// Each is .13 from the one before: video-to-faces would keep the first alone.
    #[test]
    fn no_chains_through_what_was_removed() {
        let rows = Array2::from_shape_fn((4, 2), |(i, c)| {
            let angle = i as f32 * 30f32.to_radians();
            if c == 0 { angle.cos() } else { angle.sin() }
        });
        let found = cosine_duplicates(rows.view(), 0.25);
        let gone: Vec<bool> = found.iter().map(|verdict| verdict.is_duplicate).collect();
        assert_eq!(gone, [false, true, false, true]);
    }

    #[test]
    fn threshold_0_removes_the_same_only_and_nothing_is_no_duplicate() {
        let rows = array![[0.6f32, 0.8], [0.6, 0.8], [0.6, 0.81], [0.0, 0.0], [0.0, 0.0]];
        let found: Vec<_> = cosine_duplicates(rows.view(), 0.0)
            .iter()
            .map(|v| v.nearest.filter(|_| v.is_duplicate).map(|n| n.index))
            .collect();
        assert_eq!(found, [None, Some(0), None, None, None]);
        let sick = array![[f32::NAN, 1.0], [f32::NAN, 1.0]];
        assert!(cosine_duplicates(sick.view(), 2.0).iter().all(|v| !v.is_duplicate));
        assert!(cosine_duplicates(Array2::zeros((0, 2)).view(), 0.25).is_empty());
    }
}
