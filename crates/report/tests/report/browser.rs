// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page as a browser shows it: nothing over anything else at any width, and a form that finds people.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use report::Options;
use serde_json::{Value, json};

use crate::fixture::{self, result};

/// Widths of phones, of windows, and on both sides of where the page changes.
const WIDTHS: [u32; 12] = [360, 400, 480, 500, 600, 700, 720, 721, 800, 1000, 1280, 1400];
/// How long a browser may take.
const PATIENCE: Duration = Duration::from_secs(100);

/// What `browser.js` says of a page; `None` without a browser.
fn look(page: &Path) -> Option<Value> {
    let browser = testkit::browser::chromium()?;
    let folder = tempfile::tempdir().unwrap();
    let frame = folder.path().join("frame.html");
    let html = serde_json::to_string(&fs::read_to_string(page).unwrap()).unwrap();
    let script = include_str!("browser.js");
    let call = format!("look({}, {WIDTHS:?})", html.replace('<', "\\u003c"));
    let html = format!(
        "<!doctype html><meta charset=utf-8><pre id=said></pre><script>{script}{call}</script>"
    );
    fs::write(&frame, html).unwrap();
    let mut command = Command::new(browser);
    let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
    command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]);
    command.args([
        "--window-size=1500,1600",
        "--virtual-time-budget=60000",
        "--dump-dom",
        &profile,
    ]);
    // A file, since a pipe that nobody empties would stop it.
    let shown = folder.path().join("shown.html");
    command.arg(format!("file://{}", frame.display())).stderr(Stdio::null());
    let mut child = command.stdout(fs::File::create(&shown).unwrap()).spawn().unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("the browser showed nothing in {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let shown = fs::read_to_string(shown).unwrap();
    let (_, said) = shown.split_once("<pre id=\"said\">").unwrap();
    let said = said.split_once("</pre>").unwrap().0;
    let said = said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    Some(serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said:?}")))
}

#[test]
fn nothing_overlaps_and_everybody_is_found() {
    let folder = fixture::crowd(3, 6);
    let page = report::write(folder.path(), Options::default()).unwrap();
    let Some(said) = look(&page) else { return };
    assert_eq!(said["wrong"], json!([]));
    let find = &said["find"];
    assert_eq!(find["shown"], true);
    let everybody = [fixture::LONG_NAME, "Zoë", "Person 2", "Person 3", "Person 4", "Person 5"];
    assert_eq!(find["nothing"]["people"], json!(everybody));
    assert_eq!(find["nothing"]["found"], "6 people");
    assert_eq!(find["name"]["people"], json!(["Zoë"]));
    assert_eq!(find["name"]["found"], "1 of 6 people");
    let turned: Vec<_> = everybody.iter().rev().collect();
    assert_eq!(find["faces"]["people"], json!(turned), "the last has most faces");
    assert_eq!(find["names"]["people"][1], "Person 2");
    assert_eq!(find["names"]["people"][5], "Zoë");
    let first = [3, 0, 4, 1, 5, 2].map(|place: usize| everybody[place]);
    assert_eq!(find["first"]["people"], json!(first), "in the first video the last is seen first");
    assert_eq!(find["video"]["videos"], json!(["1.mkv"]));
    assert_eq!(find["video"]["people"], json!(["Zoë", "Person 4"]));
    assert_eq!(find["both"]["people"], json!(["Person 3"]));
    assert_eq!(find["nobody"]["people"], json!([]));
    assert_eq!(find["nobody"]["videos"], json!([]));
}

#[test]
fn time_lines_are_zoomed_and_tell_what_is_under_the_pointer() {
    let folder = fixture::crowd(3, 6);
    let page = report::write(folder.path(), Options::default()).unwrap();
    let Some(said) = look(&page) else { return };
    let zoom = &said["zoom"];
    assert_eq!(zoom["whole"]["view"], "0 0 10000 20");
    assert_eq!(zoom["half"]["view"], "2500 0 5000 20");
    assert_eq!(zoom["first"]["view"], "0 0 5000 20");
    assert_eq!(zoom["after"], "0 0 10000 20");
    let labels = |part: &str| zoom[part]["labels"].as_array().unwrap().clone();
    assert_eq!(labels("first")[0], "0:00");
    assert!(labels("half").len() > labels("whole").len() / 2 + 1, "finer: {zoom}");
    assert_eq!(zoom["under"]["shown"], true);
    let words = zoom["under"]["words"].as_str().unwrap();
    assert!(words.contains(", ") && words.contains(':'), "{words}");
    assert_eq!(zoom["under"]["image"], "data:image");
    assert_eq!(zoom["chosen"], 1);
    assert!(zoom["keyed"].as_str().is_some_and(|words| words.contains(':')), "{zoom}");
}

#[test]
fn everybody_can_use_it_by_the_rules_of_axe() {
    let Some(browser) = testkit::browser::Browser::start() else { return };
    let folder = fixture::crowd(3, 6);
    let path = report::write(folder.path(), Options::default()).unwrap();
    let page = browser.open(&format!("file://{}", path.display()));
    for (width, dark) in [(400, false), (1280, true)] {
        page.size(width, 900, dark);
        let found = testkit::axe::violations(&page).unwrap_or_default();
        assert!(found.is_empty(), "at {width}:\n{}", found.join("\n"));
    }
}

#[test]
fn a_small_result_is_shown_well_too() {
    let folder = result();
    let page = report::write(folder.path(), Options::default()).unwrap();
    let Some(said) = look(&page) else { return };
    assert_eq!(said["wrong"], json!([]));
}
