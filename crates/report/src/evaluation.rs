// SPDX-License-Identifier: MIT OR Apache-2.0
//! How good the groups are, where that was evaluated: figures and the curve over the cut.

use std::path::Path;

use dataset::format::evaluation::{Comparison, Evaluation};
use grouping::metrics::{Agreement, Curve, CurvePoint, PrecisionRecall, Scores};

use super::axis::{Axis, Mark};
use super::text;

/// Height of the curves, without the axis' labels.
const HEIGHT: f64 = 200.0;

/// The section.
pub(super) struct Evaluated {
    pub(super) comparison: Option<Table>,
    /// Figures by the embeddings alone, with their names.
    pub(super) scores: Vec<(&'static str, String)>,
}

/// Figures against a ground truth.
pub(super) struct Table {
    /// File name of the ground truth.
    pub(super) truth: String,
    pub(super) kind: String,
    pub(super) facts: Vec<String>,
    /// Name, precision, recall, F.
    pub(super) rows: Vec<(&'static str, [String; 3])>,
    /// Other figures, with their names.
    pub(super) figures: Vec<(&'static str, String)>,
    pub(super) plot: Option<Plot>,
}

/// The curve.
pub(super) struct Plot {
    /// Lines as SVG paths: name and path.
    pub(super) lines: Vec<(&'static str, String)>,
    /// The cut taken, and the best one where it is another.
    pub(super) marks: Vec<Mark>,
    pub(super) labels: Vec<(f32, String)>,
    /// Lines from left to right, and their labels.
    pub(super) levels: Vec<(f64, String)>,
}

impl Evaluated {
    pub(super) fn new(kept: &Evaluation) -> Self {
        Self {
            comparison: kept.comparison.as_ref().map(Table::new),
            scores: kept.scores.as_ref().map(scores).unwrap_or_default(),
        }
    }
}

impl Table {
    fn new(comparison: &Comparison) -> Self {
        let Comparison { agreement, labels, .. } = comparison;
        let name = Path::new(&comparison.truth).file_name();
        let mut facts = vec![
            format!("{} scored", text::count(agreement.faces, "face", "faces")),
            format!("{} without truth", comparison.without_truth),
            format!("{} of {} labels found", labels.found, labels.labelled),
        ];
        if comparison.nobody > 0 {
            facts.push(format!("{} nobody's", text::count(comparison.nobody, "face", "faces")));
        }
        if agreement.unsure > 0 {
            facts.push(format!("{} unsure, each one alone", agreement.unsure));
        }
        let three = |p: PrecisionRecall| [p.precision, p.recall, p.f].map(|v| format!("{v:.3}"));
        Self {
            truth: name
                .map_or(comparison.truth.clone(), |name| name.to_string_lossy().into_owned()),
            kind: comparison.kind.clone(),
            facts,
            rows: vec![
                ("BCubed", three(agreement.bcubed)),
                ("Pairwise", three(agreement.pairwise)),
            ],
            figures: figures(agreement),
            plot: comparison.curve.as_ref().and_then(Plot::new),
        }
    }
}

fn figures(agreement: &Agreement) -> Vec<(&'static str, String)> {
    let figure = |value: f64| format!("{value:.3}");
    vec![
        ("Groups / people", format!("{} / {}", agreement.groups, agreement.people)),
        ("Groups of 2 faces or more", agreement.groups_of_two.to_string()),
        ("Purity", figure(agreement.purity)),
        ("Inverse purity", figure(agreement.inverse_purity)),
        ("NMI", figure(agreement.nmi)),
        ("ARI", figure(agreement.ari)),
        ("Clicks to correct", agreement.clicks.to_string()),
        ("Clicks a face", figure(agreement.click_share)),
    ]
}

fn scores(scores: &Scores) -> Vec<(&'static str, String)> {
    let figure = |value: Option<f64>| value.map_or("none".to_owned(), |v| format!("{v:.3}"));
    vec![
        ("Silhouette", figure(scores.silhouette.as_ref().map(|silhouette| silhouette.mean))),
        ("Davies-Bouldin", figure(scores.davies_bouldin)),
        ("Calinski-Harabasz", figure(scores.calinski_harabasz)),
    ]
}

impl Plot {
    fn new(curve: &Curve) -> Option<Self> {
        let (first, last) = (curve.points.first()?, curve.points.last()?);
        let axis = Axis::new(first.threshold, last.threshold)?;
        let y = |value: f64| (1.0 - value.clamp(0.0, 1.0)) * HEIGHT;
        let line = |value: fn(&CurvePoint) -> f64| {
            let mut path = String::new();
            for point in &curve.points {
                let Some(x) = axis.x(point.threshold) else {
                    continue;
                };
                let command = if path.is_empty() { 'M' } else { 'L' };
                path += &format!("{command}{x:.1} {:.1}", y(value(point)));
            }
            path
        };
        let mut cuts = vec![("cut", curve.cut)];
        let better = curve.best().zip(curve.taken()).filter(|(best, taken)| best.f > taken.f);
        cuts.extend(better.map(|(best, _)| ("best", best.threshold)));
        Some(Self {
            lines: vec![
                ("precision", line(|point| point.precision)),
                ("recall", line(|point| point.recall)),
                ("f", line(|point| point.f)),
            ],
            marks: axis.marks(&cuts),
            labels: axis.labels(),
            levels: [0.0, 0.25, 0.5, 0.75, 1.0].map(|v| (y(v), v.to_string())).to_vec(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_best_cut_is_marked_where_it_is_better() {
        let point = |threshold, f| CurvePoint { threshold, f, ..CurvePoint::default() };
        let points = vec![point(0.2, 0.5), point(0.4, 0.8), point(0.6, 0.9)];
        let mut curve = Curve { cut: 0.4, points };
        let plot = Plot::new(&curve).unwrap();
        let labels: Vec<&str> = plot.marks.iter().map(|mark| mark.label.as_str()).collect();
        assert_eq!(labels, ["cut 0.400", "best 0.600"]);
        assert_eq!(plot.lines[2].1, "M0.0 100.0L360.0 40.0L720.0 20.0");
        curve.cut = 0.6;
        assert_eq!(Plot::new(&curve).unwrap().marks.len(), 1);
        assert!(Plot::new(&Curve::default()).is_none());
    }
}
