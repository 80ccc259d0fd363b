// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every query against every row, as matrix products of blocks.

use ndarray::{ArrayView1, ArrayView2, Axis, CowArray, Ix2};

use super::{Index, Neighbour, most_similar};

/// Queries compared at a time: their similarities to a million rows take 4 GB, to a thousand 4 MB.
const BLOCK: usize = 1024;

/// Compares with every row.
///
/// q queries of d numbers against n rows take q n d multiplications, as matrix products at the speed of the
/// machine, and the memory of 1024 n similarities; nothing is made beforehand.
///
/// ```
/// use grouping::index::{Exact, Index};
/// use ndarray::array;
///
/// let rows = array![[1.0f32, 0.0], [0.6, 0.8], [0.0, 1.0]];
/// let index = Exact::new(rows.view());
/// let found = index.nearest(array![[0.8f32, 0.6]].view(), 2);
/// assert_eq!(found[0].iter().map(|near| near.row).collect::<Vec<_>>(), [1, 0]);
/// assert!((found[0][0].similarity - 0.96).abs() < 1e-6);
/// let found = index.within(array![[0.0f32, 1.0]].view(), 0.5);
/// assert_eq!(found[0].iter().map(|near| near.row).collect::<Vec<_>>(), [2, 1]);
/// ```
#[derive(Debug)]
pub struct Exact<'r> {
    rows: CowArray<'r, f32, Ix2>,
}

impl<'r> Exact<'r> {
    /// Of these rows, borrowed or owned.
    pub fn new(rows: impl Into<CowArray<'r, f32, Ix2>>) -> Self {
        Self { rows: rows.into() }
    }

    /// Of some rows of a matrix, by their numbers there, which must be below its length; the index numbers them
    /// anew from 0.
    pub fn select(rows: ArrayView2<'_, f32>, chosen: &[usize]) -> Self {
        Self::new(rows.select(Axis(0), chosen))
    }

    /// Passes to `visit` each query's number and its similarities to all rows, in the order of queries.
    pub fn each(
        &self,
        queries: ArrayView2<'_, f32>,
        mut visit: impl FnMut(usize, ArrayView1<'_, f32>),
    ) {
        for (block, queries) in queries.axis_chunks_iter(Axis(0), BLOCK).enumerate() {
            let similar = queries.dot(&self.rows.t());
            for (index, similar) in similar.outer_iter().enumerate() {
                visit(block * BLOCK + index, similar);
            }
        }
    }

    /// Whether any row is at least this similar; stops at the first. To a query of another length none is.
    pub fn any_within(&self, query: &[f32], least: f32) -> bool {
        let query = ArrayView1::from(query);
        query.len() == self.rows.ncols()
            && self.rows.rows().into_iter().any(|row| row.dot(&query) >= least)
    }
}

impl Index for Exact<'_> {
    fn len(&self) -> usize {
        self.rows.nrows()
    }

    fn nearest(&self, queries: ArrayView2<'_, f32>, k: usize) -> Vec<Vec<Neighbour>> {
        let mut found = Vec::with_capacity(queries.nrows());
        let mut best = Vec::with_capacity(k.min(self.len()) + 1);
        self.each(queries, |_, similar| {
            most_similar(similar, k, &mut best);
            found.push(best.clone());
        });
        found
    }

    fn within(&self, queries: ArrayView2<'_, f32>, least: f32) -> Vec<Vec<Neighbour>> {
        let mut found = Vec::with_capacity(queries.nrows());
        self.each(queries, |_, similar| {
            let all = similar.iter().enumerate();
            let near = all.filter(|(_, similarity)| **similarity >= least);
            let mut near: Vec<_> =
                near.map(|(row, &similarity)| Neighbour { row, similarity }).collect();
            near.sort_unstable_by(Neighbour::order);
            found.push(near);
        });
        found
    }
}
