// SPDX-License-Identifier: MIT OR Apache-2.0
//! Boxes between the networks.

/// Candidates looked at, best first: bounds the quadratic search on noise.
const MAX_CANDIDATES: usize = 4096;

/// A box that may hold a face, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Candidate {
    /// Left, top, right, bottom.
    pub(super) bbox: [f32; 4],
    /// How sure the last network was.
    pub(super) score: f32,
    /// How far it would move the sides, in parts of width and height.
    pub(super) offsets: [f32; 4],
    /// The five landmarks.
    pub(super) points: [[f32; 2]; 5],
}

impl Candidate {
    /// Moves the sides by the offsets; `more` is added to width and height, which the first network
    /// measures from edge to edge and the others count in pixels.
    pub(super) fn correct(&mut self, more: f32) {
        let [x1, y1, x2, y2] = self.bbox;
        let size = [x2 - x1 + more, y2 - y1 + more];
        for (side, (place, offset)) in self.bbox.iter_mut().zip(self.offsets).enumerate() {
            *place += offset * size[side % 2];
        }
    }

    /// Makes the shorter side as long as the longer one, around the same centre.
    pub(super) fn make_square(&mut self) {
        let [x1, y1, x2, y2] = self.bbox;
        let (width, height) = (x2 - x1, y2 - y1);
        let long = width.max(height);
        let (x, y) = (x1 + width * 0.5 - long * 0.5, y1 + height * 0.5 - long * 0.5);
        self.bbox = [x, y, x + long, y + long];
    }

    /// With its landmarks, given as five x and five y in parts of the box.
    pub(super) fn with_points(&self, parts: &[f32; 10]) -> Self {
        let [x1, y1, x2, y2] = self.bbox;
        let (width, height) = (x2 - x1 + 1.0, y2 - y1 + 1.0);
        let point = |i: usize| [width * parts[i] + x1 - 1.0, height * parts[i + 5] + y1 - 1.0];
        Self { points: std::array::from_fn(point), ..*self }
    }
}

/// What the overlap of two boxes is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overlap {
    /// By what both cover together.
    Union,
    /// By the smaller box; sides count in whole pixels.
    Smaller,
}

impl Overlap {
    fn of(self, a: &[f32; 4], b: &[f32; 4]) -> f32 {
        let more = if self == Overlap::Smaller { 1.0 } else { 0.0 };
        let area = |b: &[f32; 4]| (b[2] - b[0] + more) * (b[3] - b[1] + more);
        let shared =
            |low: usize, high: usize| (a[high].min(b[high]) - a[low].max(b[low]) + more).max(0.0);
        let both = shared(0, 2) * shared(1, 3);
        match self {
            Overlap::Union => both / (area(a) + area(b) - both),
            Overlap::Smaller => both / area(a).min(area(b)),
        }
    }
}

/// Keeps, from the best score down, each box that overlaps no kept one by more than `most`.
pub(super) fn suppress(mut found: Vec<Candidate>, most: f32, overlap: Overlap) -> Vec<Candidate> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(MAX_CANDIDATES);
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in found {
        let same = |k: &Candidate| overlap.of(&k.bbox, &candidate.bbox) > most;
        if !kept.iter().any(same) {
            kept.push(candidate);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(bbox: [f32; 4], score: f32) -> Candidate {
        Candidate { bbox, score, ..Candidate::default() }
    }

    #[test]
    fn boxes_are_corrected_and_made_square() {
        let offsets = [0.1, -0.1, 0.2, 0.5];
        let mut first = Candidate { offsets, ..candidate([10.0, 20.0, 30.0, 30.0], 0.9) };
        let mut second = first;
        first.correct(0.0);
        assert_eq!(first.bbox, [12.0, 19.0, 34.0, 35.0]);
        second.correct(1.0);
        assert_eq!(second.bbox, [12.1, 18.9, 34.2, 35.5]);
        first.make_square();
        assert_eq!(first.bbox, [12.0, 16.0, 34.0, 38.0]);
    }

    #[test]
    fn landmarks_are_parts_of_a_box_counted_in_pixels() {
        let parts = [0.0, 0.5, 1.0, 0.25, 0.75, 0.0, 0.5, 1.0, 0.2, 0.8];
        let points = candidate([9.0, 19.0, 28.0, 48.0], 1.0).with_points(&parts).points;
        assert_eq!(points, [[8.0, 18.0], [18.0, 33.0], [28.0, 48.0], [13.0, 24.0], [23.0, 42.0]]);
    }

    #[test]
    fn a_box_within_another_is_the_same_only_by_the_smaller() {
        let (large, small) = ([0.0, 0.0, 99.0, 99.0], [10.0, 10.0, 49.0, 49.0]);
        let found = vec![candidate(small, 0.8), candidate(large, 0.9)];
        assert_eq!(suppress(found.clone(), 0.7, Overlap::Union).len(), 2);
        let kept = suppress(found, 0.7, Overlap::Smaller);
        assert_eq!(kept, [candidate(large, 0.9)]);
        // 40 of 40 + 60 columns, as whole pixels.
        let beside = [60.0, 0.0, 159.0, 99.0];
        assert_eq!(Overlap::Smaller.of(&large, &beside), 0.4);
        let apart = [200.0, 0.0, 210.0, 9.0];
        assert_eq!(Overlap::Union.of(&large, &apart), 0.0);
    }
}
