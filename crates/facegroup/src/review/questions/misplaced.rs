// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tracks that may be with the wrong person.

use std::collections::HashSet;

use dataset::UNSURE;
use dataset::format::corrections::Statement;
use ndarray::{Array1, Array2};

use super::super::Session;
use super::{Question, Side, odds, worth};

/// Tracks that may be misplaced are looked for up to so many pairs of track and person; a tenth of a second.
const COMPARED: usize = 2_000_000;
/// Most questions about them at a time.
const MISPLACED: usize = 200;
/// Odds that a track is in the wrong place before it is looked at: groups are pure nearly everywhere.
const WRONG: f32 = 0.1;

impl Session {
    /// Tracks that may be somebody else's than the person's they are with: they are hardly like the rest, or as much like
    /// another person.
    pub(super) fn misplaced(&self, sides: &[Side]) -> Vec<Question> {
        let confirmed = self.confirmed();
        let outliers: HashSet<usize> = self.labelling.grouping.outliers.iter().copied().collect();
        let people: Vec<&Side> = sides.iter().filter(|side| side.person != UNSURE).collect();
        let mut centres = Array2::zeros((people.len(), self.embeddings.ncols()));
        for (mut row, side) in centres.rows_mut().into_iter().zip(&people) {
            row.assign(&side.centre);
        }
        let all: usize = self.people().iter().map(|person| person.tracks).sum();
        let compared = all * people.len() <= COMPARED;
        let mut found = Vec::new();
        for (at, side) in people.iter().enumerate() {
            let Some(person) = self.person(&side.person) else { continue };
            let tracks = self.tracks(person);
            let means: Vec<Option<Array1<f32>>> =
                tracks.iter().map(|track| self.mean(&track.faces)).collect();
            let count = means.iter().flatten().count() as f32;
            if count < 3.0 {
                continue;
            }
            for (track, mean) in tracks.iter().zip(&means) {
                let is_outlier = track.faces.iter().any(|face| outliers.contains(face));
                let settled = track.faces.iter().any(|face| confirmed.contains(face));
                let Some(mean) = mean.as_ref().filter(|_| !settled && (is_outlier || compared))
                else {
                    continue;
                };
                // The mean of the others: the person's without this one.
                let rest = (&side.centre * count - mean) / (count - 1.0);
                let similarity = mean.dot(&rest);
                let own = odds(self.likelihood(similarity));
                let others = centres.dot(mean);
                let others = others.iter().enumerate().filter(|(other, _)| *other != at);
                let nearest = others.map(|(_, s)| *s).fold(f32::NEG_INFINITY, f32::max);
                let other = odds(self.likelihood(nearest)).max(if is_outlier { 1.0 } else { 0.0 });
                let likelihood = own / (own + WRONG * other);
                let faces: Vec<usize> = person
                    .faces
                    .iter()
                    .copied()
                    .filter(|face| !track.faces.contains(face))
                    .collect();
                let gain = f64::from(1.0 - likelihood) * worth(track.faces.len(), faces.len());
                found.push((
                    gain,
                    similarity,
                    likelihood,
                    track.faces.clone(),
                    faces,
                    &person.name,
                ));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.truncate(MISPLACED);
        let question = |(gain, similarity, likelihood, own, rest, name): (
            f64,
            f32,
            f32,
            Vec<usize>,
            Vec<usize>,
            &String,
        )| Question {
            people: [name.clone(), name.clone()],
            faces: [self.shown(&own), self.shown(&rest)],
            sizes: [own.len(), rest.len()],
            similarity,
            likelihood,
            gain,
        };
        found.into_iter().map(question).collect()
    }

    /// Faces of which a person said where they belong.
    fn confirmed(&self) -> HashSet<usize> {
        let holding = self.corrections.holding().filter(|(_, said)| {
            matches!(said.what, Statement::Same { .. } | Statement::Name { .. } | Statement::Person)
        });
        let all: HashSet<usize> =
            holding.flat_map(|(_, said)| &said.faces).filter_map(|key| self.find(key)).collect();
        all
    }
}
