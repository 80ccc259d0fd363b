// SPDX-License-Identifier: MIT OR Apache-2.0
//! How well separated clusters are, without a ground truth: silhouette, Calinski-Harabasz, Davies-Bouldin.
//!
//! The definitions are scikit-learn's. None of the three exists for fewer than two clusters, or for
//! as many clusters as rows: then the answer is `None`, and so it is where labels and rows differ
//! in number.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, s};

use super::distance::{Metric, ROWS_AT_ONCE, visit};
use crate::cluster::linkage::dense;

/// What scikit-learn takes for zero in the Davies-Bouldin score.
const ZERO: f64 = 1e-8;
/// Centres nearer than this are one: their distance comes from products, and is rounding.
const ONE_POINT: f64 = 1e-9;
/// Clusters of all labellings that are summed up at once: 128 MB.
const AT_ONCE: usize = 65_536;

/// Mean silhouette of all rows, -1 to 1 (higher is better): how much closer a row is to its own
/// cluster than to the next. A row alone in its cluster counts 0.
pub fn silhouette(rows: ArrayView2<'_, f32>, labels: &[usize], metric: Metric) -> Option<f64> {
    silhouettes(rows, &[labels], metric).pop().flatten()
}

/// The silhouettes of several labellings of the same rows, at about the price of one.
pub fn silhouettes(
    rows: ArrayView2<'_, f32>,
    labellings: &[&[usize]],
    metric: Metric,
) -> Vec<Option<f64>> {
    let all: Vec<Option<Labels>> =
        labellings.iter().map(|labels| Labels::new(rows, labels)).collect();
    let defined: Vec<&Labels> = all.iter().flatten().collect();
    let mut means = Vec::with_capacity(defined.len());
    let mut from = 0;
    while from < defined.len() {
        let mut clusters = 0;
        let fit = defined[from..].iter().take_while(|labels| {
            clusters += labels.sizes.len();
            clusters <= AT_ONCE
        });
        let to = from + fit.count().max(1);
        means.extend(together(rows, &defined[from..to], metric));
        from = to;
    }
    let mut means = means.into_iter();
    all.iter().map(|labels| labels.as_ref().and_then(|_| means.next())).collect()
}

/// The same for labellings whose clusters fit into memory together.
fn together(rows: ArrayView2<'_, f32>, labellings: &[&Labels], metric: Metric) -> Vec<f64> {
    let count = rows.nrows();
    // For each labelling, sums of distances to each cluster of the rows that are on their way: a
    // row is through before one that takes its place comes.
    let mut sums: Vec<Array2<f64>> = labellings
        .iter()
        .map(|labels| Array2::zeros((ROWS_AT_ONCE.min(count), labels.sizes.len())))
        .collect();
    let mut totals = vec![0.0; labellings.len()];
    visit(rows, metric, |row, first, distances| {
        for ((labels, sums), total) in labellings.iter().zip(&mut sums).zip(&mut totals) {
            let mut sums = sums.row_mut(row % ROWS_AT_ONCE);
            for (label, distance) in labels.of[first..].iter().zip(distances) {
                sums[*label] += distance;
            }
            if first + distances.len() == count {
                *total += labels.of_row(labels.of[row], sums.iter());
                sums.fill(0.0);
            }
        }
    });
    totals.iter().map(|total| total / count as f64).collect()
}

/// Spread between clusters over spread within them, above 0 (higher is better).
pub fn calinski_harabasz(rows: ArrayView2<'_, f32>, labels: &[usize]) -> Option<f64> {
    let labels = Labels::new(rows, labels)?;
    let centres = labels.centres(rows);
    let mean = rows.mapv(f64::from).mean_axis(Axis(0))?;
    let between: f64 = (centres.axis_iter(Axis(0)).zip(&labels.sizes))
        .map(|(centre, size)| *size as f64 * squared(centre, mean.view()))
        .sum();
    let within: f64 = labels.distances(rows, &centres).iter().map(|d| d * d).sum();
    let (clusters, count) = (labels.sizes.len() as f64, labels.of.len() as f64);
    let ratio = between * (count - clusters) / (within * (clusters - 1.0));
    Some(if within == 0.0 { 1.0 } else { ratio })
}

