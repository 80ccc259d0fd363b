// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kill between any two changes on disk: the dataset can be read, and the next grouping comes to the same files.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dataset::{Dataset, DatasetError, FaceRecord, InputInfo, RunInfo, interrupt};
use facegroup::Summary;
use grouping::cluster::{Algorithm, KMeans, Options, SizeConstrained};
use grouping::identification::{Gallery, Identification, Knn, Others, Person, Reference, Rule};
use image::RgbImage;
use imaging::geometry::FrameBox;
use tempfile::TempDir;

fn run() -> RunInfo {
    RunInfo::new(InputInfo::for_files(&[PathBuf::from("a.mkv")]))
}

fn at(degrees: f32) -> [f32; 2] {
    [degrees.to_radians().cos(), degrees.to_radians().sin()]
}

/// Three people on three frames each, and a face that was not described.
fn written() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (mut dataset, _) = Dataset::create_or_resume(folder.path(), run()).unwrap();
    for frame in 0..3u64 {
        for person in 0..3u64 {
            let picture = RgbImage::from_pixel(8, 8, image::Rgb([(frame * 80 + person) as u8; 3]));
            let row = at(60.0 * person as f32 + frame as f32);
            dataset.append(record(frame, person), Some(&picture), Some(&row), "test").unwrap();
        }
    }
    dataset.append(record(3, 7), Some(&RgbImage::new(8, 8)), None, "test").unwrap();
    dataset.finish_input("a.mkv").unwrap();
    dataset.finish().unwrap();
    folder
}

fn record(frame: u64, person: u64) -> FaceRecord {
    FaceRecord {
        video: "a.mkv".into(),
        frame: 5 * frame,
        pts: frame as f64 * 0.2,
        bbox: FrameBox([10.0 * person as f32, 0.0, 8.0, 8.0]),
        score: 0.9,
        quality: 0.5,
        track: Some(10 * frame + person),
        ..FaceRecord::default()
    }
}

type Work<'w> = &'w dyn Fn(&Path) -> Result<Summary, DatasetError>;

fn average(folder: &Path) -> Result<Summary, DatasetError> {
    facegroup::group(folder, &Options::new(0.9))
}

fn by(algorithm: Algorithm) -> impl Fn(&Path) -> Result<Summary, DatasetError> {
    move |folder| {
        facegroup::group(folder, &Options { algorithm: algorithm.clone(), ..Options::new(0.9) })
    }
}

fn kmeans() -> Algorithm {
    let clusters = "2-3".parse().unwrap();
    Algorithm::KMeans(KMeans { clusters, save_all: true, ..KMeans::default() })
}

/// Names two of the three; the pictures of the third go.
fn named(folder: &Path) -> Result<Summary, DatasetError> {
    let person = |name: &str, degrees| Person {
        name: name.to_owned(),
        group: None,
        references: vec![Reference { vector: at(degrees).to_vec(), ..Reference::default() }],
    };
    let known = Gallery::new(vec![person("Ann", 0.0), person("Bob", 60.0)]).unwrap();
    let rule = Rule::Knn(Knn::default());
    let identification = Identification {
        rule,
        threshold: Some(0.1),
        others: Others::Drop,
        ..Identification::new(0.9)
    };
    let options = Options { calibrate: false, ..Options::new(0.9) };
    facegroup::identify(folder, &known, &identification, &options)
}

/// Every file and folder below, by its path from there.
fn all(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                found.insert(format!("{name}/"), Vec::new());
                folders.push(path);
            } else {
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// The same; of what was said only that it was: it says when, and after a kill is said twice, which means the same.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = all(folder);
    found.entry("corrections.jsonl".into()).and_modify(Vec::clear);
    found.entry("groups.json".into()).and_modify(|bytes| {
        let text = String::from_utf8(std::mem::take(bytes)).unwrap();
        let lines = text.lines().filter(|line| !line.contains("\"statements\":"));
        *bytes = lines.collect::<Vec<_>>().join("\n").into_bytes();
    });
    found
}

fn copied(from: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in all(from) {
        let to = folder.path().join(&name);
        fs::create_dir_all(if name.ends_with('/') { &to } else { to.parent().unwrap() }).unwrap();
        if !name.ends_with('/') {
            fs::write(to, bytes).unwrap();
        }
    }
    folder
}

