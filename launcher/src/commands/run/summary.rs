// SPDX-License-Identifier: MIT OR Apache-2.0
//! The last word: who was found, and how long it took.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use dataset::{Dataset, RunInfo};
use facegroup::Summary;

/// How long things took.
#[derive(Debug, Clone, Copy)]
pub struct Timings {
    /// From start to now.
    pub total: Duration,
    /// Of which grouping and the report.
    pub grouping: Duration,
    /// Video that ran through, in seconds.
    pub video_seconds: f64,
}

impl Timings {
    /// Seconds of video a second.
    fn speed(&self) -> f64 {
        self.video_seconds / self.total.as_secs_f64().max(1e-3)
    }
}

/// Prints the summary on standard output, as text or JSON; without one, of faces that were only found.
pub fn print(
    location: &Path,
    summary: Option<&Summary>,
    timings: &Timings,
    json: bool,
) -> Result<()> {
    let run = Dataset::run_info(location)?;
    let Some(summary) = summary else {
        return found_only(location, &run, timings, json);
    };
    let decoders: Vec<_> = run.inputs.iter().filter_map(|input| input.decoder.clone()).collect();
    let mut out = std::io::stdout().lock();
    if json {
        let people: Vec<_> = summary.people().map(|g| serde_json::json!({"name": g.name, "faces": g.size, "seconds": g.total_seconds()}))
            .collect();
        let value = serde_json::json!({
            "location": location,
            "report": summary.report,
            "faces": summary.faces,
            "people": people,
            "unsure": summary.unsure,
            "seconds": timings.total.as_secs_f64(),
            "grouping_seconds": timings.grouping.as_secs_f64(),
            "video_seconds": timings.video_seconds,
            "speed": timings.speed(),
            "device": run.device,
            "decoders": decoders,
            "errors": errors(&run),
            "failed": failed(&run),
        });
        quiet_pipe(writeln!(out, "{value}"))?;
        return Ok(());
    }
    let mut text = format!("{} people, {} faces", summary.people().count(), summary.faces);
    if summary.unsure > 0 {
        text += &format!(", {} of them unassigned", summary.unsure);
    }
    text.push('\n');
    for group in &summary.groups {
        let seconds = super::progress::clock(group.total_seconds());
        text += &format!("  {:>4}  {:>6} faces  {:>8}\n", group.name, group.size, seconds);
    }
    for input in &run.inputs {
        if let Some(why) = &input.error {
            text += &format!("{}: {why}\n", input.name);
        }
    }
    text += &format!(
        "{} of video in {:.1} s ({:.1} times real time); {}, {}\n{}\n",
        super::progress::clock(timings.video_seconds),
        timings.total.as_secs_f64(),
        timings.speed(),
        decoders.first().map_or("nothing decoded", String::as_str),
        run.device.as_deref().unwrap_or("no device"),
        summary.report.display(),
    );
    quiet_pipe(write!(out, "{text}"))?;
    Ok(())
}

/// Prints as JSON why nothing came of a run.
pub fn print_failed(location: &Path) -> Result<()> {
    let run = Dataset::run_info(location)?;
    let value = serde_json::json!({ "errors": errors(&run), "failed": failed(&run) });
    quiet_pipe(writeln!(std::io::stdout(), "{value}"))?;
    Ok(())
}

/// The inputs that failed or ended early, each with why.
fn errors(run: &RunInfo) -> Vec<(&str, &str)> {
    run.inputs.iter().filter_map(|i| Some((&*i.name, i.error.as_deref()?))).collect()
}

/// Their names.
fn failed(run: &RunInfo) -> Vec<&str> {
    errors(run).into_iter().map(|(name, _)| name).collect()
}

/// The summary of a run that did not group.
fn found_only(location: &Path, run: &RunInfo, timings: &Timings, json: bool) -> Result<()> {
    let faces = run.counts.get("faces").copied().unwrap_or_default();
    let mut out = std::io::stdout().lock();
    if json {
        let value = serde_json::json!({
            "location": location,
            "faces": faces,
            "seconds": timings.total.as_secs_f64(),
            "video_seconds": timings.video_seconds,
            "speed": timings.speed(),
            "device": run.device,
            "errors": errors(run),
            "failed": failed(run),
        });
        quiet_pipe(writeln!(out, "{value}"))?;
        return Ok(());
    }
    let (total, speed) = (timings.total.as_secs_f64(), timings.speed());
    let (folder, result) = (location.join("faces"), location.display());
    let folder = folder.display();
    quiet_pipe(writeln!(
        out,
        "{faces} faces, not grouped, in {total:.1} s ({speed:.1} times real time)\n{folder}\n\
         group them with: facegroup group {result}"
    ))?;
    Ok(())
}

/// A reader that has seen enough is no failure.
fn quiet_pipe(written: std::io::Result<()>) -> std::io::Result<()> {
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
