// SPDX-License-Identifier: MIT OR Apache-2.0
//! How far faces are from each other, whatever their groups (StreamFace's evaluation of features).

use ndarray::{ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};

/// Faces compared at most, taken evenly; StreamFace takes as many at random.
const MOST: usize = 30_000;
/// Nearest faces of each that are looked at, itself included; StreamFace's.
const NEIGHBOURS: usize = 5000;
/// Bars of a histogram over distances from 0 to 2.
const BARS: usize = 50;
/// Rows compared with all others at once.
const CHUNK: usize = 128;
/// Cosine distances looked at: 0.1 to 0.375 in steps of 0.025, StreamFace's.
const THRESHOLDS: [f32; 12] =
    [0.1, 0.125, 0.15, 0.175, 0.2, 0.225, 0.25, 0.275, 0.3, 0.325, 0.35, 0.375];

/// Distances between faces, each to its nearest ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Distances {
    /// Faces compared.
    pub faces: usize,
    /// Nearest faces of each that were looked at.
    pub neighbours: usize,
    /// Histogram of each face's least cosine distance, 50 bars from 0 to 2.
    pub nearest: Vec<u32>,
    /// The same of its mean distance.
    pub mean: Vec<u32>,
    /// The same of its largest.
    pub farthest: Vec<u32>,
    /// What distances on both sides of a threshold are, for 0.1 to 0.375.
    pub thresholds: Vec<AtThreshold>,
}

/// Distances below and above a threshold, means over the faces that have any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct AtThreshold {
    /// The cosine distance.
    pub threshold: f32,
    /// Faces with a neighbour below it.
    pub faces: usize,
    /// Neighbours below it, of all faces together.
    pub pairs: u64,
    /// Least distance below.
    pub least_below: Option<f64>,
    /// Mean distance below.
    pub mean_below: Option<f64>,
    /// Mean distance above.
    pub mean_above: Option<f64>,
    /// Largest distance above.
    pub most_above: Option<f64>,
}

/// Compares unit rows with their nearest ones. Time is that of the product of all rows; memory that of 128 rows with all.
///
/// ```
/// use grouping::metrics::distances;
/// use ndarray::arr2;
///
/// let rows = arr2(&[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
/// let found = distances(rows.view());
/// assert_eq!((found.faces, found.neighbours), (3, 2));
/// // Two of them have a neighbour at 0, the third has none nearer than 1.
/// assert_eq!((found.nearest[0], found.nearest[25]), (2, 1));
/// assert_eq!(found.thresholds[0].faces, 2);
/// ```
pub fn distances(rows: ArrayView2<'_, f32>) -> Distances {
    let step = rows.nrows().div_ceil(MOST).max(1);
    let rows = rows.slice(s![..;step, ..]);
    let count = rows.nrows();
    let neighbours = count.min(NEIGHBOURS).saturating_sub(1);
    let mut found = Distances {
        faces: count,
        neighbours,
        nearest: vec![0; BARS],
        mean: vec![0; BARS],
        farthest: vec![0; BARS],
        thresholds: Vec::new(),
    };
    if neighbours == 0 {
        return found;
    }
    let mut sums = THRESHOLDS.map(|threshold| (threshold, Sums::default()));
    for (chunk, own) in rows.axis_chunks_iter(Axis(0), CHUNK).enumerate() {
        let products = own.dot(&rows.t());
        for (offset, row) in products.rows().into_iter().enumerate() {
            let face = chunk * CHUNK + offset;
            let others = row.iter().enumerate().filter(|(other, _)| *other != face);
            let mut all: Vec<f32> = others.map(|(_, product)| (1.0 - product).max(0.0)).collect();
            if all.len() > neighbours {
                all.select_nth_unstable_by(neighbours - 1, f32::total_cmp);
                all.truncate(neighbours);
            }
            all.sort_unstable_by(f32::total_cmp);
            let mean = all.iter().map(|d| f64::from(*d)).sum::<f64>() / all.len() as f64;
            let (first, last) = (all.first().copied(), all.last().copied());
            count_in(&mut found.nearest, f64::from(first.unwrap_or_default()));
            count_in(&mut found.mean, mean);
            count_in(&mut found.farthest, f64::from(last.unwrap_or_default()));
            for (threshold, sums) in &mut sums {
                sums.add(all.split_at(all.partition_point(|distance| *distance <= *threshold)));
            }
        }
    }
    found.thresholds = sums.map(|(threshold, sums)| sums.at(threshold)).to_vec();
    found
}

fn count_in(bars: &mut [u32], distance: f64) {
    let bar = (distance / 2.0 * BARS as f64) as usize;
    if let Some(bar) = bars.get_mut(bar.min(BARS - 1)) {
        *bar += 1;
    }
}

/// Sums over faces.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    below: usize,
    above: usize,
    pairs: u64,
    least_below: f64,
    mean_below: f64,
    mean_above: f64,
    most_above: f64,
}

impl Sums {
    /// Takes the distances of a face, in order.
    fn add(&mut self, (below, above): (&[f32], &[f32])) {
        let mean =
            |part: &[f32]| part.iter().map(|d| f64::from(*d)).sum::<f64>() / part.len() as f64;
        if let Some(least) = below.first() {
            self.below += 1;
            self.pairs += below.len() as u64;
            self.least_below += f64::from(*least);
            self.mean_below += mean(below);
        }
        if let Some(most) = above.last() {
            self.above += 1;
            self.most_above += f64::from(*most);
            self.mean_above += mean(above);
        }
    }

    fn at(self, threshold: f32) -> AtThreshold {
        let mean = |sum: f64, of: usize| (of > 0).then(|| sum / of as f64);
        AtThreshold {
            threshold,
            faces: self.below,
            pairs: self.pairs,
            least_below: mean(self.least_below, self.below),
            mean_below: mean(self.mean_below, self.below),
            mean_above: mean(self.mean_above, self.above),
            most_above: mean(self.most_above, self.above),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ndarray::{Array2, arr2};

    use super::*;

    #[test]
    fn distances_on_both_sides_of_a_threshold_are_those_found_by_hand() {
        // 0 to 1: 0.2, 0 to 2: 1, 1 to 2: 0.4.
        let rows = arr2(&[[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]]);
        let found = distances(rows.view());
        let at = found.thresholds.iter().find(|at| at.threshold == 0.3).unwrap();
        assert_eq!((at.faces, at.pairs), (2, 2));
        assert!((at.least_below.unwrap() - 0.2).abs() < 1e-6);
        // Above: 1 of the first, 0.4 of the second, 0.4 and 1 of the third.
        assert!((at.mean_above.unwrap() - (1.0 + 0.4 + 0.7) / 3.0).abs() < 1e-6);
        assert!((at.most_above.unwrap() - (1.0 + 0.4 + 1.0) / 3.0).abs() < 1e-6);
        assert_eq!(found.thresholds[0].least_below, None);
    }

    #[test]
    fn of_many_faces_some_are_compared_and_of_none_nothing_is_said() {
        let rows = Array2::from_shape_fn((MOST + 1, 2), |(row, column)| {
            f32::from(u8::from(row % 2 == column))
        });
        // Every second one is taken: all are alike.
        let found = distances(rows.slice(s![..2001, ..]));
        assert_eq!((found.faces, found.neighbours), (2001, 2000));
        assert_eq!(rows.nrows().div_ceil(MOST), 2);
        let none = distances(Array2::zeros((0, 2)).view());
        assert_eq!((none.faces, none.neighbours, none.thresholds.len()), (0, 0, 0));
        assert_eq!(distances(Array2::zeros((1, 2)).view()).neighbours, 0);
    }
}
