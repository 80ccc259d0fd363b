// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every table of a page as CSV and as JSON.

use std::fs;
use std::path::Path;

use dataset::atomic::replace;
use dataset::format::evaluation::{Comparison, Evaluation};
use dataset::{DatasetError, Groups, Histograms, InputInfo, Layout, RunInfo};
use grouping::metrics::{CurvePoint, sizes};
use serde_json::{Map, Value, json};

/// Rows under the names of their columns; a cell is a text, a number, true, false or null.
struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    rows: Vec<Vec<Value>>,
}

/// Writes what a dataset's page says to a folder, which is made: `people.csv`, `appearances.csv`, `videos.csv`,
/// `suggestions.csv`, `outliers.csv`, `sizes.csv`, `models.csv`, and where it was measured `similarities.csv`,
/// `evaluation.csv`, `curve.csv`, `silhouettes.csv`, `distances.csv` and `thresholds.csv`; all of them in `tables.json`
/// too, an array of objects each. Returns how many there are.
///
/// # Errors
/// A folder without a dataset, a damaged file, a folder that cannot be written.
pub fn write_tables(location: &Path, folder: &Path) -> Result<usize, DatasetError> {
    let layout = Layout::new(location);
    let missing = || DatasetError::NoDataset { location: location.to_path_buf() };
    let run = RunInfo::read(&layout)?.ok_or_else(missing)?;
    let groups = Groups::read(&layout)?.unwrap_or_default();
    let evaluation = Evaluation::read(&layout)?;
    fs::create_dir_all(folder).map_err(|e| DatasetError::io("make", folder, e))?;
    let mut all = Map::new();
    let tables = tables(&run, &groups, evaluation.as_ref());
    for table in &tables {
        let path = folder.join(format!("{}.csv", table.name));
        let text = csv(table).map_err(|e| DatasetError::io("write", &path, e.into()))?;
        replace(&path, &text)?;
        let object = |row: &Vec<Value>| {
            let named = table.columns.iter().map(|name| (*name).to_owned());
            Value::Object(named.zip(row.iter().cloned()).collect())
        };
        all.insert(table.name.to_owned(), table.rows.iter().map(object).collect());
    }
    let path = folder.join("tables.json");
    let mut text =
        serde_json::to_vec_pretty(&all).map_err(|e| DatasetError::io("write", &path, e.into()))?;
    text.push(b'\n');
    replace(&path, &text)?;
    Ok(tables.len())
}

fn csv(table: &Table) -> csv::Result<Vec<u8>> {
    let mut text = csv::Writer::from_writer(Vec::new());
    text.write_record(table.columns)?;
    for row in &table.rows {
        text.write_record(row.iter().map(|value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }))?;
    }
    text.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

fn tables(run: &RunInfo, groups: &Groups, evaluation: Option<&Evaluation>) -> Vec<Table> {
    let mut tables = vec![
        people(groups),
        appearances(groups),
        videos(&run.inputs),
        suggestions(groups),
        outliers(groups),
        of_sizes(groups),
        models(run),
    ];
    tables.extend(groups.cut.histograms.as_ref().map(similarities));
    let Some(evaluation) = evaluation else { return tables };
    if let Some(comparison) = &evaluation.comparison {
        tables.push(compared(comparison));
        tables.extend(comparison.curve.as_ref().map(|curve| Table {
            name: "curve",
            columns: &["threshold", "groups", "precision", "recall", "f"],
            rows: curve.points.iter().map(point).collect(),
        }));
    }
    let silhouette = evaluation.scores.as_ref().and_then(|scores| scores.silhouette.as_ref());
    tables.extend(silhouette.map(|silhouette| {
        Table {
            name: "silhouettes",
            columns: &["from", "to", "faces"],
            rows: bars(-1.0, 1.0, silhouette.bars.len())
                .zip(&silhouette.bars)
                .map(|([from, to], count)| vec![json!(from), json!(to), json!(count)])
                .collect(),
        }
    }));
    if let Some(distances) = &evaluation.distances {
        let columns = distances.nearest.iter().zip(&distances.mean).zip(&distances.farthest);
        tables.push(Table {
            name: "distances",
            columns: &["from", "to", "nearest", "mean", "farthest"],
            rows: bars(0.0, 2.0, distances.nearest.len())
                .zip(columns)
                .map(|([from, to], ((nearest, mean), farthest))| {
                    vec![json!(from), json!(to), json!(nearest), json!(mean), json!(farthest)]
                })
                .collect(),
        });
        let rows = distances.thresholds.iter().map(|at| {
            let figures = [at.least_below, at.mean_below, at.mean_above, at.most_above];
            let counts = [json!(tidy(at.threshold)), json!(at.faces), json!(at.pairs)];
            counts.into_iter().chain(figures.map(|figure| json!(figure))).collect()
        });
        tables.push(Table {
            name: "thresholds",
            columns: &[
                "threshold",
                "faces",
                "pairs",
                "least_below",
                "mean_below",
                "mean_above",
                "most_above",
            ],
            rows: rows.collect(),
        });
    }
    tables
}

