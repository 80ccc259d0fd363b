// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faces in the order of the inputs and their frames, in whatever order they came: several inputs may
//! have been written at once, or one of them was resumed later.
//!
//! Lines name rows of `embeddings.npy`, and two files cannot be replaced in one step. So the rows in
//! their new order are first added behind all others, then the lines name those, then rows are copied to
//! the front, which no line names any more, then the lines name these, and what is behind is cut off. After
//! each of these steps, and within them, every line names its own row: a kill costs nothing.

use std::fs::File;

use crate::format::lines::{self, Lines, Picked};
use crate::format::npy::Embeddings;
use crate::{DatasetError, FaceRecord, Layout, RunInfo};

/// Whether the faces of a dataset are in order, found incrementally.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    is_kept: bool,
    /// Input and frame of the last face, and which of its frame it is.
    last: Option<(usize, u64, u32)>,
    /// How many rows of embeddings the faces so far have.
    rows: usize,
}

impl Default for Order {
    fn default() -> Self {
        Self { is_kept: true, last: None, rows: 0 }
    }
}

impl Order {
    /// The next line is that of a face of the input of this index.
    pub fn see(&mut self, input: usize, record: &FaceRecord) {
        let this = (input, record.frame, record.face);
        let rises = self.last.is_none_or(|last| last < this);
        let follows = record.embedding.is_none_or(|row| row == self.rows);
        self.is_kept &= rises && follows;
        self.last = Some(this);
        self.rows += usize::from(record.embedding.is_some());
    }

    /// Whether lines and rows are in order.
    pub fn is_kept(self) -> bool {
        self.is_kept
    }
}

/// A face, and where its line stands.
struct Line {
    face: (usize, u64, u32),
    row: Option<usize>,
    place: (u64, usize),
    number: usize,
}

/// Brings lines and embeddings in order; rows that no line names go.
pub fn restore(
    layout: &Layout,
    run: &RunInfo,
    embeddings: Option<&mut Embeddings>,
) -> Result<(), DatasetError> {
    restore_seen(layout, run, embeddings, || ())
}

/// The same; `after` is called after every change to a file.
fn restore_seen(
    layout: &Layout,
    run: &RunInfo,
    embeddings: Option<&mut Embeddings>,
    mut after: impl FnMut(),
) -> Result<(), DatasetError> {
    let path = layout.lines();
    let mut found = sorted(layout, run)?;
    let Some(embeddings) = embeddings else {
        return rewrite(layout, &found, |_| None);
    };
    let failed = |e| DatasetError::io("write", &layout.embeddings(), e);
    let rows: Vec<usize> = found.iter().filter_map(|line| line.row).collect();
    // Behind all rows there are, and behind the places to which they are copied.
    let behind = embeddings.rows().max(rows.len());
    for (to, &from) in rows.iter().enumerate() {
        embeddings.copy(from, behind + to)?;
        after();
    }
    embeddings.cut(behind + rows.len()).map_err(failed)?;
    embeddings.sync()?;
    after();
    rewrite(layout, &found, |row| Some(behind + row))?;
    after();
    // On the device too before the rows that the old lines name are written over.
    let folder = File::open(&layout.root).and_then(|folder| folder.sync_all());
    folder.map_err(|e| DatasetError::io("write", &path, e))?;
    for to in 0..rows.len() {
        embeddings.copy(behind + to, to)?;
        after();
    }
    embeddings.sync()?;
    found = sorted(layout, run)?;
    rewrite(layout, &found, Some)?;
    after();
    embeddings.cut(rows.len()).map_err(failed)?;
    embeddings.sync()
}

/// The lines, in the order of their inputs, frames and faces.
fn sorted(layout: &Layout, run: &RunInfo) -> Result<Vec<Line>, DatasetError> {
    let mut found = Vec::new();
    let mut lines = Lines::open(&layout.lines())?;
    while let Some(record) = lines.next() {
        let FaceRecord { video, frame, face, embedding, .. } = record?;
        // What belongs to no input stays behind those that do.
        let input = run.input(&video).map_or(usize::MAX, |(input, _)| input);
        let number = found.len() + 1;
        found.push(Line { face: (input, frame, face), row: embedding, place: lines.place, number });
    }
    found.sort_by_key(|line| line.face);
    Ok(found)
}

