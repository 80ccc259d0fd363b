// SPDX-License-Identifier: MIT OR Apache-2.0
//! Back to the last state that an uninterrupted run would have passed through.
//!
//! Every input that is not complete goes back to a frame from which it can be resumed; lines,
//! pictures and embeddings from there on are removed. That frame is written to `run.json` before anything
//! is removed, so a kill in the middle of the repair changes nothing about its result.

use std::collections::BTreeMap;

use crate::format::lines::{self, Lines};
use crate::format::npy;
use crate::write::resume_point::{Restart, ResumePoint};
use crate::write::sort::Order;
use crate::{CropNames, DatasetError, FaceRecord, InputInfo, InputState, Layout, RunInfo, atomic};

/// What is known of the dataset after the repair.
pub struct Recovered {
    /// Where each input stands.
    pub resume_points: Vec<ResumePoint>,
    /// Rows of `embeddings.npy` up to the last one that a line names.
    pub rows: usize,
    /// Whether the faces are in order.
    pub order: Order,
}

/// Repairs the dataset, and says where its inputs stand.
pub fn recover(
    layout: &Layout,
    run: &mut RunInfo,
    names: &CropNames,
) -> Result<Recovered, DatasetError> {
    let before = run.clone();
    let torn = find_restarts(layout, run)?;
    if *run != before {
        run.write(layout)?;
    }
    remove_pictures(layout, run, names)?;
    let (dropped, rows, order) = count(layout, run)?;
    if torn || dropped {
        lines::rewrite(&layout.lines(), |record| !is_again(run, record))?;
    }
    for path in
        [layout.run(), layout.lines(), layout.embeddings(), layout.groups(), layout.report()]
    {
        atomic::remove(&atomic::part(&path))?;
    }
    let resume_points =
        run.inputs.iter().map(|input| ResumePoint::new(Restart::of(input))).collect();
    Ok(Recovered { resume_points, rows, order })
}

/// Notes in `run` where each open input goes on; says whether the last line was torn.
fn find_restarts(layout: &Layout, run: &mut RunInfo) -> Result<bool, DatasetError> {
    let rows = npy::shape(&layout.embeddings())?.map_or(0, |(rows, _)| rows);
    let mut seen: Vec<_> =
        run.inputs.iter().map(|input| ResumePoint::new(Restart::of(input))).collect();
    // After a power cut, what a line names may not be there: such a line and all after it do not count.
    let mut broken: BTreeMap<usize, u64> = BTreeMap::new();
    let mut records = Lines::open(&layout.lines())?;
    for record in records.by_ref() {
        let record = record?;
        let Some((index, input)) = run.input(&record.video) else {
            return Err(DatasetError::Damaged {
                path: layout.lines(),
                what: format!("it has faces of {:?}, which run.json does not list", record.video),
            });
        };
        let lost = record.embedding.is_some_and(|row| row >= rows);
        if lost && input.state == InputState::Complete {
            return Err(DatasetError::Damaged {
                path: layout.embeddings(),
                what: format!(
                    "it has {rows} rows, too few for {}; let it be replaced to begin again",
                    record.video
                ),
            });
        }
        if lost || (is_open(input) && is_empty(layout, &record)) {
            broken.entry(index).or_insert(record.frame);
        }
        if let (Some(seen), false) = (seen.get_mut(index), broken.contains_key(&index)) {
            seen.see(&record);
        }
    }
    for (index, input) in run.inputs.iter_mut().enumerate().filter(|(_, input)| is_open(input)) {
        let Some(seen) = seen.get(index) else {
            continue;
        };
        let restart = match broken.get(&index) {
            Some(&frame) if frame < input.next_frame => seen.restart_at(frame),
            _ => seen.restart(input.next_frame),
        };
        restart.note(input);
        if seen.has_records() && input.state == InputState::Pending {
            input.state = InputState::Partial;
        }
    }
    Ok(records.torn)
}

fn is_open(input: &InputInfo) -> bool {
    input.state != InputState::Complete
}

/// Whether the face lies in what is to be done again.
fn is_again(run: &RunInfo, record: &FaceRecord) -> bool {
    run.input(&record.video)
        .is_some_and(|(_, input)| is_open(input) && record.frame >= input.next_frame)
}

/// Whether a power cut left the picture without contents. One that is not there was removed by a person.
fn is_empty(layout: &Layout, record: &FaceRecord) -> bool {
    let path = record.file.as_ref().map(|file| layout.root.join(file));
    path.and_then(|path| path.metadata().ok()).is_some_and(|file| file.len() == 0)
}

/// Removes the pictures to be made again, with those that no line names yet.
fn remove_pictures(layout: &Layout, run: &RunInfo, names: &CropNames) -> Result<(), DatasetError> {
    let mut failed = None;
    layout.visit_pictures(|folder, name| {
        let part = name.strip_prefix('.').and_then(|name| name.strip_suffix(".part"));
        let Some((input, frame, _)) = names.parse(part.unwrap_or(name)) else {
            return;
        };
        let again =
            run.inputs.get(input).is_some_and(|input| is_open(input) && frame >= input.next_frame);
        if again || part.is_some() {
            failed = atomic::remove(&folder.join(name)).err().or(failed.take());
        }
    })?;
    failed.map_or(Ok(()), Err)
}

/// Counts what stays; says whether lines go, how many rows of embeddings are named, and in which order
/// faces are.
fn count(layout: &Layout, run: &mut RunInfo) -> Result<(bool, usize, Order), DatasetError> {
    let (mut dropped, mut rows, mut order) = (false, 0, Order::default());
    let (mut faces, mut pictures, mut embeddings) = (0, 0, 0);
    for record in Lines::open(&layout.lines())? {
        let record = record?;
        if is_again(run, &record) {
            dropped = true;
            continue;
        }
        let input = run.input(&record.video).map_or(usize::MAX, |(input, _)| input);
        order.see(input, &record);
        faces += 1;
        pictures += u64::from(record.file.is_some());
        if let Some(row) = record.embedding {
            embeddings += 1;
            rows = rows.max(row + 1);
        }
    }
    for (what, count) in [("faces", faces), ("pictures", pictures), ("embeddings", embeddings)] {
        run.counts.insert(what.to_owned(), count);
    }
    Ok((dropped, rows, order))
}
