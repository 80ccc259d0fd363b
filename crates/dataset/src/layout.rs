// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where things lie in a dataset, and its lock.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::READ;
use crate::{DatasetError, RunInfo};

/// The files of a dataset.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The folder itself.
    pub root: PathBuf,
}

impl Layout {
    /// The dataset in this folder.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// `run.json`.
    pub fn run(&self) -> PathBuf {
        self.root.join("run.json")
    }

    /// `faces.jsonl`.
    pub fn lines(&self) -> PathBuf {
        self.root.join("faces.jsonl")
    }

    /// `embeddings.npy`.
    pub fn embeddings(&self) -> PathBuf {
        self.root.join("embeddings.npy")
    }

    /// `groups.json`.
    pub fn groups(&self) -> PathBuf {
        self.root.join("groups.json")
    }

    /// `corrections.jsonl`.
    pub fn corrections(&self) -> PathBuf {
        self.root.join("corrections.jsonl")
    }

    /// There while pictures move to where their lines say they are: until it is gone no difference
    /// between the two is anybody's word.
    pub fn moving(&self) -> PathBuf {
        self.root.join(".moving")
    }

    /// `evaluation.json`.
    pub fn evaluation(&self) -> PathBuf {
        self.root.join("evaluation.json")
    }

    /// `references.npz`.
    pub fn references(&self) -> PathBuf {
        self.root.join("references.npz")
    }

    /// `report.html`.
    pub fn report(&self) -> PathBuf {
        self.root.join("report.html")
    }

    /// The folder of the pictures.
    pub fn faces(&self) -> PathBuf {
        self.root.join("faces")
    }

    /// The folder of what was not kept, and of logs.
    pub fn intermediate(&self) -> PathBuf {
        self.root.join("intermediate")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join(".lock")
    }

    /// Locks the dataset in a folder, and reads what ran; it is locked until the file is dropped.
    ///
    /// # Errors
    /// No dataset, another process writing there, a damaged `run.json`.
    pub fn lock_dataset(location: &Path) -> Result<(Self, RunInfo, File), DatasetError> {
        let layout = Self::new(location);
        let none = || DatasetError::NoDataset { location: location.to_path_buf() };
        // Nothing is made in a folder that is no dataset, not even a lock.
        if !layout.run().exists() {
            return Err(none());
        }
        let lock = layout.lock_for_writing()?;
        let run = RunInfo::read(&layout)?.ok_or_else(none)?;
        Ok((layout, run, lock))
    }

    /// Locks the dataset against other writers until the file is dropped or the process dies.
    pub fn lock_for_writing(&self) -> Result<File, DatasetError> {
        let path = self.lock();
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|e| DatasetError::io("lock", &path, e))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                Err(DatasetError::Locked { location: self.root.clone() })
            }
            Err(TryLockError::Error(error)) => {
                // Some network file systems have no locks; that is no reason to refuse them.
                tracing::warn!(
                    "{} cannot be locked against other processes: {error}",
                    self.root.display()
                );
                Ok(file)
            }
        }
    }

    /// Every picture and other file in `faces/` and the folders in it, as folder and file name.
    /// Links and deeper folders are nobody's business here.
    pub fn visit_pictures(&self, mut visit: impl FnMut(&Path, &str)) -> Result<(), DatasetError> {
        let mut folders = vec![self.faces()];
        let mut top = true;
        while let Some(folder) = folders.pop() {
            let failed = |e| DatasetError::io(READ, &folder, e);
            let entries = match fs::read_dir(&folder) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                entries => entries.map_err(failed)?,
            };
            for entry in entries {
                let entry = entry.map_err(failed)?;
                let kind = entry.file_type().map_err(failed)?;
                if kind.is_dir() && top {
                    folders.push(entry.path());
                } else if kind.is_file()
                    && let Some(name) = entry.file_name().to_str()
                {
                    visit(&folder, name);
                }
            }
            top = false;
        }
        Ok(())
    }
}

/// Whether a folder holds a result.
pub fn is_result(folder: &Path) -> bool {
    Layout::new(folder).run().is_file()
}
