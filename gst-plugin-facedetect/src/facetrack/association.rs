// SPDX-License-Identifier: MIT OR Apache-2.0
//! Data association: following faces from frame to frame within a shot.
//!
//! Strong detections are linked first, then weak ones to the tracks that are left. A link needs a
//! box near where the track was heading, of about its size, and the same appearance of the face and what
//! is around it; in doubt a new track begins, since two tracks of a person do no harm and a track
//! of two people does.

use super::appearance::Patch;
use imaging::geometry::Rect;

/// Detections at least this sure may begin a track and are linked first.
const STRONG: f32 = 0.6;
/// Least similarity of the appearances of two linked faces a fifth of a second apart.
const LEAST_SIMILARITY: f32 = 0.55;
/// How much more similarity is asked for when the box moved without touching where it was expected.
const WHEN_APART: f32 = 0.2;
/// Least and most ratio of the sizes of linked boxes.
const SIZE_RATIO: f32 = 1.6;
/// How far a box may be from where it was expected, in its own sizes.
const REACH: f32 = 0.6;
/// How fast a track's appearance follows its latest face.
const APPEARANCE_RATE: f32 = 0.5;
/// Similarity at which a face that was not detected is still taken to be there.
const STILL_THERE: f32 = 0.8;

/// A face on the present picture.
#[derive(Debug, Clone)]
pub struct Observation {
    /// Where it is.
    pub bbox: Rect,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// Its appearance.
    pub patch: Patch,
}

/// Limits of linking.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Least overlap for a link of weak detections; strong ones may also be near.
    pub iou: f32,
    /// Nanoseconds a track lives on without a face.
    pub max_age: u64,
    /// Faces until a track counts.
    pub min_length: u32,
}

/// A track that runs.
#[derive(Debug, Clone)]
pub struct Track {
    /// Unique within the stream.
    pub id: u64,
    /// Faces linked so far, its length.
    pub length: u32,
    bbox: Rect,
    /// Change of centre, in display pixels per nanosecond.
    velocity: [f32; 2],
    time: u64,
    patch: Patch,
    announced: bool,
}

/// What became of a picture's faces.
#[derive(Debug, Default)]
pub struct Associated {
    /// Track of each observation, in order.
    pub tracks: Vec<Option<u64>>,
    /// Tracks that now count for the first time.
    pub started: Vec<u64>,
    /// Tracks that are over and had counted.
    pub ended: Vec<u64>,
    /// Box expected for tracks without a face on this picture, where it shows no other one either.
    pub missed: Vec<(u64, Rect)>,
}

/// The data association of a shot: all of its tracks.
#[derive(Debug, Default)]
pub struct Association {
    tracks: Vec<Track>,
    next_id: u64,
}

impl Association {
    /// Links the faces of the picture at `time` (nanoseconds).
    pub fn associate(
        &mut self,
        observations: &[Observation],
        time: u64,
        limits: &Limits,
    ) -> Associated {
        let mut linked =
            Associated { tracks: vec![None; observations.len()], ..Associated::default() };
        self.expire(time, limits, &mut linked);
        let mut free = vec![true; self.tracks.len()];
        for strong in [true, false] {
            let mut pairs =
                self.candidates(observations, &linked.tracks, &free, strong, time, limits);
            // Best first; with a gate this strict the best pairs never compete.
            pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
            for (_, track, face) in pairs {
                if free[track] && linked.tracks[face].is_none() {
                    free[track] = false;
                    self.tracks[track].follow(&observations[face], time);
                    linked.tracks[face] = Some(self.tracks[track].id);
                }
            }
        }
        for (track, _) in self.tracks.iter().zip(&free).filter(|(_, free)| **free) {
            let expected = track.expected(time);
            // A face that is there but looks too different to be linked is still the only one there.
            if observations.iter().all(|face| expected.iou(&face.bbox) < limits.iou) {
                linked.missed.push((track.id, expected));
            }
        }
        for (face, observation) in observations.iter().enumerate() {
            if linked.tracks[face].is_none() {
                linked.tracks[face] = Some(self.begin(observation, time));
            }
        }
        for track in &mut self.tracks {
            if !track.announced && track.length >= limits.min_length {
                track.announced = true;
                linked.started.push(track.id);
            }
        }
        linked
    }