/// A single as it is written, not as the double next to it.
fn tidy(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// The bounds of bars.
fn bars(low: f64, high: f64, count: usize) -> impl Iterator<Item = [f64; 2]> {
    let at = move |bar: usize| {
        let value = low + (high - low) * bar as f64 / count.max(1) as f64;
        (value * 1e6).round() / 1e6
    };
    (0..count).map(move |bar| [at(bar), at(bar + 1)])
}

fn people(groups: &Groups) -> Table {
    let all = groups.groups.iter().chain([&groups.unsure]);
    let row = |group: &dataset::GroupSummary| {
        let bounds = group.on_screen.values().flatten();
        let first = bounds.clone().map(|s| s.start).min_by(f64::total_cmp);
        let last = bounds.map(|s| s.end).max_by(f64::total_cmp);
        vec![
            json!(group.name),
            json!(group.person),
            json!(group.size),
            json!(group.tracks),
            json!(group.total_seconds()),
            json!(group.on_screen.len()),
            json!(first),
            json!(last),
            json!(tidy(group.cohesion)),
            json!(group.concealed),
        ]
    };
    Table {
        name: "people",
        columns: &[
            "group", "name", "faces", "tracks", "seconds", "videos", "first", "last", "cohesion",
            "hidden",
        ],
        rows: all.filter(|group| group.size > 0).map(row).collect(),
    }
}

fn appearances(groups: &Groups) -> Table {
    let rows = groups.groups.iter().flat_map(|group| {
        group.on_screen.iter().flat_map(move |(video, segments)| {
            segments.iter().map(move |s| {
                vec![
                    json!(group.name),
                    json!(group.person),
                    json!(video),
                    json!(s.start),
                    json!(s.end),
                ]
            })
        })
    });
    let columns = &["group", "name", "video", "start", "end"];
    Table { name: "appearances", columns, rows: rows.collect() }
}

fn videos(inputs: &[InputInfo]) -> Table {
    let row = |input: &InputInfo| {
        vec![
            json!(input.name),
            json!(input.path),
            json!(input.state),
            json!(input.duration),
            json!(input.processed_seconds()),
            json!(input.frames),
            json!(input.error),
        ]
    };
    Table {
        name: "videos",
        columns: &["video", "path", "state", "seconds", "processed", "frames", "error"],
        rows: inputs.iter().map(row).collect(),
    }
}

fn suggestions(groups: &Groups) -> Table {
    let rows = groups.suggestions.iter().map(|suggestion| {
        let [a, b] = &suggestion.groups;
        let (similarity, likelihood) = (tidy(suggestion.similarity), tidy(suggestion.likelihood));
        vec![json!(a), json!(b), json!(similarity), json!(likelihood)]
    });
    let columns = &["group", "other", "similarity", "likelihood"];
    Table { name: "suggestions", columns, rows: rows.collect() }
}

fn outliers(groups: &Groups) -> Table {
    let rows = groups.outliers.iter().map(|outlier| {
        let dataset::Outlier { group, video, frame, face, file } = outlier;
        vec![json!(group), json!(video), json!(frame), json!(face), json!(file)]
    });
    let columns = &["group", "video", "frame", "face", "file"];
    Table { name: "outliers", columns, rows: rows.collect() }
}

fn of_sizes(groups: &Groups) -> Table {
    let buckets = sizes(groups.groups.iter().map(|group| group.size));
    let rows = buckets.iter().map(|bucket| {
        vec![json!(bucket.from), json!(bucket.to), json!(bucket.groups), json!(bucket.faces)]
    });
    Table { name: "sizes", columns: &["from", "to", "groups", "faces"], rows: rows.collect() }
}

fn models(run: &RunInfo) -> Table {
    let rows = run.models.iter().map(|model| {
        vec![json!(model.id), json!(model.task), json!(model.licence), json!(model.sha256)]
    });
    let columns = &["model", "task", "licence", "sha256"];
    Table { name: "models", columns, rows: rows.collect() }
}

fn similarities(histograms: &Histograms) -> Table {
    let Histograms { low, high, different, same } = histograms;
    let both = different.iter().zip(same);
    let rows = bars(f64::from(*low), f64::from(*high), different.len()).zip(both);
    let rows = rows.map(|([from, to], (different, same))| {
        vec![json!(from), json!(to), json!(different), json!(same)]
    });
    Table {
        name: "similarities",
        columns: &["from", "to", "different", "same"],
        rows: rows.collect(),
    }
}

fn compared(comparison: &Comparison) -> Table {
    let agreement = &comparison.agreement;
    let (bcubed, pairwise) = (agreement.bcubed, agreement.pairwise);
    let figures = [
        ("faces", agreement.faces as f64),
        ("groups", agreement.groups as f64),
        ("people", agreement.people as f64),
        ("unsure", agreement.unsure as f64),
        ("bcubed precision", bcubed.precision),
        ("bcubed recall", bcubed.recall),
        ("bcubed f", bcubed.f),
        ("pairwise precision", pairwise.precision),
        ("pairwise recall", pairwise.recall),
        ("pairwise f", pairwise.f),
        ("purity", agreement.purity),
        ("inverse purity", agreement.inverse_purity),
        ("homogeneity", agreement.homogeneity),
        ("completeness", agreement.completeness),
        ("nmi", agreement.nmi),
        ("ari", agreement.ari),
        ("clicks", agreement.clicks as f64),
    ];
    let rows = figures.iter().map(|(name, value)| vec![json!(name), json!(value)]);
    Table { name: "evaluation", columns: &["figure", "value"], rows: rows.collect() }
}

fn point(point: &CurvePoint) -> Vec<Value> {
    let CurvePoint { threshold, groups, precision, recall, f, .. } = *point;
    vec![json!(tidy(threshold)), json!(groups), json!(precision), json!(recall), json!(f)]
}
