// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping again from what is stored, or what a folder of pictures shows.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use grouping::cluster::Options;
use grouping::dataset::{Dataset, DatasetError, Layout, RunInfo};
use models::catalogue::{self, Entry};

use crate::cli::{DuplicateArgs, GroupArgs, GroupingArgs};
use crate::exit::Exit;
use crate::output::say;
use crate::pictures;
use crate::references::{self, Networks};

/// Groups the faces of a result again.
pub fn run(arguments: &GroupArgs) -> Result<Exit> {
    // Before anything is looked at: a slip in an option shall cost no time.
    arguments.grouping.settings()?.without_embeddings()?;
    let mut unreadable = 0;
    let location = match &arguments.output {
        Some(output) => {
            unreadable = pictures::gather(arguments, output)?;
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
    let options = match embedder(&run, location)? {
        Some(id) => options(&arguments.grouping, catalogue::find(id))?,
        None => arguments.grouping.settings()?.without_embeddings()?,
    };
    let networks = || {
        Networks::of_result(&run, arguments.embedder.as_deref(), arguments.embedder_kind.as_deref())
    };
    let names = references::names(&arguments.references, location, networks, arguments.json)?;
    deduplicate(location, &arguments.duplicates)?;
    let summary = references::group(location, names.as_ref(), &options)?;
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

/// The embedder of a result; `None` where it has no embeddings.
///
/// # Errors
/// Embeddings of which nothing says whose they are: any threshold would be another model's.
fn embedder<'r>(run: &'r RunInfo, location: &Path) -> Result<Option<&'r str>> {
    let used = run.models.iter().find(|model| model.task == "embed").map(|model| model.id.as_str());
    let known = run.embedding_model.as_deref().or(used);
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
        let removed = Dataset::deduplicate(location, &thresholds, arguments.save_duplicates)?;
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
