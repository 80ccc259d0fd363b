// SPDX-License-Identifier: MIT OR Apache-2.0
//! Enrolled identities: which faces get their names, and what a dataset looks like then.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dataset::{Dataset, FaceRecord, InputInfo, RunInfo};
use grouping::cluster::{Algorithm, Face, KMeans, Metric, Options};
use grouping::identification::{
    self, Gallery, Identification, Identified, Knn, Level, Others, Person, Reference, Rule,
};
use image::RgbImage;
use imaging::geometry::FrameBox;
use ndarray::Array2;
use tempfile::TempDir;

fn at(degrees: f32) -> [f32; 2] {
    [degrees.to_radians().cos(), degrees.to_radians().sin()]
}

/// People by their name and the angles of their pictures.
fn gallery(people: &[(&str, &[f32])]) -> Gallery {
    let person = |(name, angles): &(&str, &[f32])| Person {
        name: (*name).to_owned(),
        group: None,
        references: angles
            .iter()
            .map(|angle| Reference { vector: at(*angle).to_vec(), ..Reference::default() })
            .collect(),
    };
    Gallery::new(people.iter().map(person).collect()).unwrap()
}

/// 1 - cosine of an angle.
fn apart(degrees: f32) -> f32 {
    1.0 - degrees.to_radians().cos()
}

fn identification(rule: Rule, threshold: Option<f32>, level: Level) -> Identification {
    Identification { rule, threshold, level, ..Identification::new(0.9) }
}

fn options() -> Options {
    Options { calibrate: false, ..Options::new(0.9) }
}

/// Faces at these angles, each on its own frame; `tracks` says which belong together.
fn named(
    angles: &[f32],
    tracks: &[u64],
    known: &Gallery,
    identification: &Identification,
) -> Identified {
    let rows = Array2::from_shape_fn((angles.len(), 2), |(i, j)| at(angles[i])[j]);
    let face = |index: usize| Face {
        track: tracks.get(index).copied(),
        embedding: Some(index),
        ..Face::at(0, index as u64, [0.0, 0.0, 50.0, 50.0])
    };
    let faces: Vec<Face> = (0..angles.len()).map(face).collect();
    identification::identify(&faces, rows.view(), known, identification, &options()).unwrap()
}

/// Folder of each face.
fn folders(named: &Identified) -> Vec<&str> {
    let folder = |label: &Option<usize>| match label {
        Some(group) => named.names[*group].folder.as_deref().unwrap_or("number"),
        None => "unsure",
    };
    named.grouping.labels.iter().map(folder).collect()
}

