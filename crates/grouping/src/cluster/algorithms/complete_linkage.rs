// SPDX-License-Identifier: MIT OR Apache-2.0
//! Complete linkage, and the components of a graph; both without recursion.

use kodama::{Method, Step, linkage};
use ndarray::ArrayView2;

use super::distance::{Metric, condensed};
use crate::cluster::linkage::dense;

/// Items that are merged pair by pair.
pub(super) struct Components {
    parent: Vec<usize>,
}

impl Components {
    /// Every item on its own.
    pub(super) fn new(items: usize) -> Self {
        Self { parent: (0..items).collect() }
    }

    /// One item that stands for all that are merged with this one.
    pub(super) fn root(&mut self, mut item: usize) -> usize {
        while self.parent[item] != item {
            self.parent[item] = self.parent[self.parent[item]];
            item = self.parent[item];
        }
        item
    }

    /// Merges the two and all that are merged with them; the root is the lowest of them all.
    pub(super) fn merge(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// Labels 0.. in the order of their first item.
    pub(super) fn labels(mut self) -> Vec<usize> {
        let roots: Vec<usize> = (0..self.parent.len()).map(|item| self.root(item)).collect();
        dense(&roots)
    }
}

/// The dendrogram of complete linkage, closest merge first: the distance of two clusters is that of their
/// farthest members.
pub(super) struct CompleteLinkage {
    items: usize,
    steps: Vec<Step<f32>>,
}

impl CompleteLinkage {
    /// Joins the rows; holds `n (n - 1) / 2` distances of 4 bytes while it does.
    pub(super) fn new(rows: ArrayView2<'_, f32>, metric: Metric) -> Self {
        let items = rows.nrows();
        let mut distances = condensed(rows, metric);
        let steps = linkage(&mut distances, items, Method::Complete).steps().to_vec();
        Self { items, steps }
    }

    /// Labels when every merge of at most `distance` is made.
    pub(super) fn cut_at(&self, distance: f32) -> Vec<usize> {
        self.after(self.steps.partition_point(|step| step.dissimilarity <= distance))
    }

    /// Labels of exactly `count` clusters; as many as there are items where that is fewer or
    /// `count` is 0.
    pub(super) fn cut_into(&self, count: usize) -> Vec<usize> {
        let count = if count == 0 { self.items } else { count.min(self.items) };
        self.after(self.items - count)
    }

    fn after(&self, merges: usize) -> Vec<usize> {
        let mut components = Components::new(self.items);
        // An item of each cluster, by the cluster's number: items first, then merges in order.
        let mut member: Vec<usize> = (0..self.items).collect();
        for step in self.steps.iter().take(merges) {
            components.merge(member[step.cluster1], member[step.cluster2]);
            member.push(member[step.cluster1]);
        }
        components.labels()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, arr2};

    use super::*;

    /// scipy.cluster.hierarchy.fcluster(linkage(x, "complete"), …) with "distance" and "maxclust".
    #[test]
    fn cuts_are_those_of_scipy() {
        let rows = arr2(&[[0.0], [1.0], [3.0], [7.0], [7.5], [12.0], [12.1]]);
        let dendrogram = CompleteLinkage::new(rows.view(), Metric::Euclidean);
        assert_eq!(dendrogram.cut_at(1.0), [0, 0, 1, 2, 2, 3, 3]);
        assert_eq!(dendrogram.cut_at(3.0), [0, 0, 0, 1, 1, 2, 2]);
        assert_eq!(dendrogram.cut_into(2), [0, 0, 0, 1, 1, 1, 1]);
        assert_eq!(dendrogram.cut_into(5), [0, 1, 2, 3, 3, 4, 4]);
        assert_eq!(dendrogram.cut_into(0), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(dendrogram.cut_into(99), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn none_and_one() {
        for items in 0..2 {
            let dendrogram = CompleteLinkage::new(Array2::zeros((items, 3)).view(), Metric::Cosine);
            assert_eq!(dendrogram.cut_at(0.5), vec![0; items]);
            assert_eq!(dendrogram.cut_into(1), vec![0; items]);
        }
    }

    /// docs/design/predecessors.md 5.13 #14: a chain as long as this ends a recursive walk.
    #[test]
    fn a_long_chain_is_one_component() {
        let mut components = Components::new(300_000);
        for item in (1..300_000).rev() {
            components.merge(item - 1, item);
        }
        assert!(components.labels().iter().all(|label| *label == 0));
    }
}
