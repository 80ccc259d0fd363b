// SPDX-License-Identifier: MIT OR Apache-2.0
//! A face more in a dataset that is done: one that a person saw and detection did not.
//!
//! Order: picture, row, line, as ever; then all are brought in order.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use image::RgbImage;
use imaging::encode;

use crate::format::corrections::FaceKey;
use crate::format::lines::{self, Lines};
use crate::format::npy::{self, Embeddings};
use crate::write::sort::{self, Order};
use crate::{
    CropNames, Dataset, DatasetError, FaceRecord, Layout, RunInfo, UNSURE, atomic, edited,
};

impl Dataset {
    /// Adds a face to the dataset in a folder; it is unassigned until the faces are grouped again. `face`,
    /// `file`, `group` and `embedding` of the record are set here. `model` is the id of the embedder.
    ///
    /// # Errors
    /// No dataset, a process writing there, a video that the run does not have, an embedding of another model, a
    /// folder that cannot be written.
    pub fn add(
        location: &Path,
        mut record: FaceRecord,
        picture: &RgbImage,
        embedding: Option<&[f32]>,
        model: &str,
    ) -> Result<FaceKey, DatasetError> {
        let (layout, mut run, _lock) = Layout::lock_dataset(location)?;
        let names = CropNames::new(&run)?;
        let (input, _) = run.input(&record.video).ok_or_else(|| DatasetError::Input {
            video: record.video.clone(),
            why: "run.json does not list it",
        })?;
        edited::take(&layout, &run)?;
        let (mut order, mut rows) = (Order::default(), 0);
        record.face = 0;
        for held in Lines::open(&layout.lines())? {
            let held = held?;
            let of = run.input(&held.video).map_or(usize::MAX, |(input, _)| input);
            order.see(of, &held);
            rows = held.embedding.map_or(rows, |row| rows.max(row + 1));
            if held.frame == record.frame && held.video == record.video {
                record.face = record.face.max(held.face + 1);
            }
        }
        record.group = Some(UNSURE.to_owned());
        record.round();
        record.file = Some(write_picture(&layout, &run, &names, input, &record, picture)?);
        let path = layout.embeddings();
        let mut embeddings = Embeddings::open(&path, rows)?;
        record.embedding = match embedding {
            None => None,
            Some(values) => {
                let held = run.embedding_model.get_or_insert_with(|| model.to_owned()).clone();
                Some(npy::push(&mut embeddings, &path, values, (model, &held))?)
            }
        };
        if let Some(embeddings) = &embeddings {
            embeddings.sync()?;
        }
        append(&layout, &record)?;
        order.see(input, &record);
        for (what, some) in
            [("faces", true), ("pictures", true), ("embeddings", record.embedding.is_some())]
        {
            *run.counts.entry(what.to_owned()).or_default() += u64::from(some);
        }
        run.write(&layout)?;
        if !order.is_kept() {
            sort::restore(&layout, &run, embeddings.as_mut())?;
        }
        Ok(FaceKey::of(&record))
    }
}

fn write_picture(
    layout: &Layout,
    run: &RunInfo,
    names: &CropNames,
    input: usize,
    record: &FaceRecord,
    picture: &RgbImage,
) -> Result<String, DatasetError> {
    let file = format!("faces/{UNSURE}/{}", names.name(input, record.frame, record.face));
    let path = layout.root.join(&file);
    let folder = layout.faces().join(UNSURE);
    fs::create_dir_all(&folder).map_err(|e| DatasetError::io("create", &folder, e))?;
    let bytes = encode::encode(picture, run.pictures)
        .map_err(|cause| DatasetError::Picture { path: path.clone(), cause })?;
    atomic::replace(&path, &bytes)?;
    Ok(file)
}

fn append(layout: &Layout, record: &FaceRecord) -> Result<(), DatasetError> {
    let path = layout.lines();
    let failed = |e| DatasetError::io("write", &path, e);
    let line = lines::encode(record, &path)?;
    let mut file = File::options().append(true).open(&path).map_err(failed)?;
    file.write_all(&line).and_then(|()| file.sync_all()).map_err(failed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::InputInfo;

    fn record(frame: u64) -> FaceRecord {
        let (video, bbox) = ("a.mkv".into(), [1.0, 2.0, 30.0, 40.0].into());
        FaceRecord { video, frame, pts: frame as f64, bbox, ..FaceRecord::default() }
    }

    #[test]
    fn an_added_face_stands_where_its_frame_is_with_its_own_row() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        let run = RunInfo::new(InputInfo::for_files(&[PathBuf::from("a.mkv")]));
        let (mut dataset, _) = Dataset::create_or_resume(out, run).unwrap();
        let picture = RgbImage::new(8, 8);
        for frame in 0..4 {
            let row = [frame as f32, 1.0];
            dataset.append(record(5 * frame), Some(&picture), Some(&row), "test").unwrap();
        }
        dataset.finish_input("a.mkv").unwrap();
        dataset.finish().unwrap();
        let key = Dataset::add(out, record(5), &picture, Some(&[9.0, 1.0]), "test").unwrap();
        assert_eq!(key, FaceKey("a.mkv".into(), 5, 1));
        let key = Dataset::add(out, record(7), &picture, Some(&[8.0, 1.0]), "test").unwrap();
        assert_eq!(key, FaceKey("a.mkv".into(), 7, 0));
        let read = Dataset::read(out).unwrap();
        let frames: Vec<(u64, u32)> = read.faces.iter().map(|f| (f.frame, f.face)).collect();
        assert_eq!(frames, [(0, 0), (5, 0), (5, 1), (7, 0), (10, 0), (15, 0)]);
        let rows = npy::read(&Layout::new(out).embeddings()).unwrap();
        let firsts: Vec<f32> =
            read.faces.iter().map(|face| rows[[face.embedding.unwrap(), 0]]).collect();
        assert_eq!(firsts, [0.0, 1.0, 9.0, 8.0, 2.0, 3.0]);
        for face in &read.faces {
            assert!(out.join(face.file.as_ref().unwrap()).is_file());
        }
        // What does not fit is refused, and nothing of it stays in the lines.
        assert!(Dataset::add(out, record(9), &picture, Some(&[1.0]), "test").is_err());
        assert!(Dataset::add(out, record(9), &picture, Some(&[1.0, 1.0]), "other").is_err());
        let foreign = FaceRecord { video: "b.mkv".into(), ..record(9) };
        assert!(Dataset::add(out, foreign, &picture, None, "test").is_err());
        assert_eq!(Dataset::read(out).unwrap().faces.len(), 6);
    }
}
