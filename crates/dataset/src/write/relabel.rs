// SPDX-License-Identifier: MIT OR Apache-2.0
//! Giving every face its group, as one transaction: what is derived goes, the lines are written anew in one pass,
//! the pictures follow.
//!
//! Killed before the lines are replaced, the dataset is the old one, but for pictures that were to go; killed behind,
//! the next opening moves the rest of the pictures: `.moving` says that folders and lines differ by our own doing.

use std::collections::BTreeSet;

use super::relocate::{Moves, place};
use crate::derived::{self, Clear};
use crate::format::lines::{self, Lines};
use crate::{CropNames, DatasetError, FaceRecord, Layout, UNSURE, atomic};

/// What becomes of a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'n> {
    /// It belongs to the group of this name, and its picture into that folder of `faces/`.
    Group(&'n str),
    /// The same, and its picture goes for good.
    Without(&'n str),
}

/// Gives the faces of a dataset whose lock is held their groups: `place` says that of each face, by its index,
/// and `seen` gets each record as it is from then on. Empty folders of `old` groups go.
///
/// faces.jsonl is read and written once.
///
/// # Errors
/// A damaged file, a folder that cannot be read or written; doing it again does all of it.
pub fn relabel<'n>(
    layout: &Layout,
    names: &CropNames,
    old: &BTreeSet<String>,
    place: impl Fn(usize) -> Place<'n>,
    mut seen: impl FnMut(usize, &FaceRecord),
) -> Result<(), DatasetError> {
    // It is about the groups that there are now.
    atomic::remove(&layout.evaluation())?;
    derived::clear(layout, names, Clear::Copies)?;
    atomic::replace(&layout.moving(), b"")?;
    let mut moves = Moves::new(layout);
    let records = Lines::open(&layout.lines())?.enumerate().map(|(face, record)| {
        let mut record = record?;
        let group = match place(face) {
            Place::Group(group) => group,
            Place::Without(group) => {
                // Before the lines forget it: a picture that no line names would stay for ever.
                remove_picture(layout, &mut record)?;
                group
            }
        };
        record.group = Some(group.to_owned());
        record.file = record.file.as_deref().map(|file| in_folder(file, group));
        moves.note(&record);
        seen(face, &record);
        Ok(record)
    });
    lines::replace(&layout.lines(), records)?;
    moves.make()?;
    atomic::remove(&layout.moving())?;
    remove_empty(layout, old.iter().map(String::as_str).chain([UNSURE]));
    Ok(())
}

/// Removes the picture of a face.
fn remove_picture(layout: &Layout, record: &mut FaceRecord) -> Result<(), DatasetError> {
    match record.file.take().and_then(|file| place(layout, &file)) {
        Some((path, _)) => atomic::remove(&path),
        None => Ok(()),
    }
}

/// The same picture in the folder of its group.
fn in_folder(file: &str, group: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    format!("faces/{group}/{name}")
}

/// Removes folders of earlier groups that have nothing left in them.
fn remove_empty<'a>(layout: &Layout, old: impl Iterator<Item = &'a str>) {
    for name in old {
        // Names come from files that a person may have edited: never leave faces/.
        if !name.is_empty() && !name.contains(['/', '\\']) && name != ".." && name != "." {
            atomic::remove_empty(&layout.faces().join(name));
        }
    }
}
