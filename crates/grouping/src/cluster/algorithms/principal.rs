// SPDX-License-Identifier: MIT OR Apache-2.0
//! Principal components, for what works in few dimensions only.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array2, ArrayView2, Axis};

/// The rows in the directions in which they vary most, at most `most` of them; distances between
/// them only shrink.
pub(super) fn project(rows: ArrayView2<'_, f32>, most: usize) -> Array2<f64> {
    if rows.is_empty() {
        return Array2::zeros((rows.nrows(), 0));
    }
    let mut centred = rows.mapv(f64::from);
    if let Some(mean) = centred.mean_axis(Axis(0)) {
        centred -= &mean;
    }
    let width = centred.ncols();
    let scatter = centred.t().dot(&centred);
    let scatter = DMatrix::from_fn(width, width, |i, j| scatter[[i, j]]);
    let eigen = SymmetricEigen::new(scatter);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
    order.truncate(most);
    let axes =
        Array2::from_shape_fn((width, order.len()), |(i, j)| eigen.eigenvectors[(i, order[j])]);
    centred.dot(&axes)
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn the_widest_direction_comes_first() {
        // On the line (3, 4) / 5, with a little beside it.
        let rows = arr2(&[[3.0, 4.0], [-3.0, -4.0], [0.4, -0.3], [-0.4, 0.3]]);
        let found = project(rows.view(), 1);
        assert_eq!(found.dim(), (4, 1));
        let lengths: Vec<f64> = found.iter().map(|v| v.abs()).collect();
        for (length, expected) in lengths.iter().zip([5.0, 5.0, 0.0, 0.0]) {
            assert!((length - expected).abs() < 1e-6, "{lengths:?}");
        }
        assert_eq!(project(rows.view(), 16).dim(), (4, 2));
        assert_eq!(project(Array2::zeros((1, 3)).view(), 16), Array2::<f64>::zeros((1, 3)));
    }
}
