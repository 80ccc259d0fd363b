// SPDX-License-Identifier: MIT OR Apache-2.0
//! Showing doubt: groups that may be one person, faces that may be somebody else.

use ndarray::{Array1, Array2, Axis};

use super::calibrate::closeness;
use super::group::{CutInfo, MergeSuggestion};
use super::linkage::CannotLink;
use super::template::Templates;

/// Suggestions less likely than this are not worth a look.
const LEAST_LIKELY: f32 = 0.1;
/// Most suggestions.
const MOST: usize = 50;
/// How fast likelihood falls below the cut, in parts of the way from strangers to the cut.
const FALL: f64 = 0.25;

/// Mean vector and number of templates of each group.
pub fn centres(
    templates: &Templates,
    clusters: &[usize],
    groups: usize,
) -> (Array2<f32>, Vec<usize>) {
    let mut sums = Array2::zeros((groups, templates.vectors.ncols()));
    let mut counts = vec![0; groups];
    for (row, &cluster) in templates.vectors.axis_iter(Axis(0)).zip(clusters) {
        let mut sum = sums.row_mut(cluster);
        sum += &row;
        counts[cluster] += 1;
    }
    for (mut sum, count) in sums.axis_iter_mut(Axis(0)).zip(&counts) {
        sum /= (*count).max(1) as f32;
    }
    (sums, counts)
}

/// Pairs of groups that may be one person, likeliest first. The mean of two groups' vectors
/// multiplied is the mean similarity of their members.
pub fn suggestions(
    centres: &Array2<f32>,
    clusters: &[usize],
    forbidden: &CannotLink,
    cut: &CutInfo,
    stranger: f32,
) -> Vec<MergeSuggestion> {
    let apart: std::collections::HashSet<(usize, usize)> = forbidden
        .pairs()
        .iter()
        .map(|&(a, b)| (clusters[a].min(clusters[b]), clusters[a].max(clusters[b])))
        .collect();
    let scale = (FALL * (closeness(cut.threshold) - closeness(stranger))).max(1e-3);
    let mut found = Vec::new();
    for a in 0..centres.nrows() {
        for b in a + 1..centres.nrows() {
            let similarity = centres.row(a).dot(&centres.row(b));
            let below = (closeness(cut.threshold) - closeness(similarity)) / scale;
            let likelihood = (1.0 / (1.0 + below.exp())) as f32;
            if likelihood >= LEAST_LIKELY && !apart.contains(&(a, b)) {
                found.push(MergeSuggestion { groups: (a, b), similarity, likelihood });
            }
        }
    }
    found.sort_by(|a, b| b.likelihood.total_cmp(&a.likelihood));
    found.truncate(MOST);
    found
}

/// Templates that are less alike to the others of their group than the cut asks for, worst first.
pub fn outliers(
    templates: &Templates,
    clusters: &[usize],
    centres: &Array2<f32>,
    counts: &[usize],
    cut: f32,
) -> Vec<usize> {
    let mut found: Vec<(f32, usize)> = clusters
        .iter()
        .enumerate()
        .filter(|(_, cluster)| counts[**cluster] > 2)
        .map(|(template, &cluster)| {
            let own = templates.vectors.row(template);
            let count = counts[cluster] as f32;
            // The mean of the others: the group's without this one.
            let others: Array1<f32> = (&centres.row(cluster) * count - own) / (count - 1.0);
            (own.dot(&others), template)
        })
        .filter(|(similarity, _)| *similarity < cut)
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, template)| template).collect()
}
