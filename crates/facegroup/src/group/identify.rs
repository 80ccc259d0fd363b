// SPDX-License-Identifier: MIT OR Apache-2.0
//! Identifying what is stored, after enrolled identities.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use dataset::{DatasetError, FaceRecord, InputInfo, Layout, atomic, derived};
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
    pub(crate) fn write(&self, layout: &Layout, logged: &Logged<'_>) -> Result<(), DatasetError> {
        let path = derived::log_path(layout);
        atomic::make_folder(&layout.faces())?;
        atomic::replace_with(&path, |file| self.lines(logged, &mut BufWriter::new(file)))?;
        let path = derived::shares_path(layout);
        if self.shares.nrows() == 0 {
            return atomic::remove(&path);
        }
        atomic::replace_with(&path, |file| self.share_lines(logged, &mut BufWriter::new(file)))
    }

    /// One line per picture: `file_name`, one distance per person (empty where nothing is known of the face), the
    /// folder.
    fn lines(&self, logged: &Logged<'_>, out: &mut dyn Write) -> io::Result<()> {
        let columns: Vec<String> =
            self.people.iter().map(|person| cell(&format!("dist_{person}"))).collect();
        let columns = columns.join(",");
        let threshold = self.threshold.map_or("-1".to_owned(), |t| t.to_string());
        writeln!(out, "file_name,{columns},assigned_to_class(other_threshold={threshold})")?;
        for (face, seen) in logged.seen.iter().enumerate() {
            let Some(name) = &seen.picture else { continue };
            let row = self.rows.get(face).copied().flatten();
            let distances: Vec<String> = match row.filter(|row| *row < self.distances.nrows()) {
                Some(row) => self.distances.row(row).iter().map(|d| format!("{d:.4}")).collect(),
                None => vec![String::new(); self.people.len()],
            };
            let group = cell((logged.folder)(face));
            writeln!(out, "{},{},{group}", cell(name), distances.join(","))?;
        }
        out.flush()
    }

    /// One line per face that was described, then one per track: `of` (face or track), `video`, `frame` and
    /// `face` (of a track those of its first one), `track`, the share of every person in the nearest
    /// pictures, and nobody's, in five decimals.
    fn share_lines(&self, logged: &Logged<'_>, out: &mut dyn Write) -> io::Result<()> {
        let columns =
            self.people.iter().map(|person| format!(",{}", cell(&format!("share_{person}"))));
        writeln!(out, "of,video,frame,face,track{},share_nobody", columns.collect::<String>())?;
        let video = |face: &Face| logged.videos.get(face.video).map_or("", |input| &input.name);
        let mut line = |of: &str, first: usize, sums: &[f64], count: usize| {
            let (Some(face), Some(seen)) = (logged.faces.get(first), logged.seen.get(first)) else {
                return Ok(());
            };
            let track = face.track.map(|track| track.to_string()).unwrap_or_default();
            let shares: Vec<f64> = sums.iter().map(|sum| sum / count as f64).collect();
            let nobody = (1.0 - shares.iter().sum::<f64>()).max(0.0);
            let shares: String =
                shares.iter().chain([&nobody]).map(|share| format!(",{share:.5}")).collect();
            let (video, frame, index) = (cell(video(face)), face.frame, seen.face);
            writeln!(out, "{of},{video},{frame},{index},{track}{shares}")
        };
        let mut tracks: BTreeMap<(&str, u64), (usize, Vec<f64>, usize)> = BTreeMap::new();
        for (index, face) in logged.faces.iter().enumerate() {
            let row = self.rows.get(index).copied().flatten();
            let Some(row) = row.filter(|row| *row < self.shares.nrows()) else { continue };
            let shares: Vec<f64> = self.shares.row(row).iter().map(|s| f64::from(*s)).collect();
            line("face", index, &shares, 1)?;
            if let Some(track) = face.track {
                let first = || (index, vec![0.0; shares.len()], 0);
                let (_, sums, count) = tracks.entry((video(face), track)).or_insert_with(first);
                sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
                *count += 1;
            }
        }
        for (first, sums, count) in tracks.values() {
            line("track", *first, sums, *count)?;
        }
        out.flush()
    }
}

/// The faces as the logs name them; as much memory as the distances to a dozen people.
pub(crate) struct Logged<'a> {
    pub(crate) faces: &'a [Face],
    /// What the lines say of each face.
    pub(crate) seen: &'a [Seen],
    pub(crate) videos: &'a [InputInfo],
    /// The folder of each face.
    pub(crate) folder: &'a dyn Fn(usize) -> &'a str,
}

/// What the line of a face says beside what grouping needs.
pub(crate) struct Seen {
    /// Which face of its frame.
    face: u32,
    /// The name of its picture, if it has one.
    pub(crate) picture: Option<Box<str>>,
}

impl Seen {
    pub(crate) fn new(record: &FaceRecord) -> Self {
        let name = |file: &String| file.rsplit('/').next().unwrap_or(file).into();
        Self { face: record.face, picture: record.file.as_ref().map(name) }
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
