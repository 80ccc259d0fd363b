// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that are replaced as a whole: whoever reads sees the old one or the new one.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::{DatasetError, interrupt};

/// The name under which a file is written before it takes its own.
pub fn part(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.part"))
}

/// Replaces a whole file: whoever reads it sees the old one or the new one, never a half.
pub fn replace(path: &Path, contents: &[u8]) -> Result<(), DatasetError> {
    replace_with(path, |file| file.write_all(contents))
}

/// The same, with the contents streamed by `write`; flushed to the device before the old one goes.
pub fn replace_with(
    path: &Path,
    write: impl FnOnce(&mut File) -> std::io::Result<()>,
) -> Result<(), DatasetError> {
    let part = part(path);
    let done = (|| {
        interrupt::step()?;
        let mut file = File::create(&part)?;
        write(&mut file)?;
        file.sync_all()?;
        interrupt::step()?;
        fs::rename(&part, path)
    })();
    done.map_err(|error| {
        // On a full disk the half-written copy would keep the space that is missing.
        let _ = interrupt::step().and_then(|()| fs::remove_file(&part));
        DatasetError::io("write", path, error)
    })
}

/// Makes a folder and those above it.
pub fn make_folder(folder: &Path) -> Result<(), DatasetError> {
    if folder.is_dir() {
        return Ok(());
    }
    let made = interrupt::step().and_then(|()| fs::create_dir_all(folder));
    made.map_err(|error| DatasetError::io("create", folder, error))
}

/// Moves a file.
pub fn rename(from: &Path, to: &Path) -> Result<(), DatasetError> {
    let moved = interrupt::step().and_then(|()| fs::rename(from, to));
    moved.map_err(|error| DatasetError::io("move a picture to", to, error))
}

/// Removes a folder if nothing is in it.
pub fn remove_empty(folder: &Path) {
    // Fails, as it should, when something is in it.
    let _ = interrupt::step().and_then(|()| fs::remove_dir(folder));
}

/// Removes a file that may be gone already.
pub fn remove(path: &Path) -> Result<(), DatasetError> {
    match interrupt::step().and_then(|()| fs::remove_file(path)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(DatasetError::io("remove", path, error))
        }
        _ => Ok(()),
    }
}
