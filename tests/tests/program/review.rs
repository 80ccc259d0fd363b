// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facegroup review` as a process: what it said is done is done, whatever becomes of it.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dataset::{Dataset, FaceRecord, InputInfo, RunInfo};
use facegroup_tests::{check_dataset, facegroup, faces, film, run_ok};
use grouping::cluster::Options;
use image::RgbImage;
use serde_json::{Value, json};

/// A running review, and where it is.
struct Review {
    child: Child,
    port: u16,
    token: String,
}

impl Review {
    fn start(out: &Path) -> Self {
        let mut command = facegroup(&["review", out.to_str().unwrap(), "--no-open"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut address).unwrap();
        let parts: Vec<&str> = address.trim().split('/').collect();
        let ["http:", "", host, token, ""] = parts.as_slice() else {
            panic!("no address: {address:?}");
        };
        let port = host.strip_prefix("127.0.0.1:").unwrap().parse().unwrap();
        Self { child, port, token: (*token).to_owned() }
    }

    /// Status and body; `None` where the server went away.
    fn ask(&self, method: &str, path: &str, body: &str) -> Option<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let head = format!(
            "{method} /{}/0/{path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|part| part == b"\r\n\r\n")?;
        let status = std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()?;
        Some((status, answer[end + 4..].to_vec()))
    }

    fn name(&self, person: &str, name: &str) -> Option<u16> {
        let said = json!({ "action": { "do": "name", "person": person, "name": name } });
        self.ask("POST", "say", &said.to_string()).map(|(status, _)| status)
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }
}

impl Drop for Review {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Forty people of two faces each.
fn result(out: &Path) {
    let run = RunInfo::new(InputInfo::for_files(&[Path::new("a.mkv")]));
    let (mut dataset, _) = Dataset::create_or_resume(out, run).unwrap();
    for face in 0..80u64 {
        let record = FaceRecord {
            video: "a.mkv".into(),
            frame: face,
            pts: face as f64 / 5.0,
            bbox: [0.0, 0.0, 20.0, 20.0].into(),
            score: 0.9,
            quality: 0.5,
            track: Some(face / 2),
            ..FaceRecord::default()
        };
        let mut row = [0.0f32; 40];
        row[face as usize / 2] = 1.0;
        dataset.append(record, Some(&RgbImage::new(20, 20)), Some(&row), "test").unwrap();
    }
    dataset.finish_input("a.mkv").unwrap();
    dataset.finish().unwrap();
    ::facegroup::group(out, &Options::new(0.9)).unwrap();
}

#[test]
fn nothing_that_was_said_to_be_done_is_lost_by_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    result(&out);
    let mut done = Vec::new();
    // Of these nobody knows whether they were named.
    let mut unclear = Vec::new();
    for round in 0..3u64 {
        let review = Review::start(&out);
        let page = String::from_utf8(review.ask("GET", "", "").unwrap().1).unwrap();
        for name in &done {
            assert!(page.contains(&format!("data-title=\"{name}\"")), "{name} is lost");
        }
        std::thread::scope(|scope| {
            let review = &review;
            scope.spawn(move || {
                std::thread::sleep(Duration::from_millis(40 + 30 * round));
                review.signal("-KILL");
            });
            for person in (0..40).filter(|person| !unclear.contains(person)).collect::<Vec<_>>() {
                let name = format!("Round {round} person {person}");
                let held = done.iter().find(|name: &&String| name.ends_with(&format!(" {person}")));
                let called = held.cloned().unwrap_or_else(|| person.to_string());
                match review.name(&called, &name) {
                    Some(200) => {
                        done.retain(|known| *known != called);
                        done.push(name);
                    }
                    Some(status) => panic!("{called}: {status}"),
                    None => {
                        done.retain(|known| *known != called);
                        unclear.push(person);
                        break;
                    }
                }
            }
        });
    }
    assert!(done.len() >= 3, "nothing was said before the kills: {done:?}");
    // Ctrl-C files what was said.
    let mut review = Review::start(&out);
    review.signal("-INT");
    assert!(review.child.wait().unwrap().success());
    for name in &done {
        assert!(out.join("faces").join(name).is_dir(), "{name} has no folder");
    }
    check_dataset(&out);
}

#[test]
fn frames_are_exact_and_a_missed_face_joins() {
    let Some(photograph) = film::photograph() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("counter.mkv");
    let times: Vec<u64> = (0..40).map(|number| 40 * number).collect();
    let pictures = times.iter().map(|time| film::picture(&photograph, time / 40));
    let coder =
        "x264enc bframes=3 key-int-max=12 quantizer=18 pass=quant ! h264parse ! matroskamux";
    if !film::write(pictures, &times, coder, &file) {
        return;
    }
    let out = folder.path().join("out");
    run_ok(&[file.to_str().unwrap(), "-o", out.to_str().unwrap(), "--quiet"]);
    let found = faces(&out);
    let review = Review::start(&out);
    for face in found.iter().take(3) {
        let path = format!("frame/0/{}?pts={}", face.frame, face.pts);
        let (status, bytes) = review.ask("GET", &path, "").unwrap();
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&bytes));
        let frame = image::load_from_memory(&bytes).unwrap().into_rgb8();
        assert_eq!(frame.dimensions(), (film::WIDTH, film::HEIGHT));
        assert_eq!(film::number_on(&frame), face.frame % film::CYCLE, "{path}");
    }
    let (status, film) = review.ask("GET", "film/0", "").unwrap();
    assert_eq!((status, film), (200, std::fs::read(&file).unwrap()));
    // The head again, as somebody draws it who thinks that it was missed.
    let [x, y, width, height] = found[0].bbox.0;
    let drawn = json!({ "video": 0, "frame": found[0].frame, "box": [x - 4.0, y - 4.0, width + 8.0, height + 8.0] });
    let (status, answer) = review.ask("POST", "add-face", &drawn.to_string()).unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    let now = faces(&out);
    assert_eq!(now.len(), found.len() + 1);
    let added = now.iter().find(|face| face.extra.contains_key("drawn")).unwrap();
    assert_eq!((added.frame, added.face), (found[0].frame, 1));
    assert!((added.bbox.0[0] - x).abs() < 6.0 && added.landmarks.is_some(), "{added:?}");
    assert!(added.embedding.is_some() && added.quality > 0.1);
    let (status, answer) = review.ask("POST", "group", "{}").unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["all"], true);
    drop(review);
    check_dataset(&out);
    assert!(faces(&out).iter().all(|face| face.group.is_some()));
}

