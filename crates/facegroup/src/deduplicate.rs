// SPDX-License-Identifier: MIT OR Apache-2.0
//! Taking out pictures that show nothing new, once all are there.
//!
//! Order: the lines (they say which pictures go), then the pictures. A kill in between loses nothing: the
//! next time takes out the rest. Doing it again removes nothing more. Lines and embeddings stay, so
//! that people are still told from all their faces.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use dataset::derived::{self, Clear};
use dataset::format::lines::{self, Lines};
use dataset::format::npy;
use dataset::{
    By, CropNames, DatasetError, Duplicate, Folder, Intermediate, Layout, LogFile, READ, RunInfo,
    atomic, edited,
};
use grouping::deduplication::{Search, Thresholds, cosine_duplicates, hash_duplicates};
use imaging::{HashKind, PerceptualHash};
use ndarray::Axis;

/// What was taken out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// Pictures whose hash is like an earlier one's.
    pub by_hash: usize,
    /// Pictures whose embedding is like an earlier one's.
    pub by_embedding: usize,
}

/// A picture that is, or was, kept.
struct StoredCrop {
    line: usize,
    name: String,
    /// Where it lies, if it is there.
    file: Option<String>,
    /// Of the kind that is wanted.
    hash: Option<PerceptualHash>,
    embedding: Option<usize>,
    /// Why an earlier call took it out.
    duplicate: Option<Duplicate>,
}

/// Takes out the pictures that are within a threshold of an earlier one that stays: first by hash,
/// then by embedding, in the order of the videos and frames and across videos. The window is not
/// looked at. With `save` they are moved to `intermediate/dupes2` and `dupes3`, and both
/// searches are logged; else they are deleted.
///
/// # Errors
/// A folder without a dataset, a process writing there, a damaged file or picture, a folder that
/// cannot be written.
pub fn deduplicate(
    location: &Path,
    thresholds: &Thresholds,
    save: bool,
) -> Result<Removed, DatasetError> {
    let (layout, mut run, _lock) = Layout::lock_dataset(location)?;
    let names = CropNames::new(&run)?;
    let intermediate = Intermediate::new(&layout, &names);
    edited::take(&layout, &run)?;
    let mut pictures = pictures(&layout, &run, &names, thresholds.kind)?;
    let mut removed = Removed::default();
    if let Some(threshold) = thresholds.hash {
        removed.by_hash = by_hash(&layout, &mut pictures, (threshold, thresholds.kind), save)?;
    }
    if let Some(threshold) = thresholds.embedding {
        removed.by_embedding = by_embedding(&layout, &mut pictures, threshold)?;
    }
    if save {
        log(&intermediate, LogFile::Dupes2, By::Hash, &pictures, thresholds)?;
        log(&intermediate, LogFile::Dupes3, By::Embedding, &pictures, thresholds)?;
    }
    write_lines(&layout, &pictures)?;
    remove_pictures(&layout, &names, &intermediate, &pictures, save)?;
    let kept = pictures.iter().filter(|p| p.found.file.is_some()).count();
    run.counts.insert("pictures".to_owned(), kept as u64);
    run.write(&layout)?;
    Ok(removed)
}

/// A picture with what the searches say of it.
struct Candidate {
    found: StoredCrop,
    /// Name of and distance to the nearest earlier one that stays.
    hash: Option<(String, f32)>,
    embedding: Option<(String, f32)>,
}

impl Candidate {
    /// Whether this search compares it: what a later search took out was kept by an earlier one.
    fn is_in(&self, by: By) -> bool {
        match &self.found.duplicate {
            None => self.found.file.is_some(),
            Some(duplicate) => duplicate.by > by && self.found.hash.is_some(),
        }
    }

    /// Takes it out; `false` where that was done before.
    fn mark(&mut self, by: By, nearest: (String, f32)) -> bool {
        if self.found.duplicate.is_some() {
            return false;
        }
        let (of, distance) = nearest;
        self.found.duplicate = Some(Duplicate { of, by, distance });
        self.found.file = None;
        true
    }
}

