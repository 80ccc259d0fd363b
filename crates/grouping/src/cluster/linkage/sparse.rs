// SPDX-License-Identifier: MIT OR Apache-2.0
//! Average linkage without the matrix.
//!
//! Average linkage is reducible: merging two clusters makes neither more similar to a third. So
//! two clusters that are each other's most similar may be merged at any time, and the dendrogram is the
//! same as if always the most similar pair of all had been merged. Each cluster keeps a short list
//! of its most similar ones and a bound on all that are not on it. It merges with the best on its list
//! while that is as good as the bound; where a list is exhausted, the cluster waits. When all that
//! is left waits, their lists are filled anew, and so on until nothing reaches the floor.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use ndarray::ArrayView2;
use tracing::debug;

use super::candidates::{Candidate, Candidates};
use super::clusters::Clusters;
use super::search::{self, EXHAUSTIVE};
use super::{Constraints, Dendrogram};

/// Most rounds of searching. Data in which lists are still exhausted then is merged as far as known.
const MOST_ROUNDS: usize = 64;
/// Rounds that search near all clusters. By then those that do not wait have found their own.
const FULL_ROUNDS: usize = 3;
/// How much further below its bound a list may be trusted with each round after those: the bound
/// is a worst case, and merging one pair a round costs more than it gains. Measured on synthetic tracks:
/// nothing of B³ F at 100,000; at a million half of the time, for .004 of it.
const SLACK_A_ROUND: f32 = 0.01;
/// Similarities closer than this are the same: the error of a product of long vectors.
const ROUNDING: f32 = 1e-6;

/// Average linkage of the rows of a matrix down to the similarity `floor`, in memory that grows
/// with the number of rows and not with its square.
///
/// `vectors` are means of unit vectors, `floor` is the least similarity of a merge, above -1 to 1;
/// the dendrogram can be cut there or anywhere above. Rows that are not finite merge with nothing. Up to
/// about 16,000 rows the merges are those of [`average_linkage`](super::average_linkage) but for
/// the order of equal similarities; beyond that neighbours are searched for without comparing all
/// with all, and a few are missed. The same input gives the same result on any number of cores.
pub fn sparse_linkage(
    vectors: ArrayView2<'_, f32>,
    forbidden: &Constraints,
    floor: f32,
) -> Dendrogram {
    link(vectors, forbidden, floor, EXHAUSTIVE)
}

/// Linkage that compares all with all from `exhaustive` clusters down.
pub(super) fn link(
    vectors: ArrayView2<'_, f32>,
    forbidden: &Constraints,
    floor: f32,
    exhaustive: usize,
) -> Dendrogram {
    let mut linkage = Linkage::new(vectors, forbidden, floor);
    let mut searched = linkage.clusters.roots();
    for round in 0..MOST_ROUNDS {
        let exact = searched.len() <= exhaustive;
        let before = linkage.clusters.merges();
        linkage.search(&searched, (!exact).then_some(round as u64));
        linkage.slack = if exact { ROUNDING } else { slack(round) };
        linkage.join_all(false);
        let merges = linkage.clusters.merges() - before;
        let waiting = linkage.waiting();
        debug!(round, clusters = searched.len(), merges, waiting = waiting.len(), "linkage");
        if waiting.is_empty() && (exact || round + 1 >= FULL_ROUNDS) {
            break;
        }
        // A cluster that does not wait has nothing to merge with, as far as its searches went.
        searched =
            if exact || round + 1 >= FULL_ROUNDS { waiting } else { linkage.clusters.roots() };
    }
    linkage.join_all(true);
    let items = linkage.clusters.items();
    Dendrogram::new(items, linkage.clusters.into_merges())
}

fn slack(round: usize) -> f32 {
    ROUNDING + SLACK_A_ROUND * (round + 1).saturating_sub(FULL_ROUNDS) as f32
}

/// Where a cluster stands in its round.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// In the queue.
    Queued,
    /// Waits for a search: its own list is exhausted, or that of the cluster it would merge with.
    Waiting,
    /// Nothing known reaches the floor, or it is part of another cluster.
    Done,
}

struct Linkage<'a> {
    clusters: Clusters<'a>,
    lists: Vec<Candidates>,
    states: Vec<State>,
    /// No candidate of the cluster, listed or not, is more similar.
    keys: Vec<f32>,
    queue: BinaryHeap<Entry>,
    floor: f32,
    /// How much less similar than the bound the best on a list may be.
    slack: f32,
}

