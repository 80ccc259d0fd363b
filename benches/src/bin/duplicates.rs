// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin duplicates -- [FACES]` (default 100000): how long it
//! takes to find the duplicates among many faces, and how much memory.
//!
//! Hashes of synthetic crops (few alike, and many), then embeddings of synthetic people.

use std::time::Instant;

use anyhow::{Context, Result};
use facegroup_benches::people;
use fastrand::Rng;
use grouping::deduplication::{Search, cosine_duplicates, hash_duplicates};
use imaging::PerceptualHash;

/// video-to-faces' default.
const BITS: u32 = 8;
/// The same for the embedding, there .25 of another network.
const DISTANCE: f32 = 0.4;
const FACES_A_PERSON: usize = 20;

fn main() -> Result<()> {
    let faces: usize = match std::env::args().nth(1) {
        Some(number) => number.parse()?,
        None => 100_000,
    };
    println!("| {faces} faces | duplicates | wall s | peak MiB |\n|---|---|---|---|");
    for (what, family) in [("hashes, mostly unlike", 2), ("hashes, mostly alike", 200)] {
        let hashes = hashes(faces, family);
        let started = Instant::now();
        let found = hash_duplicates(&hashes, BITS, Search::Near);
        row(what, found.iter().filter(|face| face.is_duplicate).count(), started)?;
    }
    let people = people::make(faces, (faces / FACES_A_PERSON).max(1));
    let started = Instant::now();
    let found = cosine_duplicates(people.vectors.view(), DISTANCE);
    row(
        "embeddings of 512 numbers",
        found.iter().filter(|face| face.is_duplicate).count(),
        started,
    )?;
    let started = Instant::now();
    let found = cosine_duplicates(people.vectors.view(), 0.0);
    row("the same, nothing alike", found.iter().filter(|face| face.is_duplicate).count(), started)
}

/// Hashes in families of about `family`: up to twelve bits of a common one turned.
fn hashes(count: usize, family: usize) -> Vec<PerceptualHash> {
    let mut rng = Rng::with_seed(1);
    let heads: Vec<u64> = (0..(count / family).max(1)).map(|_| rng.u64(..)).collect();
    let mut one = || {
        let head = rng.choice(heads.iter()).copied().unwrap_or_default();
        PerceptualHash((0..rng.u32(..12)).fold(head, |hash, _| hash ^ 1 << rng.u32(..64)))
    };
    (0..count).map(|_| one()).collect()
}

fn row(what: &str, duplicates: usize, started: Instant) -> Result<()> {
    let wall = started.elapsed().as_secs_f64();
    println!("| {what} | {duplicates} | {wall:.1} | {:.0} |", peak()?);
    Ok(())
}

/// Most memory resident so far, in MiB.
fn peak() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no peak")?;
    Ok(line.split_whitespace().nth(1).context("no number")?.parse::<f64>()? / 1024.0)
}
