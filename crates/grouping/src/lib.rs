// SPDX-License-Identifier: MIT OR Apache-2.0
//! From embeddings to people: templates, clustering, known people, metrics, the dataset on disk and
//! its report.
//!
//! Knows no GStreamer type and no model.

pub mod cluster;
pub mod dataset;
pub mod deduplication;
pub mod export;
pub mod gallery;
pub mod metrics;
mod pictures;
pub mod references;
pub mod report;

pub use pictures::{is_litter, is_picture, is_result, path_text};
