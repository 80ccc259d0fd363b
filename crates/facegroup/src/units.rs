// SPDX-License-Identifier: MIT OR Apache-2.0
//! Embeddings of length one.

use ndarray::{Array1, Array2, ArrayView1};

/// The length of an embedding; `None` where it says nothing.
pub(crate) fn length(row: ArrayView1<'_, f32>) -> Option<f32> {
    let length = row.dot(&row).sqrt();
    (length.is_finite() && length > 0.0).then_some(length)
}

/// Mean of embeddings brought to length one, of those rows that are there; `None` where none says anything.
pub(crate) fn mean(
    embeddings: &Array2<f32>,
    rows: impl IntoIterator<Item = usize>,
) -> Option<Array1<f32>> {
    let mut sum = Array1::<f32>::zeros(embeddings.ncols());
    let mut count = 0;
    for row in rows.into_iter().filter(|row| *row < embeddings.nrows()) {
        let row = embeddings.row(row);
        if let Some(length) = length(row) {
            sum.scaled_add(1.0 / length, &row);
            count += 1;
        }
    }
    (count > 0).then(|| sum / count as f32)
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
