// SPDX-License-Identifier: MIT OR Apache-2.0
//! Naming what is stored after known people.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::lines::Lines;
use super::regroup::{Filing, refile};
use super::{Dataset, DatasetError, Layout, Summary, files};
use crate::cluster::Options;
use crate::references::naming::{self, Named};
use crate::references::{Naming, References};

impl Dataset {
    /// Files the pictures of a dataset that no process writes under the names of known people; who is
    /// none of them goes where `naming` says. `options` say how groups are found.
    ///
    /// Doing it again, or [`Dataset::regroup`] after it, is as safe as that is. `faces/` gets a
    /// `log_classification.csv` with the distance of every face to every person.
    ///
    /// # Errors
    /// Those of [`Dataset::regroup`], and references that do not fit the embeddings.
    pub fn name(
        location: &Path,
        references: &References,
        naming: &Naming,
        options: &Options,
    ) -> Result<Summary, DatasetError> {
        refile(location, &options.algorithm, |faces, embeddings| {
            let named = naming::name(faces, embeddings, references, naming, options);
            let named = named.map_err(|source| DatasetError::References {
                location: location.to_path_buf(),
                source,
            })?;
            let Named { grouping, names, people, distances, rows, dropped, .. } = named;
            let log = Log { people, distances, rows, threshold: naming.threshold };
            Ok(Filing { grouping, names, dropped, settings: naming.settings(), log: Some(log) })
        })
    }
}

/// The distances of faces to people, as video-to-faces writes them.
pub(super) struct Log {
    /// Folders.
    people: Vec<String>,
    distances: Array2<f32>,
    rows: Vec<Option<usize>>,
    threshold: Option<f32>,
}

/// Where it lies.
pub(super) fn log_path(layout: &Layout) -> PathBuf {
    layout.faces().join("log_classification.csv")
}

impl Log {
    /// A line a picture: `file_name`, a distance a person (empty where nothing is known of the face), the
    /// folder.
    pub(super) fn write(&self, layout: &Layout) -> Result<(), DatasetError> {
        let path = log_path(layout);
        if let Some(folder) = path.parent() {
            let made = std::fs::create_dir_all(folder);
            made.map_err(|e| DatasetError::io("create", folder, e))?;
        }
        let mut failure = None;
        let replaced = files::replace_with(&path, |file| {
            let mut out = BufWriter::new(file);
            self.lines(layout, &path, &mut out).map_err(|error| {
                failure = Some(error);
                io::Error::other("see failure")
            })
        });
        // The error that stopped the writing says more than the one that the replacing passes on.
        failure.map_or(replaced, Err)
    }

    fn lines(
        &self,
        layout: &Layout,
        path: &Path,
        out: &mut impl Write,
    ) -> Result<(), DatasetError> {
        let failed = |e| DatasetError::io("write", path, e);
        let columns: Vec<String> =
            self.people.iter().map(|person| cell(&format!("dist_{person}"))).collect();
        let columns = columns.join(",");
        let threshold = self.threshold.map_or("-1".to_owned(), |t| t.to_string());
        writeln!(out, "file_name,{columns},assigned_to_class(other_threshold={threshold})")
            .map_err(failed)?;
        for (face, record) in Lines::open(&layout.lines())?.enumerate() {
            let record = record?;
            let (Some(file), Some(group)) = (record.file, record.group) else { continue };
            let row = self.rows.get(face).copied().flatten();
            let distances: Vec<String> = match row.filter(|row| *row < self.distances.nrows()) {
                Some(row) => self.distances.row(row).iter().map(|d| format!("{d:.4}")).collect(),
                None => vec![String::new(); self.people.len()],
            };
            let name = cell(file.rsplit('/').next().unwrap_or(&file));
            writeln!(out, "{name},{},{}", distances.join(","), cell(&group)).map_err(failed)?;
        }
        out.flush().map_err(failed)
    }
}

/// A cell as RFC 4180 has it.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
