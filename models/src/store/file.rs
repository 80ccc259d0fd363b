// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hashing files once and writing them so that they are whole or not there.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::convert;
use crate::error::ModelError;

/// The error of a file operation on `path`.
pub fn io_error(path: &Path) -> impl Fn(io::Error) -> ModelError {
    move |cause| ModelError::Io { path: path.to_owned(), cause }
}

/// Lower-case hex sha256 of a file.
pub fn sha256(path: &Path) -> Result<String, ModelError> {
    let mut file = File::open(path).map_err(io_error(path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer).map_err(io_error(path))? {
            0 => return Ok(hex(&hasher.finalize())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

/// Lower-case hex sha256 of bytes.
pub fn sha256_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Fails unless `found` is the hash `expected` of the file at `path`.
pub fn check(path: &Path, found: String, expected: &str) -> Result<(), ModelError> {
    if found == expected {
        return Ok(());
    }
    Err(ModelError::WrongHash { path: path.to_owned(), expected: expected.to_owned(), found })
}

/// Writes a file under another name, then renames it: nobody ever sees half of it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), ModelError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(io_error(parent))?;
    let mut file = tempfile::NamedTempFile::new_in(parent).map_err(io_error(parent))?;
    file.write_all(bytes).map_err(io_error(path))?;
    file.as_file().sync_all().map_err(io_error(path))?;
    readable_by_all(file.path()).map_err(io_error(path))?;
    file.persist(path).map_err(|e| io_error(path)(e.error))?;
    Ok(())
}

/// Temporary files are private; models may be shared.
fn readable_by_all(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// What is remembered beside an installed file, so that it is hashed only when it has changed.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Of the installed file.
    sha256: String,
    /// Its size in bytes.
    size: u64,
    /// Its time of change, nanoseconds since 1970.
    modified: u64,
    /// Of the file it was made from.
    source_sha256: Option<String>,
    /// [`convert::VERSION`] that made it.
    converter: u32,
}

impl Stamp {
    /// Hashes the file at `path`.
    pub fn of(path: &Path, source_sha256: Option<&str>) -> Result<Self, ModelError> {
        // The time is taken first: a change while hashing leaves a stamp that no longer fits.
        let (size, modified) = size_and_time(path)?;
        Ok(Self {
            sha256: sha256(path)?,
            size,
            modified,
            source_sha256: source_sha256.map(str::to_owned),
            converter: convert::VERSION,
        })
    }

    /// Writes it beside the file at `path`.
    pub fn write(&self, path: &Path) -> Result<(), ModelError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|e| io_error(&stamp_path(path))(e.into()))?;
        write(&stamp_path(path), text.as_bytes())
    }

    fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(stamp_path(path)).ok()?).ok()
    }
}

/// The hash of the installed file at `path`: from its stamp while size and time of change are as
/// they were, else taken anew.
pub fn remembered_sha256(path: &Path) -> Result<String, ModelError> {
    let old = Stamp::read(path);
    if let Some(stamp) = &old
        && (stamp.size, stamp.modified) == size_and_time(path)?
    {
        return Ok(stamp.sha256.clone());
    }
    let new = Stamp::of(path, old.as_ref().and_then(|s| s.source_sha256.as_deref()))?;
    // A shared directory may be read-only: then the file is hashed every time.
    if let Err(error) = new.write(path) {
        tracing::debug!("no stamp for {}: {error}", path.display());
    }
    Ok(new.sha256)
}

fn stamp_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

fn size_and_time(path: &Path) -> Result<(u64, u64), ModelError> {
    let metadata = fs::metadata(path).map_err(io_error(path))?;
    let modified = metadata.modified().map_err(io_error(path))?;
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok((metadata.len(), u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)))
}
