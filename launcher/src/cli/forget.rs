// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup forget`.

use std::path::PathBuf;

use clap::Args;

/// Whom to forget.
#[derive(Debug, Args)]
pub struct ForgetArgs {
    /// Folder of a library
    #[arg(value_name = "LIB")]
    pub library: PathBuf,
    /// The person: a name, or person-17 as the list shows it
    #[arg(required_unless_present = "photo")]
    pub person: Option<String>,
    /// The person on this picture, whoever that is in the library
    #[arg(long, value_name = "PHOTO", conflicts_with = "person")]
    pub photo: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}