/// Writes the lines in this order; `name` says which row the n-th face that has one has from now on.
fn rewrite(
    layout: &Layout,
    found: &[Line],
    name: impl Fn(usize) -> Option<usize>,
) -> Result<(), DatasetError> {
    if found.is_empty() {
        return Ok(());
    }
    let path = layout.lines();
    let mut picked = Picked::open(&path)?;
    let mut rows = 0;
    lines::replace(
        &path,
        found.iter().map(|line| {
            let mut record = picked.read(line.place, line.number)?;
            if record.embedding.is_some() {
                record.embedding = name(rows);
                rows += 1;
            }
            Ok(record)
        }),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use image::RgbImage;

    use super::*;
    use crate::{Dataset, InputInfo, Retention};
    use grouping::deduplication::Thresholds;

    const VIDEOS: [&str; 3] = ["a.mkv", "b.mkv", "c.mkv"];

    fn open(folder: &Path) -> Dataset {
        let run = RunInfo::new(VIDEOS.map(InputInfo::for_uri).to_vec());
        let (mut dataset, _) = Dataset::create_or_resume(folder, run).unwrap();
        let duplicates = Thresholds { window: Some(0), ..Thresholds::default() };
        dataset
            .set_retention(Retention { duplicates, save_duplicates: true, save_blurry: false })
            .unwrap();
        dataset
    }

    /// A face with an embedding of its own, but for every fourth.
    fn add(dataset: &mut Dataset, input: usize, frame: u64) {
        let video = VIDEOS[input].to_owned();
        let record = FaceRecord { video, frame, ..FaceRecord::default() };
        let grey = image::Rgb([(input as u64 * 70 + frame / 2 * 10) as u8; 3]);
        let picture = RgbImage::from_fn(8, 8, |x, _| if x < 4 { grey } else { image::Rgb([0; 3]) });
        let row = row(input, frame);
        let row = (frame % 4 < 3).then_some(&row[..]);
        dataset.append(record, Some(&picture), row, "test").unwrap();
    }

    fn row(input: usize, frame: u64) -> [f32; 2] {
        [input as f32, frame as f32]
    }

    fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        for folder in [folder.to_owned(), folder.join("faces"), folder.join("intermediate")] {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                    found.insert(name, fs::read(path).unwrap());
                }
            }
        }
        found
    }

    /// Names of the files that are not the same in both.
    fn differing(a: &Path, b: &Path) -> Vec<String> {
        let (a, b) = (files(a), files(b));
        let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
        names.filter(|name| a.get(*name) != b.get(*name)).cloned().collect()
    }

    /// Writes 8 frames of each input in this order of inputs.
    fn write(folder: &Path, order: impl IntoIterator<Item = usize>) -> Dataset {
        let mut dataset = open(folder);
        let mut frames = [0; 3];
        for input in order {
            add(&mut dataset, input, frames[input]);
            frames[input] += 1;
        }
        for video in VIDEOS {
            dataset.finish_input(video).unwrap();
        }
        dataset
    }

    fn one_after_another() -> impl Iterator<Item = usize> {
        (0..24).map(|n| n / 8)
    }

    /// `c` is ahead of the others, and first.
    fn at_once() -> impl Iterator<Item = usize> {
        [2, 2, 0, 2].into_iter().chain((0..15).map(|n| 2 - n % 3)).chain([1, 1, 1, 0, 0])
    }

    #[test]
    fn inputs_written_at_once_end_as_if_one_had_followed_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let (ordered, mixed) = (folder.path().join("ordered"), folder.path().join("mixed"));
        write(&ordered, one_after_another()).finish().unwrap();
        let dataset = write(&mixed, at_once());
        let data = ["embeddings.npy", "faces.jsonl", "log_dupes1.csv"];
        assert_eq!(differing(&ordered, &mixed), data);
        dataset.finish().unwrap();
        assert!(differing(&ordered, &mixed).is_empty(), "{:?}", differing(&ordered, &mixed));
    }

    #[test]
    fn an_input_gone_on_with_after_the_others_is_put_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let (ordered, resumed) = (folder.path().join("ordered"), folder.path().join("resumed"));
        write(&ordered, one_after_another()).finish().unwrap();
        let mut dataset = open(&resumed);
        for (input, frame) in [(0, 0), (0, 1), (1, 0), (0, 2), (2, 0), (1, 1)] {
            add(&mut dataset, input, frame);
        }
        // A kill: the last frame of each may be incomplete, and comes again.
        drop(dataset);
        let mut dataset = open(&resumed);
        for input in [2, 1, 0] {
            let next = dataset.run().inputs[input].next_frame;
            assert_eq!(next, [2, 1, 0][input]);
            (next..8).for_each(|frame| add(&mut dataset, input, frame));
            dataset.finish_input(VIDEOS[input]).unwrap();
        }
        dataset.finish().unwrap();
        // Where it went on stands in run.json.
        assert_eq!(differing(&ordered, &resumed), ["run.json"]);
    }

    #[test]
    fn what_is_in_order_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let dataset = write(folder.path(), one_after_another());
        let lines = folder.path().join("faces.jsonl");
        let before = lines.metadata().unwrap().ino();
        dataset.finish().unwrap();
        open(folder.path()).finish().unwrap();
        assert_eq!(lines.metadata().unwrap().ino(), before);
    }

    #[test]
    fn a_kill_at_any_moment_leaves_every_face_its_own_row() {
        let folder = tempfile::tempdir().unwrap();
        let mut dataset = write(folder.path(), at_once());
        let layout = Layout::new(folder.path());
        let mut moments = Vec::new();
        let embeddings = dataset.embeddings.as_mut();
        restore_seen(&layout, &dataset.run, embeddings, || moments.push(files(folder.path())))
            .unwrap();
        drop(dataset);
        // 18 rows copied twice, their number, the lines twice.
        assert_eq!(moments.len(), 2 * 18 + 3);
        let end = files(folder.path());
        for (moment, killed) in moments.iter().enumerate() {
            for file in ["faces.jsonl", "embeddings.npy"] {
                fs::write(folder.path().join(file), &killed[file]).unwrap();
            }
            let loaded = Dataset::read(folder.path()).unwrap();
            assert_eq!(loaded.faces.len(), 24);
            for face in &loaded.faces {
                let input = VIDEOS.iter().position(|video| *video == face.video).unwrap();
                let held = face.embedding.map(|row| loaded.embeddings.row(row).to_vec());
                let own = (face.frame % 4 < 3).then(|| row(input, face.frame).to_vec());
                assert_eq!(held, own, "moment {moment}: {} {}", face.video, face.frame);
            }
            open(folder.path()).finish().unwrap();
            for file in ["faces.jsonl", "embeddings.npy"] {
                let now = fs::read(folder.path().join(file)).unwrap();
                assert!(now == end[file], "{file} after moment {moment}");
            }
        }
    }
}
