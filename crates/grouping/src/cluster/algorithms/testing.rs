// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vectors for the tests of the algorithms.

/// Unit rows at these angles, in degrees.
pub(super) fn at(angles: &[f32]) -> ndarray::Array2<f32> {
    ndarray::Array2::from_shape_fn((angles.len(), 2), |(i, j)| {
        let angle = angles[i].to_radians();
        if j == 0 { angle.cos() } else { angle.sin() }
    })
}
