// SPDX-License-Identifier: MIT OR Apache-2.0
//! A folder of face pictures as a result that can be grouped: facegroup's own, or of any program.
//!
//! Every picture is a frame of one input, in the order of paths, and shows one face: the largest. One in
//! which none is found is kept, and is nobody's for sure.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use grouping::dataset::{Dataset, FaceRecord, InputInfo, InputState, PictureFormat, RunInfo};
use grouping::references::{file_hash, pictures_below};
use image::RgbImage;
use models::{Detection, quality, still};
use serde_json::{Map, Value, json};

use crate::cli::{GroupArgs, NetworkArgs};
use crate::references::{Described, Networks, infos, networks, warn_of_doubt};

/// Of the pictures as they are kept; nearly what they were.
const QUALITY: u8 = 95;

/// Looks at the pictures below a folder and writes what they show as a result; goes on with one that is
/// there. Says how many pictures could not be read.
///
/// # Errors
/// No pictures, a result of something else, a network that fails, a folder that cannot be written.
pub fn gather(arguments: &GroupArgs, output: &Path) -> Result<usize> {
    let folder = &arguments.location;
    if folder.join("run.json").exists() {
        bail!("{} is a result already: group it without -o", folder.display());
    }
    let style = arguments.style;
    let networks = networks(&NetworkArgs {
        style,
        detector: arguments.detector.clone().unwrap_or_else(|| style.detector().into()),
        detector_kind: None,
        embedder: arguments.embedder.clone().unwrap_or_else(|| style.embedder().into()),
        embedder_kind: arguments.embedder_kind.clone(),
        flip: "auto".into(),
        device: "cpu".into(),
    })?;
    let pictures = pictures(folder, output)?;
    let run = run_info(folder, &pictures, &networks)?;
    warn_of_doubt(&run.models);
    let (mut dataset, resume) = Dataset::create_or_resume(output, run)?;
    let Some(input) = resume.inputs.first() else {
        bail!("{}: a result without an input", output.display());
    };
    if input.state == InputState::Complete {
        return Ok(0);
    }
    let mut unreadable = 0;
    for (frame, path) in (0u64..).zip(&pictures).skip(input.next_frame as usize) {
        match still::read(path) {
            Ok(picture) => {
                let found = networks.describe(&picture, 0)?;
                let record = record(&input.name, frame, path, folder, &picture, found.as_ref());
                let vector = found.as_ref().map(|found| found.embedding.values.as_slice());
                dataset.append(record, Some(&picture), vector, &networks.embedder().id)?;
            }
            Err(error) => {
                unreadable += 1;
                eprintln!("facegroup: {error}");
            }
        }
        dataset.progress(&input.name, frame + 1)?;
    }
    dataset.finish_input(&input.name)?;
    dataset.finish()?;
    Ok(unreadable)
}

/// The pictures below a folder, but for those of the result itself.
fn pictures(folder: &Path, output: &Path) -> Result<Vec<PathBuf>> {
    let own = output.canonicalize().ok();
    let mut pictures = pictures_below(folder, &still::EXTENSIONS)?;
    pictures.retain(|path| {
        let path = path.canonicalize().ok();
        !path.zip(own.as_ref()).is_some_and(|(path, own)| path.starts_with(own))
    });
    if pictures.is_empty() {
        bail!(
            "{}: no picture ({}) is in it or below it",
            folder.display(),
            still::EXTENSIONS.join(", ")
        );
    }
    Ok(pictures)
}

fn run_info(folder: &Path, pictures: &[PathBuf], networks: &Networks) -> Result<RunInfo> {
    let absolute = std::path::absolute(folder).context("no current folder")?;
    let mut input = InputInfo::for_uri(&absolute.to_string_lossy());
    // Each picture counts as long as a second.
    input.interval = Some(1.0);
    let mut run = RunInfo::new(vec![input]);
    run.arguments = std::env::args_os().map(grouping::path_text).collect();
    run.pictures = PictureFormat::Jpeg { quality: QUALITY };
    run.models = infos(networks);
    let mut listed = Vec::new();
    for path in pictures {
        let length = path.metadata().map_or(0, |file| file.len());
        listed.extend_from_slice(format!("{}\0{length}\n", path.display()).as_bytes());
    }
    run.settings = Map::from_iter([
        ("pictures".to_owned(), json!(file_hash(&listed))),
        ("flip".to_owned(), json!("auto")),
    ]);
    Ok(run)
}

fn record(
    video: &str,
    frame: u64,
    path: &Path,
    folder: &Path,
    picture: &RgbImage,
    found: Option<&Described>,
) -> FaceRecord {
    let source = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
    let base = FaceRecord {
        video: video.to_owned(),
        frame,
        pts: frame as f64,
        bbox: [0.0, 0.0, picture.width() as f32, picture.height() as f32],
        extra: Map::from_iter([("source".to_owned(), Value::from(source))]),
        ..FaceRecord::default()
    };
    let Some(Described { face, embedding, .. }) = found else {
        return base;
    };
    let Detection { bbox, landmarks, score } = face.face;
    let seen = shown(picture, &face.face);
    let sharpness = quality::sharpness(&seen);
    let frame = (picture.width() as f32, picture.height() as f32);
    FaceRecord {
        bbox: [bbox.x, bbox.y, bbox.width, bbox.height],
        landmarks: landmarks.map(|points| points.map(|p| [p.x, p.y])),
        score,
        sharpness,
        quality: quality::quality(&face.face, frame, &seen, sharpness),
        magnitude: embedding.magnitude,
        in_picture: Some([
            bbox.x / frame.0,
            bbox.y / frame.1,
            bbox.width / frame.0,
            bbox.height / frame.1,
        ]),
        ..base
    }
}

/// The part of the picture that the face's box shows.
fn shown(picture: &RgbImage, face: &Detection) -> RgbImage {
    let clamp = |value: f32, most: u32| value.round().clamp(0.0, most as f32) as u32;
    let (width, height) = picture.dimensions();
    let (x, y) = (clamp(face.bbox.x, width), clamp(face.bbox.y, height));
    let (right, bottom) = (face.bbox.x + face.bbox.width, face.bbox.y + face.bbox.height);
    let (right, bottom) = (clamp(right, width).max(x), clamp(bottom, height).max(y));
    image::imageops::crop_imm(picture, x, y, right - x, bottom - y).to_image()
}
