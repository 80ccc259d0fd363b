// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the README shows can be typed as it stands there.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use facegroup_tests::{existing, program, skip, text};

#[test]
fn the_examples_run_from_top_to_bottom_in_one_folder() {
    if existing("sample-reel", models::store::home().join("sample-reel.mp4")).is_none() {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("readme");
    let output = Command::new(script).env("FACEGROUP", program()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let said = text(&output);
    for (model, line) in
        said.lines().filter_map(|line| line.strip_prefix("lacks ")?.split_once(": "))
    {
        skip(&format!("model-{model}"), line);
    }
}