/// Mean over clusters of the worst ratio of two clusters' radii to the distance of their centres,
/// from 0 (lower is better).
pub fn davies_bouldin(rows: ArrayView2<'_, f32>, labels: &[usize]) -> Option<f64> {
    let labels = Labels::new(rows, labels)?;
    let centres = labels.centres(rows);
    let mut radii = vec![0.0; labels.sizes.len()];
    for (label, distance) in labels.of.iter().zip(labels.distances(rows, &centres)) {
        radii[*label] += distance / labels.sizes[*label] as f64;
    }
    let norms: Vec<f64> = centres.rows().into_iter().map(|row| row.dot(&row)).collect();
    let (mut total, mut apart) = (0.0, 0.0f64);
    for first in (0..radii.len()).step_by(ROWS_AT_ONCE) {
        let last = (first + ROWS_AT_ONCE).min(radii.len());
        let products = centres.slice(s![first..last, ..]).dot(&centres.t());
        for (a, products) in (first..last).zip(products.rows()) {
            let mut worst = 0.0f64;
            for (b, product) in products.iter().enumerate().filter(|(b, _)| *b != a) {
                let distance = (norms[a] + norms[b] - 2.0 * product).max(0.0).sqrt();
                apart = apart.max(distance);
                // Clusters on one point: no distance to relate to.
                if distance > ONE_POINT {
                    worst = worst.max((radii[a] + radii[b]) / distance);
                }
            }
            total += worst;
        }
    }
    let nothing = radii.iter().all(|radius| *radius <= ZERO) || apart <= ZERO;
    Some(if nothing { 0.0 } else { total / labels.sizes.len() as f64 })
}

/// A labelling for which the scores exist.
struct Labels {
    /// Dense, one a row.
    of: Vec<usize>,
    sizes: Vec<usize>,
}

impl Labels {
    fn new(rows: ArrayView2<'_, f32>, labels: &[usize]) -> Option<Self> {
        if labels.len() != rows.nrows() {
            return None;
        }
        let of = dense(labels);
        let mut sizes = vec![0; of.iter().max().map_or(0, |last| last + 1)];
        of.iter().for_each(|label| sizes[*label] += 1);
        (2..of.len()).contains(&sizes.len()).then_some(Self { of, sizes })
    }

    /// The silhouette of a row, from its sums of distances to each cluster.
    fn of_row<'a>(&self, own: usize, sums: impl Iterator<Item = &'a f64>) -> f64 {
        if self.sizes[own] < 2 {
            return 0.0;
        }
        let (mut inside, mut nearest) = (0.0, f64::INFINITY);
        for (cluster, (sum, size)) in sums.zip(&self.sizes).enumerate() {
            if cluster == own {
                inside = sum / (*size as f64 - 1.0);
            } else {
                nearest = nearest.min(sum / *size as f64);
            }
        }
        let scale = inside.max(nearest);
        if scale > 0.0 { (nearest - inside) / scale } else { 0.0 }
    }

    fn centres(&self, rows: ArrayView2<'_, f32>) -> Array2<f64> {
        let mut centres = Array2::zeros((self.sizes.len(), rows.ncols()));
        for (row, label) in rows.axis_iter(Axis(0)).zip(&self.of) {
            centres.row_mut(*label).zip_mut_with(&row, |sum, v| *sum += f64::from(*v));
        }
        for (mut centre, size) in centres.axis_iter_mut(Axis(0)).zip(&self.sizes) {
            centre /= *size as f64;
        }
        centres
    }

    /// Of each row to the centre of its cluster.
    fn distances(&self, rows: ArrayView2<'_, f32>, centres: &Array2<f64>) -> Vec<f64> {
        let distance = |(row, label): (ArrayView1<'_, f32>, &usize)| {
            let pairs = row.into_iter().zip(centres.row(*label));
            pairs.map(|(v, c)| (f64::from(*v) - c).powi(2)).sum::<f64>().sqrt()
        };
        rows.axis_iter(Axis(0)).zip(&self.of).map(distance).collect()
    }
}

