// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bars over an axis: sizes of groups, silhouettes, distances of faces.

use dataset::Groups;
use dataset::format::evaluation::Evaluation;
use grouping::metrics::{AtThreshold, Bucket, Distances, sizes};

use super::axis::{Axis, WIDTH};
use super::text;

/// Height of the bars, without the axis' labels.
const HEIGHT: f32 = 120.0;
/// Width of a bar at most: of few groups too.
const WIDEST: f32 = 120.0;
/// Room above the highest bar.
const ABOVE: f32 = 8.0;

/// A drawing of bars.
pub(super) struct Bars {
    pub(super) title: &'static str,
    pub(super) caption: String,
    pub(super) bars: Vec<Bar>,
    /// Labels below the axis, and where.
    pub(super) labels: Vec<(f32, String)>,
}

/// One bar.
pub(super) struct Bar {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) title: String,
}

/// What is drawn of the groups, whatever the truth is.
#[derive(Default)]
pub(super) struct Plots {
    pub(super) drawings: Vec<Bars>,
    /// Distances on both sides of thresholds: the table's rows.
    pub(super) thresholds: Vec<[String; 7]>,
}

impl Plots {
    /// Sizes of the groups always; the others where they were measured (`facegroup evaluate`, `facegroup report`).
    pub(super) fn new(groups: &Groups, evaluation: Option<&Evaluation>) -> Self {
        let mut plots = Self::default();
        plots.drawings.extend(of_sizes(&sizes(groups.groups.iter().map(|group| group.size))));
        let scores = evaluation.and_then(|evaluation| evaluation.scores.as_ref());
        if let Some(silhouette) = scores.and_then(|scores| scores.silhouette.as_ref()) {
            let caption = format!(
                "silhouettes of {} (cosine), mean {:.3}: at 1 a face is with its own, below 0 nearer to others",
                text::count(silhouette.of, "face", "faces"),
                silhouette.mean
            );
            plots.drawings.extend(over(
                "Silhouettes",
                caption,
                &silhouette.bars,
                Axis::new(-1.0, 1.0),
            ));
        }
        if let Some(distances) = evaluation.and_then(|evaluation| evaluation.distances.as_ref()) {
            plots.take_distances(distances);
        }
        plots
    }

    fn take_distances(&mut self, distances: &Distances) {
        let Distances { faces, neighbours, nearest, mean, farthest, thresholds } = distances;
        let faces = text::count(*faces, "face", "faces");
        let of = format!("cosine distance of each of {faces} to its");
        let near = text::number(*neighbours);
        for (title, caption, bars) in [
            ("Nearest faces", format!("{of} nearest other"), nearest),
            ("Mean distances", format!("mean {of} {near} nearest others"), mean),
            ("Farthest faces", format!("{of} farthest among the {near} nearest"), farthest),
        ] {
            self.drawings.extend(over(title, caption, bars, Axis::new(0.0, 2.0)));
        }
        self.thresholds = thresholds.iter().map(row).collect();
    }
}

/// Faces and distances on both sides of a threshold.
fn row(at: &AtThreshold) -> [String; 7] {
    let figure = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.3}"));
    [
        format!("{:.3}", at.threshold),
        text::number(at.faces),
        text::number(at.pairs as usize),
        figure(at.least_below),
        figure(at.mean_below),
        figure(at.mean_above),
        figure(at.most_above),
    ]
}

/// A bar a bucket, each as wide as the others: their bounds grow.
fn of_sizes(buckets: &[Bucket]) -> Option<Bars> {
    let highest = buckets.iter().map(|bucket| bucket.groups).max().filter(|_| buckets.len() > 1)?;
    let width = (WIDTH / buckets.len() as f32).min(WIDEST);
    let mut bars = Vec::new();
    let mut labels = Vec::new();
    for (place, bucket) in buckets.iter().enumerate() {
        let size = match bucket.to {
            Some(to) if to == bucket.from => to.to_string(),
            Some(to) => format!("{}–{to}", bucket.from),
            None => format!("{}+", bucket.from),
        };
        let x = place as f32 * width;
        let title = format!(
            "{} of {size}: {}",
            text::count(bucket.groups, "group", "groups"),
            text::count(bucket.faces, "face", "faces")
        );
        bars.push(bar((x, width), bucket.groups as f32 / highest as f32, title));
        labels.push((x + width / 2.0, size));
    }
    let step = labels.len().div_ceil(8);
    let labels = labels.into_iter().step_by(step).collect();
    let caption = "groups by their number of faces".to_owned();
    Some(Bars { title: "Sizes of groups", caption, bars, labels })
}

/// Bars of the same width over an axis; `None` where all are empty.
fn over(title: &'static str, caption: String, counts: &[u32], axis: Option<Axis>) -> Option<Bars> {
    let highest = counts.iter().copied().max().filter(|highest| *highest > 0)?;
    let axis = axis?;
    let width = WIDTH / counts.len() as f32;
    let counted = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let bars = counted.map(|(place, &count)| {
        let x = place as f32 * width;
        let (from, to) = (axis.value(x), axis.value(x + width));
        let faces = text::count(count as usize, "face", "faces");
        bar((x, width), count as f32 / highest as f32, format!("{faces} from {from:.2} to {to:.2}"))
    });
    Some(Bars { title, caption, bars: bars.collect(), labels: axis.labels() })
}

fn bar((x, width): (f32, f32), share: f32, title: String) -> Bar {
    // What is there is seen, however little it is.
    let height = (share * (HEIGHT - ABOVE)).max(1.0);
    Bar { x, y: HEIGHT - height, width: width - 1.0, height, title }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use dataset::GroupSummary;
    use grouping::metrics::{Scores, Silhouette};

    use super::*;

    #[test]
    fn sizes_are_drawn_and_measures_where_they_are() {
        let group = |size| GroupSummary { size, ..GroupSummary::default() };
        let groups = Groups { groups: vec![group(1), group(1), group(30)], ..Groups::default() };
        let plots = Plots::new(&groups, None);
        assert_eq!(plots.drawings.len(), 1);
        let titles: Vec<&str> = plots.drawings[0].bars.iter().map(|b| b.title.as_str()).collect();
        assert_eq!(titles, ["2 groups of 1: 2 faces", "1 group of 30–39: 30 faces"]);
        assert_eq!(plots.drawings[0].bars[0].height, 2.0 * plots.drawings[0].bars[1].height);

        let silhouette = Silhouette { mean: 0.5, of: 3, bars: vec![0, 1, 2, 0] };
        let scores = Scores { silhouette: Some(silhouette), ..Scores::default() };
        let distances = Distances {
            nearest: vec![3, 0],
            thresholds: vec![AtThreshold { threshold: 0.1, faces: 2, ..Default::default() }],
            ..Distances::default()
        };
        let evaluation = Evaluation {
            scores: Some(scores),
            distances: Some(distances),
            ..Evaluation::default()
        };
        let plots = Plots::new(&groups, Some(&evaluation));
        let names: Vec<&str> = plots.drawings.iter().map(|drawing| drawing.title).collect();
        assert_eq!(names, ["Sizes of groups", "Silhouettes", "Nearest faces"]);
        assert_eq!(plots.drawings[1].bars[0].title, "1 face from -0.50 to 0.00");
        assert_eq!(plots.thresholds[0][..4], ["0.100", "2", "0", "–"]);
        assert!(Plots::new(&Groups::default(), None).drawings.is_empty());
    }
}
