// SPDX-License-Identifier: MIT OR Apache-2.0
//! The people of the page, with their pictures.

use std::collections::{BTreeMap, BTreeSet};

use dataset::{FaceRecord, GroupSummary, Groups, Layout};
use imaging::geometry::CropBox;

use super::appearances::Appearances;
use super::options::Options;
use super::videos::Videos;
use super::{text, thumbnail};

/// Pixels of the first best shot, of the others, of the faces below, of the time line's heads: twice what
/// the page shows, for fine screens.
const COVER: u32 = 360;
const BEST: u32 = 176;
const FACE: u32 = 88;
pub(super) const HEAD: u32 = 56;

/// How many best shots and faces a person gets, by rank: about 8 MB for any number of people.
const SHARES: [(usize, Share); 3] = [
    (20, Share { cover: COVER, best: 8, faces: 40 }),
    (60, Share { cover: 2 * BEST, best: 5, faces: 12 }),
    (PEOPLE, Share { cover: BEST, best: 1, faces: 5 }),
];
/// People on the page.
const PEOPLE: usize = 200;
/// Faces of `unsure`.
const UNSURE: usize = 72;

#[derive(Clone, Copy)]
struct Share {
    cover: u32,
    best: usize,
    faces: usize,
}

impl Share {
    /// As much of it as was asked for.
    fn within(self, options: Options) -> Self {
        let Some(images) = options.images else { return self };
        // More than usual is more of the small ones.
        let best = self.best.min(images);
        Self { best, faces: images - best, ..self }
    }
}

/// One person on the page.
pub(super) struct Person {
    pub(super) name: String,
    /// The folder's name.
    pub(super) folder: String,
    /// Angle on the colour wheel.
    pub(super) hue: u32,
    /// Time on screen; of pictures none.
    pub(super) length: Option<String>,
    pub(super) faces: String,
    pub(super) tracks: String,
    /// Faces, for the script.
    pub(super) size: usize,
    /// In which videos, and when.
    pub(super) appearances: Appearances,
    /// The cover and the other best shots.
    pub(super) best: Vec<Shot>,
    pub(super) shots: Vec<Shot>,
    /// Pictures in the folder that are not on the page.
    pub(super) more: usize,
    pub(super) more_words: String,
}

/// One picture on the page.
pub(super) struct Shot {
    pub(super) file: String,
    /// `data:` address.
    pub(super) image: String,
    pub(super) caption: String,
    pub(super) video: String,
    /// The input's place and the second, for the script.
    pub(super) at: String,
    /// When it is, and where that is in the film; of a picture no time.
    pub(super) time: Option<String>,
    pub(super) moment: Option<String>,
    /// Whether it sits badly in its group.
    pub(super) doubtful: bool,
}

/// What the page needs of a face with a picture.
struct Kept {
    file: String,
    video: usize,
    frame: u64,
    pts: f64,
    quality: f32,
    in_picture: Option<CropBox>,
}

/// The faces with pictures, by their groups: what the page needs of `faces.jsonl`.
#[derive(Default)]
pub struct Faces {
    kept: BTreeMap<String, Vec<Kept>>,
    videos: Vec<String>,
}

impl Faces {
    /// Notes the next line.
    pub fn note(&mut self, record: &FaceRecord) {
        let (Some(group), Some(file)) = (&record.group, &record.file) else {
            return;
        };
        let known = self.videos.iter().position(|name| *name == record.video);
        let video = known.unwrap_or_else(|| {
            self.videos.push(record.video.clone());
            self.videos.len() - 1
        });
        let FaceRecord { frame, pts, quality, in_picture, .. } = *record;
        let face = Kept { file: file.clone(), video, frame, pts, quality, in_picture };
        match self.kept.get_mut(group) {
            Some(kept) => kept.push(face),
            None => drop(self.kept.insert(group.clone(), vec![face])),
        }
    }
}

/// Finds the pictures of groups.
pub(super) struct Gallery<'a> {
    layout: &'a Layout,
    faces: &'a Faces,
    videos: &'a Videos<'a>,
    doubtful: BTreeSet<&'a str>,
    options: Options,
}

impl<'a> Gallery<'a> {
    /// The pictures of these faces.
    pub(super) fn new(
        layout: &'a Layout,
        groups: &'a Groups,
        faces: &'a Faces,
        videos: &'a Videos<'a>,
        options: Options,
    ) -> Self {
        let doubtful = groups.outliers.iter().filter_map(|face| face.file.as_deref()).collect();
        Self { layout, faces, videos, doubtful, options }
    }

