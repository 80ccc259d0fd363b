// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who may know whom: every arrow between the parts is one of ARCHITECTURE.md, and none leads back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each part may import of the others.
const ARROWS: [(&str, &[&str]); 14] = [
    ("imaging", &[]),
    ("facemeta", &[]),
    ("models", &["imaging"]),
    ("grouping", &["imaging"]),
    ("dataset", &["grouping", "imaging"]),
    ("report", &["dataset", "grouping", "imaging"]),
    ("interchange", &["dataset", "grouping", "imaging"]),
    ("facegroup", &["report", "interchange", "dataset", "grouping", "models", "imaging"]),
    ("review", &["facegroup", "report", "dataset"]),
    ("gst-frameview", &["facemeta", "models", "imaging"]),
    ("framesource", &["facemeta", "imaging", "models"]),
    ("gst-plugin-facedetect", &["gst-frameview", "facemeta", "models", "imaging"]),
    ("gst-plugin-faceembed", &["gst-frameview", "facemeta", "models", "imaging"]),
    (
        "gst-plugin-facegroup",
        &["facegroup", "dataset", "grouping", "models", "imaging", "gst-frameview", "facemeta"],
    ),
];

/// The program, which may know all of them, and what is about all of them.
const ABOVE: [&str; 6] = [
    "launcher",
    "facegroup-tests",
    "facegroup-benches",
    "facegroup-examples",
    "testkit",
    "untrusted",
];

/// Those that know no GStreamer.
const WITHOUT_GSTREAMER: [&str; 8] =
    ["imaging", "models", "grouping", "dataset", "report", "interchange", "facegroup", "review"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Folder and dependencies of each part, those of its tests left out.
fn parts() -> BTreeMap<String, (PathBuf, BTreeSet<String>)> {
    let mut command = Command::new("cargo");
    command.args(["metadata", "--no-deps", "--offline", "--format-version=1"]);
    let output = command.current_dir(root()).output().unwrap();
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |part: &serde_json::Value| {
        let needs = part["dependencies"].as_array().unwrap().iter();
        let needs = needs.filter(|need| need["kind"].is_null());
        let needs = needs.map(|need| need["name"].as_str().unwrap().to_owned()).collect();
        let manifest = Path::new(part["manifest_path"].as_str().unwrap());
        let name = part["name"].as_str().unwrap().to_owned();
        (name, (manifest.parent().unwrap().to_path_buf(), needs))
    };
    all["packages"].as_array().unwrap().iter().map(of).collect()
}

/// The lines of code below a folder, comments left out, each with its place.
fn code(folder: &Path) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let numbered = text.lines().enumerate();
                let some = numbered.filter(|(_, line)| !line.trim_start().starts_with("//"));
                lines.extend(some.map(|(number, line)| {
                    (format!("{}:{}", path.display(), number + 1), line.to_owned())
                }));
            }
        }
    }
    lines
}

fn refuse(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn arrows_lead_down_only() {
    let parts = parts();
    let ours: BTreeSet<&str> = parts.keys().map(String::as_str).collect();
    let known: BTreeSet<&str> = ARROWS.iter().map(|(part, _)| *part).chain(ABOVE).collect();
    assert_eq!(ours, known, "a part without a place: give it arrows here and in ARCHITECTURE.md");
    let mut wrong = Vec::new();
    for (part, may) in ARROWS {
        let needs = parts[part].1.iter().map(String::as_str);
        let ours = needs.filter(|need| ours.contains(need));
        wrong.extend(
            ours.filter(|need| !may.contains(need)).map(|need| format!("{part} -> {need}")),
        );
    }
    refuse("arrows that nobody drew", &wrong);
}

#[test]
fn what_needs_no_gstreamer_knows_none() {
    let parts = parts();
    let mut wrong = Vec::new();
    for part in WITHOUT_GSTREAMER {
        let needs = parts[part].1.iter();
        let theirs = needs.filter(|need| need.starts_with("gstreamer") || *need == "glib");
        wrong.extend(theirs.map(|need| format!("{part} -> {need}")));
    }
    refuse("GStreamer where it has no business", &wrong);
}

#[test]
fn grouping_opens_no_file() {
    let found = code(&parts()["grouping"].0.join("src"));
    let opens =
        |line: &str| ["std::fs", "File::", "std::net"].iter().any(|word| line.contains(word));
    let wrong: Vec<String> =
        found.into_iter().filter(|(_, line)| opens(line)).map(|(place, _)| place).collect();
    refuse("files in grouping", &wrong);
}

#[test]
fn the_command_line_is_parsed_without_gstreamer() {
    let found = code(&parts()["launcher"].0.join("src/cli"));
    let knows = |line: &str| line.contains("gst::") || line.contains("gst_");
    let wrong: Vec<String> =
        found.into_iter().filter(|(_, line)| knows(line)).map(|(place, _)| place).collect();
    refuse("GStreamer in cli/", &wrong);
}

/// Where tests ask a dependency for more than the program does, all that stands on it is built twice.
#[test]
fn tests_ask_no_more_of_what_the_program_depends_on() {
    let features = |kinds: &str| -> BTreeSet<String> {
        let mut command = Command::new("cargo");
        command.args(["tree", "--locked", "--offline", "--workspace", "--prefix", "none"]);
        command.args(["-e", kinds, "--format", "{p} with {f}"]);
        let output = command.current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        // Our own packages have their folder beside their name.
        let theirs = lines.lines().filter(|line| !line.contains(" (/"));
        theirs.map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
    };
    let (run, test) = (features("normal,build"), features("normal,build,dev"));
    let twice: Vec<_> = run.difference(&test).collect();
    assert!(twice.is_empty(), "see the end of launcher's dependencies: {twice:?}");
}
