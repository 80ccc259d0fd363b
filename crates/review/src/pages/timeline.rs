// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a person is on screen, drawn as bars.

use dataset::RunInfo;
use facegroup::review::{Person, Track};
use report::text;

/// Width of a drawing in its own units; the page stretches it.
const WIDTH: f64 = 1000.0;
/// Least width of a bar, that it is seen.
const LEAST: f64 = 2.0;

/// One video.
pub(super) struct Line {
    pub(super) video: String,
    pub(super) length: String,
    pub(super) bars: Vec<Bar>,
}

/// One stretch on screen.
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) title: String,
    /// The track to which it leads.
    pub(super) track: usize,
}

/// The videos in which somebody is, in the order of the run.
pub(super) fn lines(run: &RunInfo, person: &Person, tracks: &[Track]) -> Vec<Line> {
    let mut lines = Vec::new();
    for input in &run.inputs {
        let Some(segments) = person.on_screen.get(&input.name) else { continue };
        if report::is_still(input) {
            continue;
        }
        let last = segments.last().map_or(0.0, |segment| segment.end);
        let length = input.duration.unwrap_or(last).max(last).max(1e-3);
        let bars = segments.iter().map(|segment| {
            let scale = WIDTH / length;
            let x = (segment.start * scale).clamp(0.0, WIDTH - LEAST);
            Bar {
                x: format!("{x:.1}"),
                width: format!("{:.1}", ((segment.end - segment.start) * scale).max(LEAST)),
                title: format!("{} to {}", text::clock(segment.start), text::clock(segment.end)),
                track: nearest(tracks, &input.name, segment.start, segment.end),
            }
        });
        lines.push(Line {
            video: input.name.clone(),
            length: text::clock(length),
            bars: bars.collect(),
        });
    }
    lines
}

/// The first track within a stretch.
fn nearest(tracks: &[Track], video: &str, start: f64, end: f64) -> usize {
    let within =
        |track: &Track| track.video == video && track.span[0] <= end && track.span[1] >= start;
    tracks.iter().position(within).unwrap_or_default()
}
