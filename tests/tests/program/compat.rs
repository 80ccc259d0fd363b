// SPDX-License-Identifier: MIT OR Apache-2.0
//! Command lines of the programs that this one replaces, as their own pages show them, one after the other in one
//! folder.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::process::Output;

use facegroup_tests::{facegroup, footage, have, text};
use models::catalogue::Task;

/// Runs a line in a folder.
fn compat(folder: &Path, program: &str, line: &str) -> Output {
    let words: Vec<&str> = line.split(' ').collect();
    let arguments = [&["compat", program, "--"], words.as_slice()].concat();
    facegroup(&arguments).current_dir(folder).output().unwrap()
}

/// Whether an optional model is here; says so where it is not.
fn has(id: &str, task: Task) -> bool {
    have(&format!("model-{id}"), models::store::resolve(id, None, task)).is_some()
}

fn compat_ok(folder: &Path, program: &str, line: &str) -> String {
    let output = compat(folder, program, line);
    assert!(output.status.success(), "{line}: {}", text(&output));
    text(&output)
}

/// Pictures in a folder, not in those within it.
fn pictures(folder: &Path) -> usize {
    let files = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let is_picture = |path: &Path| path.extension().is_some_and(|extension| extension == "jpg");
    files.filter(|file| is_picture(&file.as_ref().unwrap().path())).count()
}

/// A folder with the sample reel under these names.
fn reel_as(names: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for name in names {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(models::store::home().join("sample-reel.mp4"), path).unwrap();
    }
    root
}

/// A photograph of somebody who is in the reel.
fn photograph(root: &Path, name: &str, to: &str) {
    let to = root.join(to);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(models::store::home().join("photographs").join(name), to).unwrap();
}

#[test]
fn the_lines_of_video_to_faces_run_in_order_in_one_folder() {
    let names = ["input.mp4", "video.mkv", "videos/a.mkv", "videos/b.mp4", "videos/c.avi"];
    let root = reel_as(&names);
    let root = root.path();
    for (name, person) in [("biden.jpg", "joe"), ("obama.jpg", "barack")] {
        photograph(root, name, &format!("ref/{person}/{name}"));
    }
    let v2f = |line: &str| compat_ok(root, "v2f", line);
    assert!(v2f("--help").contains("--enc-dup-thr"));
    v2f("-i input.mp4 -s live");
    let input = pictures(&root.join("faces/0"));
    assert!(input > 0);
    // Another video in the same folder takes nothing away.
    assert!(v2f("-i video.mkv -s live").contains("another video"));
    assert_eq!(pictures(&root.join("faces/0")), input);
    assert_eq!(pictures(&root.join("video/faces/0")), input);
    v2f("-i videos -e mkv;mp4 -o output -op vid -s live");
    let first = fs::read_dir(root.join("output/faces/0")).unwrap().next().unwrap().unwrap();
    assert!(first.file_name().to_string_lossy().starts_with("vid0"), "{first:?}");
    v2f("-i video.mkv -s live -m detection");
    assert!(pictures(&root.join("video/faces")) > 0, "not sorted yet");
    v2f("-i video.mkv -s live -m grouping");
    assert_eq!(pictures(&root.join("video/faces")), 0);
    v2f(
        "-i video.mkv -s live -m detection --video-step 0.25 --video-fragment 0 0.1 --video-area 0 20 1280 700 \
         --video-reader decord",
    );
    let no_gpu = compat(root, "v2f", "-i video.mkv -s live -m detection -d cuda:9 --det-square");
    assert_eq!(no_gpu.status.code(), Some(2), "{}", text(&no_gpu));
    assert!(text(&no_gpu).contains("cuda:9"), "{}", text(&no_gpu));
    if has("mtcnn", Task::Detect) {
        v2f(
            "-i video.mkv -s live -m detection -d cpu --det-model mtcnn --det-batch-size 16 --det-min-score 0.2 \
             --det-min-size 20 --det-min-border 10 --det-scale 1.2 1.2 2 1.2 --det-square",
        );
    }
    v2f("-i video.mkv -s live -m detection --save-frames --save-rejects --save-dupes --hash-thr 2");
    assert!(pictures(&root.join("video/intermediate/frames")) > 0);
    let said = v2f(
        "-i video.mkv -s live --enc-model facenet_vgg --enc-batch-size 128 --enc-area 0.1 0.1 0.9 0.9 \
         --enc-dup-thr 0.2",
    );
    assert!(said.contains("--enc-area: not needed"), "{said}");
    v2f(
        "-i video.mkv -s live --group-mode classification --ref-dir ref --enc-oth-thr 0.8 --group-log",
    );
    assert!(pictures(&root.join("video/faces/joe")) > 0);
    assert!(root.join("video/faces/log_classification.csv").is_file());
    v2f("-i video.mkv -s live --group-mode clustering --clusters 2-6 --group-log");
    assert!(root.join("video/faces/log_clustering.csv").is_file());
    v2f("-i video.mkv -s live --group-mode clustering --clusters 2,4,6 --clusters-save-all");
    for number in ["G2", "G4", "G6"] {
        assert!(pictures(&root.join("video/faces").join(number).join("0")) > 0, "{number}");
    }
}

