// SPDX-License-Identifier: MIT OR Apache-2.0
//! The vectors of a gallery in a file: FaceGrab's `.npz`, with what it leaves out in the comments of
//! the archive.
//!
//! FaceGrab keeps one array a reference (`arr_0`, `arr_1`, …), as the network gives them, and nothing
//! else. Ours are the same arrays on the same scale, so FaceGrab and numpy read them; whose each is
//! and where it comes from stands as JSON in the comment of its archive member, the model in the
//! comment of the archive. The file doubles as the cache of a result: see [`Stored::of_file`].

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read, Seek, Write};
use std::path::Path;

use grouping::identification::{EnrolmentError, Person, Reference};
use npyz::{NpyFile, WriterBuilder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zip::write::FullFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Bytes of one array at most: no embedding is longer than 100,000 numbers.
const LONGEST: u64 = 1 << 20;

/// Enrolled identities as a file has them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stored {
    /// Id of the embedder; `None` where the file does not say, as FaceGrab's do not.
    pub model: Option<String>,
    /// How the vectors were made besides, as one line; vectors made otherwise are others.
    pub made: Option<String>,
    /// The people. Files that name nobody have one, called like the file.
    pub people: Vec<Person>,
}

/// The comment of the archive.
#[derive(Serialize, Deserialize)]
struct About {
    /// Version of these comments.
    facegroup: u32,
    model: Option<String>,
    made: Option<String>,
}

/// The comment of an array.
#[derive(Default, Serialize, Deserialize)]
struct Note {
    person: String,
    #[serde(default)]
    group: Option<String>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    sha256: Option<String>,
    #[serde(default, rename = "box")]
    bbox: Option<[f32; 4]>,
}

impl Stored {
    /// Reads a file of FaceGrab's or of ours.
    ///
    /// # Errors
    /// A file that cannot be read, that is no archive of arrays, or that holds none.
    pub fn read(path: &Path) -> Result<Self, EnrolmentError> {
        let file = File::open(path).map_err(|source| io("read", path, source))?;
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        Self::parse(std::io::BufReader::new(file), &stem)
            .map_err(|why| EnrolmentError::Damaged { path: path.to_path_buf(), why })
    }

    /// What such a file holds; people without a name are called `stem`.
    ///
    /// # Errors
    /// Why it is no archive of arrays, or holds none.
    pub fn parse(reader: impl Read + Seek, stem: &str) -> Result<Self, String> {
        let mut archive = ZipArchive::new(reader).map_err(|e| format!("it is no .npz ({e})"))?;
        let about: Option<About> = serde_json::from_slice(archive.comment()).ok();
        let mut people: Vec<Person> = Vec::new();
        // By their numbers: archives list arr_10 before arr_2 as often as behind it.
        let mut found = BTreeMap::new();
        for index in 0..archive.len() {
            let mut member = archive.by_index(index).map_err(|e| e.to_string())?;
            let name = member.name().map_err(|e| e.to_string())?.into_owned();
            let Some(array) = name.strip_suffix(".npy") else { continue };
            let failed = |why: String| format!("{name}: {why}");
            let note: Option<Note> = serde_json::from_str(member.comment()).ok();
            let mut bytes = Vec::new();
            let read = Read::by_ref(&mut member).take(LONGEST + 1).read_to_end(&mut bytes);
            read.map_err(|e| failed(e.to_string()))?;
            if bytes.len() as u64 > LONGEST {
                return Err(failed("it is too long for a vector".into()));
            }
            let number = array.strip_prefix("arr_").and_then(|n| n.parse::<usize>().ok());
            let place = (number.unwrap_or(usize::MAX), index);
            found.insert(place, (note, array.to_owned(), vector(&bytes).map_err(failed)?));
        }
        for (note, array, vector) in found.into_values() {
            let note = note.unwrap_or_else(|| Note {
                person: stem.to_owned(),
                source: array,
                ..Note::default()
            });
            let Note { person: name, group, source, sha256, bbox } = note;
            let reference = Reference { source, sha256, bbox, vector };
            match people.iter_mut().find(|person| person.name == name) {
                Some(person) => person.references.push(reference),
                None => people.push(Person { name, group, references: vec![reference] }),
            }
        }
        if people.is_empty() {
            return Err("no array is in it".into());
        }
        let (model, made) = about.map_or((None, None), |about| (about.model, about.made));
        Ok(Self { model, made, people })
    }

