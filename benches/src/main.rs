// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much facegroup costs against decoding alone, on the same clip in the same run, in turn.
//!
//! `cargo run --release -p facegroup-benches -- [CLIP…]`; without a clip, those of the footage.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Turns taken; the median of each column is printed.
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let mut clips: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if clips.is_empty() {
        let footage = std::env::var_os("FACEGROUP_FOOTAGE").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/footage"),
            PathBuf::from,
        );
        clips = vec![footage.join("clips/sitcom-poker-720p.mp4")];
    }
    let program = std::env::current_exe()?.with_file_name("facegroup");
    println!("| clip | what | CPU s | ratio | wall s | MiB |");
    println!("|---|---|---|---|---|---|");
    for clip in clips {
        if !clip.exists() {
            println!("skipped: no footage ({})", clip.display());
            continue;
        }
        measure(&program, &clip)?;
    }
    Ok(())
}

/// What one process cost.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    cpu: f64,
    wall: f64,
    mebibytes: f64,
}

fn measure(program: &Path, clip: &Path) -> Result<()> {
    let name = clip.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let jobs: [(&str, &[&str]); 5] = [
        ("decoding alone", &[]),
        ("--step 1 --decode-all", &["--step", "1", "--decode-all"]),
        ("--step 1", &["--step", "1"]),
        ("five a second", &[]),
        ("--keyframes", &["--keyframes"]),
    ];
    let mut costs = vec![Vec::new(); jobs.len()];
    for _ in 0..ROUNDS {
        for (job, costs) in jobs.iter().zip(&mut costs) {
            costs.push(if job.0 == "decoding alone" {
                cost(&mut decoding(clip))?
            } else {
                let out = tempfile::tempdir()?;
                let mut command = Command::new(program);
                command.arg(clip).arg("-o").arg(out.path().join("out")).arg("-q").args(job.1);
                cost(&mut command)?
            });
        }
    }
    let base = median(&costs[0], |c| c.cpu);
    for (job, costs) in jobs.iter().zip(&costs) {
        println!(
            "| {name} | {} | {:.2} | {:.2} | {:.2} | {:.0} |",
            job.0,
            median(costs, |c| c.cpu),
            median(costs, |c| c.cpu) / base,
            median(costs, |c| c.wall),
            median(costs, |c| c.mebibytes),
        );
    }
    Ok(())
}

/// Everything decoded and thrown away.
fn decoding(clip: &Path) -> Command {
    let mut command = Command::new("gst-launch-1.0");
    command.args(["-q", "filesrc"]).arg(format!("location={}", clip.display()));
    command.args(["!", "decodebin", "!", "video/x-raw", "!", "fakesink", "sync=false"]);
    command
}

/// Runs a command to its end; what it used is read off its own accounts, just before they close.
fn cost(command: &mut Command) -> Result<Cost> {
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
    Some(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// Most memory resident so far, in MiB.
fn peak(status: &str) -> Option<f64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

fn median(costs: &[Cost], of: impl Fn(&Cost) -> f64) -> f64 {
    let mut values: Vec<f64> = costs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
