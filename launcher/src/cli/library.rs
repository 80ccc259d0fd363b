// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup library`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `facegroup library`.
#[derive(Debug, Args)]
pub struct LibraryArgs {
    /// What to do
    #[command(subcommand)]
    pub command: LibraryCommand,
}

/// Jobs around many results.
#[derive(Debug, Subcommand)]
pub enum LibraryCommand {
    /// Remember the people of results, or read again what changed
    ///
    /// Who is known from other results is the same person, with one name and one number through all of them; whoever
    /// is not joins. Names given in one result are given in all. Without OUT every result that changed is read again.
    Add {
        /// Folder of the library; made when missing
        #[arg(value_name = "LIB")]
        library: PathBuf,
        /// Folders of results
        #[arg(value_name = "OUT")]
        results: Vec<PathBuf>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what is in a library: results and people
    List {
        /// Folder of the library
        #[arg(value_name = "LIB")]
        library: PathBuf,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a result out of a library; its folder stays as it is
    Remove {
        /// Folder of the library
        #[arg(value_name = "LIB")]
        library: PathBuf,
        /// The result: its folder, or its name or number as the list shows it
        #[arg(value_name = "OUT")]
        result: String,
    },
    /// Give a person a name in every result; somebody else's name makes both one
    Name {
        /// Folder of the library
        #[arg(value_name = "LIB")]
        library: PathBuf,
        /// The person: a name, or person-17 as the list shows it
        person: String,
        /// The name
        name: String,
    },
    /// Say whether a library is whole, and which results are gone or changed
    Check {
        /// Folder of the library
        #[arg(value_name = "LIB")]
        library: PathBuf,
        /// Build the index anew
        #[arg(long)]
        mend: bool,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}
