// SPDX-License-Identifier: MIT OR Apache-2.0
//! Results that are made up, a server over one, and a client that sends anything.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::bail;
use dataset::{Dataset, FaceRecord, InputInfo, RunInfo};
use facegroup::import::Drawn;
use grouping::cluster::Options;
use image::{Rgb, RgbImage};
use review::{Hooks, Limits, Review, ServeError, Stopper};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Dimensions of the embeddings: one a person.
const DIMENSIONS: usize = 16;

/// What a made person looks like: how many tracks, and how near to the person before.
pub struct Cast<'c> {
    /// Tracks of each person, of four faces.
    pub tracks: &'c [usize],
    /// How much of the one before is in each.
    pub alike: f32,
    /// Whether two are on some frames together, and so are two people for sure.
    pub together: bool,
}

impl Default for Cast<'_> {
    fn default() -> Self {
        Self { tracks: &[6, 5, 4, 3, 2], alike: 0.0, together: true }
    }
}

/// A vector of person `who`, a little moved by `by`.
fn vector(who: usize, alike: f32, by: usize) -> Vec<f32> {
    let mut row = [0.0f32; DIMENSIONS];
    row[who] = 1.0;
    if who > 0 {
        row[who - 1] = alike;
    }
    row[DIMENSIONS - 1 - by % 3] += 0.1;
    let length = row.iter().map(|v| v * v).sum::<f32>().sqrt();
    row.iter().map(|v| v / length).collect()
}

/// A picture of a head in the colour of its person.
fn picture(who: usize, face: u64) -> RgbImage {
    let colour =
        [60 + 40 * (who % 4) as u8, 60 + 70 * (who / 2 % 3) as u8, 200 - 35 * (who % 5) as u8];
    RgbImage::from_fn(90, 120, |x, y| {
        let (dx, dy) = (x as f32 - 45.0, (y as f32 - 62.0) * 0.8);
        let eyes =
            (y as i32 - 52).abs() < 5 && ((x as i32 - 34).abs() < 5 || (x as i32 - 56).abs() < 5);
        match dx.hypot(dy) {
            d if d < 32.0 && eyes => Rgb([20, 20, 30]),
            d if d < 32.0 => Rgb(colour),
            _ => Rgb([(x * 2) as u8, (40 + 5 * (face % 20)) as u8, (y + 30) as u8]),
        }
    })
}

/// A grouped result of these people, on films that are in its folder.
pub fn result(cast: &Cast<'_>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("Some film.mkv");
    fs::write(&film, (0..100_000u32).map(|byte| byte as u8).collect::<Vec<u8>>()).unwrap();
    write(&folder.path().join("out"), &film, cast);
    folder
}

/// Writes it.
pub fn write(out: &Path, film: &Path, cast: &Cast<'_>) {
    let mut run = RunInfo::new(InputInfo::for_files(&[film]));
    run.inputs[0].duration = Some(120.0);
    run.inputs[0].interval = Some(0.2);
    for (what, size) in [("width", 320), ("height", 240)] {
        run.inputs[0].extra.insert(what.into(), size.into());
    }
    let video = run.inputs[0].name.clone();
    let (mut dataset, _) = Dataset::create_or_resume(out, run).unwrap();
    let mut order: Vec<(u64, usize, u64)> = Vec::new();
    let mut track = 0;
    for (who, tracks) in cast.tracks.iter().enumerate() {
        for number in 0..*tracks as u64 {
            let place = if cast.together { who / 2 } else { who };
            let begin = 25 * (8 * number + place as u64);
            order.extend((0..4).map(|face| (begin + 5 * face, who, track)));
            track += 1;
        }
    }
    order.sort_unstable();
    for (frame, who, track) in order {
        let record = FaceRecord {
            video: video.clone(),
            frame,
            pts: frame as f64 / 25.0,
            bbox: [20.0 + 50.0 * who as f32, 60.0, 40.0, 50.0].into(),
            score: 0.9,
            quality: 0.5,
            track: Some(track),
            in_picture: Some([0.2, 0.25, 0.6, 0.55].into()),
            ..FaceRecord::default()
        };
        let row = vector(who, cast.alike, frame as usize / 5);
        dataset.append(record, Some(&picture(who, frame)), Some(&row), "test").unwrap();
    }
    dataset.finish_input(&video).unwrap();
    dataset.finish().unwrap();
    facegroup::group(out, &Options::new(0.6)).unwrap();
}

/// A server on a thread of its own.
pub struct Server {
    pub address: String,
    pub port: u16,
    pub token: String,
    stopper: Stopper,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

/// What a launcher would do, without films.
pub fn hooks() -> Hooks {
    Hooks {
        group_again: Box::new(|location| {
            facegroup::group(location, &Options::new(0.6))?;
            Ok(())
        }),
        frame: Box::new(|path, frame, _| {
            if !path.is_file() {
                bail!("{} is not there", path.display());
            }
            Ok(RgbImage::from_pixel(320, 240, Rgb([frame as u8, 90, 60])))
        }),
        add_face: Box::new(|location, drawn| {
            let Drawn { video, frame, bbox } = *drawn;
            let note = json!({ "video": video, "frame": frame, "box": bbox });
            fs::write(location.join("drawn.json"), note.to_string())?;
            Ok(())
        }),
    }
}

impl Server {
    pub fn start(datasets: &[PathBuf], limits: Limits) -> Self {
        let review = Review::open(datasets, 0, hooks()).unwrap().with(limits);
        let address = review.address();
        let mut parts = address.split('/').skip(2);
        let port = parts.next().unwrap().split(':').nth(1).unwrap().parse().unwrap();
        let token = parts.next().unwrap().to_owned();
        let stopper = review.stopper();
        let thread = Some(std::thread::spawn(move || review.run()));
        Self { address, port, token, stopper, thread }
    }

    /// Over the result in a folder that [`result`] made.
    pub fn over(folder: &TempDir) -> Self {
        Self::start(&[folder.path().join("out")], Limits::default())
    }

    /// Ends it, and waits for that.
    pub fn stop(mut self) -> Result<(), ServeError> {
        self.stopper.stop();
        self.thread.take().unwrap().join().unwrap()
    }

    /// Sends bytes and gives all of the answer.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Sends a request with the usual head and these lines instead of, or besides, its own.
    pub fn ask(&self, method: &str, path: &str, lines: &[(&str, &str)], body: &str) -> Answer {
        let mut head = vec![
            ("host".to_owned(), format!("127.0.0.1:{}", self.port)),
            ("connection".to_owned(), "close".to_owned()),
            ("content-length".to_owned(), body.len().to_string()),
        ];
        if method == "POST" {
            head.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        for (name, value) in lines {
            head.retain(|(known, _)| known != name);
            head.push(((*name).to_owned(), (*value).to_owned()));
        }
        let head: String =
            head.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let answer = self.raw(format!("{method} {path} HTTP/1.1\r\n{head}\r\n{body}").as_bytes());
        Answer::parse(answer)
    }

    /// A page or file of the first dataset.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", &format!("/{}/0/{path}", self.token), &[], "")
    }

    /// Says something to the first dataset.
    pub fn post(&self, path: &str, what: &Value) -> Answer {
        self.ask("POST", &format!("/{}/0/{path}", self.token), &[], &what.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    fn parse(answer: String) -> Self {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
