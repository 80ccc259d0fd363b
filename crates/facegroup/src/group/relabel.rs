// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping what is stored: new groups, pictures in new folders, a new page.
//!
//! Order: what a person did in the folders, away with the copies of an earlier grouping, the lines (they say
//! where each picture shall be), the pictures, copies where they are wanted, `groups.json`, the page. A kill
//! in between loses nothing: the next opening moves the rest of the pictures, the next grouping does all
//! of it again and comes to the same result.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use dataset::format::corrections::FaceKey;
use dataset::format::{npy, segments};
use dataset::write::relabel::{Place, relabel};
use dataset::{
    Cut, DatasetError, FaceRecord, GroupSummary, Groups, Layout, Outlier, PictureNames, RunInfo,
    Segment, Suggestion, UNSURE, edited,
};
use grouping::cluster::{self, Algorithm, Face, Grouping, Options, best_shots};
use grouping::identification::Name;
use ndarray::ArrayView2;

use super::corrections::Said;
use super::names::Titles;
use super::{corrections, kmeans_runs, short_tracks};

/// Pictures shown for a group.
const BEST: usize = 16;

/// What a grouping came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Number of faces.
    pub faces: usize,
    /// The people, in the order of their names.
    pub groups: Vec<GroupSummary>,
    /// Number of faces that are nobody's for sure.
    pub unsure: usize,
    /// The page.
    pub report: PathBuf,
}

impl Summary {
    /// The groups that stand for one person each: all but that of everybody else.
    pub fn people(&self) -> impl Iterator<Item = &GroupSummary> {
        self.groups.iter().filter(|group| !group.is_other())
    }
}

/// Groups the faces of a dataset that no process writes, and files their pictures.
///
/// Doing it again gives the same result.
///
/// # Errors
/// A folder without a dataset, a process writing there, a damaged file, options that make no sense,
/// a folder that cannot be written.
pub fn group(location: &Path, options: &Options) -> Result<Summary, DatasetError> {
    refile(location, &options.algorithm, by_likeness(location, options))
}

/// Groups faces by their looks alone.
pub(crate) fn by_likeness(
    location: &Path,
    options: &Options,
) -> impl FnOnce(&[Face], ArrayView2<'_, f32>) -> Result<Filing, DatasetError> {
    move |faces, embeddings| {
        let grouping = cluster::group(faces, embeddings, options)
            .map_err(|cause| DatasetError::Group { location: location.to_path_buf(), cause })?;
        Ok(Filing { grouping, ..Filing::default() })
    }
}

/// What a way to group came to.
#[derive(Default)]
pub(crate) struct Filing {
    pub(crate) grouping: Grouping,
    /// What the groups are called; a number for those that nothing is said about.
    pub(crate) names: Vec<Name>,
    /// The group whose pictures go.
    pub(crate) dropped: Option<usize>,
    /// Settings to note beside the algorithm's own.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// Written when the pictures are in their places.
    pub(crate) log: Option<super::identify::Log>,
}

