// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures that a person sorted into folders, one a person.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use dataset::{FaceRecord, is_picture};
use grouping::is_somebody;

use super::{EvaluateError, Matched};

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
            if !is_picture(&name) || !folder.join(&name).is_file() {
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
        entries.map_err(|cause| EvaluateError::Io { path: folder.to_path_buf(), cause })?;
    let names = entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.filter(|name| !name.starts_with('.')).collect())
}

/// The same of the faces of a dataset.
pub fn of_faces(faces: &[FaceRecord]) -> BTreeMap<String, String> {
    let person = |face: &FaceRecord| Some((base(face)?.to_owned(), face.group.clone()?));
    faces.iter().filter_map(person).collect()
}

/// Labels of stems as those of the file names that faces have.
pub fn by_stem(
    labels: &BTreeMap<String, String>,
    faces: &[FaceRecord],
) -> BTreeMap<String, String> {
    let name = |face: &FaceRecord| {
        let label = labels.get(interchange::streamface::stem(face)?)?;
        Some((base(face)?.to_owned(), label.clone()))
    };
    faces.iter().filter_map(name).collect()
}

/// Finds the pictures among those of faces, or among those that faces were found in: there the
/// largest face is meant.
pub fn find(people: &BTreeMap<String, String>, faces: &[FaceRecord]) -> Matched {
    let mut found: BTreeMap<&String, usize> = BTreeMap::new();
    for (index, face) in faces.iter().enumerate() {
        let own = base(face).and_then(|name| people.get_key_value(name));
        let Some((name, _)) = own.or_else(|| people.get_key_value(found_in(face)?)) else {
            continue;
        };
        let area = |face: &FaceRecord| face.bbox.area();
        let place = found.entry(name).or_insert(index);
        if own.is_some() || base(&faces[*place]) != Some(name) && area(face) > area(&faces[*place])
        {
            *place = index;
        }
    }
    let mut matched = Matched::default();
    for (name, person) in people {
        match found.get(name) {
            Some(index) if is_somebody(person) => matched.people.push((*index, person.clone())),
            Some(index) => {
                matched.nobody += 1;
                matched.nobodies.push(*index);
            }
            None => (),
        }
        if is_somebody(person) {
            matched.labels.count(found.contains_key(name));
        }
    }
    matched.people.sort_unstable();
    matched
}

/// File name of the picture that a face was found in, where it was one.
fn found_in(face: &FaceRecord) -> Option<&str> {
    let source = face.extra.get("source").and_then(|source| source.as_str());
    let name = source.unwrap_or(&face.video).rsplit('/').next()?;
    is_picture(name).then_some(name)
}

/// File name of a face's picture.
fn base(face: &FaceRecord) -> Option<&str> {
    face.file.as_deref()?.rsplit('/').next()
}

#[cfg(test)]
mod tests {
    use imaging::geometry::FrameBox;

    use super::*;

    #[test]
    fn pictures_are_found_by_their_faces_or_by_what_they_show() {
        let people = [("a.jpg", "ann"), ("b.jpg", "ben"), ("c.jpg", "cy"), ("000001_0.jpg", "ann")];
        let people = people.map(|(name, person)| (name.to_owned(), person.to_owned())).into();
        let face = |video: &str, width: f32, file: &str| FaceRecord {
            video: video.to_owned(),
            bbox: FrameBox([0.0, 0.0, width, width]),
            file: Some(format!("faces/0/{file}")),
            ..FaceRecord::default()
        };
        let mut copied = face("pictures", 50.0, "7.jpg");
        copied.extra.insert("source".to_owned(), "photographs/b.jpg".into());
        let faces = [
            face("set/a.jpg", 20.0, "000000_0.jpg"),
            face("set/a.jpg", 40.0, "000000_1.jpg"),
            face("film.mp4", 40.0, "000001_0.jpg"),
            copied,
        ];
        let matched = find(&people, &faces);
        let expected = [(1, "ann"), (2, "ann"), (3, "ben")];
        assert_eq!(matched.people, expected.map(|(face, person)| (face, person.to_owned())));
        assert_eq!((matched.labels.found, matched.labels.missed), (3, 1));
    }
}
