// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files of a folder: what the user put there, and nothing that a system or an earlier run did.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use imaging::extensions::is_litter;
use models::still::EXTENSIONS;

use super::{Source, has_extension};

/// Extensions taken from folders unless others are asked for.
pub(super) const VIDEOS: [&str; 24] = [
    "3gp", "asf", "avi", "divx", "f4v", "flv", "gif", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg",
    "mpg", "mts", "mxf", "ogm", "ogv", "rm", "ts", "vob", "webm", "wmv", "y4m",
];

/// The files in a folder, and below it where that is wanted, sorted by path.
pub(super) fn folder(
    path: &Path,
    extensions: &[String],
    recursive: bool,
    is_result: fn(&Path) -> bool,
) -> Result<Vec<Source>> {
    let wanted: Vec<String> = if extensions.is_empty() {
        VIDEOS.map(String::from).to_vec()
    } else {
        let clean = |e: &String| e.trim().trim_start_matches('.').to_lowercase();
        extensions.iter().map(clean).collect()
    };
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let (mut files, mut pictures) = (Vec::new(), 0);
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries.filter_map(Result::ok) {
            if is_litter(&entry.file_name()) {
                continue;
            }
            let file = entry.path();
            // A link to a folder may lead back to where it lies.
            if recursive && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !is_of_result(&file, is_result) {
                    folders.push(file);
                }
            } else if file.is_file() && has_extension(&file, &wanted) {
                files.push(file);
            } else {
                pictures += usize::from(has_extension(&file, &EXTENSIONS));
            }
        }
    }
    files.sort();
    if files.is_empty() {
        let hint = if pictures > 0 {
            format!("; there are {pictures} pictures: -e {}", EXTENSIONS.join(","))
        } else {
            String::new()
        };
        bail!(
            "{}: no file with one of the extensions {}; name others with -e{hint}",
            path.display(),
            wanted.join(", ")
        );
    }
    Ok(files.into_iter().map(Source::of_file).collect())
}

/// Whether a folder is a result, or part of one that lies in the folder that is walked.
fn is_of_result(folder: &Path, is_result: fn(&Path) -> bool) -> bool {
    let part = folder.file_name().is_some_and(|name| name == "faces" || name == "intermediate");
    is_result(folder) || (part && folder.parent().is_some_and(is_result))
}
