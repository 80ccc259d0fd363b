// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is done with a dataset on disk.

mod corrections;
mod deduplication;
mod evaluation;
mod export;
mod identification;
mod kills;
mod library;
mod regrouping;
mod review;
