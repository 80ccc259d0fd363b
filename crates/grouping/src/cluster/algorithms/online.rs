// SPDX-License-Identifier: MIT OR Apache-2.0
//! An index that takes one vector at a time and says at once whose it is (StreamFace's HRI tree).
//!
//! An end node is a label and stands for the mean of its vectors; an inner node for the mean of all
//! vectors below it. No mean is brought to length one.
//!
//! - Search goes from the root to the child with the nearest mean until it is at an end node. It is
//!   greedy: it never goes back, so a nearer end node may be missed.
//! - Insert adds a vector within `threshold` of the end node found to it. A vector farther away
//!   gets an end node of its own: where it is nearer to the node found than that one's nearest
//!   sibling is, the two go under a new inner node, else it becomes a sibling of the node found. (A
//!   node without siblings counts as 0 from them, so its first companion is a sibling.)
//!
//! The result depends on the order. Nodes are numbers into one list and every walk is a loop; an
//! insert costs a few additions an ancestor, because nodes keep sums.

use ndarray::{Array1, ArrayView1, ArrayView2, Axis};

use super::distance::Metric;

/// Settings of online grouping.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Online {
    /// Distance up to which a vector joins a label, from 0: cosine distances end at 2. It belongs
    /// to the embedder; StreamFace's example is 0.5.
    pub threshold: f32,
    /// How distances are taken.
    pub metric: Metric,
}

impl Online {
    /// By cosine distance.
    pub fn new(threshold: f32) -> Self {
        Self { threshold, metric: Metric::Cosine }
    }

    /// Labels of rows that come one after the other.
    pub(super) fn run(&self, rows: ArrayView2<'_, f32>) -> Vec<Option<usize>> {
        let mut index = OnlineIndex::new(*self);
        rows.axis_iter(Axis(0)).map(|row| index.insert(row)).collect()
    }
}

/// What a search found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The label.
    pub label: usize,
    /// Distance to the mean of its vectors.
    pub distance: f64,
}

/// The index; see the [module](self).
#[derive(Debug, Clone)]
pub struct OnlineIndex {
    options: Online,
    /// The root comes first; it is there from the first vector on and never an end node.
    nodes: Vec<Node>,
    /// The end node of each label.
    labels: Vec<usize>,
}

/// A node; its children are leaves, which need not be kept, where it has a label.
#[derive(Debug, Clone)]
struct Node {
    parent: usize,
    children: Vec<usize>,
    label: Option<usize>,
    sum: Array1<f64>,
    count: usize,
}

const ROOT: usize = 0;

impl OnlineIndex {
    /// An empty index.
    pub fn new(options: Online) -> Self {
        Self { options, nodes: Vec::new(), labels: Vec::new() }
    }

    /// Number of labels given so far: 0, 1, … in the order of their first vector.
    pub fn labels(&self) -> usize {
        self.labels.len()
    }

    /// Number of vectors of a label; 0 for one that was not given.
    pub fn size(&self, label: usize) -> usize {
        self.labels.get(label).map_or(0, |node| self.nodes[*node].count)
    }

    /// Where a vector would be looked for; nothing is changed. `None` in an empty index, and for a
    /// vector that is of another length than the first, not finite, or of no length.
    pub fn search(&self, vector: ArrayView1<'_, f32>) -> Option<Hit> {
        let vector = self.accept(vector)?;
        let node = self.find(&vector)?;
        let distance = self.distance(&vector, 1, node);
        self.nodes[node].label.map(|label| Hit { label, distance })
    }

    /// Adds a vector and says its label; `None` where [`OnlineIndex::search`] takes no such vector.
    pub fn insert(&mut self, vector: ArrayView1<'_, f32>) -> Option<usize> {
        let vector = self.accept(vector)?;
        if self.nodes.is_empty() {
            self.nodes.push(Node {
                parent: ROOT,
                children: Vec::new(),
                label: None,
                sum: Array1::zeros(vector.len()),
                count: 0,
            });
        }
        let Some(found) = self.find(&vector) else {
            return Some(self.add(&vector, ROOT));
        };
        let distance = self.distance(&vector, 1, found);
        if distance <= f64::from(self.options.threshold) {
            self.count(&vector, found);
            return self.nodes[found].label;
        }
        let parent = self.nodes[found].parent;
        let sibling = self.nearest_sibling(found).unwrap_or(0.0);
        let beside = if distance < sibling { self.put_above(found) } else { parent };
        Some(self.add(&vector, beside))
    }

