// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faces that are one person because they are in one place a moment apart (StreamFace).
//!
//! Where faces were followed, neighbours in a track match. Where they were not, two frames of one
//! shot taken one after the other match if they hold as many faces and these lie in the same
//! places: mean overlap above .75, each face paired with the one it overlaps most, whatever order a
//! detector lists them in. A frame is compared with the one before it, then with the one before
//! that.

use std::collections::BTreeMap;

use crate::cluster::Face;

/// Mean overlap (intersection over union) above which two frames show the same people.
const OVERLAP: f32 = 0.75;
/// How many frames back are looked at.
const BACK: usize = 2;
/// Frames farther apart than this many usual gaps were not taken one after the other.
const GAPS: f64 = 2.5;

/// Pairs of positions in `order`, which lists faces by video and frame.
pub(super) fn matches(faces: &[Face], order: &[usize]) -> Vec<(usize, usize)> {
    let mut pairs = within_tracks(faces, order);
    let frames = frames(faces, order);
    let gaps = usual_gaps(&frames);
    for (index, frame) in frames.iter().enumerate() {
        let near = |before: &&Frame| {
            before.video == frame.video
                && (before.shot.is_none() || frame.shot.is_none() || before.shot == frame.shot)
                && gaps
                    .get(&frame.video)
                    .is_some_and(|gap| (frame.frame - before.frame) as f64 <= GAPS * gap)
        };
        let before = frames[index.saturating_sub(BACK)..index].iter().rev();
        let same = before.filter(near).find_map(|before| same_places(faces, order, before, frame));
        pairs.extend(same.into_iter().flatten());
    }
    pairs
}

fn within_tracks(faces: &[Face], order: &[usize]) -> Vec<(usize, usize)> {
    let mut last: BTreeMap<(usize, u64), usize> = BTreeMap::new();
    let mut pairs = Vec::new();
    for (position, &face) in order.iter().enumerate() {
        if let Some(track) = faces[face].track {
            let before = last.insert((faces[face].video, track), position);
            pairs.extend(before.map(|before| (before, position)));
        }
    }
    pairs
}

/// The faces of one frame, of which none was followed.
struct Frame {
    video: usize,
    frame: u64,
    shot: Option<u64>,
    /// Positions in the order.
    faces: Vec<usize>,
}

fn frames(faces: &[Face], order: &[usize]) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for (position, &index) in order.iter().enumerate() {
        let Face { video, frame, shot, track: None, .. } = faces[index] else { continue };
        match frames.last_mut() {
            Some(last) if (last.video, last.frame) == (video, frame) => last.faces.push(position),
            _ => frames.push(Frame { video, frame, shot, faces: vec![position] }),
        }
    }
    frames
}

/// The usual number of frames from one frame with faces to the next, in each video.
fn usual_gaps(frames: &[Frame]) -> BTreeMap<usize, f64> {
    let mut gaps: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for pair in frames.windows(2).filter(|pair| pair[0].video == pair[1].video) {
        gaps.entry(pair[0].video).or_default().push(pair[1].frame - pair[0].frame);
    }
    gaps.into_iter()
        .filter_map(|(video, mut gaps)| {
            gaps.sort_unstable();
            Some((video, *gaps.get(gaps.len() / 2)? as f64))
        })
        .collect()
}

/// The pairs of faces of two frames that show the same people in the same places.
fn same_places(
    faces: &[Face],
    order: &[usize],
    before: &Frame,
    after: &Frame,
) -> Option<Vec<(usize, usize)>> {
    if before.faces.len() != after.faces.len() {
        return None;
    }
    let mut overlaps = Vec::new();
    for &a in &before.faces {
        for &b in &after.faces {
            overlaps.push((faces[order[a]].bbox.iou(&faces[order[b]].bbox), a, b));
        }
    }
    overlaps.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let mut sum = 0.0;
    for (overlap, a, b) in overlaps {
        if pairs.iter().all(|pair| pair.0 != a && pair.1 != b) {
            pairs.push((a, b));
            sum += overlap;
        }
    }
    (sum / pairs.len() as f32 > OVERLAP).then_some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(frame: u64, left: f32) -> Face {
        Face::at(0, frame, [left, 10.0, 40.0, 40.0])
    }

    fn all(faces: &[Face]) -> Vec<(usize, usize)> {
        let order: Vec<usize> = (0..faces.len()).collect();
        matches(faces, &order)
    }

    #[test]
    fn neighbours_in_a_track_match_however_far_they_are() {
        let followed = |frame, track| Face { track: Some(track), ..at(frame, frame as f32 * 90.0) };
        let faces =
            [followed(0, 1), followed(0, 2), followed(9, 1), followed(30, 1), followed(31, 2)];
        assert_eq!(all(&faces), [(0, 2), (2, 3), (1, 4)]);
    }

    /// docs/design/predecessors.md 5.13 #17: the detector's order decided.
    #[test]
    fn faces_are_paired_by_place_not_by_order() {
        let faces = [at(0, 0.0), at(0, 100.0), at(5, 101.0), at(5, 1.0)];
        let mut found = all(&faces);
        found.sort_unstable();
        assert_eq!(found, [(0, 3), (1, 2)]);
    }

    #[test]
    fn other_numbers_places_shots_and_times_do_not_match() {
        assert_eq!(all(&[at(0, 0.0), at(5, 0.0), at(5, 100.0)]), []);
        assert_eq!(all(&[at(0, 0.0), at(5, 12.0)]), []);
        let cut = [Face { shot: Some(0), ..at(0, 0.0) }, Face { shot: Some(1), ..at(5, 0.0) }];
        assert_eq!(all(&cut), []);
        assert_eq!(all(&[at(0, 0.0), at(5, 0.0), at(10, 0.0), at(90, 0.0)]), [(0, 1), (1, 2)]);
    }

    #[test]
    fn the_picture_before_the_last_counts_where_the_last_does_not() {
        let faces = [at(0, 0.0), at(5, 0.0), at(5, 300.0), at(10, 1.0)];
        assert_eq!(all(&faces), [(0, 3)]);
    }

    /// docs/design/predecessors.md 5.13 #13: one face matched by two kept only one of them.
    #[test]
    fn a_face_may_match_several() {
        let faces = [at(0, 0.0), at(1, 0.0), at(1, 300.0), at(2, 0.0), at(3, 0.0), at(3, 300.0)];
        // Frame 2 goes back over frame 1 to frame 0; frame 3 over frame 2 to frame 1.
        let mut found = all(&faces);
        found.sort_unstable();
        assert_eq!(found, [(0, 3), (1, 4), (2, 5)]);
    }
}
