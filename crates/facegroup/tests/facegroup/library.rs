// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many datasets together: one person, one name, one number through all of them.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dataset::library::{Embeddings, Library, LibraryError, Source};
use dataset::{Dataset, FaceRecord, InputInfo, Layout, RunInfo};
use facegroup::archive::{self, Added, ArchiveError, Wanted};
use facegroup::review::{Action, Session};
use grouping::cluster::Options;
use image::RgbImage;
use imaging::geometry::FrameBox;
use tempfile::TempDir;

/// Numbers of a vector.
const DIMENSIONS: usize = 32;
const MODEL: &str = "test";

/// The looks of a person: one direction of many, and a little of a video's own light.
pub fn looks(person: u64, video: u64, take: u64) -> Vec<f32> {
    // No vector is a part of others that lie side by side.
    let mut vector: Vec<f32> = (0..DIMENSIONS).map(|i| 0.02 + 0.0003 * i as f32).collect();
    vector[person as usize % DIMENSIONS] = 1.0;
    vector[(person + 7 * video + take) as usize % DIMENSIONS] += 0.15;
    vector
}

/// A grouped dataset of one video, in which each of these people is seen on three tracks of three faces.
pub fn made(folder: &Path, video: u64, people: &[u64]) -> PathBuf {
    let out = folder.join(format!("out{video}"));
    let name = format!("video{video}.mkv");
    let mut run = RunInfo::new(InputInfo::for_files(&[PathBuf::from(&name)]));
    for input in &mut run.inputs {
        input.fingerprint = Some(format!("sha256-ends:{video}"));
    }
    let (mut dataset, _) = Dataset::create_or_resume(&out, run).unwrap();
    let mut frame = 0;
    for (rank, person) in people.iter().enumerate() {
        // The first of them the longest on screen, so that their groups are called 0, 1, …
        for take in 0..9 - 2 * rank.min(3) as u64 {
            for _ in 0..3 {
                let record = FaceRecord {
                    video: name.clone(),
                    frame,
                    pts: frame as f64 * 0.2,
                    bbox: FrameBox([0.0, 0.0, 40.0, 40.0]),
                    score: 0.9,
                    quality: 0.5,
                    track: Some(100 * person + take),
                    ..FaceRecord::default()
                };
                let shade = 20 * *person as u8 + take as u8;
                let picture = RgbImage::from_pixel(16, 16, image::Rgb([shade; 3]));
                let vector = looks(*person, video, take);
                dataset.append(record, Some(&picture), Some(&vector), MODEL).unwrap();
                frame += 5;
            }
        }
    }
    dataset.finish_input(&name).unwrap();
    dataset.finish().unwrap();
    facegroup::group(&out, &Options::new(0.6)).unwrap();
    out
}

pub fn library(folder: &Path) -> Library {
    let of = Embeddings { model: MODEL.into(), sha256: None, dimensions: DIMENSIONS };
    Library::create(&folder.join("lib"), of, "average").unwrap()
}

fn say(out: &Path, action: Action) {
    let mut session = Session::open(out).unwrap();
    session.say(&action).unwrap();
    session.commit().unwrap();
}

fn call(out: &Path, person: &str, name: &str) {
    say(out, Action::Name { person: person.into(), name: name.into() });
}

fn people(added: &Added) -> Vec<u32> {
    added.people.iter().map(|joined| joined.person).collect()
}

fn groups(out: &Path) -> Vec<String> {
    let groups = Dataset::read(out).unwrap().groups.unwrap();
    groups.groups.into_iter().map(|group| group.name).collect()
}

fn whole(library: &Library) {
    let checked = archive::check(library).unwrap();
    assert_eq!(checked.broken, Vec::<String>::new());
}

fn workplace() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn one_person_has_one_number_through_all_videos_and_whoever_is_new_gets_one() {
    let folder = workplace();
    let library = library(folder.path());
    let first = archive::add(&library, &made(folder.path(), 1, &[1, 2, 3])).unwrap();
    assert_eq!((people(&first), first.again), (vec![0, 1, 2], false));
    assert!(first.people.iter().all(|joined| joined.why.source == Source::New));
    let second = archive::add(&library, &made(folder.path(), 2, &[3, 4, 1])).unwrap();
    assert_eq!(people(&second), [2, 3, 0]);
    let why = &second.people[0].why;
    assert_eq!(why.source, Source::Similar);
    assert!(why.similarity > 0.9 && why.likelihood > 0.9 && why.nearest.is_some());
    whole(&library);
    let listed = archive::list(&library).unwrap();
    assert_eq!((listed.datasets.len(), listed.people.len()), (2, 4));
    let (name, reasons) = archive::who(&library, "person-2").unwrap();
    assert_eq!((name.as_str(), reasons.len()), ("person-2", 2));
    assert_eq!(reasons[1].nearest.as_deref(), Some("video1.mkv (out1)"));
    // Again: nothing is new.
    let again = archive::add(&library, &folder.path().join("out2")).unwrap();
    assert_eq!((people(&again), again.again), (vec![2, 3, 0], true));
    assert_eq!(archive::list(&library).unwrap().templates, listed.templates);
    whole(&library);
}

