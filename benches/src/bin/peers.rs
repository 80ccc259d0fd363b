// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin peers -- [CLIP]`: every frame looked at, by facegroup
//! and by deface, against decoding alone: the same clip, in the same run, in turn.
//!
//! deface (PyPI, CenterFace on ONNX Runtime) finds faces and blurs them; it neither follows nor describes
//! nor groups them. `DEFACE` names the program where it is not on the PATH (`pip install deface==1.5.0
//! onnxruntime`). One turn takes minutes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use facegroup_benches::{Cost, cost, decoding, footage, median};

/// Turns taken; the median of each column is printed.
const ROUNDS: usize = 3;
/// What deface looks at in its faster setting.
const SMALL: &str = "640x360";

fn main() -> Result<()> {
    let clip = std::env::args_os().nth(1).map(PathBuf::from);
    let clip = clip.unwrap_or_else(|| footage().join("clips/sitcom-poker-720p.mp4"));
    let facegroup = std::env::current_exe()?.with_file_name("facegroup");
    let deface = std::env::var_os("DEFACE").unwrap_or_else(|| OsString::from("deface"));
    let ours = |arguments: &[&str], out: &Path| {
        let mut command = Command::new(&facegroup);
        command.arg(&clip).arg("-o").arg(out.join("out")).args(["-q", "--every-frame"]);
        command.args(arguments);
        command
    };
    let theirs = |out: &Path| {
        let mut command = Command::new(&deface);
        command.arg(&clip).arg("-o").arg(out.join("out.mp4")).args(["--scale", SMALL]);
        command.args(["--backend", "onnxrt", "--execution-provider", "CPUExecutionProvider"]);
        command
    };
    let has_deface = Command::new(&deface).arg("--help").output().is_ok_and(|o| o.status.success());
    if !has_deface {
        println!("skipped: no deface (pip install deface==1.5.0 onnxruntime, or DEFACE=PROGRAM)\n");
    }
    type Job<'a> = (&'a str, Box<dyn Fn(&Path) -> Command + 'a>);
    let mut jobs: Vec<Job<'_>> = vec![
        ("decoding alone", Box::new(|_| decoding(&clip))),
        ("facegroup, yunet", Box::new(|out| ours(&["--detector", "yunet"], out))),
        (
            "facegroup, yunet, --full-frame-interval 0",
            Box::new(|out| ours(&["--detector", "yunet", "--full-frame-interval", "0"], out)),
        ),
        ("facegroup, centerface", Box::new(|out| ours(&[], out))),
        (
            "facegroup, centerface, --full-frame-interval 0",
            Box::new(|out| ours(&["--full-frame-interval", "0"], out)),
        ),
    ];
    if has_deface {
        jobs.push(("deface at 640x360", Box::new(theirs)));
    }
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); jobs.len()];
    for _ in 0..ROUNDS {
        for ((name, command), costs) in jobs.iter().zip(&mut costs) {
            let out = tempfile::tempdir()?;
            costs.push(cost(&mut command(out.path())).with_context(|| (*name).to_owned())?);
        }
    }
    let name = clip.file_name().unwrap_or_default().to_string_lossy();
    println!("| {name} | CPU s | of decoding | wall s | MiB |");
    println!("|---|---|---|---|---|");
    let base = costs.first().map_or(0.0, |costs| median(costs, |c| c.cpu));
    for ((name, _), costs) in jobs.iter().zip(&costs) {
        let cpu = median(costs, |c| c.cpu);
        println!(
            "| {name} | {cpu:.1} | {:.1} | {:.1} | {:.0} |",
            cpu / base,
            median(costs, |c| c.wall),
            median(costs, |c| c.mebibytes),
        );
    }
    Ok(())
}
