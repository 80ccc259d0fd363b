// SPDX-License-Identifier: MIT OR Apache-2.0
//! Identifying what is stored, after enrolled identities.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use dataset::format::lines::Lines;
use dataset::{DatasetError, FaceRecord, Layout, atomic, derived};
use grouping::cluster::{Face, Options};
use grouping::identification::{self, Gallery, Identification, Identified};
use ndarray::{Array2, ArrayView2};

use super::corrections::Links;
use super::relabel::{Labelling, Summary, relabel};

/// Relabels a dataset that no process writes by the names of enrolled identities; who is
/// none of them goes where `identification` says. `options` say how groups are found.
///
/// Doing it again, or [`group`](super::relabel::group) after it, is as safe as that is. `faces/` gets a
/// `log_classification.csv` with the distance of every face to every person, and, where the nearest
/// pictures vote, a `log_shares.csv` with the share of every person in each face and each track.
///
/// # Errors
/// Those of [`group`](super::relabel::group), and a gallery that does not fit the embeddings.
pub fn identify(
    location: &Path,
    gallery: &Gallery,
    identification: &Identification,
    options: &Options,
) -> Result<Summary, DatasetError> {
    let find = by_names(location, gallery, identification, options);
    relabel(location, &options.algorithm, find)
}

/// Says who is who by enrolled identities.
pub(crate) fn by_names(
    location: &Path,
    gallery: &Gallery,
    identification: &Identification,
    options: &Options,
) -> impl FnOnce(&[Face], ArrayView2<'_, f32>, Links) -> Result<Labelling, DatasetError> {
    move |faces, embeddings, links| {
        let options = links.within(options);
        let named = identification::identify(faces, embeddings, gallery, identification, &options);
        let named = named.map_err(|cause| DatasetError::Identification {
            location: location.to_path_buf(),
            cause,
        })?;
        let Identified { grouping, names, people, distances, shares, rows, dropped } = named;
        let log = Log { people, distances, shares, rows, threshold: identification.threshold };
        Ok(Labelling {
            grouping,
            names,
            dropped,
            settings: identification.settings(),
            log: Some(log),
        })
    }
}

/// The distances of faces to people, as video-to-faces writes them.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    /// Folders.
    people: Vec<String>,
    distances: Array2<f32>,
    /// No rows where there are none.
    shares: Array2<f32>,
    rows: Vec<Option<usize>>,
    threshold: Option<f32>,
}

impl Log {
    /// Writes both files, or removes the second where it would be that of another identification.
    pub(crate) fn write(&self, layout: &Layout) -> Result<(), DatasetError> {
        self.replace(layout, &derived::log_path(layout), Self::lines)?;
        let path = derived::shares_path(layout);
        if self.shares.nrows() == 0 {
            return atomic::remove(&path);
        }
        self.replace(layout, &path, Self::share_lines)
    }

    /// Writes a file beside its old form and renames it.
    fn replace(
        &self,
        layout: &Layout,
        path: &Path,
        lines: impl Fn(&Self, &Layout, &Path, &mut dyn Write) -> Result<(), DatasetError>,
    ) -> Result<(), DatasetError> {
        if let Some(folder) = path.parent() {
            let made = std::fs::create_dir_all(folder);
            made.map_err(|e| DatasetError::io("create", folder, e))?;
        }
        let mut failure = None;
        let replaced = atomic::replace_with(path, |file| {
            let mut out = BufWriter::new(file);
            lines(self, layout, path, &mut out).map_err(|error| {
                failure = Some(error);
                io::Error::other("see failure")
            })
        });
        // The error that stopped the writing says more than the one that the replacing passes on.
        failure.map_or(replaced, Err)
    }

    /// One line per picture: `file_name`, one distance per person (empty where nothing is known of the face), the
    /// folder.
    fn lines(&self, layout: &Layout, path: &Path, out: &mut dyn Write) -> Result<(), DatasetError> {
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

impl Log {
    /// One line per face that was described, then one per track: `of` (face or track), `video`, `frame` and
    /// `face` (of a track those of its first one), `track`, the share of every person in the nearest
    /// pictures, and nobody's, in five decimals.
    fn share_lines(
        &self,
        layout: &Layout,
        path: &Path,
        out: &mut dyn Write,
    ) -> Result<(), DatasetError> {
        let failed = |e| DatasetError::io("write", path, e);
        let columns =
            self.people.iter().map(|person| format!(",{}", cell(&format!("share_{person}"))));
        writeln!(out, "of,video,frame,face,track{},share_nobody", columns.collect::<String>())
            .map_err(failed)?;
        let mut line = |of: &str, first: &FaceRecord, sums: &[f64], count: usize| {
            let track = first.track.map(|track| track.to_string()).unwrap_or_default();
            let shares: Vec<f64> = sums.iter().map(|sum| sum / count as f64).collect();
            let nobody = (1.0 - shares.iter().sum::<f64>()).max(0.0);
            let shares: String =
                shares.iter().chain([&nobody]).map(|share| format!(",{share:.5}")).collect();
            let (video, FaceRecord { frame, face, .. }) = (cell(&first.video), first);
            writeln!(out, "{of},{video},{frame},{face},{track}{shares}").map_err(failed)
        };
        let mut tracks: BTreeMap<(String, u64), (FaceRecord, Vec<f64>, usize)> = BTreeMap::new();
        for (face, record) in Lines::open(&layout.lines())?.enumerate() {
            let record = record?;
            let row = self.rows.get(face).copied().flatten();
            let Some(row) = row.filter(|row| *row < self.shares.nrows()) else { continue };
            let shares: Vec<f64> = self.shares.row(row).iter().map(|s| f64::from(*s)).collect();
            line("face", &record, &shares, 1)?;
            if let Some(track) = record.track {
                let first = || (record.clone(), vec![0.0; shares.len()], 0);
                let (_, sums, count) =
                    tracks.entry((record.video.clone(), track)).or_insert_with(first);
                sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
                *count += 1;
            }
        }
        for (first, sums, count) in tracks.values() {
            line("track", first, sums, *count)?;
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
