// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of `facegroup find`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::Time;

/// Who is looked for, and where.
#[derive(Debug, Args)]
pub struct FindArgs {
    /// Folder of a library
    #[arg(value_name = "LIB")]
    pub library: PathBuf,
    /// Pictures of one person
    #[arg(value_name = "PHOTO", required_unless_present = "person")]
    pub photos: Vec<PathBuf>,
    /// Most appearances
    #[arg(long, default_value_t = 20, value_name = "NUMBER", value_parser = count)]
    pub top: usize,
    /// Only what begins or ends after this time of a video (seconds, or h:mm:ss)
    #[arg(long, value_name = "TIME")]
    pub from: Option<Time>,
    /// Only what begins before this time of a video
    #[arg(long, value_name = "TIME")]
    pub to: Option<Time>,
    /// Only in videos, or results, with this in their names; several may be given
    #[arg(long, value_name = "NAME")]
    pub video: Vec<String>,
    /// Only this person of the library: a name, or person-17 as the list shows it; without a picture all of its
    /// appearances in the order of time
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
    /// Which face of a picture with several: its number from 1, the largest first, or all, each by itself
    /// [default: asked, and all where nobody can be asked]
    #[arg(long, value_name = "FACE")]
    pub face: Option<Which>,
    /// Write a page of what was found
    #[arg(long, value_name = "FILE.html")]
    pub page: Option<PathBuf>,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// A face of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Each by itself.
    All,
    /// The one of this number, from 1.
    One(usize),
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(number @ 1..=1000) => Ok(Self::One(number)),
            _ if text == "all" => Ok(Self::All),
            _ => Err("expected a number from 1 on, or all".into()),
        }
    }
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=100_000) => Ok(number),
        _ => Err("expected a number from 1 to 100000".into()),
    }
}
