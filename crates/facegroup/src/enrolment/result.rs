// SPDX-License-Identifier: MIT OR Apache-2.0
//! The people who have names in a result, as a gallery for the next video.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use dataset::{Dataset, FaceRecord, Loaded};
use grouping::identification::{EnrolmentError, Person, Reference};

use super::Listed;
use crate::units;

/// Tracks that stand for a person, those with most faces.
const TRACKS: usize = 64;

/// Who has a name, with a mean vector for each track; `None` where the vectors are another embedder's or there are none.
///
/// # Errors
/// A damaged dataset, one in which nobody has a name.
pub(super) fn people(location: &Path, embedder: &str) -> Result<Option<Vec<Person>>> {
    let loaded = Dataset::read(location)?;
    if loaded.run.embedder() != Some(embedder) {
        return Ok(None);
    }
    let mut people = Vec::new();
    for (name, faces) in named(location, &loaded)? {
        let mut tracks: BTreeMap<(&str, Option<u64>, u64), Vec<&FaceRecord>> = BTreeMap::new();
        for face in faces {
            let alone = if face.track.is_none() { face.frame } else { 0 };
            tracks.entry((&face.video, face.track, alone)).or_default().push(face);
        }
        let mut tracks: Vec<Vec<&FaceRecord>> = tracks.into_values().collect();
        tracks.sort_by_key(|faces| std::cmp::Reverse(faces.len()));
        let references = tracks.iter().filter_map(|faces| reference(&loaded, faces)).take(TRACKS);
        people.push(Person { name, group: None, references: references.collect() });
    }
    people.retain(|person| !person.references.is_empty());
    Ok((!people.is_empty()).then_some(people))
}

/// The pictures of those who have names.
///
/// # Errors
/// A damaged dataset, one in which nobody has a name.
pub(super) fn pictures(location: &Path) -> Result<Vec<Listed>> {
    let loaded = Dataset::read(location)?;
    let listed = |(name, faces): (String, Vec<&FaceRecord>)| {
        let files = faces.into_iter().filter_map(|face| face.file.as_ref());
        let pictures = files.map(|file| location.join(file)).collect();
        Listed { name, group: None, pictures }
    };
    Ok(named(location, &loaded)?.into_iter().map(listed).collect())
}

/// The faces of everybody who has a name.
fn named<'l>(location: &Path, loaded: &'l Loaded) -> Result<Vec<(String, Vec<&'l FaceRecord>)>> {
    let groups = loaded.groups.iter().flat_map(|groups| &groups.groups);
    let mut people: BTreeMap<&str, (String, Vec<&FaceRecord>)> = groups
        .filter_map(|group| Some((group.name.as_str(), (group.person.clone()?, Vec::new()))))
        .collect();
    for face in &loaded.faces {
        if let Some((_, faces)) = people.get_mut(face.group_name()) {
            faces.push(face);
        }
    }
    if people.is_empty() {
        let why = "nobody in this result has a name: give names by `facegroup review`, or by renaming folders in faces/";
        return Err(
            EnrolmentError::Nothing { path: location.to_path_buf(), why: why.into() }.into()
        );
    }
    Ok(people.into_values().collect())
}

/// The mean of a track's unit vectors.
fn reference(loaded: &Loaded, faces: &[&FaceRecord]) -> Option<Reference> {
    let mean = units::mean(&loaded.embeddings, faces.iter().filter_map(|face| face.embedding))?;
    let length = units::length(mean.view())?;
    let first = faces.first()?;
    let source = first.file.clone().unwrap_or_else(|| format!("{}:{}", first.video, first.frame));
    Some(Reference { source, sha256: None, bbox: None, vector: (mean / length).to_vec() })
}

#[cfg(test)]
mod tests {
    use imaging::geometry::FrameBox;

    use super::*;
    use crate::review::{Action, Session};
    use dataset::{InputInfo, RunInfo};
    use grouping::cluster::Options;

    #[test]
    fn who_has_a_name_is_known_by_a_vector_a_track() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunInfo::new(InputInfo::for_files(&["a.mkv"]));
        let (mut dataset, _) = Dataset::create_or_resume(folder.path(), run).unwrap();
        let picture = image::RgbImage::new(8, 8);
        for frame in 0..6u64 {
            for person in 0..2u64 {
                let record = FaceRecord {
                    video: "a.mkv".into(),
                    frame,
                    bbox: FrameBox([50.0 * person as f32, 0.0, 8.0, 8.0]),
                    quality: 0.5,
                    track: Some(10 * person + frame / 3),
                    ..FaceRecord::default()
                };
                let row = if person == 0 { [2.0, 0.0] } else { [0.0, 3.0] };
                dataset.append(record, Some(&picture), Some(&row), "test").unwrap();
            }
        }
        dataset.finish_input("a.mkv").unwrap();
        dataset.finish().unwrap();
        crate::group(folder.path(), &Options::new(0.9)).unwrap();
        let nobody = people(folder.path(), "test").unwrap_err().to_string();
        assert!(nobody.contains("nobody in this result has a name"), "{nobody}");
        let mut session = Session::open(folder.path()).unwrap();
        session.say(&Action::Name { person: "1".into(), name: "Ann".into() }).unwrap();
        session.commit().unwrap();
        let known = people(folder.path(), "test").unwrap().unwrap();
        assert_eq!((known.len(), known[0].name.as_str()), (1, "Ann"));
        assert_eq!(known[0].references.len(), 2);
        let vector = &known[0].references[0].vector;
        assert!(vector == &[0.0, 1.0] || vector == &[1.0, 0.0]);
        // Vectors of another embedder say nothing: its pictures do.
        assert!(people(folder.path(), "other").unwrap().is_none());
        assert_eq!(pictures(folder.path()).unwrap()[0].pictures.len(), 6);
    }
}
