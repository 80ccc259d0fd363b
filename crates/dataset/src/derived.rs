// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a grouping derives beside the pictures, and how it goes again: logs, and the copies of k-means.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::READ;
use crate::{CropNames, DatasetError, Layout, atomic};

/// Which copies are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clear {
    /// Those whose pictures are there.
    Copies,
    /// All.
    Everything,
}

/// The scores of the numbers of clusters that k-means tried.
pub fn clusters_log(layout: &Layout) -> PathBuf {
    layout.faces().join("log_clustering.csv")
}

/// The distances of faces to enrolled identities.
pub fn log_path(layout: &Layout) -> PathBuf {
    layout.faces().join("log_classification.csv")
}

/// The shares of enrolled identities in the nearest pictures.
pub fn shares_path(layout: &Layout) -> PathBuf {
    layout.faces().join("log_shares.csv")
}

/// Whether a folder of `faces/` holds the copies of a number of clusters.
pub fn is_ours(folder: &str) -> bool {
    let number = folder.strip_prefix('G');
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Removes what an earlier k-means or identification left beside the pictures.
pub fn clear(layout: &Layout, names: &CropNames, what: Clear) -> Result<(), DatasetError> {
    atomic::remove(&clusters_log(layout))?;
    atomic::remove(&atomic::part(&clusters_log(layout)))?;
    // Names are told anew by the grouping that gives them.
    for log in [log_path(layout), shares_path(layout)] {
        atomic::remove(&atomic::part(&log))?;
        atomic::remove(&log)?;
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
                    atomic::remove(&folder.join(&name))?;
                }
            }
            atomic::remove_empty(&folder);
        }
        atomic::remove_empty(&top);
    }
    Ok(())
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