/// Lets `find` say who is who, and files the pictures accordingly.
pub(crate) fn refile(
    location: &Path,
    algorithm: &Algorithm,
    find: impl FnOnce(&[Face], ArrayView2<'_, f32>) -> Result<Filing, DatasetError>,
) -> Result<Summary, DatasetError> {
    let layout = Layout::new(location);
    if !layout.run().exists() {
        return Err(DatasetError::NoDataset { location: location.to_path_buf() });
    }
    let _lock = layout.lock_for_writing()?;
    refile_held(&layout, algorithm, find)
}

/// The same where this process holds the folder's lock.
pub(crate) fn refile_held(
    layout: &Layout,
    algorithm: &Algorithm,
    find: impl FnOnce(&[Face], ArrayView2<'_, f32>) -> Result<Filing, DatasetError>,
) -> Result<Summary, DatasetError> {
    let none = || DatasetError::NoDataset { location: layout.root.clone() };
    let mut run = RunInfo::read(layout)?.ok_or_else(none)?;
    let names = PictureNames::new(&run)?;
    let embeddings = npy::read(&layout.embeddings())?;
    let stored = edited::read(
        layout,
        &run,
        || Stored::new(layout, &run, embeddings.nrows()),
        |stored, record| stored.take(record),
    )?;
    let faces = short_tracks::followed(&stored.faces, run.track_hits());
    let mut filing = find(&faces, embeddings.view())?;
    drop(faces);
    drop(embeddings);
    corrections::lay(&Said::find(layout, &stored.keys)?, &stored.faces, &mut filing);
    let Filing { grouping, names: given, dropped, settings, log } = filing;
    let on_screen = stored.on_screen(&run, &grouping);
    let titles = Titles::new(&grouping, given, &on_screen, algorithm);
    let label = |face: usize| grouping.labels.get(face).copied().flatten();
    let folder = |face: usize| label(face).map_or(UNSURE, |group| titles.folder(group));
    let place = |face: usize| match dropped.is_some() && label(face) == dropped {
        true => Place::Without(folder(face)),
        false => Place::Group(folder(face)),
    };

    let before = Groups::read(layout)?.unwrap_or_default();
    let old = before.groups.iter().map(|group| &group.name).chain(&stored.groups).cloned();
    let shown = stored.shown(&grouping);
    let wanted: BTreeSet<usize> =
        shown.iter().flatten().chain(&grouping.outliers).copied().collect();
    let (mut records, mut pictured) = (BTreeMap::new(), report::Faces::default());
    let done = relabel(layout, &names, &old.collect(), place, |face, record| {
        pictured.note(record);
        if wanted.contains(&face) {
            records.insert(face, record.clone());
        }
    })?;
    if dropped.is_some() {
        let pictures = run.counts.entry("pictures".to_owned()).or_default();
        *pictures = pictures.saturating_sub(done.removed);
    }
    kmeans_runs::write(layout, &grouping.tried)?;
    if let Some(log) = log {
        log.write(layout)?;
    }

    let mut groups =
        stored.describe(&grouping, &titles, on_screen, before, (&shown, &records), &run);
    groups.set_algorithm(algorithm, settings);
    groups.write(layout)?;
    run.counts.insert("people".to_owned(), groups.people().count() as u64);
    run.counts.insert("unsure".to_owned(), groups.unsure.size as u64);
    run.write(layout)?;
    let report = report::write_of(layout, &run, &groups, &pictured)?;
    Ok(Summary {
        faces: stored.faces.len(),
        unsure: groups.unsure.size,
        groups: groups.groups,
        report,
    })
}

/// Stretches on screen of one group, by the video's index.
pub(crate) type OnScreen = BTreeMap<usize, Vec<Segment>>;

/// What grouping needs of the lines: about 200 bytes a face.
struct Stored {
    faces: Vec<Face>,
    /// Whether a picture was kept.
    pictured: Vec<bool>,
    /// The groups there were before.
    groups: BTreeSet<String>,
    /// The faces by what corrections call them; where there are corrections.
    keys: HashMap<FaceKey, usize>,
    is_corrected: bool,
    videos: BTreeMap<String, usize>,
    rows: usize,
    lines: PathBuf,
}

impl Stored {
    fn new(layout: &Layout, run: &RunInfo, rows: usize) -> Self {
        let videos = run.inputs.iter().enumerate();
        Self {
            faces: Vec::new(),
            pictured: Vec::new(),
            groups: BTreeSet::new(),
            keys: HashMap::new(),
            is_corrected: layout.corrections().exists(),
            videos: videos.map(|(index, input)| (input.name.clone(), index)).collect(),
            rows,
            lines: layout.lines(),
        }
    }

    /// Takes the next line.
    fn take(&mut self, record: &FaceRecord) -> Result<(), DatasetError> {
        let Some(&video) = self.videos.get(&record.video) else {
            let what = format!("it has faces of {:?}, which run.json does not list", record.video);
            return Err(DatasetError::Damaged { path: self.lines.clone(), what });
        };
        if self.is_corrected {
            self.keys.insert(FaceKey::of(record), self.faces.len());
        }
        self.pictured.push(record.file.is_some());
        self.faces.push(record.face(video, self.rows));
        if let Some(group) = record.group.as_ref().filter(|group| !self.groups.contains(*group)) {
            self.groups.insert(group.clone());
        }
        Ok(())
    }

    /// When each group is on screen, `unsure` last.
    fn on_screen(&self, run: &RunInfo, grouping: &Grouping) -> Vec<OnScreen> {
        let unsure = grouping.groups.len();
        let mut moments: Vec<BTreeMap<usize, Vec<f64>>> = vec![BTreeMap::new(); unsure + 1];
        let mut all: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for (face, label) in self.faces.iter().zip(&grouping.labels) {
            if let Some(moments) = moments.get_mut(label.unwrap_or(unsure)) {
                moments.entry(face.video).or_default().push(face.pts);
            }
            all.entry(face.video).or_default().push(face.pts);
        }
        let intervals: BTreeMap<usize, f64> = all
            .into_iter()
            .map(|(video, moments)| {
                let said = run
                    .inputs
                    .get(video)
                    .and_then(|input| input.interval)
                    .filter(|interval| *interval > 0.0);
                (video, said.unwrap_or_else(|| segments::usual_interval(moments)))
            })
            .collect();
        let interval = |video| intervals.get(&video).copied().unwrap_or(1.0);
        moments
            .into_iter()
            .map(|videos| {
                videos
                    .into_iter()
                    .map(|(v, moments)| (v, segments::segments(moments, interval(v))))
                    .collect()
            })
            .collect()
    }

    /// `groups.json`, from a grouping whose pictures are filed.
    fn describe(
        &self,
        grouping: &Grouping,
        titles: &Titles,
        on_screen: Vec<OnScreen>,
        before: Groups,
        (shown, records): (&[Vec<usize>], &BTreeMap<usize, FaceRecord>),
        run: &RunInfo,
    ) -> Groups {
        let unsure = grouping.groups.len();
        let members = members(grouping);
        let files = |faces: &[usize]| {
            faces.iter().filter_map(|face| records.get(face)?.file.clone()).collect()
        };

        let mut summaries: Vec<GroupSummary> = Vec::new();
        for (group, (on_screen, best)) in on_screen.into_iter().zip(shown).enumerate() {
            let info = grouping.groups.get(group).cloned().unwrap_or_default();
            let mut summary = GroupSummary {
                name: if group == unsure { UNSURE } else { titles.folder(group) }.to_owned(),
                person: titles.person(group),
                shares: titles.shares(group),
                size: members.get(group).map_or(0, Vec::len),
                tracks: if group == unsure {
                    self.tracks(members.get(group).map_or(&[], Vec::as_slice))
                } else {
                    info.tracks
                },
                best: files(best),
                cohesion: info.cohesion,
                ..GroupSummary::default()
            };
            let named = on_screen
                .into_iter()
                .filter_map(|(video, s)| Some((run.inputs.get(video)?.name.clone(), s)));
            summary.set_on_screen(named.collect());
            summaries.push(summary);
        }
        let unsure = summaries.pop().unwrap_or_default();
        titles.sort(&mut summaries);

        let name = |group: usize| Some(titles.folder(group).to_owned());
        Groups {
            groups: summaries,
            unsure,
            suggestions: grouping
                .suggestions
                .iter()
                .filter_map(|s| {
                    let groups = [name(s.groups.0)?, name(s.groups.1)?];
                    Some(Suggestion { groups, similarity: s.similarity, likelihood: s.likelihood })
                })
                .collect(),
            outliers: grouping
                .outliers
                .iter()
                .filter_map(|face| {
                    let FaceRecord { video, frame, face, group, file, .. } =
                        records.get(face)?.clone();
                    Some(Outlier { group: group?, video, frame, face, file })
                })
                .collect(),
            cut: Cut::from(&grouping.cut),
            corrections: before.corrections,
            extra: before.extra,
            ..Groups::default()
        }
    }

    /// The best shots of each group, of `unsure` last.
    fn shown(&self, grouping: &Grouping) -> Vec<Vec<usize>> {
        members(grouping).iter().map(|members| self.best(members)).collect()
    }

    /// The best shots among the faces that have pictures.
    fn best(&self, members: &[usize]) -> Vec<usize> {
        let has_picture = |face: &usize| self.pictured.get(*face).copied().unwrap_or(false);
        let members: Vec<usize> = members.iter().copied().filter(has_picture).collect();
        best_shots(&self.faces, &members, BEST)
    }

    fn tracks(&self, members: &[usize]) -> usize {
        let faces = || members.iter().filter_map(|&face| self.faces.get(face));
        let followed: BTreeSet<_> =
            faces().filter_map(|face| Some((face.video, face.track?))).collect();
        followed.len() + faces().filter(|face| face.track.is_none()).count()
    }
}

/// The faces of each group, those of none last.
fn members(grouping: &Grouping) -> Vec<Vec<usize>> {
    let unsure = grouping.groups.len();
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); unsure + 1];
    for (face, label) in grouping.labels.iter().enumerate() {
        if let Some(members) = members.get_mut(label.unwrap_or(unsure)) {
            members.push(face);
        }
    }
    members
}
