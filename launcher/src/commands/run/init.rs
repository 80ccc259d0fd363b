// SPDX-License-Identifier: MIT OR Apache-2.0
//! Before the first input: GStreamer, Ctrl-C, and how often frames are looked at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use framesource::input::Source;
use framesource::sampling::{Pace, Sampling};

use crate::cli::RunArgs;

/// Frames are looked at this often unless something else is asked for, in seconds.
pub const DEFAULT_STEP: f64 = 0.2;

/// Starts GStreamer, with the face elements that are part of this program.
pub fn init_gstreamer() -> Result<()> {
    gst::init().context("could not start GStreamer")?;
    gstfacedetect::plugin_register_static()?;
    gstfaceembed::plugin_register_static()?;
    gstfacegroup::plugin_register_static()?;
    Ok(())
}

/// A flag that Ctrl-C sets; a second one ends the program at once, which loses nothing written.
pub fn interrupt() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("finishing what is there; once more to stop at once");
    })
    .context("could not listen for Ctrl-C")?;
    Ok(stop)
}

/// Which frames of an input are wanted.
pub fn sampling(arguments: &RunArgs, source: &Source) -> Sampling {
    let time = |seconds: f64| gst::ClockTime::from_nseconds((seconds * 1e9).round() as u64);
    Sampling {
        pace: if arguments.every_frame || (arguments.keyframes && source.is_pictures()) {
            Pace::Every
        } else if arguments.keyframes {
            Pace::Keyframes
        } else if let Some(number) = arguments.every {
            Pace::Nth(number)
        } else if source.is_pictures() && arguments.step.is_none() {
            Pace::Every
        } else {
            Pace::Step(time(arguments.step.unwrap_or(DEFAULT_STEP)))
        },
        from: arguments.from.map_or(gst::ClockTime::ZERO, |t| time(t.seconds)),
        to: arguments.to.map(|t| time(t.seconds)),
        first_frame: 0,
        tolerance: time(arguments.step_tolerance),
    }
}