    /// Writes the file whole, in place of one that is there. `length` is that of the network's own
    /// vectors: FaceGrab measures distances on that scale.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, path: &Path, length: f32) -> Result<(), EnrolmentError> {
        let bytes = self.encode(length).map_err(|e| io("write", path, e))?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let written = tempfile::NamedTempFile::new_in(parent.unwrap_or(Path::new("."))).and_then(
            |mut file| {
                file.write_all(&bytes)?;
                file.as_file().sync_all()?;
                file.persist(path).map_err(|e| e.error)
            },
        );
        written.map(drop).map_err(|source| io("write", path, source))
    }

    fn encode(&self, length: f32) -> std::io::Result<Vec<u8>> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let json = |error: serde_json::Error| std::io::Error::other(error);
        let about = About { facegroup: 1, model: self.model.clone(), made: self.made.clone() };
        archive
            .set_comment(serde_json::to_string(&about).map_err(json)?)
            .map_err(std::io::Error::other)?;
        let references = self
            .people
            .iter()
            .flat_map(|person| person.references.iter().map(move |r| (person, r)));
        for (index, (person, reference)) in references.enumerate() {
            let note = Note {
                person: person.name.clone(),
                group: person.group.clone(),
                source: reference.source.clone(),
                sha256: reference.sha256.clone(),
                bbox: reference.bbox,
            };
            let options = FullFileOptions::default()
                .with_file_comment(serde_json::to_string(&note).map_err(json)?);
            archive
                .start_file(format!("arr_{index}.npy"), options)
                .map_err(std::io::Error::other)?;
            let mut array = Vec::new();
            let mut writer = npyz::WriteOptions::<f64>::new()
                .default_dtype()
                .shape(&[reference.vector.len() as u64])
                .writer(&mut array)
                .begin_nd()?;
            writer.extend(reference.vector.iter().map(|v| f64::from(*v) * f64::from(length)))?;
            writer.finish()?;
            archive.write_all(&array)?;
        }
        Ok(archive.finish().map_err(std::io::Error::other)?.into_inner())
    }

    /// The reference that was made of a file with this hash, if it was made by this model in this way:
    /// whatever the file was called then.
    pub fn of_file(&self, sha256: &str, model: &str, made: &str) -> Option<&Reference> {
        if self.model.as_deref() != Some(model) || self.made.as_deref() != Some(made) {
            return None;
        }
        let all = self.people.iter().flat_map(|person| &person.references);
        all.into_iter().find(|reference| reference.sha256.as_deref() == Some(sha256))
    }
}

/// The hash that [`Reference::sha256`] has, of a file's contents.
pub fn file_hash(contents: &[u8]) -> String {
    Sha256::digest(contents).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The numbers of one array: a vector, or a matrix of one row or one column.
fn vector(bytes: &[u8]) -> Result<Vec<f32>, String> {
    let array = NpyFile::new(bytes).map_err(|e| format!("it is no array ({e})"))?;
    if array.shape().iter().filter(|length| **length != 1).count() > 1 {
        return Err(format!("it is of shape {:?}, expected a vector", array.shape()));
    }
    if let Ok(numbers) = NpyFile::new(bytes).and_then(NpyFile::into_vec::<f64>) {
        return Ok(numbers.into_iter().map(|v| v as f32).collect());
    }
    array.into_vec::<f32>().map_err(|e| format!("its numbers cannot be read ({e})"))
}

fn io(action: &'static str, path: &Path, cause: std::io::Error) -> EnrolmentError {
    EnrolmentError::Io { action, path: path.to_path_buf(), cause }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// numpy.savez_compressed of three vectors of four numbers: float64, float64 and float32.
    const FACEGRAB: &[u8] = include_bytes!("../tests/data/facegrab.npz");

    #[test]
    fn facegrab_s_files_are_one_person_called_like_the_file() {
        let stored = Stored::parse(Cursor::new(FACEGRAB), "ann").unwrap();
        assert_eq!((stored.model, stored.people.len()), (None, 1));
        assert_eq!(stored.people[0].name, "ann");
        let vectors: Vec<&[f32]> =
            stored.people[0].references.iter().map(|r| r.vector.as_slice()).collect();
        assert_eq!(vectors, [[0.5, -0.25, 1.0, 0.0], [0.0, 0.125, 0.0, 2.0], [3.0, 0.0, 0.5, 0.0]]);
        assert_eq!(stored.people[0].references[1].source, "arr_1");
    }

    fn stored() -> Stored {
        let reference = |source: &str, vector: [f32; 2]| Reference {
            source: source.into(),
            sha256: Some(format!("{source}-hash")),
            bbox: Some([1.0, 2.0, 3.5, 4.0]),
            vector: vector.to_vec(),
        };
        let person = |name: &str, references| Person { name: name.into(), group: None, references };
        // More than ten, so that arr_10 is not behind arr_1.
        let many = (0..11).map(|i| reference(&format!("b{i}.jpg"), [0.6, 0.8])).collect();
        Stored {
            model: Some("dlib-resnet".into()),
            made: Some("detector centerface".into()),
            people: vec![
                person("Åsa, 김", vec![reference("a.jpg", [1.0, 0.0])]),
                person("Bo", many),
            ],
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_replaces_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refs.npz");
        std::fs::write(&path, "old").unwrap();
        stored().write(&path, 1.0).unwrap();
        assert_eq!(Stored::read(&path).unwrap(), stored());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        stored().write(&path, 1.5).unwrap();
        let first = Stored::read(&path).unwrap().people[0].references[0].vector.clone();
        assert_eq!(first, [1.5, 0.0]);
    }

    #[test]
    fn hashes_are_those_of_sha256sum() {
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(file_hash(b"abc"), known);
    }

    #[test]
    fn a_cached_vector_is_found_by_file_model_and_way() {
        let stored = stored();
        let found = |hash, model, made| stored.of_file(hash, model, made).is_some();
        assert!(found("a.jpg-hash", "dlib-resnet", "detector centerface"));
        assert!(!found("other-hash", "dlib-resnet", "detector centerface"));
        assert!(!found("a.jpg-hash", "edgeface-xs", "detector centerface"));
        assert!(!found("a.jpg-hash", "dlib-resnet", "detector yunet"));
    }

    #[test]
    fn damaged_files_are_errors_and_never_nobody() {
        let mut half = stored().encode(1.0).unwrap();
        half.truncate(half.len() / 2);
        let empty = Stored::default().encode(1.0).unwrap();
        for bytes in [&b"PK"[..], &half, &empty, b""] {
            assert!(Stored::parse(Cursor::new(bytes), "x").is_err());
        }
    }
}
