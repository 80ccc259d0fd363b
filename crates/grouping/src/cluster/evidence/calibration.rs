// SPDX-License-Identifier: MIT OR Apache-2.0
//! A video calibrates itself: where the pairs of different people and those of one person lie in it says where
//! to cut between them.
//!
//! A fixed cut merges on one film and splits on another. What a model keeps from film to film is *how far on
//! the way* from impostors to genuine pairs the cut belongs.

use ndarray::{Axis, s};

use super::levels::Pairs;
use crate::cluster::embeddings::Embeddings;
use crate::cluster::grouping::{CutInfo, CutSource};
use crate::cluster::templates::{Templates, by_track};
use crate::cluster::{Face, Options};

/// How many standard deviations above the mean of impostors the cut lies at least: where people resemble each
/// other more than usual, the way between the levels is short. Measured on seven clips and their parts: 1.2 to
/// 1.6 gain purity and lose nothing.
const LEAST_DEVIATIONS: f64 = 1.4;
/// A track is cut in halves of at least this many embeddings.
const LEAST_HALF: usize = 2;
/// Templates of which all pairs are looked at; of more a part, evenly spread.
const MOST_TEMPLATES: usize = 4000;
/// Rows of a matrix product at once.
const BLOCK: usize = 256;

/// Where to cut, and the evidence. `cannot_link` are the pairs of templates that were seen together.
pub fn cut(
    faces: &[Face],
    embeddings: &Embeddings<'_>,
    templates: &Templates,
    cannot_link: &[(usize, usize)],
    options: &Options,
) -> CutInfo {
    let different: Vec<f32> = cannot_link
        .iter()
        .map(|&(a, b)| templates.vectors.row(a).dot(&templates.vectors.row(b)))
        .collect();
    let same: Vec<f32> =
        by_track(faces).filter_map(|track| halves(faces, embeddings, &track)).collect();
    let enough = templates.members.len() > 2;
    let fitted = options.levels.filter(|_| options.calibrate && enough);
    let fitted = fitted.map(|usual| usual.fit(&pairs(templates, cannot_link)));
    let threshold = match (options.levels, fitted) {
        (Some(usual), Some(levels)) => levels.cut_as(&usual, options.threshold, LEAST_DEVIATIONS),
        _ => options.threshold,
    };
    let moved = (threshold - options.threshold).abs() > f32::EPSILON;
    CutInfo {
        threshold,
        prior: options.threshold,
        levels: fitted.or(options.levels),
        source: if moved { CutSource::Video } else { CutSource::Prior },
        different,
        same,
    }
}

/// The pairs of templates, by how similar they are.
fn pairs(templates: &Templates, cannot_link: &[(usize, usize)]) -> Pairs {
    let step = templates.members.len().div_ceil(MOST_TEMPLATES).max(1);
    let vectors = templates.vectors.slice(s![..;step, ..]);
    let mut pairs = Pairs::default();
    for (block, rows) in vectors.axis_chunks_iter(Axis(0), BLOCK).enumerate() {
        let first = block * BLOCK;
        let others = vectors.slice(s![first.., ..]);
        for (row, products) in rows.dot(&others.t()).rows().into_iter().enumerate() {
            products.iter().skip(row + 1).for_each(|&cosine| pairs.add(cosine));
        }
    }
    let among = |template: usize| template.is_multiple_of(step);
    for &(a, b) in cannot_link.iter().filter(|(a, b)| among(*a) && among(*b)) {
        pairs.seen_together(templates.vectors.row(a).dot(&templates.vectors.row(b)));
    }
    pairs
}

/// Mean similarity of the first half of a track's faces to the second.
fn halves(faces: &[Face], embeddings: &Embeddings<'_>, track: &[usize]) -> Option<f32> {
    if track.len() < 2 * LEAST_HALF {
        return None;
    }
    let rows = embeddings.of_all(track.iter().map(|&face| &faces[face]));
    if rows.nrows() < 2 * LEAST_HALF {
        return None;
    }
    let (first, second) = rows.view().split_at(Axis(0), rows.nrows() / 2);
    let similarity = first.mean_axis(Axis(0))?.dot(&second.mean_axis(Axis(0))?);
    similarity.is_finite().then_some(similarity)
}
