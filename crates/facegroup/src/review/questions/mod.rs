// SPDX-License-Identifier: MIT OR Apache-2.0
//! The most useful question first: are these two one person?
//!
//! An answer is worth what it may change. Of a pair of sides with `a` and `b` faces that are one person, each face of
//! `a` gains `b / (a + b)` of its BCubed recall at least and each of `b` the reverse, `2ab / (a + b)` together; a track
//! of `a` faces that is somebody else's among `b` costs as much precision. The expected gain is that times the
//! likelihood that the answer changes anything.

mod misplaced;
mod pairs;
mod progress;
mod sides;

use grouping::cluster::{Between, likelihood};

use super::Session;
use super::action::spread;

pub use progress::{Bounds, Progress};
use sides::Side;

/// Faces shown of a side, as StreamFace shows them.
const SHOWN: usize = 25;

/// The order of questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ranking {
    /// By what the answer is expected to gain.
    #[default]
    Gain,
    /// By the distance of means (StreamFace).
    Average,
    /// By the least distance of two faces (StreamFace).
    Single,
    /// By the least among the means and the two farthest faces of each (StreamFace).
    Triplet,
}

/// Two sides that may be one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The people, by their names; `unsure` for a track that is nobody's, and twice the same where a track may be
    /// in the wrong place.
    pub people: [String; 2],
    /// Faces of each side, up to 25 with pictures, spread over it.
    pub faces: [Vec<usize>; 2],
    /// Number of faces of each side.
    pub sizes: [usize; 2],
    /// Mean cosine similarity of the sides, -1 to 1.
    pub similarity: f32,
    /// Estimated probability that they are one person, 0 to 1.
    pub likelihood: f32,
    /// Faces that the answer is expected to put right.
    pub gain: f64,
}

/// A pair of sides, or a track and the rest of its person.
struct Pair {
    sides: [usize; 2],
    similarity: f32,
    likelihood: f32,
    gain: f64,
}

/// What can be asked, and how far the answering is.
#[derive(Debug, Clone, PartialEq)]
pub struct Queue {
    /// The most useful first.
    pub questions: Vec<Question>,
    /// How much was answered and is left, whichever questions these are.
    pub progress: Progress,
}

impl Session {
    /// Up to `count` questions. Pairs that were answered, that were seen on one frame, or of which both have names are
    /// left out, and so are hidden people.
    ///
    /// Takes time with the square of people, and of up to 3,000 of them and of unassigned tracks: 0.3 s of 2,000.
    pub fn queue(&self, count: usize, ranking: Ranking) -> Queue {
        let sides = self.sides();
        let forbidden = self.forbidden(&sides);
        let by_gain = self.by_gain(&sides, &forbidden);
        let misplaced = self.misplaced(&sides);
        let progress = self.progress(&sides, &by_gain, &misplaced);
        let between = match ranking {
            Ranking::Gain => None,
            Ranking::Average => Some(Between::Average),
            Ranking::Single => Some(Between::Single),
            Ranking::Triplet => Some(Between::Triplet),
        };
        let mut pairs = match between {
            None => by_gain,
            Some(between) => self.by_distance(&sides, &forbidden, between),
        };
        pairs.truncate(count);
        let mut questions: Vec<Question> =
            pairs.into_iter().map(|pair| self.question(&sides, &pair)).collect();
        if between.is_none() {
            questions.extend(misplaced);
            questions.sort_by(|a, b| b.gain.total_cmp(&a.gain));
            questions.truncate(count);
        }
        Queue { questions, progress }
    }

    fn likelihood(&self, similarity: f32) -> f32 {
        let cut = &self.before.cut;
        let impostor = (cut.same > cut.stranger).then_some(cut.stranger);
        likelihood(similarity, cut.threshold, impostor)
    }

    fn question(&self, sides: &[Side], pair: &Pair) -> Question {
        let [a, b] = pair.sides.map(|side| &sides[side]);
        Question {
            people: [a.person.clone(), b.person.clone()],
            faces: [self.shown(&a.faces), self.shown(&b.faces)],
            sizes: [a.faces.len(), b.faces.len()],
            similarity: pair.similarity,
            likelihood: pair.likelihood,
            gain: pair.gain,
        }
    }

    /// Faces to show of many, those with pictures first.
    fn shown(&self, faces: &[usize]) -> Vec<usize> {
        let (pictured, without): (Vec<usize>, Vec<usize>) =
            faces.iter().copied().partition(|face| self.stored.is_pictured(*face));
        let mut shown = spread(if pictured.is_empty() { &without } else { &pictured });
        let step = shown.len().div_ceil(SHOWN).max(1);
        shown = shown.into_iter().step_by(step).collect();
        shown
    }
}

fn odds(likelihood: f32) -> f32 {
    let likelihood = likelihood.clamp(1e-6, 1.0 - 1e-6);
    likelihood / (1.0 - likelihood)
}

/// Faces that a merge of two sides puts right.
fn worth(a: usize, b: usize) -> f64 {
    let (a, b) = (a as f64, b as f64);
    2.0 * a * b / (a + b).max(1.0)
}
