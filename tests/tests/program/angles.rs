// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faces that lie on their side or stand on their head, and films that do.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use facegroup_tests::{existing, faces, footage, run_ok, text};

/// How pictures are turned, by the name of their folder.
const TURNS: [&str; 3] = ["side", "head", "other-side"];

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Folders with these photographs, turned.
fn turned(photographs: &[PathBuf]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for folder in TURNS {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    for (number, file) in photographs.iter().enumerate() {
        let picture = image::open(file).unwrap();
        let ways = [picture.rotate90(), picture.rotate180(), picture.rotate270()];
        for (folder, picture) in TURNS.into_iter().zip(ways) {
            picture.save(root.path().join(folder).join(format!("{number:02}.png"))).unwrap();
        }
    }
    root
}

/// In how many pictures of a folder somebody is found.
fn found(folder: &Path, options: &[&str]) -> usize {
    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("out");
    let asked = ["-e", "png", "--mode", "detect", "-o", path(&out)];
    run_ok(&[&[path(folder)], &asked[..], options].concat());
    let videos = faces(&out).into_iter().map(|face| face.video);
    videos.collect::<std::collections::BTreeSet<_>>().len()
}

/// Of 20 photographs 10 and 11 were found when they lay on their side and stood on their head.
#[test]
fn faces_are_found_whichever_way_they_lie() {
    let Some(folder) = footage("faces/lfw10") else { return };
    let mut photographs: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .flat_map(|person| fs::read_dir(person.unwrap().path()).into_iter().flatten())
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "jpg"))
        .collect();
    photographs.sort();
    let photographs: Vec<_> = photographs.into_iter().step_by(5).collect();
    assert_eq!(photographs.len(), 20);
    let root = turned(&photographs);
    let upright: usize = TURNS.map(|turn| found(&root.path().join(turn), &[])).iter().sum();
    assert!(upright < 57, "{upright} of 60 anyway: the test shows nothing");
    for turn in TURNS {
        let folder = root.path().join(turn);
        assert_eq!(found(&folder, &["--any-angle"]), 20, "{turn}");
        assert_eq!(found(&folder, &["--rotate", "find"]), 20, "{turn}");
    }
}

#[test]
fn which_way_up_a_picture_is_is_found_and_said() {
    let photograph = models::store::home().join("photographs/obama.jpg");
    let Some(photograph) = existing("photographs", photograph) else { return };
    let root = turned(&[photograph]);
    for (turn, degrees) in TURNS.into_iter().zip([270, 180, 90]) {
        let picture = root.path().join(turn).join("00.png");
        let out = root.path().join(format!("{turn}-out"));
        let output = run_ok(&[path(&picture), "--rotate", "find", "-o", path(&out)]);
        assert!(
            text(&output).contains(&format!("turned by {degrees} degrees")),
            "{}",
            text(&output)
        );
        let face = &faces(&out)[0];
        let [eye, _, _, mouth, _] = face.landmarks.unwrap();
        assert!(eye[1] < mouth[1] - 10.0, "{turn}: {face:?}");
    }
}
