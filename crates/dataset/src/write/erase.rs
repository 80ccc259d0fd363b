// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faces taken out of a dataset for good: vectors, pictures, lines, and what was said of them.
//!
//! Every file that held something of them is written anew or removed; none is changed in place. Killed in between, the
//! dataset is whole, and doing it again does the rest: lines go last but for what is told without them.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use crate::derived::{self, Clear};
use crate::format::corrections::{Correction, Corrections, FaceKey, Statement};
use crate::format::lines::{self, Lines};
use crate::format::npy;
use crate::write::relocate::place;
use crate::{
    CropNames, Dataset, DatasetError, FaceRecord, Groups, Intermediate, Layout, atomic, edited,
};

/// Stands for a name that must not be told any more.
const FORGOTTEN: &str = "forgotten";

impl Dataset {
    /// Takes the faces of which `is_meant` says so out of the dataset in a folder, with their vectors, pictures, and what a
    /// person said of them; returns how many. What is known of enrolled people beside the dataset goes too: it may be theirs.
    /// `names` are what must not be told any more. Groups are to be described anew afterwards.
    ///
    /// # Errors
    /// No dataset, a process writing there, a damaged file, a folder that cannot be written; doing it again does the rest.
    pub fn erase(
        location: &Path,
        names: &[&str],
        is_meant: impl Fn(&FaceRecord) -> bool,
    ) -> Result<usize, DatasetError> {
        let (layout, run, _lock) = Layout::lock_dataset(location)?;
        edited::take(&layout, &run)?;
        let mut erased: Vec<FaceRecord> = Vec::new();
        let mut groups: BTreeSet<String> = BTreeSet::new();
        for record in Lines::open(&layout.lines())? {
            let record = record?;
            if is_meant(&record) {
                erased.push(record);
            } else {
                groups.extend(record.group);
            }
        }
        let keys: HashSet<FaceKey> = erased.iter().map(FaceKey::of).collect();

        clear_rows(&layout, &erased)?;
        // Until the lines follow, a picture that is missing is nobody's word.
        atomic::replace(&layout.moving(), b"")?;
        for file in erased.iter().filter_map(|record| record.file.as_deref()) {
            if let Some((path, _)) = place(&layout, file) {
                atomic::remove(&path)?;
            }
        }
        let crop_names = CropNames::new(&run)?;
        derived::clear(&layout, &crop_names, Clear::Everything)?;
        let frames: HashSet<(usize, u64)> = erased
            .iter()
            .filter_map(|record| Some((run.input(&record.video)?.0, record.frame)))
            .collect();
        if layout.intermediate().is_dir() && !frames.is_empty() {
            let intermediate = Intermediate::new(&layout, &crop_names);
            intermediate.forget(|input, frame| frames.contains(&(input, frame)))?;
        }
        for path in [layout.references(), layout.evaluation(), layout.report()] {
            atomic::remove(&path)?;
        }
        scrub(&layout, &keys, names)?;
        forget_groups(&layout, &groups, names)?;
        lines::rewrite(&layout.lines(), |record| !keys.contains(&FaceKey::of(record)))?;
        atomic::remove(&layout.moving())?;
        remove_empty_folders(&layout)?;
        remove_parts(location)?;
        let mut run = run;
        let gone = [
            ("faces", erased.len()),
            ("pictures", erased.iter().filter(|record| record.file.is_some()).count()),
            ("embeddings", erased.iter().filter(|record| record.embedding.is_some()).count()),
        ];
        for (what, count) in gone {
            if let Some(counted) = run.counts.get_mut(what) {
                *counted = counted.saturating_sub(count as u64);
            }
        }
        run.write(&layout)?;
        Ok(erased.len())
    }
}

/// Writes the vectors anew, those of the faces as zeros: rows keep their numbers.
fn clear_rows(layout: &Layout, erased: &[FaceRecord]) -> Result<(), DatasetError> {
    let rows: HashSet<usize> = erased.iter().filter_map(|record| record.embedding).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let path = layout.embeddings();
    let mut embeddings = npy::read(&path)?;
    for row in rows.into_iter().filter(|row| *row < embeddings.nrows()).collect::<Vec<_>>() {
        embeddings.row_mut(row).fill(0.0);
    }
    npy::replace(&path, &embeddings)
}

/// Takes the faces out of what was said, and the names.
fn scrub(layout: &Layout, keys: &HashSet<FaceKey>, names: &[&str]) -> Result<(), DatasetError> {
    let said = Corrections::read(layout)?;
    if said.is_empty() {
        return Ok(());
    }
    let path = layout.corrections();
    let mut text = Vec::new();
    for correction in said.all() {
        let mut correction: Correction = correction.clone();
        correction.faces.retain(|face| !keys.contains(face));
        match &mut correction.what {
            // Statements are counted: one of which nothing is left stays as a line that says nothing.
            Statement::Name { name } if names.contains(&name.as_str()) => {
                *name = FORGOTTEN.to_owned();
                correction.faces.clear();
            }
            Statement::Same { with } | Statement::Different { with } => {
                with.retain(|face| !keys.contains(face));
            }
            _ => (),
        }
        let line = serde_json::to_vec(&correction);
        text.extend(line.map_err(|e| DatasetError::io("write", &path, e.into()))?);
        text.push(b'\n');
    }
    atomic::replace(&path, &text)
}

