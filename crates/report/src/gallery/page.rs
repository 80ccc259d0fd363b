// SPDX-License-Identifier: MIT OR Apache-2.0
//! What both kinds of pages have: thumbnails of one height, a part of all entries, a file that is replaced.

use std::ops::Range;
use std::path::{Path, PathBuf};

use dataset::atomic::replace;

use super::GalleryError;
use crate::thumbnail;

/// How much a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageOptions {
    /// Height of the pictures on the page, in its pixels.
    pub height: u32,
    /// Entries a page at most; 0 for all.
    pub size: usize,
    /// Which page, from 1.
    pub number: usize,
}

/// A page that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// The entries on it, from 1: `1-100 out of 230`.
    pub shown: String,
    /// Pages that all entries fill.
    pub pages: usize,
}

/// The entries of a page.
pub(super) struct Part {
    pub(super) range: Range<usize>,
    pub(super) shown: String,
    pages: usize,
}

impl PageOptions {
    /// Which of so many entries are on the page.
    pub(super) fn part(&self, entries: usize) -> Result<Part, GalleryError> {
        let size = if self.size == 0 { entries.max(1) } else { self.size };
        let pages = entries.div_ceil(size).max(1);
        let page = self.number.max(1);
        if page > pages {
            return Err(GalleryError::Page { page, entries, pages });
        }
        let range = (page - 1) * size..(page * size).min(entries);
        let shown = match entries {
            0 => "nothing".to_owned(),
            _ => format!("{}-{} out of {entries}", range.start + 1, range.end),
        };
        Ok(Part { range, shown, pages })
    }

    /// A picture as a `data:` address, twice as fine as the page shows it; `None` for none that can be
    /// read.
    pub(super) fn image(&self, path: &Path) -> Option<String> {
        thumbnail::of_height(path, self.height.saturating_mul(2))
    }
}

impl Part {
    /// Writes the page beside what was there, and replaces it.
    pub(super) fn write(self, html: &str, target: &Path) -> Result<Written, GalleryError> {
        let is_page = target.extension().is_some_and(|e| e.eq_ignore_ascii_case("html"));
        // The page of a result is made by grouping only.
        let is_report = target.file_name().is_some_and(|name| name == "report.html")
            && target.with_file_name("run.json").exists();
        if !is_page || is_report {
            return Err(GalleryError::Target { path: target.to_owned() });
        }
        replace(target, html.as_bytes())?;
        Ok(Written { path: target.to_owned(), shown: self.shown, pages: self.pages })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_from_one() {
        let part = |size, number, entries| {
            PageOptions { height: 9, size, number }
                .part(entries)
                .map(|p| (p.range, p.shown, p.pages))
        };
        assert_eq!(part(0, 1, 230).unwrap(), (0..230, "1-230 out of 230".to_owned(), 1));
        assert_eq!(part(100, 3, 230).unwrap(), (200..230, "201-230 out of 230".to_owned(), 3));
        assert_eq!(part(100, 1, 0).unwrap(), (0..0, "nothing".to_owned(), 1));
        let error = part(100, 4, 230).unwrap_err().to_string();
        assert_eq!(error, "there is no page 4: 230 entries fill 3");
    }
}
