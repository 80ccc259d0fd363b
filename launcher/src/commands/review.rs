// SPDX-License-Identifier: MIT OR Apache-2.0
//! The local page on which a person puts results right, and what it needs of films and networks.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use dataset::{Dataset, RunInfo};
use facegroup::review::ReviewError;
use framesource::still;
use image::RgbImage;
use review::{Hooks, Review, ServeError};

use super::{group, refs};
use crate::cli::ReviewArgs;
use crate::commands::refs::Networks;
use crate::exit::Exit;
use crate::output::say;

/// Serves the page until Ctrl-C, then files what was said.
pub fn run(arguments: ReviewArgs) -> Result<Exit> {
    // A slip in an option shall not wait for the button that needs it.
    arguments.grouping.settings()?.without_embeddings()?;
    gst::init().context("could not start GStreamer")?;
    let arguments = Arc::new(arguments);
    let (grouping, adding) = (arguments.clone(), arguments.clone());
    let hooks = Hooks {
        group_again: Box::new(move |location| group_again(&grouping, location)),
        frame: Box::new(frame),
        add_face: Box::new(move |location, drawn| {
            let networks = networks(&adding, &Dataset::run_info(location)?)?;
            drawn.add(location, &networks, adding.style, frame)
        }),
    };
    let opened = Review::open(&arguments.locations, arguments.port, hooks);
    let review = opened.map_err(|error| match error {
        ServeError::Review(ReviewError::Dataset(error)) => anyhow!("{error}"),
        error => error.into(),
    })?;
    let stopper = review.stopper();
    ctrlc::set_handler(move || stopper.stop()).context("could not listen for Ctrl-C")?;
    // From here on it may be stopped.
    say!("{}", review.address());
    if !arguments.no_open {
        open(&review.address());
    }
    eprintln!("the page is open until Ctrl-C; whoever knows its address can use it");
    review.run()?;
    Ok(Exit::Done)
}

/// Opens the user's browser, where there is one.
fn open(address: &str) {
    let mut command = Command::new("xdg-open");
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        // It ends by itself, and somebody has to notice.
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(error) => tracing::info!("no browser was opened: {error}"),
    }
}

/// As `facegroup group` does it.
fn group_again(arguments: &ReviewArgs, location: &Path) -> Result<()> {
    let run = Dataset::run_info(location)?;
    let options = group::options_of(&arguments.grouping, &run, location)?;
    let networks = || networks(arguments, &run);
    let names = refs::names(&arguments.enrolment, location, networks, true)?;
    refs::group(location, names.as_ref(), &options)?;
    Ok(())
}

fn networks(arguments: &ReviewArgs, run: &RunInfo) -> Result<Networks> {
    Networks::of_result(run, arguments.embedder.as_deref(), arguments.embedder_kind.as_deref())
}

/// A frame of a film, or a picture.
fn frame(path: &Path, frame: u64, pts: f64) -> Result<RgbImage> {
    if models::still::kind(path) == models::still::Kind::Other {
        return still::frame(path, frame, pts);
    }
    Ok(models::still::read(path)?)
}
