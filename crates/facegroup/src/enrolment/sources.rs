// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a gallery comes from: a picture, a folder of pictures, a folder of folders, a configuration, a
//! file of vectors, or everyone.

use std::fs;
use std::path::{Path, PathBuf};

use dataset::{is_litter, is_result};
use grouping::identification::EnrolmentError;
use interchange::faceripper;

/// What a user gave for a gallery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `*`: everyone; nobody in particular is looked for.
    Everyone,
    /// A `.npz` file of vectors; see [`Stored`](interchange::Stored).
    Stored(PathBuf),
    /// Pictures of people.
    Pictures(Vec<Listed>),
    /// The folder of a result, of which the people with names are meant.
    Result(PathBuf),
}

/// A person and the pictures of that person, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The person's name.
    pub name: String,
    /// What the person belongs to, where a configuration says so.
    pub group: Option<String>,
    /// The pictures; none where the person's folder has none.
    pub pictures: Vec<PathBuf>,
}

/// Folders in folders are followed this far.
const DEEPEST: usize = 16;

/// Finds the pictures of people.
///
/// | `path` | people |
/// |---|---|
/// | a picture | one, called like the file |
/// | a folder of pictures | one, called like the folder |
/// | a folder of folders | one a folder that is not hidden; pictures below it in any depth |
/// | a folder of both | as of folders; the pictures beside them are left out, with a warning |
/// | the folder of a result | those who have names in it |
/// | `.json` | FaceRipper's configuration; with `group_names` called `GROUP___LABEL` |
/// | `.npz` | as it says |
/// | `*` | [`Source::Everyone`] |
///
/// `extensions` are those of pictures, in lower case. Pictures are sorted by path.
///
/// # Errors
/// Nothing there, nothing of the kinds above, a configuration that is none.
pub fn find(path: &str, extensions: &[&str], group_names: bool) -> Result<Source, EnrolmentError> {
    if path == "*" {
        return Ok(Source::Everyone);
    }
    let path = Path::new(path);
    let nothing = |why: &str| EnrolmentError::Nothing { path: path.to_path_buf(), why: why.into() };
    if is_result(path) {
        return Ok(Source::Result(path.to_path_buf()));
    }
    if path.is_dir() {
        return folder(path, extensions).map(Source::Pictures);
    }
    if !path.is_file() {
        return Err(nothing("there is no such file or folder"));
    }
    match extension(path).as_deref() {
        Some("npz") => Ok(Source::Stored(path.to_path_buf())),
        Some("json") => configured(path, extensions, group_names).map(Source::Pictures),
        Some(other) if extensions.contains(&other) => Ok(Source::Pictures(vec![Listed {
            name: stem(path),
            group: None,
            pictures: vec![path.to_path_buf()],
        }])),
        _ => Err(nothing(&format!(
            "expected a folder, a picture ({}), a .json configuration or a .npz file",
            extensions.join(", ")
        ))),
    }
}

