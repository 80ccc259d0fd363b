// SPDX-License-Identifier: MIT OR Apache-2.0
//! `intermediate/`: what a run saw and did not keep, for people who want to see why.
//!
//! ```text
//! intermediate/frames/[prefix][KK_]FFFFFF.jpg       frames with the boxes of passed and rejected faces
//! intermediate/rejects/[prefix][KK_]FFFFFF_rJ.jpg   rejected faces, J counted within the frame
//! intermediate/dupes1, dupes2, dupes3/              pictures removed as duplicates
//! intermediate/blurry/                              pictures that were too blurred
//! intermediate/log_rejects.csv, log_dupes1.csv, log_dupes2.csv, log_dupes3.csv
//! ```
//!
//! Nothing in here is read again. Opening a dataset takes out what is about to be made again, so that
//! two runs never mix.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::READ;
use crate::{CropNames, DatasetError, Layout, atomic};

/// The folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder {
    /// Frames with boxes.
    Frames,
    /// Faces that failed a test.
    Rejects,
    /// Like one of the last pictures.
    Dupes1,
    /// Like an earlier picture.
    Dupes2,
    /// An embedding like an earlier one's.
    Dupes3,
    /// Too blurred.
    Blurry,
}

impl Folder {
    const ALL: [Self; 6] =
        [Self::Frames, Self::Rejects, Self::Dupes1, Self::Dupes2, Self::Dupes3, Self::Blurry];

    fn name(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Rejects => "rejects",
            Self::Dupes1 => "dupes1",
            Self::Dupes2 => "dupes2",
            Self::Dupes3 => "dupes3",
            Self::Blurry => "blurry",
        }
    }
}

/// The logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFile {
    /// Every detection with its tests.
    Rejects,
    /// Every picture with the nearest of the last ones.
    Dupes1,
    /// Every picture with the nearest earlier one.
    Dupes2,
    /// The same by embedding.
    Dupes3,
}

impl LogFile {
    const ALL: [Self; 4] = [Self::Rejects, Self::Dupes1, Self::Dupes2, Self::Dupes3];

    fn name(self) -> &'static str {
        match self {
            Self::Rejects => "log_rejects.csv",
            Self::Dupes1 => "log_dupes1.csv",
            Self::Dupes2 => "log_dupes2.csv",
            Self::Dupes3 => "log_dupes3.csv",
        }
    }
}

/// The folder `intermediate/` of a dataset.
#[derive(Debug, Clone)]
pub struct Intermediate {
    root: PathBuf,
    names: CropNames,
}

impl Intermediate {
    /// Of this dataset.
    pub fn new(layout: &Layout, names: &CropNames) -> Self {
        Self { root: layout.intermediate(), names: names.clone() }
    }

    /// How frames and rejects are called.
    pub fn names(&self) -> &CropNames {
        &self.names
    }

    /// Where a file of this name goes; its folder is made.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn path(&self, folder: Folder, name: &str) -> Result<PathBuf, DatasetError> {
        let folder = self.root.join(folder.name());
        fs::create_dir_all(&folder).map_err(|e| DatasetError::io("create", &folder, e))?;
        Ok(folder.join(name))
    }

    /// Writes a file.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn save(&self, folder: Folder, name: &str, contents: &[u8]) -> Result<(), DatasetError> {
        let path = self.path(folder, name)?;
        fs::write(&path, contents).map_err(|e| DatasetError::io("write", &path, e))
    }

    /// Goes on with a log; a new one begins with `header`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn log(&self, file: LogFile, header: &[&str]) -> Result<Log, DatasetError> {
        fs::create_dir_all(&self.root).map_err(|e| DatasetError::io("create", &self.root, e))?;
        let path = self.root.join(file.name());
        let opened = File::options().create(true).append(true).open(&path);
        let opened = opened.map_err(|e| DatasetError::io("open", &path, e))?;
        let is_new = opened.metadata().is_ok_and(|file| file.len() == 0);
        let mut log = Log { path, writer: csv::Writer::from_writer(opened) };
        if is_new {
            log.row(header)?;
        }
        Ok(log)
    }

    /// Removes a log.
    pub fn remove_log(&self, file: LogFile) -> Result<(), DatasetError> {
        atomic::remove(&self.root.join(file.name()))
    }

    /// Removes our files and log rows of the frames of which `again` is true, given their input and
    /// number.
    pub fn forget(&self, again: impl Fn(usize, u64) -> bool) -> Result<(), DatasetError> {
        if !self.root.exists() {
            return Ok(());
        }
        let is_again = |name: &str| {
            self.names.frame_of(name).is_some_and(|(input, frame)| again(input, frame))
        };
        for folder in Folder::ALL.map(|folder| self.root.join(folder.name())) {
            let entries = match fs::read_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries.map_err(|e| DatasetError::io(READ, &folder, e))?,
            };
            for entry in entries {
                let name = entry.map_err(|e| DatasetError::io(READ, &folder, e))?.file_name();
                if name.to_str().is_some_and(is_again) {
                    atomic::remove(&folder.join(name))?;
                }
            }
            // Fails, as it should, when something is in it.
            let _ = fs::remove_dir(&folder);
        }
        self.rewrite_logs(is_again)?;
        let _ = fs::remove_dir(&self.root);
        Ok(())
    }

    /// Brings the rows of the logs into the order of their inputs and frames.
    pub fn sort_logs(&self) -> Result<(), DatasetError> {
        self.rewrite_logs(|_| false)
    }

    /// Sorts the logs, without the rows of which `again` is true, given the name in them.
    fn rewrite_logs(&self, again: impl Fn(&str) -> bool) -> Result<(), DatasetError> {
        for log in LogFile::ALL {
            rewrite_rows(&self.root.join(log.name()), &again, |name| self.names.frame_of(name))?;
        }
        Ok(())
    }
}