#[test]
fn a_name_goes_everywhere_and_a_merge_too() {
    let folder = workplace();
    let library = library(folder.path());
    let (one, two) = (made(folder.path(), 1, &[1, 2]), made(folder.path(), 2, &[2, 1]));
    call(&one, "0", "Ann");
    archive::add(&library, &one).unwrap();
    let added = archive::add(&library, &two).unwrap();
    assert_eq!(added.renamed.len(), 1);
    assert_eq!((added.renamed[0].group.as_str(), added.renamed[0].name.as_str()), ("1", "Ann"));
    assert!(groups(&two).contains(&"Ann".to_owned()));
    // A name given later flows back.
    call(&two, "0", "Bob");
    let added = archive::add(&library, &two).unwrap();
    assert_eq!(added.renamed.len(), 1, "{added:?}");
    assert!(groups(&one).contains(&"Bob".to_owned()));
    // Of somebody who was named here, another name is another name, everywhere.
    call(&one, "Ann", "Anna");
    archive::add(&library, &one).unwrap();
    assert!(groups(&two).contains(&"Anna".to_owned()), "{:?}", groups(&two));
    // A person's word makes two of the library one.
    let three = made(folder.path(), 3, &[5, 6]);
    let added = archive::add(&library, &three).unwrap();
    let [stays, goes] = people(&added)[..] else { panic!("{added:?}") };
    say(&three, Action::Merge { person: "1".into(), into: "0".into() });
    let added = archive::add(&library, &three).unwrap();
    assert_eq!(people(&added), [stays]);
    let (name, _) = archive::who(&library, &format!("person-{goes}")).unwrap();
    assert_eq!(name, format!("person-{stays}"));
    let listed = archive::list(&library).unwrap();
    let person = listed.people.iter().find(|person| person.number == stays).unwrap();
    assert_eq!(person.aliases, [goes]);
    whole(&library);
    // So does a name in the library.
    archive::name(&library, &format!("person-{stays}"), "Cy").unwrap();
    assert_eq!(groups(&three), ["Cy"]);
    archive::name(&library, "Cy", "Bob").unwrap();
    assert_eq!(groups(&three), ["Bob"]);
    assert!(matches!(archive::name(&library, "Bob", "17"), Err(ArchiveError::Name { .. })));
    let nobody = archive::name(&library, "Bo", "X").unwrap_err().to_string();
    assert!(nobody.contains("Bob"), "{nobody}");
    whole(&library);
}

#[test]
fn a_guess_that_was_wrong_is_put_right_and_nobody_else_changes() {
    let folder = workplace();
    let library = library(folder.path());
    let (one, two) = (made(folder.path(), 1, &[1, 2]), made(folder.path(), 2, &[1, 3]));
    call(&one, "0", "Ann");
    archive::add(&library, &one).unwrap();
    let added = archive::add(&library, &two).unwrap();
    let ann = added.people[0].person;
    call(&two, "Ann", "Eve");
    let added = archive::add(&library, &two).unwrap();
    let eve = added.people.iter().find(|joined| joined.name == "Eve").unwrap();
    assert_ne!(eve.person, ann);
    assert!(groups(&one).contains(&"Ann".to_owned()));
    // And it stays so.
    let again = archive::add(&library, &two).unwrap();
    assert!(
        again.people.iter().any(|joined| joined.person == eve.person) && again.renamed.is_empty()
    );
    whole(&library);
}

