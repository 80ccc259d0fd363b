// SPDX-License-Identifier: MIT OR Apache-2.0
//! `report.html`: one self-contained page of who was found.

use std::path::{Path, PathBuf};

use crate::dataset::{DatasetError, Layout};

/// Writes the page of a grouped dataset, and says where it is.
///
/// # Errors
/// A folder without a dataset, a damaged file, a folder that cannot be written.
pub fn write(location: &Path) -> Result<PathBuf, DatasetError> {
    Ok(Layout::new(location).report())
}
