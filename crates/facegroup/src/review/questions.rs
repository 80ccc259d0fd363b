// SPDX-License-Identifier: MIT OR Apache-2.0
//! The most useful question first: are these two one person?
//!
//! An answer is worth what it may change. Of a pair of sides with `a` and `b` faces that are one person, each face of
//! `a` gains `b / (a + b)` of its BCubed recall at least and each of `b` the reverse, `2ab / (a + b)` together; a track
//! of `a` faces that is somebody else's among `b` costs as much precision. The expected gain is that times the
//! likelihood that the answer changes anything.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use dataset::UNSURE;
use dataset::format::corrections::{Correction, Statement};
use grouping::cluster::{Between, Candidates, likelihood};
use ndarray::{Array1, Array2, Axis};

use super::Session;
use super::action::spread;
use super::people::Track;

/// Faces shown of a side, as StreamFace shows them.
const SHOWN: usize = 25;
/// Sides compared, the largest ones; a product of all takes a tenth of a second.
const SIDES: usize = 3000;
/// Answers that are less likely to change anything are not asked for.
const LEAST_LIKELY: f32 = 0.03;
/// Questions less likely than this do not count as open.
const OPEN: f32 = 0.1;

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

/// One side of a question.
struct Side {
    person: String,
    faces: Vec<usize>,
    /// Mean of its tracks' mean unit vectors.
    centre: Array1<f32>,
}

/// A pair of sides, or a track and the rest of its person.
struct Pair {
    sides: [usize; 2],
    similarity: f32,
    likelihood: f32,
    gain: f64,
}

impl Session {
    /// Questions, the most useful first. Pairs that were answered, that were seen on one frame, or of which both have
    /// names are left out, and so are hidden people.
    pub fn questions(&self, count: usize, ranking: Ranking) -> Vec<Question> {
        let sides = self.sides();
        let mut pairs = match ranking {
            Ranking::Gain => self.by_gain(&sides),
            Ranking::Average => self.by_distance(&sides, Between::Average),
            Ranking::Single => self.by_distance(&sides, Between::Single),
            Ranking::Triplet => self.by_distance(&sides, Between::Triplet),
        };
        pairs.truncate(count);
        let mut questions: Vec<Question> =
            pairs.into_iter().map(|pair| self.question(&sides, &pair)).collect();
        if ranking == Ranking::Gain {
            questions.extend(self.misplaced());
            questions.sort_by(|a, b| b.gain.total_cmp(&a.gain));
            questions.truncate(count);
        }
        questions
    }

    /// How much was answered, how much is left, and how good the groups can be after what was answered.
    pub fn progress(&self) -> Progress {
        let answers = self.corrections.holding().filter(|(_, said)| {
            said.by == Correction::REVIEW
                && matches!(said.what, Statement::Same { .. } | Statement::Different { .. })
                && !said.also
        });
        let sides = self.sides();
        let open: Vec<Pair> =
            self.by_gain(&sides).into_iter().filter(|p| p.likelihood >= OPEN).collect();
        let misplaced: Vec<Question> =
            self.misplaced().into_iter().filter(|q| 1.0 - q.likelihood >= OPEN).collect();
        Progress {
            answered: answers.count(),
            left: open.len() + misplaced.len(),
            precision: Bounds { least: self.least_precision(&misplaced), most: 1.0 },
            recall: Bounds { least: least_recall(&sides, &open), most: 1.0 },
        }
    }

