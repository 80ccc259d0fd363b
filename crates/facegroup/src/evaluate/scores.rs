// SPDX-License-Identifier: MIT OR Apache-2.0
//! The scores of a dataset's groups without a ground truth.

use grouping::is_somebody;
use grouping::metrics::{
    self, Distances, Scores, calinski_harabasz, davies_bouldin, silhouette, sizes,
};
use ndarray::Axis;

use super::Found;
use crate::units;

/// How far the faces of a dataset are from each other, unsure ones included; at most 30,000 of them, evenly taken.
pub fn distances(found: &Found) -> Distances {
    let rows = found.faces.iter().filter_map(|face| face.embedding);
    let rows = rows.filter(|row| *row < found.embeddings.nrows());
    let rows: Vec<usize> =
        rows.filter(|row| units::length(found.embeddings.row(*row)).is_some()).collect();
    let mut units = found.embeddings.select(Axis(0), &rows);
    units::bring_to_one(&mut units);
    metrics::distances(units.view())
}

/// Scores the groups of a dataset.
pub(crate) fn scores(found: &Found) -> Scores {
    let mut groups = std::collections::BTreeMap::<&str, (usize, usize)>::new();
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for face in &found.faces {
        let Some(group) = face.group.as_deref().filter(|group| is_somebody(group)) else {
            continue;
        };
        let next = groups.len();
        let (label, size) = groups.entry(group).or_insert((next, 0));
        *size += 1;
        let row = face.embedding.filter(|row| *row < found.embeddings.nrows());
        if let Some(row) = row.filter(|row| units::length(found.embeddings.row(*row)).is_some()) {
            rows.push(row);
            labels.push(*label);
        }
    }
    let mut units = found.embeddings.select(Axis(0), &rows);
    units::bring_to_one(&mut units);
    let mut seen = labels.clone();
    seen.sort_unstable();
    seen.dedup();
    Scores {
        faces: labels.len(),
        groups: seen.len(),
        silhouette: silhouette(units.view(), &labels),
        davies_bouldin: davies_bouldin(units.view(), &labels),
        calinski_harabasz: calinski_harabasz(units.view(), &labels),
        sizes: sizes(groups.values().map(|(_, size)| *size)),
    }
}
