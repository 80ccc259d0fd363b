// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping any folder of face pictures, and finding faces without grouping them.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use dataset::FaceRecord;
use facegroup_tests::{check_dataset, faces, film, footage, run, run_ok, text};
use grouping::metrics::bcubed;

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn source(face: &FaceRecord) -> &str {
    face.extra["source"].as_str().unwrap()
}

/// video-to-faces saw pictures straight in one folder only, and none that were grouped already
/// (docs/design/predecessors.md 1.9).
#[test]
fn pictures_in_any_depth_are_grouped_and_stay_where_they_are() {
    if film::photograph().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let (folder, out) = (root.path().join("in"), root.path().join("in/out"));
    fs::create_dir_all(folder.join("a/b")).unwrap();
    let photographs = models::store::home().join("photographs");
    for (from, to) in [
        ("obama.jpg", "a/1.jpg"),
        ("obama2.jpg", "a/b/2.JPG"),
        ("biden.jpg", "3.jpg"),
        ("obama3.jpg", "4.jpg"),
    ] {
        fs::copy(photographs.join(from), folder.join(to)).unwrap();
    }
    // Nobody, and no picture.
    image::RgbImage::new(80, 60).save(folder.join("grey.png")).unwrap();
    fs::write(folder.join("broken.jpg"), "no picture").unwrap();
    let output = run(&["group", path(&folder), "-o", path(&out)]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("broken.jpg"), "{}", text(&output));
    check_dataset(&out);
    let groups: BTreeMap<String, String> = faces(&out)
        .iter()
        .map(|face| (source(face).to_owned(), face.group.clone().unwrap()))
        .collect();
    let group = |source: &str| groups[source].as_str();
    assert_eq!(groups.len(), 5);
    assert_eq!([group("a/1.jpg"), group("a/b/2.JPG"), group("4.jpg")], ["0"; 3]);
    assert_eq!([group("3.jpg"), group("grey.png")], ["1", "unsure"]);
    // The result below the folder is none of its pictures; the same command again groups again.
    run_ok(&["group", path(&folder), "-o", path(&out), "--refs", path(&folder.join("a/b"))]);
    assert_eq!(faces(&out).len(), 5);
    let names: BTreeSet<_> = faces(&out).into_iter().map(|face| face.group.unwrap()).collect();
    assert_eq!(names.iter().collect::<Vec<_>>(), ["b", "other", "unsure"]);
    assert!(folder.join("a/b/2.JPG").exists());
    for wrong in [vec!["group", path(&folder)], vec!["group", path(&out), "-o", "x"]] {
        let output = run(&wrong);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    }
}

#[test]
fn press_photographs() {
    let Some(folder) = footage("faces/lfw10") else { return };
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("out");
    run_ok(&["group", path(&folder), "-o", path(&out)]);
    check_dataset(&out);
    let faces = faces(&out);
    // Whom a photograph is of is its largest face; some show others behind.
    let largest = || faces.iter().filter(|face| face.face == 0);
    assert_eq!(largest().count(), 100);
    let pairs: Vec<(String, String)> = largest()
        .map(|face| {
            let person = source(face).split('/').next().unwrap().to_owned();
            (face.group.clone().unwrap(), person)
        })
        .collect();
    let scored = bcubed(&pairs);
    println!("P {:.3} R {:.3} F {:.3}", scored.precision, scored.recall, scored.f);
    assert!(scored.f >= 0.95);
}

#[test]
fn faces_are_found_only_on_request() {
    if film::photograph().is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let reel = root.path().join("reel.mp4");
    let (found, out) = (root.path().join("found"), root.path().join("out"));
    run_ok(&["demo-reel", path(&reel)]);
    let detect = [path(&reel), "-o", path(&found), "--mode", "detect", "--step", "0.5"];
    let output = run_ok(&detect);
    assert!(text(&output).contains("40 faces, not grouped"), "{}", text(&output));
    let records = faces(&found);
    assert_eq!(records.len(), 40);
    assert!(records.iter().all(|face| face.group.is_none() && face.embedding.is_none()));
    assert!(records.iter().all(|face| found.join(face.file.as_ref().unwrap()).is_file()));
    assert!(!found.join("groups.json").exists() && !found.join("embeddings.npy").exists());
    // The same command resumes it, another one does not.
    run_ok(&detect);
    let output = run(&[path(&reel), "-o", path(&found), "--step", "0.5"]);
    assert!(output.status.code() == Some(2) && text(&output).contains("mode"), "{}", text(&output));
    run_ok(&["group", path(&found.join("faces")), "-o", path(&out)]);
    let groups: BTreeSet<_> = faces(&out).into_iter().map(|face| face.group.unwrap()).collect();
    assert_eq!(groups.into_iter().collect::<Vec<_>>(), ["0", "1"]);
    // The result itself can be grouped too: its faces are described by their pictures, and come to the
    // people that a whole run finds. It was "0 people, all unsure", without an error.
    let output = run_ok(&["group", path(&found)]);
    assert!(text(&output).contains("40 faces described"), "{}", text(&output));
    check_dataset(&found);
    let whole = root.path().join("whole");
    run_ok(&[path(&reel), "-o", path(&whole), "--step", "0.5"]);
    let people = |out: &Path| {
        faces(out).into_iter().map(|face| (face.frame, face.group)).collect::<Vec<_>>()
    };
    assert_eq!(people(&found), people(&whole));
    // Nothing is described twice, and what found them goes on.
    assert!(!text(&run_ok(&["group", path(&found)])).contains("described"));
    run_ok(&detect);
}
