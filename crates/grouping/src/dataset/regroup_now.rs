// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping and naming what has come so far, in the middle of writing: for streams that never end.

use std::fs::File;

use ndarray::ArrayView2;

use super::named::by_names;
use super::regroup::{Filing, by_likeness, refile_held};
use super::{Dataset, DatasetError, RunInfo, Summary};
use crate::cluster::{Algorithm, Face, Options};
use crate::references::{Naming, References};

impl Dataset {
    /// Groups the faces written so far and files their pictures; more may be appended afterwards.
    ///
    /// # Errors
    /// As [`Dataset::regroup`]; what was written stays, and writing can go on.
    pub fn regroup_now(&mut self, options: &Options) -> Result<Summary, DatasetError> {
        let location = self.layout.root.clone();
        let find = by_likeness(&location, options);
        self.refile_now(&options.algorithm, find)
    }

    /// Names the faces written so far as [`Dataset::name`] does; more may be appended afterwards.
    ///
    /// # Errors
    /// As [`Dataset::name`]; what was written stays, and writing can go on.
    pub fn name_now(
        &mut self,
        references: &References,
        naming: &Naming,
        options: &Options,
    ) -> Result<Summary, DatasetError> {
        let location = self.layout.root.clone();
        let find = by_names(&location, references, naming, options);
        self.refile_now(&options.algorithm, find)
    }

    fn refile_now(
        &mut self,
        algorithm: &Algorithm,
        find: impl FnOnce(&[Face], ArrayView2<'_, f32>) -> Result<Filing, DatasetError>,
    ) -> Result<Summary, DatasetError> {
        self.save()?;
        let summary = refile_held(&self.layout, algorithm, find);
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
