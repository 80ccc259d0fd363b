// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be asked about, and which pairs are not.

use std::collections::{BTreeSet, HashMap, HashSet};

use dataset::UNSURE;
use dataset::format::corrections::Statement;
use ndarray::Array1;

use super::super::Session;
use super::super::people::Track;
use crate::units;

/// Sides compared, the largest ones; a product of all takes a tenth of a second.
const SIDES: usize = 3000;

/// One side of a question.
pub(super) struct Side {
    pub(super) person: String,
    pub(super) faces: Vec<usize>,
    /// Mean of its tracks' mean unit vectors.
    pub(super) centre: Array1<f32>,
}

/// Pairs of sides, the lower index first.
pub(super) type Forbidden = HashSet<(usize, usize)>;

impl Session {
    /// What can be asked about: people, and tracks that are nobody's; the largest first.
    pub(super) fn sides(&self) -> Vec<Side> {
        let mut sides = Vec::new();
        for person in self.people().iter().filter(|person| !person.hidden && !person.is_other()) {
            let tracks = self.tracks(person);
            if let Some(centre) = self.centre(&tracks) {
                let (person, faces) = (person.name.clone(), person.faces.clone());
                sides.push(Side { person, faces, centre });
            }
        }
        let said: HashSet<usize> = self.said_to_be_nobody();
        for track in self.unsure().map(|unsure| self.tracks(unsure)).unwrap_or_default() {
            if track.faces.iter().any(|face| said.contains(face)) {
                continue;
            }
            if let Some(centre) = self.mean(&track.faces) {
                sides.push(Side { person: UNSURE.to_owned(), faces: track.faces, centre });
            }
        }
        sides.sort_by_key(|side| std::cmp::Reverse(side.faces.len()));
        sides.truncate(SIDES);
        sides
    }

    /// Faces of which a person said that they are nobody's, or none.
    fn said_to_be_nobody(&self) -> HashSet<usize> {
        let holding = self.corrections.holding();
        let nobody = holding.filter(|(_, said)| {
            matches!(said.what, Statement::Unsure | Statement::NotAFace | Statement::Hide)
        });
        nobody.flat_map(|(_, said)| &said.faces).filter_map(|key| self.find(key)).collect()
    }

    /// Mean vector of tracks.
    fn centre(&self, tracks: &[Track]) -> Option<Array1<f32>> {
        let mut sum = Array1::<f32>::zeros(self.embeddings.ncols());
        let mut count = 0;
        for track in tracks {
            if let Some(mean) = self.mean(&track.faces) {
                sum += &mean;
                count += 1;
            }
        }
        (count > 0).then(|| sum / count as f32)
    }

    /// Mean unit vector of faces.
    pub(super) fn mean(&self, faces: &[usize]) -> Option<Array1<f32>> {
        let row = |face: &usize| self.stored.faces.get(*face)?.embedding;
        units::mean(&self.embeddings, faces.iter().filter_map(row))
    }

    /// Pairs of sides that are not asked about: seen on one frame, both with names, or said to be two people.
    pub(super) fn forbidden(&self, sides: &[Side]) -> Forbidden {
        let mut forbidden = HashSet::new();
        let mut forbid = |a: usize, b: usize| {
            if a != b {
                forbidden.insert((a.min(b), a.max(b)));
            }
        };
        let mut of: HashMap<usize, usize> = HashMap::new();
        let mut frames: HashMap<(usize, u64), Vec<usize>> = HashMap::new();
        for (index, side) in sides.iter().enumerate() {
            for face in &side.faces {
                of.insert(*face, index);
                if let Some(face) = self.stored.faces.get(*face) {
                    let here = frames.entry((face.video, face.frame)).or_default();
                    if here.last() != Some(&index) {
                        here.push(index);
                    }
                }
            }
        }
        for here in frames.values() {
            for (at, a) in here.iter().enumerate() {
                here.iter().skip(at + 1).for_each(|b| forbid(*a, *b));
            }
        }
        let named: Vec<usize> = (0..sides.len())
            .filter(|side| self.person(&sides[*side].person).is_some_and(|p| p.person.is_some()))
            .collect();
        for (at, a) in named.iter().enumerate() {
            named.iter().skip(at + 1).for_each(|b| forbid(*a, *b));
        }
        for (_, said) in self.corrections.holding() {
            if let Statement::Different { with } = &said.what {
                let side = |key| of.get(&self.find(key)?).copied();
                let ours: BTreeSet<usize> = said.faces.iter().filter_map(side).collect();
                let theirs: BTreeSet<usize> = with.iter().filter_map(side).collect();
                for a in &ours {
                    theirs.iter().for_each(|b| forbid(*a, *b));
                }
            }
        }
        forbidden
    }
}
