// SPDX-License-Identifier: MIT OR Apache-2.0
//! `groups.json`: who was found.

use std::collections::BTreeMap;
use std::fs;

use grouping::OTHER;
use grouping::cluster::{Algorithm, CutInfo, CutSource, Level, Levels};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::READ;
use crate::format::segments;
use crate::{DatasetError, Layout, Segment, atomic};

/// Bars of a histogram.
const BARS: usize = 60;

/// What `groups.json` holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Groups {
    /// Which algorithm found them; empty in files of version 0.1.0, which knew `average` only.
    #[serde(default)]
    pub algorithm: String,
    /// Its settings, as they were when it ran.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// The people; longest on screen first, or in the order of the algorithm.
    pub groups: Vec<GroupSummary>,
    /// The unassigned faces.
    pub unsure: GroupSummary,
    /// Pairs of groups that may be one person, likeliest first.
    #[serde(default)]
    pub suggestions: Vec<Suggestion>,
    /// Faces that sit badly in their group, worst first.
    #[serde(default)]
    pub outliers: Vec<Outlier>,
    /// Where the groups were cut, and why.
    pub cut: Cut,
    /// What a person corrected: kept as it is by every later grouping.
    #[serde(default)]
    pub corrections: Value,
    /// Number of statements of `corrections.jsonl` that these groups follow.
    #[serde(default, skip_serializing_if = "is_none")]
    pub statements: usize,
    /// Fields of later versions, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupSummary {
    /// The folder in `faces/`, and what `group` says in the lines.
    pub name: String,
    /// The person's name as the gallery has it; only of groups named after enrolled identities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Shares of enrolled identities by folder, above 5 %; only where neighbours gave the names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shares: BTreeMap<String, f64>,
    /// Number of faces, those without a picture included.
    pub size: usize,
    /// Number of tracks; a face without a track counts as one.
    pub tracks: usize,
    /// Seconds on screen in each video, of those with any.
    #[serde(default)]
    pub seconds: BTreeMap<String, f64>,
    /// When, in each video: `[start, end]` in seconds.
    #[serde(default)]
    pub on_screen: BTreeMap<String, Vec<Segment>>,
    /// Pictures to show for it, best first.
    #[serde(default)]
    pub best: Vec<String>,
    /// Mean cosine similarity to the group's centre, -1 to 1.
    #[serde(default)]
    pub cohesion: f32,
    /// Whether a person said that pages leave it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub concealed: bool,
}

impl GroupSummary {
    /// Seconds on screen in all videos.
    pub fn total_seconds(&self) -> f64 {
        self.seconds.values().sum()
    }

    /// Whether it holds everybody who is none of the enrolled identities.
    pub fn is_other(&self) -> bool {
        self.person.is_none() && self.name == OTHER
    }

    /// Takes the time on screen from its stretches.
    pub fn set_on_screen(&mut self, on_screen: BTreeMap<String, Vec<Segment>>) {
        self.seconds = on_screen
            .iter()
            .map(|(video, segments)| (video.clone(), segments::seconds(segments)))
            .collect();
        self.on_screen = on_screen;
    }
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

/// Two groups that may be one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Their names, the larger one first.
    pub groups: [String; 2],
    /// Mean cosine similarity.
    pub similarity: f32,
    /// Estimated probability that they are one person, 0 to 1.
    pub likelihood: f32,
}

/// A face that sits badly in its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outlier {
    /// The group.
    pub group: String,
    /// With `frame` and `face`, which face.
    pub video: String,
    /// Its frame.
    pub frame: u64,
    /// Which face of the frame.
    pub face: u32,
    /// Its picture, if one was kept.
    pub file: Option<String>,
}

/// Where the groups were cut.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cut {
    /// Similarity from which on two groups are one person.
    pub threshold: f32,
    /// What the model alone would have used.
    pub prior: f32,
    /// How similar different people are here.
    #[serde(default)]
    pub stranger: f32,
    /// How similar one person is here; 0 where the embedder is not known, or in datasets of before.
    #[serde(default)]
    pub same: f32,
    /// `model`, or `video` where the video's own evidence moved it.
    pub source: String,
    /// Similarities of pairs that are certainly different people, and of such that are certainly one.
    #[serde(default)]
    pub histograms: Option<Histograms>,
}

