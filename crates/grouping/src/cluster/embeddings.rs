// SPDX-License-Identifier: MIT OR Apache-2.0
//! The embeddings of faces as unit vectors.

use ndarray::{Array1, Array2, ArrayView2};

use super::Face;

/// The embeddings as unit vectors, made when asked for: all of them may fill most of the memory there is.
pub struct Embeddings<'a> {
    rows: ArrayView2<'a, f32>,
}

impl<'a> Embeddings<'a> {
    /// Of these rows, one an embedding.
    pub fn new(rows: ArrayView2<'a, f32>) -> Self {
        Self { rows }
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        self.rows.ncols()
    }

    /// The unit vector of a face; `None` where its embedding is missing, not finite or of no length.
    pub fn of(&self, face: &Face) -> Option<Array1<f32>> {
        unit(self.rows.row(face.embedding?).to_owned())
    }

    /// The unit vectors of some faces, a row each; those without one are left out.
    pub fn of_all<'f>(&self, faces: impl IntoIterator<Item = &'f Face>) -> Array2<f32> {
        let vectors: Vec<Array1<f32>> =
            faces.into_iter().filter_map(|face| self.of(face)).collect();
        let mut rows = Array2::zeros((vectors.len(), self.dimensions()));
        for (mut row, vector) in rows.rows_mut().into_iter().zip(&vectors) {
            row.assign(vector);
        }
        rows
    }
}

/// The vector at length one, unless it is not finite or of no length.
fn unit(mut vector: Array1<f32>) -> Option<Array1<f32>> {
    let norm = vector.dot(&vector).sqrt();
    if !(norm.is_finite() && norm > 0.0) {
        return None;
    }
    vector /= norm;
    Some(vector)
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn rows_come_at_length_one_and_those_that_are_no_numbers_not_at_all() {
        let face = |row| Face { embedding: Some(row), ..Face::at(0, row as u64, [0.0; 4]) };
        let faces = [face(0), face(1), face(2)];
        let rows = arr2(&[[3.0, 4.0], [f32::NAN, 1.0], [0.0, 0.0]]);
        let embeddings = Embeddings::new(rows.view());
        assert!(embeddings.of(&faces[1]).is_none() && embeddings.of(&faces[2]).is_none());
        assert_eq!(embeddings.of_all(&faces), arr2(&[[0.6, 0.8]]));
    }
}