    /// Whether the appearance at the place where a track's face is expected is still its own.
    pub fn is_still_there(&self, id: u64, patch: &Patch) -> bool {
        let track = self.tracks.iter().find(|track| track.id == id);
        track.is_some_and(|track| track.length > 1 && track.patch.similarity(patch) >= STILL_THERE)
    }

    /// Ends every track, at a cut or when the stream is interrupted; those that counted.
    pub fn end_all(&mut self) -> Vec<u64> {
        self.tracks.drain(..).filter(|track| track.announced).map(|track| track.id).collect()
    }

    fn begin(&mut self, observation: &Observation, time: u64) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.tracks.push(Track {
            id,
            length: 1,
            bbox: observation.bbox,
            velocity: [0.0; 2],
            time,
            patch: observation.patch.clone(),
            announced: false,
        });
        id
    }

    fn expire(&mut self, time: u64, limits: &Limits, linked: &mut Associated) {
        self.tracks.retain(|track| {
            let alive = time.saturating_sub(track.time) <= limits.max_age;
            if !alive && track.announced {
                linked.ended.push(track.id);
            }
            alive
        });
    }

    /// Pairs (score, track, face) that pass the gate.
    fn candidates(
        &self,
        observations: &[Observation],
        taken: &[Option<u64>],
        free: &[bool],
        strong: bool,
        time: u64,
        limits: &Limits,
    ) -> Vec<(f32, usize, usize)> {
        let mut pairs = Vec::new();
        for (t, track) in self.tracks.iter().enumerate().filter(|(t, _)| free[*t]) {
            for (f, face) in observations.iter().enumerate() {
                if taken[f].is_none() && (face.score >= STRONG) == strong {
                    pairs
                        .extend(track.score(face, time, strong, limits).map(|score| (score, t, f)));
                }
            }
        }
        pairs
    }
}

impl Track {
    /// Where the face should be at `time`.
    fn expected(&self, time: u64) -> Rect {
        let passed = time.saturating_sub(self.time) as f32;
        let Rect { x, y, width, height } = self.bbox;
        // People do not run far between two processed frames: no further than a face.
        let shift = |v: f32, size: f32| (v * passed).clamp(-size, size);
        let [across, down] = self.velocity;
        Rect { x: x + shift(across, width), y: y + shift(down, height), width, height }
    }

    /// How well a face fits, if it may be this track's at all.
    fn score(&self, face: &Observation, time: u64, strong: bool, limits: &Limits) -> Option<f32> {
        let expected = self.expected(time);
        // A turn of the head after a stop: where it was counts as much as where it was heading.
        let iou = expected.iou(&face.bbox).max(self.bbox.iou(&face.bbox));
        let ratio = (expected.area() / face.bbox.area()).sqrt();
        let near = distance(expected, face.bbox).min(distance(self.bbox, face.bbox)) <= REACH;
        let placed = iou >= limits.iou || (strong && near);
        if !placed || !(1.0 / SIZE_RATIO..=SIZE_RATIO).contains(&ratio) {
            return None;
        }
        let similarity = self.patch.similarity(&face.patch);
        let asked = LEAST_SIMILARITY + if iou >= limits.iou { 0.0 } else { WHEN_APART };
        (similarity >= asked).then_some(iou + similarity)
    }

    fn follow(&mut self, face: &Observation, time: u64) {
        let passed = time.saturating_sub(self.time).max(1) as f32;
        let (from, to) = (self.bbox.centre(), face.bbox.centre());
        for (velocity, moved) in self.velocity.iter_mut().zip([to.x - from.x, to.y - from.y]) {
            let latest = moved / passed;
            *velocity = if self.length == 1 { latest } else { (*velocity + latest) / 2.0 };
        }
        self.bbox = face.bbox;
        self.time = time;
        self.length += 1;
        self.patch.blend(&face.patch, APPEARANCE_RATE);
    }
}

