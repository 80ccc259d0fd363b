// SPDX-License-Identifier: MIT OR Apache-2.0
//! The metas against a GStreamer that knows analytics: that of Debian 13, in a tree made for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

use facegroup_tests::text;

/// What `tests/bare-machine` ends with where no such tree can be made.
const SKIPPED: i32 = 77;

#[test]
fn faces_are_read_and_written_as_the_analytics_meta_of_debian_13() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // Of the surrounding cargo: the one inside has its own.
    let own = ["CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR", "RUSTFLAGS", "MAKEFLAGS"];
    let mut command = Command::new(root.join("tests/bare-machine"));
    own.iter().for_each(|name| {
        command.env_remove(name);
    });
    let output = command.arg("--analytics").output().unwrap();
    let said = text(&output);
    if output.status.code() == Some(SKIPPED) {
        println!("skipped: {}", said.lines().last().unwrap_or_default());
        return;
    }
    assert!(output.status.success(), "{said}");
    let version = said.lines().find(|line| line.starts_with("1.")).unwrap();
    println!("against GStreamer {version}");
    let passed = said.matches("test result: ok. ").count();
    assert!(passed >= 2 && said.contains("both_forms_say_the_same ... ok"), "{said}");
}
