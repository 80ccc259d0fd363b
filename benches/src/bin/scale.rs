// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin scale -- [--whole] [TRACKS…]`: how grouping grows with
//! the number of tracks, on synthetic people.
//!
//! Each number of tracks runs in a process of its own, so that its peak memory is its own. With
//! `--whole` all of grouping runs, on one face a track, else linkage alone.

use std::collections::HashMap;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use facegroup_benches::people::{self, People};
use fastrand::Rng;
use grouping::cluster::{Constraints, Dendrogram, Face, Options, group, sparse_linkage};
use grouping::metrics::{PrecisionRecall, bcubed};

/// Tracks a person has on average.
const TRACKS_A_PERSON: usize = 20;
/// Where the dendrogram is cut: about the best for all numbers of tracks.
const CUT: f32 = 0.28;
/// Linkage ends here, a little lower than the cut, and this far apart are the cuts tried for the
/// best one.
const FLOOR: f32 = 0.26;
const STEP: f32 = 0.02;
const CUTS: usize = 10;
/// One pair of tracks that may not join for so many tracks.
const TRACKS_A_FORBIDDEN_PAIR: usize = 10;
/// Pairs looked at to tell how similar people are.
const PAIRS: usize = 100_000;
/// Tells a process that it measures one number of tracks.
const ONE: &str = "--one";
/// Asks for all of grouping.
const WHOLE: &str = "--whole";

fn main() -> Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let all = arguments.iter().any(|argument| argument == WHOLE);
    arguments.retain(|argument| argument != WHOLE);
    if arguments.first().is_some_and(|first| first == ONE) {
        let tracks = arguments.get(1).context("how many?")?.parse()?;
        return if all { whole(tracks) } else { one(tracks) };
    }
    println!(
        "n log n: CPU microseconds / (tracks x log2 tracks); F: PrecisionRecall, at the cut {CUT}.\n"
    );
    println!("| tracks | people | wall s | CPU s | n log n | peak MiB | groups | F | best F |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for tracks in arguments {
        let what = if all { vec![WHOLE, ONE, &tracks] } else { vec![ONE, &tracks] };
        let status = Command::new(std::env::current_exe()?).args(what).status()?;
        if !status.success() {
            bail!("{tracks} tracks: {status}");
        }
    }
    Ok(())
}

/// All of grouping, on one face a track: what it takes where no track has a second face.
fn whole(tracks: usize) -> Result<()> {
    let count = (tracks / TRACKS_A_PERSON).max(1);
    let People { vectors, truth, .. } = people::make(tracks, count);
    let faces: Vec<Face> = (0..tracks)
        .map(|track| Face { embedding: Some(track), ..Face::at(0, track as u64, [0.0; 4]) })
        .collect();
    let (started, before) = (Instant::now(), cpu()?);
    let found = group(&faces, vectors.view(), &Options::new(CUT))?;
    let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu()? - before);
    let pairs: Vec<_> = found.labels.into_iter().zip(truth).collect();
    row(
        tracks,
        count,
        (wall, cpu),
        peak()?,
        found.groups.len(),
        &format!("{:.4} |", bcubed(&pairs).f),
    );
    Ok(())
}

fn row(
    tracks: usize,
    people: usize,
    (wall, cpu): (f64, f64),
    peak: f64,
    groups: usize,
    scores: &str,
) {
    let growth = 1e6 * cpu / (tracks as f64 * (tracks as f64).log2());
    println!(
        "| {tracks} | {people} | {wall:.1} | {cpu:.1} | {growth:.1} | {peak:.0} | {groups} | {scores} |"
    );
}

