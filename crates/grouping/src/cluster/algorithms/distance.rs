// SPDX-License-Identifier: MIT OR Apache-2.0
//! Distances between all rows, tile by tile: memory stays the same however many rows there are.

use imaging::choice::{Choice, Worded};
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, s};

/// Rows of a tile: all distances of so many come before those of any row after them.
pub(super) const ROWS_AT_ONCE: usize = 256;
/// Rows and columns of a tile.
const TILE: (usize, usize) = (ROWS_AT_ONCE, 1024);
/// Cosine distances below this, or squared ones in parts of the squared lengths, are rounding:
/// identical rows are at 0 exactly, so that a threshold of 0 finds them.
const ROUNDING: f64 = 1e-13;

/// How far apart two vectors are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Metric {
    /// 1 - cosine of the angle, 0 to 2; 1 for a vector of no length.
    #[default]
    Cosine,
    /// Length of the difference.
    Euclidean,
}

impl Choice for Metric {
    const ALL: &'static [Worded<Self>] = &[
        Worded::new(Self::Cosine, "cosine", "1 - cosine, 0 to 2"),
        Worded::new(
            Self::Euclidean,
            "euclidean",
            "Length of the difference, on the scale of the network's own vectors",
        ),
    ];
}

impl Metric {
    /// The distance of two vectors, from their product and their own squared lengths.
    pub(super) fn distance(self, product: f64, squares: (f64, f64)) -> f64 {
        match self {
            Self::Cosine => {
                let lengths = (squares.0 * squares.1).sqrt();
                let distance = if lengths > 0.0 { 1.0 - product / lengths } else { 1.0 };
                if distance < ROUNDING { 0.0 } else { distance.min(2.0) }
            }
            Self::Euclidean => {
                let squared = squares.0 + squares.1 - 2.0 * product;
                if squared < ROUNDING * (squares.0 + squares.1) { 0.0 } else { squared.sqrt() }
            }
        }
    }
}

/// Calls `visit` with a row's index, the index of a first column, and the distances of that row to
/// the rows from there on; every pair of rows comes both ways, also a row with itself.
pub(super) fn visit(
    rows: ArrayView2<'_, f32>,
    metric: Metric,
    mut visit: impl FnMut(usize, usize, &[f64]),
) {
    tiles(rows, metric, false, &mut visit);
}

/// The same for each pair of rows once: the columns are behind the row.
pub(super) fn visit_pairs(
    rows: ArrayView2<'_, f32>,
    metric: Metric,
    mut visit: impl FnMut(usize, usize, &[f64]),
) {
    tiles(rows, metric, true, &mut |row, first, distances: &[f64]| {
        let before = (row + 1).saturating_sub(first);
        if let Some(behind) = distances.get(before..) {
            visit(row, first + before, behind);
        }
    });
}

/// Distances of all pairs in the order (0, 1), (0, 2), … (1, 2), …
pub(super) fn condensed(rows: ArrayView2<'_, f32>, metric: Metric) -> Vec<f32> {
    let count = rows.nrows();
    let mut all = vec![0.0; count * count.saturating_sub(1) / 2];
    visit_pairs(rows, metric, |row, first, distances| {
        let start = row * (2 * count - row - 1) / 2 + first - row - 1;
        for (place, distance) in all[start..].iter_mut().zip(distances) {
            *place = *distance as f32;
        }
    });
    all
}

fn tiles(
    rows: ArrayView2<'_, f32>,
    metric: Metric,
    above_diagonal: bool,
    visit: &mut impl FnMut(usize, usize, &[f64]),
) {
    let square = |row: ArrayView1<'_, f32>| row.iter().map(|v| f64::from(*v).powi(2)).sum();
    let squares: Vec<f64> = rows.axis_iter(Axis(0)).map(square).collect();
    let count = squares.len();
    let mut distances = Vec::with_capacity(TILE.1);
    for top in (0..count).step_by(TILE.0) {
        let bottom = (top + TILE.0).min(count);
        let high: Array2<f64> = rows.slice(s![top..bottom, ..]).mapv(f64::from);
        let start = if above_diagonal { top } else { 0 };
        for left in (start..count).step_by(TILE.1) {
            let right = (left + TILE.1).min(count);
            let wide = rows.slice(s![left..right, ..]).mapv(f64::from);
            let products = high.dot(&wide.t());
            for (row, products) in (top..).zip(products.axis_iter(Axis(0))) {
                let pairs = products.into_iter().zip(&squares[left..right]);
                distances.clear();
                distances
                    .extend(pairs.map(|(p, other)| metric.distance(*p, (squares[row], *other))));
                visit(row, left, &distances);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn both_metrics_by_hand() {
        let rows = arr2(&[[3.0, 4.0], [0.0, 5.0], [-3.0, -4.0], [0.0, 0.0]]);
        let close = |found: Vec<f32>, expected: [f32; 6]| {
            assert!(found.iter().zip(expected).all(|(f, e)| (f - e).abs() < 1e-6), "{found:?}");
        };
        // scipy.spatial.distance.pdist; it has no cosine for a vector of no length.
        close(condensed(rows.view(), Metric::Cosine), [0.2, 2.0, 1.0, 1.8, 1.0, 1.0]);
        let euclidean = [10f32.sqrt(), 10.0, 5.0, 90f32.sqrt(), 5.0, 5.0];
        close(condensed(rows.view(), Metric::Euclidean), euclidean);
    }

    /// More rows than a tile has, against one pair at a time.
    #[test]
    fn tiles_fit_together() {
        let rows = Array2::from_shape_fn((1100, 3), |(i, j)| ((i * 7 + j * 13) % 101) as f32);
        let all = condensed(rows.view(), Metric::Euclidean);
        let mut place = 0;
        for a in 0..1100 {
            for b in a + 1..1100 {
                let exact = (&rows.row(a) - &rows.row(b)).mapv(|v| v * v).sum().sqrt();
                assert!((all[place] - exact).abs() < 1e-4);
                place += 1;
            }
        }
        let mut seen = 0;
        visit(rows.view(), Metric::Euclidean, |row, first, distances| {
            seen += distances.len();
            if first <= row && row < first + distances.len() {
                assert_eq!(distances[row - first], 0.0);
            }
        });
        assert_eq!(seen, 1100 * 1100);
    }

    #[test]
    fn identical_rows_are_at_zero() {
        let row = [0.267_261_24, 0.534_522_5, 0.801_783_74];
        for metric in [Metric::Cosine, Metric::Euclidean] {
            assert_eq!(condensed(arr2(&[row, row]).view(), metric), [0.0]);
        }
    }
}
