// SPDX-License-Identifier: MIT OR Apache-2.0
//! One vector a track: soft pooling of its faces.
//!
//! The vector is the weighted mean of the unit embeddings and stays shorter than one: the product
//! of two such means is the mean similarity of the faces behind them, on one scale whether a track
//! has one face or sixteen. Unit templates would be the more similar the more faces they pool.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, Axis, s};
use tracing::warn;

use super::Face;
use super::embeddings::Embeddings;

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
    /// Those templates of which `kept` says so. In place: they may fill half of the memory there is.
    pub fn retain(mut self, kept: impl Fn(&Template) -> bool) -> Self {
        let mut rows = 0;
        for template in 0..self.members.len() {
            if kept(&self.members[template]) {
                let (mut above, below) = self.vectors.view_mut().split_at(Axis(0), template);
                if rows < template {
                    above.row_mut(rows).assign(&below.row(0));
                }
                self.members.swap(rows, template);
                rows += 1;
            }
        }
        self.members.truncate(rows);
        self.vectors.slice_collapse(s![..rows, ..]);
        self
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
/// square, and far better than the best shot alone (docs/design/grouping.md, section 1).
pub fn pool(faces: &[Face], embeddings: &Embeddings<'_>) -> Templates {
    let members: Vec<_> = by_track(faces).collect();

    let mut kept = Vec::with_capacity(members.len());
    // All at once: a vector that grows holds twice what it needs.
    let mut vectors = Vec::with_capacity(members.len() * embeddings.dimensions());
    let mut unusable = 0;
    for faces_of in members {
        let mut sum = Array1::<f32>::zeros(embeddings.dimensions());
        let mut total = 0.0;
        for &index in &faces_of {
            let face = &faces[index];
            match embeddings.of(face) {
                Some(vector) => {
                    sum.scaled_add(weight(face), &vector);
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
    let shape = (kept.len(), embeddings.dimensions());
    let vectors = Array2::from_shape_vec(shape, vectors).unwrap_or_else(|_| Array2::zeros(shape));
    Templates { members: kept, vectors }
}

/// Weight of a face in its template; a face of no quality still counts a little.
pub fn weight(face: &Face) -> f32 {
    quality_weight(face.quality)
}

/// The same of a face of that quality, 0 to 1.
pub fn quality_weight(quality: f32) -> f32 {
    const LEAST_QUALITY: f32 = 0.01;
    let quality = if quality.is_finite() { quality } else { 0.0 };
    quality.clamp(LEAST_QUALITY, 1.0).sqrt()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, arr2};

    use super::*;

    #[test]
    fn templates_left_out_take_their_rows_with_them() {
        let faces: Vec<Face> = (0..5)
            .map(|i| Face { embedding: Some(i as usize), ..Face::at(0, i, [0.0; 4]) })
            .collect();
        let templates = pool(&faces, &Embeddings::new(Array2::eye(5).view()));
        let some = templates.retain(|template| [1, 3, 4].contains(&template.faces[0]));
        let faces: Vec<usize> = some.members.iter().map(|template| template.faces[0]).collect();
        assert_eq!(faces, [1, 3, 4]);
        assert_eq!(
            some.vectors,
            arr2(&[[0., 1., 0., 0., 0.], [0., 0., 0., 1., 0.], [0., 0., 0., 0., 1.]])
        );
        assert_eq!(some.retain(|_| false).vectors.dim(), (0, 5));
    }
}
