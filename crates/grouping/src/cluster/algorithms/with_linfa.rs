// SPDX-License-Identifier: MIT OR Apache-2.0
//! `linfa-clustering` on our rows. It stands on ndarray 0.16 and rand 0.8, everything else here on
//! newer ones: rows and labels cross over in this file and nowhere else.

use linfa::traits::{Fit, Predict, Transformer};
use linfa::{DatasetBase, Float};
use linfa_clustering::{Dbscan, GaussianMixtureModel, KMeans};
use linfa_nn::CommonNearestNeighbour;
use linfa_nn::distance::{Distance, L2Dist};
use ndarray::ArrayView2;
use ndarray_016::{self as theirs, ArrayView, Dimension};
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::cluster::linkage::dense;

/// What rounding can add to the square of a distance of identical rows; cosines of 5e-14.
const ROUNDING: f64 = 1e-13;
/// Sums that grow side by side.
const LANES: usize = 16;

/// Cluster of each row: the best of linfa's ten k-means++ starts. Fewer clusters than asked for
/// come out where there are fewer different rows.
pub(super) fn kmeans(rows: ArrayView2<'_, f32>, clusters: usize, seed: u64) -> Vec<usize> {
    let fitted = cross(rows, |rows| {
        let random = Xoshiro256Plus::seed_from_u64(seed);
        let parameters = KMeans::params_with(clusters, random, Euclidean);
        let model = parameters.fit(&DatasetBase::from(rows)).ok()?;
        Some(model.predict(&rows).to_vec())
    });
    // Nothing to cluster: linfa has errors for that.
    fitted.unwrap_or_else(|| vec![0; rows.nrows()])
}

/// Component of each row of a mixture of Gaussians with full covariances, to whose diagonals
/// `least_variance` is added. `None` where it has no solution: a component that lost all its rows,
/// no convergence.
pub(super) fn gaussian_mixture(
    rows: ArrayView2<'_, f64>,
    components: usize,
    seed: u64,
    least_variance: f64,
) -> Option<Vec<usize>> {
    cross(rows, |rows| {
        let parameters = GaussianMixtureModel::params(components)
            .with_rng(Xoshiro256Plus::seed_from_u64(seed))
            .reg_covariance(least_variance);
        let model = parameters.fit(&DatasetBase::from(rows)).ok()?;
        Some(model.predict(&rows).to_vec())
    })
}

/// Cluster of each row of length one by the cosine distance `eps`; `None` for noise.
pub(super) fn dbscan(rows: ArrayView2<'_, f32>, eps: f32, min_points: usize) -> Vec<Option<usize>> {
    // Of unit vectors the square of the Euclidean distance is twice the cosine's. linfa asks for
    // less than the tolerance, and for one above 0; we for at most `eps`, which may be 0.
    let tolerance = (2.0 * f64::from(eps) * (1.0 + 1e-6) + ROUNDING).sqrt() as f32;
    let found = cross(rows, |rows| {
        // Trees gain nothing in so many dimensions, and a row often repeated makes one deep.
        let search = CommonNearestNeighbour::LinearSearch;
        // It wants two points at least: with one, whoever is alone is a cluster too.
        let parameters = Dbscan::params_with(min_points.max(2), Euclidean, search);
        Some(parameters.tolerance(tolerance).transform(&rows).ok()?.to_vec())
    });
    let labels = found.unwrap_or_else(|| vec![None; rows.nrows()]);
    if min_points > 1 {
        return labels;
    }
    let clusters = labels.len();
    let alone = labels.iter().enumerate().map(|(row, label)| label.unwrap_or(clusters + row));
    dense(&alone.collect::<Vec<_>>()).into_iter().map(Some).collect()
}

/// linfa's `L2Dist`, which adds up one number after the other, in lanes.
#[derive(Debug, Clone)]
struct Euclidean;

impl<F: Float> Distance<F> for Euclidean {
    fn distance<D: Dimension>(&self, a: ArrayView<'_, F, D>, b: ArrayView<'_, F, D>) -> F {
        self.rdistance(a, b).sqrt()
    }

    fn rdistance<D: Dimension>(&self, a: ArrayView<'_, F, D>, b: ArrayView<'_, F, D>) -> F {
        match (a.as_slice(), b.as_slice()) {
            (Some(a), Some(b)) => squared(a, b),
            _ => L2Dist.rdistance(a, b),
        }
    }

    fn rdist_to_dist(&self, squared: F) -> F {
        squared.sqrt()
    }

    fn dist_to_rdist(&self, distance: F) -> F {
        distance.powi(2)
    }
}

fn squared<F: Float>(a: &[F], b: &[F]) -> F {
    let ((a, last_a), (b, last_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [F::zero(); LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            let difference = a[lane] - b[lane];
            sums[lane] += difference * difference;
        }
    }
    let rest = last_a.iter().zip(last_b).map(|(a, b)| (*a - *b) * (*a - *b));
    sums.into_iter().chain(rest).fold(F::zero(), |sum, square| sum + square)
}

/// Calls `then` with the rows as linfa's ndarray has them, without a copy where they lie side by
/// side; not at all where there are none, or of no length.
fn cross<T: Copy, R>(
    rows: ArrayView2<'_, T>,
    then: impl FnOnce(theirs::ArrayView2<'_, T>) -> Option<R>,
) -> Option<R> {
    if rows.is_empty() {
        return None;
    }
    let rows = rows.as_standard_layout();
    then(theirs::ArrayView2::from_shape(rows.dim(), rows.as_slice()?).ok()?)
}
