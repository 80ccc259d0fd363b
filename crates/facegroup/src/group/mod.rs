// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping what is stored: who is who, by similarity or by a gallery, under what a person said, into folders.

pub(crate) mod corrections;
pub(crate) mod identify;
pub(crate) mod kmeans_runs;
pub(crate) mod live;
pub(crate) mod names;
pub(crate) mod relabel;
pub(crate) mod settings;
pub(crate) mod short_tracks;
pub(crate) mod stored;