#[test]
fn a_face_drawn_on_a_photograph_is_looked_for_there() {
    let Some(photograph) = film::photograph() else { return };
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    film::picture(&photograph, 1).save(pictures.join("a.png")).unwrap();
    film::picture(&photograph, 2).save(pictures.join("b.png")).unwrap();
    let out = folder.path().join("out");
    run_ok(&["group", pictures.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    let found = faces(&out);
    assert_eq!(found.len(), 2, "{found:?}");
    let review = Review::start(&out);
    let [x, y, width, height] = found[1].bbox.0;
    let drawn =
        json!({ "video": 0, "frame": 1, "box": [x - 3.0, y - 3.0, width + 6.0, height + 6.0] });
    let (status, answer) = review.ask("POST", "add-face", &drawn.to_string()).unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    let (status, picture) = review.ask("GET", "frame/0/1?pts=1", "").unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&picture));
    drop(review);
    check_dataset(&out);
    let now = faces(&out);
    let added = now.iter().find(|face| face.extra.contains_key("drawn")).unwrap();
    assert_eq!((added.frame, added.face), (1, 1));
    assert_eq!(added.extra["source"], "b.png");
    assert!((added.bbox.0[0] - x).abs() < 6.0 && added.embedding.is_some(), "{added:?}");
}
