// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a person can do, and the statements that it comes to.

use std::collections::HashSet;

use dataset::UNSURE;
use dataset::format::corrections::{FaceKey, Statement};
use grouping::identification::folders;
use serde::{Deserialize, Serialize};

use super::{ReviewError, Session, people};

/// Faces of a person that stand for it where others are said to belong to it, one a track as far as they go.
const COMPANIONS: usize = 256;

/// What a person does on a page. Faces are indices of lines, people are named by their folders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Gives a person a name; that of somebody else makes both one.
    Name {
        /// Who.
        person: String,
        /// The name.
        name: String,
    },
    /// Makes two people one.
    Merge {
        /// Who goes.
        person: String,
        /// Who stays.
        into: String,
    },
    /// Puts faces where they belong.
    Move {
        /// Which.
        faces: Vec<usize>,
        /// To whom.
        to: String,
    },
    /// Makes faces a person of their own: somebody new, or one half of a split.
    NewPerson {
        /// Which.
        faces: Vec<usize>,
        /// The person's name, where it has one.
        #[serde(default)]
        name: Option<String>,
    },
    /// Says that it is not clear whose faces they are.
    Unsure {
        /// Which.
        faces: Vec<usize>,
    },
    /// Says that they are no faces.
    NotAFace {
        /// Which.
        faces: Vec<usize>,
    },
    /// Leaves a person out of pages, or shows it again.
    Hide {
        /// Who.
        person: String,
        /// Whether it is left out.
        hidden: bool,
    },
    /// Lets a face stand for its person.
    Cover {
        /// Which.
        face: usize,
    },
    /// Answers that two sides are one person.
    Same {
        /// Faces of one side.
        a: Vec<usize>,
        /// Faces of the other one.
        b: Vec<usize>,
    },
    /// Answers that they are two people.
    Different {
        /// Faces of one side.
        a: Vec<usize>,
        /// Faces of the other one.
        b: Vec<usize>,
    },
}

/// What came of an action.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Done {
    /// What was done, for the page: `Phoebe: 214 faces`.
    pub text: String,
    /// People of whom something is different now, by their names before and after.
    pub changed: Vec<String>,
    /// The session's version from now on.
    pub version: u64,
    /// Whether it takes effect only when the faces are grouped again.
    pub regroup: bool,
}

/// A statement that is still to be said.
pub(super) type Wanted = (Statement, Vec<FaceKey>);

impl Session {
    /// The statements of an action, and what it is called.
    pub(super) fn understand(&self, action: &Action) -> Result<(Vec<Wanted>, String), ReviewError> {
        match action {
            Action::Name { person, name } => {
                let name = folder(name)?;
                let faces = &self.known(person)?.faces;
                if *person == name {
                    return Err(ReviewError::Nothing { what: "that is the name already" });
                }
                let text = format!("{name}: {}", count(faces.len()));
                Ok((vec![self.all(Statement::Name { name }, faces)?], text))
            }
            Action::Merge { person, into } => {
                if person == into {
                    return Err(ReviewError::Nothing { what: "those are one person already" });
                }
                let faces = self.known(person)?.faces.clone();
                let text = format!("{person} is {into}: {}", count(faces.len()));
                Ok((vec![self.belong(&faces, into)?], text))
            }
            Action::Move { faces, to } => {
                let text = format!("{} to {to}", count(faces.len()));
                if to == UNSURE {
                    return Ok((vec![self.all(Statement::Unsure, faces)?], text));
                }
                Ok((vec![self.belong(faces, to)?], text))
            }
            Action::NewPerson { faces, name: Some(name) } => {
                let name = folder(name)?;
                let text = format!("{name}: {}", count(faces.len()));
                Ok((vec![self.all(Statement::Name { name }, faces)?], text))
            }
            Action::NewPerson { faces, name: None } => {
                Ok((self.apart(faces)?, format!("a new person: {}", count(faces.len()))))
            }
            Action::Unsure { faces } => {
                let said = vec![self.all(Statement::Unsure, faces)?];
                Ok((said, format!("unassigned: {}", count(faces.len()))))
            }
            Action::NotAFace { faces } => {
                let said = vec![self.all(Statement::NotAFace, faces)?];
                Ok((said, format!("not a face: {}", count(faces.len()))))
            }
            Action::Hide { person, hidden } => {
                let what = if *hidden { Statement::Conceal } else { Statement::Reveal };
                let said = vec![self.all(what, &self.known(person)?.faces)?];
                let verb = if *hidden { "hidden" } else { "shown" };
                Ok((said, format!("{person} is {verb}")))
            }
            Action::Cover { face } => {
                Ok((vec![self.all(Statement::Cover, &[*face])?], "a new cover".to_owned()))
            }
            Action::Same { a, b } if self.is_one(a, b) => {
                let with = self.keys(&self.companions(b))?;
                let track = self.track(a)?;
                Ok((vec![self.all(Statement::Same { with }, &track)?], "in its place".to_owned()))
            }
            Action::Same { a, b } => {
                let (a, b) = (self.whole(a)?, self.whole(b)?);
                // Who has a name stays; of two without one the larger.
                let (goes, stays) = if self.rank(&a) > self.rank(&b) { (b, a) } else { (a, b) };
                let text = format!("the same person: {}", count(goes.len() + stays.len()));
                let home = stays.first().and_then(|face| self.person_of(*face));
                match home.filter(|home| home.name != UNSURE) {
                    Some(home) => Ok((vec![self.belong(&goes, &home.name.clone())?], text)),
                    None => {
                        let with = self.keys(&stays)?;
                        Ok((vec![self.all(Statement::Same { with }, &goes)?], text))
                    }
                }
            }
            Action::Different { a, b } if self.is_one(a, b) => {
                let track = self.track(a)?;
                Ok((self.apart(&track)?, format!("a new person: {}", count(track.len()))))
            }
            Action::Different { a, b } => {
                let with = self.keys(&spread(b))?;
                let said = vec![self.all(Statement::Different { with }, &spread(a))?];
                Ok((said, "two people".to_owned()))
            }
        }
    }

