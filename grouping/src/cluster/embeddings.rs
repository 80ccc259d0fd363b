// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is compared of faces: their embeddings without what changes within a track, as pose, light
//! and expression are not the person.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::linalg::{general_mat_mul, general_mat_vec_mul};
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::Face;
use super::template::by_track;

/// Directions removed. Measured on clips with truth: 0 to 6 get better, more gains nothing.
const DIRECTIONS: usize = 6;
/// Faces needed for each direction, so that chance is not taken for pose.
const FACES_A_DIRECTION: usize = 8;
/// A track with fewer embeddings tells nothing of how a face varies.
const LEAST_SAMPLES: usize = 3;

/// The embeddings as unit vectors, made when asked for: all of them may fill most of the memory
/// there is.
pub struct Looks<'a> {
    embeddings: ArrayView2<'a, f32>,
    /// The directions that are left out, one unit row each.
    removed: Option<Array2<f32>>,
}

impl<'a> Looks<'a> {
    /// The embeddings as they are.
    pub fn plain(embeddings: ArrayView2<'a, f32>) -> Self {
        Self { embeddings, removed: None }
    }

    /// Without the directions in which the tracks of this video vary most; with all of them where
    /// there is too little evidence.
    pub fn without_nuisance(faces: &[Face], embeddings: ArrayView2<'a, f32>) -> Self {
        let plain = Self::plain(embeddings);
        Self { removed: directions(faces, &plain), ..plain }
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        self.embeddings.ncols()
    }

    /// The look of a face; `None` where its embedding is missing, not finite or of no length.
    pub fn of(&self, face: &Face) -> Option<Array1<f32>> {
        let mut look = unit(self.embeddings.row(face.embedding?).to_owned())?;
        if let Some(removed) = &self.removed {
            let parts = removed.dot(&look);
            general_mat_vec_mul(-1.0, &removed.t(), &parts, 1.0, &mut look);
            look = unit(look)?;
        }
        Some(look)
    }

    /// The looks of some faces, a row each; those without one are left out.
    pub fn of_all<'f>(&self, faces: impl IntoIterator<Item = &'f Face>) -> Array2<f32> {
        let looks: Vec<Array1<f32>> = faces.into_iter().filter_map(|face| self.of(face)).collect();
        let mut rows = Array2::zeros((looks.len(), self.dimensions()));
        for (mut row, look) in rows.rows_mut().into_iter().zip(&looks) {
            row.assign(look);
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

/// The strongest directions within tracks, one unit row each.
fn directions(faces: &[Face], looks: &Looks<'_>) -> Option<Array2<f32>> {
    let length = looks.dimensions();
    let mut scatter = Array2::<f32>::zeros((length, length));
    let mut count = 0;
    for track in by_track(faces).filter(|track| track.len() > 1) {
        let mut samples = looks.of_all(track.iter().map(|&face| &faces[face]));
        if samples.nrows() < LEAST_SAMPLES {
            continue;
        }
        let mean = samples.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(length));
        samples -= &mean;
        general_mat_mul(1.0, &samples.t(), &samples, 1.0, &mut scatter);
        count += samples.nrows();
    }
    let wanted = DIRECTIONS.min(count / FACES_A_DIRECTION).min(length / 2);
    if wanted == 0 {
        return None;
    }
    let matrix = DMatrix::from_fn(length, length, |i, j| f64::from(scatter[[i, j]]));
    let eigen = SymmetricEigen::new(matrix);
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    // A direction in which faces vary no more than in any other is noise.
    let usual = eigen.eigenvalues.mean();
    order.retain(|&i| eigen.eigenvalues[i] > usual);
    let wanted = wanted.min(order.len());
    Some(Array2::from_shape_fn((wanted, length), |(i, j)| eigen.eigenvectors[(j, order[i])] as f32))
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    fn face(track: u64, embedding: usize) -> Face {
        Face {
            track: Some(track),
            embedding: Some(embedding),
            ..Face::at(0, embedding as u64, [0.0; 4])
        }
    }

    #[test]
    fn what_varies_within_tracks_goes_and_what_differs_between_them_stays() {
        // Two people told apart by the first two numbers; the third is their pose.
        let mut faces = Vec::new();
        let mut rows = Vec::new();
        for i in 0..16u64 {
            let pose = if i % 4 < 2 { 0.8 } else { -0.8 };
            rows.push(if i % 2 == 0 { [1.0, 0.0, pose, 0.0] } else { [0.0, 1.0, pose, 0.0] });
            faces.push(face(i % 2, i as usize));
        }
        let embeddings = Array2::from_shape_vec((16, 4), rows.concat()).unwrap_or_default();
        let looks = Looks::without_nuisance(&faces, embeddings.view()).of_all(&faces);
        assert!(looks.row(0).dot(&looks.row(2)) > 0.99);
        assert!(looks.row(0).dot(&looks.row(1)) < 0.01);
    }

    #[test]
    fn single_faces_stay_as_they_are() {
        let faces = [face(0, 0), face(1, 1)];
        let embeddings = arr2(&[[3.0, 4.0], [1.0, 0.0]]);
        let looks = Looks::without_nuisance(&faces, embeddings.view()).of_all(&faces);
        assert!((looks[[0, 0]] - 0.6).abs() < 1e-6 && (looks[[1, 0]] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn rows_that_are_no_numbers_become_nothing() {
        let faces = [face(0, 0), face(1, 1)];
        let embeddings = arr2(&[[f32::NAN, 4.0], [1.0, 0.0]]);
        let looks = Looks::without_nuisance(&faces, embeddings.view());
        assert!(looks.of(&faces[0]).is_none() && looks.of(&faces[1]).is_some());
    }
}
