// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drawn people: `--style anime` on pictures of ten characters and on a film with two.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use dataset::{Dataset, FaceRecord};
use facegroup_tests::{check_dataset, faces, footage, run_ok, skip, text};
use grouping::metrics::bcubed;

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Whether the optional models are there.
fn models() -> bool {
    let missing = ["animefaceboxes", "yunet", "dlib-resnet"].into_iter().find(|id| {
        let entry = models::catalogue::find(id).unwrap();
        !models::store::path(entry).is_file()
    });
    if let Some(id) = missing {
        skip(&format!("model-{id}"), "facegroup models get anime-heads");
    }
    missing.is_none()
}

/// The folder of a character.
fn character(face: &FaceRecord) -> &str {
    face.extra["source"].as_str().unwrap().split('/').next().unwrap()
}

/// Part of the faces whose nearest other one is of the same character.
fn nearest_of_the_same(out: &Path) -> (usize, f32) {
    let loaded = Dataset::read(out).unwrap();
    let described: Vec<(&str, ndarray::ArrayView1<'_, f32>)> = loaded
        .faces
        .iter()
        .filter_map(|face| Some((character(face), loaded.embeddings.row(face.embedding?))))
        .collect();
    let right = described.iter().enumerate().filter(|(index, (name, vector))| {
        let others = described.iter().enumerate().filter(|(other, _)| other != index);
        let nearest =
            others.max_by(|(_, (_, a)), (_, (_, b))| a.dot(vector).total_cmp(&b.dot(vector)));
        nearest.is_some_and(|(_, (nearest, _))| nearest == name)
    });
    (described.len(), right.count() as f32 / described.len() as f32)
}

#[test]
fn ten_characters() {
    let Some(folder) = footage("anime/characters") else { return };
    if !models() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    for (embedder, nearest, groups) in [("anime-mix", 0.78, 0.58), ("anime-histograms", 0.77, 0.58)]
    {
        let out = root.path().join(embedder);
        let output = run_ok(&[
            "group",
            path(&folder),
            "-o",
            path(&out),
            "--style",
            "anime",
            "--embedder",
            embedder,
        ]);
        // How sure it is stands on standard error, in the result and on its page.
        let said = "8 in 10 pictures were nearest to one of the same character";
        assert!(text(&output).contains(said), "{}", text(&output));
        for file in ["run.json", "report.html"] {
            assert!(std::fs::read_to_string(out.join(file)).unwrap().contains(said), "{file}");
        }
        check_dataset(&out);
        let (described, right) = nearest_of_the_same(&out);
        let pairs: Vec<(String, String)> = faces(&out)
            .iter()
            .enumerate()
            .map(|(index, face)| {
                let group = face.group.clone().unwrap();
                // Who is unsure is in no group with anybody.
                let group = if group == "unsure" { format!("unsure {index}") } else { group };
                (group, character(face).to_owned())
            })
            .collect();
        let scored = bcubed(&pairs);
        println!(
            "{embedder}: {described} of {} found; nearest right {right:.3}; P {:.3} R {:.3} F {:.3}",
            pairs.len(),
            scored.precision,
            scored.recall,
            scored.f
        );
        assert!(described >= 116 && right >= nearest && scored.f >= groups);
    }
}

#[test]
fn a_film_with_two_characters() {
    let Some(film) = footage("anime/ship-deck-480p.mp4") else { return };
    if !models() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("out");
    run_ok(&[path(&film), "-o", path(&out), "--style", "anime"]);
    check_dataset(&out);
    let faces = faces(&out);
    // One wears a yellow hat, the other has pink hair: by the blue in the top of their pictures.
    let hair = |face: &FaceRecord| {
        let picture = image::open(out.join(face.file.as_ref().unwrap())).unwrap().into_rgb8();
        let (width, height) = (picture.width(), picture.height() / 6);
        let top = image::imageops::crop_imm(&picture, width / 3, height / 4, width / 3, height);
        let top = top.to_image();
        let blue: u32 = top.pixels().map(|pixel| u32::from(pixel.0[2])).sum();
        if blue / (width / 3 * height) > 110 { "pink" } else { "yellow" }
    };
    let groups: BTreeSet<_> = faces.iter().filter_map(|face| face.group.as_deref()).collect();
    let kept: Vec<_> = faces.iter().filter(|face| face.file.is_some()).collect();
    let pairs: BTreeSet<_> = kept.iter().map(|f| (f.group.as_deref().unwrap(), hair(f))).collect();
    println!("{} faces, {groups:?}, {pairs:?}", faces.len());
    assert_eq!(groups, BTreeSet::from(["0", "1"]));
    assert_eq!(pairs, BTreeSet::from([("0", "yellow"), ("1", "pink")]));
    assert!(faces.len() > 40 && kept.len() > 20);
}
