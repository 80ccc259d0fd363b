// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pictures of a folder, by name, under a heading for each folder.

use std::fs;
use std::path::{Path, PathBuf};

use askama::Template;
use dataset::is_picture;

use super::GalleryError;
use super::page::{PageOptions, Written};

/// What of a folder is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderOptions {
    /// Which entries, and how large.
    pub page: PageOptions,
    /// The pictures of the folders within it, too.
    pub recursive: bool,
}

/// `templates/gallery.html` says how it looks.
#[derive(Template)]
#[template(path = "gallery.html", whitespace = "minimize")]
struct Page {
    title: String,
    shown: String,
    height: u32,
    sections: Vec<Section>,
}

struct Section {
    /// Empty where all lies in one folder.
    heading: String,
    pictures: Vec<Shown>,
}

struct Shown {
    name: String,
    image: Option<String>,
}

/// Writes a page of the pictures of a folder to `target`.
///
/// # Errors
/// A folder that cannot be read or has no pictures, a page beyond the last, a target that cannot be written.
pub fn folder(
    location: &Path,
    target: &Path,
    options: &FolderOptions,
) -> Result<Written, GalleryError> {
    let mut files = pictures(location, options.recursive)?;
    if files.is_empty() {
        let deeper = !options.recursive && !pictures(location, true)?.is_empty();
        let hint =
            if deeper { ": those in the folders within it come with --recursive" } else { "" };
        return Err(GalleryError::Nothing { path: location.to_owned(), hint });
    }
    // Groups by number.
    files.sort_by_cached_key(|file| {
        let part = |part: std::path::Component<'_>| {
            let name = part.as_os_str().to_string_lossy().into_owned();
            (name.parse::<u64>().unwrap_or(u64::MAX), name)
        };
        let folder = file.parent().map(|folder| folder.components().map(part).collect::<Vec<_>>());
        (folder, file.clone())
    });
    let part = options.page.part(files.len())?;
    let mut sections: Vec<Section> = Vec::new();
    for file in files.get(part.range.clone()).unwrap_or_default() {
        let below = file.parent().and_then(|folder| folder.strip_prefix(location).ok());
        let heading = below.map(|below| below.display().to_string()).unwrap_or_default();
        if sections.last().is_none_or(|last| last.heading != heading) {
            sections.push(Section { heading, pictures: Vec::new() });
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let image = options.page.image(file);
        if let Some(section) = sections.last_mut() {
            section.pictures.push(Shown { name, image });
        }
    }
    let title = location.canonicalize().unwrap_or_else(|_| location.to_owned());
    let title = title.file_name().unwrap_or(title.as_os_str()).to_string_lossy().into_owned();
    let page = Page { title, shown: part.shown.clone(), height: options.page.height, sections };
    part.write(&page.render().map_err(GalleryError::Render)?, target)
}

/// The pictures in a folder, and with `recursive` in those within it, in any order. Links to folders are
/// not followed: they may lead back.
pub(super) fn pictures(location: &Path, recursive: bool) -> Result<Vec<PathBuf>, GalleryError> {
    let mut found = Vec::new();
    let mut folders = vec![location.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |e| GalleryError::io("read", &folder, e);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && recursive {
                folders.push(entry.path());
            } else if !is_folder && is_picture(&entry.file_name().to_string_lossy()) {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}
