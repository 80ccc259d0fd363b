// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading and rewriting `faces.jsonl` line by line: a film's lines never lie in memory together.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::error::READ;
use crate::{DatasetError, FaceRecord, atomic, interrupt};

/// The records of a file, in order. A torn last line is not one of them.
pub struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    number: usize,
    /// Where the last record's line begins, and how many bytes it has.
    pub place: (u64, usize),
    /// Whether the last line was torn, known when the records are through.
    pub torn: bool,
}

impl Lines {
    /// Opens the file; one that is not there has no records.
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let mut lines = Self::of(io::empty(), path);
        match File::open(path) {
            Ok(file) => lines.reader = Box::new(BufReader::new(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (),
            Err(error) => return Err(DatasetError::io(READ, path, error)),
        }
        Ok(lines)
    }

    /// What such a file holds; `path` is what errors call it.
    pub fn of(reader: impl BufRead + Send + 'static, path: &Path) -> Self {
        let (path, reader) = (path.to_path_buf(), Box::new(reader));
        Self { path, reader, line: Vec::new(), number: 0, place: (0, 0), torn: false }
    }

    fn read(&mut self) -> Result<Option<FaceRecord>, DatasetError> {
        self.line.clear();
        let read = self.reader.read_until(b'\n', &mut self.line);
        if read.map_err(|e| DatasetError::io(READ, &self.path, e))? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.line.last() != Some(&b'\n') {
            self.torn = true;
            return Ok(None);
        }
        self.place = (self.place.0 + self.place.1 as u64, self.line.len());
        decode(&self.line, self.number, &self.path).map(Some)
    }
}

/// The record of a line, the file's `number`th.
fn decode(line: &[u8], number: usize, path: &Path) -> Result<FaceRecord, DatasetError> {
    let damaged = |why: &dyn Display| DatasetError::Damaged {
        path: path.to_path_buf(),
        what: format!("line {number} is no face ({why}); remove the line to go on"),
    };
    interrupt::parsed();
    let record: FaceRecord = serde_json::from_slice(line).map_err(|error| damaged(&error))?;
    // Infinite once read, it would be written as nothing that can be read again.
    record.is_finite().then_some(record).ok_or_else(|| damaged(&"a number is too large"))
}

/// Records of a file, read in any order.
pub struct Picked {
    path: PathBuf,
    file: File,
    line: Vec<u8>,
}

impl Picked {
    /// Opens the file.
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let file = File::open(path).map_err(|e| DatasetError::io(READ, path, e))?;
        Ok(Self { path: path.to_path_buf(), file, line: Vec::new() })
    }

    /// The record whose line is at `place`, as [`Lines`] told it; the file's `number`th.
    pub fn read(&mut self, place: (u64, usize), number: usize) -> Result<FaceRecord, DatasetError> {
        self.line.resize(place.1, 0);
        let read = self.file.read_exact_at(&mut self.line, place.0);
        read.map_err(|e| DatasetError::io(READ, &self.path, e))?;
        decode(&self.line, number, &self.path)
    }
}

impl Iterator for Lines {
    type Item = Result<FaceRecord, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// One record as it stands in the file, with its newline.
pub fn encode(record: &FaceRecord, path: &Path) -> Result<Vec<u8>, DatasetError> {
    let mut line =
        serde_json::to_vec(record).map_err(|e| DatasetError::io("write", path, e.into()))?;
    line.push(b'\n');
    Ok(line)
}

/// Replaces the file by its records as `change` leaves them; `false` drops one.
pub fn rewrite(
    path: &Path,
    mut change: impl FnMut(&mut FaceRecord) -> bool,
) -> Result<(), DatasetError> {
    let records = Lines::open(path)?.filter_map(|record| match record {
        Ok(mut record) => change(&mut record).then_some(Ok(record)),
        failed => Some(failed),
    });
    replace(path, records)
}

/// Replaces the file by these records, which may be read from it meanwhile.
pub fn replace(
    path: &Path,
    records: impl Iterator<Item = Result<FaceRecord, DatasetError>>,
) -> Result<(), DatasetError> {
    let mut failure = None;
    let replaced = atomic::replace_with(path, |file| {
        let mut out = BufWriter::new(file);
        let copy = || -> Result<(), DatasetError> {
            for record in records {
                let line = encode(&record?, path)?;
                out.write_all(&line).map_err(|e| DatasetError::io("write", path, e))?;
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
