// SPDX-License-Identifier: MIT OR Apache-2.0
//! What tests of several packages need: skips that are counted, footage, GStreamer that forgives nothing.
//!
//! It knows none of our packages, so that each may have it for its tests.
#![allow(clippy::unwrap_used, clippy::panic)]

#[cfg(feature = "browser")]
pub mod axe;
#[cfg(feature = "browser")]
pub mod browser;

use std::fmt::Display;
use std::panic::Location;
use std::path::{Path, PathBuf};

/// What may be missing although skips are failures: a key each, and why.
const MAY_SKIP: &str = include_str!("../../may-skip.txt");

/// Says that a test, or a part of it, is skipped, since what the key stands for is missing here.
///
/// # Panics
/// Where `FACEGROUP_STRICT` is set and the key does not stand in `tests/may-skip.txt`.
#[track_caller]
pub fn skip(key: &str, why: impl Display) {
    println!("skipped: {}: {key}: {why}", test());
    assert!(
        !strict() || may_skip(key),
        "skipped with FACEGROUP_STRICT, and tests/may-skip.txt has no {key}: {why}"
    );
}

/// The value, or a skip that says what went wrong.
#[track_caller]
pub fn have<T, E: Display>(key: &str, found: Result<T, E>) -> Option<T> {
    match found {
        Ok(value) => Some(value),
        Err(error) => {
            skip(key, error);
            None
        }
    }
}

/// A file or folder of the footage with ground truth; skips and gives `None` where it is absent.
#[track_caller]
pub fn footage(name: &str) -> Option<PathBuf> {
    let beside = || shared().join("footage");
    let root = std::env::var_os("FACEGROUP_FOOTAGE").map_or_else(beside, PathBuf::from);
    existing("footage", root.join(name))
}

/// A file of the inputs that strangers' files led to; skips and gives `None` where it is absent.
#[track_caller]
pub fn case(name: &str) -> Option<PathBuf> {
    existing("cases", shared().join("cases").join(name))
}

/// The path, where something is there; otherwise a skip.
#[track_caller]
pub fn existing(key: &str, path: PathBuf) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    skip(key, format_args!("no {}", path.display()));
    None
}

/// GStreamer as tests want it, once a process: GLib's complaints are failures, as with
/// `G_DEBUG=fatal-warnings`. What else is to be done once comes along.
#[cfg(feature = "gstreamer")]
pub fn init_gstreamer(register: impl FnOnce()) {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        use gst::glib;
        gst::init().unwrap();
        glib::log_set_always_fatal(
            glib::LogLevels::LEVEL_CRITICAL | glib::LogLevels::LEVEL_WARNING,
        );
        register();
    });
}

/// Beside the checkout, and no part of it.
fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared")
}

fn strict() -> bool {
    std::env::var_os("FACEGROUP_STRICT").is_some_and(|value| !value.is_empty() && value != "0")
}

fn may_skip(key: &str) -> bool {
    keys(MAY_SKIP).any(|(known, _)| known == key)
}

/// Key and reason of each line.
fn keys(list: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = list.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(char::is_whitespace).unwrap_or((line, "")))
}

/// The running test; the place in the code where it has no thread of its own (`--test-threads=1`, or a thread
/// that the test started).
#[track_caller]
fn test() -> String {
    match std::thread::current().name() {
        Some(name) if name != "main" => name.to_owned(),
        _ => {
            let place = Location::caller();
            format!("{}:{}", place.file(), place.line())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_reason_and_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        for (key, reason) in keys(MAY_SKIP) {
            assert!(reason.trim().len() > 10, "{key}: why?");
            assert!(seen.insert(key), "{key} stands twice");
        }
        assert!(seen.contains("footage"));
    }

    #[test]
    fn comments_and_empty_lines_are_no_keys() {
        let list = "# a comment\n\nkey  why it is so\nbare\n";
        assert_eq!(keys(list).collect::<Vec<_>>(), [("key", " why it is so"), ("bare", "")]);
        assert!(!may_skip("#"));
    }

    #[test]
    fn the_test_is_named() {
        let alone = std::thread::current().name() == Some("main");
        assert!(alone || test() == "tests::the_test_is_named", "{}", test());
        let other = std::thread::spawn(|| assert!(test().contains("lib.rs:"), "{}", test()));
        other.join().unwrap();
    }
}
