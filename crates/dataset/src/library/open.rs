// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making a library and opening one.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use heed::{Env, EnvFlags, EnvOpenOptions, WithoutTls};

use super::info::FORMAT;
use super::{Embeddings, LibraryError, LibraryInfo};
use crate::error::READ;
use crate::{DatasetError, atomic, is_litter};

/// Most bytes of a store. It is address space only: the file grows as it is filled.
const MAP_SIZE: usize = 1 << 38;
/// Processes that may read at once.
const READERS: u32 = 256;
/// Named databases of a store.
pub(super) const DATABASES: u32 = 4;

/// An open library.
///
/// Any number of processes may read; one writes at a time, and whoever reads meanwhile sees what was there before.
///
/// ```
/// use dataset::library::{Embeddings, Library};
///
/// let folder = tempfile::tempdir().unwrap();
/// let of = Embeddings { model: "sface".into(), sha256: None, dimensions: 128 };
/// let library = Library::create(&folder.path().join("lib"), of, "average").unwrap();
/// let reading = library.read().unwrap();
/// assert_eq!(reading.view().templates().unwrap(), 0);
/// ```
#[derive(Debug)]
pub struct Library {
    pub(super) location: PathBuf,
    pub(super) info: LibraryInfo,
    pub(super) env: Env<WithoutTls>,
}

/// Whether a folder holds a library.
pub fn is_library(folder: &Path) -> bool {
    LibraryInfo::path(folder).is_file()
}

impl Library {
    /// Makes a library in a new or an empty folder; `algorithm` is how people are found in it.
    ///
    /// # Errors
    /// A folder that holds other things or cannot be written.
    pub fn create(
        location: &Path,
        embeddings: Embeddings,
        algorithm: &str,
    ) -> Result<Self, LibraryError> {
        if is_library(location) {
            return Self::open(location);
        }
        atomic::make_folder(location)?;
        let _lock = lock(location)?;
        let entries =
            fs::read_dir(location).map_err(|e| DatasetError::io(READ, location, e))?.flatten();
        for entry in entries {
            let name = entry.file_name();
            let litter = is_litter(&name);
            let name = name.to_string_lossy();
            // Of a making that was killed nothing is left to lose: nothing was in it yet.
            if !(litter || name.starts_with("store-") || name.starts_with('.')) {
                return Err(LibraryError::InTheWay { location: location.to_path_buf() });
            }
        }
        let info = LibraryInfo {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            embeddings,
            algorithm: algorithm.to_owned(),
            store: "store-1".to_owned(),
            extra: serde_json::Map::new(),
        };
        let library = Self {
            env: environment(location, &info.store)?,
            location: location.to_path_buf(),
            info,
        };
        library.make_tables()?;
        library.info.write(location)?;
        Ok(library)
    }

    /// Opens the library in a folder.
    ///
    /// # Errors
    /// A folder without one, one of a newer version, a damaged one.
    pub fn open(location: &Path) -> Result<Self, LibraryError> {
        let none = || LibraryError::NoLibrary { location: location.to_path_buf() };
        let info = LibraryInfo::read(location)?.ok_or_else(none)?;
        let store = location.join(&info.store).join("data.mdb");
        if !store.is_file() {
            let (location, what) =
                (location.to_path_buf(), format!("{} is not there", store.display()));
            return Err(LibraryError::Damaged { location, what });
        }
        let env = environment(location, &info.store)?;
        Ok(Self { location: location.to_path_buf(), info, env })
    }

    /// The folder.
    pub fn location(&self) -> &Path {
        &self.location
    }

    /// What it is of.
    pub fn info(&self) -> &LibraryInfo {
        &self.info
    }

    /// Bytes of the store.
    pub fn size(&self) -> u64 {
        let path = self.location.join(&self.info.store).join("data.mdb");
        fs::metadata(path).map_or(0, |file| file.len())
    }

    /// Removes stores that no `library.json` names, as a kill may leave them; the lock must be held.
    pub(super) fn sweep(&self) -> Result<(), LibraryError> {
        let failed = |e| DatasetError::io(READ, &self.location, e);
        for entry in fs::read_dir(&self.location).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("store-") && name != self.info.store.as_str() {
                remove_store(&entry.path())?;
            }
        }
        Ok(())
    }
}

/// Removes a store that is not needed any more.
pub(super) fn remove_store(folder: &Path) -> Result<(), LibraryError> {
    for file in ["data.mdb", "lock.mdb"] {
        atomic::remove(&folder.join(file))?;
    }
    atomic::remove_empty(folder);
    Ok(())
}

/// Opens the store of this name, made where it is not there.
pub(super) fn environment(location: &Path, store: &str) -> Result<Env<WithoutTls>, LibraryError> {
    opened(location, store, None)
}

/// The same; with a `size` what is written goes straight into a file of that many bytes, which begins as zeros. Otherwise
/// LMDB collects pages in memory that may hold what was there before.
pub(super) fn opened(
    location: &Path,
    store: &str,
    size: Option<usize>,
) -> Result<Env<WithoutTls>, LibraryError> {
    let folder = location.join(store);
    atomic::make_folder(&folder)?;
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(size.unwrap_or(MAP_SIZE)).max_dbs(DATABASES).max_readers(READERS);
    if size.is_some() {
        // SAFETY: nobody but this process knows the store yet, and no transaction in it is nested.
        unsafe { options.flags(EnvFlags::WRITE_MAP) };
    }
    // SAFETY: the file is only ever changed by LMDB, under its own lock file beside it, both of which are never
    // replaced: a store written anew has a folder of its own.
    let env = unsafe { options.open(&folder) };
    let env = env.map_err(|cause| LibraryError::store("open", location, cause))?;
    // Of processes that were killed while they read; without this, what they saw is kept for ever.
    env.clear_stale_readers().map_err(|cause| LibraryError::store("open", location, cause))?;
    Ok(env)
}

/// Locks a library against other writers until the file is dropped or the process dies.
pub(super) fn lock(location: &Path) -> Result<File, LibraryError> {
    let path = location.join(".lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|e| DatasetError::io("lock", &path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(LibraryError::Locked { location: location.to_path_buf() })
        }
        Err(TryLockError::Error(error)) => Err(DatasetError::io("lock", &path, error).into()),
    }
}