#[test]
fn nearest_with_other_as_video_to_faces_has_it() {
    let known = gallery(&[("a", &[0.0]), ("b", &[90.0])]);
    let face = |threshold| {
        let identification = identification(Rule::Nearest, threshold, Level::Face);
        let named = named(&[10.0, 44.0, 46.0, 100.0, 180.0], &[], &known, &identification);
        folders(&named).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(face(Some(0.9)), ["a", "a", "b", "b", "other"]);
    assert_eq!(face(Some(apart(20.0))), ["a", "other", "other", "b", "other"]);
    assert_eq!(face(None), ["a", "a", "b", "b", "b"]);
}

/// docs/design/predecessors.md 1.11 #9: a threshold of 0 switched the test off and named everybody.
#[test]
fn a_threshold_of_0_is_a_threshold() {
    // At the threshold itself the nearest is nobody's, and any picture is still within it.
    let known = gallery(&[("a", &[0.0])]);
    let nearest = identification(Rule::Nearest, Some(0.0), Level::Face);
    assert_eq!(folders(&named(&[0.0, 5.0], &[], &known, &nearest)), ["other", "other"]);
    let any = identification(Rule::Any, Some(0.0), Level::Face);
    assert_eq!(folders(&named(&[0.0, 5.0], &[], &known, &any)), ["a", "other"]);
}

/// video-to-faces looked at the first picture of a person only (docs/design/predecessors.md 1.9).
#[test]
fn all_pictures_of_a_person_count() {
    let known = gallery(&[("a", &[0.0, 80.0, 90.0]), ("b", &[60.0, 170.0, 180.0])]);
    let identification = identification(Rule::Nearest, Some(apart(40.0)), Level::Face);
    assert_eq!(folders(&named(&[85.0, 175.0], &[], &known, &identification)), ["a", "b"]);
}

/// docs/design/predecessors.md 3.4: a face was written once for every picture that matched, under every label.
#[test]
fn only_the_best_match_counts_and_once() {
    let known = gallery(&[("a", &[0.0, 1.0, 2.0]), ("b", &[4.0, 5.0])]);
    for (rule, expected) in [
        (Rule::Any, "b"),
        (Rule::Votes { least: 1 }, "a"),
        (Rule::Nearest, "b"),
        (Rule::Knn(Knn::default()), "b"),
    ] {
        let identification = identification(rule, Some(apart(10.0)), Level::Face);
        let named = named(&[3.6], &[], &known, &identification);
        assert_eq!(folders(&named), [expected], "{rule:?}");
        assert_eq!(named.grouping.groups.len(), 1);
    }
}

#[test]
fn so_many_pictures_must_agree() {
    let known = gallery(&[("a", &[0.0, 10.0, 50.0]), ("b", &[8.0])]);
    let of = |least| {
        let identification = identification(Rule::Votes { least }, Some(apart(12.0)), Level::Face);
        folders(&named(&[8.0], &[], &known, &identification))[0].to_owned()
    };
    assert_eq!([of(1), of(2), of(3)], ["a", "a", "other"]);
}

/// face_recognition.compare_faces: the length of the difference, the tolerance itself included.
#[test]
fn euclidean_distances_are_on_the_network_s_scale() {
    let known = gallery(&[("a", &[0.0])]);
    // Two vectors of length 1.38 at an angle: 2 * 1.38 * sin(angle / 2); .6 is at 25.1 degrees.
    let of = |threshold: f32, length| {
        let identification = Identification {
            metric: Metric::Euclidean,
            length,
            ..identification(Rule::Any, Some(threshold), Level::Face)
        };
        folders(&named(&[25.0, 25.3], &[], &known, &identification)).concat()
    };
    assert_eq!(of(0.6, 1.38), "aother");
    assert_eq!(of(0.6, 1.0), "aa");
    assert_eq!(of(0.325, 1.38), "otherother");
}

#[test]
fn a_track_has_one_name() {
    let known = gallery(&[("a", &[0.0]), ("b", &[60.0])]);
    // Two faces near a, one near b; then one nearer to b, and one near nobody.
    let (angles, tracks) = ([5.0, 10.0, 55.0, 45.0, 200.0], [1, 1, 1, 2, 3]);
    for rule in [Rule::Nearest, Rule::Any, Rule::Knn(Knn::default())] {
        let identification = identification(rule, Some(apart(40.0)), Level::Track);
        let named = named(&angles, &tracks, &known, &identification);
        assert_eq!(folders(&named), ["a", "a", "a", "b", "other"], "{rule:?}");
    }
}

/// facerec: the mean of a track's faces, of a group the mean of its tracks whatever their length.
#[test]
fn shares_of_neighbours_are_means_of_means() {
    let known = gallery(&[("a", &[0.0]), ("b", &[20.0]), ("c", &[180.0])]);
    let identification = identification(Rule::Knn(Knn::default()), None, Level::Group);
    // One group; a track of three near a, and one of one near b.
    let named = named(&[1.0, 2.0, 3.0, 18.0], &[1, 1, 1, 2], &known, &identification);
    assert_eq!(named.shares.row(0).to_vec(), [1.0, 0.0, 0.0]);
    assert_eq!(named.grouping.groups.len(), 1);
    let shares: Vec<_> = named.names[0].shares.iter().map(|(n, s)| (n.as_str(), *s)).collect();
    assert_eq!(shares, [("a", 0.5), ("b", 0.5)]);
    assert_eq!(named.names[0].person.as_deref(), Some("a"), "of equals the nearer");
}

#[test]
fn groups_get_names_and_the_unknown_keep_their_groups() {
    let known = gallery(&[("김", &[0.0])]);
    let angles = [0.0, 2.0, 90.0, 91.0, 200.0, 201.0];
    let group = identification(Rule::Nearest, Some(apart(30.0)), Level::Group);
    let of = |identification: &Identification| {
        let named = named(&angles, &[], &known, identification);
        (folders(&named).join(" "), named.grouping.groups.len())
    };
    assert_eq!(of(&group), ("김 김 other other other other".to_owned(), 2));
    for level in [Level::Group, Level::Track, Level::Face] {
        let identification = Identification { others: Others::Group, level, ..group };
        assert_eq!(of(&identification), ("김 김 number number number number".to_owned(), 3));
    }
}

#[test]
fn a_face_of_which_nothing_is_known_follows_its_track_or_is_unsure() {
    let known = gallery(&[("a", &[0.0])]);
    let rows = ndarray::arr2(&[at(1.0), [f32::NAN, 0.0]]);
    let face = |frame, track, embedding| Face {
        track,
        embedding,
        ..Face::at(0, frame, [0.0, 0.0, 50.0, 50.0])
    };
    let faces = [
        face(0, Some(1), Some(0)),
        face(1, Some(1), None),
        face(2, None, None),
        face(3, None, Some(1)),
    ];
    for level in [Level::Face, Level::Track, Level::Group] {
        let identification = identification(Rule::Nearest, Some(0.5), level);
        let named =
            identification::identify(&faces, rows.view(), &known, &identification, &options())
                .unwrap();
        assert_eq!(folders(&named), ["a", "a", "unsure", "unsure"], "{level:?}");
    }
}

#[test]
fn settings_and_references_that_do_not_fit_are_refused() {
    let known = gallery(&[("a", &[0.0])]);
    let rows = Array2::<f32>::zeros((1, 3));
    let identification = Identification::new(0.9);
    let error = identification::identify(&[], rows.view(), &known, &identification, &options())
        .unwrap_err();
    assert!(error.to_string().contains("2 numbers"), "{error}");
    for wrong in [
        Identification { threshold: Some(-0.5), ..identification },
        Identification { threshold: Some(f32::NAN), ..identification },
        Identification { rule: Rule::Votes { least: 0 }, ..identification },
        Identification { rule: Rule::Knn(Knn { neighbours: 0, per_person: 20 }), ..identification },
        Identification { length: 0.0, ..identification },
    ] {
        assert!(wrong.check().is_err(), "{wrong:?}");
    }
}

/// Three people on three frames each, the third unknown, and a face of which nothing is known.
fn dataset() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let run = RunInfo::new(InputInfo::for_files(&[PathBuf::from("a.mkv")]));
    let (mut dataset, _) = Dataset::create_or_resume(folder.path(), run).unwrap();
    for frame in 0..3u64 {
        for person in 0..3u64 {
            let picture = RgbImage::from_fn(8, 8, |x, y| {
                image::Rgb([x as u8 * 30, y as u8 * 30, (frame * 80 + person) as u8])
            });
            let row = at(60.0 * person as f32);
            dataset.append(record(frame, person), Some(&picture), Some(&row), "test").unwrap();
        }
    }
    dataset.append(record(3, 7), Some(&RgbImage::new(8, 8)), None, "test").unwrap();
    dataset.finish_input("a.mkv").unwrap();
    dataset.finish().unwrap();
    folder
}

