// SPDX-License-Identifier: MIT OR Apache-2.0
//! Known people, as a user meets them.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use facegroup_tests::{check_dataset, faces, film, footage, run, run_ok, text};
use interchange::Stored;
use tempfile::TempDir;

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The sample reel looked at once, and a copy of the result for each test; `None` where set-up has
/// not put the photographs.
fn result() -> Option<TempDir> {
    static RESULT: OnceLock<TempDir> = OnceLock::new();
    film::photograph()?;
    let made = RESULT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let reel = folder.path().join("reel.mp4");
        run_ok(&["demo-reel", path(&reel)]);
        run_ok(&[path(&reel), "-o", path(&folder.path().join("out")), "-q"]);
        folder
    });
    let copy = tempfile::tempdir().unwrap();
    copy_all(made.path(), copy.path());
    Some(copy)
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A folder of a person with photographs of set-up.
fn person(people: &Path, name: &str, photographs: &[&str]) -> PathBuf {
    let folder = people.join(name);
    fs::create_dir_all(&folder).unwrap();
    for file in photographs {
        fs::copy(models::store::home().join("photographs").join(file), folder.join(file)).unwrap();
    }
    folder
}

/// Faces by folder.
fn sizes(out: &Path) -> BTreeMap<String, usize> {
    let mut sizes = BTreeMap::new();
    for face in faces(out) {
        *sizes.entry(face.group.unwrap()).or_default() += 1;
    }
    sizes
}

fn group(root: &Path, arguments: &[&str]) -> Output {
    let out = root.join("out");
    let mut all = vec!["group", path(&out)];
    all.extend(arguments);
    run(&all)
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

/// docs/design/predecessors.md 2.4 #12: one person a run; 3.8: no person of the nearest distance alone.
#[test]
fn videos_are_sorted_into_known_people() {
    let Some(root) = result() else { return };
    let root = root.path();
    let people = root.join("people");
    person(&people, "버락 오바마", &["obama2.jpg", "obama3.jpg"]);
    // docs/design/predecessors.md 1.11 #10: a class of this name collided with the reserved one.
    person(&people, "other", &["biden.jpg"]);
    let out = root.join("named");
    let output = run_ok(&[path(&root.join("reel.mp4")), "-o", path(&out), "--refs", path(&people)]);
    assert!(text(&output).contains("3 faces of 2 known people"), "{}", text(&output));
    assert!(text(&output).contains("2 people, 100 faces"), "{}", text(&output));
    check_dataset(&out);
    let sizes = sizes(&out);
    assert_eq!(sizes.keys().collect::<Vec<_>>(), ["person_other", "버락 오바마"]);
    assert_eq!(sizes["버락 오바마"], 60);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("버락 오바마"));
    let log = fs::read_to_string(out.join("faces/log_classification.csv")).unwrap();
    let header = "file_name,dist_other,".replace("other", "person_other");
    assert!(log.starts_with(&header), "{}", log.lines().next().unwrap());
    assert!(log.lines().all(|line| line.split(',').count() == 4), "{log}");
}

#[test]
fn names_and_numbers_take_turns() {
    let Some(root) = result() else { return };
    let root = root.path();
    let (out, people) = (root.join("out"), root.join("people"));
    person(&people, "Obama", &["obama2.jpg"]);
    let numbers = sizes(&out);
    for (others, expected) in [
        ("one", vec!["Obama", "other"]),
        ("group", vec!["0", "Obama"]),
        ("drop", vec!["Obama", "other"]),
    ] {
        let output = group(root, &["--refs", path(&people), "--others", others]);
        assert_eq!(code(&output), 0, "{}", text(&output));
        check_dataset(&out);
        assert_eq!(sizes(&out).keys().collect::<Vec<_>>(), expected, "{others}");
        if others != "drop" {
            assert_eq!(code(&group(root, &[])), 0);
            check_dataset(&out);
            assert_eq!(sizes(&out), numbers);
        }
    }
    assert!(!out.join("faces/other").exists(), "dropped pictures are gone");
}

/// docs/design/predecessors.md 2.2 and 7: where no reference showed a face, FaceGrab took everyone.
#[test]
fn a_person_without_a_face_is_an_error_and_never_everyone() {
    let Some(root) = result() else { return };
    let root = root.path();
    let (out, people) = (root.join("out"), root.join("people"));
    person(&people, "Ann", &["obama.jpg"]);
    let bo = person(&people, "Bo", &[]);
    let before = sizes(&out);
    let fails = |what: &str| {
        let output = group(root, &["--refs", path(&people)]);
        let said = text(&output);
        assert!(code(&output) == 2 && said.contains("Bo") && said.contains(what), "{said}");
        assert_eq!(sizes(&out), before, "nothing is touched");
        // A run fails before it looks at the video.
        let fresh = root.join("fresh");
        let reel = root.join("reel.mp4");
        let output = run(&[path(&reel), "-o", path(&fresh), "--refs", path(&people)]);
        assert!(code(&output) == 2 && !fresh.exists(), "{}", text(&output));
    };
    fails("no picture");
    image::RgbImage::new(200, 200).save(bo.join("grey.png")).unwrap();
    fails("grey.png: no face");
    // docs/design/predecessors.md 1.11 #11: an unreadable picture was an exception.
    fs::remove_file(bo.join("grey.png")).unwrap();
    fs::write(bo.join("broken.jpg"), "no picture").unwrap();
    fails("broken.jpg");
    // With another picture it is left out, loudly.
    person(&people, "Bo", &["biden.jpg"]);
    let output = group(root, &["--refs", path(&people)]);
    assert!(code(&output) == 0 && text(&output).contains("broken.jpg"), "{}", text(&output));
    assert_eq!(sizes(&out).keys().collect::<Vec<_>>(), ["Ann", "Bo"]);
}

