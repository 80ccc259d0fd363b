// SPDX-License-Identifier: MIT OR Apache-2.0
//! The faces that show a person best.

use std::collections::HashSet;

use super::Face;

/// Two faces of a shot closer in time than this many seconds show the same moment.
const MOMENT: f64 = 1.0;
/// A good one is worth this part of the cover at least.
const GOOD: f32 = 0.5;

/// Up to `count` of the faces `members`, the cover first. Each is the best of its shot as long as there are
/// shots with good ones; then come other moments, then what is left, each time the best first.
pub fn best_shots(faces: &[Face], members: &[usize], count: usize) -> Vec<usize> {
    let mut ranked = members.to_vec();
    ranked.sort_by(|&a, &b| score(&faces[b]).total_cmp(&score(&faces[a])).then(a.cmp(&b)));
    let good = ranked.first().map_or(0.0, |&cover| GOOD * score(&faces[cover]));
    let mut shots = HashSet::new();
    let (mut best, mut others): (Vec<usize>, Vec<usize>) = ranked.into_iter().partition(|&face| {
        let Face { video, shot, .. } = faces[face];
        score(&faces[face]) >= good && shot.is_some_and(|shot| shots.insert((video, shot)))
    });
    best.truncate(count);
    let mut rest = Vec::new();
    for face in others.drain(..) {
        let of_one_moment = |&shown: &usize| {
            let (a, b) = (&faces[face], &faces[shown]);
            a.video == b.video && (a.pts - b.pts).abs() < MOMENT
        };
        if best.len() == count {
            break;
        }
        if best.iter().any(of_one_moment) { rest.push(face) } else { best.push(face) }
    }
    best.extend(rest.into_iter().take(count.saturating_sub(best.len())));
    best
}

/// How well a face shows who it is: its quality, and what the network made of it.
fn score(face: &Face) -> f32 {
    let score = face.quality * face.magnitude.unwrap_or(1.0).min(1.0);
    if score.is_finite() { score } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(shot: Option<u64>, pts: f64, quality: f32) -> Face {
        Face { shot, pts, quality, ..Face::at(0, (pts * 25.0) as u64, [0.0; 4]) }
    }

    #[test]
    fn one_of_each_shot_comes_before_others_of_a_moment() {
        let faces = [
            face(Some(0), 1.0, 0.9),
            face(Some(0), 1.2, 0.8),
            face(Some(0), 9.0, 0.3),
            face(Some(1), 20.0, 0.4),
            face(Some(2), 30.0, 0.5),
        ];
        let members = [0, 1, 2, 3, 4];
        // The fourth shot has none as good as half of the cover.
        assert_eq!(best_shots(&faces, &members, 5), [0, 4, 3, 2, 1]);
        assert_eq!(best_shots(&faces, &members, 2), [0, 4]);
        assert!(best_shots(&faces, &[], 5).is_empty());
    }

    #[test]
    fn photographs_are_ranked_and_a_face_that_the_network_cannot_place_is_no_cover() {
        let mut faces = [face(None, 0.0, 0.5), face(None, 5.0, 0.6), face(None, 9.0, f32::NAN)];
        faces[1].magnitude = Some(0.4);
        assert_eq!(best_shots(&faces, &[0, 1, 2], 3), [0, 1, 2]);
    }
}
