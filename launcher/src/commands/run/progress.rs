// SPDX-License-Identifier: MIT OR Apache-2.0
//! Saying how far it is: one bar per input on a terminal, a plain line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How often a plain line is written.
const PLAIN_EVERY: Duration = Duration::from_secs(10);
/// Bars stand below each other behind names of so many columns.
const WIDEST: usize = 40;

/// Where an input stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    /// Of the video, in seconds.
    pub position: f64,
    /// Length of what is looked at in seconds, where known.
    pub length: Option<f64>,
    /// Frames looked at.
    pub frames: u64,
    /// Faces found.
    pub faces: u64,
}

/// Standard error, for all inputs of a run: their bars below each other, or lines with their names.
pub struct Console {
    quiet: bool,
    /// Where bars are drawn, on a terminal.
    bars: Option<MultiProgress>,
    /// Columns of a name.
    width: usize,
    /// Pictures, of which there may be thousands: one bar for all.
    pictures: Option<Pictures>,
}

/// How far the single pictures are.
struct Pictures {
    all: u64,
    done: AtomicU64,
    faces: AtomicU64,
    bar: Mutex<Progress>,
    started: Instant,
}

impl Console {
    /// For inputs of these names, so many of them single pictures; one that is to be quiet only complains.
    pub fn new<'n>(names: impl Iterator<Item = &'n str>, pictures: u64, quiet: bool) -> Self {
        let bars = (!quiet && std::io::stderr().is_terminal()).then(MultiProgress::new);
        let longest = names.map(|name| name.chars().count()).max();
        let width = longest.unwrap_or_default().min(WIDEST);
        let mut console = Self { quiet, bars, width, pictures: None };
        if pictures > 1 {
            console.pictures = Some(Pictures {
                all: pictures,
                done: AtomicU64::new(0),
                faces: AtomicU64::new(0),
                bar: Mutex::new(console.progress("pictures")),
                started: Instant::now(),
            });
        }
        console
    }

    /// Another single picture is done, with so many faces.
    pub fn picture(&self, faces: u64) {
        let Some(Pictures { all, done, faces: found, bar, started }) = &self.pictures else {
            return;
        };
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        let faces = found.fetch_add(faces, Ordering::Relaxed) + faces;
        let mut bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
        bar.pictures(done, *all, faces, started.elapsed());
    }

    /// Begins to show how far the input of this name is.
    pub fn progress(&self, name: &str) -> Progress {
        let now = Instant::now();
        let Some(bars) = self.bars.as_ref() else {
            let name = name.to_owned();
            return if self.quiet {
                Progress::Silent
            } else {
                Progress::Plain { name, started: now, said: now }
            };
        };
        let bar = bars.add(ProgressBar::new(0));
        let width = self.width;
        let template =
            format!("{{prefix:{width}}} [{{bar:24}}] {{percent:>3}}%  {{msg}}  {{eta}} left");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(name.to_owned());
        Progress::Bar(bar)
    }

    /// Says something, unless it is to be quiet.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.write(text);
        }
    }

    /// Says what is wrong.
    pub fn complain(&self, text: &str) {
        self.write(&format!("facegroup: {text}"));
    }

    fn write(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }
}

/// How far one input is, shown until it is dropped.
pub enum Progress {
    /// Asked to be quiet.
    Silent,
    /// On a terminal.
    Bar(ProgressBar),
    /// In a file or a pipe.
    Plain { name: String, started: Instant, said: Instant },
}

impl Progress {
    /// Shows how many pictures are done.
    fn pictures(&mut self, done: u64, all: u64, faces: u64, elapsed: Duration) {
        let rate = done as f64 / elapsed.as_secs_f64().max(1e-3);
        match self {
            Self::Silent => (),
            Self::Bar(bar) => {
                bar.set_length(all);
                bar.set_position(done);
                bar.set_message(format!("{done} of {all}, {faces} faces, {rate:.1}/s"));
            }
            Self::Plain { said, .. } if said.elapsed() < PLAIN_EVERY && done < all => (),
            Self::Plain { said, .. } => {
                *said = Instant::now();
                eprintln!("{done} of {all} pictures, {faces} faces, {rate:.1}/s");
            }
        }
    }

    /// Shows where the input stands.
    pub fn show(&mut self, standing: Standing, elapsed: Duration) {
        let rate = standing.frames as f64 / elapsed.as_secs_f64().max(1e-3);
        let text = format!("{} faces, {rate:.1} frames/s", standing.faces);
        match self {
            Self::Silent => (),
            Self::Bar(bar) => {
                if let Some(length) = standing.length {
                    bar.set_length((length * 1000.0) as u64);
                    bar.set_position((standing.position.min(length) * 1000.0) as u64);
                }
                bar.set_message(text);
            }
            Self::Plain { name, started, said } => {
                if said.elapsed() < PLAIN_EVERY {
                    return;
                }
                *said = Instant::now();
                let left = standing.length.filter(|_| standing.position > 0.0).map(|length| {
                    let speed = standing.position / started.elapsed().as_secs_f64();
                    format!(", {} left", clock((length - standing.position).max(0.0) / speed))
                });
                let at = clock(standing.position);
                eprintln!("{name}: {at}, {text}{}", left.unwrap_or_default());
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// Seconds as people write them.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}
