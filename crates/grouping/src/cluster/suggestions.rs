// SPDX-License-Identifier: MIT OR Apache-2.0
//! Showing doubt: groups that may be one person, faces that may be somebody else.

use ndarray::{Array1, Array2, Axis};

use super::evidence::levels::{cosine, log_distance};
use super::grouping::{CutInfo, MergeSuggestion};
use super::linkage::{Constraints, neighbours};
use super::templates::Templates;

/// Suggestions less likely than this are not worth a look.
const LEAST_LIKELY: f32 = 0.1;
/// Most suggestions.
const MOST: usize = 50;
/// How fast likelihood falls below the cut, in parts of the way from strangers to the cut.
const FALL: f64 = 0.25;

/// Estimated probability that two groups of a mean cosine similarity are one person, from the cut and, where it is known,
/// the mean similarity of different people: 0.5 at the cut, falling the faster the nearer impostors are.
///
/// ```
/// use grouping::cluster::likelihood;
///
/// assert_eq!(likelihood(0.4, 0.4, Some(0.1)), 0.5);
/// assert!(likelihood(0.2, 0.4, Some(0.1)) < 0.1);
/// ```
pub fn likelihood(similarity: f32, cut: f32, impostor: Option<f32>) -> f32 {
    let scale = scale(cut, impostor.map_or(0.0, log_distance));
    (1.0 / (1.0 + ((log_distance(cut) - log_distance(similarity)) / scale).exp())) as f32
}

/// Log-distance below the cut over which the odds fall by e.
fn scale(cut: f32, impostor: f64) -> f64 {
    (FALL * (log_distance(cut) - impostor)).max(1e-3)
}

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
    forbidden: &Constraints,
    cut: &CutInfo,
) -> Vec<MergeSuggestion> {
    let cannot_link = forbidden.pairs().iter().map(|&(a, b)| (clusters[a], clusters[b]));
    let cut_at = log_distance(cut.threshold);
    let impostor = cut.levels.map_or(0.0, |levels| levels.at(0.0));
    let scale = scale(cut.threshold, impostor);
    let likelihood = |similarity| {
        let below = (cut_at - log_distance(similarity)) / scale;
        (1.0 / (1.0 + below.exp())) as f32
    };
    // Groups less similar than this are too unlikely; the rest is left to the likelihood itself.
    let below = f64::from(1.0 / LEAST_LIKELY - 1.0).ln() + 0.1;
    let floor = cosine(cut_at - below * scale);
    let mut found: Vec<_> =
        neighbours(centres.view(), &Constraints::cannot_link(cannot_link), floor)
            .into_iter()
            .map(|(groups, similarity)| MergeSuggestion {
                groups,
                similarity,
                likelihood: likelihood(similarity),
            })
            .filter(|suggestion| suggestion.likelihood >= LEAST_LIKELY)
            .collect();
    found.sort_by(|a, b| b.likelihood.total_cmp(&a.likelihood));
    found.truncate(MOST);
    found
}

/// Templates that are less similar to the others of their group than the cut asks for, worst first.
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

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::super::{Level, Levels};
    use super::*;

    #[test]
    fn near_groups_are_suggested_likeliest_first_unless_seen_together() {
        let centres =
            arr2(&[[1.0f32, 0.0, 0.0], [0.48, 0.8, 0.0], [0.45, 0.7, 0.5], [0.0, 0.0, 1.0]]);
        let level = |mean| Level { mean, spread: 0.1 };
        let levels = Some(Levels { impostor: level(0.1), genuine: level(0.8) });
        let cut = CutInfo { threshold: 0.6, levels, ..CutInfo::default() };
        let found = |forbidden| -> Vec<_> {
            suggestions(&centres, &[0, 1, 2, 3], &Constraints::cannot_link(forbidden), &cut)
                .into_iter()
                .map(|suggestion| suggestion.groups)
                .collect()
        };
        assert_eq!(found(vec![]), [(1, 2), (2, 3), (0, 1), (0, 2)]);
        assert_eq!(found(vec![(2, 1)]), [(2, 3), (0, 1), (0, 2)]);
        // By hand for (2, 3): log-distance .916 at the cut, .105 for strangers, .693 here.
        let all = suggestions(&centres, &[0, 1, 2, 3], &Constraints::default(), &cut);
        let below: f64 = (0.916_29 - std::f64::consts::LN_2) / (0.25 * (0.916_29 - 0.105_36));
        let by_hand = 1.0 / (1.0 + below.exp());
        assert!((f64::from(all[1].likelihood) - by_hand).abs() < 1e-4);
    }
}
