// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading a dataset without changing it.

use std::path::Path;

use ndarray::Array2;

use super::lines::Lines;
use super::{Dataset, DatasetError, FaceRecord, Groups, Layout, RunInfo, npy};

/// A dataset in memory.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The lines of `faces.jsonl`, in order.
    pub faces: Vec<FaceRecord>,
    /// The rows of `embeddings.npy`; 0 x 0 where there is none.
    pub embeddings: Array2<f32>,
    /// `run.json`.
    pub run: RunInfo,
    /// `groups.json`, once grouped.
    pub groups: Option<Groups>,
}

impl Dataset {
    /// Reads everything, also while another process writes: a line half written is not seen yet.
    ///
    /// # Errors
    /// A folder without a dataset, a damaged file.
    pub fn read(location: &Path) -> Result<Loaded, DatasetError> {
        let layout = Layout::new(location);
        let run = Self::run_info(location)?;
        // Lines first: a row is there before the line that names it.
        let faces = Lines::open(&layout.lines())?.collect::<Result<_, _>>()?;
        Ok(Loaded {
            faces,
            embeddings: npy::read(&layout.embeddings())?,
            run,
            groups: Groups::read(&layout)?,
        })
    }

    /// Reads `run.json` alone.
    ///
    /// # Errors
    /// A folder without a dataset, a damaged file.
    pub fn run_info(location: &Path) -> Result<RunInfo, DatasetError> {
        RunInfo::read(&Layout::new(location))?
            .ok_or_else(|| DatasetError::NoDataset { location: location.to_path_buf() })
    }
}
