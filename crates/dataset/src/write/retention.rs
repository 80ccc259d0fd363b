// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which crops are kept as they are written: not those like one of the last, not blurred ones.

use std::collections::HashMap;

use grouping::deduplication::{Thresholds, Window};
use image::RgbImage;
use imaging::{PerceptualHash, encode};

use crate::format::lines::Lines;
use crate::intermediate::{Folder, Log, LogFile};
use crate::{By, CropFormat, Dataset, DatasetError, Duplicate, FaceRecord, Intermediate};

/// The columns, as video-to-faces has them.
const HEADER: [&str; 4] = ["file_name", "nearest_in_prev_5", "hash_diff", "marked_as_duplicate"];

/// What is kept, and where the rest goes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Retention {
    /// When a picture shows nothing new. Its window is held against crops as they are written, the rest by
    /// [`Dataset::deduplicate`].
    pub duplicates: Thresholds,
    /// Save duplicates in `intermediate/dupes1`, and log how near each picture was.
    pub save_duplicates: bool,
    /// Save what is marked as blurry in `intermediate/blurry`.
    pub save_blurry: bool,
}

/// Says which pictures of a dataset are kept.
#[derive(Debug)]
pub struct RetentionState {
    settings: Retention,
    intermediate: Intermediate,
    /// By the input's index.
    windows: HashMap<usize, Window<String>>,
    log: Option<Log>,
}

impl Dataset {
    /// Says which pictures are kept from now on. Without it all are that are not marked as blurry.
    ///
    /// # Errors
    /// Lines that cannot be read, a log that cannot be written.
    pub fn set_retention(&mut self, retention: Retention) -> Result<(), DatasetError> {
        let intermediate = self.intermediate();
        let mut state = RetentionState {
            settings: retention,
            intermediate,
            windows: HashMap::new(),
            log: None,
        };
        if retention.duplicates.window.is_some() {
            // Go on as if there had been no interruption.
            for record in Lines::open(&self.layout.lines())? {
                let record = record?;
                if let Some((input, _)) = self.run.input(&record.video) {
                    let name = self.names.name(input, record.frame, record.face);
                    state.note(input, &record, name);
                }
            }
            if retention.save_duplicates {
                state.log = Some(state.intermediate.log(LogFile::Dupes1, &HEADER)?);
            }
        }
        self.retention = Some(state);
        Ok(())
    }

    /// The folder of what is not kept, and of logs.
    pub fn intermediate(&self) -> Intermediate {
        Intermediate::new(&self.layout, &self.names)
    }
}

impl RetentionState {
    /// Whether the picture is kept; marks the record, and saves what is not kept where that is wanted.
    pub fn check(
        &mut self,
        input: usize,
        record: &mut FaceRecord,
        picture: &RgbImage,
        name: &str,
        format: CropFormat,
    ) -> Result<bool, DatasetError> {
        if record.blurry {
            if self.settings.save_blurry {
                self.save(Folder::Blurry, picture, name, format)?;
            }
            return Ok(false);
        }
        let Thresholds { kind, window, hash, .. } = self.settings.duplicates;
        if window.is_none() && hash.is_none() {
            return Ok(true);
        }
        let own = PerceptualHash::of(picture, kind);
        (record.hash, record.hash_kind) = (Some(own), kind);
        let Some(threshold) = window else {
            return Ok(true);
        };
        let window = self.windows.entry(input).or_insert_with(|| Window::new(threshold));
        let seen = window.compare(own);
        let Some((of, distance)) = seen.nearest else {
            return Ok(true);
        };
        if let Some(log) = &mut self.log {
            let duplicate = if seen.is_duplicate { "1" } else { "0" };
            log.row(&[name, &of, &distance.to_string(), duplicate])?;
        }
        if seen.is_duplicate {
            record.duplicate = Some(Duplicate { of, by: By::Window, distance: distance as f32 });
            if self.settings.save_duplicates {
                self.save(Folder::Dupes1, picture, name, format)?;
            }
        }
        Ok(!seen.is_duplicate)
    }

    /// Remembers what was kept at first, also where it was found to be a duplicate later.
    pub fn note(&mut self, input: usize, record: &FaceRecord, name: String) {
        let Thresholds { kind, window, .. } = self.settings.duplicates;
        let own = record.hash.filter(|_| record.hash_kind == kind);
        let (Some(hash), Some(threshold)) = (own, window) else {
            return;
        };
        if record.duplicate.as_ref().is_none_or(|duplicate| duplicate.by != By::Window) {
            let window = self.windows.entry(input).or_insert_with(|| Window::new(threshold));
            window.keep(hash, name);
        }
    }

    fn save(
        &self,
        folder: Folder,
        picture: &RgbImage,
        name: &str,
        format: CropFormat,
    ) -> Result<(), DatasetError> {
        let path = self.intermediate.path(folder, name)?;
        let contents = encode::encode(picture, format)
            .map_err(|cause| DatasetError::Picture { path, cause })?;
        self.intermediate.save(folder, name, &contents)
    }
}
