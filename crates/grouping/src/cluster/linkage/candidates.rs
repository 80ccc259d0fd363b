// SPDX-License-Identifier: MIT OR Apache-2.0
//! The most similar clusters known of each cluster.

use super::clusters::Clusters;

/// Candidates kept for a cluster. Fewer mean more searches, more mean more memory.
pub const KEPT: usize = 24;

/// A cluster that may be merged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Its root when it was compared.
    pub root: u32,
    /// Its size when it was compared: a cluster that has grown since must be compared again.
    pub size: u32,
    /// Mean similarity then. It cannot have grown, unless by a part that was never listed.
    pub similarity: f32,
}

impl Candidate {
    const NONE: Self = Self { root: u32::MAX, size: 0, similarity: f32::NEG_INFINITY };

    /// More similar, or as similar and earlier: a strict order, whatever the order of arrival.
    fn before(&self, other: &Self) -> bool {
        (self.similarity, other.root) > (other.similarity, self.root)
    }
}

/// The best candidates of one cluster.
#[derive(Debug, Clone)]
pub struct Candidates {
    kept: [Candidate; KEPT],
    count: u32,
    /// No cluster that is not listed is more similar than this.
    pub bound: f32,
}

impl Candidates {
    /// None yet, and none unlisted above `bound`.
    pub fn new(bound: f32) -> Self {
        Self { kept: [Candidate::NONE; KEPT], count: 0, bound }
    }

    /// The candidates in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.kept[..self.count as usize].iter()
    }

    /// What a candidate must be more similar than to enter the list, or as similar and earlier:
    /// the last one on a full list, else nothing but `floor`.
    pub fn least(&self, floor: f32) -> (f32, u32) {
        let last = if (self.count as usize) < KEPT { Candidate::NONE } else { self.worst().1 };
        if last.similarity < floor { (floor, u32::MAX) } else { (last.similarity, last.root) }
    }

    fn worst(&self) -> (usize, Candidate) {
        let mut worst = (0, self.kept[0]);
        for (place, candidate) in self.iter().enumerate() {
            if worst.1.before(candidate) {
                worst = (place, *candidate);
            }
        }
        worst
    }

    /// Adds a candidate, once however often it is found; the least similar one makes room.
    pub fn add(&mut self, new: Candidate) {
        let count = self.count as usize;
        if let Some(old) = self.kept[..count].iter_mut().find(|old| old.root == new.root) {
            old.similarity = old.similarity.max(new.similarity);
        } else if count < KEPT {
            self.kept[count] = new;
            self.count += 1;
        } else {
            let (place, worst) = self.worst();
            let dropped = if new.before(&worst) { worst } else { new };
            if new.before(&worst) {
                self.kept[place] = new;
            }
            self.bound = self.bound.max(dropped.similarity);
        }
    }

    /// The candidates as they are now: each cluster once, by its root, and none that is `root`
    /// itself or may not merge with it. Similarities are brought up to date where `exact`, else where
    /// they could be the best.
    pub fn refresh(
        &mut self,
        clusters: &Clusters<'_>,
        root: u32,
        exact: bool,
    ) -> Option<Candidate> {
        let mut kept = 0;
        for place in 0..self.count as usize {
            let mut candidate = self.kept[place];
            if !clusters.is_root(candidate.root) {
                candidate = Candidate { root: clusters.root(candidate.root), size: 0, ..candidate };
            }
            if candidate.root == root || clusters.forbidden(root, candidate.root) {
                continue;
            }
            match self.kept[..kept].iter_mut().find(|old| old.root == candidate.root) {
                // Of two notes on one cluster a current one is true, else the larger one bounds.
                Some(old) if old.size == clusters.size(old.root) => {}
                Some(old) if candidate.size == clusters.size(old.root) => *old = candidate,
                Some(old) => old.similarity = old.similarity.max(candidate.similarity),
                None => {
                    self.kept[kept] = candidate;
                    kept += 1;
                }
            }
        }
        self.count = kept as u32;
        if exact {
            for candidate in &mut self.kept[..kept] {
                update(candidate, clusters, root);
            }
        }
        loop {
            let best =
                self.kept[..kept].iter_mut().reduce(|a, b| if b.before(a) { b } else { a })?;
            if !update(best, clusters, root) {
                return Some(*best);
            }
        }
    }
}

/// Compares again if the cluster has grown; whether it had.
fn update(candidate: &mut Candidate, clusters: &Clusters<'_>, root: u32) -> bool {
    let size = clusters.size(candidate.root);
    let stale = candidate.size != size;
    if stale {
        candidate.size = size;
        candidate.similarity = clusters.similarity(root, candidate.root);
    }
    stale
}
