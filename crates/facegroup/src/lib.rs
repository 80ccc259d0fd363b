// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be done with a result: [`group`](group::group) its faces, [`identify`](group::identify) them by known
//! people ([`enrolment`]), [`evaluate`] the groups, take out what shows nothing new
//! ([`deduplicate()`]), [`explain`] where a face went, [`import`] pictures that no run made,
//! find anybody again in many of them ([`archive`]).
//!
//! Storage is `dataset`'s, decisions are `grouping`'s; here the two meet. Knows no GStreamer type.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod archive;
mod deduplicate;
pub mod enrolment;
pub mod evaluate;
pub mod explain;
mod group;
pub mod import;
pub mod review;
mod units;

pub use deduplicate::{Removed, deduplicate};
pub use group::identify::identify;
pub use group::live::{group_now, identify_now};
pub use group::relabel::{Summary, group};
pub use group::settings::{Algorithm, GroupingSettings};