#[test]
fn numbers_stay_when_a_dataset_is_grouped_again_or_moves() {
    let folder = workplace();
    let library = library(folder.path());
    let one = made(folder.path(), 1, &[1, 2, 3]);
    let added = archive::add(&library, &one).unwrap();
    let ids: Vec<u32> =
        library.read().unwrap().view().templates_of(added.dataset).unwrap().into_keys().collect();
    facegroup::group(&one, &Options::new(0.5)).unwrap();
    let moved = folder.path().join("elsewhere");
    fs::rename(&one, &moved).unwrap();
    let remarks = archive::check(&library).unwrap().remarks;
    assert!(remarks[0].contains("not at"), "{remarks:?}");
    let again = archive::add(&library, &moved).unwrap();
    assert_eq!((again.dataset, people(&again)), (added.dataset, people(&added)));
    assert!(again.again && again.moved.is_some());
    let reading = library.read().unwrap();
    let kept: Vec<u32> = reading.view().templates_of(added.dataset).unwrap().into_keys().collect();
    assert_eq!(kept, ids);
    drop(reading);
    // One that is gone is said, and stops nobody.
    fs::remove_dir_all(&moved).unwrap();
    let two = archive::add(&library, &made(folder.path(), 2, &[2])).unwrap();
    assert_eq!(two.people[0].person, added.people[1].person);
    let named = archive::name(&library, "person-1", "Bob").unwrap();
    assert_eq!((named.0.len(), named.1.len()), (1, 1), "{named:?}");
    whole(&library);
}

