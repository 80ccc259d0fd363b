// SPDX-License-Identifier: MIT OR Apache-2.0
//! `report.html`: one self-contained page of who was found, made from the files of a dataset.
//!
//! It opens from disk without a network: styles, thumbnails and drawings lie in it, and so does a small script that
//! finds, sorts and filters people. Without scripts everything is there too.

mod appearances;
mod axis;
mod evaluation;
pub mod found;
pub mod gallery;
mod histogram;
mod options;
mod page;
mod people;
mod plots;
mod processed;
mod tables;
pub mod text;
pub mod thumbnail;
mod timeline;
mod title;
mod videos;

use std::path::{Path, PathBuf};

use askama::Template;
use dataset::atomic::replace;
use dataset::format::lines::Lines;
use dataset::{DatasetError, Groups, Layout, RunInfo};

pub use options::Options;
pub use people::Faces;
pub use tables::write_tables;
pub use videos::is_still;

/// Writes the page of a grouped dataset, and says where it is.
///
/// ```no_run
/// let page = report::write("out".as_ref(), report::Options::default())?;
/// println!("open {}", page.display());
/// # Ok::<(), dataset::DatasetError>(())
/// ```
///
/// # Errors
/// A folder without a dataset or not grouped yet, a damaged file, a folder that cannot be written.
pub fn write(location: &Path, options: Options) -> Result<PathBuf, DatasetError> {
    let layout = Layout::new(location);
    let missing = || DatasetError::NoDataset { location: location.to_path_buf() };
    let run = RunInfo::read(&layout)?.ok_or_else(missing)?;
    let groups = Groups::read(&layout)?.unwrap_or_default();
    let mut faces = Faces::default();
    for record in Lines::open(&layout.lines())? {
        faces.note(&record?);
    }
    write_of(&layout, &run, &groups, &faces, options)
}

/// The same of what is in hand already: all that the files say.
///
/// # Errors
/// A folder that cannot be written.
pub fn write_of(
    layout: &Layout,
    run: &RunInfo,
    groups: &Groups,
    faces: &Faces,
    options: Options,
) -> Result<PathBuf, DatasetError> {
    let path = layout.report();
    let html = page::Page::new(layout, run, groups, faces, options).render();
    let html =
        html.map_err(|cause| DatasetError::Report { path: path.clone(), cause: cause.into() })?;
    replace(&path, html.as_bytes())?;
    Ok(path)
}
