// SPDX-License-Identifier: MIT OR Apache-2.0
//! Other ways from faces to groups, as the systems before this one had them.
//!
//! | algorithm | of | looks at | leaves out |
//! |---|---|---|---|
//! | [`KMeans`] | video-to-faces | faces | nobody |
//! | [`GaussianMixture`] | – | faces | nobody |
//! | [`Complete`] | StreamFace | faces, and which of them match | nobody |
//! | [`Bundles`] | facerec | tracks | nobody |
//! | [`Dbscan`] | StreamFace's comparison | faces | noise |
//! | [`Online`] | StreamFace's index | faces one by one in time | nobody |
//!
//! They take embeddings as they are, brought to length one, in the order of time. Faces without an
//! embedding go where their track goes; without such a track they are nobody's. Who is seen
//! together, quality and what a person corrected mean nothing to them, and they suggest nothing.

pub mod bundles;
pub mod candidates;
mod choice;
mod clusters;
pub mod complete;
mod complete_linkage;
pub mod dbscan;
mod distance;
pub mod gaussian_mixture;
pub mod kmeans;
mod matches;
pub mod online;
mod principal;
mod samples;
pub mod scores;
mod with_linfa;

use ndarray::{Array1, ArrayView2, Axis};

use super::linkage::dense;
use super::options::Algorithm;
use super::summary::{by_size, describe};
use super::{CutInfo, Face, Grouping, Options};
use choice::Outcome;
pub(crate) use samples::Samples;

pub use bundles::Bundles;
pub use candidates::{Between, Candidate, Candidates};
pub use choice::Tried;
pub use clusters::Clusters;
pub use complete::Complete;
pub use dbscan::Dbscan;
pub use distance::Metric;
pub use gaussian_mixture::GaussianMixture;
pub use kmeans::KMeans;
pub use online::{Hit, Online, OnlineIndex};

/// Groups faces by one of the algorithms here; `None` where the options want the default one.
///
/// Groups come by their number of faces, bundles by their number of tracks, online labels as they
/// were given.
pub(super) fn group(
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
        Algorithm::Bundles(bundles) => bundles.run(faces, &samples),
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

/// Unit rows at these angles, in degrees.
#[cfg(test)]
fn at(angles: &[f32]) -> ndarray::Array2<f32> {
    ndarray::Array2::from_shape_fn((angles.len(), 2), |(i, j)| {
        let angle = angles[i].to_radians();
        if j == 0 { angle.cos() } else { angle.sin() }
    })
}