fn record(frame: u64, track: u64) -> FaceRecord {
    FaceRecord {
        video: "a.mkv".into(),
        frame: 5 * frame,
        pts: frame as f64 * 0.2,
        bbox: FrameBox([10.0 * track as f32, 0.0, 8.0, 8.0]),
        score: 0.9,
        quality: 0.5,
        track: Some(track),
        ..FaceRecord::default()
    }
}

/// Every picture by its name, with its folder and its bytes.
fn pictures(folder: &Path) -> BTreeMap<String, (String, Vec<u8>)> {
    let mut found = BTreeMap::new();
    for group in fs::read_dir(folder.join("faces")).unwrap() {
        let group = group.unwrap().path();
        for file in group.is_dir().then(|| fs::read_dir(&group).unwrap()).into_iter().flatten() {
            let path = file.unwrap().path();
            let text = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
            let before = found.insert(text(&path), (text(&group), fs::read(&path).unwrap()));
            assert!(before.is_none(), "{path:?} lies in two folders");
        }
    }
    found
}

/// Pictures lie where lines say, and none besides.
fn check(folder: &Path) {
    let said: BTreeMap<String, String> = Dataset::read(folder)
        .unwrap()
        .faces
        .into_iter()
        .filter_map(|face| {
            let file = face.file?;
            let (group, name) = file.strip_prefix("faces/")?.split_once('/')?;
            assert_eq!(Some(group), face.group.as_deref());
            Some((name.to_owned(), group.to_owned()))
        })
        .collect();
    let there = pictures(folder).into_iter().map(|(name, (group, _))| (name, group)).collect();
    assert_eq!(said, there);
}