    /// Puts faces to a person: by the name, where there is one, so that it holds through everything.
    pub(super) fn belong(&self, faces: &[usize], to: &str) -> Result<Wanted, ReviewError> {
        let person = self.known(to)?;
        if person.person.is_some() || person.is_other() {
            return self.all(Statement::Name { name: person.name.clone() }, faces);
        }
        let those: Vec<usize> =
            person.faces.iter().copied().filter(|face| !faces.contains(face)).collect();
        if those.is_empty() {
            return Err(ReviewError::Nothing { what: "they belong there already" });
        }
        self.all(Statement::Same { with: self.keys(&self.companions(&those))? }, faces)
    }

    /// Faces that stand for many.
    fn companions(&self, faces: &[usize]) -> Vec<usize> {
        let tracks = people::tracks(faces, &self.records);
        let first: Vec<usize> =
            tracks.iter().filter_map(|track| track.faces.first().copied()).collect();
        spread(&first)
    }

    pub(super) fn all(&self, what: Statement, faces: &[usize]) -> Result<Wanted, ReviewError> {
        if faces.is_empty() {
            return Err(ReviewError::NoFaces);
        }
        Ok((what, self.keys(faces)?))
    }

    /// Makes faces a person of their own: the rest of those that they were with is somebody else.
    pub(super) fn apart(&self, faces: &[usize]) -> Result<Vec<Wanted>, ReviewError> {
        let mut said = vec![self.all(Statement::Person, faces)?];
        let home = faces.first().and_then(|face| self.person_of(*face));
        if let Some(home) = home.filter(|home| home.name != UNSURE) {
            let going: HashSet<&usize> = faces.iter().collect();
            let rest: Vec<usize> =
                home.faces.iter().copied().filter(|face| !going.contains(face)).collect();
            if rest.is_empty() {
                return Err(ReviewError::Nothing { what: "they are one person already" });
            }
            let with = self.keys(&spread(&rest))?;
            said.push(self.all(Statement::Different { with }, &spread(faces))?);
        }
        Ok(said)
    }

    /// Whether two sides are with one person now.
    fn is_one(&self, a: &[usize], b: &[usize]) -> bool {
        let of = |faces: &[usize]| {
            let person = faces.first().and_then(|face| self.person_of(*face))?;
            (person.name != UNSURE).then_some(person.name.as_str())
        };
        of(a).is_some() && of(a) == of(b)
    }

    /// All faces of the person of the first one; of an unsure one its track.
    fn whole(&self, faces: &[usize]) -> Result<Vec<usize>, ReviewError> {
        let first = *faces.first().ok_or(ReviewError::NoFaces)?;
        let person = self.person_of(first).ok_or(ReviewError::NoFace { face: first })?;
        if person.name == UNSURE { self.track(faces) } else { Ok(person.faces.clone()) }
    }

    /// All faces of the track of the first one that are with the same person.
    fn track(&self, faces: &[usize]) -> Result<Vec<usize>, ReviewError> {
        let first = *faces.first().ok_or(ReviewError::NoFaces)?;
        let person = self.person_of(first).ok_or(ReviewError::NoFace { face: first })?;
        let track = self.tracks(person).into_iter().find(|track| track.faces.contains(&first));
        Ok(track.map_or_else(|| faces.to_vec(), |track| track.faces))
    }

    /// Who stays of two people: somebody before nobody, a name before none, then the larger.
    fn rank(&self, faces: &[usize]) -> (bool, bool, usize) {
        let person = faces.first().and_then(|face| self.person_of(*face));
        let sure = person.is_some_and(|person| person.name != UNSURE);
        (sure, person.is_some_and(|person| person.person.is_some()), faces.len())
    }
}

/// Some faces of many, spread over them.
pub(super) fn spread(faces: &[usize]) -> Vec<usize> {
    let step = faces.len().div_ceil(COMPANIONS).max(1);
    faces.iter().copied().step_by(step).collect()
}

/// The folder of a name.
fn folder(name: &str) -> Result<String, ReviewError> {
    if !name.chars().any(char::is_alphanumeric) {
        return Err(ReviewError::Name { name: name.to_owned() });
    }
    Ok(folders([name]).swap_remove(0))
}

/// So many faces, in words.
pub(super) fn count(faces: usize) -> String {
    if faces == 1 { "1 face".to_owned() } else { format!("{faces} faces") }
}
