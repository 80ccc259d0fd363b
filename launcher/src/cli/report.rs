// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup report`.

use std::path::PathBuf;

use clap::Args;

const MORE: &str = "\
The report is one file that opens from disk: people, when they are on screen, how sure the groups are. A run and each
grouping write it; this command adds what takes longer to measure (silhouettes, distances of faces), and leaves faces
out where the page is to be handed on.

The next grouping writes the usual report again.";

/// What the report shows.
#[derive(Debug, Args)]
#[command(after_long_help = MORE)]
pub struct ReportArgs {
    /// Folder of a result
    #[arg(value_name = "OUT")]
    pub location: PathBuf,
    /// Most pictures of each person, the cover included [default: up to 48, fewer the more people there are]
    #[arg(long, value_name = "N", conflicts_with = "no_faces")]
    pub images: Option<usize>,
    /// Show no face at all: names, times and figures only
    #[arg(long)]
    pub no_faces: bool,
    /// Write every table of the report to this folder too, as CSV, and all of them as JSON
    #[arg(long, value_name = "FOLDER")]
    pub tables: Option<PathBuf>,
}
