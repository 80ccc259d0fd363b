// SPDX-License-Identifier: MIT OR Apache-2.0
//! `report.html`: one self-contained page of who was found, made from the files of a dataset.
//!
//! It opens from disk without a network: styles, thumbnails and drawings lie in it, and it has no scripts.

mod axis;
mod evaluation;
pub mod gallery;
mod histogram;
mod page;
mod people;
mod text;
pub(crate) mod thumbnail;
mod timeline;

use std::path::{Path, PathBuf};

use askama::Template;
use dataset::atomic::replace;
use dataset::{DatasetError, Layout};

/// Writes the page of a grouped dataset, and says where it is.
///
/// # Errors
/// A folder without a dataset or not grouped yet, a damaged file, a folder that cannot be written.
pub fn write(location: &Path) -> Result<PathBuf, DatasetError> {
    let layout = Layout::new(location);
    let path = layout.report();
    let page = page::Page::read(&layout)?;
    let html = page.render();
    let html =
        html.map_err(|source| DatasetError::Report { path: path.clone(), source: source.into() })?;
    replace(&path, html.as_bytes())?;
    Ok(path)
}
