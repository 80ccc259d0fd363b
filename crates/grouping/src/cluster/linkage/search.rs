// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding the most similar clusters: all against all while they are few, else within small
//! overlapping neighbourhoods.
//!
//! Neighbourhoods come from pivot partitioning: some of the clusters are drawn as pivots, each cluster goes
//! to the pivots most similar to it, and what a pivot gathers is partitioned again until it is small.
//! Within a neighbourhood all are compared, as one matrix product. The work is n log n.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use fastrand::Rng;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, s};

use super::candidates::{Candidate, Candidates};
use super::clusters::Clusters;
use crate::index::most_similar;

/// Up to this many clusters all are compared with all.
pub const EXHAUSTIVE: usize = 16_384;
/// Most clusters of a neighbourhood, and rows of a tile: two tiles fit a core's cache.
const TILE: usize = 512;
/// Rows of a tile compared at once with those from there on: half of the products are saved.
const STRIP: usize = 128;
/// Clusters a first pivot gathers on average.
const FIRST: usize = 8192;
/// Most first pivots: comparing with them must not outgrow the rest.
const MOST_PIVOTS: usize = 1024;
/// First pivots that a cluster goes to, in the first search of all and in later ones, which are
/// of far fewer clusters. More find more, and cost as much more: 8 in each is half as expensive again
/// at 100,000 synthetic tracks, for .002 of B³ F.
const FIRST_SPREADS: (usize, usize) = (4, 6);
/// Pivots that a cluster goes to below the first ones.
const SPREAD: usize = 2;
/// Clusters whose lists share a lock.
const SHARD: usize = 256;

/// What one thread writes to.
struct Worker<'w, 'l, 'c> {
    clusters: &'w Clusters<'c>,
    lists: &'w [Mutex<&'l mut [Candidates]>],
    floor: f32,
    rows: Array2<f32>,
    columns: Array2<f32>,
    products: Array2<f32>,
}

/// Fills the lists of the clusters `roots` with their most similar ones among them, from `floor`
/// up. `lists` has one list an item. The result does not depend on the number of threads.
pub fn all(clusters: &Clusters<'_>, roots: &[u32], lists: &mut [Candidates], floor: f32) {
    let shards: Vec<_> = lists.chunks_mut(SHARD).map(Mutex::new).collect();
    let tiles: Vec<&[u32]> = roots.chunks(TILE).collect();
    let pairs: Vec<(&[u32], &[u32])> = (0..tiles.len())
        .flat_map(|a| (a..tiles.len()).map(move |b| (a, b)))
        .map(|(a, b)| (tiles[a], tiles[b]))
        .collect();
    each(clusters, &shards, floor, pairs.len(), |worker, pair| {
        let (rows, columns) = pairs[pair];
        worker.compare(rows, columns);
    });
}

/// Like [`all`] for many clusters: within neighbourhoods only, and some are missed. The number of
/// the `round` decides how wide and where.
pub fn near(
    clusters: &Clusters<'_>,
    roots: &[u32],
    lists: &mut [Candidates],
    floor: f32,
    round: u64,
) {
    let shards: Vec<_> = lists.chunks_mut(SHARD).map(Mutex::new).collect();
    let spread = if round == 0 { FIRST_SPREADS.0 } else { FIRST_SPREADS.1 };
    let mut rng = Rng::with_seed(round);
    let count = (roots.len() * spread / FIRST).clamp(2 * spread, MOST_PIVOTS);
    let pivots = draw_pivots(clusters, roots, count, &mut rng);
    let blocks: Vec<&[u32]> = roots.chunks(TILE).collect();
    let chosen: Vec<Mutex<Vec<u32>>> = blocks.iter().map(|_| Mutex::new(Vec::new())).collect();
    each(clusters, &shards, floor, blocks.len(), |worker, block| {
        *chosen[block].lock().unwrap_or_else(PoisonError::into_inner) =
            worker.assign(blocks[block], pivots.view(), spread);
    });
    let chosen = chosen.into_iter().map(|c| c.into_inner().unwrap_or_else(PoisonError::into_inner));
    let gathered = gather(roots, chosen.flatten(), spread, pivots.nrows());
    each(clusters, &shards, floor, gathered.len(), |worker, pivot| {
        worker.partition(&gathered[pivot], &mut Rng::with_seed(round ^ (pivot as u64 + 1)), 1);
    });
}

/// Does jobs 0 to `jobs` - 1 on all cores.
fn each<'w, 'l, 'c>(
    clusters: &'w Clusters<'c>,
    lists: &'w [Mutex<&'l mut [Candidates]>],
    floor: f32,
    jobs: usize,
    job: impl Fn(&mut Worker<'w, 'l, 'c>, usize) + Sync,
) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(jobs);
    let size = (TILE, clusters.dimensions());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut worker = Worker {
                    clusters,
                    lists,
                    floor,
                    rows: Array2::zeros(size),
                    columns: Array2::zeros(size),
                    products: Array2::zeros((TILE, MOST_PIVOTS)),
                };
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= jobs {
                        break;
                    }
                    job(&mut worker, index);
                }
            });
        }
    });
}

/// Unit mean vectors of clusters drawn as pivots.
fn draw_pivots(clusters: &Clusters<'_>, roots: &[u32], count: usize, rng: &mut Rng) -> Array2<f32> {
    let drawn = rng.choose_multiple(roots.iter().copied(), count);
    let mut pivots = Array2::zeros((drawn.len(), clusters.dimensions()));
    read(clusters, &drawn, &mut pivots);
    for mut pivot in pivots.rows_mut() {
        let norm = pivot.dot(&pivot).sqrt();
        if norm > 0.0 {
            pivot /= norm;
        }
    }
    pivots
}

