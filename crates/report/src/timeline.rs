// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is on screen when: one row per person, one drawing per video.

use dataset::{GroupSummary, InputInfo, InputState, Segment};

use super::text;
use super::videos::Videos;

/// Width of a row's drawing in its own units; the page stretches it.
const WIDTH: f64 = 10_000.0;
/// Bars that can be told apart: shorter gaps are closed, shorter bars widened.
const FINEST: f64 = WIDTH / 2000.0;
/// Rows of one video.
const ROWS: usize = 30;
/// Bars on the whole page, about 120 bytes each.
const BARS: usize = 8000;
/// Steps of the axis in seconds.
const STEPS: [f64; 17] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
    14_400.0, 43_200.0, 86_400.0,
];
/// Labels of the axis at most.
const TICKS: f64 = 7.0;

/// The time line of one video.
pub(super) struct Timeline {
    pub(super) video: String,
    /// Its place among the inputs.
    pub(super) index: usize,
    /// The seconds that it is drawn from and to.
    pub(super) span: [f64; 2],
    /// Where its file is.
    pub(super) film: Option<String>,
    /// Its length, and what is not well with it.
    pub(super) length: Option<String>,
    pub(super) trouble: Option<String>,
    pub(super) ticks: Vec<Tick>,
    /// The axis' lines, as an SVG path.
    pub(super) grid: String,
    pub(super) rows: Vec<Row>,
    /// People who found no room, in words.
    pub(super) more: Option<String>,
}

/// A label of the axis.
pub(super) struct Tick {
    pub(super) percent: f64,
    pub(super) label: String,
}

/// One person in one video.
pub(super) struct Row {
    /// Index of the group.
    pub(super) group: usize,
    pub(super) person: String,
    pub(super) length: String,
    pub(super) bars: Vec<Bar>,
}

/// One stretch on screen.
pub(super) struct Bar {
    pub(super) x: f64,
    pub(super) width: f64,
    pub(super) title: String,
    /// Where it begins in the film.
    pub(super) address: Option<String>,
}

impl Timeline {
    /// Draws one of the videos.
    pub(super) fn new(input: &InputInfo, groups: &[GroupSummary], videos: &Videos) -> Self {
        let mut present: Vec<(usize, &GroupSummary, &[Segment])> = groups
            .iter()
            .enumerate()
            .filter_map(|(index, group)| {
                Some((index, group, group.on_screen.get(&input.name)?.as_slice()))
            })
            .filter(|(_, _, segments)| !segments.is_empty())
            .collect();
        let seconds = |group: &GroupSummary| group.seconds.get(&input.name).copied().unwrap_or(0.0);
        present.sort_by(|a, b| seconds(b.1).total_cmp(&seconds(a.1)).then(a.0.cmp(&b.0)));
        let more = present.len().saturating_sub(ROWS);
        present.truncate(ROWS);

        let axis = Axis::new(input, &present);
        let most = (BARS / videos.len().max(1)).max(200);
        let mut finest = FINEST;
        while finest < WIDTH
            && present.iter().map(|(_, _, s)| axis.joined(s, finest).len()).sum::<usize>() > most
        {
            finest *= 2.0;
        }
        let known = input.duration.is_some() || !present.is_empty();
        let rows = present
            .iter()
            .map(|(index, group, segments)| Row {
                group: *index,
                person: text::group(group),
                length: text::length(seconds(group)),
                bars: axis.bars(segments, finest, |seconds| videos.moment(&input.name, seconds)),
            })
            .collect();
        Self {
            video: input.name.clone(),
            index: videos.index(&input.name).unwrap_or_default(),
            span: [axis.start, axis.end],
            film: videos.address(&input.name).map(str::to_owned),
            length: known.then(|| text::length(axis.end - axis.start)),
            trouble: trouble(input),
            ticks: axis.ticks(),
            grid: axis
                .ticks()
                .iter()
                .map(|tick| format!("M{:.0} 0V20", tick.percent / 100.0 * WIDTH))
                .collect(),
            rows,
            more: match more {
                0 => None,
                1 => Some("and 1 more who is on screen for less".to_owned()),
                _ => Some(format!("and {} more who are on screen for less", text::number(more))),
            },
        }
    }
}

/// What a reader must know before believing that somebody is not in a video.
pub(super) fn trouble(input: &InputInfo) -> Option<String> {
    match input.state {
        InputState::Complete => None,
        InputState::Pending => Some("not looked at yet".to_owned()),
        InputState::Partial => Some("looked at in part".to_owned()),
        InputState::Failed => Some(format!(
            "could not be read to its end: {}",
            input.error.as_deref().unwrap_or("no reason known")
        )),
    }
}

/// The time that a drawing spans.
struct Axis {
    start: f64,
    end: f64,
}

impl Axis {
    fn new(input: &InputInfo, present: &[(usize, &GroupSummary, &[Segment])]) -> Self {
        let all = || present.iter().flat_map(|(_, _, segments)| segments.iter());
        let first = all().map(|s| s.start).fold(f64::INFINITY, f64::min);
        let last = all().map(|s| s.end).fold(0.0, f64::max);
        let end = last.max(input.duration.filter(|d| d.is_finite()).unwrap_or(0.0)).max(1.0);
        // A live stream's clock may have begun long before; a film begins at its beginning.
        let live = input.duration.is_none_or(|duration| duration <= 0.0);
        let late = live && first.is_finite() && first > 0.5 * end;
        let start = if late { first.floor() } else { 0.0 };
        Self { start, end: end.max(start + 1.0) }
    }

