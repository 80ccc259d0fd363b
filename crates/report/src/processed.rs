// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was processed: the inputs, which frames of them, which part.

use dataset::{InputInfo, RunInfo};
use serde_json::Value;

use super::timeline::trouble;
use super::videos::Videos;
use super::{text, title};

/// Inputs with a row of their own.
const ROWS: usize = 1000;
/// Inputs of which the rows are seen at once.
const OPEN: usize = 8;

/// What was processed.
pub(super) struct Processed {
    /// Inputs, frames, which frames, from when to when, which part of them.
    pub(super) facts: Vec<String>,
    pub(super) rows: Vec<Input>,
    /// Inputs without a row, in words.
    pub(super) more: Option<String>,
    /// Whether the rows are seen at once.
    pub(super) open: bool,
}

/// One input.
pub(super) struct Input {
    pub(super) name: String,
    /// Where its file is, as far as it is one.
    pub(super) address: Option<String>,
    /// Its length, how long and how many frames were processed, the size of its picture: as far as known.
    pub(super) facts: Vec<String>,
    pub(super) trouble: Option<String>,
}

impl Processed {
    /// What a run says of it.
    pub(super) fn new(run: &RunInfo, videos: &Videos) -> Self {
        let inputs = run.inputs.as_slice();
        let mut facts = vec![title::number(inputs)];
        let frames: u64 = inputs.iter().filter_map(|input| input.frames).sum();
        if frames > 0 {
            facts.push(text::count(frames as usize, "frame", "frames"));
        }
        if inputs.iter().any(|input| !videos.is_still(&input.name)) {
            facts.extend(pace(run));
        }
        facts.extend(parts(run));
        Self {
            facts,
            rows: inputs.iter().take(ROWS).map(|input| Input::new(input, videos)).collect(),
            more: inputs.len().checked_sub(ROWS).filter(|more| *more > 0).map(text::number),
            open: inputs.len() <= OPEN,
        }
    }
}

impl Input {
    fn new(input: &InputInfo, videos: &Videos) -> Self {
        let pixels = |side: &str| input.extra.get(side).and_then(Value::as_u64);
        let size = pixels("width").zip(pixels("height"));
        let moves = !videos.is_still(&input.name);
        let timed = |seconds: Option<f64>| seconds.filter(|s| moves && s.is_finite());
        let facts = [
            timed(input.duration).map(|seconds| format!("{} long", text::length(seconds))),
            timed(input.processed_seconds())
                .map(|seconds| format!("looked at {}", text::length(seconds))),
            input.frames.filter(|_| moves).map(|f| text::count(f as usize, "frame", "frames")),
            size.map(|(width, height)| format!("{width} × {height}")),
        ];
        Self {
            name: input.name.clone(),
            address: videos.address(&input.name).map(str::to_owned),
            facts: facts.into_iter().flatten().collect(),
            trouble: trouble(input),
        }
    }
}

/// Which frames.
fn pace(run: &RunInfo) -> Vec<String> {
    let set = run.settings.sampling.as_deref().unwrap_or_default();
    let every = |text: &str| format!("a frame every {text}");
    let said = match set {
        "every frame" => Some("every frame".to_owned()),
        "key frames" => Some("key frames only".to_owned()),
        "" => {
            // A pipeline sets no pace; its frames tell.
            let intervals = run.inputs.iter().map(|input| input.interval);
            let mut known = intervals.collect::<Option<Vec<f64>>>().unwrap_or_default();
            known.dedup();
            match known.as_slice() {
                [interval] => Some(every(&seconds(*interval))),
                _ => None,
            }
        }
        "every 1 frames" => Some("every frame".to_owned()),
        set => Some(match set.strip_prefix("every ") {
            Some(frames) => format!("one of every {frames}"),
            None => every(set),
        }),
    };
    let tolerance = run.settings.step_tolerance.map(|s| format!("give or take {}", seconds(s)));
    said.into_iter().chain(tolerance).collect()
}

/// Which part of the videos and of their pictures.
fn parts(run: &RunInfo) -> Vec<String> {
    let time = |seconds: Option<f64>| seconds.map(text::clock);
    let mut parts = match (time(run.settings.from), time(run.settings.to)) {
        (Some(from), Some(to)) => vec![format!("only from {from} to {to}")],
        (Some(from), None) => vec![format!("only from {from} on")],
        (None, Some(to)) => vec![format!("only up to {to}")],
        (None, None) => Vec::new(),
    };
    if let Some([left, top, right, bottom]) = run.settings.area.as_deref() {
        let area = format!("({left}, {top}) to ({right}, {bottom})");
        parts.push(format!("only the part of the picture from {area}"));
    }
    if let Some(stream) = run.settings.video_stream {
        parts.push(format!("video {stream} of the file"));
    }
    if let Some(turn) = &run.settings.rotate {
        parts.push(format!("turned: {turn}"));
    }
    parts
}

fn seconds(seconds: f64) -> String {
    format!("{} s", (seconds * 1e3).round() / 1e3)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(settings: Value, intervals: &[f64]) -> Vec<String> {
        let input =
            |interval: &f64| InputInfo { interval: Some(*interval), ..InputInfo::default() };
        let mut run = RunInfo::new(intervals.iter().map(input).collect());
        run.settings = serde_json::from_value(settings).unwrap();
        pace(&run).into_iter().chain(parts(&run)).collect()
    }

    #[test]
    fn which_frames_is_said_as_it_was_asked_for() {
        let sampled = |pace: &str| said(json!({ "sampling": pace }), &[0.04]);
        assert_eq!(sampled("0.2 s"), ["a frame every 0.2 s"]);
        assert_eq!(sampled("every frame"), ["every frame"]);
        assert_eq!(sampled("key frames"), ["key frames only"]);
        assert_eq!(sampled("every 5 frames"), ["one of every 5 frames"]);
        assert_eq!(sampled("every 1 frames"), ["every frame"]);
        assert_eq!(said(json!({}), &[0.040_000_1]), ["a frame every 0.04 s"]);
        assert!(said(json!({}), &[0.04, 0.2]).is_empty() && said(json!({}), &[]).is_empty());
        let near = said(json!({ "sampling": "1 s", "step-tolerance": 0.5 }), &[]);
        assert_eq!(near, ["a frame every 1 s", "give or take 0.5 s"]);
    }

    #[test]
    fn which_part_is_said_where_it_is_not_all() {
        let part = |settings| said(settings, &[]);
        assert_eq!(part(json!({ "from": 61.5, "to": 3700.0 })), ["only from 1:01 to 1:01:40"]);
        assert_eq!(part(json!({ "from": 61.5, "to": null })), ["only from 1:01 on"]);
        assert_eq!(part(json!({ "to": 5 })), ["only up to 0:05"]);
        let area = part(json!({ "area": [0, 10, 640, 360], "video-stream": 2, "rotate": "90" }));
        let said =
            ["only the part of the picture from (0, 10) to (640, 360)", "video 2 of the file"];
        assert_eq!(area, [said[0], said[1], "turned: 90"]);
    }
}