    /// The people, as many as find room.
    pub(super) fn people(&self, groups: &[GroupSummary]) -> Vec<Person> {
        let share =
            |rank: usize| SHARES.iter().find(|(ranks, _)| rank < *ranks).map(|(_, share)| *share);
        let ranked = groups.iter().enumerate();
        let all = groups.len().min(PEOPLE);
        ranked
            .filter_map(|(rank, group)| Some(self.person(group, (rank, all), share(rank)?)))
            .collect()
    }

    /// The unassigned faces.
    pub(super) fn unsure(&self, group: &GroupSummary) -> Person {
        self.person(group, (0, 1), Share { cover: FACE, best: 0, faces: UNSURE })
    }

    fn person(&self, group: &GroupSummary, (rank, all): (usize, usize), share: Share) -> Person {
        let share = share.within(self.options);
        let kept = self.faces.kept.get(&group.name).map_or(&[][..], Vec::as_slice);
        let kept = if self.options.faces { kept } else { &[] };
        let by_file: BTreeMap<&str, &Kept> =
            kept.iter().map(|kept| (kept.file.as_str(), kept)).collect();
        let mut best = Vec::new();
        for kept in group.best.iter().filter_map(|file| by_file.get(file.as_str())) {
            if best.len() == share.best {
                break;
            }
            best.extend(self.shot(kept, if best.is_empty() { share.cover } else { BEST }));
        }
        let shown: BTreeSet<&str> = best.iter().map(|shot| shot.file.as_str()).collect();
        let rest: Vec<&Kept> =
            kept.iter().filter(|kept| !shown.contains(kept.file.as_str())).collect();
        let wanted = share.faces.min(rest.len());
        // Evenly through the group, so that its time and its changes are seen.
        let spread = (0..wanted).filter_map(|i| rest.get(i * rest.len() / wanted));
        let shots: Vec<Shot> = spread.filter_map(|kept| self.shot(kept, FACE)).collect();
        let more = kept.len().saturating_sub(best.len() + shots.len());
        let moves = group.on_screen.keys().any(|video| !self.videos.is_still(video));
        Person {
            name: text::group(group),
            folder: group.name.clone(),
            hue: hue(rank),
            length: moves.then(|| format!("{} on screen", text::length(group.total_seconds()))),
            faces: text::count(group.size, "face", "faces"),
            tracks: text::count(group.tracks, "track", "tracks"),
            size: group.size,
            appearances: Appearances::new(group, self.videos, all),
            more,
            more_words: text::count(more, "more picture", "more pictures"),
            best,
            shots,
        }
    }

    /// A small head for the time line; `None` without a picture.
    pub(super) fn head(&self, group: &GroupSummary) -> Option<String> {
        let kept = self.faces.kept.get(&group.name).filter(|_| self.options.faces)?;
        group.best.iter().find_map(|file| {
            let kept = kept.iter().find(|kept| kept.file == *file)?;
            thumbnail::data_address(&self.layout.root, file, kept.in_picture, HEAD)
        })
    }

    fn shot(&self, kept: &Kept, side: u32) -> Option<Shot> {
        let video = self.faces.videos.get(kept.video).map_or("", String::as_str);
        let doubtful = self.doubtful.contains(kept.file.as_str());
        let doubt = if doubtful { ", may be somebody else" } else { "" };
        let still = self.videos.is_still(video);
        Some(Shot {
            video: video.to_owned(),
            at: format!("{}:{:.1}", self.videos.index(video).unwrap_or_default(), kept.pts),
            time: (!still).then(|| text::clock(kept.pts)),
            moment: self.videos.moment(video, kept.pts).filter(|_| !still),
            image: thumbnail::data_address(&self.layout.root, &kept.file, kept.in_picture, side)?,
            file: kept.file.clone(),
            caption: format!(
                "{} in {video}, frame {}, quality {:.2}{doubt}",
                text::clock(kept.pts),
                kept.frame,
                kept.quality
            ),
            doubtful,
        })
    }
}

/// Colours far from those of the neighbours: steps of the golden angle, beginning with a blue.
pub(super) fn hue(rank: usize) -> u32 {
    ((rank as f64 * 137.508 + 250.0) % 360.0) as u32
}
