// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin cores -- [CLIP [OPTION…]]`: what a second core is
//! worth, the same run on one and on two, in turn.
//!
//! Options go to facegroup; without a clip, the sitcom one of the footage. Other work on the first two
//! cores spoils the figures.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use facegroup_benches::{Cost, cost, footage, median};

/// Turns taken; the median of each column is printed.
const ROUNDS: usize = 3;
/// The cores of a run, as taskset takes them.
const CORES: [&str; 2] = ["0", "0,1"];

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let clip = arguments.next().map(PathBuf::from);
    let clip = clip.unwrap_or_else(|| footage().join("clips/sitcom-poker-720p.mp4"));
    let options: Vec<OsString> = arguments.collect();
    if !clip.exists() {
        println!("skipped: no footage ({})", clip.display());
        return Ok(());
    }
    if !Command::new("taskset").args(["-c", CORES[1], "true"]).status().is_ok_and(|s| s.success()) {
        println!("skipped: taskset cannot use two cores");
        return Ok(());
    }
    let program = std::env::current_exe()?.with_file_name("facegroup");
    let mut costs: [Vec<Cost>; CORES.len()] = Default::default();
    for _ in 0..ROUNDS {
        for (cores, costs) in CORES.iter().zip(&mut costs) {
            let out = tempfile::tempdir()?;
            let mut command = Command::new("taskset");
            command.args(["-c", cores]).arg(&program).arg("run").arg(&clip);
            command.arg("-o").arg(out.path().join("out")).arg("-q").args(&options);
            costs.push(cost(&mut command).with_context(|| format!("cores {cores}"))?);
        }
    }
    let [one, two] = costs.each_ref().map(|costs| median(costs, |cost| cost.wall));
    println!("| clip | cores | wall s | CPU s | throughput |\n|---|---|---|---|---|");
    let name = clip.file_name().unwrap_or_default().to_string_lossy();
    for (cores, costs) in CORES.iter().zip(&costs) {
        let wall = median(costs, |cost| cost.wall);
        let cpu = median(costs, |cost| cost.cpu);
        println!("| {name} | {cores} | {wall:.2} | {cpu:.2} | {:.2} |", one / wall);
    }
    println!("\ntwo cores are worth {:.2} times one", one / two);
    Ok(())
}
