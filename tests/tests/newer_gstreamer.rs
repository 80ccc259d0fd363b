// SPDX-License-Identifier: MIT OR Apache-2.0
//! What GStreamer decides, on that of Debian 13 in a tree made for it: elements, which pictures are decoded, and
//! the metas with its analytics meta. What was built here runs there as it is.
// A program of its own: it asks cargo for programs and builds in that tree for minutes, and others watch a clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

use facegroup_tests::{skip, text};

/// What `tests/bare-machine` ends with where no such tree can be made.
const SKIPPED: i32 = 77;
/// Packages all of whose test programs run there, and of others the tests with these words in their path.
const PACKAGES: [(&str, &str); 6] = [
    ("framesource", "skip::"),
    ("gst-plugin-facedetect", ""),
    ("gst-plugin-faceembed", ""),
    ("gst-plugin-facegroup", ""),
    ("gst-frameview", ""),
    ("facemeta", ""),
];

/// Of the surrounding cargo: that of another command has its own.
const OWN: [&str; 4] = ["CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR", "RUSTFLAGS", "MAKEFLAGS"];

/// Folder, program and words of each test program, as they were built for this very run.
fn programs(root: &Path) -> Vec<String> {
    let mut command = Command::new("cargo");
    command.args(["test", "--release", "--locked", "--workspace", "--no-run"]);
    let output = command.arg("--message-format=json").current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let mut programs = Vec::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let (Some(program), Some(manifest)) =
            (message["executable"].as_str(), message["manifest_path"].as_str())
        else {
            continue;
        };
        let folder = Path::new(manifest).parent().unwrap();
        let name = folder.file_name().unwrap().to_str().unwrap();
        let wanted = PACKAGES.iter().find(|(package, _)| *package == name);
        if let Some((_, words)) = wanted.filter(|_| message["profile"]["test"] == true) {
            programs.push(format!("{}:{program}:{words}", folder.display()));
        }
    }
    programs
}

#[test]
fn what_was_built_here_does_the_same_on_debian_13() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let programs = programs(&root);
    assert!(programs.len() > 10, "{programs:?}");
    let mut command = Command::new(root.join("tests/bare-machine"));
    OWN.iter().for_each(|name| {
        command.env_remove(name);
    });
    let output = command.arg("--newer").args(&programs).output().unwrap();
    let said = text(&output);
    if output.status.code() == Some(SKIPPED) {
        skip("newer-gstreamer", said.lines().last().unwrap_or_default());
        return;
    }
    assert!(output.status.success(), "{said}");
    let version = said.lines().find(|line| line.starts_with("1.")).unwrap();
    println!("against GStreamer {version}");
    let passed = said.matches("test result: ok. ").count();
    assert!(passed > programs.len() && said.contains("both_forms_say_the_same ... ok"), "{said}");
    assert!(said.contains("real_films ... ok"), "{said}");
}
