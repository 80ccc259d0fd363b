// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a person says on the pages of a review, and that it holds.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dataset::{Dataset, FaceRecord, InputInfo, Layout, RunInfo};
use facegroup::review::{Action, Ranking, ReviewError, Session};
use grouping::cluster::Options;
use image::RgbImage;
use imaging::geometry::FrameBox;
use tempfile::TempDir;

/// Looks of three people, and somebody who is half way between the first two.
const ANGLES: [f32; 4] = [0.0, 70.0, 140.0, 32.0];

fn record(frame: u64, person: u64) -> FaceRecord {
    FaceRecord {
        video: "a.mkv".into(),
        frame: 5 * frame,
        pts: frame as f64 * 0.2,
        bbox: FrameBox([10.0 * person as f32, 0.0, 8.0, 8.0]),
        score: 0.9,
        quality: 0.5,
        track: Some(10 * (frame / 2) + person),
        ..FaceRecord::default()
    }
}

/// People 0, 1, 2 and 3, of 10, 8, 6 and 4 frames; two frames a track.
fn grouped() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let run = RunInfo::new(InputInfo::for_files(&[PathBuf::from("a.mkv")]));
    let (mut dataset, _) = Dataset::create_or_resume(folder.path(), run).unwrap();
    for person in 0..4u64 {
        for frame in 0..10 - 2 * person {
            let angle = (ANGLES[person as usize] + 0.5 * frame as f32).to_radians();
            let picture = RgbImage::from_pixel(8, 8, image::Rgb([9 * frame as u8; 3]));
            let row = [angle.cos(), angle.sin()];
            // Nobody is seen with anybody else.
            let record = FaceRecord { frame: 5 * frame + 100 * person, ..record(frame, person) };
            dataset.append(record, Some(&picture), Some(&row), "test").unwrap();
        }
    }
    dataset.finish_input("a.mkv").unwrap();
    dataset.finish().unwrap();
    group(folder.path());
    folder
}

fn group(folder: &Path) {
    facegroup::group(folder, &Options::new(0.9)).unwrap();
}

fn sizes(session: &Session) -> BTreeMap<String, usize> {
    session.people().iter().map(|person| (person.name.clone(), person.faces.len())).collect()
}

fn of_sizes<const N: usize>(sizes: [(&str, usize); N]) -> BTreeMap<String, usize> {
    sizes.map(|(name, size)| (name.to_owned(), size)).into()
}

fn name(person: &str, name: &str) -> Action {
    Action::Name { person: person.into(), name: name.into() }
}

