// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a library needs of a dataset: its people and the templates of their tracks.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use dataset::format::corrections::{Corrections, FaceKey, Statement};
use dataset::library::{Embeddings, TemplateRecord, VideoRecord};
use dataset::{Dataset, FaceRecord, GroupSummary, Layout, Loaded, RunInfo};
use grouping::matching::Template;

use super::ArchiveError;

/// A dataset as a library sees it.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// Whose vectors it has.
    pub(super) embeddings: Embeddings,
    pub(super) videos: Vec<VideoRecord>,
    pub(super) groups: Vec<Group>,
    pub(super) templates: Vec<Seen>,
    /// Groups that were seen on one frame, the smaller index first.
    pub(super) apart: BTreeSet<(usize, usize)>,
    pub(super) faces: u64,
    pub(super) state: Vec<Option<(u64, u64)>>,
}

/// A person of the dataset.
#[derive(Debug)]
pub(super) struct Group {
    /// The folder.
    pub(super) folder: String,
    /// The name that a person or an enrolled picture gave.
    pub(super) named: Option<String>,
    /// Seconds on screen.
    pub(super) seconds: f64,
}

/// A track, or the part of it that is one person's.
#[derive(Debug)]
pub(super) struct Seen {
    /// Without dataset and person.
    pub(super) record: TemplateRecord,
    /// Unit vector.
    pub(super) vector: Vec<f32>,
    /// Index of the group; `None` for those who are nobody in particular.
    pub(super) group: Option<usize>,
}

/// Size and time of the files by which a change is seen.
pub(super) fn state(location: &Path) -> Vec<Option<(u64, u64)>> {
    let layout = Layout::new(location);
    let of = |path: &Path| {
        let file = fs::metadata(path).ok()?;
        let time = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some((file.len(), time.as_millis() as u64))
    };
    [layout.lines(), layout.groups(), layout.corrections(), layout.embeddings()]
        .iter()
        .map(|path| of(path))
        .collect()
}

impl Snapshot {
    /// Reads a grouped dataset.
    ///
    /// # Errors
    /// No dataset there, one without groups or vectors, a damaged file.
    pub(super) fn read(location: &Path) -> Result<Self, ArchiveError> {
        let state = state(location);
        let loaded = Dataset::read(location)?;
        let Some(groups) = &loaded.groups else {
            return Err(ArchiveError::NotGrouped { location: location.to_path_buf() });
        };
        let embedder = loaded.run.embedder().map(str::to_owned);
        let no_embeddings = || ArchiveError::NoEmbeddings { location: location.to_path_buf() };
        let embedder = embedder.ok_or_else(no_embeddings)?;
        let dimensions = loaded.embeddings.ncols();
        // Where nobody was seen there are none, and nothing is wrong.
        if dimensions == 0
            && !loaded.faces.is_empty()
            && loaded.faces.iter().all(|face| face.embedding.is_none())
            && !groups.groups.is_empty()
        {
            return Err(no_embeddings());
        }
        let sha256 = loaded.run.models.iter().find(|model| model.id == embedder);
        let sha256 = sha256.map(|model| model.sha256.clone());
        let corrections = Corrections::read(&Layout::new(location))?;
        let people: Vec<&GroupSummary> =
            groups.groups.iter().filter(|group| !group.is_other()).collect();
        let of: HashMap<&str, usize> =
            people.iter().enumerate().map(|(index, group)| (group.name.as_str(), index)).collect();
        let templates = templates(&loaded, &of, &corrections);
        Ok(Self {
            embeddings: Embeddings { model: embedder, sha256, dimensions },
            videos: videos(&loaded.run),
            groups: people
                .iter()
                .map(|group| Group {
                    folder: group.name.clone(),
                    named: group.person.clone(),
                    seconds: group.total_seconds(),
                })
                .collect(),
            apart: apart(&loaded.faces, &of),
            templates,
            faces: loaded.faces.len() as u64,
            state,
        })
    }
}

/// The videos of a run.
fn videos(run: &RunInfo) -> Vec<VideoRecord> {
    let video = |input: &dataset::InputInfo| VideoRecord {
        name: input.name.clone(),
        path: input.path.clone(),
        fingerprint: input.fingerprint.clone(),
        duration: input.duration,
    };
    run.inputs.iter().map(video).collect()
}

/// Groups seen on one frame.
fn apart(faces: &[FaceRecord], of: &HashMap<&str, usize>) -> BTreeSet<(usize, usize)> {
    let mut frames: BTreeMap<(&str, u64), BTreeSet<usize>> = BTreeMap::new();
    for face in faces {
        if let Some(group) = of.get(face.group_name()) {
            frames.entry((&face.video, face.frame)).or_default().insert(*group);
        }
    }
    let mut apart = BTreeSet::new();
    for groups in frames.values() {
        for a in groups {
            apart.extend(groups.iter().filter(|b| a < b).map(|b| (*a, *b)));
        }
    }
    apart
}

/// Video, track, of a face without one its frame and index, and group.
type Part<'f> = (usize, Option<u64>, u64, u32, &'f str);

fn templates(loaded: &Loaded, of: &HashMap<&str, usize>, corrections: &Corrections) -> Vec<Seen> {
    // Faces of a track that a person put into different folders are different people.
    let mut tracks: BTreeMap<Part<'_>, Vec<&FaceRecord>> = BTreeMap::new();
    for face in &loaded.faces {
        let said = corrections.of(&FaceKey::of(face));
        if matches!(said, Some((_, Statement::NotAFace | Statement::Hide))) {
            continue;
        }
        let Some((video, _)) = loaded.run.input(&face.video) else { continue };
        let alone = face.track.is_none();
        let (frame, index) = if alone { (face.frame, face.face) } else { (0, 0) };
        tracks.entry((video, face.track, frame, index, face.group_name())).or_default().push(face);
    }
    let rows = &loaded.embeddings;
    let pooled = tracks.into_iter().filter_map(|((video, track, _, _, group), faces)| {
        let vectors = faces.iter().filter_map(|face| {
            let row = face.embedding.filter(|row| *row < rows.nrows())?;
            Some((rows.row(row), face.quality))
        });
        let template = Template::pool(vectors)?;
        let (first, last) = (faces.first()?, faces.last()?);
        let best = best(&faces)?;
        let record = TemplateRecord {
            dataset: 0,
            video: video as u32,
            track,
            group: group.to_owned(),
            person: None,
            faces: faces.len() as u32,
            frames: [first.frame, last.frame],
            span: [first.pts, last.pts],
            length: template.length,
            first: FaceKey::of(first),
            best: (best.frame, best.face),
            bbox: best.bbox,
            quality: best.quality,
            file: best.file.clone(),
        };
        let group = of.get(group).copied();
        Some(Seen { record, vector: template.direction.to_vec(), group })
    });
    pooled.collect()
}

/// The face to show: of those with a picture the best, else the best of all.
fn best<'f>(faces: &[&'f FaceRecord]) -> Option<&'f FaceRecord> {
    let better = |a: &&&FaceRecord, b: &&&FaceRecord| {
        a.file.is_some().cmp(&b.file.is_some()).then(a.quality.total_cmp(&b.quality))
    };
    faces.iter().max_by(better).copied()
}
