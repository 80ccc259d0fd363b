// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the end-to-end tests share: footage, the program, synthetic films.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod film;
pub mod interface;
pub mod plugins;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use dataset::FaceRecord;
pub use testkit::{case, existing, footage, have, skip};

/// The program, built in the same profile as this test.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("facegroup");
    assert!(program.exists(), "{} is missing: cargo build -p launcher first", program.display());
    program
}

/// The program with arguments, ready to start.
pub fn facegroup(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(arguments).stdin(Stdio::null()).env("RUST_BACKTRACE", "1");
    command
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> Output {
    facegroup(arguments).output().unwrap()
}

/// Runs the program, which must succeed.
pub fn run_ok(arguments: &[&str]) -> Output {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    output
}

/// Makes `home` a home of models that has what this machine has, and these of a mirror too.
pub fn with_models(home: &Path, ids: &[&str], mirror: &Path) {
    let own = models::store::home();
    for name in ["lib", "photographs"] {
        std::os::unix::fs::symlink(own.join(name), home.join(name)).unwrap();
    }
    let models = home.join("models");
    std::fs::create_dir(&models).unwrap();
    for entry in std::fs::read_dir(own.join("models")).unwrap() {
        let path = entry.unwrap().path();
        std::os::unix::fs::symlink(&path, models.join(path.file_name().unwrap())).unwrap();
    }
    let mut get = facegroup(&["models", "get", "--accept-licence"]);
    get.args(ids).env("FACEGROUP_HOME", home).env("FACEGROUP_MODELS_MIRROR", mirror);
    let output = get.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

/// What a program printed.
pub fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The lines of a dataset.
pub fn faces(location: &Path) -> Vec<FaceRecord> {
    let lines = std::fs::read_to_string(location.join("faces.jsonl")).unwrap_or_default();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every claim a dataset makes about itself: files exist, rows are there, pictures open, and no
/// picture lies around that no line names.
pub fn check_dataset(location: &Path) {
    let loaded = dataset::Dataset::read(location).unwrap();
    let mut named = std::collections::BTreeSet::new();
    for face in &loaded.faces {
        if let Some(file) = &face.file {
            let picture =
                image::open(location.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
            assert!(picture.width() > 0);
            assert!(named.insert(file.clone()), "{file} is named twice");
            let group = face.group.as_deref().expect("grouped");
            assert!(file.starts_with(&format!("faces/{group}/")), "{file} in {group}");
        }
        if let Some(row) = face.embedding {
            let norm: f32 = loaded.embeddings.row(row).iter().map(|v| v * v).sum();
            assert!((norm - 1.0).abs() < 1e-3, "row {row} has norm {norm}");
        }
    }
    let mut found = std::collections::BTreeSet::new();
    for group in std::fs::read_dir(location.join("faces")).unwrap() {
        let group = group.unwrap().path();
        if group.extension().is_some_and(|extension| extension == "csv") {
            continue;
        }
        for file in std::fs::read_dir(&group).unwrap_or_else(|_| panic!("{}", group.display())) {
            let file = file.unwrap().path();
            let name = file.strip_prefix(location).unwrap().to_string_lossy().into_owned();
            assert!(named.contains(&name), "{name} belongs to no line");
            found.insert(name);
        }
    }
    assert_eq!(found, named);
    assert!(location.join("report.html").exists());
}