fn read(clusters: &Clusters<'_>, roots: &[u32], rows: &mut Array2<f32>) {
    for (mut row, &root) in rows.rows_mut().into_iter().zip(roots) {
        if let Some(row) = row.as_slice_mut() {
            clusters.mean(root, row);
        }
    }
}

/// The clusters each pivot has, given `spread` pivots for each cluster in turn.
fn gather(
    roots: &[u32],
    chosen: impl Iterator<Item = u32>,
    spread: usize,
    pivots: usize,
) -> Vec<Vec<u32>> {
    let mut gathered = vec![Vec::new(); pivots];
    for (choice, pivot) in chosen.enumerate() {
        gathered[pivot as usize].push(roots[choice / spread]);
    }
    gathered
}

impl Worker<'_, '_, '_> {
    /// Splits clusters into neighbourhoods and compares within each.
    fn partition(&mut self, roots: &[u32], rng: &mut Rng, depth: usize) {
        if roots.len() <= TILE {
            self.compare(roots, roots);
            return;
        }
        let count = (2 * SPREAD * roots.len() / TILE).clamp(2 * SPREAD, MOST_PIVOTS);
        let pivots = draw_pivots(self.clusters, roots, count, rng);
        // Once more than one is enough, else the number of places would double with each depth.
        let spread = if depth == 1 { SPREAD } else { 1 };
        let chosen: Vec<u32> = (roots.chunks(TILE))
            .flat_map(|block| self.assign(block, pivots.view(), spread))
            .collect();
        for part in gather(roots, chosen.into_iter(), spread, pivots.nrows()) {
            if part.len() > roots.len() / 4 * 3 {
                // All are similar: partitioning does not end.
                part.chunks(TILE).for_each(|tile| self.compare(tile, tile));
            } else {
                self.partition(&part, rng, depth + 1);
            }
        }
    }

    /// The `spread` pivots most similar to each cluster of a block.
    fn assign(&mut self, block: &[u32], pivots: ArrayView2<'_, f32>, spread: usize) -> Vec<u32> {
        read(self.clusters, block, &mut self.rows);
        let rows = self.rows.slice(s![..block.len(), ..]);
        let mut products = self.products.slice_mut(s![..block.len(), ..pivots.nrows()]);
        general_mat_mul(1.0, &rows, &pivots.t(), 0.0, &mut products);
        let mut chosen = Vec::with_capacity(block.len() * spread);
        let mut best = Vec::with_capacity(spread + 1);
        for row in products.rows() {
            most_similar(row, spread, &mut best);
            chosen.extend(best.iter().map(|pivot| pivot.row as u32));
        }
        chosen
    }

    /// Compares all of one tile with all of another, or of the same, and notes what is similar.
    fn compare(&mut self, a: &[u32], b: &[u32]) {
        let same = std::ptr::eq(a, b);
        read(self.clusters, a, &mut self.rows);
        if !same {
            read(self.clusters, b, &mut self.columns);
        }
        let columns = if same { &self.rows } else { &self.columns };
        let mut tile = std::mem::take(&mut self.products);
        let mut least = (self.least(a), self.least(b));
        let strip = if same { STRIP } else { TILE };
        for first in (0..a.len()).step_by(strip) {
            let last = a.len().min(first + strip);
            let start = if same { first } else { 0 };
            let rows = self.rows.slice(s![first..last, ..]);
            let columns = columns.slice(s![start..b.len(), ..]);
            let mut products = tile.slice_mut(s![..rows.nrows(), ..columns.nrows()]);
            general_mat_mul(1.0, &rows, &columns.t(), 0.0, &mut products);
            for (row, products) in (first..last).zip(products.rows()) {
                // Of a tile with itself each pair once, and none of a cluster with itself.
                let start = if same { row + 1 } else { 0 };
                let skipped = start - if same { first } else { 0 };
                for (column, &similarity) in (start..b.len()).zip(products.iter().skip(skipped)) {
                    if improves(least.0[row], similarity, b[column]) {
                        least.0[row] = self.note(a[row], b[column], similarity);
                    }
                    if improves(least.1[column], similarity, a[row]) {
                        least.1[column] = self.note(b[column], a[row], similarity);
                    }
                }
            }
        }
        self.products = tile;
    }

    /// What a candidate of each cluster must beat to be noted.
    fn least(&self, roots: &[u32]) -> Vec<(f32, u32)> {
        roots.iter().map(|&root| self.with(root, |list| list.least(self.floor))).collect()
    }

    /// Puts a candidate on a cluster's list; returns what the next one must beat.
    fn note(&self, root: u32, other: u32, similarity: f32) -> (f32, u32) {
        let size = self.clusters.size(other);
        let forbidden = self.clusters.forbidden(root, other);
        self.with(root, |list| {
            if !forbidden {
                list.add(Candidate { root: other, size, similarity });
            }
            list.least(self.floor)
        })
    }

    fn with<T>(&self, root: u32, work: impl FnOnce(&mut Candidates) -> T) -> T {
        let shard = &self.lists[root as usize / SHARD];
        let mut lists = shard.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut lists[root as usize % SHARD])
    }
}

/// Whether a candidate may enter a list whose last one is `least`.
fn improves(least: (f32, u32), similarity: f32, root: u32) -> bool {
    similarity > least.0 || similarity == least.0 && root < least.1
}