#[test]
fn what_is_removed_is_gone_with_those_whom_nothing_else_shows() {
    let folder = workplace();
    let library = library(folder.path());
    archive::add(&library, &made(folder.path(), 1, &[1, 2])).unwrap();
    archive::add(&library, &made(folder.path(), 2, &[1])).unwrap();
    let location = library.location().to_path_buf();
    let unknown = archive::remove(library, "out9").map(drop).unwrap_err().to_string();
    assert!(unknown.contains("there is out1, out2"), "{unknown}");
    let (name, library) = archive::remove(Library::open(&location).unwrap(), "out1").unwrap();
    assert_eq!(name, "out1");
    let listed = archive::list(&library).unwrap();
    assert_eq!((listed.datasets.len(), listed.people.len()), (1, 1));
    whole(&library);
    let stores = fs::read_dir(library.location()).unwrap().flatten();
    let stores = stores.filter(|entry| entry.file_name().to_string_lossy().starts_with("store-"));
    assert_eq!(stores.count(), 1);
    assert!(Layout::new(&folder.path().join("out1")).run().is_file());
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let folder = workplace();
    let of = Embeddings { model: "other".into(), sha256: None, dimensions: DIMENSIONS };
    let other = Library::create(&folder.path().join("other"), of, "average").unwrap();
    let out = made(folder.path(), 1, &[1]);
    let refused = archive::add(&other, &out).unwrap_err();
    assert!(matches!(refused, ArchiveError::Library(LibraryError::OtherEmbedder { .. })));
    assert!(refused.to_string().contains("--embedder other"), "{refused}");
    assert_eq!(archive::list(&other).unwrap().datasets.len(), 0);
    assert!(archive::add(&other, folder.path()).is_err());
    assert!(matches!(Library::open(&out), Err(LibraryError::NoLibrary { .. })));
    let of = Embeddings { model: MODEL.into(), sha256: None, dimensions: DIMENSIONS };
    assert!(matches!(Library::create(&out, of, "average"), Err(LibraryError::InTheWay { .. })));
    // One writes at a time.
    let writing = other.write().unwrap();
    assert!(matches!(other.write(), Err(LibraryError::Locked { .. })));
    drop(writing);
    fs::write(other.location().join("library.json"), r#"{"format": 9}"#).unwrap();
    assert!(matches!(Library::open(other.location()), Err(LibraryError::Newer { .. })));
}

fn wanted() -> Wanted {
    Wanted { top: 20, ..Wanted::default() }
}

#[test]
fn whoever_is_on_a_picture_is_found_wherever_it_is_and_a_stranger_is_not() {
    let folder = workplace();
    let library = library(folder.path());
    archive::add(&library, &made(folder.path(), 1, &[1, 2])).unwrap();
    archive::add(&library, &made(folder.path(), 2, &[3, 1])).unwrap();
    archive::name(&library, "person-0", "Ann").unwrap();
    let found = archive::find(&library, &[looks(1, 9, 3)], &wanted()).unwrap();
    assert_eq!(found.people[0].name, "Ann");
    assert!(found.people[0].likelihood.unwrap() > 0.9 && found.people[0].datasets == 2);
    let datasets: BTreeSet<&str> = found
        .appearances
        .iter()
        .filter(|seen| seen.likelihood.unwrap() > 0.5)
        .map(|seen| seen.dataset.as_str())
        .collect();
    assert_eq!(datasets, BTreeSet::from(["out1", "out2"]));
    let first = &found.appearances[0];
    assert_eq!(first.person.as_deref(), Some("Ann"));
    assert!(first.picture.as_ref().unwrap().is_file() && first.span[1] > first.span[0]);
    // Several pictures count together; other looks are nobody's.
    let both = archive::find(&library, &[looks(1, 9, 3), looks(1, 8, 5)], &wanted()).unwrap();
    assert_eq!(both.people[0].name, "Ann");
    let stranger = archive::find(&library, &[looks(20, 9, 3)], &wanted()).unwrap();
    assert!(stranger.people.iter().all(|person| person.likelihood.unwrap() < 0.5), "{stranger:?}");
    // Narrowed.
    let only = Wanted { videos: vec!["video2".into()], ..wanted() };
    let found = archive::find(&library, &[looks(1, 9, 3)], &only).unwrap();
    assert!(found.appearances.iter().all(|seen| seen.dataset == "out2"));
    let late = Wanted { from: Some(1e6), ..wanted() };
    assert!(archive::find(&library, &[looks(1, 9, 3)], &late).unwrap().appearances.is_empty());
    let of = Wanted { person: Some("Ann".into()), top: 100, ..Wanted::default() };
    let all = archive::appearances(&library, &of).unwrap();
    assert_eq!(all.appearances.len(), 9 + 7);
    let nowhere = Wanted { videos: vec!["video7".into()], ..wanted() };
    assert!(archive::find(&library, &[looks(1, 9, 3)], &nowhere).is_err());
    assert!(archive::find(&library, &[vec![1.0; 3]], &wanted()).is_err());
    // What is gone is still known, without pictures.
    fs::remove_dir_all(folder.path().join("out2")).unwrap();
    let all = archive::appearances(&library, &of).unwrap();
    assert_eq!(all.gone, ["out2"]);
    assert!(all.appearances.iter().any(|seen| seen.picture.is_none()));
}

/// Every file below a folder that holds these bytes.
fn holding(folder: &Path, needle: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read(&path).unwrap().windows(needle.len()).any(|part| part == needle) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn of_who_is_forgotten_no_byte_stays() {
    let folder = workplace();
    let library = library(folder.path());
    let (one, two) = (made(folder.path(), 1, &[1, 2]), made(folder.path(), 2, &[2, 1]));
    let three = made(folder.path(), 3, &[1]);
    call(&one, "0", "Wilhelmina");
    for out in [&one, &two, &three] {
        archive::add(&library, out).unwrap();
    }
    // One is away when it happens.
    let away = folder.path().join("away");
    fs::rename(&three, &away).unwrap();
    let reading = library.read().unwrap();
    let mut needles: Vec<Vec<u8>> = vec![b"Wilhelmina".to_vec()];
    let bytes = |vector: &[f32]| vector.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    for dataset in [0, 1] {
        for (id, record) in reading.view().templates_of(dataset).unwrap() {
            if record.person == Some(0) {
                needles.push(bytes(&reading.view().vector(id).unwrap().unwrap().1));
                let out = [&one, &two][dataset as usize];
                needles.push(fs::read(out.join(record.file.unwrap())).unwrap());
                needles.push(bytes(&looks(1, u64::from(dataset) + 1, record.track.unwrap() % 100)));
            }
        }
    }
    drop(reading);
    // The run's own folders only: one of them is away, and has its vectors still.
    let here = [library.location().to_path_buf(), one.clone(), two.clone()];
    let held = |needle: &[u8]| here.iter().flat_map(|f| holding(f, needle)).count();
    assert!(needles.iter().all(|needle| held(needle) > 0));
    let (forgotten, library) = archive::forget(library, "Wilhelmina").unwrap();
    assert_eq!((forgotten.faces, forgotten.datasets.len()), (27 + 21, 2));
    assert_eq!(forgotten.later, ["out3"]);
    for needle in &needles {
        let left: Vec<PathBuf> = here.iter().flat_map(|f| holding(f, needle)).collect();
        assert_eq!(left, Vec::<PathBuf>::new(), "{:?}", String::from_utf8_lossy(&needle[..9]));
    }
    // Everybody else is as before, in datasets that are whole.
    for out in [&one, &two] {
        let loaded = Dataset::read(out).unwrap();
        assert_eq!(loaded.groups.unwrap().groups.len(), 1);
        assert!(loaded.faces.iter().all(|face| out.join(face.file.as_ref().unwrap()).is_file()));
        assert!(Layout::new(out).report().is_file());
        facegroup::group(out, &Options::new(0.6)).unwrap();
        archive::add(&library, out).unwrap();
    }
    let listed = archive::list(&library).unwrap();
    assert_eq!(listed.people.len(), 1);
    whole(&library);
    // Back again, it loses them.
    let added = archive::add(&library, &away).unwrap();
    assert_eq!((added.people.len(), added.templates, added.again), (0, 0, true));
    assert!(holding(&away, &bytes(&looks(1, 3, 0))).is_empty());
    assert!(archive::check(&library).unwrap().remarks.is_empty());
    assert!(archive::forget(library, "Wilhelmina").is_err());
}
