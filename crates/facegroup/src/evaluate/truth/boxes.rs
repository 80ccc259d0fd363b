// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which face lies in which labelled box: each in one at most, the surest first.

use std::collections::BTreeMap;

use dataset::FaceRecord;
use grouping::is_somebody;
use imaging::geometry::FrameBox;

use super::Matched;

/// Least overlap (intersection over union) of a face with a labelled box.
const OVERLAP: f32 = 0.3;

/// A labelled box.
pub struct Labelled<'a> {
    pub frame: u64,
    pub bbox: FrameBox,
    /// `None` for nobody.
    pub person: Option<&'a str>,
}

/// Finds the faces of another dataset, frame by frame.
pub fn find_faces(labels: &[FaceRecord], faces: &[FaceRecord]) -> Matched {
    let labels = labels.iter().map(|label| Labelled {
        frame: label.frame,
        bbox: label.bbox,
        person: label.group.as_deref().filter(|person| is_somebody(person)),
    });
    find(&labels.collect::<Vec<_>>(), faces, 0)
}

/// Finds boxes among faces at most `apart` frames away: the nearest in time, then the best overlap.
pub fn find(labels: &[Labelled<'_>], faces: &[FaceRecord], apart: u64) -> Matched {
    let mut by_frame: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, face) in faces.iter().enumerate() {
        by_frame.entry(face.frame).or_default().push(index);
    }
    let mut matched = Matched::default();
    // (frames apart, lack of overlap, label, face)
    let mut candidates: Vec<(u64, f32, usize, usize)> = Vec::new();
    let mut seen = vec![false; labels.len()];
    for (index, label) in labels.iter().enumerate() {
        let near = label.frame.saturating_sub(apart)..=label.frame.saturating_add(apart);
        for (frame, together) in by_frame.range(near) {
            seen[index] = true;
            for &face in together {
                let overlap = faces[face].bbox.iou(&label.bbox);
                if overlap > OVERLAP {
                    candidates.push((frame.abs_diff(label.frame), 1.0 - overlap, index, face));
                }
            }
        }
    }
    candidates.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (mut has_face, mut has_label) = (vec![false; labels.len()], vec![false; faces.len()]);
    for (_, _, label, face) in candidates {
        if has_face[label] || has_label[face] {
            continue;
        }
        (has_face[label], has_label[face]) = (true, true);
        match labels[label].person {
            Some(person) => matched.people.push((face, person.to_owned())),
            None => matched.nobody += 1,
        }
    }
    matched.people.sort();
    for ((label, found), seen) in labels.iter().zip(has_face).zip(seen) {
        if label.person.is_some() {
            matched.labels.count(found);
            matched.labels.missed_without_any_face += usize::from(!seen);
        }
    }
    matched
}
