// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grouping again from what is stored.

use std::path::Path;

use anyhow::Result;
use grouping::cluster::Options;
use grouping::dataset::Dataset;
use models::catalogue::{self, Entry};

use crate::cli::{DuplicateArgs, GroupArgs, GroupingArgs};
use crate::exit::Exit;
use crate::references::{self, Names, Networks};

/// Groups the faces of a result again.
pub fn run(arguments: &GroupArgs) -> Result<Exit> {
    let loaded = Dataset::read(&arguments.location)?;
    let run = loaded.run;
    drop((loaded.faces, loaded.embeddings));
    let entry = run.embedding_model.as_deref().and_then(catalogue::find);
    let options = options(&arguments.grouping, entry)?;
    let networks = || Networks::of_result(&run, arguments);
    let names = Names::find(&arguments.references, &arguments.location, networks, arguments.json)?;
    deduplicate(&arguments.location, &arguments.duplicates)?;
    let summary = references::group(&arguments.location, names.as_ref(), &options)?;
    if arguments.json {
        println!(
            "{}",
            serde_json::json!({
                "faces": summary.faces,
                "people": summary.groups.iter().map(|group| &group.name).collect::<Vec<_>>(),
                "unsure": summary.unsure,
            })
        );
    } else {
        println!(
            "{} people, {} faces, {} unsure",
            summary.people().count(),
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
    if thresholds.hash.is_some() || thresholds.embedding.is_some() {
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
