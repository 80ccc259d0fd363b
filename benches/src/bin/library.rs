// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo run --release -p facegroup-benches --bin library -- TEMPLATES…`: how a library grows, on synthetic people.
//!
//! Of each number of templates: inserts a second, time to open, time of a query and what it finds of what comparing with all
//! finds, resident memory.

use std::time::Instant;

use anyhow::{Context, Result};
use dataset::format::corrections::FaceKey;
use dataset::library::{DatasetRecord, Embeddings, Library, TemplateRecord};
use facegroup::archive::{exact, nearest};
use facegroup_benches::people;
use ndarray::{Array2, Axis, s};

const DIMENSIONS: usize = 128;
/// Templates of a person on average.
const A_PERSON: usize = 20;
/// Templates of a transaction: a dataset.
const A_DATASET: usize = 10_000;
const QUERIES: usize = 500;
const WANTED: usize = 10;

fn main() -> Result<()> {
    println!(
        "| templates | inserts/s | open ms | query p50 ms | p99 ms | recall@1 | recall@10 | exact ms a query | exact s for 1,000 | resident MB | file MB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for templates in std::env::args().skip(1) {
        one(templates.parse().context("how many?")?)?;
    }
    Ok(())
}

fn one(templates: usize) -> Result<()> {
    let made = people::make(templates + QUERIES, (templates / A_PERSON).max(1));
    let mut rows = made.vectors.slice(s![.., ..DIMENSIONS]).to_owned();
    drop(made);
    for mut row in rows.rows_mut() {
        let length = row.dot(&row).sqrt();
        row /= length;
    }
    let queries = rows.slice(s![templates.., ..]).to_owned();
    let folder = tempfile::tempdir()?;
    let place = folder.path().join("lib");
    let of = Embeddings { model: "test".into(), sha256: None, dimensions: DIMENSIONS };
    let library = Library::create(&place, of, "average")?;
    let started = Instant::now();
    for (number, part) in
        rows.slice(s![..templates, ..]).axis_chunks_iter(Axis(0), A_DATASET).enumerate()
    {
        let mut writing = library.write()?;
        let dataset = writing.new_dataset()?;
        writing.put_dataset(dataset, &DatasetRecord::default())?;
        let first = writing.new_templates(part.nrows() as u32)?;
        let put: Vec<_> = part
            .rows()
            .into_iter()
            .enumerate()
            .map(|(index, row)| {
                let at = (number * A_DATASET + index) as u64;
                let first_face = FaceKey("film.mkv".into(), at, 0);
                let record = TemplateRecord {
                    dataset,
                    track: Some(at),
                    faces: 9,
                    length: 0.9,
                    first: first_face,
                    ..TemplateRecord::default()
                };
                (first + index as u32, record, row.to_vec())
            })
            .collect();
        writing.put_templates(&put)?;
        writing.commit()?;
    }
    let inserts = templates as f64 / started.elapsed().as_secs_f64();
    drop((library, rows));
    let started = Instant::now();
    let library = Library::open(&place)?;
    let reading = library.read()?;
    let view = reading.view();
    view.templates()?;
    let opened = started.elapsed().as_secs_f64() * 1e3;
    let mut times = Vec::new();
    let mut found = Vec::new();
    for query in queries.axis_iter(Axis(0)) {
        let started = Instant::now();
        found.extend(nearest(&view, query.insert_axis(Axis(0)), WANTED)?);
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let resident = resident()?;
    times.sort_by(f64::total_cmp);
    let started = Instant::now();
    exact(&view, queries.slice(s![..1, ..]), WANTED, |_| true)?;
    let single = started.elapsed().as_secs_f64() * 1e3;
    let twice = Array2::from_shape_fn((1000, DIMENSIONS), |(i, j)| queries[[i % QUERIES, j]]);
    let started = Instant::now();
    let truth = exact(&view, twice.view(), WANTED, |_| true)?;
    let many = started.elapsed().as_secs_f64();
    let recall = |count: usize| {
        let share =
            |(found, truth): (&Vec<facegroup::archive::Hit>, &Vec<facegroup::archive::Hit>)| {
                let truth = &truth[..count.min(truth.len())];
                let held = |hit: &&facegroup::archive::Hit| {
                    found.iter().take(count).any(|other| other.template == hit.template)
                };
                truth.iter().filter(held).count() as f64 / truth.len().max(1) as f64
            };
        found.iter().zip(&truth).map(share).sum::<f64>() / QUERIES as f64
    };
    println!(
        "| {templates} | {inserts:.0} | {opened:.1} | {:.2} | {:.2} | {:.3} | {:.3} | {single:.1} | {many:.2} | {resident:.0} | {:.0} |",
        times[QUERIES / 2],
        times[QUERIES * 99 / 100],
        recall(1),
        recall(WANTED),
        library.size() as f64 / 1e6,
    );
    Ok(())
}

/// Memory of this process that is resident and no mapped file, in MB.
fn resident() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).context("no RssAnon")?;
    Ok(line.split_whitespace().nth(1).context("no number")?.parse::<f64>()? / 1e3)
}
