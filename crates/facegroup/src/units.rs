// SPDX-License-Identifier: MIT OR Apache-2.0
//! Embeddings of length one.

use ndarray::{Array2, ArrayView1};

/// The length of an embedding; `None` where it says nothing.
pub(crate) fn length(row: ArrayView1<'_, f32>) -> Option<f32> {
    let length = row.dot(&row).sqrt();
    (length.is_finite() && length > 0.0).then_some(length)
}

/// Brings rows to length one; those that say nothing become 0.
pub(crate) fn bring_to_one(rows: &mut Array2<f32>) {
    for mut row in rows.rows_mut() {
        match length(row.view()) {
            Some(length) => row /= length,
            None => row.fill(0.0),
        }
    }
}
