// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is one person before any two vectors are compared: what a person declared, and tracklet linking: tracks that go
//! on where another one ended.
//!
//! A track breaks where a head turns away or somebody walks past, and where the film is cut to and
//! fro. When the camera stands as it stood and a face is where a face was, it is the same person,
//! unless the embedder takes them for impostors. That joins frontal faces and profiles that no
//! similarity would.

use imaging::geometry::FrameBox;
use std::collections::BTreeMap;

use crate::cluster::linkage::dense;
use crate::cluster::templates::Templates;
use crate::cluster::{CutInfo, Face, Options};

/// Least overlap (intersection over union) of the last box of a track and the first of another.
const SAME_PLACE: f32 = 0.3;
/// Within a shot a place is kept for so many seconds: the camera may move.
const KEPT_IN_SHOT: f64 = 3.0;
/// Tracks of a recurring shot that are looked back at for one that ended where another begins.
const LOOK_BACK: usize = 64;

/// A tracklet: a template's first and last face.
struct Tracklet {
    template: usize,
    shot: u64,
    begin: f64,
    end: f64,
    first: FrameBox,
    last: FrameBox,
}

/// Sets of templates that are one person, as a label for each template, and the pairs that are
/// not: those of `cannot_link` and those declared. No labels where every template stands for itself.
pub fn sets(
    faces: &[Face],
    templates: &Templates,
    cannot_link: &mut Vec<(usize, usize)>,
    cut: &CutInfo,
    options: &Options,
) -> Vec<usize> {
    let of = templates.of_faces(faces.len());
    let of_pair = |&(a, b): &(usize, usize)| Some(((*of.get(a)?)?, (*of.get(b)?)?));
    // A person knows better than the rule that nobody is on a frame twice.
    let declared: Vec<(usize, usize)> = options.must_link.iter().filter_map(of_pair).collect();
    let mut sets = Sets::new(templates.members.len());
    declared.iter().for_each(|&(a, b)| sets.merge(a, b));
    cannot_link.retain(|&(a, b)| sets.root(a) != sets.root(b));
    cannot_link.extend(options.cannot_link.iter().filter_map(of_pair).filter(|(a, b)| a != b));
    sets.forbid(cannot_link);

    // No less similar than different people usually are: of 25 such links on seven clips none was wrong.
    let gate = cut.levels.map_or(0.0, |levels| levels.impostor.mean);
    let mut links = linked(faces, templates);
    links.retain(|link| link.2 >= gate);
    links.sort_by(|a, b| b.2.total_cmp(&a.2));
    for (a, b, _) in links {
        if !sets.are_forbidden(a, b) {
            sets.merge(a, b);
        }
    }
    let roots: Vec<usize> = (0..templates.members.len()).map(|t| sets.root(t)).collect();
    let any = roots.iter().enumerate().any(|(template, root)| template != *root);
    if any { dense(&roots) } else { Vec::new() }
}

/// Pairs of tracks of which one ends where the other begins, and their similarity.
fn linked(faces: &[Face], templates: &Templates) -> Vec<(usize, usize, f32)> {
    let mut recurring_shots: BTreeMap<(usize, u64), Vec<Tracklet>> = BTreeMap::new();
    for (template, member) in templates.members.iter().enumerate() {
        let first = member.faces.iter().min_by_key(|&&face| faces[face].frame);
        let last = member.faces.iter().max_by_key(|&&face| faces[face].frame);
        if let (Some(&first), Some(&last)) = (first, last) {
            let (first, last) = (&faces[first], &faces[last]);
            if let (Some(_), Some(shot)) = (first.track, first.shot) {
                let recurring_shot = (first.video, first.recurring_shot.unwrap_or(shot));
                recurring_shots.entry(recurring_shot).or_default().push(Tracklet {
                    template,
                    shot,
                    begin: first.pts,
                    end: last.pts,
                    first: first.bbox,
                    last: last.bbox,
                });
            }
        }
    }
    let mut links = Vec::new();
    for mut tracklets in recurring_shots.into_values() {
        tracklets.sort_by(|a, b| a.begin.total_cmp(&b.begin));
        for (index, later) in tracklets.iter().enumerate() {
            let before = tracklets[..index].iter().rev().take(LOOK_BACK);
            let latest = before
                .filter(|earlier| earlier.links_to(later))
                .max_by(|a, b| a.end.total_cmp(&b.end));
            if let Some(earlier) = latest {
                let vector = |tracklet: &Tracklet| templates.vectors.row(tracklet.template);
                let similarity = vector(earlier).dot(&vector(later));
                links.push((earlier.template, later.template, similarity));
            }
        }
    }
    links
}

impl Tracklet {
    fn links_to(&self, later: &Self) -> bool {
        let kept = self.shot != later.shot || later.begin - self.end <= KEPT_IN_SHOT;
        self.end < later.begin && kept && self.last.iou(&later.first) >= SAME_PLACE
    }
}

/// Disjoint sets, some of which must not become one.
struct Sets {
    parent: Vec<usize>,
    /// For a root, the templates that are not of its set.
    cannot_link: BTreeMap<usize, Vec<usize>>,
}

impl Sets {
    fn new(items: usize) -> Self {
        Self { parent: (0..items).collect(), cannot_link: BTreeMap::new() }
    }

