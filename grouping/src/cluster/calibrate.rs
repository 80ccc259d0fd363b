// SPDX-License-Identifier: MIT OR Apache-2.0
//! A video calibrates itself: faces seen together are different people, faces of one track are
//! one. Where these two lie says where to cut between them.
//!
//! How alike strangers and how alike the faces of one person are depends on the footage, so a
//! fixed cut merges on one film and splits on another. What a model keeps from film to film is
//! *how far on the way* from the one to the other the cut belongs. Distances are compared as
//! ratios (the logarithm of 1 - cosine): the last tenth towards identity counts as much as the
//! first. Where the video offers little evidence, its two levels lean on the model's typical ones.

use ndarray::Axis;

use super::group::{CutInfo, CutSource};
use super::looks::Looks;
use super::template::{Templates, by_track};
use super::{Face, Options};

/// Pieces of evidence that weigh as much as the model's typical level.
const PRIOR_WEIGHT: f64 = 4.0;
/// A track is cut in halves of at least this many embeddings.
const LEAST_HALF: usize = 2;
/// Which part of the same-person similarities is taken as their level: hard ones, not the hardest.
const SAME_QUANTILE: f64 = 0.25;
/// How much closer than usual the faces of a track may be before that is put down to stillness.
const STILLNESS: f64 = 1.3;
/// Closer than this to identity distances are noise.
const LEAST_DISTANCE: f64 = 1e-4;

/// Where to cut, and the evidence. `apart` are the pairs of templates that were seen together.
pub fn cut(
    faces: &[Face],
    looks: &Looks<'_>,
    templates: &Templates,
    apart: &[(usize, usize)],
    options: &Options,
) -> CutInfo {
    let different: Vec<f32> = apart
        .iter()
        .map(|&(a, b)| templates.vectors.row(a).dot(&templates.vectors.row(b)))
        .collect();
    let same: Vec<f32> = by_track(faces).filter_map(|track| halves(faces, looks, &track)).collect();
    let mut stranger = options.typical.map_or(0.0, |typical| typical.different);
    let threshold = match options.typical {
        Some(typical) if options.calibrate && !(different.is_empty() && same.is_empty()) => {
            let (low, high) = (closeness(typical.different), closeness(typical.same));
            let position = (closeness(options.threshold) - low) / (high - low).max(1e-6);
            let low = lean(mean(&different), different.len(), low);
            stranger = similarity(low);
            // Tracks of stills are all but identical, which says nothing of other shots.
            let stillest = high * STILLNESS;
            let high = lean(quantile(&same), same.len(), high).min(stillest).max(low);
            similarity(low + position * (high - low)).clamp(-1.0, 1.0)
        }
        _ => options.threshold,
    };
    let moved = (threshold - options.threshold).abs() > f32::EPSILON;
    CutInfo {
        threshold,
        prior: options.threshold,
        stranger,
        source: if moved { CutSource::Video } else { CutSource::Prior },
        different,
        same,
    }
}

/// Mean similarity of the first half of a track's faces to the second.
fn halves(faces: &[Face], looks: &Looks<'_>, track: &[usize]) -> Option<f32> {
    if track.len() < 2 * LEAST_HALF {
        return None;
    }
    let rows = looks.of_all(track.iter().map(|&face| &faces[face]));
    if rows.nrows() < 2 * LEAST_HALF {
        return None;
    }
    let (first, second) = rows.view().split_at(Axis(0), rows.nrows() / 2);
    let similarity = first.mean_axis(Axis(0))?.dot(&second.mean_axis(Axis(0))?);
    similarity.is_finite().then_some(similarity)
}

/// How close to identity, as a logarithm: 0 for a cosine of 0, growing without end towards 1.
pub(super) fn closeness(cosine: f32) -> f64 {
    -(1.0 - f64::from(cosine)).max(LEAST_DISTANCE).ln()
}

/// The reverse of [`closeness`].
pub(super) fn similarity(closeness: f64) -> f32 {
    (1.0 - (-closeness).exp()) as f32
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|v| closeness(*v)).sum::<f64>() / values.len().max(1) as f64
}

fn quantile(values: &[f32]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().map(|v| closeness(*v)).collect();
    sorted.sort_by(f64::total_cmp);
    let place = (SAME_QUANTILE * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(place).copied().unwrap_or_default()
}

/// The level measured on `count` pieces of evidence, leaning on the typical one.
fn lean(measured: f64, count: usize, typical: f64) -> f64 {
    let count = count as f64;
    (count * measured + PRIOR_WEIGHT * typical) / (count + PRIOR_WEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closeness_and_back() {
        for cosine in [-0.5, 0.0, 0.3, 0.92, 0.99] {
            assert!((similarity(closeness(cosine)) - cosine).abs() < 1e-5);
        }
        assert!(closeness(1.0).is_finite() && closeness(1.5).is_finite());
    }

    #[test]
    fn leans_on_what_is_typical_where_there_is_little() {
        assert_eq!(lean(0.0, 0, 2.0), 2.0);
        assert_eq!(lean(1.0, 4, 2.0), 1.5);
        assert!((lean(1.0, 4000, 2.0) - 1.0).abs() < 0.01);
    }

    #[test]
    fn quantile_of_nothing_and_of_some() {
        assert_eq!(quantile(&[]), 0.0);
        assert!((quantile(&[0.9, 0.1, 0.5, 0.3, 0.7]) - closeness(0.3)).abs() < 1e-9);
    }
}
