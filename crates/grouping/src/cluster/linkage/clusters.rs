// SPDX-License-Identifier: MIT OR Apache-2.0
//! Clusters as they are built: vector sum, size, and which clusters may never merge with them.
//!
//! The mean similarity of the members of two clusters is the product of their means, so sums are
//! all that average linkage needs. A cluster of one item borrows its row.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ndarray::{ArrayView1, ArrayView2, CowArray, Ix2};

use super::{Constraints, Merge};

/// Clusters of the rows of a matrix, each known by one of its items, its root.
pub struct Clusters<'a> {
    rows: CowArray<'a, f32, Ix2>,
    sums: Vec<Option<Box<[f32]>>>,
    sizes: Vec<u32>,
    parents: Vec<u32>,
    /// Number of each root's cluster in the dendrogram.
    nodes: Vec<u32>,
    /// Roots that a root's cluster may never merge with.
    cannot_link: HashMap<u32, HashSet<u32>>,
    merges: Vec<Merge>,
}

impl<'a> Clusters<'a> {
    /// One cluster for each row.
    pub fn new(vectors: ArrayView2<'a, f32>, forbidden: &Constraints) -> Self {
        let items = vectors.nrows() as u32;
        let mut cannot_link: HashMap<u32, HashSet<u32>> = HashMap::new();
        for &(a, b) in forbidden.pairs() {
            cannot_link.entry(a as u32).or_default().insert(b as u32);
            cannot_link.entry(b as u32).or_default().insert(a as u32);
        }
        let mut clusters = Self {
            rows: match vectors.is_standard_layout() {
                true => CowArray::from(vectors),
                false => CowArray::from(vectors.as_standard_layout().into_owned()),
            },
            sums: vec![None; items as usize],
            sizes: vec![1; items as usize],
            parents: (0..items).collect(),
            nodes: (0..items).collect(),
            cannot_link,
            merges: Vec::new(),
        };
        for (a, b) in forbidden.links() {
            let (a, b) = (clusters.root(a as u32), clusters.root(b as u32));
            if a != b && !clusters.forbidden(a, b) {
                clusters.merge(a, b, 1.0);
            }
        }
        clusters
    }

    /// Number of items.
    pub fn items(&self) -> usize {
        self.parents.len()
    }

    /// Length of the vectors.
    pub fn dimensions(&self) -> usize {
        self.rows.ncols()
    }

    /// The merges so far, in the order made.
    pub fn into_merges(self) -> Vec<Merge> {
        self.merges
    }

    /// Number of merges so far.
    pub fn merges(&self) -> usize {
        self.merges.len()
    }

    /// Number of items of a root's cluster.
    pub fn size(&self, root: u32) -> u32 {
        self.sizes[root as usize]
    }

    /// Root of an item's cluster.
    pub fn root(&self, item: u32) -> u32 {
        let mut root = item;
        while self.parents[root as usize] != root {
            root = self.parents[root as usize];
        }
        root
    }

    /// Whether an item is a root.
    pub fn is_root(&self, item: u32) -> bool {
        self.parents[item as usize] == item
    }

    /// All roots, in order.
    pub fn roots(&self) -> Vec<u32> {
        (0..self.items() as u32).filter(|&item| self.is_root(item)).collect()
    }

    fn sum(&self, root: u32) -> Cow<'_, [f32]> {
        if let Some(sum) = &self.sums[root as usize] {
            return Cow::Borrowed(sum);
        }
        let row = self.rows.row(root as usize);
        // Rows of a matrix in standard layout are slices: nothing is copied here.
        row.to_slice().map_or_else(|| Cow::Owned(row.to_vec()), Cow::Borrowed)
    }

    /// Writes the mean vector of a root's cluster.
    pub fn mean(&self, root: u32, mean: &mut [f32]) {
        let scale = 1.0 / self.size(root) as f32;
        for (mean, sum) in mean.iter_mut().zip(self.sum(root).iter()) {
            *mean = sum * scale;
        }
    }

    /// Mean similarity between the members of two clusters.
    pub fn similarity(&self, a: u32, b: u32) -> f32 {
        let (sum_a, sum_b) = (self.sum(a), self.sum(b));
        let product = ArrayView1::from(&*sum_a).dot(&ArrayView1::from(&*sum_b));
        product / (self.size(a) as f32 * self.size(b) as f32)
    }

    /// Whether two clusters hold a forbidden pair.
    pub fn forbidden(&self, a: u32, b: u32) -> bool {
        !self.cannot_link.is_empty()
            && self.cannot_link.get(&a).is_some_and(|cannot_link| cannot_link.contains(&b))
    }

    /// Joins two clusters; returns the root and the one that is no root any more.
    pub fn merge(&mut self, a: u32, b: u32, similarity: f32) -> (u32, u32) {
        let (sizes, nodes) = (&self.sizes, &self.nodes);
        let (root, child) =
            if (sizes[a as usize], b) >= (sizes[b as usize], a) { (a, b) } else { (b, a) };
        let pair = (nodes[root as usize] as usize, nodes[child as usize] as usize);
        let clusters = (pair.0.min(pair.1), pair.0.max(pair.1));
        let mut sum = match self.sums[root as usize].take() {
            Some(sum) => sum,
            None => self.sum(root).into_owned().into_boxed_slice(),
        };
        for (sum, more) in sum.iter_mut().zip(self.sum(child).iter()) {
            *sum += more;
        }
        self.sums[root as usize] = Some(sum);
        self.sums[child as usize] = None;
        self.sizes[root as usize] += self.sizes[child as usize];
        self.parents[child as usize] = root;
        self.nodes[root as usize] = (self.items() + self.merges.len()) as u32;
        self.merges.push(Merge { clusters, similarity });
        for other in self.cannot_link.remove(&child).unwrap_or_default() {
            if let Some(cannot_link) = self.cannot_link.get_mut(&other) {
                cannot_link.remove(&child);
                cannot_link.insert(root);
            }
            self.cannot_link.entry(root).or_default().insert(other);
        }
        (root, child)
    }
}