#[test]
fn a_folder_called_ref_is_found_unless_everyone_is_asked_for() {
    let Some(root) = result() else { return };
    let root = root.path();
    let (out, next) = (root.join("out"), root.join("ref"));
    person(&next, "Obama", &["obama.jpg"]);
    let output = group(root, &[]);
    assert!(text(&output).contains(path(&next)), "{}", text(&output));
    assert_eq!(sizes(&out).keys().collect::<Vec<_>>(), ["Obama", "other"]);
    group(root, &["--refs", "*"]);
    assert_eq!(sizes(&out).keys().collect::<Vec<_>>(), ["0", "1"]);
    // One of other things is no reason to fail.
    fs::remove_dir_all(&next).unwrap();
    fs::create_dir_all(next.join("books")).unwrap();
    assert_eq!(code(&group(root, &[])), 0);
    assert_eq!(sizes(&out).keys().collect::<Vec<_>>(), ["0", "1"]);
    let output = group(root, &["--others", "one"]);
    assert!(code(&output) == 2 && text(&output).contains("--refs"), "{}", text(&output));
}

#[test]
fn faceripper_s_configuration_gives_labels_and_groups() {
    let Some(root) = result() else { return };
    let root = root.path();
    person(&root.join("pictures"), "deep/er", &["obama2.jpg"]);
    person(&root.join("pictures"), "b", &["biden.jpg"]);
    let config = root.join("config.json");
    let text = r#"{"Barack": {"label": "오바마", "group": "P", "faces_dir": "pictures/deep"},
                   "Joe": {"label": "Joe", "group": "", "faces_dir": "pictures/b"}}"#;
    fs::write(&config, text).unwrap();
    assert_eq!(code(&group(root, &["--refs", path(&config)])), 0);
    let out = root.join("out");
    assert_eq!(sizes(&out).keys().collect::<Vec<_>>(), ["Joe", "오바마"]);
    assert_eq!(code(&group(root, &["--refs", path(&config), "--group-names"])), 0);
    assert_eq!(sizes(&out).keys().collect::<Vec<_>>(), ["Joe", "P___오바마"]);
    check_dataset(&out);
}

#[test]
fn vectors_are_kept_and_used_again() {
    let Some(root) = result() else { return };
    let root = root.path();
    let (out, people) = (root.join("out"), root.join("people"));
    person(&people, "O", &["obama2.jpg"]);
    person(&people, "B", &["biden.jpg"]);
    let file = root.join("people.npz");
    run_ok(&["refs", "save", path(&people), path(&file)]);
    assert_eq!(code(&group(root, &["--refs", path(&people)])), 0);
    let of_pictures = sizes(&out);
    assert_eq!(code(&group(root, &["--refs", path(&file)])), 0);
    assert_eq!(sizes(&out), of_pictures);
    assert_eq!(of_pictures["O"], 60);
    // What is kept beside the result is what names are given by, ...
    let cache = out.join("references.npz");
    let mut stored = Stored::read(&cache).unwrap();
    assert_eq!(stored.model.as_deref(), Some("sface"));
    let (left, right) = stored.people.split_at_mut(1);
    std::mem::swap(&mut left[0].references[0].vector, &mut right[0].references[0].vector);
    stored.write(&cache, 1.0).unwrap();
    fs::rename(people.join("O/obama2.jpg"), people.join("O/same file.jpg")).unwrap();
    assert_eq!(code(&group(root, &["--refs", path(&people)])), 0);
    assert_eq!(sizes(&out)["B"], 60);
    // ... as long as pictures are looked at in the same way.
    assert_eq!(code(&group(root, &["--refs", path(&people), "--jitters", "2"])), 0);
    assert_eq!(sizes(&out)["O"], 60);
}