    /// A vector that the index can hold.
    fn accept(&self, vector: ArrayView1<'_, f32>) -> Option<Array1<f64>> {
        let vector = vector.mapv(f64::from);
        let square = vector.dot(&vector);
        let fits = self.nodes.first().is_none_or(|root| root.sum.len() == vector.len());
        (fits && square.is_finite() && square > 0.0).then_some(vector)
    }

    /// The end node that a search ends at.
    fn find(&self, vector: &Array1<f64>) -> Option<usize> {
        let mut node = ROOT;
        while self.nodes.get(node)?.label.is_none() {
            let children = self.nodes[node].children.iter();
            let distances = children.map(|child| (self.distance(vector, 1, *child), *child));
            // The first of several as near.
            node = distances.min_by(|a, b| a.0.total_cmp(&b.0))?.1;
        }
        Some(node)
    }

    fn nearest_sibling(&self, node: usize) -> Option<f64> {
        let Node { parent, sum, count, .. } = &self.nodes[node];
        let siblings = self.nodes[*parent].children.iter().filter(|child| **child != node);
        siblings.map(|child| self.distance(sum, *count, *child)).min_by(f64::total_cmp)
    }

    /// From the mean of `count` vectors with this sum to that of a node.
    fn distance(&self, sum: &Array1<f64>, count: usize, node: usize) -> f64 {
        let Node { sum: other, count: others, .. } = &self.nodes[node];
        let (count, others) = (count as f64, (*others).max(1) as f64);
        let squares = (sum.dot(sum) / (count * count), other.dot(other) / (others * others));
        self.options.metric.distance(sum.dot(other) / (count * others), squares)
    }

    /// A new label below an inner node, with its first vector.
    fn add(&mut self, vector: &Array1<f64>, parent: usize) -> usize {
        let (node, label) = (self.nodes.len(), self.labels.len());
        let sum = Array1::zeros(vector.len());
        self.nodes.push(Node { parent, children: Vec::new(), label: Some(label), sum, count: 0 });
        self.nodes[parent].children.push(node);
        self.labels.push(node);
        self.count(vector, node);
        label
    }

    /// A new inner node in the place of this one, which becomes its only child.
    fn put_above(&mut self, node: usize) -> usize {
        let above = self.nodes.len();
        let Node { parent, sum, count, .. } = self.nodes[node].clone();
        self.nodes.push(Node { parent, children: vec![node], label: None, sum, count });
        for child in &mut self.nodes[parent].children {
            if *child == node {
                *child = above;
            }
        }
        self.nodes[node].parent = above;
        above
    }

