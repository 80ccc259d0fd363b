// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing a dataset, and resuming one: faces one by one, what a kill left, what is kept.

pub(crate) mod add;
pub(crate) mod describe;
pub(crate) mod erase;
pub(crate) mod open;
pub(crate) mod recover;
pub mod relabel;
pub mod relocate;
pub(crate) mod resume_point;
pub(crate) mod retention;
pub(crate) mod sort;
pub(crate) mod writer;