/// Keeps the header and the rows that are not to come again, sorted by input and frame; a log without
/// rows goes.
fn rewrite_rows(
    path: &Path,
    again: impl Fn(&str) -> bool,
    frame_of: impl Fn(&str) -> Option<(usize, u64)>,
) -> Result<(), DatasetError> {
    let failed = |e: csv::Error| DatasetError::io("rewrite", path, io::Error::from(e));
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file.map_err(|e| DatasetError::io(READ, path, e))?,
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(io::BufReader::new(file));
    let header = reader.headers().map_err(failed)?.clone();
    let (mut rows, mut gone) = (Vec::new(), 0);
    for row in reader.records() {
        // A torn last row has too few fields, or is no text.
        match row {
            Ok(row) if row.len() == header.len() && !row.get(0).is_some_and(&again) => {
                rows.push(row);
            }
            _ => gone += 1,
        }
    }
    if rows.is_empty() {
        return atomic::remove(path);
    }
    let place = |row: &csv::StringRecord| frame_of(row.get(0).unwrap_or_default());
    if gone == 0 && rows.is_sorted_by_key(place) {
        return Ok(());
    }
    rows.sort_by_key(place);
    let mut kept = csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(&header).chain(&rows) {
        kept.write_record(row).map_err(failed)?;
    }
    let text = kept
        .into_inner()
        .map_err(|e| DatasetError::io("rewrite", path, io::Error::other(e.to_string())))?;
    atomic::replace(path, &text)
}

/// A log that is being written, a row at a time.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl Log {
    /// Adds a row.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn row<T: AsRef<[u8]>>(&mut self, fields: &[T]) -> Result<(), DatasetError> {
        let written = self.writer.write_record(fields).map_err(io::Error::from);
        written
            .and_then(|()| self.writer.flush())
            .map_err(|e| DatasetError::io("write", &self.path, e))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{InputInfo, RunInfo};

    fn intermediate(root: &Path) -> Intermediate {
        let mut run = RunInfo::new(vec![InputInfo::for_uri("a.mkv"), InputInfo::for_uri("b.mkv")]);
        run.prefix = "a,b ".into();
        Intermediate::new(&Layout::new(root), &CropNames::new(&run).unwrap())
    }

    fn fill(place: &Intermediate) {
        for (input, frame) in [(0, 1), (0, 20), (1, 1), (1, 20)] {
            let name = place.names().debug(input, frame, None);
            place.save(Folder::Frames, &name, b"x").unwrap();
            let name = place.names().name(input, frame, 0);
            let mut log = place.log(LogFile::Dupes1, &["file_name", "hash_diff"]).unwrap();
            log.row(&[name.as_str(), "3"]).unwrap();
        }
    }

    #[test]
    fn a_log_has_one_header_and_only_what_comes_again_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let place = intermediate(folder.path());
        fill(&place);
        let log = folder.path().join("intermediate/log_dupes1.csv");
        // A kill in the middle of a row, and somebody's own file.
        let mut torn = fs::read(&log).unwrap();
        torn.extend(b"\"a,b 02_0000");
        fs::write(&log, &torn).unwrap();
        place.save(Folder::Frames, "notes.txt", b"mine").unwrap();
        place.forget(|input, frame| input == 1 && frame >= 20).unwrap();
        let rows: Vec<String> =
            fs::read_to_string(&log).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(rows[0], "file_name,hash_diff");
        assert_eq!(rows[3], "\"a,b 02_000001_0.jpg\",3");
        assert_eq!(rows.len(), 4);
        let frames = folder.path().join("intermediate/frames");
        assert_eq!(fs::read_dir(&frames).unwrap().count(), 4);
        place.forget(|_, _| true).unwrap();
        assert!(!log.exists());
        assert_eq!(fs::read(frames.join("notes.txt")).unwrap(), b"mine");
    }
}
