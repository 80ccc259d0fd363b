// SPDX-License-Identifier: MIT OR Apache-2.0
//! Removing what changes within a track: pose, light and expression are not the person.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::Face;
use super::template::{by_track, usable};

/// Directions removed. Measured on clips with truth: 0 to 6 get better, more gains nothing.
const DIRECTIONS: usize = 6;
/// Faces needed for each direction, so that chance is not taken for pose.
const FACES_A_DIRECTION: usize = 8;
/// A track with fewer embeddings tells nothing of how a face varies.
const LEAST_SAMPLES: usize = 3;
/// Rows worked on at a time.
const BLOCK: usize = 1024;

/// The embeddings as unit rows (rows that are not usable are zero) without the directions in which
/// the tracks of this video vary most; with all of them where there is too little evidence.
pub fn remove(faces: &[Face], embeddings: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut rows = Array2::zeros(embeddings.raw_dim());
    for face in faces {
        if let (Some(index), Some(row)) = (face.embedding, usable(face, &embeddings)) {
            rows.row_mut(index).assign(&row);
        }
    }
    normalise(&mut rows);
    if let Some(directions) = directions(faces, &rows) {
        // In blocks: the rows may fill most of the memory there is.
        for mut block in rows.axis_chunks_iter_mut(Axis(0), BLOCK) {
            let parts = block.dot(&directions.t());
            general_mat_mul(-1.0, &parts, &directions, 1.0, &mut block);
        }
        normalise(&mut rows);
    }
    rows
}

/// The strongest directions within tracks, one unit row each.
fn directions(faces: &[Face], rows: &Array2<f32>) -> Option<Array2<f32>> {
    let length = rows.ncols();
    let mut scatter = Array2::<f32>::zeros((length, length));
    let mut count = 0;
    for track in by_track(faces).filter(|track| track.len() > 1) {
        let indices: Vec<usize> = track.iter().filter_map(|&face| faces[face].embedding).collect();
        if indices.len() < LEAST_SAMPLES {
            continue;
        }
        let mut samples = rows.select(Axis(0), &indices);
        let mean = samples.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(length));
        samples -= &mean;
        general_mat_mul(1.0, &samples.t(), &samples, 1.0, &mut scatter);
        count += indices.len();
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

fn normalise(rows: &mut Array2<f32>) {
    for mut row in rows.rows_mut() {
        let norm = row.dot(&row).sqrt();
        if norm > 0.0 {
            row /= norm;
        }
    }
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
        let cleaned = remove(&faces, embeddings.view());
        assert!(cleaned.row(0).dot(&cleaned.row(2)) > 0.99);
        assert!(cleaned.row(0).dot(&cleaned.row(1)) < 0.01);
    }

    #[test]
    fn single_faces_stay_as_they_are() {
        let faces = [face(0, 0), face(1, 1)];
        let embeddings = arr2(&[[3.0, 4.0], [1.0, 0.0]]);
        let cleaned = remove(&faces, embeddings.view());
        assert!((cleaned[[0, 0]] - 0.6).abs() < 1e-6 && (cleaned[[1, 0]] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn rows_that_are_no_numbers_become_nothing() {
        let faces = [face(0, 0), face(1, 1)];
        let embeddings = arr2(&[[f32::NAN, 4.0], [1.0, 0.0]]);
        assert_eq!(remove(&faces, embeddings.view()).row(0).sum(), 0.0);
    }
}