    /// Counts a vector at an end node and at all above it.
    fn count(&mut self, vector: &Array1<f64>, mut node: usize) {
        loop {
            self.nodes[node].sum += vector;
            self.nodes[node].count += 1;
            if node == ROOT {
                break;
            }
            node = self.nodes[node].parent;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ndarray::arr1;

    use super::*;

    fn on_a_line(threshold: f32) -> OnlineIndex {
        OnlineIndex::new(Online { threshold, metric: Metric::Euclidean })
    }

    fn insert(index: &mut OnlineIndex, value: f32) -> usize {
        // The second number keeps 0 a vector of some length.
        index.insert(arr1(&[value, 1.0]).view()).unwrap()
    }

    /// Labels below each other in brackets, in the order of the children.
    fn shape(index: &OnlineIndex, node: usize) -> String {
        match index.nodes[node].label {
            Some(label) => label.to_string(),
            None => {
                let inner = index.nodes[node].children.iter().map(|child| shape(index, *child));
                format!("({})", inner.collect::<Vec<_>>().join(" "))
            }
        }
    }

    /// By hand, by the rules of docs/design/predecessors.md 5.10.
    #[test]
    fn the_insert_rule() {
        let mut index = on_a_line(1.0);
        let steps = [
            (0.0, 0, "(0)"),
            // Within the threshold: the mean moves to 0.5.
            (1.0, 0, "(0)"),
            // Farther, and no sibling: 9.5 is not below 0.
            (10.0, 1, "(0 1)"),
            // 3.0 from label 0, whose nearest sibling is 9.5 away: an inner node takes both.
            (3.5, 2, "((0 2) 1)"),
            // From 10: 20 is not below that one's distance to the inner node's mean, 1.5.
            (30.0, 3, "((0 2) 1 3)"),
            // Nearest at the root is 1 (10, not 1.5); 4.0 < 8.5: an inner node again.
            (14.0, 4, "((0 2) (1 4) 3)"),
            // 2.5 is on the way of (0 2), mean 1.5; from there 2 is nearest, at 1.0: the threshold
            // counts.
            (2.5, 2, "((0 2) (1 4) 3)"),
        ];
        for (value, label, expected) in steps {
            assert_eq!(insert(&mut index, value), label, "{value}");
            assert_eq!(shape(&index, ROOT), expected, "{value}");
        }
        assert_eq!((index.labels(), index.size(0), index.size(2), index.size(9)), (5, 2, 2, 0));
        // Means weigh by vectors: 0, 1, 3.5 and 2.5 under the first inner node.
        let inner = &index.nodes[index.nodes[ROOT].children[0]];
        assert_eq!((inner.sum[0], inner.count), (7.0, 4));
        let root = &index.nodes[ROOT];
        assert_eq!((root.sum[0], root.count), (61.0, 7));
    }

    #[test]
    fn search_is_greedy_and_changes_nothing() {
        let mut index = on_a_line(1.0);
        for value in [0.0, 20.0, 9.0] {
            insert(&mut index, value);
        }
        // 9 went under an inner node with 0, whose mean is now 4.5.
        assert_eq!(shape(&index, ROOT), "((0 2) 1)");
        let before = format!("{index:?}");
        // 13 is 4 from label 2, but the way there leads over 4.5, and 20 is nearer than that.
        let hit = index.search(arr1(&[13.0, 1.0]).view()).unwrap();
        assert_eq!(hit, Hit { label: 1, distance: 7.0 });
        assert_eq!(format!("{index:?}"), before);
    }

    #[test]
    fn means_are_not_brought_to_length_one() {
        let mut index = OnlineIndex::new(Online::new(0.6));
        assert_eq!(index.insert(arr1(&[1.0, 0.0]).view()), Some(0));
        assert_eq!(index.insert(arr1(&[3.0, 4.0]).view()), Some(0));
        // The mean is (2, 2), not half way between the two directions: 1 - cos 45 degrees.
        let hit = index.search(arr1(&[0.0, 1.0]).view()).unwrap();
        assert!((hit.distance - 0.292_893_218_8).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_vector_is_refused_and_an_empty_index_finds_nothing() {
        let mut index = OnlineIndex::new(Online::new(0.5));
        assert_eq!(index.search(arr1(&[1.0]).view()), None);
        for wrong in [[f32::NAN, 0.0], [0.0, 0.0], [f32::INFINITY, 1.0]] {
            assert_eq!(index.insert(arr1(&wrong).view()), None);
        }
        assert_eq!(index.insert(arr1(&[1.0, 0.0]).view()), Some(0));
        assert_eq!(index.insert(arr1(&[1.0]).view()), None);
        assert_eq!(index.labels(), 1);
    }

    #[test]
    fn identical_vectors_are_one_label_at_threshold_zero() {
        let mut index = OnlineIndex::new(Online::new(0.0));
        let row = arr1(&[0.267_261_24, 0.534_522_5, 0.801_783_74]);
        assert_eq!([(); 5].map(|()| index.insert(row.view())), [Some(0); 5]);
    }

    /// A tree as deep as it gets: each new vector goes below the last one.
    #[test]
    fn depth_has_no_limit() {
        let mut index = on_a_line(0.0);
        let mut depth = 0;
        for step in 0..500 {
            insert(&mut index, 0.97f32.powi(step) * 1e6);
        }
        let mut node = index.labels[499];
        while node != ROOT {
            node = index.nodes[node].parent;
            depth += 1;
        }
        assert!(depth > 100, "{depth}");
    }
}
