// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin answers -- [COUNT] [CLIP…]`: how good the groups of every clip with a
//! truth get by answers to the questions of `facegroup review`, BCubed F after each answer, COUNT of them (20).
//!
//! Somebody who knows the truth answers: the same, different, or that it is no face. Questions about faces of which the
//! truth says nothing are passed over. In the order of expected gain, and by distance alone.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use dataset::UNSURE;
use facegroup::evaluate::{Found, truth};
use facegroup::review::{Action, Question, Ranking, Session};
use facegroup_benches::footage;
use grouping::metrics::Agreement;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().map_or(Ok(20), |count| count.parse())?;
    let only: Vec<String> = arguments.collect();
    let clips = footage().join("clips");
    let Ok(entries) = std::fs::read_dir(&clips) else {
        println!("skipped: no footage ({})", footage().display());
        return Ok(());
    };
    let mut truths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    truths.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    truths.sort();
    let folder = tempfile::tempdir()?;
    for truth in truths.iter().filter(|truth| truth.with_extension("mp4").exists()) {
        let name = truth.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !only.is_empty() && !only.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        for ranking in [Ranking::Gain, Ranking::Average] {
            let out = folder.path().join(format!("{name} {ranking:?}"));
            run(&truth.with_extension("mp4"), &out)?;
            let curve = answer(&out, truth, ranking, count)?;
            let curve: Vec<String> = curve.iter().map(|f| format!("{f:.3}")).collect();
            println!("{name} by {ranking:?}: {}", curve.join(" "));
        }
    }
    Ok(())
}

fn run(video: &Path, out: &Path) -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?.with_file_name("facegroup"));
    command.arg("run").arg(video).arg("-o").arg(out);
    let output = command.output().context("facegroup could not be started")?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// BCubed F before the first answer and after each.
fn answer(out: &Path, truth: &Path, ranking: Ranking, count: usize) -> Result<Vec<f64>> {
    let found = Found::open(out)?;
    let matched = truth::read(truth)?.find(&found)?;
    let people: HashMap<usize, String> = matched.people.into_iter().collect();
    let mut session = Session::open(out)?;
    let mut curve = vec![score(&session, &people)];
    let mut passed: HashSet<[Vec<usize>; 2]> = HashSet::new();
    while curve.len() <= count {
        let asked = session.queue(10_000, ranking).questions;
        let Some((question, [a, b])) = asked.into_iter().find_map(|question| {
            let sides = [side(&session, &question, 0), side(&session, &question, 1)];
            let [Some(a), Some(b)] = sides.map(|side| majority(&side, &people)) else {
                return None;
            };
            (!passed.contains(&question.faces)).then_some((question, [a, b]))
        }) else {
            break;
        };
        passed.insert(question.faces.clone());
        if std::env::var_os("SAY").is_some() {
            println!(
                "  {:?} {:?} similarity {:.2} likelihood {:.2} gain {:.1}: {a} {b}",
                question.people,
                question.sizes,
                question.similarity,
                question.likelihood,
                question.gain
            );
        }
        let [first, second] = question.faces;
        session.say(&if a == b {
            Action::Same { a: first, b: second }
        } else {
            Action::Different { a: first, b: second }
        })?;
        curve.push(score(&session, &people));
    }
    Ok(curve)
}

/// All faces of a side.
fn side(session: &Session, question: &Question, side: usize) -> Vec<usize> {
    let faces = &question.faces[side];
    let [a, b] = &question.people;
    let Some(person) = faces.first().and_then(|face| session.person_of(*face)) else {
        return Vec::new();
    };
    if a != b && person.name != UNSURE {
        return person.faces.clone();
    }
    let tracks = session.tracks(person);
    let own =
        tracks.into_iter().find(|track| faces.first().is_some_and(|f| track.faces.contains(f)));
    if a == b && side == 1 { faces.clone() } else { own.map_or_else(Vec::new, |track| track.faces) }
}

/// Who most of the faces are.
fn majority(faces: &[usize], people: &HashMap<usize, String>) -> Option<String> {
    let mut votes: BTreeMap<&String, usize> = BTreeMap::new();
    faces
        .iter()
        .filter_map(|face| people.get(face))
        .for_each(|p| *votes.entry(p).or_default() += 1);
    votes.into_iter().max_by_key(|(_, votes)| *votes).map(|(person, _)| person.clone())
}

fn score(session: &Session, people: &HashMap<usize, String>) -> f64 {
    let pairs = people.iter().map(|(face, person)| {
        let group = session.person_of(*face).filter(|group| group.name != UNSURE);
        (group.map(|group| group.name.clone()), person)
    });
    Agreement::of(pairs).bcubed.f
}
