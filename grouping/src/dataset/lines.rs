// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading and rewriting `faces.jsonl` line by line: a film's lines never lie in memory together.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::error::READ;
use super::{DatasetError, FaceRecord, files};

/// The records of a file, in order. A torn last line is not one of them.
pub(crate) struct Lines {
    path: PathBuf,
    reader: Option<BufReader<File>>,
    line: Vec<u8>,
    number: usize,
    /// Whether the last line was torn, known when the records are through.
    pub(super) torn: bool,
}

impl Lines {
    /// Opens the file; one that is not there has no records.
    pub(crate) fn open(path: &Path) -> Result<Self, DatasetError> {
        let reader = match File::open(path) {
            Ok(file) => Some(BufReader::new(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(DatasetError::io(READ, path, error)),
        };
        Ok(Self { path: path.to_path_buf(), reader, line: Vec::new(), number: 0, torn: false })
    }

    fn read(&mut self) -> Result<Option<FaceRecord>, DatasetError> {
        let Some(reader) = self.reader.as_mut() else {
            return Ok(None);
        };
        self.line.clear();
        let read = reader.read_until(b'\n', &mut self.line);
        if read.map_err(|e| DatasetError::io(READ, &self.path, e))? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.line.last() != Some(&b'\n') {
            self.torn = true;
            return Ok(None);
        }
        serde_json::from_slice(&self.line).map(Some).map_err(|error| DatasetError::Damaged {
            path: self.path.clone(),
            what: format!("line {} is no face ({error}); remove the line to go on", self.number),
        })
    }
}

impl Iterator for Lines {
    type Item = Result<FaceRecord, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// One record as it stands in the file, with its newline.
pub(super) fn encode(record: &FaceRecord, path: &Path) -> Result<Vec<u8>, DatasetError> {
    let mut line =
        serde_json::to_vec(record).map_err(|e| DatasetError::io("write", path, e.into()))?;
    line.push(b'\n');
    Ok(line)
}

/// Replaces the file by its records as `change` leaves them; `false` drops one.
pub(super) fn rewrite(
    path: &Path,
    mut change: impl FnMut(&mut FaceRecord) -> bool,
) -> Result<(), DatasetError> {
    let mut failure = None;
    let replaced = files::replace_with(path, |file| {
        let mut out = BufWriter::new(file);
        let mut copy = || -> Result<(), DatasetError> {
            for record in Lines::open(path)? {
                let mut record = record?;
                if change(&mut record) {
                    let line = encode(&record, path)?;
                    out.write_all(&line).map_err(|e| DatasetError::io("write", path, e))?;
                }
            }
            out.flush().map_err(|e| DatasetError::io("write", path, e))
        };
        copy().map_err(|error| {
            failure = Some(error);
            io::Error::other("see failure")
        })
    });
    // The error that stopped the copy says more than the one that the replacing passes on.
    match failure {
        Some(error) => Err(error),
        None => replaced,
    }
}