fn pictures(
    layout: &Layout,
    run: &RunInfo,
    names: &CropNames,
    kind: HashKind,
) -> Result<Vec<Candidate>, DatasetError> {
    let inputs: HashMap<&str, usize> =
        run.inputs.iter().enumerate().map(|(index, input)| (input.name.as_str(), index)).collect();
    let mut pictures = Vec::new();
    for (line, record) in Lines::open(&layout.lines())?.enumerate() {
        let record = record?;
        let was = record.duplicate.as_ref().is_some_and(|duplicate| duplicate.by != By::Window);
        if record.file.is_none() && !was {
            continue;
        }
        let Some(&input) = inputs.get(record.video.as_str()) else {
            continue;
        };
        let found = StoredCrop {
            line,
            name: names.name(input, record.frame, record.face),
            file: record.file,
            hash: record.hash.filter(|_| record.hash_kind == kind),
            embedding: record.embedding,
            duplicate: record.duplicate.filter(|_| was),
        };
        pictures.push((input, Candidate { found, hash: None, embedding: None }));
    }
    // A video that failed at first and was done later has its lines behind the others'.
    pictures.sort_by_key(|(input, picture)| (*input, picture.found.line));
    Ok(pictures.into_iter().map(|(_, picture)| picture).collect())
}

fn by_hash(
    layout: &Layout,
    pictures: &mut [Candidate],
    (threshold, kind): (u32, HashKind),
    far: bool,
) -> Result<usize, DatasetError> {
    let (mut kept, mut hashes) = (Vec::new(), Vec::new());
    for (index, picture) in pictures.iter().enumerate().filter(|(_, p)| p.is_in(By::Hash)) {
        let Some(hash) = hash_of(layout, &picture.found, kind)? else { continue };
        kept.push(index);
        hashes.push(hash);
    }
    let search = if far { Search::Far } else { Search::Near };
    let verdicts = hash_duplicates(&hashes, threshold, search);
    let names: Vec<String> = names(pictures, &kept);
    let mut removed = 0;
    for (&index, verdict) in kept.iter().zip(verdicts) {
        let Some(picture) = pictures.get_mut(index) else { continue };
        let nearest =
            verdict.nearest.and_then(|n| Some((names.get(n.index)?.clone(), n.distance as f32)));
        picture.hash.clone_from(&nearest);
        if let (Some(nearest), true) = (nearest, verdict.is_duplicate) {
            removed += usize::from(picture.mark(By::Hash, nearest));
        }
    }
    Ok(removed)
}

/// The hash of a picture, from itself where the line says none; `None` for one that a person removed.
fn hash_of(
    layout: &Layout,
    picture: &StoredCrop,
    kind: HashKind,
) -> Result<Option<PerceptualHash>, DatasetError> {
    if picture.hash.is_some() {
        return Ok(picture.hash);
    }
    let Some(path) = picture.file.as_ref().map(|file| layout.root.join(file)) else {
        return Ok(None);
    };
    if !path.exists() {
        return Ok(None);
    }
    let opened = image::open(&path).map_err(|source| match source {
        image::ImageError::IoError(error) => DatasetError::io(READ, &path, error),
        other => DatasetError::Damaged {
            path: path.clone(),
            what: format!("it is no picture ({other})"),
        },
    })?;
    Ok(Some(PerceptualHash::of(&opened.into_rgb8(), kind)))
}

fn by_embedding(
    layout: &Layout,
    pictures: &mut [Candidate],
    threshold: f32,
) -> Result<usize, DatasetError> {
    let embeddings = npy::read(&layout.embeddings())?;
    let (mut kept, mut rows) = (Vec::new(), Vec::new());
    for (index, picture) in pictures.iter().enumerate().filter(|(_, p)| p.is_in(By::Embedding)) {
        let Some(row) = picture.found.embedding.filter(|row| *row < embeddings.nrows()) else {
            continue;
        };
        kept.push(index);
        rows.push(row);
    }
    let selected = embeddings.select(Axis(0), &rows);
    drop(embeddings);
    let verdicts = cosine_duplicates(selected.view(), threshold);
    let names: Vec<String> = names(pictures, &kept);
    let mut removed = 0;
    for (&index, verdict) in kept.iter().zip(verdicts) {
        let Some(picture) = pictures.get_mut(index) else { continue };
        let nearest = verdict.nearest.and_then(|n| Some((names.get(n.index)?.clone(), n.distance)));
        picture.embedding.clone_from(&nearest);
        if let (Some(nearest), true) = (nearest, verdict.is_duplicate) {
            removed += usize::from(picture.mark(By::Embedding, nearest));
        }
    }
    Ok(removed)
}