/// Distance of the centres in mean sizes.
fn distance(a: Rect, b: Rect) -> f32 {
    let dx = a.x + a.width / 2.0 - b.x - b.width / 2.0;
    let dy = a.y + a.height / 2.0 - b.y - b.height / 2.0;
    let size = (a.width + a.height + b.width + b.height) / 4.0;
    if size > 0.0 { dx.hypot(dy) / size } else { f32::INFINITY }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    const LIMITS: Limits = Limits { iou: 0.3, max_age: 1_000_000_000, min_length: 2 };
    const STEP: u64 = 200_000_000;

    fn patch(seed: u32) -> Patch {
        let side = super::super::appearance::SIDE;
        let picture = RgbImage::from_fn(side, side, |x, y| {
            let v = (x * 7919 + y * 104_729 + seed * 1_299_709).wrapping_mul(2_654_435_761) >> 24;
            Rgb([v as u8; 3])
        });
        Patch::new(&picture)
    }

    fn face(x: f32, who: u32) -> Observation {
        Observation {
            bbox: Rect { x, y: 100.0, width: 60.0, height: 80.0 },
            score: 0.9,
            patch: patch(who),
        }
    }

    fn ids(association: &mut Association, faces: &[Observation], step: u64) -> Vec<u64> {
        association.associate(faces, step * STEP, &LIMITS).tracks.into_iter().flatten().collect()
    }

    #[test]
    fn follows_a_walk_and_bridges_a_gap() {
        let mut association = Association::default();
        for step in 0..5 {
            assert_eq!(ids(&mut association, &[face(100.0 + 20.0 * step as f32, 1)], step), [0]);
        }
        assert!(ids(&mut association, &[], 5).is_empty());
        assert_eq!(ids(&mut association, &[face(220.0, 1)], 6), [0]);
    }

    #[test]
    fn somebody_else_at_the_same_place_is_another_track() {
        let mut association = Association::default();
        assert_eq!(ids(&mut association, &[face(100.0, 1)], 0), [0]);
        assert_eq!(ids(&mut association, &[face(100.0, 2)], 1), [1]);
    }

    #[test]
    fn a_place_with_a_face_is_not_missed_by_another_track() {
        let mut association = Association::default();
        let missed = |association: &mut Association, faces: &[Observation], step: u64| {
            association.associate(faces, step * STEP, &LIMITS).missed.len()
        };
        assert_eq!(missed(&mut association, &[face(100.0, 1)], 0), 0);
        assert_eq!(missed(&mut association, &[face(110.0, 2)], 1), 0);
        assert_eq!(missed(&mut association, &[face(400.0, 2)], 2), 2);
    }

    #[test]
    fn two_who_cross_keep_their_tracks() {
        let mut association = Association::default();
        for step in 0..11 {
            let (a, b) = (100.0 + 20.0 * step as f32, 300.0 - 20.0 * step as f32);
            assert_eq!(
                ids(&mut association, &[face(a, 1), face(b, 2)], step),
                [0, 1],
                "step {step}"
            );
        }
    }

    /// docs/design/predecessors.md 4.7 #5: the tracker lost count where a track may be missed for longer than
    /// it takes to begin.
    #[test]
    fn a_long_absence_ends_a_track() {
        let mut association = Association::default();
        ids(&mut association, &[face(100.0, 1)], 0);
        ids(&mut association, &[face(100.0, 1)], 1);
        let linked = association.associate(&[face(100.0, 1)], 20 * STEP, &LIMITS);
        assert_eq!((linked.tracks, linked.ended), (vec![Some(1)], vec![0]));
    }

    #[test]
    fn weak_faces_need_overlap() {
        let mut association = Association::default();
        ids(&mut association, &[face(100.0, 1)], 0);
        let weak = Observation { score: 0.4, ..face(135.0, 1) };
        assert_eq!(ids(&mut association, &[weak], 1), [1]);
    }

    #[test]
    fn nothing_grows_without_end() {
        let mut association = Association::default();
        for step in 0..1000 {
            ids(&mut association, &[face(0.0, 3 * step as u32 + 5)], step * 10);
        }
        assert!(association.tracks.len() < 3);
    }
}
