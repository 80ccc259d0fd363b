// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures that a person sorted into folders, one a person.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use super::{EvaluateError, Matched, is_somebody};
use crate::dataset::FaceRecord;

/// What pictures are called; other files in the folders are left alone.
const EXTENSIONS: [&str; 8] = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"];

/// Folder of each picture by file name. Hidden files and folders, pictures in no folder and
/// folders within folders are left alone.
pub fn read(root: &Path) -> Result<BTreeMap<String, String>, EvaluateError> {
    let mut people = BTreeMap::new();
    for person in names(root)? {
        let folder = root.join(&person);
        if !folder.is_dir() {
            continue;
        }
        for name in names(&folder)? {
            let extension = Path::new(&name).extension().unwrap_or_default().to_ascii_lowercase();
            if !EXTENSIONS.iter().any(|known| extension == *known) || !folder.join(&name).is_file()
            {
                continue;
            }
            if let Some(first) = people.insert(name.clone(), person.clone()) {
                let (path, second) = (root.to_path_buf(), person);
                return Err(EvaluateError::TwoPeople { path, name, first, second });
            }
        }
    }
    Ok(people)
}

/// Names in a folder, in order.
fn names(folder: &Path) -> Result<BTreeSet<String>, EvaluateError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries =
        entries.map_err(|source| EvaluateError::Io { path: folder.to_path_buf(), source })?;
    let names = entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.filter(|name| !name.starts_with('.')).collect())
}

/// The same of the faces of a dataset.
pub fn of_faces(faces: &[FaceRecord]) -> BTreeMap<String, String> {
    let person = |face: &FaceRecord| Some((base(face)?.to_owned(), face.group.clone()?));
    faces.iter().filter_map(person).collect()
}

/// Finds the pictures among those of faces.
pub fn find(people: &BTreeMap<String, String>, faces: &[FaceRecord]) -> Matched {
    let mut matched = Matched::default();
    let mut found = BTreeSet::new();
    for (index, face) in faces.iter().enumerate() {
        let Some((name, person)) = base(face).and_then(|name| people.get_key_value(name)) else {
            continue;
        };
        found.insert(name);
        if is_somebody(person) {
            matched.people.push((index, person.clone()));
        } else {
            matched.nobody += 1;
        }
    }
    for (name, _) in people.iter().filter(|(_, person)| is_somebody(person)) {
        matched.labels.count(found.contains(name));
    }
    matched
}

/// File name of a face's picture.
fn base(face: &FaceRecord) -> Option<&str> {
    face.file.as_deref()?.rsplit('/').next()
}
