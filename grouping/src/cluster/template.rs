// SPDX-License-Identifier: MIT OR Apache-2.0
//! One vector a track: soft pooling of its faces.
//!
//! The vector is the weighted mean of the unit embeddings and stays shorter than one: the product
//! of two such means is the mean similarity of the faces behind them, on one scale whether a track
//! has one face or sixteen. Unit templates would be the more alike the more faces they pool.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use tracing::warn;

use super::Face;

/// The faces that are certainly one person before any comparison: a track, or a single face.
#[derive(Debug, Clone)]
pub struct Template {
    /// Indices of the faces, those without embedding included.
    pub faces: Vec<usize>,
}

/// Templates and their vectors, one row each.
pub struct Templates {
    /// The members of each template.
    pub members: Vec<Template>,
    /// `members.len()` rows, means of unit vectors.
    pub vectors: Array2<f32>,
}

impl Templates {
    /// Some of the templates, in the order given.
    pub fn select(&self, templates: &[usize]) -> Self {
        Self {
            members: templates.iter().map(|&t| self.members[t].clone()).collect(),
            vectors: self.vectors.select(Axis(0), templates),
        }
    }

    /// Template of each face; `None` where neither the face nor its track has an embedding.
    pub fn of_faces(&self, faces: usize) -> Vec<Option<usize>> {
        let mut of = vec![None; faces];
        for (template, member) in self.members.iter().enumerate() {
            for &face in &member.faces {
                of[face] = Some(template);
            }
        }
        of
    }
}

/// The face's embedding, unless it is missing, not finite or of no length.
pub fn usable<'a>(face: &Face, embeddings: &'a ArrayView2<'_, f32>) -> Option<ArrayView1<'a, f32>> {
    let row = embeddings.row(face.embedding?);
    let norm = row.dot(&row);
    (norm.is_finite() && norm > 0.0).then_some(row)
}

/// The faces of each track in order, and each face without a track on its own.
pub fn by_track(faces: &[Face]) -> impl Iterator<Item = Vec<usize>> {
    let mut tracks: BTreeMap<(usize, u64), Vec<usize>> = BTreeMap::new();
    let mut single = Vec::new();
    for (index, face) in faces.iter().enumerate() {
        match face.track {
            Some(track) => tracks.entry((face.video, track)).or_default().push(index),
            None => single.push(vec![index]),
        }
    }
    single.into_iter().chain(tracks.into_values())
}

/// Pools faces by track. The weight is the square root of the quality: measured better than its
/// square, and far better than the best shot alone (grouping.md, section 1).
pub fn pool(faces: &[Face], embeddings: ArrayView2<'_, f32>) -> Templates {
    let members: Vec<_> = by_track(faces).collect();

    let mut kept = Vec::with_capacity(members.len());
    // All at once: a vector that grows holds twice what it needs.
    let mut vectors = Vec::with_capacity(members.len() * embeddings.ncols());
    let mut unusable = 0;
    for faces_of in members {
        let mut sum = Array1::<f32>::zeros(embeddings.ncols());
        let mut total = 0.0;
        for &index in &faces_of {
            let face = &faces[index];
            match usable(face, &embeddings) {
                Some(row) => {
                    sum.scaled_add(weight(face) / row.dot(&row).sqrt(), &row);
                    total += weight(face);
                }
                None => unusable += usize::from(face.embedding.is_some()),
            }
        }
        let norm = sum.dot(&sum).sqrt();
        if norm > 0.0 && norm.is_finite() {
            vectors.extend((sum / total).iter());
            kept.push(Template { faces: faces_of });
        }
    }
    if unusable > 0 {
        warn!(unusable, "embeddings that are not finite or zero are left out of grouping");
    }
    let shape = (kept.len(), embeddings.ncols());
    let vectors = Array2::from_shape_vec(shape, vectors).unwrap_or_else(|_| Array2::zeros(shape));
    Templates { members: kept, vectors }
}

/// Weight of a face in its template; a face of no quality still counts a little.
pub fn weight(face: &Face) -> f32 {
    const LEAST_QUALITY: f32 = 0.01;
    let quality = if face.quality.is_finite() { face.quality } else { 0.0 };
    quality.clamp(LEAST_QUALITY, 1.0).sqrt()
}
