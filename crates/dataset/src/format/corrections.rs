// SPDX-License-Identifier: MIT OR Apache-2.0
//! `corrections.jsonl`: what a person said about faces, one statement a line, never changed, only added to.
//!
//! ```text
//! {"at": 1796000000, "by": "folders", "say": "name", "name": "Phoebe", "faces": [["a.mkv", 1224, 0]]}
//! ```
//!
//! | say | the faces |
//! |---|---|
//! | `name` | are the person of that name |
//! | `same` | belong to the group in which most faces of `with` are |
//! | `person` | are one person, of no name yet, and no other faces are |
//! | `unsure` | are unassigned |
//! | `not-a-face` | show no face: they count for nobody |
//! | `hide` | are not wanted: they have no picture and count for nobody |
//! | `different` | are another person than those of `with` |
//! | `cover` | are shown for their person |
//! | `conceal`, `reveal` | are a person that pages leave out, or show again |
//! | `undo` | (none) takes the statement of this number back, an undo too; the first has the number 0 |
//!
//! A face is named by video, frame, and index within the frame. Of two statements of where a face belongs, those down to
//! `hide`, the later one holds; the others hold beside them.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::error::READ;
use crate::{DatasetError, FaceRecord, Layout, interrupt};

/// A face: video, frame, and which face of the frame.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FaceKey(pub String, pub u64, pub u32);

impl FaceKey {
    /// The key of a line.
    pub fn of(record: &FaceRecord) -> Self {
        Self(record.video.clone(), record.frame, record.face)
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// When, in seconds since 1970.
    pub at: u64,
    /// Where it was said: `folders`, in a file manager; `review`, on its pages.
    pub by: String,
    /// What was said.
    #[serde(flatten)]
    pub what: Statement,
    /// Of which faces.
    pub faces: Vec<FaceKey>,
    /// Whether it was said together with the statement before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub also: bool,
}

/// What can be said of faces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub enum Statement {
    /// They are this person.
    Name {
        /// The person's name, and folder.
        name: String,
    },
    /// They belong to these.
    Same {
        /// Faces of the group that they belong to.
        with: Vec<FaceKey>,
    },
    /// They are one person without a name.
    Person,
    /// They are unassigned.
    Unsure,
    /// They show no face.
    NotAFace,
    /// They are not wanted.
    Hide,
    /// They are another person than these.
    Different {
        /// Faces of the other person.
        with: Vec<FaceKey>,
    },
    /// They are shown for their person.
    Cover,
    /// Their person is left out of pages.
    Conceal,
    /// Their person is shown again.
    Reveal,
    /// A statement does not hold any more.
    Undo {
        /// Its number, from 0.
        statement: usize,
    },
}

impl Statement {
    /// Whether it says where a face belongs.
    pub fn places(&self) -> bool {
        match self {
            Self::Name { .. }
            | Self::Same { .. }
            | Self::Person
            | Self::Unsure
            | Self::NotAFace
            | Self::Hide => true,
            Self::Different { .. }
            | Self::Cover
            | Self::Conceal
            | Self::Reveal
            | Self::Undo { .. } => false,
        }
    }
}

impl Correction {
    /// Said in a file manager.
    pub const FOLDERS: &str = "folders";
    /// Said on the pages of `facegroup review`.
    pub const REVIEW: &str = "review";

    /// Said by changing folders, now.
    pub fn by_folders(what: Statement, faces: Vec<FaceKey>) -> Self {
        Self::now(Self::FOLDERS, what, faces)
    }

    /// Said now, in the place that `by` names.
    pub fn now(by: &str, what: Statement, faces: Vec<FaceKey>) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { at: now.as_secs(), by: by.to_owned(), what, faces, also: false }
    }
}

/// Everything that was said.
#[derive(Debug, Clone, Default)]
pub struct Corrections {
    said: Vec<Correction>,
    /// Which of them hold.
    holds: Vec<bool>,
    /// The last statement of where each face belongs.
    last: HashMap<FaceKey, usize>,
}