    /// What can be asked about: people, and tracks that are nobody's; the largest first.
    fn sides(&self) -> Vec<Side> {
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
    fn mean(&self, faces: &[usize]) -> Option<Array1<f32>> {
        let mut sum = Array1::<f32>::zeros(self.embeddings.ncols());
        let mut count = 0;
        for face in faces {
            let row = self.stored.faces.get(*face).and_then(|face| face.embedding);
            let Some(row) = row.filter(|row| *row < self.embeddings.nrows()) else { continue };
            let row = self.embeddings.row(row);
            if let Some(length) = crate::units::length(row) {
                sum.scaled_add(1.0 / length, &row);
                count += 1;
            }
        }
        (count > 0).then(|| sum / count as f32)
    }

    fn likelihood(&self, similarity: f32) -> f32 {
        let cut = &self.before.cut;
        let impostor = (cut.same > cut.stranger).then_some(cut.stranger);
        likelihood(similarity, cut.threshold, impostor)
    }

    /// Pairs of sides, the highest expected gain first.
    fn by_gain(&self, sides: &[Side]) -> Vec<Pair> {
        let forbidden = self.forbidden(sides);
        let mut centres = Array2::zeros((sides.len(), self.embeddings.ncols()));
        for (mut row, side) in centres.rows_mut().into_iter().zip(sides) {
            row.assign(&side.centre);
        }
        let mut pairs = Vec::new();
        for (a, row) in centres.axis_iter(Axis(0)).enumerate() {
            let similarities = centres.dot(&row);
            for (b, &similarity) in similarities.iter().enumerate().skip(a + 1) {
                let likelihood = self.likelihood(similarity);
                if likelihood < LEAST_LIKELY || forbidden.contains(&(a, b)) {
                    continue;
                }
                let gain =
                    f64::from(likelihood) * worth(sides[a].faces.len(), sides[b].faces.len());
                pairs.push(Pair { sides: [a, b], similarity, likelihood, gain });
            }
        }
        pairs.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        pairs
    }

    /// Pairs of people by distance alone.
    fn by_distance(&self, sides: &[Side], between: Between) -> Vec<Pair> {
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
        let forbidden = self.forbidden(sides);
        let mut found = candidates.find(self.embeddings.view(), &labels, &forbidden);
        found.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        let pair = |groups: (usize, usize), distance: f64| {
            let (a, b) = groups;
            let similarity = sides[a].centre.dot(&sides[b].centre);
            let likelihood = self.likelihood(similarity);
            Pair { sides: [a, b], similarity, likelihood, gain: -distance }
        };
        found.into_iter().map(|found| pair(found.groups, found.distance)).collect()
    }

    /// Pairs of sides that are not asked about: seen on one frame, both with names, or said to be two people.
    fn forbidden(&self, sides: &[Side]) -> HashSet<(usize, usize)> {
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

    /// Tracks that may be somebody else's than the person's they are with.
    fn misplaced(&self) -> Vec<Question> {
        let confirmed = self.confirmed();
        let mut found = Vec::new();
        let outliers: BTreeSet<usize> = self.filing.grouping.outliers.iter().copied().collect();
        for face in outliers.into_iter().filter(|face| !confirmed.contains(face)) {
            let Some(person) = self.person_of(face).filter(|p| p.name != UNSURE && !p.hidden)
            else {
                continue;
            };
            let tracks = self.tracks(person);
            let Some(own) = tracks.iter().position(|track| track.faces.contains(&face)) else {
                continue;
            };
            let others: Vec<Track> = tracks
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != own)
                .map(|(_, t)| t.clone())
                .collect();
            let (Some(mean), Some(centre)) = (self.mean(&tracks[own].faces), self.centre(&others))
            else {
                continue;
            };
            let similarity = mean.dot(&centre);
            let likelihood = self.likelihood(similarity);
            let rest: Vec<usize> = others.iter().flat_map(|track| &track.faces).copied().collect();
            let gain = f64::from(1.0 - likelihood) * worth(tracks[own].faces.len(), rest.len());
            found.push(Question {
                people: [person.name.clone(), person.name.clone()],
                faces: [self.shown(&tracks[own].faces), self.shown(&rest)],
                sizes: [tracks[own].faces.len(), rest.len()],
                similarity,
                likelihood,
                gain,
            });
        }
        found
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

    /// BCubed precision if every track that may be misplaced were somebody else's.
    fn least_precision(&self, misplaced: &[Question]) -> f64 {
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

/// Faces that a merge of two sides puts right.
fn worth(a: usize, b: usize) -> f64 {
    let (a, b) = (a as f64, b as f64);
    2.0 * a * b / (a + b).max(1.0)
}

/// BCubed recall if every pair that is still open were one person.
fn least_recall(sides: &[Side], open: &[Pair]) -> f64 {
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
