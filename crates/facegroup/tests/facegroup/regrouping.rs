// SPDX-License-Identifier: MIT OR Apache-2.0
//! A dataset on disk, grouped by one algorithm after the other: no picture is ever lost or changed.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dataset::{Dataset, FaceRecord, InputInfo, RunInfo};
use grouping::cluster::{Algorithm, Complete, Dbscan, KMeans, Online, Options, SizeConstrained};
use image::RgbImage;
use imaging::geometry::FrameBox;
use tempfile::TempDir;

/// Three people on three frames each, another face of which nothing but its place is known, and one
/// without a picture.
fn dataset() -> TempDir {
    dataset_of(run())
}

fn dataset_of(run: RunInfo) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (mut dataset, _) = Dataset::create_or_resume(folder.path(), run).unwrap();
    for frame in 0..3u64 {
        for person in 0..3u64 {
            let angle = (60.0 * person as f32 + frame as f32).to_radians();
            let picture = RgbImage::from_fn(8, 8, |x, y| {
                image::Rgb([x as u8 * 30, y as u8 * 30, (frame * 80 + person) as u8])
            });
            let row = [angle.cos(), angle.sin()];
            let record = record(frame, person);
            dataset.append(record, Some(&picture), Some(&row), "test").unwrap();
        }
    }
    dataset.append(record(3, 7), Some(&RgbImage::new(8, 8)), None, "test").unwrap();
    dataset.append(record(4, 0), None, None, "test").unwrap();
    dataset.finish_input("a.mkv").unwrap();
    dataset.finish().unwrap();
    folder
}