/// Linkage alone.
fn one(tracks: usize) -> Result<()> {
    let count = (tracks / TRACKS_A_PERSON).max(1);
    let people = people::make(tracks, count);
    let apart = apart(&people);
    let forbidden = Constraints::cannot_link(apart.iter().copied());
    let (started, before) = (Instant::now(), cpu()?);
    let dendrogram = sparse_linkage(people.vectors.view(), &forbidden, FLOOR);
    let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu()? - before);
    let peak = peak()?;
    let (score, groups) = score(&dendrogram, CUT, &people, &apart)?;
    let mut best = (0.0, 0.0);
    for step in 0..CUTS {
        let cut = FLOOR + STEP * step as f32;
        let (score, _) = self::score(&dendrogram, cut, &people, &apart)?;
        best = if score.f > best.0 { (score.f, cut) } else { best };
    }
    let scores = format!("{:.4} | {:.4} at {:.2}", score.f, best.0, best.1);
    row(tracks, count, (wall, cpu), peak, groups, &scores);
    eprintln!("{}", alike(&people));
    Ok(())
}

/// How good one cut is, and its number of groups. Fails where a forbidden pair has joined.
fn score(
    dendrogram: &Dendrogram,
    cut: f32,
    people: &People,
    apart: &[(usize, usize)],
) -> Result<(PrecisionRecall, usize)> {
    let labels = dendrogram.cut(cut);
    let broken = apart.iter().filter(|(a, b)| labels[*a] == labels[*b]).count();
    if broken > 0 {
        bail!("{broken} forbidden pairs joined at {cut}");
    }
    let groups = labels.iter().max().map_or(0, |last| last + 1);
    let pairs: Vec<_> = labels.into_iter().zip(people.truth.iter().copied()).collect();
    Ok((bcubed(&pairs), groups))
}

/// Pairs of tracks of different people, as if they had been seen together.
fn apart(people: &People) -> Vec<(usize, usize)> {
    let mut rng = Rng::with_seed(5);
    let tracks = people.truth.len();
    (0..tracks / TRACKS_A_FORBIDDEN_PAIR)
        .map(|_| (rng.usize(..tracks), rng.usize(..tracks)))
        .filter(|&(a, b)| people.truth[a] != people.truth[b])
        .collect()
}

/// Cosines of tracks of one person, of different people, and of people that look alike.
fn alike(people: &People) -> String {
    let mut rng = Rng::with_seed(7);
    let (mut persons, mut families) = (HashMap::new(), HashMap::new());
    for (track, &person) in people.truth.iter().enumerate() {
        persons.entry(person as usize).or_insert_with(Vec::new).push(track);
        families.entry(people.families[person as usize]).or_insert_with(Vec::new).push(track);
    }
    let (mut within, mut related, mut between) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let mut any = || rng.usize(..people.truth.len());
        let (a, b) = (any(), any());
        let person = people.truth[a] as usize;
        let own = &persons[&person];
        let family = &families[&people.families[person]];
        let (same, relative) = (own[rng.usize(..own.len())], family[rng.usize(..family.len())]);
        let cosine = |other: usize| people.vectors.row(a).dot(&people.vectors.row(other));
        if same != a {
            within.push(cosine(same));
        }
        if people.truth[relative] != people.truth[a] {
            related.push(cosine(relative));
        }
        if people.truth[b] != people.truth[a] {
            between.push(cosine(b));
        }
    }
    format!(
        "cosines (mean, 1 %, 5 %, 50 %, 95 %, 99 %): one person {}, look-alikes {}, others {}; \
         largest person {} tracks",
        parts(within),
        parts(related),
        parts(between),
        persons.values().map(Vec::len).max().unwrap_or_default(),
    )
}

/// Mean and quantiles.
fn parts(mut values: Vec<f32>) -> String {
    values.sort_by(f32::total_cmp);
    let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
    let part = |part: usize| values.get(values.len() * part / 100).copied().unwrap_or_default();
    format!(
        "({mean:.2}, {:.2}, {:.2}, {:.2}, {:.2}, {:.2})",
        part(1),
        part(5),
        part(50),
        part(95),
        part(99)
    )
}

/// CPU seconds of this process so far.
fn cpu() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit_once(") ").context("no name")?.1.split(' ').collect();
    let ticks = |place: usize| -> Result<u64> { Ok(fields.get(place).context("short")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) as f64 / facegroup_benches::ticks_per_second())
}

/// Most memory resident so far, in MiB.
fn peak() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no peak")?;
    Ok(line.split_whitespace().nth(1).context("no number")?.parse::<f64>()? / 1024.0)
}
