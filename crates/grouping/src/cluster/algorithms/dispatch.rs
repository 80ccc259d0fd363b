// SPDX-License-Identifier: MIT OR Apache-2.0
//! From faces through the algorithm asked for to groups.

use ndarray::{Array1, ArrayView2, Axis};

use super::choice::Outcome;
use super::{Metric, Samples, matches};
use crate::cluster::linkage::dense;
use crate::cluster::options::Algorithm;
use crate::cluster::summary::{by_size, describe};
use crate::cluster::{CutInfo, Face, Grouping, Options};

/// Groups faces by one of the algorithms here; `None` where the options want the default one.
///
/// Groups come by their number of faces, bundles by their number of tracks, online labels as they
/// were given.
pub(in crate::cluster) fn group(
    faces: &[Face],
    embeddings: ArrayView2<'_, f32>,
    options: &Options,
) -> Option<Grouping> {
    if options.algorithm == Algorithm::Average {
        return None;
    }
    let samples = Samples::new(faces, embeddings);
    let rows = samples.rows.view();
    let of_faces = |labels: &[Option<usize>]| samples.label_faces(faces, labels);
    let sized = |labels: &[Option<usize>]| by_size(faces, &of_faces(labels));
    let mut cut = options.threshold;
    let mut tried = Vec::new();
    let mut chosen = |outcome: Outcome, save_all: bool| {
        let labels: Vec<Vec<Option<usize>>> =
            outcome.labels.iter().map(|labels| sized(&some(labels))).collect();
        tried = outcome.tried;
        if save_all {
            tried.iter_mut().zip(&labels).for_each(|(t, labels)| t.labels.clone_from(labels));
        }
        labels.into_iter().nth(outcome.best).unwrap_or_else(|| vec![None; faces.len()])
    };
    let labels = match &options.algorithm {
        Algorithm::Average => return None,
        Algorithm::KMeans(kmeans) => chosen(kmeans.run(rows), kmeans.save_all),
        Algorithm::GaussianMixture(mixture) => chosen(mixture.run(rows), mixture.save_all),
        Algorithm::Complete(complete) => {
            cut = 1.0 - complete.matching_threshold;
            let matches = matches::matches(faces, &samples.faces);
            sized(&some(&complete.run(rows, &matches)))
        }
        Algorithm::SizeConstrained(bundles) => bundles.run(faces, &samples),
        Algorithm::Dbscan(dbscan) => {
            cut = 1.0 - dbscan.eps;
            sized(&dbscan.run(rows))
        }
        Algorithm::Online(online) => {
            if online.metric == Metric::Cosine {
                cut = 1.0 - online.threshold;
            }
            of_faces(&online.run(rows))
        }
    };
    let mut groups = describe(faces, &labels);
    for (group, cohesion) in groups.iter_mut().zip(cohesion(&samples, &labels)) {
        group.cohesion = cohesion;
    }
    let cut = CutInfo { threshold: cut, prior: options.threshold, ..CutInfo::default() };
    Some(Grouping { labels, groups, tried, cut, ..Grouping::default() })
}

/// Labels in the order of their first row, so that of groups of one size the earlier goes first.
fn some(labels: &[usize]) -> Vec<Option<usize>> {
    dense(labels).into_iter().map(Some).collect()
}

/// Mean similarity of each group's faces to each other: the squared length of their mean.
pub(crate) fn cohesion(samples: &Samples, labels: &[Option<usize>]) -> Vec<f32> {
    let groups = labels.iter().flatten().max().map_or(0, |last| last + 1);
    let mut sums = vec![(Array1::<f64>::zeros(samples.rows.ncols()), 0usize); groups];
    for (row, &face) in samples.rows.axis_iter(Axis(0)).zip(&samples.faces) {
        if let Some((sum, count)) = labels[face].and_then(|label| sums.get_mut(label)) {
            sum.zip_mut_with(&row, |sum, v| *sum += f64::from(*v));
            *count += 1;
        }
    }
    let square = |(sum, count): (Array1<f64>, usize)| {
        let count = count.max(1) as f64;
        (sum.dot(&sum) / (count * count)) as f32
    };
    sums.into_iter().map(square).collect()
}