/// docs/design/predecessors.md 1.11 #14: pictures of references were described whole, no face was looked for;
/// 3.5: the tool that showed them crashed.
#[test]
fn inspection_shows_what_was_taken() {
    let Some(root) = result() else { return };
    let people = root.path().join("people");
    person(&people, "O", &["obama.jpg", "obama2.jpg", "biden.jpg"]);
    person(&people, "B", &["biden.jpg"]);
    let chips = root.path().join("chips");
    let output = run_ok(&["refs", "inspect", path(&people), "--faces", path(&chips)]);
    let said = text(&output);
    assert!(said.contains("O: 3 of 3 pictures, 33 % of the pairs alike"), "{said}");
    let biden = said.lines().find(|line| line.contains("O/biden.jpg: face")).unwrap();
    assert!(biden.contains("FAR FROM THE OTHERS"), "{said}");
    assert!(said.contains("B - O: 0.000") && said.contains("ALIKE"), "{said}");
    assert_eq!(
        image::open(chips.join("O/001_obama.jpg").with_extension("png")).unwrap().width(),
        112
    );
    image::RgbImage::new(99, 99).save(people.join("B/none.png")).unwrap();
    let output = run(&["refs", "inspect", path(&people), "--json"]);
    assert_eq!(code(&output), 1);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["people"][0]["pictures"][1]["error"], "no face in it");
    assert_eq!(json["pairs"][0]["alike"], true);
    fs::remove_file(people.join("B/biden.jpg")).unwrap();
    fs::remove_dir_all(people.join("O")).unwrap();
    assert_eq!(code(&run(&["refs", "inspect", path(&people)])), 2);
}

/// Share of labelled faces with the right name, and of names that are right.
fn right(out: &Path, csv: &Path) -> (f64, f64) {
    let text = fs::read_to_string(csv).unwrap();
    let (mut labelled, mut named, mut right) = (0, 0, 0);
    let faces = faces(out);
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |cell: usize| cells[cell].parse::<f32>().unwrap();
        let (frame, person) = (cells[0].parse::<u64>().unwrap(), cells[2].to_lowercase());
        let middle = (number(5) + number(7) / 2.0, number(6) + number(8) / 2.0);
        let here = |face: &&dataset::FaceRecord| {
            let [x, y, w, h] = face.bbox.0;
            face.frame == frame
                && (middle.0 - x - w / 2.0).abs() < w / 3.0
                && (middle.1 - y - h / 2.0).abs() < h / 3.0
        };
        let Some(face) = faces.iter().find(here) else { continue };
        let group = face.group.as_deref().unwrap();
        labelled += 1;
        named += usize::from(group != "other" && group != "unsure");
        right += usize::from(group == person);
    }
    println!("{right} of {labelled} labelled, {named} named");
    (f64::from(right as u32) / f64::from(labelled), right as f64 / named as f64)
}

#[test]
fn a_sitcom_by_one_picture_of_each() {
    let (Some(clip), Some(refs), Some(csv)) = (
        footage("clips/sitcom-poker-720p.mp4"),
        footage("refs/sitcom"),
        footage("clips/sitcom-poker-720p.csv"),
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    run_ok(&[path(&clip), "-o", path(&out), "--refs", path(&refs), "-q"]);
    check_dataset(&out);
    let (recall, precision) = right(&out, &csv);
    assert!(recall >= 0.9 && precision >= 0.97, "{recall} {precision}");
}

/// No program of ours: elements and known people alone.
#[test]
fn a_pipeline_names_people_by_itself() {
    use gst::prelude::*;
    let Some(root) = result() else { return };
    let root = root.path();
    let people = root.join("people");
    person(&people, "Barack", &["obama2.jpg", "obama3.jpg"]);
    facegroup_tests::plugins::register();
    let play = |out: &str, others: &str| {
        let description = format!(
            "filesrc location={} ! decodebin ! video/x-raw ! rsfacedetect interval=1000000000 ! \
             rsfaceembed ! rsfacecrop ! rsfacesink location={} refs={} others={others}",
            root.join("reel.mp4").display(),
            root.join(out).display(),
            people.display()
        );
        let pipeline =
            gst::parse::launch(&description).unwrap().downcast::<gst::Pipeline>().unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        let bus = pipeline.bus().unwrap();
        let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(120), &ends).unwrap();
        pipeline.set_state(gst::State::Null).unwrap();
        match end.view() {
            gst::MessageView::Error(error) => Err(error.error().to_string()),
            _ => Ok(()),
        }
    };
    play("one", "one").unwrap();
    check_dataset(&root.join("one"));
    let found = sizes(&root.join("one"));
    assert_eq!(found.keys().collect::<Vec<_>>(), ["Barack", "other"], "{found:?}");
    // Looked at once: the vectors lie beside the result.
    assert_eq!(Stored::read(&root.join("one/references.npz")).unwrap().people.len(), 1);
    play("grouped", "group").unwrap();
    assert_eq!(sizes(&root.join("grouped")).keys().collect::<Vec<_>>(), ["0", "Barack"]);
    // A person whose pictures show nobody is an error, and never everyone; the faces are there.
    let cara = person(&people, "Cara", &[]);
    image::RgbImage::new(90, 90).save(cara.join("black.png")).unwrap();
    let error = play("nobody", "one").unwrap_err();
    assert!(error.contains("Cara") && error.contains("no face in it"), "{error}");
    assert_eq!(faces(&root.join("nobody")).len(), faces(&root.join("one")).len());
}