fn squared(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    const ROWS: [[f32; 2]; 9] = [
        [0.0, 0.0],
        [0.0, 1.0],
        [1.0, 0.0],
        [5.0, 5.0],
        [5.0, 6.0],
        [6.0, 5.0],
        [9.0, 0.0],
        [9.0, 1.5],
        [2.0, 2.0],
    ];

    #[track_caller]
    fn is(found: Option<f64>, expected: f64) {
        assert!(found.is_some_and(|f| (f - expected).abs() < 1e-9), "{found:?} != {expected}");
    }

    /// Values of scikit-learn 1.9.1: silhouette_score, calinski_harabasz_score,
    /// davies_bouldin_score.
    #[test]
    fn are_those_of_scikit_learn() {
        let rows = arr2(&ROWS);
        let later = rows.slice(s![1.., ..]);
        for (labels, expected) in [
            (
                [0, 0, 0, 1, 1, 1, 2, 2, 0],
                [0.747_446_685_927_813_2, 52.581_151_832_460_726, 0.260_388_197_762_005_34],
            ),
            // The last row is alone, and the labels have gaps.
            (
                [4, 4, 4, 7, 7, 7, 9, 9, 1],
                [0.592_733_768_297_640_2, 63.144_078_144_078_144, 0.258_346_603_258_180_26],
            ),
        ] {
            is(silhouette(rows.view(), &labels, Metric::Euclidean), expected[0]);
            is(calinski_harabasz(rows.view(), &labels), expected[1]);
            is(davies_bouldin(rows.view(), &labels), expected[2]);
        }
        let labels = [0, 0, 1, 1, 1, 2, 2, 0];
        is(silhouette(later, &labels, Metric::Cosine), 0.278_671_464_581_512_5);
    }

    #[test]
    fn several_labellings_at_once_are_each_on_its_own() {
        let rows = arr2(&ROWS);
        let all: [&[usize]; 4] = [
            &[0, 0, 0, 1, 1, 1, 2, 2, 0],
            &[0; 9],
            &[0, 1, 2, 3, 4, 5, 6, 7, 8],
            &[0, 0, 0, 1, 1, 1, 1, 1, 0],
        ];
        let together = silhouettes(rows.view(), &all, Metric::Euclidean);
        for (labels, found) in all.iter().zip(&together) {
            assert_eq!(silhouette(rows.view(), labels, Metric::Euclidean), *found);
        }
        assert_eq!((together[1], together[2]), (None, None));
    }

    /// More rows than a tile has and more clusters than are summed up at once, against the
    /// definition.
    #[test]
    fn many_rows_and_many_labellings() {
        let rows = Array2::from_shape_fn((1100, 2), |(i, j)| ((i * 7 + j * 13) % 101) as f32);
        let labels: Vec<usize> = (0..1100).map(|i| i % 3).collect();
        let single: Vec<usize> = (0..1100).map(|i| i % 1099).collect();
        let mut expected = 0.0;
        for a in 0..1100 {
            let mut sums = [0.0; 3];
            for b in 0..1100 {
                let off = &rows.row(a) - &rows.row(b);
                sums[b % 3] += f64::from(off.dot(&off)).sqrt();
            }
            let sizes = [367.0, 367.0, 366.0];
            let inside = sums[a % 3] / (sizes[a % 3] - 1.0);
            let outside = (0..3).filter(|c| *c != a % 3).map(|c| sums[c] / sizes[c]);
            let nearest = outside.fold(f64::INFINITY, f64::min);
            expected += (nearest - inside) / nearest.max(inside) / 1100.0;
        }
        let mut all: Vec<&[usize]> = vec![&single; 70];
        all[0] = &labels;
        all[65] = &labels;
        let found = silhouettes(rows.view(), &all, Metric::Euclidean);
        is(found[0], expected);
        is(found[65], expected);
        assert_eq!(found[1], found[69]);
    }

    /// docs/design/predecessors.md 1.11 #6: one cluster, or as many as rows, is no error.
    #[test]
    fn do_not_exist_for_one_cluster_nor_for_as_many_as_rows() {
        let rows = arr2(&ROWS);
        let each: Vec<usize> = (0..9).collect();
        for labels in [&[7; 9][..], &each, &[0, 1], &[]] {
            assert_eq!(silhouette(rows.view(), labels, Metric::Euclidean), None);
            assert_eq!(calinski_harabasz(rows.view(), labels), None);
            assert_eq!(davies_bouldin(rows.view(), labels), None);
        }
        let none = Array2::zeros((0, 4));
        assert_eq!(silhouette(none.view(), &[], Metric::Cosine), None);
    }

    /// scikit-learn says 0, 1 and 0 of clusters that all lie on one point.
    #[test]
    fn identical_rows() {
        let rows = Array2::ones((4, 3));
        let labels = [0, 0, 1, 1];
        assert_eq!(silhouette(rows.view(), &labels, Metric::Euclidean), Some(0.0));
        assert_eq!(calinski_harabasz(rows.view(), &labels), Some(1.0));
        assert_eq!(davies_bouldin(rows.view(), &labels), Some(0.0));
    }
}
