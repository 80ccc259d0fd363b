// SPDX-License-Identifier: MIT OR Apache-2.0
//! What k-means or a mixture of Gaussians leaves beside the groups: its scores, and on request the
//! pictures of every number of clusters that it tried.
//!
//! ```text
//! faces/log_clustering.csv           one line per number of clusters; what has no score is empty
//! faces/G<clusters>/<label>/<name>   the pictures of each number, if all are kept
//! ```
//!
//! These pictures are second names of those in `faces/<group>/` (hard links, copies where there are
//! none), made after all pictures are in their places and removed before any is moved again: a kill
//! in between costs nothing but them, and the next opening or grouping clears up. A copy is removed
//! only while its picture lies elsewhere in `faces/`.

use std::fs;
use std::path::Path;

use dataset::derived::clusters_log;
use dataset::format::lines::Lines;
use dataset::{DatasetError, Layout, READ, UNSURE, atomic};
use grouping::cluster::Tried;

/// The columns, as video-to-faces has them.
const HEADER: &str = "n_clusters,silhouette_score,calinski_harabasz_score,davies_bouldin_score";

/// Writes what k-means tried, once all pictures are in their places.
pub(crate) fn write(layout: &Layout, tried: &[Tried]) -> Result<(), DatasetError> {
    if tried.is_empty() {
        return Ok(());
    }
    if tried.iter().any(|tried| !tried.labels.is_empty()) {
        for (face, record) in Lines::open(&layout.lines())?.enumerate() {
            let Some(file) = record?.file else { continue };
            let Some(name) = file.rsplit('/').next() else { continue };
            for tried in tried.iter().filter(|tried| !tried.labels.is_empty()) {
                let label = tried.labels.get(face).copied().flatten();
                let label = label.map_or(UNSURE.to_owned(), |label| label.to_string());
                let folder = layout.faces().join(format!("G{}", tried.clusters)).join(label);
                copy(&layout.root.join(&file), &folder, name)?;
            }
        }
    }
    let mut text = HEADER.to_owned();
    for tried in tried {
        let scores = [tried.silhouette, tried.calinski_harabasz, tried.davies_bouldin];
        let cells = scores.map(|score| score.map_or(String::new(), |score| score.to_string()));
        text.push_str(&format!("\n{},{}", tried.clusters, cells.join(",")));
    }
    text.push('\n');
    let faces = layout.faces();
    fs::create_dir_all(&faces).map_err(|e| DatasetError::io("create", &faces, e))?;
    atomic::replace(&clusters_log(layout), text.as_bytes())
}

/// A second name for a picture; one that a person removed has none.
fn copy(picture: &Path, folder: &Path, name: &str) -> Result<(), DatasetError> {
    let target = folder.join(name);
    if !picture.exists() || target.exists() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|e| DatasetError::io("create", folder, e))?;
    if fs::hard_link(picture, &target).is_ok() {
        return Ok(());
    }
    let contents = fs::read(picture).map_err(|e| DatasetError::io(READ, picture, e))?;
    atomic::replace(&target, &contents)
}
