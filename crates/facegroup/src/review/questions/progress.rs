// SPDX-License-Identifier: MIT OR Apache-2.0
//! How far the answering is.

use std::collections::BTreeMap;

use dataset::format::corrections::{Correction, Statement};

use super::super::Session;
use super::{Pair, Question, Side};

/// Questions whose answer is less likely than this to change anything do not count as open.
const OPEN: f32 = 0.1;

/// The least and the most that something can be.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Bounds {
    /// If every open question had the worst answer.
    pub least: f64,
    /// If none changed anything.
    pub most: f64,
}

/// How far the answering is.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Progress {
    /// Questions answered.
    pub answered: usize,
    /// Questions that are still open.
    pub left: usize,
    /// BCubed precision of the faces that are somebody's.
    pub precision: Bounds,
    /// BCubed recall of them.
    pub recall: Bounds,
}

impl Session {
    /// How much was answered, how much is left, and how good the groups can be after what was answered.
    pub(super) fn progress(
        &self,
        sides: &[Side],
        by_gain: &[Pair],
        misplaced: &[Question],
    ) -> Progress {
        let answers = self.corrections.holding().filter(|(_, said)| {
            said.by == Correction::REVIEW
                && matches!(said.what, Statement::Same { .. } | Statement::Different { .. })
                && !said.also
        });
        let open: Vec<&Pair> = by_gain.iter().filter(|pair| pair.likelihood >= OPEN).collect();
        let doubtful = |question: &&Question| 1.0 - question.likelihood >= OPEN;
        let misplaced: Vec<&Question> = misplaced.iter().filter(doubtful).collect();
        Progress {
            answered: answers.count(),
            left: open.len() + misplaced.len(),
            precision: Bounds { least: self.least_precision(&misplaced), most: 1.0 },
            recall: Bounds { least: least_recall(sides, &open), most: 1.0 },
        }
    }

    /// BCubed precision if every track that may be misplaced were somebody else's.
    fn least_precision(&self, misplaced: &[&Question]) -> f64 {
        let mut wrong: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for question in misplaced {
            wrong.entry(&question.people[0]).or_default().push(question.sizes[0]);
        }
        let (mut sum, mut all) = (0.0, 0.0);
        for person in self.people() {
            let size = person.faces.len() as f64;
            let wrong = wrong.get(person.name.as_str()).map_or(&[][..], Vec::as_slice);
            let core = size - wrong.iter().sum::<usize>() as f64;
            let parts = wrong.iter().map(|part| *part as f64).chain([core]);
            sum += parts.map(|part| part * part / size.max(1.0)).sum::<f64>();
            all += size;
        }
        if all > 0.0 { sum / all } else { 1.0 }
    }
}

/// BCubed recall if every pair that is still open were one person.
fn least_recall(sides: &[Side], open: &[&Pair]) -> f64 {
    let mut parent: Vec<usize> = (0..sides.len()).collect();
    fn root(parent: &mut [usize], mut at: usize) -> usize {
        while parent[at] != at {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        at
    }
    for pair in open {
        let [a, b] = pair.sides.map(|side| root(&mut parent, side));
        parent[a] = b;
    }
    let mut sizes: BTreeMap<usize, f64> = BTreeMap::new();
    for (index, side) in sides.iter().enumerate() {
        *sizes.entry(root(&mut parent, index)).or_default() += side.faces.len() as f64;
    }
    let (mut sum, mut all) = (0.0, 0.0);
    for (index, side) in sides.iter().enumerate() {
        let size = side.faces.len() as f64;
        sum += size * size / sizes.get(&root(&mut parent, index)).copied().unwrap_or(size).max(1.0);
        all += size;
    }
    if all > 0.0 { sum / all } else { 1.0 }
}