impl<'a> Linkage<'a> {
    fn new(vectors: ArrayView2<'a, f32>, forbidden: &Constraints, floor: f32) -> Self {
        let clusters = Clusters::new(vectors, forbidden);
        let items = clusters.items();
        Self {
            clusters,
            lists: vec![Candidates::new(floor); items],
            states: vec![State::Done; items],
            keys: vec![f32::NEG_INFINITY; items],
            queue: BinaryHeap::new(),
            floor,
            slack: ROUNDING,
        }
    }

    fn waiting(&self) -> Vec<u32> {
        let waiting = |root: &u32| self.states[*root as usize] == State::Waiting;
        (0..self.clusters.items() as u32).filter(waiting).collect()
    }

    /// Fills the lists of some clusters and queues them: by comparing all, or, given a round,
    /// near ones only.
    fn search(&mut self, roots: &[u32], round: Option<u64>) {
        for &root in roots {
            let list = &mut self.lists[root as usize];
            list.refresh(&self.clusters, root, true);
            list.bound = self.floor;
        }
        match round {
            None => search::all(&self.clusters, roots, &mut self.lists, self.floor),
            Some(round) => search::near(&self.clusters, roots, &mut self.lists, self.floor, round),
        }
        for &root in roots {
            let list = &mut self.lists[root as usize];
            list.bound = list.least(self.floor).0;
            self.enqueue(root, f32::INFINITY);
        }
    }

    /// Puts a cluster in the queue, under a key that is no less than its best similarity.
    fn enqueue(&mut self, root: u32, key: f32) {
        self.states[root as usize] = State::Queued;
        self.keys[root as usize] = key;
        self.queue.push(Entry { key, root });
    }

    /// Joins until all that is left waits or is done. `at_any_rate`: what is not listed counts as
    /// not there.
    fn join_all(&mut self, at_any_rate: bool) {
        if at_any_rate {
            for root in self.waiting() {
                self.enqueue(root, f32::INFINITY);
            }
        }
        while let Some(Entry { key, root }) = self.queue.pop() {
            let place = root as usize;
            if self.states[place] != State::Queued || self.keys[place] != key {
                continue;
            }
            let best = self.lists[place].refresh(&self.clusters, root, false);
            let listed = best.map_or(f32::NEG_INFINITY, |best| best.similarity);
            let bound = if at_any_rate { self.floor } else { self.lists[place].bound };
            let now = listed.max(bound);
            let known = listed + self.slack >= bound || bound <= self.floor;
            match best {
                _ if known && listed < self.floor => self.states[place] = State::Done,
                _ if now < key => self.enqueue(root, now),
                _ if !known => self.states[place] = State::Waiting,
                Some(best) => {
                    let other = best.root as usize;
                    let blocked = self.states[other] == State::Waiting
                        && self.keys[other] > listed + self.slack;
                    if blocked && !at_any_rate {
                        self.states[place] = State::Waiting;
                    } else {
                        self.merge(root, best);
                    }
                }
                None => self.states[place] = State::Done,
            }
        }
    }

    /// Joins two clusters; the new one takes the better half of both lists.
    fn merge(&mut self, a: u32, best: Candidate) {
        let b = best.root;
        let sizes = (self.clusters.size(a) as f32, self.clusters.size(b) as f32);
        let bounds = (self.lists[a as usize].bound, self.lists[b as usize].bound);
        let (root, child) = self.clusters.merge(a, b, best.similarity);
        // What neither lists is on average no more similar than both bounds.
        let bound = (bounds.0 * sizes.0 + bounds.1 * sizes.1) / (sizes.0 + sizes.1);
        let empty = Candidates::new(self.floor);
        let lists = [root, child]
            .map(|old| std::mem::replace(&mut self.lists[old as usize], empty.clone()));
        let mut list = Candidates::new(bound.max(self.floor));
        for old in lists.iter().flat_map(Candidates::iter) {
            let other = self.clusters.root(old.root);
            let known = other == root || list.iter().any(|new| new.root == other);
            if known || self.clusters.forbidden(root, other) {
                continue;
            }
            let similarity = self.clusters.similarity(root, other);
            if similarity >= self.floor {
                list.add(Candidate { root: other, size: self.clusters.size(other), similarity });
            }
        }
        let key = list.iter().map(|new| new.similarity).fold(list.bound, f32::max);
        self.lists[root as usize] = list;
        self.states[child as usize] = State::Done;
        self.enqueue(root, key);
    }
}

/// A cluster in the queue: the most similar first, then the first.
#[derive(Debug, Clone, Copy)]
struct Entry {
    key: f32,
    root: u32,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.total_cmp(&other.key).then(other.root.cmp(&self.root))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}
