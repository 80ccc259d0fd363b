// SPDX-License-Identifier: MIT OR Apache-2.0
//! The people of a result as a page shows them.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use dataset::format::segments;
use dataset::{FaceRecord, RunInfo, Segment, UNSURE};
use grouping::OTHER;
use grouping::cluster::Grouping;

use crate::group::corrections::Said;
use crate::group::names::GroupNames;
use crate::group::stored::{Stored, members};

/// One person as far as is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Person {
    /// The folder in `faces/`: a name, or a number of those that have none.
    pub name: String,
    /// The name, where there is one.
    pub person: Option<String>,
    /// Its faces, in the order of the lines.
    pub faces: Vec<usize>,
    /// Number of tracks; a face without a track counts as one.
    pub tracks: usize,
    /// Seconds on screen in all videos.
    pub seconds: f64,
    /// When, in each video.
    pub on_screen: BTreeMap<String, Vec<Segment>>,
    /// The face that stands for it, one with a picture.
    pub cover: Option<usize>,
    /// Faces to show, the cover first.
    pub best: Vec<usize>,
    /// Whether pages leave it out.
    pub hidden: bool,
    /// Changes when anything of the above does: a page that is not up to date is known by it.
    pub stamp: u64,
}

impl Person {
    /// Whether it stands for everybody who is none of the known people.
    pub fn is_other(&self) -> bool {
        self.person.is_none() && self.name == OTHER
    }

    fn stamped(mut self) -> Self {
        let mut hasher = DefaultHasher::new();
        (&self.name, &self.person, &self.faces, self.cover, self.hidden).hash(&mut hasher);
        // JavaScript's numbers hold 53 bits.
        self.stamp = hasher.finish() >> 11;
        self
    }
}

/// Faces followed through a shot, or a single one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Track {
    /// The video.
    pub video: String,
    /// Its number; `None` of a face that was not followed.
    pub track: Option<u64>,
    /// Its faces, in the order of the lines.
    pub faces: Vec<usize>,
    /// Seconds of its first and last face.
    pub span: [f64; 2],
}

/// Faces by track, in the order of videos and time.
pub(super) fn tracks(faces: &[usize], records: &[FaceRecord]) -> Vec<Track> {
    let mut place: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    let mut tracks: Vec<Track> = Vec::new();
    for (face, record) in faces.iter().filter_map(|face| Some((*face, records.get(*face)?))) {
        let known = record.track.and_then(|track| place.get(&(record.video.as_str(), track)));
        if let Some(track) = known.and_then(|at| tracks.get_mut(*at)) {
            track.faces.push(face);
            track.span[1] = record.pts;
            continue;
        }
        if let Some(track) = record.track {
            place.insert((&record.video, track), tracks.len());
        }
        let (video, span) = (record.video.clone(), [record.pts; 2]);
        tracks.push(Track { video, track: record.track, faces: vec![face], span });
    }
    tracks
}

/// Everybody, with the unsure faces last.
pub(super) fn people(
    stored: &Stored,
    run: &RunInfo,
    said: &Said,
    grouping: &Grouping,
    group_names: &GroupNames,
) -> Vec<Person> {
    let unsure = grouping.groups.len();
    let on_screen = stored.on_screen(run, grouping);
    let shown = stored.shown(grouping, said);
    let groups = members(grouping).into_iter().zip(on_screen).zip(shown).enumerate();
    let mut people: Vec<Person> = groups
        .map(|(group, ((faces, on_screen), best))| {
            let on_screen: BTreeMap<String, Vec<Segment>> = on_screen
                .into_iter()
                .filter_map(|(video, s)| Some((run.inputs.get(video)?.name.clone(), s)))
                .collect();
            let person = Person {
                name: if group == unsure { UNSURE } else { group_names.folder(group) }.to_owned(),
                person: group_names.person(group),
                tracks: stored.tracks(&faces),
                seconds: on_screen.values().map(|s| segments::seconds(s)).sum(),
                on_screen,
                cover: best.first().copied(),
                best,
                hidden: group != unsure && said.conceals(&faces),
                faces,
                stamp: 0,
            };
            person.stamped()
        })
        .collect();
    if let Some((_, people)) = people.split_last_mut() {
        people
            .sort_by(|a, b| a.is_other().cmp(&b.is_other()).then(b.seconds.total_cmp(&a.seconds)));
    }
    people
}
