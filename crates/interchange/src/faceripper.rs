// SPDX-License-Identifier: MIT OR Apache-2.0
//! FaceRipper's configuration: a JSON object of people, each with `label`, `group`, `faces_dir`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use grouping::identification::EnrolmentError;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What one person of the configuration says.
#[derive(Debug, PartialEq)]
pub struct Entry {
    /// Folder name that the person's faces get.
    pub name: String,
    /// What the person belongs to.
    pub group: Option<String>,
    /// Where the pictures are.
    pub folder: PathBuf,
}

#[derive(Deserialize)]
struct Fields {
    label: Option<String>,
    group: Option<String>,
    faces_dir: Option<PathBuf>,
    /// FaceRipper ignores other fields.
    #[serde(flatten)]
    _rest: BTreeMap<String, Value>,
}

/// Reads a configuration. Several people may share a label. With `group_names`, those with a group
/// are called `GROUP___LABEL`. Folders are taken from where the file is, or else from here.
pub fn read(path: &Path, text: &[u8], group_names: bool) -> Result<Vec<Entry>, EnrolmentError> {
    let damaged = |why: String| EnrolmentError::Damaged { path: path.to_path_buf(), why };
    let people: Map<String, Value> = serde_json::from_slice(text).map_err(|e| {
        damaged(format!("expected an object of people with label, group and faces_dir ({e})"))
    })?;
    let mut entries = Vec::with_capacity(people.len());
    for (name, value) in people {
        let fields: Fields =
            serde_json::from_value(value).map_err(|e| damaged(format!("{name:?}: {e}")))?;
        let Some(folder) = fields.faces_dir else {
            return Err(damaged(format!("{name:?} has no faces_dir")));
        };
        let label = fields.label.filter(|label| !label.is_empty()).unwrap_or(name);
        let group = fields.group.filter(|group| !group.is_empty());
        let name = match &group {
            Some(group) if group_names => format!("{group}___{label}"),
            _ => label,
        };
        let beside = path.parent().map(|parent| parent.join(&folder)).filter(|path| path.exists());
        entries.push(Entry { name, group, folder: beside.unwrap_or(folder) });
    }
    Ok(entries)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"{
        "아이유": {"label": "아이유", "group": "가수", "faces_dir": "refs/iu"},
        "Ann (old)": {"label": "Ann", "group": "", "faces_dir": "/ann/old", "note": 3},
        "Ann": {"faces_dir": "/ann/new"}
    }"#;

    #[test]
    fn people_labels_and_groups_are_read() {
        let entries = read(Path::new("/x/config.json"), CONFIG.as_bytes(), false).unwrap();
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["아이유", "Ann", "Ann"]);
        assert_eq!(entries[0].group.as_deref(), Some("가수"));
        assert_eq!(
            (&entries[1].group, entries[1].folder.as_path()),
            (&None, Path::new("/ann/old"))
        );
        let entries = read(Path::new("config.json"), CONFIG.as_bytes(), true).unwrap();
        assert_eq!((entries[0].name.as_str(), entries[1].name.as_str()), ("가수___아이유", "Ann"));
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name() {
        for (text, word) in [
            ("[]", "object"),
            (r#"{"Ann": {"label": "a"}}"#, "Ann"),
            (r#"{"Ann": {"label": 3, "faces_dir": "x"}}"#, "Ann"),
            (r#"{"Ann": "#, "object"),
        ] {
            let error = read(Path::new("c.json"), text.as_bytes(), false).unwrap_err().to_string();
            assert!(error.contains("c.json") && error.contains(word), "{error}");
        }
    }
}
