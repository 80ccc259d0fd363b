// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options about what of a file is the film, and how it is to be seen.

use clap::Args;

const HEADING: &str = "What to look at";

/// Which pictures of an input are the film.
#[derive(Debug, Args, Clone, Default)]
pub struct SourceArgs {
    /// Of several videos in a file, look at the N-th [default: the one that the file prefers, else the first,
    /// and never a cover picture beside a film]
    #[arg(long, value_name = "N", value_parser = stream, help_heading = HEADING)]
    pub video_stream: Option<usize>,
    /// Turn the picture clockwise by so many degrees, whatever the file says of it; auto: as the file says; find: so
    /// that the faces at its beginning stand upright
    #[arg(long, value_name = "DEGREES", default_value = "auto", value_parser = ["auto", "find", "0", "90", "180", "270"], help_heading = HEADING)]
    pub rotate: String,
}

impl SourceArgs {
    /// The orientation asked for, as GStreamer's tag has it.
    pub fn turn(&self) -> Option<&'static str> {
        match self.rotate.as_str() {
            "0" => Some("rotate-0"),
            "90" => Some("rotate-90"),
            "180" => Some("rotate-180"),
            "270" => Some("rotate-270"),
            _ => None,
        }
    }

    /// Whether the film is to be looked at to find that out.
    pub fn finds_turn(&self) -> bool {
        self.rotate == "find"
    }
}

fn stream(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=1000) => Ok(number),
        _ => Err("expected 1 for the first video, 2 for the second, …".into()),
    }
}
