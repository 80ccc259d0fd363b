// SPDX-License-Identifier: MIT OR Apache-2.0
//! No property, default, range, pad or signal changes unseen: what is kept in `docs/plugins.json` is
//! what the elements have.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

#[test]
fn the_interface_is_the_one_in_the_repository() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/plugins.json");
    let found =
        serde_json::to_string_pretty(&facegroup_tests::interface::describe()).unwrap() + "\n";
    if std::env::var_os("UPDATE_INTERFACE").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if kept == found {
        return;
    }
    let (old, new): (Vec<_>, Vec<_>) = (kept.lines().collect(), found.lines().collect());
    let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("- {line}"));
    let come = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+ {line}"));
    let changes: Vec<_> = gone.chain(come).collect();
    panic!(
        "the elements' interface is not that of docs/plugins.json:\n{}\nIf that is meant: \
         UPDATE_INTERFACE=1 cargo test --release -p facegroup-tests --test program interface::, and a line in CHANGELOG.md",
        changes.join("\n")
    );
}
