// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that are replaced as a whole: whoever reads sees the old one or the new one.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::DatasetError;

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
        let mut file = File::create(&part)?;
        write(&mut file)?;
        file.sync_all()?;
        fs::rename(&part, path)
    })();
    done.map_err(|error| {
        // On a full disk the half-written copy would keep the space that is missing.
        let _ = fs::remove_file(&part);
        DatasetError::io("write", path, error)
    })
}

/// Removes a file that may be gone already.
pub fn remove(path: &Path) -> Result<(), DatasetError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(DatasetError::io("remove", path, error))
        }
        _ => Ok(()),
    }
}
