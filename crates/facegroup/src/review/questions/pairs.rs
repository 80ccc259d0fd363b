// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pairs of sides, by what the answer is expected to gain or by distance alone.

use dataset::UNSURE;
use grouping::cluster::{Between, Candidates};
use ndarray::{Array2, Axis};

use super::super::Session;
use super::sides::Forbidden;
use super::{Pair, Side, odds, worth};

/// Answers that are less likely to change anything are not asked for.
const LEAST_LIKELY: f32 = 0.002;
/// How likely a track that is unassigned is one of the people who were found.
const SOMEBODY: f32 = 0.7;
/// People asked about for such a track.
const ASKED: usize = 3;

impl Session {
    /// Pairs of sides, the highest expected gain first.
    pub(super) fn by_gain(&self, sides: &[Side], forbidden: &Forbidden) -> Vec<Pair> {
        let mut centres = Array2::zeros((sides.len(), self.embeddings.ncols()));
        for (mut row, side) in centres.rows_mut().into_iter().zip(sides) {
            row.assign(&side.centre);
        }
        let people: Vec<usize> = (0..sides.len()).filter(|s| sides[*s].person != UNSURE).collect();
        let mut pairs = Vec::new();
        let all = centres.dot(&centres.t());
        for (a, similarities) in all.axis_iter(Axis(0)).enumerate() {
            let mut add = |b: usize, likelihood: f32| {
                let gain =
                    f64::from(likelihood) * worth(sides[a].faces.len(), sides[b].faces.len());
                let similarity = similarities[b];
                pairs.push(Pair { sides: [a.min(b), a.max(b)], similarity, likelihood, gain });
            };
            let asked = |b: usize| b != a && !forbidden.contains(&(a.min(b), a.max(b)));
            if sides[a].person == UNSURE {
                let found: Vec<usize> = people.iter().copied().filter(|b| asked(*b)).collect();
                for (b, likelihood) in self.who(&found, |b| similarities[b]) {
                    add(b, likelihood);
                }
                continue;
            }
            for &b in people.iter().filter(|b| **b > a && asked(**b)) {
                let likelihood = self.likelihood(similarities[b]);
                if likelihood >= LEAST_LIKELY {
                    add(b, likelihood);
                }
            }
        }
        pairs.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        pairs
    }

    /// Who a track may be that is unassigned, and how likely. Its looks say little, as a rule because little can be
    /// seen of it; but it is somebody's, likeliest that of the nearest person who is not seen beside it.
    fn who(&self, people: &[usize], similarity: impl Fn(usize) -> f32) -> Vec<(usize, f32)> {
        let odds = |b: usize| odds(self.likelihood(similarity(b))).sqrt();
        let all: f32 = people.iter().map(|b| odds(*b)).sum();
        let share = |b: usize| self.likelihood(similarity(b)).max(SOMEBODY * odds(b) / all);
        let mut found: Vec<(usize, f32)> = people.iter().map(|b| (*b, share(*b))).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found.truncate(ASKED);
        found
    }

    /// Pairs of people by distance alone.
    pub(super) fn by_distance(
        &self,
        sides: &[Side],
        forbidden: &Forbidden,
        between: Between,
    ) -> Vec<Pair> {
        let mut labels = vec![None; self.embeddings.nrows()];
        for (label, side) in sides.iter().enumerate().filter(|(_, side)| side.person != UNSURE) {
            for face in side.faces.iter().filter_map(|face| self.stored.faces.get(*face)) {
                if let Some(slot) = face.embedding.and_then(|row| labels.get_mut(row)) {
                    *slot = Some(label);
                }
            }
        }
        // The largest distance worth a look is that of different people here.
        let most = 1.0 - self.before.cut.stranger.min(self.before.cut.threshold);
        let candidates = Candidates { between, min: most, max: most, ..Candidates::default() };
        let mut found = candidates.find(self.embeddings.view(), &labels, forbidden);
        found.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        let pair = |groups: (usize, usize), distance: f64| {
            let (a, b) = groups;
            let similarity = sides[a].centre.dot(&sides[b].centre);
            let likelihood = self.likelihood(similarity);
            Pair { sides: [a, b], similarity, likelihood, gain: -distance }
        };
        found.into_iter().map(|found| pair(found.groups, found.distance)).collect()
    }
}
