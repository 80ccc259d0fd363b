// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the benches share: what a process costs, and what they compare with (decoding alone) or work
//! on (synthetic frames, networks, people).

pub mod frames;
pub mod instructions;
pub mod kernels;
pub mod networks;
pub mod people;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// What one process cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Processor seconds of all its threads.
    pub cpu: f64,
    /// Seconds from start to end.
    pub wall: f64,
    /// Most memory resident, in MiB.
    pub mebibytes: f64,
}

/// The folder of real footage: FACEGROUP_FOOTAGE, or where the project has it.
pub fn footage() -> PathBuf {
    std::env::var_os("FACEGROUP_FOOTAGE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/footage"),
        PathBuf::from,
    )
}

/// Everything decoded and thrown away.
pub fn decoding(clip: &Path) -> Command {
    let clip = std::path::absolute(clip).unwrap_or_else(|_| clip.to_owned());
    let mut command = Command::new("gst-launch-1.0");
    // decodebin, which leaves the sound unlinked, stands still at the end now and then (GStreamer 1.22).
    command.args(["-q", "uridecodebin3"]).arg(format!("uri=file://{}", clip.display()));
    command.args(["!", "video/x-raw", "!", "fakesink", "sync=false"]);
    command
}

/// Runs a command to its end; what it used is read off its own accounts, just before they close.
///
/// # Errors
/// It cannot be started or fails.
pub fn cost(command: &mut Command) -> Result<Cost> {
    let started = Instant::now();
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.with_context(|| format!("could not start {command:?}"))?;
    let stat = format!("/proc/{}/stat", child.id());
    let status = format!("/proc/{}/status", child.id());
    let mut cost = Cost::default();
    let ended = loop {
        // A zombie's times stay readable until it is waited for.
        if let Some(cpu) = std::fs::read_to_string(&stat).ok().and_then(|text| cpu(&text)) {
            cost.cpu = cpu;
        }
        if let Some(peak) = std::fs::read_to_string(&status).ok().and_then(|text| peak(&text)) {
            cost.mebibytes = peak;
        }
        if is_over(&stat) {
            break child.wait()?;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    cost.wall = started.elapsed().as_secs_f64();
    if !ended.success() {
        bail!("{command:?} failed");
    }
    Ok(cost)
}

/// State, user and system time of `/proc/PID/stat`, behind the name in brackets.
fn fields(stat: &str) -> Option<Vec<&str>> {
    Some(stat.rsplit_once(") ")?.1.split(' ').collect())
}

fn is_over(stat: &str) -> bool {
    let text = std::fs::read_to_string(stat).unwrap_or_default();
    fields(&text).is_none_or(|fields| fields.first() == Some(&"Z"))
}

fn cpu(stat: &str) -> Option<f64> {
    let fields = fields(stat)?;
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(ticks as f64 / ticks_per_second())
}

/// In what `/proc` counts processor time.
pub fn ticks_per_second() -> f64 {
    // SAFETY: it only reads a constant of the system.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    ticks.max(1) as f64
}

/// Most memory resident so far, in MiB.
fn peak(status: &str) -> Option<f64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

/// The middle one of some figures of costs; the upper of two.
pub fn median(costs: &[Cost], of: impl Fn(&Cost) -> f64) -> f64 {
    let mut values: Vec<f64> = costs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
