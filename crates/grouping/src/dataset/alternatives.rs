// SPDX-License-Identifier: MIT OR Apache-2.0
//! What k-means leaves beside the groups: its scores, and on request the pictures of every number
//! of clusters that it tried.
//!
//! ```text
//! faces/log_clustering.csv           a line a number of clusters; what has no score is empty
//! faces/G<clusters>/<label>/<name>   the pictures of each number, if all are kept
//! ```
//!
//! These pictures are second names of those in `faces/<group>/` (hard links, copies where there are
//! none), made after all pictures are in their places and removed before any is moved again: a kill
//! in between costs nothing but them, and the next opening or grouping clears up. A copy is removed
//! only while its picture lies elsewhere in `faces/`.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::READ;
use super::lines::Lines;
use super::{DatasetError, Layout, PictureNames, UNSURE, files, named};
use crate::cluster::Tried;

/// The columns, as video-to-faces has them.
const HEADER: &str = "n_clusters,silhouette_score,calinski_harabasz_score,davies_bouldin_score";

/// Which copies are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clear {
    /// Those whose pictures are there.
    Copies,
    /// All.
    Everything,
}

fn log(layout: &Layout) -> PathBuf {
    layout.faces().join("log_clustering.csv")
}

/// Whether a folder of `faces/` holds the copies of a number of clusters.
pub(super) fn is_ours(folder: &str) -> bool {
    let number = folder.strip_prefix('G');
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Removes what an earlier k-means or naming left beside the pictures.
pub(super) fn clear(
    layout: &Layout,
    names: &PictureNames,
    what: Clear,
) -> Result<(), DatasetError> {
    files::remove(&log(layout))?;
    files::remove(&files::part(&log(layout)))?;
    // Names are told anew by the grouping that gives them.
    for log in [named::log_path(layout), named::shares_path(layout)] {
        files::remove(&files::part(&log))?;
        files::remove(&log)?;
    }
    let tops: Vec<PathBuf> = folders(&layout.faces())?
        .into_iter()
        .filter(|folder| folder.file_name().and_then(|name| name.to_str()).is_some_and(is_ours))
        .collect();
    if tops.is_empty() {
        return Ok(());
    }
    let mut there = HashSet::new();
    if what == Clear::Copies {
        layout.visit_pictures(|_, name| {
            there.insert(name.to_owned());
        })?;
    }
    for top in tops {
        for folder in folders(&top)? {
            for name in entries(&folder, |kind| kind.is_file())? {
                let part = name.strip_prefix('.').and_then(|name| name.strip_suffix(".part"));
                let ours = names.parse(part.unwrap_or(&name)).is_some();
                let spare = part.is_some() || what == Clear::Everything || there.contains(&name);
                if ours && spare {
                    files::remove(&folder.join(&name))?;
                }
            }
            // Both fail, as they should, when something is left in them.
            let _ = fs::remove_dir(&folder);
        }
        let _ = fs::remove_dir(&top);
    }
    Ok(())
}

/// Writes what k-means tried, once all pictures are in their places.
pub(super) fn write(layout: &Layout, tried: &[Tried]) -> Result<(), DatasetError> {
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
    files::replace(&log(layout), text.as_bytes())
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
    files::replace(&target, &contents)
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let names = entries(folder, |kind| kind.is_dir())?;
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// Names of what is of a kind in a folder; of a folder that is not there none.
fn entries(
    folder: &Path,
    kind: impl Fn(fs::FileType) -> bool,
) -> Result<Vec<String>, DatasetError> {
    let failed = |e| DatasetError::io(READ, folder, e);
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in listed {
        let entry = entry.map_err(failed)?;
        if kind(entry.file_type().map_err(failed)?) {
            names.extend(entry.file_name().to_str().map(str::to_owned));
        }
    }
    Ok(names)
}
