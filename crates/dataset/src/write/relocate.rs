// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bringing every picture to where its line says it is.
//!
//! Grouping first writes the lines, then moves the pictures. This is that move, and also its repair:
//! a picture's name is unique in the dataset, so after a kill it is found wherever it still lies.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::format::lines::Lines;
use crate::{DatasetError, FaceRecord, Layout, atomic};

/// Moves what is not in its place. A picture that is nowhere (a person removed it) is left so.
///
/// # Errors
/// A folder that cannot be read or written, a damaged file.
pub fn relocate(layout: &Layout) -> Result<(), DatasetError> {
    let mut moves = Moves::new(layout);
    for record in Lines::open(&layout.lines())? {
        moves.note(&record?);
    }
    moves.make()
}

/// Pictures that are not in their places.
#[derive(Debug)]
pub struct Moves<'l> {
    layout: &'l Layout,
    /// Where each belongs, by its name.
    astray: HashMap<String, PathBuf>,
}

impl<'l> Moves<'l> {
    /// None yet, in this dataset.
    pub fn new(layout: &'l Layout) -> Self {
        Self { layout, astray: HashMap::new() }
    }

    /// Notes where a line says its picture is.
    pub fn note(&mut self, record: &FaceRecord) {
        let place = record.file.as_deref().and_then(|file| place(self.layout, file));
        if let Some((target, name)) = place.filter(|(target, _)| !target.exists()) {
            self.astray.insert(name, target);
        }
    }

    /// Moves those that are somewhere else.
    ///
    /// # Errors
    /// A folder that cannot be read or written.
    pub fn make(mut self) -> Result<(), DatasetError> {
        if self.astray.is_empty() {
            return Ok(());
        }
        let mut found = Vec::new();
        self.layout.visit_pictures(|folder, name| {
            if let Some(target) = self.astray.remove(name) {
                found.push((folder.join(name), target));
            }
        })?;
        for (from, to) in found {
            if let Some(folder) = to.parent() {
                make_folder(folder)?;
            }
            atomic::rename(&from, &to)?;
        }
        Ok(())
    }
}

/// Where a line says its picture is, and its name; `None` for a place that is not ours to touch.
pub fn place(layout: &Layout, file: &str) -> Option<(PathBuf, String)> {
    let parts: Option<Vec<&str>> = Path::new(file)
        .components()
        .map(|part| if let Component::Normal(name) = part { name.to_str() } else { None })
        .collect();
    match parts?.as_slice() {
        ["faces", .., name] => Some((layout.root.join(file), (*name).to_owned())),
        _ => None,
    }
}

fn make_folder(folder: &Path) -> Result<(), DatasetError> {
    match atomic::make_folder(folder) {
        Err(_) if folder.is_file() => Err(DatasetError::InTheWay { path: folder.to_path_buf() }),
        made => made,
    }
}