fn names(pictures: &[Candidate], kept: &[usize]) -> Vec<String> {
    kept.iter().filter_map(|&index| Some(pictures.get(index)?.found.name.clone())).collect()
}

/// Writes a log anew, with what earlier calls took out.
fn log(
    intermediate: &Intermediate,
    file: LogFile,
    by: By,
    pictures: &[Candidate],
    thresholds: &Thresholds,
) -> Result<(), DatasetError> {
    intermediate.remove_log(file)?;
    let is_on = match by {
        By::Embedding => thresholds.embedding.is_some(),
        _ => thresholds.hash.is_some(),
    };
    if !is_on {
        return Ok(());
    }
    let distance = if by == By::Embedding { "distance" } else { "hash_diff" };
    let header = ["file_name", "nearest_in_prev", distance, "marked_as_duplicate"];
    let mut log = intermediate.log(file, &header)?;
    let cell = |distance: f32| match by {
        By::Embedding => format!("{distance:.4}"),
        _ => format!("{distance}"),
    };
    for picture in pictures {
        let now = if by == By::Embedding { &picture.embedding } else { &picture.hash };
        let marked = picture.found.duplicate.as_ref().filter(|duplicate| duplicate.by == by);
        let name = picture.found.name.as_str();
        match (marked, now) {
            (Some(Duplicate { of, distance, .. }), _) => {
                log.row(&[name, of, &cell(*distance), "1"])?;
            }
            (None, Some((nearest, distance))) => {
                log.row(&[name, nearest, &cell(*distance), "0"])?
            }
            // The first, and those that the search before took out.
            (None, None) => (),
        }
    }
    Ok(())
}

fn write_lines(layout: &Layout, pictures: &[Candidate]) -> Result<(), DatasetError> {
    let mut marks: BTreeMap<usize, &Duplicate> = BTreeMap::new();
    for picture in pictures {
        let now = picture.hash.is_some() || picture.embedding.is_some();
        if let (Some(duplicate), true) = (&picture.found.duplicate, now) {
            marks.insert(picture.found.line, duplicate);
        }
    }
    if marks.is_empty() {
        return Ok(());
    }
    let mut line = 0;
    lines::rewrite(&layout.lines(), |record| {
        if let Some(duplicate) = marks.get(&line) {
            record.duplicate = Some((*duplicate).clone());
            record.file = None;
        }
        line += 1;
        true
    })
}

/// Removes pictures of marked lines, wherever in `faces/` they lie.
fn remove_pictures(
    layout: &Layout,
    names: &CropNames,
    intermediate: &Intermediate,
    pictures: &[Candidate],
    save: bool,
) -> Result<(), DatasetError> {
    let marked: HashMap<&str, By> = pictures
        .iter()
        .filter_map(|p| Some((p.found.name.as_str(), p.found.duplicate.as_ref()?.by)))
        .collect();
    if marked.is_empty() {
        return Ok(());
    }
    // Before the pictures that they are copies of go.
    derived::clear(layout, names, Clear::Copies)?;
    let mut found = Vec::new();
    layout.visit_pictures(|folder, name| {
        if let Some(by) = marked.get(name) {
            found.push((folder.join(name), name.to_owned(), *by));
        }
    })?;
    for (path, name, by) in found {
        if save {
            let folder = if by == By::Embedding { Folder::Dupes3 } else { Folder::Dupes2 };
            let to = intermediate.path(folder, &name)?;
            atomic::rename(&path, &to)?;
        } else {
            atomic::remove(&path)?;
        }
    }
    Ok(())
}
