// SPDX-License-Identifier: MIT OR Apache-2.0
//! How similar the groups of a dataset are to the people of the library.

use std::collections::{BTreeMap, BTreeSet};

use dataset::library::{BLOCK, LibraryError, View};
use grouping::matching::{Between, Link};
use ndarray::{Array1, Array2, Axis};

use super::snapshot::Snapshot;
use super::usual::Usual;

/// A person less likely than this to be a group is not compared with closely.
const LEAST_LIKELY: f32 = 0.02;
/// Pairs of templates that tell the scale of two videos; more say the same.
const PAIRS: usize = 20_000;
/// Templates of the dataset that are compared for that.
const SAMPLE: usize = 128;

/// A video by its dataset and its number there.
type Video = (u32, u32);

/// What the videos show of the library's people.
struct Presences {
    /// By person and video: sum of the means of templates, and their number.
    of: BTreeMap<(u32, Video), (Array1<f32>, usize)>,
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
    let scale = Between::usual(usual.levels, usual.threshold);
    let mut near: BTreeSet<(usize, u32)> = BTreeSet::new();
    for ((person, _), (sum, count)) in &presences.of {
        for (group, centre) in &centres {
            let similarity = centre.dot(sum) / *count as f32;
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
    for ((person, video), (sum, count)) in &presences.of {
        let Some(between) = scales.get(video) else { continue };
        for (group, centre) in
            centres.iter().filter(|(group, _)| near.contains(&(**group, *person)))
        {
            let similarity = centre.dot(sum) / *count as f32;
            let (group, person, video, between) = (*group, *person, *video, *between);
            links.push(Link { group, person, video, similarity, between });
        }
    }
    Ok(links)
}

/// The mean of each group's templates.
fn centres(seen: &Snapshot, groups: &BTreeSet<usize>) -> BTreeMap<usize, Array1<f32>> {
    let mut sums: BTreeMap<usize, (Array1<f32>, usize)> = BTreeMap::new();
    for template in &seen.templates {
        let Some(group) = template.group.filter(|group| groups.contains(group)) else { continue };
        let vector = Array1::from(template.vector.clone());
        let (sum, count) = sums.entry(group).or_insert_with(|| (Array1::zeros(vector.len()), 0));
        sum.scaled_add(template.record.length, &vector);
        *count += 1;
    }
    sums.into_iter().map(|(group, (sum, count))| (group, sum / count as f32)).collect()
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
            let (sum, count) = presences
                .of
                .entry((who(person), video))
                .or_insert_with(|| (Array1::zeros(vector.len()), 0));
            sum.scaled_add(owner.length, &vector);
            *count += 1;
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
    let fit = |(video, (_, pairs))| (video, Between::fit(usual.levels, usual.threshold, pairs));
    Ok(pairs.into_iter().map(fit).collect())
}
