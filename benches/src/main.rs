// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches -- [CLIP…]`: how much facegroup costs against decoding alone,
//! on the same clip in the same run, in turn.
//!
//! Without a clip, the sitcom one of the footage.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use facegroup_benches::{cost, decoding, footage, median};

/// Turns taken; the median of each column is printed.
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let mut clips: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if clips.is_empty() {
        clips = vec![footage().join("clips/sitcom-poker-720p.mp4")];
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