fn run() -> RunInfo {
    RunInfo::new(InputInfo::for_files(&[PathBuf::from("a.mkv")]))
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

fn options(algorithm: Algorithm) -> Options {
    let mut options = Options::new(0.9);
    options.algorithm = algorithm;
    options
}

fn kmeans(clusters: &str, save_all: bool) -> Options {
    let clusters = clusters.parse().unwrap();
    options(Algorithm::KMeans(KMeans { clusters, save_all, ..KMeans::default() }))
}

/// Every file below, by its path from there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// The pictures by their names, wherever they lie, without the copies of k-means.
fn pictures(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    files(&folder.join("faces"))
        .into_iter()
        .filter(|(path, _)| path.ends_with(".jpg") && !path.starts_with('G'))
        .map(|(path, bytes)| (path.rsplit('/').next().unwrap().to_owned(), bytes))
        .collect()
}

/// Every line's picture is where the line says, and there is no picture beside these.
fn check(folder: &Path) {
    let faces = Dataset::read(folder).unwrap().faces;
    let said: Vec<&String> = faces.iter().filter_map(|face| face.file.as_ref()).collect();
    let there = files(folder);
    assert!(said.iter().all(|file| there.contains_key(*file)), "{said:?}");
    assert_eq!(pictures(folder).len(), said.len());
    assert!(faces.iter().all(|face| face.group.is_some()));
}

fn algorithms() -> Vec<Options> {
    vec![
        options(Algorithm::Average),
        kmeans("2-5", true),
        kmeans("3", false),
        options(Algorithm::Complete(Complete::new(0.05))),
        options(Algorithm::SizeConstrained(SizeConstrained::default())),
        options(Algorithm::Dbscan(Dbscan::new(0.05))),
        options(Algorithm::Online(Online::new(0.05))),
    ]
}

/// docs/design/predecessors.md 1.11 #7: with all numbers of clusters kept, the originals were deleted.
#[test]
fn from_any_algorithm_to_any_other_and_back_nothing_is_lost() {
    let folder = dataset();
    let folder = folder.path();
    let before = pictures(folder);
    assert_eq!(before.len(), 10);
    let mut first = Vec::new();
    for options in algorithms() {
        facegroup::group(folder, &options).unwrap();
        first.push(files(&folder.join("faces")));
    }
    for (from, from_options) in algorithms().iter().enumerate() {
        for (to, to_options) in algorithms().iter().enumerate() {
            facegroup::group(folder, from_options).unwrap();
            assert_eq!(files(&folder.join("faces")), first[from]);
            facegroup::group(folder, to_options).unwrap();
            assert_eq!(files(&folder.join("faces")), first[to]);
            assert_eq!(pictures(folder), before);
            check(folder);
        }
    }
}

#[test]
fn all_numbers_of_clusters_have_folders_until_the_next_grouping() {
    let folder = dataset();
    let faces = folder.path().join("faces");
    let summary = facegroup::group(folder.path(), &kmeans("2-4", true)).unwrap();
    assert_eq!((summary.groups.len(), summary.unsure), (3, 1));
    let now = files(&faces);
    for number in 2..5 {
        let copies: BTreeMap<_, _> =
            now.iter().filter(|(path, _)| path.starts_with(&format!("G{number}/"))).collect();
        assert_eq!(copies.len(), 10, "every picture once");
        for (path, bytes) in copies {
            assert_eq!(&pictures(folder.path())[path.rsplit('/').next().unwrap()], bytes);
        }
    }
    // What the best number says is what the lines say.
    assert!(now.contains_key("G3/1/000005_1.jpg") && now.contains_key("1/000005_1.jpg"));
    assert!(now.contains_key("G3/unsure/000015_0.jpg") && now.contains_key("unsure/000015_0.jpg"));

    facegroup::group(folder.path(), &options(Algorithm::Average)).unwrap();
    let left: Vec<String> = fs::read_dir(&faces)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('G') || name.ends_with("csv"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn scores_are_logged_in_the_columns_of_video_to_faces() {
    let folder = dataset();
    facegroup::group(folder.path(), &kmeans("1,3,9", false)).unwrap();
    let log = fs::read_to_string(folder.path().join("faces/log_clustering.csv")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(
        lines[0],
        "n_clusters,silhouette_score,calinski_harabasz_score,davies_bouldin_score"
    );
    assert_eq!((lines.len(), lines[1], lines[3]), (4, "1,,,", "9,,,"));
    // scikit-learn 1.9.1 of the same nine unit vectors and three people.
    let scores: Vec<f64> = lines[2].split(',').map(|cell| cell.parse().unwrap()).collect();
    for (score, expected) in scores.iter().zip([3.0, SCORES.0, SCORES.1, SCORES.2]) {
        assert!((score - expected).abs() < 1e-5 * expected, "{score} {expected}");
    }
}

const SCORES: (f64, f64, f64) = (0.976_636_477, 8_205.974_23, 0.023_340_034_6);

#[test]
fn groups_json_says_how_it_was_grouped() {
    let folder = dataset();
    facegroup::group(folder.path(), &kmeans("2-5", true)).unwrap();
    let text = fs::read_to_string(folder.path().join("groups.json")).unwrap();
    assert!(text.contains(r#""algorithm": "kmeans""#) && text.contains(r#""clusters": "2-5""#));
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("kmeans, clusters 2-5, random state 0"));
}

/// What a kill between the moves leaves: pictures elsewhere than their lines say, some copies, a
/// half one.
#[test]
fn what_a_kill_left_is_put_right_by_the_next_grouping() {
    let folder = dataset();
    let folder = folder.path();
    let before = pictures(folder);
    facegroup::group(folder, &kmeans("2-4", true)).unwrap();
    let expected = files(&folder.join("faces"));
    let faces = folder.join("faces");
    fs::write(folder.join(".moving"), "").unwrap();
    fs::rename(faces.join("0/000000_0.jpg"), faces.join("2/000000_0.jpg")).unwrap();
    fs::rename(faces.join("1/000005_1.jpg"), faces.join("000005_1.jpg")).unwrap();
    fs::remove_file(faces.join("G3/0/000000_0.jpg")).unwrap();
    fs::write(faces.join("G3/0/.000000_0.jpg.part"), "half").unwrap();
    fs::remove_dir_all(faces.join("G4")).unwrap();
    fs::remove_file(faces.join("log_clustering.csv")).unwrap();
    for options in algorithms() {
        facegroup::group(folder, &options).unwrap();
        assert_eq!(pictures(folder), before);
        check(folder);
    }
    facegroup::group(folder, &kmeans("2-4", true)).unwrap();
    assert_eq!(files(&faces), expected);
}

#[test]
fn copies_go_before_a_run_goes_on_and_with_a_run_that_is_replaced() {
    let folder = dataset();
    facegroup::group(folder.path(), &kmeans("2-4", true)).unwrap();
    let (dataset, resume) = Dataset::create_or_resume(folder.path(), run()).unwrap();
    assert!(resume.is_complete());
    drop(dataset);
    assert!(!folder.path().join("faces/G3").exists());
    check(folder.path());
    facegroup::group(folder.path(), &kmeans("2-4", true)).unwrap();
    Dataset::discard(folder.path(), &RunInfo::default()).unwrap();
    assert!(!folder.path().join("faces").exists());
}

#[test]
fn what_is_not_ours_and_the_last_copy_of_a_picture_stay() {
    let folder = dataset();
    facegroup::group(folder.path(), &kmeans("3", true)).unwrap();
    let faces = folder.path().join("faces");
    fs::write(faces.join("G3/0/holiday.jpg"), "mine").unwrap();
    fs::create_dir_all(faces.join("Gx/0")).unwrap();
    fs::write(faces.join("Gx/0/000000_0.jpg"), "mine").unwrap();
    fs::remove_file(faces.join("1/000005_1.jpg")).unwrap();
    facegroup::group(folder.path(), &options(Algorithm::Average)).unwrap();
    let now = files(&faces);
    let kept: Vec<&String> = now.keys().filter(|path| path.starts_with('G')).collect();
    assert_eq!(kept, ["G3/0/holiday.jpg", "G3/1/000005_1.jpg", "Gx/0/000000_0.jpg"]);
}

/// docs/design/predecessors.md 1.11 #8: grouping failed where there was no folder of pictures.
#[test]
fn without_any_picture_there_are_still_groups() {
    let folder = dataset();
    fs::remove_dir_all(folder.path().join("faces")).unwrap();
    for options in algorithms() {
        let summary = facegroup::group(folder.path(), &options).unwrap();
        assert_eq!(summary.faces, 11);
    }
}

/// docs/design/predecessors.md 1.11 #1.
#[test]
fn without_any_face_there_are_no_groups() {
    let folder = tempfile::tempdir().unwrap();
    let (dataset, _) = Dataset::create_or_resume(folder.path(), run()).unwrap();
    dataset.finish().unwrap();
    for options in algorithms() {
        assert_eq!(facegroup::group(folder.path(), &options).unwrap().groups.len(), 0);
    }
}

/// facerec keeps a track from three faces on.
#[test]
fn tracks_with_fewer_faces_than_asked_for_are_nobody() {
    // The first person's track has a face more than the others'; that of track 7 has one.
    let online = Algorithm::Online(Online::new(0.1));
    for (hits, algorithm, people) in [
        (None, &online, vec![4, 3, 3]),
        (Some(3), &online, vec![4, 3, 3]),
        (Some(4), &online, vec![4]),
        (Some(4), &Algorithm::Average, vec![4]),
    ] {
        let mut run = run();
        if let Some(hits) = hits {
            run.settings.track =
                Some(dataset::TrackSettings { min_length: Some(hits), ..Default::default() });
        }
        let folder = dataset_of(run);
        let before = pictures(folder.path());
        // Again, as later without the option: the run says it.
        for _ in 0..2 {
            let summary = facegroup::group(folder.path(), &options(algorithm.clone())).unwrap();
            let sizes: Vec<_> = summary.groups.iter().map(|group| group.size).collect();
            assert_eq!(sizes, people, "{hits:?}");
            assert_eq!(summary.unsure, 11 - people.iter().sum::<usize>(), "{hits:?}");
        }
        assert_eq!(pictures(folder.path()), before);
    }
}

/// What `facegroup explain` tells is what grouping went by.
#[test]
fn a_face_is_explained_by_its_track_its_neighbours_and_the_cut() {
    use facegroup::explain::explain;
    let folder = dataset();
    let folder = folder.path();
    let which = "5:1".parse().unwrap();
    assert!(explain(folder, &which).unwrap_err().to_string().contains("not grouped"));
    facegroup::group(folder, &options(Algorithm::Average)).unwrap();
    let faces = Dataset::read(folder).unwrap().faces;
    let face = faces.iter().find(|face| (face.frame, face.track) == (5, Some(1))).unwrap();
    let which = format!("a.mkv:5:{}", face.face).parse().unwrap();
    let explained = explain(folder, &which).unwrap();
    assert_eq!(Some(&explained.group), face.group.as_ref());
    assert_eq!(explained.track.as_ref().map(|track| track.faces), Some(3));
    // Its own group is the nearest, and those beside it on the same frames are others.
    assert_eq!(explained.groups[0].name, explained.group);
    assert!(
        explained.groups[0].similarity > 0.99 && explained.groups[1].similarity < 0.6,
        "{explained:?}"
    );
    assert_eq!(explained.seen_with.len(), 2);
    let by_picture = face.file.as_ref().unwrap().parse().unwrap();
    assert_eq!(explain(folder, &by_picture).unwrap(), explained);
    let nobody = faces.iter().find(|face| face.embedding.is_none()).unwrap();
    let which = format!("{}:{}", nobody.frame, nobody.face).parse().unwrap();
    assert!(explain(folder, &which).unwrap().remarks[0].contains("not described"));
    assert!(explain(folder, &"999:0".parse().unwrap()).is_err());
}

/// Of several videos the wrong one was told of in silence.
#[test]
fn a_frame_of_two_videos_is_asked_about() {
    use facegroup::explain::explain;
    let folder = tempfile::tempdir().unwrap();
    let videos = ["a.mkv", "b.mkv"];
    let run = RunInfo::new(InputInfo::for_files(&videos.map(PathBuf::from)));
    let (mut dataset, _) = Dataset::create_or_resume(folder.path(), run).unwrap();
    for video in videos {
        let record = FaceRecord { video: video.into(), ..record(1, 0) };
        dataset.append(record, None, Some(&[1.0, 0.0]), "test").unwrap();
        dataset.finish_input(video).unwrap();
    }
    dataset.finish().unwrap();
    facegroup::group(folder.path(), &options(Algorithm::Average)).unwrap();
    let error = explain(folder.path(), &"5:0".parse().unwrap()).unwrap_err().to_string();
    assert!(error.contains("a.mkv and of b.mkv"), "{error}");
    let explained = explain(folder.path(), &"b.mkv:5:0".parse().unwrap()).unwrap();
    assert_eq!(explained.face.0, "b.mkv");
}
