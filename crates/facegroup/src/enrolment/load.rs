// SPDX-License-Identifier: MIT OR Apache-2.0
//! From pictures of enrolled people to their vectors.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use grouping::identification::{Person, Reference};
use interchange::{Stored, file_hash};
use models::still::{EXTENSIONS, StillFace};

use super::networks::Networks;
use super::{Listed, Source, find, result};

/// The embedder whose vectors FaceGrab writes, without saying so.
const FACEGRABS: &str = "dlib-resnet";

/// An enrolled identity, and what came of each picture.
#[derive(Debug)]
pub struct Candidate {
    /// What the person is called.
    pub name: String,
    /// Of FaceRipper's config.json.
    pub group: Option<String>,
    /// In the order they were found.
    pub pictures: Vec<EnrolmentImage>,
}

/// One picture.
#[derive(Debug)]
pub struct EnrolmentImage {
    /// Where it is, or was.
    pub path: PathBuf,
    /// Its vector, or why there is none.
    pub outcome: Result<Seen, String>,
}

/// A picture with a face.
#[derive(Debug)]
pub struct Seen {
    /// Its vector.
    pub reference: Reference,
    /// `None` where the vector was known already.
    pub face: Option<StillFace>,
    /// What the embedder saw, under the same condition.
    pub chip: Option<models::Chip>,
}

/// What a user gave, with faces found.
#[derive(Debug)]
pub enum Enrolled {
    /// `*`.
    Everyone,
    /// People.
    People(Vec<Candidate>),
}

/// How pictures become vectors.
#[derive(Debug)]
pub struct Enrolment<'a> {
    /// What finds and embeds faces.
    pub networks: &'a Networks,
    /// Chips per picture, slightly moved, of which the mean is taken; 0 for the face as it is.
    pub jitters: u32,
    /// People of a config.json are called GROUP___LABEL.
    pub group_names: bool,
    /// Only the first picture of each person.
    pub first_only: bool,
    /// Vectors that are known already.
    pub cache: Option<&'a Stored>,
}

impl Enrolment<'_> {
    /// Enrols everybody who is found at `path`.
    ///
    /// # Errors
    /// Nothing is there, vectors of another embedder, a network that fails.
    pub fn enrol(&self, path: &str) -> Result<Enrolled> {
        Ok(match find(path, &EXTENSIONS, self.group_names)? {
            Source::Everyone => Enrolled::Everyone,
            Source::Result(folder) => Enrolled::People(self.result(&folder)?),
            Source::Stored(file) => Enrolled::People(self.stored(&file)?),
            Source::Pictures(people) => {
                Enrolled::People(people.into_iter().map(|p| self.person(p)).collect::<Result<_>>()?)
            }
        })
    }

    fn person(&self, listed: Listed) -> Result<Candidate> {
        let Listed { name, group, mut pictures } = listed;
        if self.first_only {
            pictures.truncate(1);
        }
        let pictures = pictures
            .into_iter()
            .map(|path| Ok(EnrolmentImage { outcome: self.picture(&path)?, path }))
            .collect::<Result<_>>()?;
        Ok(Candidate { name, group, pictures })
    }

    /// The inner error is the picture's fault, the outer one a model's.
    fn picture(&self, path: &Path) -> Result<Result<Seen, String>> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let hash = file_hash(&bytes);
        let source = path.display().to_string();
        let made = self.networks.made(self.jitters);
        let cached =
            self.cache.and_then(|cache| cache.of_file(&hash, &self.networks.embedder().id, &made));
        if let Some(known) = cached {
            let reference = Reference { source, ..known.clone() };
            return Ok(Ok(Seen { reference, face: None, chip: None }));
        }
        let picture = match models::still::decode(&bytes) {
            Ok(picture) => picture,
            Err(why) => return Ok(Err(format!("no picture that can be read: {why}"))),
        };
        let described = self.networks.describe(&picture, self.jitters);
        Ok(match described.with_context(|| source.clone())? {
            None => Err("no face in it".to_owned()),
            Some(described) => {
                let b = described.face.face.bbox;
                let reference = Reference {
                    source,
                    sha256: Some(hash),
                    bbox: Some([b.x, b.y, b.width, b.height]),
                    vector: described.embedding.values,
                };
                Ok(Seen { reference, face: Some(described.face), chip: Some(described.chip) })
            }
        })
    }

    /// Who has a name in a result: by its vectors, or by its pictures where those are another embedder's.
    fn result(&self, folder: &Path) -> Result<Vec<Candidate>> {
        if let Some(people) = result::people(folder, &self.networks.embedder().id)? {
            return Ok(people.into_iter().map(|person| self.known(person)).collect());
        }
        let pictured = result::pictures(folder)?;
        pictured.into_iter().map(|person| self.person(person)).collect()
    }

    /// A person whose vectors are known.
    fn known(&self, person: Person) -> Candidate {
        let mut references = person.references;
        if self.first_only {
            references.truncate(1);
        }
        let picture = |reference: Reference| EnrolmentImage {
            path: PathBuf::from(&reference.source),
            outcome: Ok(Seen { reference, face: None, chip: None }),
        };
        let pictures = references.into_iter().map(picture).collect();
        Candidate { name: person.name, group: person.group, pictures }
    }

    fn stored(&self, file: &Path) -> Result<Vec<Candidate>> {
        let stored = Stored::read(file)?;
        let embedder = &self.networks.embedder().id;
        let model = stored.model.as_deref().unwrap_or(FACEGRABS);
        if model != embedder {
            let guess =
                if stored.model.is_none() { " (it does not say, so FaceGrab's)" } else { "" };
            bail!(
                "{} holds vectors of {model}{guess}, the faces are described by {embedder}: give \
                 pictures, or --embedder {model} (facegroup models get {model} obtains it)",
                file.display()
            );
        }
        Ok(stored.people.into_iter().map(|person| self.known(person)).collect())
    }
}

/// Whose pictures show no face at all, and why; a line each.
pub fn faceless(people: &[Candidate]) -> Vec<String> {
    let mut lines = Vec::new();
    for person in people.iter().filter(|person| person.pictures.iter().all(|p| p.outcome.is_err()))
    {
        if person.pictures.is_empty() {
            lines.push(format!("{}: no picture", person.name));
        }
        lines.extend(troubles(person).map(|trouble| format!("{}: {trouble}", person.name)));
    }
    lines
}

/// What is wrong with pictures of a person.
pub fn troubles(person: &Candidate) -> impl Iterator<Item = String> + '_ {
    person.pictures.iter().filter_map(|picture| {
        let why = picture.outcome.as_ref().err()?;
        Some(format!("{}: {why}", picture.path.display()))
    })
}

/// The people without what came of their pictures.
pub fn people(candidates: &[Candidate]) -> Vec<Person> {
    let person = |candidate: &Candidate| Person {
        name: candidate.name.clone(),
        group: candidate.group.clone(),
        references: candidate
            .pictures
            .iter()
            .filter_map(|picture| Some(picture.outcome.as_ref().ok()?.reference.clone()))
            .collect(),
    };
    candidates.iter().map(person).collect()
}