    fn root(&mut self, item: usize) -> usize {
        let mut root = item;
        while self.parent[root] != root {
            self.parent[root] = self.parent[self.parent[root]];
            root = self.parent[root];
        }
        root
    }

    fn forbid(&mut self, pairs: &[(usize, usize)]) {
        for &(a, b) in pairs {
            for (one, other) in [(a, b), (b, a)] {
                let root = self.root(one);
                self.cannot_link.entry(root).or_default().push(other);
            }
        }
    }

    fn are_forbidden(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        let others = self.cannot_link.get(&a).cloned().unwrap_or_default();
        others.into_iter().any(|other| self.root(other) == b)
    }

    fn merge(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            // The lower index leads, so that the result depends on no order.
            let (root, child) = (a.min(b), a.max(b));
            self.parent[child] = root;
            let others = self.cannot_link.remove(&child).unwrap_or_default();
            self.cannot_link.entry(root).or_default().extend(others);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;
    use crate::cluster::embeddings::Embeddings;
    use crate::cluster::templates::pool;

    const CUT: CutInfo = CutInfo {
        threshold: 0.6,
        prior: 0.6,
        levels: None,
        source: crate::cluster::CutSource::Prior,
        different: Vec::new(),
        same: Vec::new(),
    };

    /// Which tracks are linked, for tracks of two faces: (shot, recurring shot, seconds, left edge, row).
    fn labels(
        tracks: &[(u64, u64, f64, f32, usize)],
        cannot_link: &[(usize, usize)],
        options: &Options,
    ) -> Vec<usize> {
        // Row 1 is a profile of row 0: less similar than the cut, more than impostors.
        let rows = arr2(&[[1.0f32, 0.0, 0.0], [0.45, 0.893, 0.0], [-0.1, 0.0, 0.995]]);
        let mut faces = Vec::new();
        for (track, &(shot, recurring_shot, begin, left, row)) in tracks.iter().enumerate() {
            for frame in 0..2 {
                let pts = begin + 0.2 * f64::from(frame);
                faces.push(Face {
                    pts,
                    track: Some(track as u64),
                    shot: Some(shot),
                    recurring_shot: Some(recurring_shot),
                    embedding: Some(row),
                    ..Face::at(0, (pts * 25.0) as u64, [left, 50.0, 60.0, 80.0])
                });
            }
        }
        let templates = pool(&faces, &Embeddings::new(rows.view()));
        let mut cannot_link = cannot_link.to_vec();
        let labels = sets(&faces, &templates, &mut cannot_link, &CUT, options);
        if labels.is_empty() { (0..tracks.len()).collect() } else { labels }
    }

    fn found(tracks: &[(u64, u64, f64, f32, usize)]) -> Vec<usize> {
        labels(tracks, &[], &Options::new(0.6))
    }

    #[test]
    fn a_face_at_the_same_place_of_a_setup_that_returns_is_one_person() {
        assert_eq!(found(&[(0, 0, 0.0, 100.0, 0), (1, 1, 5.0, 100.0, 1)]), [0, 1], "another shot");
        assert_eq!(found(&[(0, 0, 0.0, 100.0, 0), (2, 0, 9.0, 110.0, 1)]), [0, 0]);
        assert_eq!(found(&[(0, 0, 0.0, 100.0, 0), (2, 0, 9.0, 300.0, 1)]), [0, 1], "elsewhere");
        assert_eq!(found(&[(0, 0, 0.0, 100.0, 0), (2, 0, 9.0, 100.0, 2)]), [0, 1], "an impostor");
    }

    #[test]
    fn a_track_goes_on_after_a_moment_and_not_much_later() {
        assert_eq!(found(&[(0, 0, 0.0, 100.0, 0), (0, 0, 2.0, 100.0, 1)]), [0, 0]);
        assert_eq!(found(&[(0, 0, 0.0, 100.0, 0), (0, 0, 30.0, 100.0, 1)]), [0, 1]);
        assert_eq!(found(&[(0, 0, 0.0, 100.0, 0), (0, 0, 0.1, 100.0, 1)]), [0, 1], "overlap");
    }

    #[test]
    fn who_was_seen_together_never_joins_over_a_third() {
        // Tracks 0 and 2 are seen together, and 1 lies where both were.
        let tracks = [(0, 0, 0.0, 100.0, 0), (1, 0, 3.0, 100.0, 1), (2, 0, 6.0, 100.0, 1)];
        assert_eq!(labels(&tracks, &[], &Options::new(0.6)), [0, 0, 0]);
        // The more similar pair wins.
        assert_eq!(labels(&tracks, &[(0, 2)], &Options::new(0.6)), [0, 1, 1]);
    }

    #[test]
    fn what_a_person_declared_holds() {
        let tracks = [(0, 0, 0.0, 100.0, 0), (1, 1, 3.0, 100.0, 2), (2, 0, 6.0, 100.0, 1)];
        let mut options = Options::new(0.6);
        // Faces 0 and 2 are of tracks 0 and 1, seen together as in a mirror.
        options.must_link = vec![(0, 2)];
        assert_eq!(labels(&tracks, &[(0, 1)], &options), [0, 0, 0]);
        options.cannot_link = vec![(1, 4)];
        assert_eq!(labels(&tracks, &[(0, 1)], &options), [0, 0, 1]);
    }
}
