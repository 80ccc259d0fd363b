// SPDX-License-Identifier: MIT OR Apache-2.0
//! How similar the groups of a dataset are to the people of the library.

use std::collections::{BTreeMap, BTreeSet};

use dataset::library::{BLOCK, LibraryError, View};
use grouping::matching::{Between, Link, Usual};
use ndarray::{Array1, Array2, ArrayView1, Axis};

use super::snapshot::Snapshot;

/// A person less likely than this to be a group is not compared with closely.
const LEAST_LIKELY: f32 = 0.02;
/// Pairs of templates that tell the scale of two videos; more say the same.
const PAIRS: usize = 20_000;
/// Templates of the dataset that are compared for that.
const SAMPLE: usize = 128;

/// A video by its dataset and its number there.
type Video = (u32, u32);

/// Templates of one person in one video.
pub(super) struct Side {
    /// Sum of their means.
    sum: Array1<f32>,
    templates: usize,
    pub(super) faces: u32,
}

impl Side {
    pub(super) fn new(dimensions: usize) -> Self {
        Self { sum: Array1::zeros(dimensions), templates: 0, faces: 0 }
    }

    pub(super) fn add(&mut self, direction: ArrayView1<'_, f32>, length: f32, faces: u32) {
        self.sum.scaled_add(length, &direction);
        self.templates += 1;
        self.faces = self.faces.saturating_add(faces);
    }

    /// Mean similarity of their templates to those of another side.
    pub(super) fn similarity(&self, other: &Self) -> f32 {
        self.sum.dot(&other.sum) / (self.templates * other.templates).max(1) as f32
    }
}

/// What the videos show of the library's people.
struct Presences {
    /// By person and video.
    of: BTreeMap<(u32, Video), Side>,
    /// Templates of each video.
    sizes: BTreeMap<Video, usize>,
}

/// How similar these groups are to the people that other datasets show. `who` resolves people who turned out to be
/// others.
pub(super) fn links(
    view: &View<'_>,
    seen: &Snapshot,
    groups: &BTreeSet<usize>,
    dataset: u32,
    who: impl Fn(u32) -> u32,
    usual: &Usual,
) -> Result<Vec<Link>, LibraryError> {
    let centres = centres(seen, groups);
    if centres.is_empty() {
        return Ok(Vec::new());
    }
    let presences = presences(view, dataset, who)?;
    let scale = Between::usual(usual);
    let mut near: BTreeSet<(usize, u32)> = BTreeSet::new();
    for ((person, _), side) in &presences.of {
        for (group, centre) in &centres {
            let similarity = centre.similarity(side);
            if scale.likelihood(similarity) >= LEAST_LIKELY {
                near.insert((*group, *person));
            }
        }
    }
    let people: BTreeSet<u32> = near.iter().map(|(_, person)| *person).collect();
    let videos: BTreeSet<Video> = presences
        .of
        .keys()
        .filter(|(person, _)| people.contains(person))
        .map(|(_, video)| *video)
        .collect();
    let scales = scales(view, seen, &videos, &presences.sizes, usual)?;
    let mut links = Vec::new();
    for ((person, video), side) in &presences.of {
        let Some(between) = scales.get(video) else { continue };
        for (group, centre) in
            centres.iter().filter(|(group, _)| near.contains(&(**group, *person)))
        {
            let (similarity, faces) = (centre.similarity(side), [centre.faces, side.faces]);
            let (group, person, video, between) = (*group, *person, *video, *between);
            links.push(Link { group, person, video, similarity, between, faces });
        }
    }
    Ok(links)
}

/// The templates of each group.
fn centres(seen: &Snapshot, groups: &BTreeSet<usize>) -> BTreeMap<usize, Side> {
    let mut sides: BTreeMap<usize, Side> = BTreeMap::new();
    for template in &seen.templates {
        let Some(group) = template.group.filter(|group| groups.contains(group)) else { continue };
        let vector = ArrayView1::from(&template.vector);
        let side = sides.entry(group).or_insert_with(|| Side::new(vector.len()));
        side.add(vector, template.record.length, template.record.faces);
    }
    sides
}

fn presences(
    view: &View<'_>,
    dataset: u32,
    who: impl Fn(u32) -> u32,
) -> Result<Presences, LibraryError> {
    let mut presences = Presences { of: BTreeMap::new(), sizes: BTreeMap::new() };
    view.blocks(|block| {
        for (id, owner) in block.owners().filter(|(_, owner)| owner.dataset != dataset) {
            let video = (owner.dataset, owner.video);
            *presences.sizes.entry(video).or_default() += 1;
            let Some(person) = owner.person else { continue };
            let Some(vector) = block.vector(id as usize % BLOCK) else { continue };
            let side = presences.of.entry((who(person), video));
            let side = side.or_insert_with(|| Side::new(vector.len()));
            side.add(vector, owner.length, owner.faces);
        }
        Ok(())
    })?;
    Ok(presences)
}

/// The scale of the dataset and each of these videos.
fn scales(
    view: &View<'_>,
    seen: &Snapshot,
    videos: &BTreeSet<Video>,
    sizes: &BTreeMap<Video, usize>,
    usual: &Usual,
) -> Result<BTreeMap<Video, Between>, LibraryError> {
    let step = seen.templates.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<_> = seen.templates.iter().step_by(step).collect();
    let dimensions = sample.first().map_or(0, |template| template.vector.len());
    let mut rows = Array2::zeros((sample.len(), dimensions));
    for (mut row, template) in rows.axis_iter_mut(Axis(0)).zip(&sample) {
        row.assign(&Array1::from(template.vector.clone()));
        row *= template.record.length;
    }
    let mut pairs: BTreeMap<Video, (usize, Vec<f32>)> = BTreeMap::new();
    view.blocks(|block| {
        for (id, owner) in block.owners() {
            let video = (owner.dataset, owner.video);
            if !videos.contains(&video) {
                continue;
            }
            let all = sizes.get(&video).copied().unwrap_or(1);
            let step = (all * sample.len()).div_ceil(PAIRS).max(1);
            let (number, found) = pairs.entry(video).or_default();
            *number += 1;
            if !(*number - 1).is_multiple_of(step) {
                continue;
            }
            if let Some(vector) = block.vector(id as usize % BLOCK) {
                found.extend(rows.dot(&vector).iter().map(|product| product * owner.length));
            }
        }
        Ok(())
    })?;
    let fit = |(video, (_, pairs))| (video, Between::fit(usual, pairs));
    Ok(pairs.into_iter().map(fit).collect())
}
