// SPDX-License-Identifier: MIT OR Apache-2.0
//! A folder of face pictures as a result that can be grouped: facegroup's own, or of any program.
//!
//! Every picture is a frame of one input, in the order of paths, and so is each frame of one that moves. One
//! in which no face is found is kept, and is unassigned.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use dataset::path_text;
use dataset::{
    CropFormat, Dataset, FaceRecord, InputInfo, InputState, ModelInfo, RunInfo, RunSettings,
};
use image::RgbImage;
use imaging::geometry::FrameBox;
use interchange::file_hash;
use models::catalogue::Style;
use models::still::{self, Frames};
use serde_json::{Map, Value};

use super::face::{self, Part};
use crate::enrolment::{Described, Networks, pictures_below};

/// Of the pictures as they are kept; nearly what they were.
const QUALITY: u8 = 95;
/// Least width and height of a face that is not the largest of its picture, in pixels: as in a run.
const LEAST: f32 = 20.0;

/// Told what comes of each picture while they are looked at.
pub trait Progress {
    /// Looking begins, at so many pictures; not called where all was done before.
    fn begin(&mut self, pictures: usize);
    /// A picture is done, and showed so many faces.
    fn picture(&mut self, faces: u64);
    /// A picture, or a frame of one that moves, cannot be read.
    fn unreadable(&mut self, why: &str);
}

/// The pictures below a folder that are to become a result.
#[derive(Debug)]
pub struct Pictures {
    folder: PathBuf,
    output: PathBuf,
    found: Vec<PathBuf>,
}

impl Pictures {
    /// Those below `folder`, for a result in `output`, whose own pictures are none of them.
    ///
    /// # Errors
    /// No pictures, a folder that is a result already, one that cannot be read.
    pub fn find(folder: &Path, output: &Path) -> Result<Self> {
        if folder.join("run.json").exists() {
            bail!("{} is a result already: group it without -o", folder.display());
        }
        let found = pictures(folder, output)?;
        Ok(Self { folder: folder.to_owned(), output: output.to_owned(), found })
    }

    /// What the result says of the run: its pictures and `models`; the command line is the caller's.
    ///
    /// # Errors
    /// There is no current folder.
    pub fn run_info(&self, models: Vec<ModelInfo>) -> Result<RunInfo> {
        run_info(&self.folder, &self.found, models)
    }

    /// Looks at the pictures and writes what they show as a result; resumes one that is there. Says how
    /// many pictures could not be read. `style` says how far crops reach where a picture shows several.
    ///
    /// # Errors
    /// A result of something else, a network that fails, a folder that cannot be written.
    pub fn gather(
        &self,
        run: RunInfo,
        networks: &Networks,
        style: Style,
        progress: &mut dyn Progress,
    ) -> Result<usize> {
        let Self { folder, output, found: pictures } = self;
        let (mut dataset, resume) = Dataset::create_or_resume(output, run)?;
        let Some(input) = resume.inputs.first() else {
            bail!("{}: a result without an input", output.display());
        };
        if input.state == InputState::Complete {
            return Ok(0);
        }
        progress.begin(pictures.len());
        let (mut unreadable, mut frame) = (0, 0);
        for path in pictures {
            let mut faces = 0;
            for picture in Stills::of(path) {
                let Some(picture) = (frame >= input.next_frame).then(|| picture.read()) else {
                    frame += 1;
                    continue;
                };
                match picture {
                    Ok(picture) => {
                        let found = networks.describe_all(&picture, LEAST)?;
                        let origin = Origin { video: &input.name, frame, path, folder };
                        append(&mut dataset, &origin, &picture, &found, networks, style)?;
                        faces += found.len() as u64;
                    }
                    Err(why) => {
                        unreadable += 1;
                        progress.unreadable(&why);
                    }
                }
                frame += 1;
                dataset.progress(&input.name, frame)?;
            }
            progress.picture(faces);
        }
        dataset.finish_input(&input.name)?;
        dataset.finish()?;
        Ok(unreadable)
    }
}

