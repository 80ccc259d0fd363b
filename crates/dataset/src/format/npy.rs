// SPDX-License-Identifier: MIT OR Apache-2.0
//! `embeddings.npy`, grown row by row.
//!
//! The header has a fixed width. A row is written behind the last one, then the header's row count is
//! rewritten in place: whatever moment a kill comes, the file is a valid array with at most one row of
//! surplus bytes behind it, which readers of the format ignore and `open` cuts off.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use npyz::NpyFile;

use crate::DatasetError;
use crate::error::READ;

/// Bytes of the header: a multiple of 64, as the format asks, with room for any row count.
const HEADER: u64 = 128;

/// An open `embeddings.npy`.
#[derive(Debug)]
pub struct Embeddings {
    path: PathBuf,
    file: File,
    dimensions: usize,
    rows: usize,
}

impl Embeddings {
    /// Makes an empty array of rows of `dimensions` numbers.
    pub fn create(path: &Path, dimensions: usize) -> Result<Self, DatasetError> {
        // Under another name first: an array without its header is no array.
        crate::atomic::replace(path, &header(0, dimensions))?;
        let file = File::options().read(true).write(true).open(path);
        let file = file.map_err(|e| DatasetError::io("open", path, e))?;
        Ok(Self { path: path.to_path_buf(), file, dimensions, rows: 0 })
    }

    /// Opens one that is there, if any, and cuts it to `keep` rows.
    pub fn open(path: &Path, keep: usize) -> Result<Option<Self>, DatasetError> {
        let Some((rows, dimensions)) = shape(path)? else {
            return Ok(None);
        };
        let file = File::options().read(true).write(true).open(path);
        let file = file.map_err(|e| DatasetError::io("open", path, e))?;
        let mut array = Self { path: path.to_path_buf(), file, dimensions, rows };
        array.cut(keep.min(rows)).map_err(|e| DatasetError::io("write", path, e))?;
        Ok(Some(array))
    }

    /// Numbers of a row.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row and returns its number. After an error the array is as it was before.
    pub fn push(&mut self, row: &[f32]) -> Result<usize, DatasetError> {
        debug_assert_eq!(row.len(), self.dimensions);
        let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
        let number = self.rows;
        let written = self
            .file
            .write_all_at(&bytes, end(number, self.dimensions))
            .and_then(|()| self.write_header(number + 1));
        if let Err(error) = written {
            let _ = self.cut(number);
            return Err(DatasetError::io("write", &self.path, error));
        }
        self.rows += 1;
        Ok(number)
    }

    /// Writes row `from` over row `to`; behind the last row it counts once [`cut`](Self::cut) says so.
    pub fn copy(&mut self, from: usize, to: usize) -> Result<(), DatasetError> {
        let mut bytes = vec![0; self.dimensions * 4];
        self.file
            .read_exact_at(&mut bytes, end(from, self.dimensions))
            .and_then(|()| self.file.write_all_at(&bytes, end(to, self.dimensions)))
            .map_err(|e| DatasetError::io("write", &self.path, e))
    }

    /// Says that there are `rows` rows: takes back everything behind them, or counts what was copied there.
    pub fn cut(&mut self, rows: usize) -> io::Result<()> {
        self.write_header(rows)?;
        self.file.set_len(end(rows, self.dimensions))?;
        self.rows = rows;
        Ok(())
    }

    /// Flushes to the device.
    pub fn sync(&self) -> Result<(), DatasetError> {
        self.file.sync_data().map_err(|e| DatasetError::io("write", &self.path, e))
    }

    fn write_header(&self, rows: usize) -> io::Result<()> {
        self.file.write_all_at(&header(rows, self.dimensions), 0)
    }
}

/// Adds a row of `model` to the array at `path`, made with the first one; the rows there are those of `held`.
///
/// # Errors
/// A row of another length or model, a file that cannot be written.
pub fn push(
    array: &mut Option<Embeddings>,
    path: &Path,
    row: &[f32],
    (model, held): (&str, &str),
) -> Result<usize, DatasetError> {
    let array = match array {
        Some(array) => array,
        none => none.insert(Embeddings::create(path, row.len())?),
    };
    if array.dimensions() != row.len() || held != model {
        return Err(DatasetError::Embedding {
            given: row.len(),
            given_model: model.to_owned(),
            held: array.dimensions(),
            held_model: held.to_owned(),
        });
    }
    array.push(row)
}

/// Where row `rows` begins.
fn end(rows: usize, dimensions: usize) -> u64 {
    HEADER + rows as u64 * dimensions as u64 * 4
}

/// Format 1.0 of numpy's `.npy`: magic, version, length of the dictionary, the dictionary, padding.
fn header(rows: usize, dimensions: usize) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(HEADER as u16 - 10).to_le_bytes());
    let dictionary =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dimensions}), }}");
    bytes.extend_from_slice(dictionary.as_bytes());
    bytes.resize(HEADER as usize - 1, b' ');
    bytes.push(b'\n');
    bytes
}

/// Rows that are really there, and their length; `None` where there is no file.
pub fn shape(path: &Path) -> Result<Option<(usize, usize)>, DatasetError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|e| DatasetError::io(READ, path, e))?,
    };
    let length = file.metadata().map_err(|e| DatasetError::io(READ, path, e))?.len();
    let array = NpyFile::new(BufReader::new(file));
    let damaged = |what: String| DatasetError::Damaged { path: path.to_path_buf(), what };
    let array = array.map_err(|e| damaged(format!("it is no array of numpy's format ({e})")))?;
    let &[rows, dimensions] = array.shape() else {
        return Err(damaged("it has other than two dimensions".into()));
    };
    // A power cut can leave the header ahead of the rows.
    let there = length.saturating_sub(HEADER).checked_div(dimensions * 4).unwrap_or(0);
    Ok(Some((rows.min(there) as usize, dimensions as usize)))
}

/// Replaces the whole array.
pub fn replace(path: &Path, rows: &Array2<f32>) -> Result<(), DatasetError> {
    crate::atomic::replace_with(path, |file| {
        let mut out = io::BufWriter::new(file);
        io::Write::write_all(&mut out, &header(rows.nrows(), rows.ncols()))?;
        for value in rows {
            io::Write::write_all(&mut out, &value.to_le_bytes())?;
        }
        io::Write::flush(&mut out)
    })
}

/// The whole array; no rows of no numbers where there is no file.
pub fn read(path: &Path) -> Result<Array2<f32>, DatasetError> {
    let Some((rows, dimensions)) = shape(path)? else {
        return Ok(Array2::zeros((0, 0)));
    };
    let failed = |e| DatasetError::io(READ, path, e);
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    io::copy(&mut Read::by_ref(&mut file).take(HEADER), &mut io::sink()).map_err(failed)?;
    let mut values = vec![0f32; rows * dimensions];
    let mut bytes = vec![0u8; dimensions * 4];
    for row in values.chunks_exact_mut(dimensions.max(1)) {
        file.read_exact(&mut bytes).map_err(failed)?;
        for (value, bytes) in row.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *value = f32::from_le_bytes(*bytes);
        }
    }
    Array2::from_shape_vec((rows, dimensions), values)
        .map_err(|e| DatasetError::Damaged { path: path.to_path_buf(), what: e.to_string() })
}
