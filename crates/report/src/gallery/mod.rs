// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pages of pictures: those of a folder, or a table with the pictures that its cells name.
//!
//! Like the report such a page is one file: styles and thumbnails lie in it, it has no scripts, and it
//! opens without a network. A page has so many entries at most, and says which ones of how many.

mod folder;
mod page;
mod table;

use std::path::{Path, PathBuf};

use dataset::DatasetError;

pub use folder::{FolderOptions, folder};
pub use page::{PageOptions, Written};
pub use table::{Filter, TableOptions, table};

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum GalleryError {
    /// A file or folder that cannot be read or written.
    #[error("cannot {action} {}: {cause}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
    /// A table that is none.
    #[error("{} is no table: {why}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        why: String,
    },
    /// A table without a column of that name.
    #[error("{} has no column {column:?}; its columns are {columns}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// As asked for.
        column: String,
        /// Those that there are.
        columns: String,
    },
    /// There is nothing to show.
    #[error("{} holds no pictures{hint}", path.display())]
    Nothing {
        /// The folder.
        path: PathBuf,
        /// Where there are some.
        hint: &'static str,
    },
    /// A page beyond the last.
    #[error("there is no page {page}: {entries} entries fill {pages}")]
    Page {
        /// As asked for, from 1.
        page: usize,
        /// All that there is to show.
        entries: usize,
        /// The last page.
        pages: usize,
    },
    /// A file that is no page of a gallery's.
    #[error("{} is no place for a gallery: give a file name that ends in .html, other than a result's report.html, with -o", path.display())]
    Target {
        /// The file.
        path: PathBuf,
    },
    /// The page cannot be written.
    #[error(transparent)]
    Write(#[from] DatasetError),
    /// The page could not be rendered.
    #[error("cannot make the page: {0}")]
    Render(askama::Error),
}

impl GalleryError {
    fn io(action: &'static str, path: &Path, cause: std::io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), cause }
    }
}