    fn x(&self, seconds: f64) -> f64 {
        ((seconds - self.start) / (self.end - self.start)).clamp(0.0, 1.0) * WIDTH
    }

    fn ticks(&self) -> Vec<Tick> {
        let span = self.end - self.start;
        let step = STEPS.iter().copied().find(|step| span / step <= TICKS).unwrap_or(span / TICKS);
        let first = (self.start / step).ceil() as u64;
        let last = (self.end / step).floor() as u64;
        (first..=last)
            .map(|number| number as f64 * step)
            .map(|at| Tick { percent: self.x(at) / WIDTH * 100.0, label: text::clock(at) })
            .collect()
    }

    /// Stretches at least `finest` apart.
    fn joined(&self, segments: &[Segment], finest: f64) -> Vec<Segment> {
        let mut joined: Vec<Segment> = Vec::new();
        for segment in segments {
            match joined.last_mut() {
                Some(last) if self.x(segment.start) - self.x(last.end) < finest => {
                    last.end = last.end.max(segment.end)
                }
                _ => joined.push(*segment),
            }
        }
        joined
    }

    /// Bars at least `finest` wide and apart, with what `address` says of where they begin.
    fn bars(
        &self,
        segments: &[Segment],
        finest: f64,
        address: impl Fn(f64) -> Option<String>,
    ) -> Vec<Bar> {
        self.joined(segments, finest)
            .iter()
            .map(|Segment { start, end }| {
                let x = self.x(*start).min(WIDTH - finest);
                Bar {
                    x: x.round(),
                    width: (self.x(*end) - x).max(finest).round(),
                    title: format!("{} – {}", text::clock(*start), text::clock(*end)),
                    address: address(*start),
                }
            })
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use std::path::Path;

    use dataset::{Layout, RunInfo};

    use super::*;

    fn group(name: &str, segments: Vec<Segment>) -> GroupSummary {
        let seconds = segments.iter().map(|s| s.end - s.start).sum();
        GroupSummary {
            name: name.into(),
            seconds: [("a.mkv".to_owned(), seconds)].into(),
            on_screen: [("a.mkv".to_owned(), segments)].into(),
            ..Default::default()
        }
    }

    fn input(duration: f64) -> InputInfo {
        InputInfo {
            path: "/v/a.mkv".into(),
            name: "a.mkv".into(),
            size: Some(1),
            duration: Some(duration),
            state: InputState::Complete,
            ..Default::default()
        }
    }

    fn draw(input: &InputInfo, groups: &[GroupSummary]) -> Timeline {
        let run = RunInfo::new(vec![input.clone()]);
        Timeline::new(input, groups, &Videos::new(&Layout::new(Path::new("/v/out")), &run))
    }

    #[test]
    fn bars_lie_where_people_are() {
        let groups = [
            group("0", vec![(0.0, 25.0).into(), (50.0, 100.0).into()]),
            group("1", vec![(99.99, 100.0).into()]),
        ];
        let line = draw(&input(100.0), &groups);
        assert_eq!(line.rows.len(), 2);
        let place: Vec<_> =
            line.rows[0].bars.iter().map(|b| (b.x, b.width, b.title.as_str())).collect();
        assert_eq!(place, [(0.0, 2500.0, "0:00 – 0:25"), (5000.0, 5000.0, "0:50 – 1:40")]);
        assert_eq!(line.rows[0].bars[1].address.as_deref(), Some("../a.mkv#t=50"));
        // A moment at the very end is still seen, inside the drawing.
        assert_eq!((line.rows[1].bars[0].x, line.rows[1].bars[0].width), (9995.0, 5.0));
        let labels: Vec<_> = line.ticks.iter().map(|t| t.label.as_str()).collect();
        assert_eq!(labels, ["0:00", "0:15", "0:30", "0:45", "1:00", "1:15", "1:30"]);
    }

    #[test]
    fn a_long_show_keeps_the_page_small() {
        let flicker: Vec<Segment> =
            (0..40_000).map(|i| (f64::from(i), f64::from(i) + 0.04).into()).collect();
        let groups: Vec<_> = (0..100).map(|i| group(&i.to_string(), flicker.clone())).collect();
        let line = draw(&input(40_000.0), &groups);
        assert_eq!(line.rows.len(), ROWS);
        assert_eq!(line.more.as_deref(), Some("and 70 more who are on screen for less"));
        assert!(line.rows.iter().map(|row| row.bars.len()).sum::<usize>() <= BARS);
        let line = draw(&input(40_000.0), &groups[..=ROWS]);
        assert_eq!(line.more.as_deref(), Some("and 1 more who is on screen for less"));
    }

    #[test]
    fn an_empty_or_endless_video_has_an_axis_too() {
        assert!(!draw(&input(0.0), &[]).ticks.is_empty());
        assert!(draw(&input(1e9), &[]).ticks.len() < 10);
        let late = group("0", vec![(7200.0, 7260.0).into()]);
        let stream = draw(&input(0.0), std::slice::from_ref(&late));
        assert_eq!(stream.rows[0].bars[0].x, 0.0);
        // Of a film the beginning is seen, although nobody is in it.
        let film = draw(&input(7270.0), &[late]);
        assert!(film.rows[0].bars[0].x > 9800.0 && film.length.as_deref() == Some("2 h 1 min"));
        let unread = InputInfo { duration: None, ..input(0.0) };
        assert_eq!(draw(&unread, &[]).length, None);
    }
}
