// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which folders are results; which files are pictures or litter, as [`imaging::extensions`] says.

use std::path::Path;

pub use imaging::extensions::{is_litter, is_picture, path_text};

/// Whether a folder holds a result of this program.
pub fn is_result(folder: &Path) -> bool {
    folder.join("run.json").is_file()
}