/// Two histograms on one axis.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Histograms {
    /// Left edge of the first bar.
    pub low: f32,
    /// Right edge of the last bar.
    pub high: f32,
    /// Pairs seen together on a frame, a bar's count each.
    pub different: Vec<u32>,
    /// Pairs of one track.
    pub same: Vec<u32>,
}

impl Cut {
    /// How similar different people and one person are here, as far as a dendrogram depends on it: without spreads.
    pub fn levels(&self) -> Option<Levels> {
        let level = |mean| Level { mean, spread: 0.0 };
        let known = self.same > self.stranger;
        known.then(|| Levels { impostor: level(self.stranger), genuine: level(self.same) })
    }
}

impl From<&CutInfo> for Cut {
    fn from(cut: &CutInfo) -> Self {
        let source = match cut.source {
            CutSource::Prior => "model",
            CutSource::Video => "video",
        };
        let histograms = histograms(&cut.different, &cut.same, cut.threshold);
        Self {
            threshold: cut.threshold,
            prior: cut.prior,
            stranger: cut.levels.map_or(0.0, |levels| levels.impostor.mean),
            same: cut.levels.map_or(0.0, |levels| levels.genuine.mean),
            source: source.to_owned(),
            histograms,
        }
    }
}

/// Both on one axis that holds them and the cut; `None` where there is nothing to draw.
fn histograms(different: &[f32], same: &[f32], threshold: f32) -> Option<Histograms> {
    let finite = || different.iter().chain(same).copied().filter(|value| value.is_finite());
    finite().next()?;
    let low = finite().fold(threshold, f32::min) - 0.01;
    let high = finite().fold(threshold, f32::max) + 0.01;
    let count = |values: &[f32]| {
        let mut bars = vec![0u32; BARS];
        for value in values.iter().filter(|value| value.is_finite()) {
            let bar = ((value - low) / (high - low) * BARS as f32) as usize;
            if let Some(bar) = bars.get_mut(bar.min(BARS - 1)) {
                *bar += 1;
            }
        }
        bars
    };
    Some(Histograms { low, high, different: count(different), same: count(same) })
}

impl Groups {
    /// The groups that stand for one person each: all but that of everybody else.
    pub fn people(&self) -> impl Iterator<Item = &GroupSummary> {
        self.groups.iter().filter(|group| !group.is_other())
    }

    /// Notes how the groups were found.
    pub fn set_algorithm(&mut self, algorithm: &Algorithm, more: Vec<(&'static str, String)>) {
        self.algorithm = algorithm.name().to_owned();
        let settings = algorithm.settings().into_iter().chain(more);
        self.settings = settings.map(|(name, value)| (name.to_owned(), value.into())).collect();
    }

    /// Takes from an earlier form how the groups were found and where they were cut.
    pub fn found_as(&mut self, earlier: &Self) {
        self.algorithm.clone_from(&earlier.algorithm);
        self.settings.clone_from(&earlier.settings);
        self.cut = earlier.cut.clone();
    }

    /// `groups.json` of a dataset; `None` before the first grouping.
    pub fn read(layout: &Layout) -> Result<Option<Self>, DatasetError> {
        let path = layout.groups();
        let text = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|e| DatasetError::io(READ, &path, e))?,
        };
        serde_json::from_slice(&text).map(Some).map_err(|e| DatasetError::Damaged {
            path,
            what: format!("it holds no groups ({e}); remove it and group again"),
        })
    }

    /// Replaces `groups.json`.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, layout: &Layout) -> Result<(), DatasetError> {
        let path = layout.groups();
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|e| DatasetError::io("write", &path, e.into()))?;
        text.push(b'\n');
        atomic::replace(&path, &text)
    }
}