fn known() -> Gallery {
    gallery(&[("other", &[0.0]), ("김, 철수", &[60.0, 62.0]), ("Nobody Here", &[300.0])])
}

fn name(folder: &Path, others: Others) -> Vec<String> {
    let identification = Identification { others, ..Identification::new(apart_similarity()) };
    let summary = facegroup::identify(folder, &known(), &identification, &options()).unwrap();
    summary.groups.iter().map(|group| group.name.clone()).collect()
}

fn apart_similarity() -> f32 {
    20f32.to_radians().cos()
}

#[test]
fn folders_carry_names_and_a_person_called_other_has_one_too() {
    let folder = dataset();
    let path = folder.path();
    let groups = name(path, Others::One);
    assert_eq!(groups, ["person_other", "김, 철수", "other"]);
    check(path);
    assert_eq!(pictures(path)["000000_0.jpg"].0, "person_other");
    let loaded = Dataset::read(path).unwrap();
    let groups = loaded.groups.unwrap();
    assert_eq!(groups.people().count(), 2);
    assert_eq!(groups.groups[0].person.as_deref(), Some("other"));
    assert_eq!((groups.groups[2].size, groups.unsure.size), (3, 1));
    assert_eq!(loaded.run.counts["people"], 2);
    let page = fs::read_to_string(path.join("report.html")).unwrap();
    assert!(page.contains("김, 철수") && page.contains("Everybody else"));
    assert!(page.contains("named by nearest"), "{page}");
}