/// All pictures in a folder and below it that are neither hidden nor litter nor of a result of this program,
/// those of each folder before those of the folders in it.
///
/// # Errors
/// A folder that cannot be read.
pub fn pictures_below(path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, EnrolmentError> {
    let mut found = Vec::new();
    gather(path, extensions, DEEPEST, &mut found)?;
    Ok(found)
}

fn folder(path: &Path, extensions: &[&str]) -> Result<Vec<Listed>, EnrolmentError> {
    let (folders, pictures) = list(path, extensions)?;
    let mut people = Vec::new();
    for folder in folders {
        let mut pictures = Vec::new();
        gather(&folder, extensions, DEEPEST, &mut pictures)?;
        people.push(Listed { name: name(&folder), group: None, pictures });
    }
    // Folders that hold no picture at all are no folders of people.
    if people.iter().any(|person| !person.pictures.is_empty()) {
        if !pictures.is_empty() {
            tracing::warn!(
                "{}: {} pictures beside the folders of people are nobody's and left out",
                path.display(),
                pictures.len()
            );
        }
        return Ok(people);
    }
    if pictures.is_empty() {
        let why = format!("no picture ({}) is in it or below it", extensions.join(", "));
        return Err(EnrolmentError::Nothing { path: path.to_path_buf(), why });
    }
    Ok(vec![Listed { name: name(path), group: None, pictures }])
}

fn configured(
    path: &Path,
    extensions: &[&str],
    group_names: bool,
) -> Result<Vec<Listed>, EnrolmentError> {
    let text = fs::read(path).map_err(|e| io(path, e))?;
    let mut people: Vec<Listed> = Vec::new();
    for entry in faceripper::read(path, &text, group_names)? {
        let mut pictures = Vec::new();
        gather(&entry.folder, extensions, DEEPEST, &mut pictures)?;
        match people.iter_mut().find(|person| person.name == entry.name) {
            Some(person) => person.pictures.extend(pictures),
            None => people.push(Listed { name: entry.name, group: entry.group, pictures }),
        }
    }
    if people.is_empty() {
        let why = "the configuration names nobody".to_owned();
        return Err(EnrolmentError::Nothing { path: path.to_path_buf(), why });
    }
    Ok(people)
}

/// The pictures in a folder and below it, those of the folder itself first.
fn gather(
    path: &Path,
    extensions: &[&str],
    depth: usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), EnrolmentError> {
    let (folders, pictures) = list(path, extensions)?;
    found.extend(pictures);
    if depth > 0 {
        for folder in folders.iter().filter(|folder| !is_result(folder)) {
            gather(folder, extensions, depth - 1, found)?;
        }
    }
    Ok(())
}

/// Folders and pictures in a folder, each sorted; what is hidden or litter is left out.
fn list(path: &Path, extensions: &[&str]) -> Result<(Vec<PathBuf>, Vec<PathBuf>), EnrolmentError> {
    let (mut folders, mut pictures) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(path).map_err(|e| io(path, e))? {
        let entry = entry.map_err(|e| io(path, e))?;
        if is_litter(&entry.file_name()) {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            folders.push(path);
        } else if path.is_file()
            && extension(&path).is_some_and(|e| extensions.contains(&e.as_str()))
        {
            pictures.push(path);
        }
    }
    folders.sort();
    pictures.sort();
    Ok((folders, pictures))
}

fn extension(path: &Path) -> Option<String> {
    path.extension().map(|e| e.to_string_lossy().to_lowercase())
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The name of a folder, also where it was given as `.` or with a slash behind it.
fn name(path: &Path) -> String {
    let named = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    named(path).or_else(|| named(&path.canonicalize().ok()?)).unwrap_or_default()
}

fn io(path: &Path, cause: std::io::Error) -> EnrolmentError {
    EnrolmentError::Io { action: "read", path: path.to_path_buf(), cause }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    const PICTURES: [&str; 2] = ["jpg", "png"];

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn people(root: &Path, path: &str) -> Vec<(String, Vec<String>)> {
        let found = find(root.join(path).to_str().unwrap(), &PICTURES, false).unwrap();
        let Source::Pictures(people) = found else { panic!("{found:?}") };
        let relative = |path: PathBuf| {
            let path = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
            path.to_string_lossy().into_owned()
        };
        people
            .into_iter()
            .map(|person| (person.name, person.pictures.into_iter().map(relative).collect()))
            .collect()
    }

    #[test]
    fn a_picture_and_a_folder_of_pictures_are_one_person() {
        let root = tree(&["ann/b.PNG", "ann/a.jpg", "ann/notes.txt", "ann/.hidden.jpg"]);
        let one = |name: &str, files: &[&str]| {
            vec![(name.to_owned(), files.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>())]
        };
        assert_eq!(people(root.path(), "ann/a.jpg"), one("a", &["ann/a.jpg"]));
        assert_eq!(people(root.path(), "ann"), one("ann", &["ann/a.jpg", "ann/b.PNG"]));
    }

    /// FaceRipper could not open pictures in folders below a person's (docs/design/predecessors.md 3.3).
    #[test]
    fn a_folder_of_folders_is_a_person_each_in_any_depth() {
        let root = tree(&[
            "x/김/a.jpg",
            "x/김/2020/b.jpg",
            "x/Bo/c.png",
            "x/loose.jpg",
            "x/.git/d.jpg",
            "x/@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg",
            "x/Bo/old/run.json",
            "x/Bo/old/faces/0/f.jpg",
            "x/no/e.txt",
        ]);
        let found = people(root.path(), "x");
        assert_eq!(found[0], ("Bo".to_owned(), vec!["x/Bo/c.png".to_owned()]));
        assert_eq!(found[1], ("no".to_owned(), vec![]));
        let kim = vec!["x/김/a.jpg".to_owned(), "x/김/2020/b.jpg".to_owned()];
        assert_eq!(found[2], ("김".to_owned(), kim));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_configuration_names_folders_beside_it() {
        let root = tree(&["c/iu/a.jpg", "c/iu/old/b.jpg", "c/iu2/c.jpg"]);
        let config = r#"{"A": {"label": "IU", "group": "g", "faces_dir": "iu"},
                         "B": {"label": "IU", "group": "g", "faces_dir": "iu2"}}"#;
        fs::write(root.path().join("c/config.json"), config).unwrap();
        let found = people(root.path(), "c/config.json");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0.as_str(), found[0].1.len()), ("IU", 3));
    }

    #[test]
    fn the_rest_is_everyone_a_file_of_vectors_or_an_error() {
        let root = tree(&["v.npz", "movie.mkv", "empty/x/y.txt"]);
        assert_eq!(find("*", &PICTURES, false).unwrap(), Source::Everyone);
        let path = root.path().join("v.npz");
        let found = find(path.to_str().unwrap(), &PICTURES, false).unwrap();
        assert_eq!(found, Source::Stored(path));
        for wrong in ["movie.mkv", "empty", "nowhere"] {
            let path = root.path().join(wrong);
            let error = find(path.to_str().unwrap(), &PICTURES, false).unwrap_err();
            assert!(error.to_string().contains(wrong), "{error}");
        }
    }
}