/// The pictures of a file, of which there are several where it moves.
enum Stills<'p> {
    One(Option<&'p Path>),
    Moving(&'p Path, Frames),
}

/// A picture that may not be read yet.
enum Still<'p> {
    File(&'p Path),
    Read(Result<RgbImage, String>),
}

impl<'p> Stills<'p> {
    fn of(path: &'p Path) -> Self {
        match Frames::open(path) {
            Ok(Some(frames)) => Self::Moving(path, frames),
            _ => Self::One(Some(path)),
        }
    }
}

impl<'p> Iterator for Stills<'p> {
    type Item = Still<'p>;

    fn next(&mut self) -> Option<Still<'p>> {
        match self {
            Self::One(path) => path.take().map(Still::File),
            Self::Moving(path, frames) => frames.next().map(|frame| {
                let damaged = |why| format!("{}: what follows is damaged ({why})", path.display());
                Still::Read(frame.map(|frame| frame.picture).map_err(damaged))
            }),
        }
    }
}

impl Still<'_> {
    fn read(self) -> Result<RgbImage, String> {
        match self {
            Self::File(path) => still::read(path).map_err(|error| error.to_string()),
            Self::Read(picture) => picture,
        }
    }
}

/// Where a picture comes from.
struct Origin<'a> {
    video: &'a str,
    frame: u64,
    path: &'a Path,
    folder: &'a Path,
}

/// Writes what a picture shows: the whole picture for one face or none, the part around each of several.
fn append(
    dataset: &mut Dataset,
    origin: &Origin<'_>,
    picture: &RgbImage,
    found: &[Described],
    networks: &Networks,
    style: Style,
) -> Result<()> {
    let model = &networks.embedder().id;
    if found.is_empty() {
        dataset.append(record(origin, picture, None, None), Some(picture), None, model)?;
    }
    for described in found {
        let part = (found.len() > 1).then(|| face::around(picture, &described.face.face, style));
        let shown = part.map(|part| face::cut(picture, part));
        let record = record(origin, picture, Some(described), part);
        let vector = Some(described.embedding.values.as_slice());
        dataset.append(record, Some(shown.as_ref().unwrap_or(picture)), vector, model)?;
    }
    Ok(())
}

/// The pictures below a folder, but for those of the result itself.
fn pictures(folder: &Path, output: &Path) -> Result<Vec<PathBuf>> {
    let own = output.canonicalize().ok();
    let mut pictures = pictures_below(folder, &still::KNOWN)?;
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

fn run_info(folder: &Path, pictures: &[PathBuf], models: Vec<ModelInfo>) -> Result<RunInfo> {
    let absolute = std::path::absolute(folder).context("no current folder")?;
    let mut input = InputInfo::for_uri(&path_text(absolute));
    // Each picture counts as long as a second.
    input.interval = Some(1.0);
    let mut run = RunInfo::new(vec![input]);
    run.pictures = CropFormat::Jpeg { quality: QUALITY };
    run.models = models;
    let mut listed = Vec::new();
    for path in pictures {
        let length = path.metadata().map_or(0, |file| file.len());
        listed.extend_from_slice(format!("{}\0{length}\n", path_text(path)).as_bytes());
    }
    run.settings = RunSettings {
        pictures: Some(file_hash(&listed)),
        flip: Some("auto".into()),
        ..RunSettings::default()
    };
    Ok(run)
}

/// A face's line; `part` is what is kept of the picture, where that is not all of it.
fn record(
    origin: &Origin<'_>,
    picture: &RgbImage,
    found: Option<&Described>,
    part: Option<Part>,
) -> FaceRecord {
    let Origin { video, frame, path, folder } = *origin;
    let source = path_text(path.strip_prefix(folder).unwrap_or(path));
    let base = FaceRecord {
        video: video.to_owned(),
        frame,
        pts: frame as f64,
        bbox: FrameBox([0.0, 0.0, picture.width() as f32, picture.height() as f32]),
        extra: Map::from_iter([("source".to_owned(), Value::from(source))]),
        ..FaceRecord::default()
    };
    let Some(Described { face: found, embedding, .. }) = found else {
        return base;
    };
    let whole = [0, 0, picture.width(), picture.height()];
    face::record(base, picture, &found.face, Some(embedding), part.unwrap_or(whole))
}