/// Every file of a dataset but what says when.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("corrections.jsonl") {
                found.insert(path.strip_prefix(folder).unwrap().into(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_name_holds_through_restart_commit_and_grouping() {
    let folder = grouped();
    let mut session = Session::open(folder.path()).unwrap();
    assert_eq!(sizes(&session), of_sizes([("0", 10), ("1", 8), ("2", 6), ("3", 4)]));
    let done = session.say(&name("1", "Ann")).unwrap();
    assert_eq!((done.text.as_str(), done.regroup), ("Ann: 8 faces", false));
    assert_eq!(done.changed, ["Ann", "1"]);
    let named = of_sizes([("0", 10), ("Ann", 8), ("2", 6), ("3", 4)]);
    assert_eq!(sizes(&session), named);
    assert!(!session.is_committed());
    // As after a kill: nothing but the statement is on disk.
    assert!(folder.path().join("faces/1").exists());
    drop(session);
    let mut session = Session::open(folder.path()).unwrap();
    assert_eq!(sizes(&session), named);
    session.commit().unwrap();
    assert!(session.is_committed() && Session::open(folder.path()).unwrap().is_committed());
    assert!(folder.path().join("faces/Ann").exists() && !folder.path().join("faces/1").exists());
    let record = session.face(session.person("Ann").unwrap().faces[0]).unwrap();
    assert!(folder.path().join(record.file.as_ref().unwrap()).exists());
    group(folder.path());
    // Who has no name is numbered anew.
    let again = of_sizes([("0", 10), ("Ann", 8), ("1", 6), ("2", 4)]);
    assert_eq!(sizes(&Session::open(folder.path()).unwrap()), again);
    let grouped = files(folder.path());
    group(folder.path());
    assert_eq!(files(folder.path()), grouped);
}

#[test]
fn the_name_of_another_person_makes_both_one() {
    let folder = grouped();
    let mut session = Session::open(folder.path()).unwrap();
    session.say(&name("1", "Ann")).unwrap();
    session.say(&name("2", " Ann ")).unwrap();
    session.say(&Action::Merge { person: "3".into(), into: "0".into() }).unwrap();
    assert_eq!(sizes(&session), of_sizes([("0", 14), ("Ann", 14)]));
    group(folder.path());
    session.reload().unwrap();
    assert_eq!(sizes(&session), of_sizes([("0", 14), ("Ann", 14)]));
    let error = session.say(&name("0", " ./ ")).unwrap_err();
    assert!(matches!(error, ReviewError::Name { .. }), "{error}");
    assert!(matches!(session.say(&name("1", "Bob")), Err(ReviewError::NoPerson { .. })));
    // What means something else in faces/ is no name.
    session.say(&name("0", "unsure")).unwrap();
    assert_eq!(sizes(&session), of_sizes([("person_unsure", 14), ("Ann", 14)]));
}

#[test]
fn faces_go_where_they_are_put_and_tracks_are_taken_apart() {
    let folder = grouped();
    let mut session = Session::open(folder.path()).unwrap();
    let zero = session.person("0").unwrap().faces.clone();
    // One face of a track of two.
    session.say(&Action::NewPerson { faces: vec![zero[0]], name: None }).unwrap();
    session.say(&Action::Move { faces: vec![zero[2], zero[3]], to: "2".into() }).unwrap();
    session.say(&Action::Unsure { faces: vec![zero[4]] }).unwrap();
    session.say(&Action::NotAFace { faces: vec![zero[5]] }).unwrap();
    session.say(&Action::NewPerson { faces: vec![zero[6]], name: Some("Zoe".into()) }).unwrap();
    let wanted = of_sizes([("0", 4), ("1", 8), ("2", 8), ("3", 4), ("4", 1), ("Zoe", 1)]);
    assert_eq!(sizes(&session), wanted);
    assert_eq!(session.unsure().unwrap().faces, [zero[4], zero[5]]);
    group(folder.path());
    session.reload().unwrap();
    let mut again: Vec<usize> = sizes(&session).into_values().collect();
    let mut wanted: Vec<usize> = wanted.into_values().collect();
    again.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(again, wanted);
    assert_eq!(session.unsure().unwrap().faces, [zero[4], zero[5]]);
    assert_eq!(session.person_of(zero[6]).unwrap().name, "Zoe");
    assert_eq!(session.person_of(zero[0]).unwrap().faces, [zero[0]]);
}

#[test]
fn everything_can_be_taken_back_and_done_again_without_end() {
    let folder = grouped();
    let mut session = Session::open(folder.path()).unwrap();
    let mut states = vec![sizes(&session)];
    let half: Vec<usize> = session.person("0").unwrap().faces[..4].to_vec();
    for action in [
        name("0", "Ann"),
        Action::Merge { person: "1".into(), into: "2".into() },
        Action::NewPerson { faces: half, name: None },
        name("3", "Ann"),
    ] {
        session.say(&action).unwrap();
        states.push(sizes(&session));
    }
    for _ in 0..2 {
        for state in states.iter().rev().skip(1) {
            assert!(session.undo().unwrap().is_some_and(|done| !done.regroup));
            assert_eq!(&sizes(&session), state);
        }
        assert!(session.undo().unwrap().is_none() && session.undoable().is_none());
        for state in states.iter().skip(1) {
            assert!(session.redo().unwrap().is_some());
            assert_eq!(&sizes(&session), state);
        }
        assert!(session.redo().unwrap().is_none() && session.redoable().is_none());
    }
    session.undo().unwrap();
    assert_eq!(session.redoable().unwrap(), "Ann: 4 faces");
    session.say(&name("3", "Bob")).unwrap();
    assert!(session.redo().unwrap().is_none(), "something else was said since");
    // What the files follow already is taken back by grouping again.
    session.commit().unwrap();
    let mut session = Session::open(folder.path()).unwrap();
    for left in (0..states.len() - 1).rev() {
        assert!(session.undo().unwrap().unwrap().regroup);
        assert_eq!(session.undoable().is_some(), left > 0);
    }
    group(folder.path());
    session.reload().unwrap();
    assert_eq!(sizes(&session), states[0]);
    assert!(session.redo().unwrap().is_some(), "still known after all of that");
}

#[test]
fn covers_and_hidden_people_are_shown_as_was_said() {
    let folder = grouped();
    let mut session = Session::open(folder.path()).unwrap();
    let one = session.person("1").unwrap().clone();
    let cover = *one.faces.last().unwrap();
    assert_ne!(one.cover, Some(cover));
    session.say(&Action::Cover { face: cover }).unwrap();
    session.say(&Action::Hide { person: "1".into(), hidden: true }).unwrap();
    assert_eq!(session.person("1").unwrap().cover, Some(cover));
    assert!(session.person("1").unwrap().hidden);
    assert_ne!(session.person("1").unwrap().stamp, one.stamp);
    session.commit().unwrap();
    let groups = dataset::Groups::read(&Layout::new(folder.path())).unwrap().unwrap();
    let summary = groups.groups.iter().find(|group| group.name == "1").unwrap();
    assert!(summary.concealed);
    assert_eq!(summary.best[0], session.face(cover).unwrap().file.clone().unwrap());
    session.say(&Action::Hide { person: "1".into(), hidden: false }).unwrap();
    assert!(!session.person("1").unwrap().hidden);
}

#[test]
fn answers_bind_and_are_not_asked_again() {
    let folder = grouped();
    let mut session = Session::open(folder.path()).unwrap();
    let asked = session.queue(10, Ranking::Gain).questions;
    // Who is half way may be either; the larger one is worth more.
    assert_eq!(asked[0].people, ["0", "3"].map(str::to_owned));
    assert!(asked.windows(2).all(|pair| pair[0].gain >= pair[1].gain));
    let before = session.queue(0, Ranking::Gain).progress;
    let [a, b] = asked[0].faces.clone();
    session.say(&Action::Different { a, b }).unwrap();
    let asked = session.queue(10, Ranking::Gain).questions;
    assert!(asked.iter().all(|question| question.people != ["0", "3"].map(str::to_owned)));
    let question = asked.iter().find(|question| question.people.contains(&"3".to_owned())).unwrap();
    let [a, b] = question.faces.clone();
    session.say(&Action::Same { a, b }).unwrap();
    assert_eq!(session.people().len(), 3);
    let after = session.queue(0, Ranking::Gain).progress;
    assert_eq!(after.answered, 2);
    assert!(after.left < before.left && after.recall.least >= before.recall.least);
    let sizes_then: Vec<usize> = session.people().iter().map(|person| person.faces.len()).collect();
    group(folder.path());
    session.reload().unwrap();
    let sizes_now: Vec<usize> = session.people().iter().map(|person| person.faces.len()).collect();
    assert_eq!(sizes_now, sizes_then);
    for ranking in [Ranking::Average, Ranking::Single, Ranking::Triplet] {
        for question in session.queue(10, ranking).questions {
            assert_ne!(question.people[0], question.people[1]);
        }
    }
}

#[test]
fn a_split_proposes_whole_tracks_of_the_smaller_half() {
    let folder = grouped();
    let mut session = Session::open(folder.path()).unwrap();
    session.say(&Action::Merge { person: "2".into(), into: "0".into() }).unwrap();
    let person = session.person("0").unwrap();
    let proposed = session.split(person);
    assert_eq!(proposed.len(), 6);
    assert!(proposed.iter().all(|face| session.face(*face).unwrap().bbox.0[0] == 20.0));
}

#[test]
fn what_another_program_does_is_seen_and_nothing_is_lost() {
    let folder = grouped();
    let mut one = Session::open(folder.path()).unwrap();
    let mut other = Session::open(folder.path()).unwrap();
    one.say(&name("0", "Ann")).unwrap();
    other.say(&name("1", "Bob")).unwrap();
    one.say(&name("2", "Cid")).unwrap();
    let all = of_sizes([("Ann", 10), ("Bob", 8), ("Cid", 6), ("3", 4)]);
    assert_eq!(sizes(&one), all);
    // A person renames a folder meanwhile.
    fs::rename(folder.path().join("faces/3"), folder.path().join("faces/Dan")).unwrap();
    assert_eq!(sizes(&Session::open(folder.path()).unwrap())["Dan"], 4);
    one.commit().unwrap();
    let dan = of_sizes([("Ann", 10), ("Bob", 8), ("Cid", 6), ("Dan", 4)]);
    assert_eq!(sizes(&one), dan);
    assert_eq!(sizes(&Session::open(folder.path()).unwrap()), dan);
    assert!(folder.path().join("faces/Dan").exists());
    let held = Layout::new(folder.path()).lock_for_writing().unwrap();
    let error = one.say(&name("Ann", "Anna")).unwrap_err();
    assert!(matches!(error, ReviewError::Dataset(dataset::DatasetError::Locked { .. })), "{error}");
    drop(held);
    one.say(&name("Ann", "Anna")).unwrap();
}

#[test]
fn labels_of_other_programs_become_corrections() {
    let folder = grouped();
    let mut session = Session::open(folder.path()).unwrap();
    let of = |session: &Session, name: &str| session.person(name).unwrap().faces.clone();
    let (zero, one, two) = (of(&session, "0"), of(&session, "1"), of(&session, "2"));
    // 2 is 0 by the labels, 1 is Bob but for two faces, one face is noise, of 3 nothing is said.
    let label = |faces: &[usize], label: &str| -> Vec<(usize, String)> {
        faces.iter().map(|face| (*face, label.to_owned())).collect()
    };
    let labels =
        [label(&zero[1..], "7"), label(&two, "7"), label(&one[2..], "Bob"), label(&one[..2], "8")];
    session.take_labels(&labels.concat(), &zero[..1]).unwrap();
    let wanted = of_sizes([("0", 15), ("Bob", 6), ("1", 2), ("3", 4)]);
    assert_eq!(sizes(&session), wanted);
    assert_eq!(session.unsure().unwrap().faces, zero[..1]);
    let again = session.take_labels(&labels.concat(), &zero[..1]);
    assert!(matches!(again, Err(ReviewError::Nothing { .. })));
    session.undo().unwrap();
    assert_eq!(sizes(&session), of_sizes([("0", 10), ("1", 8), ("2", 6), ("3", 4)]));
}
