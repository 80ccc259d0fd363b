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
use dataset::{DatasetError, Layout, READ, UNSURE, atomic, interrupt};
use grouping::cluster::Tried;

use super::identify::Seen;

/// The columns, as video-to-faces has them.
const HEADER: &str = "n_clusters,silhouette_score,calinski_harabasz_score,davies_bouldin_score";

/// Writes what k-means tried, once all pictures are in their places.
/// `seen` is what the lines say of each face, where pictures are kept, and `folder` where its picture lies.
pub(crate) fn write<'f>(
    layout: &Layout,
    tried: &[Tried],
    seen: &[Seen],
    folder: impl Fn(usize) -> &'f str,
) -> Result<(), DatasetError> {
    if tried.is_empty() {
        return Ok(());
    }
    for (face, seen) in seen.iter().enumerate() {
        let Some(name) = seen.picture.as_deref() else { continue };
        let picture = layout.faces().join(folder(face)).join(name);
        for tried in tried.iter().filter(|tried| !tried.labels.is_empty()) {
            let label = tried.labels.get(face).copied().flatten();
            let label = label.map_or(UNSURE.to_owned(), |label| label.to_string());
            let copies = layout.faces().join(format!("G{}", tried.clusters)).join(label);
            copy(&picture, &copies, name)?;
        }
    }
    let mut text = HEADER.to_owned();
    for tried in tried {
        let scores = [tried.silhouette, tried.calinski_harabasz, tried.davies_bouldin];
        let cells = scores.map(|score| score.map_or(String::new(), |score| score.to_string()));
        text.push_str(&format!("\n{},{}", tried.clusters, cells.join(",")));
    }
    text.push('\n');
    atomic::make_folder(&layout.faces())?;
    atomic::replace(&clusters_log(layout), text.as_bytes())
}

/// A second name for a picture; one that a person removed has none.
fn copy(picture: &Path, folder: &Path, name: &str) -> Result<(), DatasetError> {
    let target = folder.join(name);
    if !picture.exists() || target.exists() {
        return Ok(());
    }
    atomic::make_folder(folder)?;
    if interrupt::step().and_then(|()| fs::hard_link(picture, &target)).is_ok() {
        return Ok(());
    }
    let contents = fs::read(picture).map_err(|e| DatasetError::io(READ, picture, e))?;
    atomic::replace(&target, &contents)
}
