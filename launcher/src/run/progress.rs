// SPDX-License-Identifier: MIT OR Apache-2.0
//! Saying how far it is: a bar on a terminal, a plain line now and then elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a plain line is written.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

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

/// Talks to standard error.
pub enum Progress {
    /// Asked to be quiet.
    Silent,
    /// On a terminal.
    Bar(ProgressBar),
    /// In a file or a pipe.
    Plain { name: String, started: Instant, said: Instant },
}

impl Progress {
    /// For an input called `name`.
    pub fn new(name: &str, quiet: bool) -> Self {
        if quiet {
            return Self::Silent;
        }
        if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(0);
            let template = "{prefix} [{bar:24}] {percent:>3}%  {msg}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(name.to_owned());
            return Self::Bar(bar);
        }
        let now = Instant::now();
        Self::Plain { name: name.to_owned(), started: now, said: now }
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

    /// Says something once.
    pub fn say(&self, text: &str) {
        match self {
            Self::Silent => (),
            Self::Bar(bar) => bar.suspend(|| eprintln!("{text}")),
            Self::Plain { .. } => eprintln!("{text}"),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
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
