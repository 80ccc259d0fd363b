// SPDX-License-Identifier: MIT OR Apache-2.0
//! Known people: where their pictures are ([`find`]), what is known of their faces ([`References`]),
//! how alike they are ([`statistics`]), and which faces get their names ([`naming`]).
//!
//! Detecting and embedding the pictures is not done here: it needs models. The order of things is
//! [`find`], then a vector for each picture, then [`References::new`], then
//! [`Dataset::name`](crate::dataset::Dataset::name).

mod config;
mod error;
mod folders;
pub mod naming;
mod npz;
mod set;
mod sources;
pub mod statistics;

pub use error::ReferenceError;
pub use folders::{OTHER, folders};
pub use naming::{Knn, Level, Naming, Others, Rule};
pub use npz::{Stored, file_hash};
pub use set::{Person, Reference, References};
pub use sources::{Listed, Source, find, pictures_below};
pub use statistics::{Consistency, LookAlike, consistency, look_alikes};