/// Takes groups that nobody is in any more out of `groups.json`, and pictures that are gone.
fn forget_groups(
    layout: &Layout,
    left: &BTreeSet<String>,
    names: &[&str],
) -> Result<(), DatasetError> {
    let Some(mut groups) = Groups::read(layout)? else { return Ok(()) };
    let stays = |name: &String| left.contains(name) && !names.contains(&name.as_str());
    groups.groups.retain(|group| stays(&group.name));
    groups.suggestions.retain(|suggestion| suggestion.groups.iter().all(stays));
    groups.outliers.retain(|outlier| stays(&outlier.group));
    for group in groups.groups.iter_mut().chain([&mut groups.unsure]) {
        group.best.retain(|file| layout.root.join(file).is_file());
        group.shares.retain(|name, _| !names.contains(&name.as_str()));
    }
    groups.outliers.retain(|o| o.file.as_ref().is_none_or(|file| layout.root.join(file).is_file()));
    groups.write(layout)
}

fn remove_empty_folders(layout: &Layout) -> Result<(), DatasetError> {
    let entries = match fs::read_dir(layout.faces()) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|e| DatasetError::io(crate::error::READ, &layout.faces(), e))?,
    };
    for entry in entries.flatten().filter(|entry| entry.path().is_dir()) {
        atomic::remove_empty(&entry.path());
    }
    Ok(())
}

/// Removes what kills left of files that were being written: they may hold anything.
fn remove_parts(location: &Path) -> Result<(), DatasetError> {
    let entries = fs::read_dir(location);
    let entries = entries.map_err(|e| DatasetError::io(crate::error::READ, location, e))?;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name.ends_with(".part") {
            atomic::remove(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::PathBuf;

    use image::RgbImage;
    use imaging::geometry::FrameBox;

    use super::*;
    use crate::format::corrections::append;
    use crate::{InputInfo, RunInfo};

    #[test]
    fn nothing_of_a_face_stays_and_the_others_do() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        let run = RunInfo::new(InputInfo::for_files(&[PathBuf::from("a.mkv")]));
        let (mut dataset, _) = Dataset::create_or_resume(out, run).unwrap();
        for frame in 0..6u64 {
            let record = FaceRecord {
                video: "a.mkv".into(),
                frame,
                bbox: FrameBox([1.0, 2.0, 30.0, 40.0]),
                track: Some(frame % 2),
                ..FaceRecord::default()
            };
            let picture = RgbImage::from_pixel(8, 8, image::Rgb([40 * frame as u8; 3]));
            let row = [frame as f32 + 0.123, 1.0];
            dataset.append(record, Some(&picture), Some(&row), "test").unwrap();
        }
        dataset.finish_input("a.mkv").unwrap();
        dataset.finish().unwrap();
        let layout = Layout::new(out);
        let face = |frame| FaceKey("a.mkv".into(), frame, 0);
        let name = Statement::Name { name: "Ann".into() };
        append(&layout, &[Correction::by_folders(name, vec![face(1), face(3)])]).unwrap();
        let same = Statement::Same { with: vec![face(1), face(2)] };
        append(&layout, &[Correction::by_folders(same, vec![face(4)])]).unwrap();
        let erased = Dataset::erase(out, &["Ann"], |record| record.track == Some(1)).unwrap();
        assert_eq!(erased, 3);
        let read = Dataset::read(out).unwrap();
        assert_eq!(read.faces.iter().map(|face| face.frame).collect::<Vec<_>>(), [0, 2, 4]);
        for face in &read.faces {
            assert!(out.join(face.file.as_ref().unwrap()).is_file());
            assert_eq!(read.embeddings[[face.embedding.unwrap(), 0]], face.frame as f32 + 0.123);
        }
        assert_eq!(read.run.counts["faces"], 3);
        let text = fs::read_to_string(layout.corrections()).unwrap();
        assert!(!text.contains("Ann") && text.lines().count() == 2, "{text}");
        let vectors = fs::read(layout.embeddings()).unwrap();
        for frame in [1.123f32, 3.123, 5.123] {
            assert!(!vectors.windows(4).any(|bytes| bytes == frame.to_le_bytes()));
        }
        assert_eq!(Dataset::erase(out, &[], |record| record.track == Some(1)).unwrap(), 0);
    }
}
