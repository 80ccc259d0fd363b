// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping again from what is stored, or what a folder of pictures shows.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use dataset::{Dataset, DatasetError, Description, FaceRecord, Layout, RunInfo};
use facegroup::import::{Pictures, Progress};
use grouping::cluster::Options;
use image::RgbImage;
use imaging::Detection;
use imaging::geometry::{Point, Rect};
use models::catalogue::{self, Entry};
use models::{Embedding, Flip};

use crate::cli::{DuplicateArgs, GroupArgs, GroupingArgs, NetworkArgs};
use crate::commands::library;
use crate::commands::refs::{self, Networks};
use crate::commands::run::Console;
use crate::exit::Exit;
use crate::output::say;

/// Groups the faces of a result again.
pub fn run(arguments: &GroupArgs) -> Result<Exit> {
    // Before anything is looked at: a slip in an option shall cost no time.
    arguments.grouping.settings()?.without_embeddings()?;
    let mut unreadable = 0;
    let location = match &arguments.output {
        Some(output) => {
            unreadable = gather(arguments, output)?;
            output
        }
        None => &arguments.location,
    };
    let run = Dataset::run_info(location).map_err(|error| match error {
        DatasetError::NoDataset { location } => anyhow!(
            "{} holds no result: give a folder with a run.json in it, or say with -o where the \
             result of a folder of pictures goes",
            location.display()
        ),
        error => error.into(),
    })?;
    let run = if Dataset::is_found_only(&run) {
        describe(arguments, location, &run)?;
        Dataset::run_info(location)?
    } else {
        run
    };
    let options = options_of(&arguments.grouping, &run, location)?;
    let networks = || {
        Networks::of_result(&run, arguments.embedder.as_deref(), arguments.embedder_kind.as_deref())
    };
    let names = refs::names(&arguments.enrolment, location, networks, arguments.json)?;
    deduplicate(location, &arguments.duplicates)?;
    let summary = refs::group(location, names.as_ref(), &options)?;
    library::join(arguments.library.as_deref(), location, arguments.json)?;
    if arguments.json {
        say!(
            "{}",
            serde_json::json!({
                "faces": summary.faces,
                "people": summary.people().map(|group| &group.name).collect::<Vec<_>>(),
                "unsure": summary.unsure,
            })
        );
    } else {
        say!(
            "{} people, {} faces, {} unsure",
            summary.people().count(),
            summary.faces,
            summary.unsure
        );
        say!("{}", summary.report.display());
    }
    Ok(if unreadable > 0 { Exit::SomeFailed } else { Exit::Done })
}

/// Makes a result of a folder of pictures; says how many could not be read.
fn gather(arguments: &GroupArgs, output: &Path) -> Result<usize> {
    let style = arguments.style;
    let pictures = Pictures::find(&arguments.location, output)?;
    let networks = refs::networks(&NetworkArgs {
        style,
        detector: arguments.detector.clone().unwrap_or_else(|| style.detector().into()),
        detector_kind: None,
        embedder: arguments.embedder.clone().unwrap_or_else(|| style.embedder().into()),
        embedder_kind: arguments.embedder_kind.clone(),
        flip: Flip::Auto,
        device: "cpu".into(),
    })?;
    let mut run = pictures.run_info(refs::infos(&networks))?;
    run.arguments = std::env::args_os().map(dataset::path_text).collect();
    refs::warn_of_doubt(&run.models);
    let mut shown = Shown { as_json: arguments.json, console: None };
    pictures.gather(run, &networks, style, &mut shown)
}

/// What is told while pictures are looked at.
struct Shown {
    as_json: bool,
    console: Option<Console>,
}

impl Progress for Shown {
    fn begin(&mut self, pictures: usize) {
        self.console = Some(Console::new(std::iter::empty(), pictures as u64, self.as_json));
    }

    fn picture(&mut self, faces: u64) {
        if let Some(console) = &self.console {
            console.picture(faces);
        }
    }

    fn unreadable(&mut self, why: &str) {
        if let Some(console) = &self.console {
            console.complain(why);
        }
    }
}

/// Describes the faces of a run that only found them, by their pictures.
fn describe(arguments: &GroupArgs, location: &Path, run: &RunInfo) -> Result<()> {
    let (embedder, kind) = (arguments.embedder.as_deref(), arguments.embedder_kind.as_deref());
    let networks = Networks::of_result(run, embedder, kind)?;
    let model = networks.embedder().id.clone();
    let described = Dataset::describe(location, &model, |record, picture| {
        let embedding = match in_picture(record, picture) {
            Some(face) => Some(networks.embed(picture, &face)?),
            None => networks.describe(picture, 0)?.map(|found| found.embedding),
        };
        anyhow::Ok(
            embedding.map(|Embedding { values, magnitude }| Description { values, magnitude }),
        )
    })?;
    if described > 0 && !arguments.json {
        eprintln!("{described} faces described by {model}");
    }
    Ok(())
}

/// Where a face lies in its picture, with its landmarks; `None` where the record does not say.
fn in_picture(record: &FaceRecord, picture: &RgbImage) -> Option<Detection> {
    let ([left, top, width, height], landmarks) = (record.in_picture?.0, record.landmarks?);
    let (columns, rows) = (picture.width() as f32, picture.height() as f32);
    let bbox =
        Rect { x: left * columns, y: top * rows, width: width * columns, height: height * rows };
    let [x, y, across, down] = record.bbox.0;
    if across <= 0.0 || down <= 0.0 {
        return None;
    }
    let place = |[px, py]: [f32; 2]| Point {
        x: bbox.x + (px - x) / across * bbox.width,
        y: bbox.y + (py - y) / down * bbox.height,
    };
    Some(Detection { bbox, landmarks: Some(landmarks.map(place)), score: record.score })
}

/// How to group a result.
///
/// # Errors
/// Options out of range, embeddings of which nothing says whose they are.
pub fn options_of(grouping: &GroupingArgs, run: &RunInfo, location: &Path) -> Result<Options> {
    match embedder(run, location)? {
        Some(id) => options(grouping, catalogue::find(id)),
        None => Ok(grouping.settings()?.without_embeddings()?),
    }
}

/// The embedder of a result; `None` where it has no embeddings.
///
/// # Errors
/// Embeddings of which nothing says whose they are: any threshold would be another model's.
fn embedder<'r>(run: &'r RunInfo, location: &Path) -> Result<Option<&'r str>> {
    let known = run.embedder();
    if known.is_none() && Layout::new(location).embeddings().exists() {
        bail!(
            "{} has embeddings, but its run.json does not say of which embedder: add \
             \"embedding_model\" to it, or run again with --force",
            location.display()
        );
    }
    Ok(known)
}

/// Takes out the pictures that show nothing new, if that is wanted.
///
/// # Errors
/// Those of [`Dataset::deduplicate`].
pub fn deduplicate(location: &Path, arguments: &DuplicateArgs) -> Result<()> {
    let thresholds = arguments.thresholds();
    if thresholds.is_searched() {
        let removed = facegroup::deduplicate(location, &thresholds, arguments.save_duplicates)?;
        tracing::info!("{removed:?}");
    }
    Ok(())
}

/// How to group embeddings of a model.
///
/// # Errors
/// Options out of range, or of another algorithm than the one asked for.
pub fn options(arguments: &GroupingArgs, model: Option<&Entry>) -> Result<Options> {
    Ok(arguments.settings()?.options(model)?)
}
