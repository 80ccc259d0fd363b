// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping and identifying what has come so far, in the middle of writing: for streams that never end.

use dataset::{Dataset, DatasetError};
use grouping::cluster::{Algorithm, Face, Options};
use grouping::identification::{Gallery, Identification};
use ndarray::ArrayView2;

use super::corrections::Links;
use super::identify::by_names;
use super::relabel::{Labelling, Summary, by_similarity, relabel_locked};

/// Groups the faces written so far and moves their pictures into the folders of their groups; more may be appended afterwards.
///
/// # Errors
/// As [`group`](super::relabel::group); what was written stays, and writing can go on.
pub fn group_now(dataset: &mut Dataset, options: &Options) -> Result<Summary, DatasetError> {
    let location = dataset.location().to_path_buf();
    let find = by_similarity(&location, options);
    relabel_open(dataset, &options.algorithm, find)
}

/// Names the faces written so far as [`identify`](super::identify::identify) does; more may be appended afterwards.
///
/// # Errors
/// As [`identify`](super::identify::identify); what was written stays, and writing can go on.
pub fn identify_now(
    dataset: &mut Dataset,
    gallery: &Gallery,
    identification: &Identification,
    options: &Options,
) -> Result<Summary, DatasetError> {
    let location = dataset.location().to_path_buf();
    let find = by_names(&location, gallery, identification, options);
    relabel_open(dataset, &options.algorithm, find)
}

fn relabel_open(
    dataset: &mut Dataset,
    algorithm: &Algorithm,
    find: impl FnOnce(&[Face], ArrayView2<'_, f32>, Links) -> Result<Labelling, DatasetError>,
) -> Result<Summary, DatasetError> {
    dataset.replaced_by(|layout| relabel_locked(layout, algorithm, find))
}