/// docs/design/predecessors.md 1.11 #10: a class called "other" shifted the columns.
#[test]
fn distances_are_logged_in_the_columns_of_video_to_faces() {
    let folder = dataset();
    name(folder.path(), Others::One);
    let log = fs::read_to_string(folder.path().join("faces/log_classification.csv")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let threshold = Identification::new(apart_similarity()).threshold.unwrap();
    let header = "file_name,dist_person_other,\"dist_김, 철수\",dist_Nobody Here";
    assert_eq!(lines[0], format!("{header},assigned_to_class(other_threshold={threshold})"));
    assert_eq!(lines.len(), 11);
    // 1 - cos of 0 and 60 degrees.
    assert_eq!(lines[1], "000000_0.jpg,0.0000,0.5000,0.5000,person_other");
    assert_eq!(lines[2], "000000_1.jpg,0.5000,0.0000,1.5000,\"김, 철수\"");
    assert_eq!(lines[10], "000015_0.jpg,,,,unsure");
}

#[test]
fn shares_are_logged_for_every_face_and_track() {
    let folder = dataset();
    let path = folder.path().join("faces/log_shares.csv");
    let knn = Rule::Knn(Knn::default());
    let named = |identification: Identification| {
        facegroup::identify(folder.path(), &known(), &identification, &options()).unwrap();
    };
    named(identification(knn, Some(0.1), Level::Face));
    let log = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let people = "share_person_other,\"share_김, 철수\",share_Nobody Here,share_nobody";
    assert_eq!(lines[0], format!("of,video,frame,face,track,{people}"));
    // Nine faces that were described, of three tracks.
    assert_eq!(lines.len(), 1 + 9 + 3);
    assert_eq!(lines[1], "face,a.mkv,0,0,0,1.00000,0.00000,0.00000,0.00000");
    assert_eq!(lines[2], "face,a.mkv,0,1,1,0.00000,1.00000,0.00000,0.00000");
    assert_eq!(lines[3], "face,a.mkv,0,2,2,0.00000,0.00000,0.00000,1.00000");
    assert_eq!(lines[10], "track,a.mkv,0,0,0,1.00000,0.00000,0.00000,0.00000");
    assert_eq!(lines[12], "track,a.mkv,0,2,2,0.00000,0.00000,0.00000,1.00000");
    // Of more neighbours than the nearest person's pictures vote, the others get the rest.
    let wide = Rule::Knn(Knn { neighbours: 25, per_person: 20 });
    named(identification(wide, None, Level::Group));
    let log = fs::read_to_string(&path).unwrap();
    let second = log.lines().nth(2).unwrap();
    assert_eq!(second, "face,a.mkv,0,1,1,0.20000,0.80000,0.00000,0.00000");
    // Another rule has no votes, and no file of an earlier one lies around.
    named(identification(Rule::Nearest, Some(0.1), Level::Face));
    assert!(!path.exists());
    named(identification(knn, None, Level::Track));
    facegroup::group(folder.path(), &options()).unwrap();
    assert!(!path.exists());
}

#[test]
fn from_names_to_numbers_and_back_nothing_is_lost() {
    let folder = dataset();
    let path = folder.path();
    facegroup::group(path, &options()).unwrap();
    let bytes = |path: &Path| -> Vec<Vec<u8>> {
        pictures(path).into_values().map(|(_, bytes)| bytes).collect()
    };
    let before = bytes(path);
    let kmeans = Algorithm::KMeans(KMeans { save_all: true, ..KMeans::default() });
    let kmeans = Options { algorithm: kmeans, ..options() };
    for round in 0..3 {
        assert_eq!(name(path, Others::One).len(), 3);
        check(path);
        let groups = name(path, Others::Group);
        assert_eq!(groups, ["person_other", "김, 철수", "0"]);
        check(path);
        assert_eq!(bytes(path), before, "round {round}");
        facegroup::group(path, &kmeans).unwrap();
        facegroup::group(path, &options()).unwrap();
        check(path);
        assert_eq!(bytes(path), before);
        let left: Vec<_> = fs::read_dir(path.join("faces")).unwrap().collect();
        assert_eq!(left.len(), 4, "three numbers and unsure: {left:?}");
    }
}

#[test]
fn dropped_faces_lose_their_pictures_and_nothing_else() {
    let folder = dataset();
    let path = folder.path();
    assert_eq!(name(path, Others::Drop), ["person_other", "김, 철수", "other"]);
    check(path);
    assert_eq!(pictures(path).len(), 7);
    let loaded = Dataset::read(path).unwrap();
    assert_eq!((loaded.faces.len(), loaded.embeddings.nrows()), (10, 9));
    assert_eq!(loaded.run.counts["pictures"], 7);
    assert_eq!(loaded.faces[2].group.as_deref(), Some("other"));
    facegroup::group(path, &options()).unwrap();
    check(path);
    assert_eq!(Dataset::read(path).unwrap().groups.unwrap().groups.len(), 3);
}

#[test]
fn without_any_face_there_is_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunInfo::new(InputInfo::for_files(&[PathBuf::from("a.mkv")]));
    let (dataset, _) = Dataset::create_or_resume(folder.path(), run).unwrap();
    dataset.finish().unwrap();
    assert_eq!(name(folder.path(), Others::One), Vec::<String>::new());
}
