// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facegroup evaluate`: how good the groups are.

use std::fmt::Write as _;

use anyhow::Result;
use dataset::format::evaluation::{Comparison, Evaluation};
use facegroup::evaluate::{EvaluateError, Found, distances, evaluate};
use grouping::metrics::{Agreement, Bucket, Curve, Distances, PrecisionRecall, Scores};
use report::Options;

use crate::cli::EvaluateArgs;
use crate::exit::Exit;
use crate::output::say;

/// Width of the first column.
const NAME: usize = 26;

/// Judges a result, prints what it came to, and keeps it in the result where that is a dataset.
pub fn run(arguments: &EvaluateArgs) -> Result<Exit> {
    let found = Found::open(&arguments.location)?;
    let mut evaluation = evaluate(&found, arguments.truth.as_deref(), arguments.scores)?;
    if arguments.distances {
        evaluation.distances = Some(distances(&found));
    }
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&evaluation)?);
    } else {
        say!("{}", text(&evaluation).trim_end());
    }
    if !found.is_dataset() {
        return Ok(Exit::Done);
    }
    Ok(match facegroup::evaluate::store(&evaluation, &found.location, Options::default()) {
        Ok(()) => Exit::Done,
        Err(error) => not_kept(&error),
    })
}

/// The figures are out; only the page does not show them.
fn not_kept(error: &EvaluateError) -> Exit {
    eprintln!("facegroup: the evaluation is not in the report: {error}");
    Exit::SomeFailed
}

/// Aligned tables.
fn text(evaluation: &Evaluation) -> String {
    let mut out = Table::default();
    if let Some(comparison) = &evaluation.comparison {
        out.comparison(evaluation, comparison);
    }
    if let Some(scores) = &evaluation.scores {
        out.scores(scores);
    }
    if let Some(distances) = &evaluation.distances {
        out.distances(distances);
    }
    out.0
}

/// Lines of a name and its figures.
#[derive(Default)]
struct Table(String);

impl Table {
    /// Writing to a string cannot fail.
    fn line(&mut self, name: &str, figures: &str) {
        let _ = writeln!(self.0, "{name:<NAME$}{figures}");
    }

    fn gap(&mut self) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
    }

    fn comparison(&mut self, evaluation: &Evaluation, comparison: &Comparison) {
        let Comparison { agreement, labels, .. } = comparison;
        self.line("truth", &format!("{} ({})", comparison.truth, comparison.kind));
        self.line("faces", &format!("{:>7}", evaluation.faces));
        self.line("  scored", &format!("{:>7}", agreement.faces));
        self.line("  nobody's by the truth", &format!("{:>7}", comparison.nobody));
        self.line("  without truth", &format!("{:>7}", comparison.without_truth));
        self.line("labels of the truth", &format!("{:>7}", labels.labelled));
        self.line("  found", &format!("{:>7}", labels.found));
        let alone = match labels.missed_without_any_face {
            0 => String::new(),
            some => format!("  ({some} where no face is stored; perhaps never looked at)"),
        };
        self.line("  missed", &format!("{:>7}{alone}", labels.missed));
        self.gap();
        self.agreement(agreement);
        if let Some(curve) = &comparison.curve {
            self.curve(curve);
        }
    }

    fn agreement(&mut self, agreement: &Agreement) {
        self.line("", &format!("{:>9}{:>9}{:>9}", "precision", "recall", "F"));
        let three =
            |p: &PrecisionRecall| format!("{:>9.4}{:>9.4}{:>9.4}", p.precision, p.recall, p.f);
        self.line("BCubed", &three(&agreement.bcubed));
        self.line("pairwise", &three(&agreement.pairwise));
        self.gap();
        for (name, value) in [
            ("purity (WCP)", agreement.purity),
            ("inverse purity", agreement.inverse_purity),
            ("homogeneity", agreement.homogeneity),
            ("completeness", agreement.completeness),
            ("NMI", agreement.nmi),
            ("ARI", agreement.ari),
        ] {
            self.line(name, &format!("{value:>9.4}"));
        }
        self.gap();
        let ratio = agreement.groups as f64 / agreement.people.max(1) as f64;
        let counts = format!("{:>4} / {:<4} = {ratio:.2}", agreement.groups, agreement.people);
        self.line("groups / people (K / K*)", &counts);
        self.line("  of 2 faces or more", &format!("{:>4}", agreement.groups_of_two));
        self.line("unsure, each one alone", &format!("{:>4}", agreement.unsure));
        let share = 100.0 * agreement.click_share;
        self.line(
            "clicks to correct",
            &format!("{:>4}   {share:.1} % of the faces", agreement.clicks),
        );
    }

    fn curve(&mut self, curve: &Curve) {
        let at = [("F at the cut taken", curve.taken()), ("F at the best cut", curve.best())];
        for (name, point) in at {
            if let Some(point) = point {
                let groups = point.groups;
                let figures =
                    format!("{:>9.4}  at {:.3}, {groups} groups", point.f, point.threshold);
                self.line(name, &figures);
            }
        }
    }

    fn scores(&mut self, scores: &Scores) {
        self.gap();
        let figure = |value: Option<f64>| value.map_or("        -".into(), |v| format!("{v:>9.4}"));
        let sampled = match &scores.silhouette {
            Some(silhouette) if silhouette.of < scores.faces => {
                format!("  of {} faces, evenly taken, against all", silhouette.of)
            }
            _ => String::new(),
        };
        self.line("faces in groups", &format!("{:>4}", scores.faces));
        self.line("groups", &format!("{:>4}", scores.groups));
        let silhouette = figure(scores.silhouette.as_ref().map(|silhouette| silhouette.mean));
        self.line("silhouette (cosine)", &format!("{silhouette}{sampled}"));
        self.line("Davies-Bouldin", &figure(scores.davies_bouldin));
        self.line("Calinski-Harabasz", &figure(scores.calinski_harabasz));
        self.gap();
        self.line("faces a group", &format!("{:>7}{:>9}", "groups", "faces"));
        for bucket in &scores.sizes {
            let size = match bucket.to {
                Some(to) if to == bucket.from => to.to_string(),
                Some(to) => format!("{}-{to}", bucket.from),
                None => format!("{}+", bucket.from),
            };
            let Bucket { groups, faces, .. } = bucket;
            self.line(&format!("  {size}"), &format!("{groups:>7}{faces:>9}"));
        }
    }

    fn distances(&mut self, distances: &Distances) {
        self.gap();
        let Distances { faces, neighbours, thresholds, .. } = distances;
        self.line("faces compared", &format!("{faces:>7}, each with its nearest {neighbours}"));
        let columns = ["faces", "pairs", "least", "mean", "mean over", "most over"];
        let columns: String = columns.iter().map(|name| format!("{name:>11}")).collect();
        self.line("distances up to", &columns);
        for at in thresholds {
            let figure = |value: Option<f64>| value.map_or("-".into(), |v| format!("{v:.4}"));
            let figures = [
                at.faces.to_string(),
                at.pairs.to_string(),
                figure(at.least_below),
                figure(at.mean_below),
                figure(at.mean_above),
                figure(at.most_above),
            ];
            let figures: String = figures.iter().map(|value| format!("{value:>11}")).collect();
            self.line(&format!("  {:.3}", at.threshold), &figures);
        }
    }
}
