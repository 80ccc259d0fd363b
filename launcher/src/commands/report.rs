// SPDX-License-Identifier: MIT OR Apache-2.0
//! The report, with what takes longer to measure, and its tables.

use anyhow::{Result, bail};
use facegroup::evaluate::{Found, distances, evaluate, store};
use report::Options;

use crate::cli::ReportArgs;
use crate::exit::Exit;
use crate::output::say;

/// Measures, writes the page, and the tables where they are wanted.
pub fn run(arguments: &ReportArgs) -> Result<Exit> {
    let found = Found::open(&arguments.location)?;
    if !found.is_dataset() {
        bail!(
            "{}: this is a folder of pictures; make a result of it by `facegroup group`",
            arguments.location.display()
        );
    }
    let mut evaluation = evaluate(&found, None, true)?;
    evaluation.distances = Some(distances(&found));
    let options = Options { images: arguments.images, faces: !arguments.no_faces };
    store(&evaluation, &found.location, options)?;
    say!("{}", dataset::Layout::new(&found.location).report().display());
    if let Some(folder) = &arguments.tables {
        let tables = report::write_tables(&found.location, folder)?;
        say!("{}: {tables} tables", folder.display());
    }
    Ok(Exit::Done)
}
