// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is on screen when, from the moments at which faces were seen.

use serde::{Deserialize, Serialize};

/// Somebody turning away for a moment does not leave the screen: shorter gaps are bridged, in seconds.
const BRIDGED: f64 = 0.5;

/// A stretch of time, in seconds of the video's stream time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f64, f64)", into = "(f64, f64)")]
pub struct Segment {
    /// When it begins.
    pub start: f64,
    /// When it ends.
    pub end: f64,
}

impl From<(f64, f64)> for Segment {
    fn from((start, end): (f64, f64)) -> Self {
        Self { start, end }
    }
}

impl From<Segment> for (f64, f64) {
    fn from(segment: Segment) -> Self {
        (segment.start, segment.end)
    }
}

/// Joins moments into stretches; `interval` seconds lie between one frame looked at and the next, and
/// each moment stands for that long.
pub fn segments(mut moments: Vec<f64>, interval: f64) -> Vec<Segment> {
    moments.sort_by(f64::total_cmp);
    let mut segments: Vec<Segment> = Vec::new();
    // Half an interval more, for frames that do not lie evenly.
    let bridged = BRIDGED.max(1.5 * interval);
    for moment in moments {
        let end = moment + interval;
        match segments.last_mut() {
            Some(last) if moment - last.end <= bridged - interval => last.end = end,
            _ => segments.push(Segment { start: moment, end }),
        }
    }
    segments
        .iter_mut()
        .for_each(|s| (s.start, s.end) = (milliseconds(s.start), milliseconds(s.end)));
    segments
}

/// Seconds covered.
pub fn seconds(segments: &[Segment]) -> f64 {
    milliseconds(segments.iter().map(|segment| segment.end - segment.start).sum())
}

/// The usual time from one moment to the next, at most two seconds; for videos whose run did not say.
pub fn usual_interval(mut moments: Vec<f64>) -> f64 {
    moments.sort_by(f64::total_cmp);
    let mut gaps: Vec<f64> =
        moments.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 1e-6).collect();
    gaps.sort_by(f64::total_cmp);
    milliseconds(gaps.get(gaps.len() / 2).copied().unwrap_or(1.0).min(2.0))
}

fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_face_a_second_is_on_screen_all_the_time() {
        let found = segments(vec![3.0, 1.0, 2.0, 10.0], 1.0);
        assert_eq!(found, [(1.0, 4.0).into(), (10.0, 11.0).into()]);
        assert_eq!(seconds(&found), 4.0);
    }

    #[test]
    fn a_short_gap_is_bridged_and_a_long_one_is_not() {
        let dense: Vec<f64> =
            (0..25).filter(|i| !(5..10).contains(i)).map(|i| f64::from(i) / 25.0).collect();
        assert_eq!(segments(dense, 0.04), [(0.0, 1.0).into()]);
        assert_eq!(segments(vec![0.0, 0.7], 0.04).len(), 2);
        assert!(segments(Vec::new(), 1.0).is_empty());
    }

    #[test]
    fn two_faces_of_one_group_at_once_count_once() {
        assert_eq!(seconds(&segments(vec![1.0, 1.0, 2.0], 1.0)), 2.0);
    }

    #[test]
    fn the_usual_interval_survives_gaps_and_loneliness() {
        assert_eq!(usual_interval(vec![0.0, 0.2, 0.2, 0.4, 90.0, 90.2]), 0.2);
        assert_eq!(usual_interval(vec![0.0, 600.0]), 2.0);
        assert_eq!(usual_interval(vec![5.0]), 1.0);
    }
}
