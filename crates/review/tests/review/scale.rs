// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hundred thousand faces of two thousand people. It measures, so that it runs alone:
//! `cargo test --release --locked --workspace --test review -- --ignored --nocapture scale::`.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use dataset::format::lines::encode;
use dataset::format::npy::Embeddings;
use dataset::{FaceRecord, GroupSummary, Groups, InputInfo, InputState, Layout, RunInfo, Segment};
use image::{Rgb, RgbImage};
use review::Limits;
use serde_json::json;
use testkit::browser::Browser;

use crate::fixture::Server;

const PEOPLE: u64 = 2000;
const FACES: u64 = 100_000;
const DIMENSIONS: usize = 128;

fn write(out: &Path) {
    let layout = Layout::new(out);
    let input = InputInfo {
        path: out.join("long.mkv").display().to_string(),
        name: "long.mkv".into(),
        state: InputState::Complete,
        duration: Some(FACES as f64 / 10.0),
        interval: Some(0.1),
        ..InputInfo::default()
    };
    fs::create_dir_all(layout.faces()).unwrap();
    let run = RunInfo { embedding_model: Some("test".into()), ..RunInfo::new(vec![input]) };
    run.write(&layout).unwrap();
    // A file may have 65,000 names at most.
    let one = |face: u64| out.join(format!("{}.jpg", face / 50_000));
    for face in [0, FACES / 2] {
        let picture = RgbImage::from_fn(90, 120, |x, y| Rgb([x as u8, y as u8, 90]));
        picture.save(one(face)).unwrap();
    }
    let mut lines = BufWriter::new(File::create(layout.lines()).unwrap());
    let mut rows = Embeddings::create(&layout.embeddings(), DIMENSIONS).unwrap();
    for person in 0..PEOPLE {
        fs::create_dir(layout.faces().join(person.to_string())).unwrap();
    }
    let mut random = 1u32;
    let mut noise = || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let centres: Vec<Vec<f32>> =
        (0..PEOPLE).map(|_| (0..DIMENSIONS).map(|_| noise()).collect()).collect();
    for face in 0..FACES {
        // Tracks of ten faces, people in turns.
        let person = face / 10 % PEOPLE;
        let file = format!("faces/{person}/{face:06}_0.jpg");
        fs::hard_link(one(face), out.join(&file)).unwrap();
        let row: Vec<f32> =
            centres[person as usize].iter().map(|value| value + 0.2 * noise()).collect();
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        let row: Vec<f32> = row.iter().map(|value| value / length).collect();
        let record = FaceRecord {
            video: "long.mkv".into(),
            frame: face,
            pts: face as f64 / 10.0,
            bbox: [10.0, 20.0, 30.0, 40.0].into(),
            score: 0.9,
            quality: 0.5,
            track: Some(face / 10),
            group: Some(person.to_string()),
            file: Some(file),
            embedding: Some(rows.push(&row).unwrap()),
            ..FaceRecord::default()
        };
        lines.write_all(&encode(&record, &layout.lines()).unwrap()).unwrap();
    }
    lines.flush().unwrap();
    let group = |person: u64| {
        let frames: Vec<u64> =
            (0..FACES).step_by(10).filter(|face| face / 10 % PEOPLE == person).collect();
        let mut group = GroupSummary {
            name: person.to_string(),
            size: (FACES / PEOPLE) as usize,
            tracks: frames.len(),
            best: vec![format!("faces/{person}/{:06}_0.jpg", frames[0])],
            ..GroupSummary::default()
        };
        let segments = frames.iter().map(|frame| *frame as f64 / 10.0);
        let segments = segments.map(|start| Segment { start, end: start + 1.0 }).collect();
        group.set_on_screen(BTreeMap::from([("long.mkv".to_owned(), segments)]));
        group
    };
    let groups = (0..PEOPLE).map(group).collect();
    let unsure = GroupSummary { name: "unsure".into(), ..GroupSummary::default() };
    Groups { algorithm: "average".into(), groups, unsure, ..Groups::default() }
        .write(&layout)
        .unwrap();
}

/// Resident memory of this process in MB, and the most it ever had.
fn memory() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0)
    };
    (of("VmRSS:") / 1024, of("VmHWM:") / 1024)
}

#[test]
#[ignore = "it measures, and takes a minute"]
fn a_hundred_thousand_faces() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    write(&out);
    let before = memory();
    let begun = Instant::now();
    let server = Server::start(&[out], Limits::default());
    println!("opened in {:?}, memory {before:?} -> {:?} MB", begun.elapsed(), memory());
    let begun = Instant::now();
    let wall = server.get("");
    println!("wall: {} kB in {:?}", wall.body.len() / 1000, begun.elapsed());
    assert_eq!(wall.body.matches("<article").count() as u64, PEOPLE);
    let mut slowest = Duration::ZERO;
    for number in 0..20 {
        let named =
            json!({ "do": "name", "person": number.to_string(), "name": format!("Name {number}") });
        let begun = Instant::now();
        let answer = server.post("say", &json!({ "action": named, "cards": true }));
        assert_eq!(answer.status, 200, "{answer:?}");
        slowest = slowest.max(begun.elapsed());
    }
    println!("slowest of 20 names: {slowest:?}");
    for (what, path) in
        [("person", "person?name=77"), ("queue", "queue"), ("news", "news?since=20")]
    {
        let begun = Instant::now();
        assert_eq!(server.get(path).status, 200);
        println!("{what}: {:?}", begun.elapsed());
    }
    println!("memory {:?} MB", memory());
    assert!(slowest < Duration::from_millis(400), "{slowest:?}");
    let Some(browser) = Browser::start() else { return };
    let begun = Instant::now();
    let page = browser.open(&format!("{}0/", server.address));
    page.wait("document.querySelector('.find output').value !== ''");
    println!("wall usable in the browser after {:?}", begun.elapsed());
    page.click(".card[data-name=\"100\"] input");
    page.write("Somebody");
    let begun = Instant::now();
    page.key("Enter");
    page.wait("document.querySelector('.card[data-title=Somebody]')");
    println!("named in the browser after {:?}", begun.elapsed());
    println!("memory {:?} MB", memory());
}
