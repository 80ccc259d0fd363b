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
}

impl SourceArgs {
    /// For `run.json`; only what was asked for.
    pub fn settings(&self) -> Vec<(&'static str, serde_json::Value)> {
        let stream = self.video_stream.map(|number| ("video-stream", number.into()));
        stream.into_iter().collect()
    }
}

fn stream(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=1000) => Ok(number),
        _ => Err("expected 1 for the first video, 2 for the second, …".into()),
    }
}
