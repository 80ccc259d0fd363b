// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping again from what is stored.

use std::path::Path;

use anyhow::Result;
use grouping::cluster::Options;
use grouping::dataset::Dataset;
use models::catalogue::{self, Entry};

use crate::cli::{DuplicateArgs, GroupArgs, GroupingArgs};
use crate::exit::Exit;

/// Groups the faces of a result again.
pub fn run(arguments: &GroupArgs) -> Result<Exit> {
    let loaded = Dataset::read(&arguments.location)?;
    let entry = loaded.run.embedding_model.as_deref().and_then(catalogue::find);
    drop(loaded);
    deduplicate(&arguments.location, &arguments.duplicates)?;
    let summary = Dataset::regroup(&arguments.location, &options(&arguments.grouping, entry)?)?;
    if arguments.json {
        println!(
            "{}",
            serde_json::json!({
                "faces": summary.faces,
                "people": summary.groups.iter().map(|g| &g.name).collect::<Vec<_>>(),
                "unsure": summary.unsure,
            })
        );
    } else {
        println!(
            "{} people, {} faces, {} unsure",
            summary.groups.len(),
            summary.faces,
            summary.unsure
        );
        println!("{}", summary.report.display());
    }
    Ok(Exit::Done)
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
