// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading a dataset without changing it.

use std::path::Path;

use ndarray::Array2;

use crate::edited::Edits;
use crate::format::lines::Lines;
use crate::format::npy;
use crate::{Dataset, DatasetError, FaceRecord, Groups, Layout, RunInfo};

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
    /// Reads everything, with what a person did in `faces/` since it was grouped, also while another process writes: a line half written is not seen yet.
    ///
    /// # Errors
    /// A folder without a dataset, a damaged file.
    pub fn read(location: &Path) -> Result<Loaded, DatasetError> {
        let layout = Layout::new(location);
        let run = Self::run_info(location)?;
        // Lines first: a row is there before the line that names it.
        let mut faces: Vec<FaceRecord> = Lines::open(&layout.lines())?.collect::<Result<_, _>>()?;
        let mut groups = Groups::read(&layout)?;
        // Before the first grouping a line may come while its picture is looked for.
        if groups.is_some() {
            Edits::find(&layout, &run)?.apply(&mut faces, groups.as_mut());
        }
        Ok(Loaded { faces, embeddings: npy::read(&layout.embeddings())?, run, groups })
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
