// SPDX-License-Identifier: MIT OR Apache-2.0
//! The local page on which a person puts results right, and what it needs of films and networks.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use dataset::format::lines::Lines;
use dataset::{Dataset, FaceRecord, Layout, RunInfo};
use facegroup::import;
use facegroup::review::ReviewError;
use framesource::still;
use image::RgbImage;
use imaging::geometry::{Point, Rect};
use imaging::{Detection, quality};
use review::{Hooks, Review, ServeError};
use serde_json::{Map, Value};

use super::{group, refs};
use crate::cli::ReviewArgs;
use crate::commands::refs::Networks;
use crate::exit::Exit;
use crate::output::say;

/// Least intersection over union of a drawn box and the face that it is taken for.
const LEAST_OVERLAP: f32 = 0.25;

/// Serves the page until Ctrl-C, then files what was said.
pub fn run(arguments: ReviewArgs) -> Result<Exit> {
    // A slip in an option shall not wait for the button that needs it.
    arguments.grouping.settings()?.without_embeddings()?;
    gst::init().context("could not start GStreamer")?;
    let arguments = Arc::new(arguments);
    let (grouping, adding) = (arguments.clone(), arguments.clone());
    let hooks = Hooks {
        group_again: Box::new(move |location| group_again(&grouping, location)),
        frame: Box::new(frame),
        add_face: Box::new(move |location, video, frame, bbox| {
            add_face(&adding, location, video, frame, bbox)
        }),
    };
    let opened = Review::open(&arguments.locations, arguments.port, hooks);
    let review = opened.map_err(|error| match error {
        ServeError::Review(ReviewError::Dataset(error)) => anyhow!("{error}"),
        error => error.into(),
    })?;
    let stopper = review.stopper();
    ctrlc::set_handler(move || stopper.stop()).context("could not listen for Ctrl-C")?;
    // From here on it may be stopped.
    say!("{}", review.address());
    if !arguments.no_open {
        open(&review.address());
    }
    eprintln!("the page is open until Ctrl-C; whoever knows its address can use it");
    review.run()?;
    Ok(Exit::Done)
}

/// Opens the user's browser, where there is one.
fn open(address: &str) {
    let mut command = Command::new("xdg-open");
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        // It ends by itself, and somebody has to notice.
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(error) => tracing::info!("no browser was opened: {error}"),
    }
}

/// As `facegroup group` does it.
fn group_again(arguments: &ReviewArgs, location: &Path) -> Result<()> {
    let run = Dataset::run_info(location)?;
    let options = group::options_of(&arguments.grouping, &run, location)?;
    let networks = || networks(arguments, &run);
    let names = refs::names(&arguments.enrolment, location, networks, true)?;
    refs::group(location, names.as_ref(), &options)?;
    Ok(())
}

fn networks(arguments: &ReviewArgs, run: &RunInfo) -> Result<Networks> {
    Networks::of_result(run, arguments.embedder.as_deref(), arguments.embedder_kind.as_deref())
}

/// A frame of a film, or a picture.
fn frame(path: &Path, frame: u64, pts: f64) -> Result<RgbImage> {
    if models::still::kind(path) == models::still::Kind::Other {
        return still::frame(path, frame, pts);
    }
    Ok(models::still::read(path)?)
}

/// Describes a face that detection missed, and adds it.
fn add_face(
    arguments: &ReviewArgs,
    location: &Path,
    video: &str,
    frame: u64,
    bbox: [f32; 4],
) -> Result<()> {
    let run = Dataset::run_info(location)?;
    let (_, input) = run.input(video).with_context(|| format!("no input is called {video}"))?;
    let pts = time_of(location, video, frame)?;
    let picture = self::frame(Path::new(&input.path), frame, pts)?;
    let networks = networks(arguments, &run)?;
    let drawn = Rect { x: bbox[0], y: bbox[1], width: bbox[2], height: bbox[3] };
    let found = find(&networks, &picture, drawn)?;
    let is_seen = found.is_some();
    // Where the detector sees nothing the person's word counts, without landmarks.
    let face = found.unwrap_or(Detection { bbox: drawn, landmarks: None, score: 0.0 });
    let embedding = match run.embedder() {
        Some(_) => Some(networks.embed(&picture, &face)?),
        None => None,
    };
    let part = import::around(&picture, &face, arguments.style);
    let [x, y, width, height] = part;
    let crop = image::imageops::crop_imm(&picture, x, y, width, height).to_image();
    let seen = import::shown(&picture, &face);
    let sharpness = quality::sharpness(&seen);
    let size = (picture.width() as f32, picture.height() as f32);
    let [left, top, across, down] = part.map(|value| value as f32);
    let record = FaceRecord {
        video: video.to_owned(),
        frame,
        pts,
        bbox: [face.bbox.x, face.bbox.y, face.bbox.width, face.bbox.height],
        landmarks: face.landmarks.map(|points| points.map(|point| [point.x, point.y])),
        score: face.score,
        quality: quality::quality(&face, size, &seen, sharpness),
        sharpness,
        magnitude: embedding.as_ref().and_then(|embedding| embedding.magnitude),
        in_picture: Some([
            (face.bbox.x - left) / across,
            (face.bbox.y - top) / down,
            face.bbox.width / across,
            face.bbox.height / down,
        ]),
        extra: Map::from_iter([("drawn".to_owned(), Value::from(!is_seen))]),
        ..FaceRecord::default()
    };
    let values = embedding.as_ref().map(|embedding| embedding.values.as_slice());
    Dataset::add(location, record, &crop, values, &networks.embedder().id)?;
    Ok(())
}

/// The face that a box was drawn around, as the detector sees it close up.
fn find(networks: &Networks, picture: &RgbImage, drawn: Rect) -> Result<Option<Detection>> {
    let side = 2.5 * drawn.width.max(drawn.height);
    let centre = drawn.centre();
    let begin = |middle: f32| (middle - side / 2.0).max(0.0);
    let (left, top) = (begin(centre.x) as u32, begin(centre.y) as u32);
    let side = (side as u32).max(1);
    let near = image::imageops::crop_imm(picture, left, top, side, side).to_image();
    let faces = networks.describe_all(&near, 0.0)?.into_iter().map(|found| found.face.face);
    let moved = faces.map(|face| Detection {
        bbox: Rect { x: face.bbox.x + left as f32, y: face.bbox.y + top as f32, ..face.bbox },
        landmarks: face.landmarks.map(|points| {
            points.map(|point| Point { x: point.x + left as f32, y: point.y + top as f32 })
        }),
        ..face
    });
    let overlap = |face: &Detection| face.bbox.iou(&drawn);
    let best = moved.max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
    Ok(best.filter(|face| overlap(face) >= LEAST_OVERLAP))
}

/// When a frame is, by the faces that are known on it.
fn time_of(location: &Path, video: &str, frame: u64) -> Result<f64> {
    for record in Lines::open(&Layout::new(location).lines())? {
        let record = record?;
        if record.frame == frame && record.video == video {
            return Ok(record.pts);
        }
    }
    bail!("nothing is known of frame {frame} of {video}")
}
