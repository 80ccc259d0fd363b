// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page as a whole, as its template sees it.

use std::collections::BTreeSet;

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dataset::format::evaluation::Evaluation;
use dataset::{Groups, InputInfo, InputState, Layout, RunInfo};
use sha2::{Digest, Sha256};

use super::evaluation::Evaluated;
use super::histogram::Histogram;
use super::options::Options;
use super::people::{self, Faces, Gallery, Person};
use super::plots::Plots;
use super::processed::Processed;
use super::timeline::Timeline;
use super::videos::{Videos, is_still};
use super::{text, title};

/// Finds people on the page, and zooms its time lines.
const SCRIPT: &str =
    concat!(include_str!("../templates/report.js"), include_str!("../templates/timeline.js"));
/// Videos to choose from.
const CHOICES: usize = 1000;
/// Time lines that are seen at once.
const OPEN: usize = 8;

/// The page; `templates/report.html` says how it looks.
#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
pub(super) struct Page {
    title: String,
    /// All inputs: `this video`, `these pictures`.
    these: &'static str,
    /// People, faces, length.
    facts: Vec<String>,
    people: Vec<Person>,
    /// People without a place on the page, in words.
    more_people: Option<String>,
    /// Whether the longest on screen come first.
    by_time: bool,
    unsure: Person,
    timelines: Vec<Timeline>,
    /// The time lines beyond those that are seen at once, in words.
    folded: String,
    /// Videos with somebody in them: index and name.
    seen: Vec<(usize, String)>,
    processed: Processed,
    /// A head for each group of the time lines.
    heads: Vec<Option<String>>,
    suggestions: Vec<Pair>,
    cut: CutView,
    evaluated: Option<Evaluated>,
    plots: Plots,
    ran: Vec<(String, String)>,
    models: Vec<Model>,
    /// Why the groups are less sure than usual.
    doubts: Vec<String>,
    version: String,
}

/// Two groups that may be one person.
struct Pair {
    names: [String; 2],
    heads: [Option<usize>; 2],
    percent: u32,
}

/// Where the groups were cut.
struct CutView {
    threshold: f32,
    prior: f32,
    by_video: bool,
    /// Pairs of different people, and of one person.
    pairs: [String; 2],
    histogram: Option<Histogram>,
}

/// One network that ran.
struct Model {
    id: String,
    task: String,
    licence: String,
    sha256: String,
}

impl Page {
    /// Gathers the page.
    pub(super) fn new(
        layout: &Layout,
        run: &RunInfo,
        groups: &Groups,
        faces: &Faces,
        options: Options,
    ) -> Self {
        let measured = evaluation(layout);
        let videos = Videos::new(layout, run);
        let gallery = Gallery::new(layout, groups, faces, &videos, options);
        let timelines: Vec<Timeline> = run
            .inputs
            .iter()
            .filter(|input| !videos.is_still(&input.name))
            .map(|input| Timeline::new(input, &groups.groups, &videos))
            .collect();
        let present: BTreeSet<&String> =
            groups.groups.iter().flat_map(|group| group.on_screen.keys()).collect();
        let inputs = run.inputs.iter().enumerate();
        let seen = inputs
            .filter(|(_, input)| present.contains(&input.name))
            .map(|(index, input)| (index, input.name.clone()));
        let people = gallery.people(&groups.groups);
        let mut drawn: Vec<bool> = vec![false; groups.groups.len()];
        for row in timelines.iter().flat_map(|line| &line.rows) {
            if let Some(drawn) = drawn.get_mut(row.group) {
                *drawn = true;
            }
        }
        let suggestions = pairs(groups);
        for index in suggestions.iter().flat_map(|pair| pair.heads).flatten() {
            if let Some(drawn) = drawn.get_mut(index) {
                *drawn = true;
            }
        }
        let heads = groups.groups.iter().zip(drawn);
        Self {
            title: title::title(run),
            these: title::these(&run.inputs),
            facts: facts(run, groups),
            more_people: more_people(groups.groups.len() - people.len()),
            by_time: groups.groups.is_sorted_by(|a, b| a.total_seconds() >= b.total_seconds()),
            people,
            unsure: gallery.unsure(&groups.unsure),
            heads: heads
                .map(|(group, drawn)| drawn.then(|| gallery.head(group)).flatten())
                .collect(),
            folded: format!("{} more", text::number(timelines.len() - open(timelines.len()))),
            timelines,
            seen: seen.take(CHOICES).collect(),
            processed: Processed::new(run, &videos),
            suggestions,
            cut: CutView {
                threshold: groups.cut.threshold,
                prior: groups.cut.prior,
                by_video: groups.cut.source == "video",
                pairs: pair_counts(groups),
                histogram: Histogram::new(&groups.cut),
            },
            plots: Plots::new(groups, measured.as_ref()),
            evaluated: measured.as_ref().map(Evaluated::new),
            ran: ran(run, groups),
            models: run
                .models
                .iter()
                .map(|model| Model {
                    id: model.id.clone(),
                    task: model.task.clone(),
                    licence: model.licence.clone(),
                    sha256: model.sha256.chars().take(12).collect(),
                })
                .collect(),
            doubts: run.models.iter().map(|m| m.doubt.clone()).filter(|d| !d.is_empty()).collect(),
            version: run.version.clone(),
        }
    }

