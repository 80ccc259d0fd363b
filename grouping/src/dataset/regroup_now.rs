// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping what has come so far, in the middle of writing: for streams that never end.

use std::fs::File;

use super::{Dataset, DatasetError, RunInfo, Summary};
use crate::cluster::Options;

impl Dataset {
    /// Groups the faces written so far and files their pictures; more may be appended afterwards.
    ///
    /// # Errors
    /// As [`Dataset::regroup`]; what was written stays, and writing can go on.
    pub fn regroup_now(&mut self, options: &Options) -> Result<Summary, DatasetError> {
        self.save()?;
        let summary = Self::regroup_held(&self.layout, options);
        // Grouping replaces the lines and run.json as whole files, maybe before it fails.
        let path = self.layout.lines();
        let lines = File::options().create(true).append(true).open(&path);
        self.lines = lines.map_err(|e| DatasetError::io("open", &path, e))?;
        let length = self.lines.metadata().map_err(|e| DatasetError::io("open", &path, e))?.len();
        self.length = length;
        if let Some(run) = RunInfo::read(&self.layout)? {
            self.run.counts = run.counts;
        }
        summary
    }
}