/// What differs of two folders, in words that fit on a screen.
fn differing(
    found: &BTreeMap<String, Vec<u8>>,
    expected: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    let names = found.keys().chain(expected.keys());
    let mut names: Vec<_> = names.filter(|name| found.get(*name) != expected.get(*name)).collect();
    names.sort();
    names.dedup();
    names.into_iter().cloned().collect()
}

/// Interrupts `work` before its first change on disk, before its second and so on, until it comes through; each time
/// the dataset is read, and worked on again to the files of an uninterrupted one: at once, and opened before as by
/// a run that goes on.
fn survives_a_kill_at_every_step(before: &Path, work: Work<'_>) -> u64 {
    let whole = copied(before);
    work(whole.path()).unwrap();
    let expected = files(whole.path());
    assert!(!differing(&files(before), &expected).is_empty(), "nothing was to be done");
    let faces = Dataset::read(before).unwrap().faces.len();
    for steps in 0.. {
        let folder = copied(before);
        if let Some(done) = interrupt::after(steps, || work(folder.path())) {
            done.unwrap();
            assert_eq!(differing(&files(folder.path()), &expected), [""; 0]);
            return steps;
        }
        assert_eq!(Dataset::read(folder.path()).unwrap().faces.len(), faces, "step {steps}");
        let opened = copied(folder.path());
        work(folder.path()).unwrap();
        let differs = differing(&files(folder.path()), &expected);
        assert_eq!(differs, [""; 0], "killed before change {steps}");

        drop(Dataset::create_or_resume(opened.path(), run()).unwrap());
        for face in Dataset::read(opened.path()).unwrap().faces {
            let picture = face.file.map(|file| opened.path().join(file));
            assert!(picture.is_none_or(|picture| picture.exists()), "opened after {steps} changes");
        }
        work(opened.path()).unwrap();
        let differs = differing(&files(opened.path()), &expected);
        assert_eq!(differs, [""; 0], "killed before change {steps}, then opened");
    }
    unreachable!("it came through")
}

#[test]
fn the_first_grouping() {
    let folder = written();
    // Mark and lines, ten pictures and their folders, groups.json, run.json, the page.
    assert!(survives_a_kill_at_every_step(folder.path(), &average) > 20);
}

#[test]
fn another_grouping_with_copies_and_a_judgement_of_the_earlier_one() {
    let folder = written();
    by(kmeans())(folder.path()).unwrap();
    fs::write(folder.path().join("evaluation.json"), "{}").unwrap();
    let bundles = by(Algorithm::SizeConstrained(SizeConstrained::default()));
    assert!(survives_a_kill_at_every_step(folder.path(), &bundles) > 40);
}

#[test]
fn copies_of_every_number_of_clusters() {
    let folder = written();
    by(Algorithm::SizeConstrained(SizeConstrained::default()))(folder.path()).unwrap();
    assert!(survives_a_kill_at_every_step(folder.path(), &by(kmeans())) > 40);
}

#[test]
fn names_and_pictures_that_go() {
    let folder = written();
    average(folder.path()).unwrap();
    assert!(survives_a_kill_at_every_step(folder.path(), &named) > 20);
}

#[test]
fn what_a_person_did_in_the_folders() {
    let folder = written();
    let faces = folder.path().join("faces");
    average(folder.path()).unwrap();
    fs::rename(faces.join("0"), faces.join("Ann")).unwrap();
    fs::rename(faces.join("1/000005_1.jpg"), faces.join("2/000005_1.jpg")).unwrap();
    fs::remove_file(faces.join("2/000000_2.jpg")).unwrap();
    assert!(survives_a_kill_at_every_step(folder.path(), &average) > 20);
}

/// It was six times.
#[test]
fn lines_are_parsed_at_most_three_times() {
    let folder = written();
    let path = folder.path();
    let works: [Work<'_>; 3] = [&average, &by(kmeans()), &named];
    for work in works {
        let (done, parsed) = interrupt::lines_parsed(|| work(path));
        done.unwrap();
        assert_eq!(parsed, 2 * 10);
    }
    for (folder, work) in works.into_iter().enumerate() {
        average(path).unwrap();
        let mut groups: Vec<_> = Dataset::read(path)
            .unwrap()
            .groups
            .unwrap()
            .groups
            .into_iter()
            .map(|g| g.name)
            .collect();
        let faces = path.join("faces");
        fs::rename(faces.join(groups.remove(0)), faces.join(format!("Person {folder}"))).unwrap();
        let (done, parsed) = interrupt::lines_parsed(|| work(path));
        done.unwrap();
        assert_eq!(parsed, 3 * 10);
    }
}
