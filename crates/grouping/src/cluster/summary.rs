// SPDX-License-Identifier: MIT OR Apache-2.0
//! Groups in their order, and what there is to say of each.

use std::collections::BTreeSet;

use super::Face;
use super::best_shots::best_shots;
use super::grouping::GroupInfo;

/// Faces shown for a group.
const BEST: usize = 16;

/// The face of highest quality.
pub(super) fn best_face(faces: &[Face], members: &[usize]) -> Option<usize> {
    members.iter().copied().max_by(|&a, &b| faces[a].quality.total_cmp(&faces[b].quality))
}

/// Renumbers groups by their number of faces, largest first, then by first appearance.
pub(super) fn by_size(faces: &[Face], labels: &[Option<usize>]) -> Vec<Option<usize>> {
    let count = labels.iter().flatten().max().map_or(0, |largest| largest + 1);
    let mut sizes = vec![(0usize, (usize::MAX, u64::MAX)); count];
    for (face, label) in faces.iter().zip(labels) {
        if let Some(label) = *label {
            sizes[label].0 += 1;
            sizes[label].1 = sizes[label].1.min((face.video, face.frame));
        }
    }
    let mut order: Vec<usize> = (0..count).filter(|&label| sizes[label].0 > 0).collect();
    order.sort_by_key(|&label| (std::cmp::Reverse(sizes[label].0), sizes[label].1));
    let mut rank = vec![0; count];
    for (position, &label) in order.iter().enumerate() {
        rank[label] = position;
    }
    labels.iter().map(|label| label.map(|label| rank[label])).collect()
}

/// Size, tracks and best shots of each group.
pub fn describe(faces: &[Face], labels: &[Option<usize>]) -> Vec<GroupInfo> {
    let count = labels.iter().flatten().max().map_or(0, |largest| largest + 1);
    let mut members = vec![Vec::new(); count];
    for (face, label) in labels.iter().enumerate() {
        if let Some(label) = *label {
            members[label].push(face);
        }
    }
    members
        .into_iter()
        .map(|members: Vec<usize>| {
            let followed: BTreeSet<_> = members
                .iter()
                .filter_map(|&face| faces[face].track.map(|track| (faces[face].video, track)))
                .collect();
            let loose = members.iter().filter(|&&face| faces[face].track.is_none()).count();
            let size = members.len();
            let best = best_shots(faces, &members, BEST);
            GroupInfo { size, tracks: followed.len() + loose, best, cohesion: 0.0 }
        })
        .collect()
}