/// A result of the same video is replaced as these programs do it, but not what a person did to it.
#[test]
fn what_was_corrected_by_hand_is_not_replaced_unasked() {
    let root = reel_as(&["ñandú.mkv"]);
    let (root, faces) = (root.path(), root.path().join("out/faces"));
    compat_ok(root, "v2f", "-i ñandú.mkv -o out -s live");
    fs::rename(faces.join("0"), faces.join("Барак")).unwrap();
    let named = pictures(&faces.join("Барак"));
    let other = "-i ñandú.mkv -o out -s live --det-min-size 60";
    let output = compat(root, "v2f", other);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("out was corrected by hand"), "{}", text(&output));
    assert!(text(&output).contains("replace it with --force"), "{}", text(&output));
    assert_eq!(pictures(&faces.join("Барак")), named);
    compat_ok(root, "v2f", &format!("{other} --force"));
    assert!(!faces.join("Барак").exists());
}

#[test]
fn the_lines_of_facegrab_run_in_order_in_one_folder() {
    let root = reel_as(&["movies/Gladiator.avi", "video/A.mp4", "video/A2.mp4"]);
    let root = root.path();
    photograph(root, "obama.jpg", "pics/obama.jpg");
    let grab = |line: &str| compat_ok(root, "facegrab", line);
    let said = grab("-r ./pics -i ./movies/Gladiator.avi -o ./output");
    assert!(said.contains("within 0.6 of any reference") && said.contains("here sface"), "{said}");
    let found = pictures(&root.join("output/faces/pics"));
    assert!(found > 0, "{said}");
    grab("-r ./pics -i ./movies/Gladiator.avi -o ./output --display_output");
    grab("-r ./pics -i ./video/A.mp4 -o ./extract/A --save_references A.npz");
    assert!(root.join("A.npz").is_file());
    grab("-r A.npz -i ./video/A2.mp4 -o ./extract/A");
    assert_eq!(pictures(&root.join("extract/A/faces/pics")), found);
    assert_eq!(pictures(&root.join("extract/A/A2/faces/pics")), found);
}

/// Eight pictures of somebody else came out.
#[test]
fn one_reference_of_one_person_gives_that_person() {
    let Some(film) = footage("clips/sitcom-poker-720p.mp4") else { return };
    let Some(people) = footage("refs/sitcom") else { return };
    let root = tempfile::tempdir().unwrap();
    let truth = film.with_extension("csv");
    // Of six people those whom dlib's network takes for each other, and who is labelled how often.
    for (person, folder, least) in
        [("Chandler", "chandler", 11), ("Monica", "monica", 9), ("Joey", "joey", 6)]
    {
        let (out, reference) = (root.path().join(folder), people.join(folder));
        let line = format!("-r {} -i {} -o {}", reference.display(), film.display(), out.display());
        compat_ok(root.path(), "facegrab", &line);
        let found = facegroup_tests::faces(&out);
        let named = found.iter().filter(|face| face.group.as_deref() == Some(folder));
        let named: Vec<_> = named.collect();
        let rows = fs::read_to_string(&truth).unwrap();
        let (mut right, mut wrong) = (0, 0);
        for row in rows.lines().skip(1).map(|row| row.split(',').collect::<Vec<_>>()) {
            let number = |column: usize| row[column].parse::<f64>().unwrap();
            let near = named.iter().filter(|face| {
                let [x, y, w, h] = face.bbox.0.map(f64::from);
                let inside = (x..x + w).contains(&number(3)) && (y..y + h).contains(&number(4));
                inside && face.frame.abs_diff(number(0) as u64) <= 3
            });
            for _ in near {
                if row[2] == person { right += 1 } else { wrong += 1 }
            }
        }
        assert!(
            wrong == 0 && right >= least,
            "{person}: {right} right, {wrong} wrong of {}",
            named.len()
        );
    }
}

/// Its blur of 250 left nothing of a whole clip, and nothing was said.
#[test]
fn what_a_preset_leaves_out_is_said() {
    if !has("dlib-resnet", Task::Embed) {
        return;
    }
    let root = reel_as(&["videos/a.mp4"]);
    let root = root.path();
    photograph(root, "obama.jpg", "people/obama/1.jpg");
    let config = r#"{"obama": {"label": "obama", "group": "x", "faces_dir": "people/obama"}}"#;
    fs::write(root.join("config.json"), config).unwrap();
    let line = "--config config.json --video-dir videos --target-dir out --threads 4 --jitters 0";
    let said = compat_ok(root, "faceripper", &format!("{line} --blur 100000"));
    assert!(
        said.contains("--blur 100000 left out") && said.contains("no picture is left"),
        "{said}"
    );
    assert!(said.contains("keeps half of them"), "{said}");
    let said = compat_ok(root, "faceripper", &format!("{line} --blur 0 --tolerance 0.001"));
    assert!(said.contains("made with other options"), "{said}");
    assert!(said.contains("--name-threshold is less strict"), "{said}");
}