    fn shown_lines(&self) -> &[Timeline] {
        self.timelines.split_at(open(self.timelines.len())).0
    }

    fn folded_lines(&self) -> &[Timeline] {
        self.timelines.split_at(open(self.timelines.len())).1
    }

    /// The script, and the policy that nothing else may run.
    fn script(&self) -> &'static str {
        SCRIPT
    }

    /// Films are played where they are, beside the page.
    fn script_source(&self) -> String {
        let digest = STANDARD.encode(Sha256::digest(SCRIPT));
        format!("; media-src 'self' file:; script-src 'sha256-{digest}'")
    }

    fn hue(&self, group: &usize) -> u32 {
        people::hue(*group)
    }

    fn head(&self, group: &usize) -> bool {
        self.heads.get(*group).is_some_and(Option::is_some)
    }
}

/// What is kept of an evaluation; one that cannot be read is left out, the page is not about it.
fn evaluation(layout: &Layout) -> Option<Evaluation> {
    let kept = Evaluation::read(layout);
    kept.inspect_err(|e| tracing::warn!("the report shows no evaluation: {e}")).ok()?
}

/// Whom the page leaves out.
fn more_people(number: usize) -> Option<String> {
    match number {
        0 => None,
        1 => Some("1 more person, on screen for less, has a folder in ".to_owned()),
        _ => Some(format!(
            "{} more people, on screen for less, have their folders in ",
            text::number(number)
        )),
    }
}

/// Time lines that are seen at once; one more is no higher than what unfolds the others.
fn open(number: usize) -> usize {
    if number == OPEN + 1 { number } else { number.min(OPEN) }
}

fn pair_counts(groups: &Groups) -> [String; 2] {
    let counts = groups.cut.histograms.as_ref().map(Histogram::pairs).unwrap_or_default();
    [counts.0, counts.1].map(|pairs| text::count(pairs as usize, "pair", "pairs"))
}

fn facts(run: &RunInfo, groups: &Groups) -> Vec<String> {
    let faces: usize =
        groups.groups.iter().map(|group| group.size).sum::<usize>() + groups.unsure.size;
    let mut facts = vec![
        text::count(groups.people().count(), "person", "people"),
        text::count(faces, "face", "faces"),
    ];
    // What was processed, where that is less than the film.
    let processed = |input: &InputInfo| input.processed_seconds().or(input.duration);
    let films = run.inputs.iter().filter(|input| !is_still(input));
    let length: f64 = films.filter_map(processed).sum();
    if length > 0.0 {
        facts.push(format!("{} of video", text::length(length)));
    }
    if groups.unsure.size > 0 {
        facts.push(format!("{} unsure", groups.unsure.size));
    }
    let failed = run.inputs.iter().filter(|input| input.state == InputState::Failed).count();
    if failed > 0 {
        facts.push(format!("{} not read to the end", text::count(failed, "video", "videos")));
    }
    facts
}

fn pairs(groups: &Groups) -> Vec<Pair> {
    let index = |name: &String| groups.groups.iter().position(|group| group.name == *name);
    let pair = |suggestion: &dataset::Suggestion| Pair {
        names: suggestion.groups.clone().map(|name| {
            let group = index(&name).and_then(|index| groups.groups.get(index));
            group.map_or_else(|| text::person(&name), text::group)
        }),
        heads: [index(&suggestion.groups[0]), index(&suggestion.groups[1])],
        percent: (suggestion.likelihood * 100.0).round().clamp(0.0, 100.0) as u32,
    };
    groups.suggestions.iter().take(24).map(pair).collect()
}

fn ran(run: &RunInfo, groups: &Groups) -> Vec<(String, String)> {
    let mut ran = Vec::new();
    let mut say = |what: &str, value: Option<String>| {
        ran.extend(value.filter(|value| !value.is_empty()).map(|value| (what.to_owned(), value)));
    };
    say("Command", Some(run.arguments.join(" ")));
    say("Device", run.device.clone());
    say("Decoder", run.decoder.clone());
    let settings = groups.settings.iter().filter_map(|(name, v)| Some((name, v.as_str()?)));
    let algorithm = settings.map(|(name, value)| format!(", {} {value}", name.replace('-', " ")));
    say("Grouped by", Some(groups.algorithm.clone() + &algorithm.collect::<String>()));
    for (what, seconds) in &run.timings {
        let mut name = what.replace('_', " ");
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        say(&name, Some(text::length(*seconds)));
    }
    ran
}
