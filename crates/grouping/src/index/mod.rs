// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nearest neighbours: the rows of a matrix that are most similar to a vector.
//!
//! Similarity is the product of two vectors, which for those of length one is the cosine. Of rows that are as similar
//! the one of the lower number comes first, always, so that no result depends on blocks or threads. [`Exact`]
//! compares with every row; an approximate index would implement [`Index`] as well.
//!
//! | user | asks for |
//! |---|---|
//! | `identification` | all similarities of each face to the gallery, [`Exact::each`] |
//! | `deduplication` by embedding | the pivots of each row, [`Exact::each`] and [`most_similar`] |
//! | `cluster::linkage` | the pivots of each cluster, [`most_similar`]; its candidate lists, of clusters that grow and with forbidden pairs, are its own |
//! | `facemask` | whether any row of the allow list is within a bound, [`Exact::any_within`] |
//! | `facegroup explain` | the nearest faces and groups, [`Index::nearest`] |

mod exact;
mod neighbour;

pub use exact::Exact;
pub use neighbour::{Index, Neighbour, most_similar};
