// SPDX-License-Identifier: MIT OR Apache-2.0
//! What grouping needs of the lines of a dataset, and what `groups.json` says of them when they are grouped.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use dataset::format::corrections::FaceKey;
use dataset::format::segments;
use dataset::{
    Cut, DatasetError, FaceRecord, GroupSummary, Groups, Layout, Outlier, RunInfo, Segment,
    Suggestion, UNSURE,
};
use grouping::cluster::{Face, Grouping, best_shots};

use super::corrections::Said;
use super::names::GroupNames;

/// Pictures shown for a group.
const BEST: usize = 16;

/// Stretches on screen of one group, by the video's index.
pub(crate) type OnScreen = BTreeMap<usize, Vec<Segment>>;

/// What grouping needs of the lines: about 200 bytes a face.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) faces: Vec<Face>,
    /// Whether a picture was kept.
    pictured: Vec<bool>,
    /// The groups there were before.
    pub(crate) groups: BTreeSet<String>,
    /// The faces by what corrections call them; where there are corrections.
    pub(crate) keys: HashMap<FaceKey, usize>,
    is_corrected: bool,
    videos: BTreeMap<String, usize>,
    rows: usize,
    lines: PathBuf,
}

impl Stored {
    pub(crate) fn new(layout: &Layout, run: &RunInfo, rows: usize) -> Self {
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

    /// The same, and corrections may come.
    pub(crate) fn with_keys(self) -> Self {
        Self { is_corrected: true, ..self }
    }

    /// Takes the next line.
    pub(crate) fn take(&mut self, record: &FaceRecord) -> Result<(), DatasetError> {
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
    pub(crate) fn on_screen(&self, run: &RunInfo, grouping: &Grouping) -> Vec<OnScreen> {
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
    pub(crate) fn describe(
        &self,
        grouping: &Grouping,
        group_names: &GroupNames,
        on_screen: Vec<OnScreen>,
        said: &Said,
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
                name: if group == unsure { UNSURE } else { group_names.folder(group) }.to_owned(),
                person: group_names.person(group),
                shares: group_names.shares(group),
                size: members.get(group).map_or(0, Vec::len),
                tracks: if group == unsure {
                    self.tracks(members.get(group).map_or(&[], Vec::as_slice))
                } else {
                    info.tracks
                },
                best: files(best),
                cohesion: info.cohesion,
                concealed: said.conceals(members.get(group).map_or(&[], Vec::as_slice)),
                ..GroupSummary::default()
            };
            let named = on_screen
                .into_iter()
                .filter_map(|(video, s)| Some((run.inputs.get(video)?.name.clone(), s)));
            summary.set_on_screen(named.collect());
            summaries.push(summary);
        }
        let unsure = summaries.pop().unwrap_or_default();
        group_names.sort(&mut summaries);

        let name = |group: usize| Some(group_names.folder(group).to_owned());
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
            statements: said.statements,
            ..Groups::default()
        }
    }

    /// The best shots of each group, of `unsure` last.
    pub(crate) fn shown(&self, grouping: &Grouping, said: &Said) -> Vec<Vec<usize>> {
        let best = |members: &Vec<usize>| {
            let mut best = self.best(members);
            if let Some(cover) = said.cover(members).filter(|face| self.is_pictured(*face)) {
                best.retain(|face| *face != cover);
                best.insert(0, cover);
                best.truncate(BEST);
            }
            best
        };
        members(grouping).iter().map(best).collect()
    }

    /// Whether a picture of a face was kept.
    pub(crate) fn is_pictured(&self, face: usize) -> bool {
        self.pictured.get(face).copied().unwrap_or(false)
    }

    /// The best shots among the faces that have pictures.
    fn best(&self, members: &[usize]) -> Vec<usize> {
        let members: Vec<usize> =
            members.iter().copied().filter(|face| self.is_pictured(*face)).collect();
        best_shots(&self.faces, &members, BEST)
    }

    /// Number of tracks; a face without a track counts as one.
    pub(crate) fn tracks(&self, members: &[usize]) -> usize {
        let faces = || members.iter().filter_map(|&face| self.faces.get(face));
        let followed: BTreeSet<_> =
            faces().filter_map(|face| Some((face.video, face.track?))).collect();
        followed.len() + faces().filter(|face| face.track.is_none()).count()
    }
}

/// The faces of each group, those of none last.
pub(crate) fn members(grouping: &Grouping) -> Vec<Vec<usize>> {
    let unsure = grouping.groups.len();
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); unsure + 1];
    for (face, label) in grouping.labels.iter().enumerate() {
        if let Some(members) = members.get_mut(label.unwrap_or(unsure)) {
            members.push(face);
        }
    }
    members
}
