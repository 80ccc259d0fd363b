// SPDX-License-Identifier: MIT OR Apache-2.0
//! A result in other programs' layouts.

use anyhow::Result;

use crate::cli::ExportArgs;
use crate::exit::Exit;
use crate::output::say;

/// Exports a result.
pub fn run(arguments: &ExportArgs) -> Result<Exit> {
    let ExportArgs { location, target, format, unsure } = arguments;
    let done = interchange::export(location, target, *format, *unsure)?;
    say!("{} people, {} faces\n{}", done.people, done.faces, target.display());
    Ok(Exit::Done)
}
