// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin quality -- [EMBEDDER…]`: how good the groups of every clip
//! and folder of pictures of the footage with a truth are, by each embedder at default settings.
//!
//! Without an embedder, the default one and those that are installed beside it. A cell is BCubed F, weighted
//! purity, and people shown of people there.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use facegroup::evaluate::{Found, evaluate};
use facegroup_benches::footage;
use grouping::metrics::Agreement;
use models::catalogue::Task;

/// What is measured where nothing is asked for, as far as it is installed.
const EMBEDDERS: [&str; 6] = [
    "sface",
    "face-reid-0095",
    "sface,face-reid-0095",
    "edgeface-xs",
    "mobilefacenet",
    "dlib-resnet",
];

/// Something with a truth: a film and its CSV, or a folder of a person each.
struct Case {
    input: PathBuf,
    truth: PathBuf,
}

fn main() -> Result<()> {
    let mut embedders: Vec<String> = std::env::args().skip(1).collect();
    if embedders.is_empty() {
        let installed = |id: &&str| models::store::resolve(id, None, Task::Embed).is_ok();
        embedders = EMBEDDERS.into_iter().filter(installed).map(str::to_owned).collect();
    }
    let cases = cases()?;
    if cases.is_empty() {
        println!("skipped: no footage ({})", footage().display());
        return Ok(());
    }
    println!("| clip | {} |", embedders.join(" | "));
    println!("|---{}|", "|---".repeat(embedders.len()));
    let mut sums = vec![(0.0, 0.0); embedders.len()];
    for case in &cases {
        let mut cells = Vec::new();
        for (embedder, sum) in embedders.iter().zip(&mut sums) {
            let (agreement, shown) = measure(case, embedder)?;
            let Agreement { bcubed, purity, people, .. } = agreement;
            cells.push(format!("{:.3} / {purity:.3}, {shown} of {people}", bcubed.f));
            *sum = (sum.0 + bcubed.f, sum.1 + purity);
        }
        let name = case.input.file_stem().unwrap_or_default().to_string_lossy();
        println!("| {name} | {} |", cells.join(" | "));
    }
    let count = cases.len() as f64;
    let means = sums.iter().map(|(f, purity)| format!("{:.3} / {:.3}", f / count, purity / count));
    println!("| mean | {} |", means.collect::<Vec<_>>().join(" | "));
    Ok(())
}

fn cases() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let clips = footage().join("clips");
    if let Ok(entries) = std::fs::read_dir(&clips) {
        for entry in entries {
            let truth = entry?.path();
            let input = truth.with_extension("mp4");
            if truth.extension().is_some_and(|extension| extension == "csv") && input.exists() {
                cases.push(Case { input, truth });
            }
        }
    }
    cases.sort_by(|a, b| a.input.cmp(&b.input));
    for folder in ["faces/lfw10", "faces/bbt"].map(|name| footage().join(name)) {
        if folder.is_dir() {
            cases.push(Case { input: folder.clone(), truth: folder });
        }
    }
    Ok(cases)
}

/// How well the groups agree with the truth, and how many there are.
fn measure(case: &Case, embedder: &str) -> Result<(Agreement, usize)> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    let mut command = Command::new(std::env::current_exe()?.with_file_name("facegroup"));
    command.arg(if case.input.is_dir() { "group" } else { "run" });
    command.arg(&case.input).arg("-o").arg(&out).args(["--embedder", embedder]);
    let output = command.output().context("facegroup could not be started")?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let found = Found::open(&out)?;
    let comparison = evaluate(&found, Some(&case.truth), false)?.comparison.context("no truth")?;
    Ok((comparison.agreement, found.groups()))
}
