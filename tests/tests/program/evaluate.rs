// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facegroup evaluate` as a user meets it.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use facegroup_tests::{check_dataset, faces, film, footage, run, run_ok, text};
use tempfile::TempDir;

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json(arguments: &[&str]) -> serde_json::Value {
    serde_json::from_slice(&run_ok(arguments).stdout).unwrap()
}

#[test]
fn a_clip_against_its_truth() {
    let (Some(clip), Some(truth)) =
        (footage("clips/sitcom-poker-720p.mp4"), footage("clips/sitcom-poker-720p.csv"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    run_ok(&[path(&clip), "-o", path(&out), "-q"]);
    let output = run_ok(&["evaluate", path(&out), path(&truth), "--scores"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    for name in ["BCubed", "pairwise", "purity", "K / K*", "clicks", "silhouette", "missed"] {
        assert!(printed.contains(name), "{name} is missing in\n{printed}");
    }
    check_dataset(&out);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("How good the groups are") && page.contains("sitcom-poker-720p.csv"));

    let tables = folder.path().join("tables");
    run_ok(&["report", path(&out), "--no-faces", "--tables", path(&tables)]);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("Silhouettes") && page.contains("Farthest faces"));
    assert!(page.contains("sitcom-poker-720p.csv"), "what was evaluated stays");
    assert_eq!(page.matches("data:image").count(), 0);
    let all = fs::read(tables.join("tables.json")).unwrap();
    let all: serde_json::Value = serde_json::from_slice(&all).unwrap();
    assert_eq!(all["people"].as_array().unwrap().len(), 7, "six and unsure: {}", all["people"]);
    assert_eq!(all["thresholds"].as_array().unwrap().len(), 12);

    let found = json(&["evaluate", path(&out), path(&truth), "--json"]);
    let agreement = &found["against"]["agreement"];
    // The figure that main_job asserts too, by the library.
    assert!(agreement["bcubed"]["f"].as_f64().unwrap() >= 0.93, "{agreement}");
    assert_eq!(agreement["people"], 6);
    // 55 rows that are neither NOT_A_FACE nor of the flag ignore.
    assert_eq!(found["against"]["labels"]["labelled"], 55);
    assert_eq!(found["scores"], serde_json::Value::Null);

    run_ok(&["group", path(&out)]);
    assert!(!out.join("evaluation.json").exists());
}

/// A short film of one photograph, grouped.
fn result() -> Option<TempDir> {
    let photograph = film::photograph()?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("film.mp4");
    let times: Vec<u64> = (0..20).map(|n| 40 * n).collect();
    let pictures = (0..20).map(|n| film::picture(&photograph, n));
    if !film::write(pictures, &times, "x264enc ! h264parse ! mp4mux", &file) {
        return None;
    }
    let out = folder.path().join("out");
    run_ok(&[path(&file), "-o", path(&out), "--every-frame", "-q"]);
    Some(folder)
}

#[test]
fn a_corrected_copy_of_the_folders() {
    let Some(folder) = result() else {
        return;
    };
    let out = folder.path().join("out");
    let sorted = folder.path().join("sorted");
    // Somebody says that the last two faces are another person.
    let kept: Vec<String> = faces(&out).into_iter().filter_map(|face| face.file).collect();
    assert!(kept.len() >= 4);
    for (index, file) in kept.iter().enumerate() {
        let person = sorted.join(if index + 2 < kept.len() { "Ann" } else { "Bob" });
        fs::create_dir_all(&person).unwrap();
        fs::copy(out.join(file), person.join(file.rsplit('/').next().unwrap())).unwrap();
    }
    let found = json(&["evaluate", path(&out), path(&sorted), "--json"]);
    let agreement = &found["against"]["agreement"];
    assert_eq!(agreement["faces"], kept.len());
    assert_eq!((&agreement["groups"], &agreement["people"]), (&1.into(), &2.into()));
    assert_eq!(agreement["bcubed"]["recall"], 1.0);
    // A name for the group, two faces to move.
    assert_eq!(agreement["clicks"], 3);
    // Without the dataset only the folders can be compared, and nothing is written there.
    run_ok(&["evaluate", path(&sorted), path(&out)]);
    assert!(!sorted.join("evaluation.json").exists());
}

#[test]
fn what_is_wrong_is_said() {
    let Some(folder) = result() else {
        return;
    };
    let out = folder.path().join("out");
    let nowhere = folder.path().join("nowhere");
    let other = folder.path().join("film.csv");
    fs::write(&other, "frame,person,box_x,box_y,box_w,box_h\n3,ann,9000,9000,40,40\n").unwrap();
    for (arguments, said) in [
        (&["evaluate", path(&out)][..], "TRUTH"),
        (&["evaluate", path(&nowhere), path(&other)], "there is no"),
        (&["evaluate", path(&out), path(&nowhere)], "there is no"),
        (&["evaluate", path(&out), path(&other)], "no face of the result is in"),
        (&["evaluate", path(&out.join("faces")), "--scores"], "dataset"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(output.stdout.is_empty(), "{}", text(&output));
        assert!(text(&output).contains(said), "{}", text(&output));
    }
    assert!(!out.join("evaluation.json").exists());
}