impl Corrections {
    /// Reads the file; one that is not there says nothing, and a torn last line was never said.
    pub fn read(layout: &Layout) -> Result<Self, DatasetError> {
        let path = layout.corrections();
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            bytes => bytes.map_err(|e| DatasetError::io(READ, &path, e))?,
        };
        Self::parse(&bytes, &path)
    }

    /// What such a file holds; `path` is what errors call it.
    ///
    /// # Errors
    /// The first line that is no correction.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, DatasetError> {
        let lines = whole(bytes).split(|byte| *byte == b'\n');
        let mut said = Vec::new();
        for (number, line) in lines.enumerate().filter(|(_, line)| !line.trim_ascii().is_empty()) {
            let line = serde_json::from_slice(line).map_err(|error| DatasetError::Damaged {
                path: path.to_path_buf(),
                what: format!(
                    "line {} is no correction ({error}); mend or remove the line",
                    number + 1
                ),
            })?;
            said.push(line);
        }
        let mut corrections = Self::default();
        corrections.extend(said);
        Ok(corrections)
    }

    /// Adds statements in memory.
    pub fn extend(&mut self, said: Vec<Correction>) {
        let undoes = said.iter().any(|said| matches!(said.what, Statement::Undo { .. }));
        let known = self.said.len();
        self.said.extend(said);
        if undoes {
            self.holds = holding(&self.said);
            self.last.clear();
            self.note(0);
        } else {
            self.holds.resize(self.said.len(), true);
            self.note(known);
        }
    }

    /// Notes where statements from this number on put faces.
    fn note(&mut self, from: usize) {
        let said = self.said.iter().zip(&self.holds).enumerate().skip(from);
        for (number, (correction, _)) in
            said.filter(|(_, (said, holds))| **holds && said.what.places())
        {
            self.last.extend(correction.faces.iter().map(|face| (face.clone(), number)));
        }
    }

    /// Number of statements, those that do not hold any more among them.
    pub fn len(&self) -> usize {
        self.said.len()
    }

    /// All statements, in the order in which they were said.
    pub fn all(&self) -> &[Correction] {
        &self.said
    }

    /// The statements that hold, with their numbers.
    pub fn holding(&self) -> impl Iterator<Item = (usize, &Correction)> {
        let said = self.said.iter().zip(&self.holds).enumerate();
        said.filter(|(_, (_, holds))| **holds).map(|(number, (said, _))| (number, said))
    }

    /// Whether a statement holds.
    pub fn holds(&self, number: usize) -> bool {
        self.holds.get(number).copied().unwrap_or(false)
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// The statement of where a face belongs, with its number.
    pub fn of(&self, face: &FaceKey) -> Option<(usize, &Statement)> {
        let index = *self.last.get(face)?;
        Some((index, &self.said.get(index)?.what))
    }

    /// Whether the face was said to be unwanted.
    pub fn hides(&self, face: &FaceKey) -> bool {
        matches!(self.of(face), Some((_, Statement::Hide)))
    }
}

/// Which statements hold: none that a later one that holds takes back.
fn holding(said: &[Correction]) -> Vec<bool> {
    let mut holds = vec![true; said.len()];
    for number in (0..said.len()).rev() {
        if let (true, Statement::Undo { statement }) = (holds[number], &said[number].what)
            && *statement < number
        {
            holds[*statement] = false;
        }
    }
    holds
}

/// The lines that have their ends: the last of a kill is torn, maybe within a letter.
fn whole(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    bytes.get(..end).unwrap_or_default()
}

/// Adds statements to the file, flushed to the device.
pub fn append(layout: &Layout, said: &[Correction]) -> Result<(), DatasetError> {
    let path = layout.corrections();
    let failed = |e| DatasetError::io("write", &path, e);
    let mut text = String::new();
    for correction in said {
        text += &serde_json::to_string(correction).map_err(|e| failed(e.into()))?;
        text.push('\n');
    }
    interrupt::step().map_err(failed)?;
    let mut file = File::options().create(true).append(true).open(&path).map_err(failed)?;
    // A torn line of a kill before stays one that was never said.
    let held = std::fs::read(&path).map_err(failed)?;
    file.set_len(whole(&held).len() as u64).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_read_and_the_last_word_counts() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let face = |frame| FaceKey("a.mkv".into(), frame, 0);
        let name = |name: &str| Statement::Name { name: name.into() };
        append(&layout, &[Correction::by_folders(name("Ann"), vec![face(1), face(2)])]).unwrap();
        // A kill in the middle of a letter.
        let mut file = File::options().append(true).open(layout.corrections()).unwrap();
        file.write_all("{\"at\": 1, \"name\": \"映".as_bytes().split_last().unwrap().1).unwrap();
        assert!(Corrections::read(&layout).unwrap().of(&face(1)).is_some());
        let with = Statement::Same { with: vec![face(9)] };
        append(&layout, &[Correction::by_folders(with.clone(), vec![face(2)])]).unwrap();
        let said = Corrections::read(&layout).unwrap();
        assert_eq!(said.of(&face(1)), Some((0, &name("Ann"))));
        assert_eq!(said.of(&face(2)), Some((1, &with)));
        assert_eq!(said.of(&face(3)), None);
        // Neither does what is said beside it.
        append(&layout, &[Correction::by_folders(Statement::Cover, vec![face(2)])]).unwrap();
        assert_eq!(Corrections::read(&layout).unwrap().of(&face(2)), Some((1, &with)));
        std::fs::write(layout.corrections(), "{\"say\": \"dance\"}\n").unwrap();
        let error = Corrections::read(&layout).unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
    }

    #[test]
    fn what_is_taken_back_does_not_hold_and_what_takes_back_can_be_taken_back() {
        let face = FaceKey("a.mkv".into(), 1, 0);
        let say = |what, faces| Correction::by_folders(what, faces);
        let name = |name: &str| Statement::Name { name: name.into() };
        let mut said = Corrections::default();
        said.extend(vec![
            say(name("Ann"), vec![face.clone()]),
            say(name("Bob"), vec![face.clone()]),
        ]);
        assert_eq!(said.of(&face), Some((1, &name("Bob"))));
        said.extend(vec![say(Statement::Undo { statement: 1 }, vec![])]);
        assert_eq!(said.of(&face), Some((0, &name("Ann"))));
        assert!(!said.holds(1) && said.holds(2));
        said.extend(vec![say(Statement::Undo { statement: 2 }, vec![])]);
        assert_eq!(said.of(&face), Some((1, &name("Bob"))));
        // One that takes itself or the future back says nothing.
        said.extend(vec![
            say(Statement::Undo { statement: 4 }, vec![]),
            say(Statement::Undo { statement: 9 }, vec![]),
        ]);
        assert_eq!(said.of(&face), Some((1, &name("Bob"))));
        assert_eq!(said.holding().count(), 5);
    }
}
