// SPDX-License-Identifier: MIT OR Apache-2.0
//! `run.json`: what ran, on what, with what, and how far it came.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use imaging::CropFormat;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::settings::RunSettings;
use imaging::extensions::path_text;

/// Version of the layout on disk; a dataset of a newer one is refused.
pub const FORMAT: u32 = 1;

/// Bytes hashed at each end of an input: enough to tell files apart, cheap on a film of many gigabytes.
const HASHED_END: u64 = 1 << 20;

/// What `run.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Version of the layout on disk.
    pub format: u32,
    /// Version of the program.
    pub version: String,
    /// The command line as it was typed.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// The settings that change which faces are found and how they look; another value is another run.
    #[serde(default)]
    pub settings: RunSettings,
    /// What every picture's name begins with.
    #[serde(default)]
    pub prefix: String,
    /// How pictures are stored.
    #[serde(default)]
    pub pictures: CropFormat,
    /// The videos, in order.
    pub inputs: Vec<InputInfo>,
    /// The networks used.
    #[serde(default)]
    pub models: Vec<ModelInfo>,
    /// Model whose embeddings `embeddings.npy` holds, once there are any.
    #[serde(default)]
    pub embedding_model: Option<String>,
    /// The device that really ran the networks.
    #[serde(default)]
    pub device: Option<String>,
    /// The decoder really used.
    #[serde(default)]
    pub decoder: Option<String>,
    /// Seconds by what took them.
    #[serde(default)]
    pub timings: BTreeMap<String, f64>,
    /// Faces, pictures, embeddings, people and what else was counted.
    #[serde(default)]
    pub counts: BTreeMap<String, u64>,
    /// Fields of later versions, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One input of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InputInfo {
    /// Absolute path, or the URI as given.
    pub path: String,
    /// What records call it; unique within the run.
    pub name: String,
    /// Bytes; `None` for what is no file.
    #[serde(default)]
    pub size: Option<u64>,
    /// `sha256-ends:` and the SHA-256 of the first MiB, the last MiB and the size as eight bytes, little end first.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// How far it came.
    #[serde(default)]
    pub state: InputState,
    /// The frame to resume at; every frame before it is done.
    #[serde(default)]
    pub next_frame: u64,
    /// Number of that frame's shot.
    #[serde(default)]
    pub next_shot: u64,
    /// Number of the first track from that frame on.
    #[serde(default)]
    pub next_track: u64,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<String>,
    /// Length in seconds.
    #[serde(default)]
    pub duration: Option<f64>,
    /// Seconds from one processed frame to the next; guessed from the records where not known.
    #[serde(default)]
    pub interval: Option<f64>,
    /// Frames processed.
    #[serde(default)]
    pub frames: Option<u64>,
    /// The decoder really used for it.
    #[serde(default)]
    pub decoder: Option<String>,
    /// Fields of later versions, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// How far an input came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputState {
    /// Not begun.
    #[default]
    Pending,
    /// Begun; the rest is still to do.
    Partial,
    /// Done to its end.
    Complete,
    /// Given up; a later run tries again from where it stopped.
    Failed,
}

/// One network used in a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Id in the catalogue, or the file's name.
    pub id: String,
    /// What it does: `detect`, `embed`, …
    #[serde(default)]
    pub task: String,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// Name of the licence.
    #[serde(default)]
    pub licence: String,
    /// How far it can be trusted, where that is less than usual.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doubt: String,
    /// The models that it is made of; none where it is a file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ModelInfo>,
    /// Its share in the ensemble that it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f32>,
    /// Fields of later versions, kept as they are.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Default for RunInfo {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl RunInfo {
    /// Fewest faces of a track of this run, where that was asked for.
    pub fn min_track_length(&self) -> Option<u64> {
        self.settings.track.as_ref()?.min_length
    }

    /// A run over these inputs, of this version, with nothing else known yet.
    pub fn new(inputs: Vec<InputInfo>) -> Self {
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            arguments: Vec::new(),
            settings: RunSettings::default(),
            prefix: String::new(),
            pictures: CropFormat::default(),
            inputs,
            models: Vec::new(),
            embedding_model: None,
            device: None,
            decoder: None,
            timings: BTreeMap::new(),
            counts: BTreeMap::new(),
            extra: Map::new(),
        }
    }

    /// The input that records call so, with its index.
    pub fn input(&self, name: &str) -> Option<(usize, &InputInfo)> {
        self.inputs.iter().enumerate().find(|(_, input)| input.name == name)
    }

    /// The embedder whose embeddings it has or is to have; `None` where it only finds faces.
    pub fn embedder(&self) -> Option<&str> {
        let planned = || self.models.iter().find(|model| model.task == "embed");
        self.embedding_model.as_deref().or_else(|| planned().map(|model| model.id.as_str()))
    }

    /// What keeps `self` from being the same run as `held`, in words; empty when it is the same.
    pub fn differences(&self, held: &RunInfo) -> Vec<String> {
        let mut found = Vec::new();
        let inputs = |run: &RunInfo| -> Vec<_> {
            run.inputs.iter().map(|i| (i.path.clone(), i.size, i.fingerprint.clone())).collect()
        };
        if inputs(self) != inputs(held) {
            let changed = self.inputs.len() == held.inputs.len()
                && self.inputs.iter().zip(&held.inputs).all(|(a, b)| a.path == b.path);
            found
                .push(if changed { "the contents of the videos" } else { "the videos" }.to_owned());
        }
        let models = |run: &RunInfo| -> BTreeSet<_> {
            run.models.iter().map(|m| (m.task.clone(), m.id.clone(), m.sha256.clone())).collect()
        };
        if models(self) != models(held) {
            let ids = |run: &RunInfo| {
                run.models.iter().map(|m| m.id.as_str()).collect::<Vec<_>>().join(" + ")
            };
            found.push(format!("the models ({}, now {})", ids(held), ids(self)));
        }
        found.extend(self.settings.differences(&held.settings));
        if self.prefix != held.prefix {
            found.push(format!("the prefix ({:?}, now {:?})", held.prefix, self.prefix));
        }
        if self.pictures != held.pictures {
            found.push("the picture format".to_owned());
        }
        found
    }

    /// The run in a few words, for messages.
    pub fn describe(&self) -> String {
        let names: Vec<_> = self.inputs.iter().take(3).map(|i| i.name.as_str()).collect();
        let more = self.inputs.len().saturating_sub(names.len());
        let mut text = if names.is_empty() { "no video".to_owned() } else { names.join(", ") };
        if more > 0 {
            text += &format!(" and {more} more");
        }
        if let Some(faces) = self.counts.get("faces") {
            text += &format!(", {faces} faces");
        }
        text
    }
}

impl InputInfo {
    /// Seconds of it that were processed, where that was noted.
    pub fn processed_seconds(&self) -> Option<f64> {
        self.extra.get("looked_seconds")?.as_f64()
    }

    /// Looks at the files and gives each a name that is unique among them: its file name, with as many
    /// parent folders as it takes to tell it from the others.
    ///
    /// # Errors
    /// None: what cannot be opened has no size and no fingerprint, and the run finds out why.
    pub fn for_files<P: AsRef<Path>>(files: &[P]) -> Vec<Self> {
        let paths: Vec<PathBuf> = files
            .iter()
            .map(|f| std::path::absolute(f).unwrap_or_else(|_| f.as_ref().to_path_buf()))
            .collect();
        let texts: Vec<String> = paths.iter().map(path_text).collect();
        unique_names(&texts)
            .into_iter()
            .zip(paths.iter().zip(texts.iter()))
            .map(|(name, (path, text))| {
                let (size, fingerprint) = fingerprint(path).ok().unzip();
                Self { path: text.clone(), name, size, fingerprint, ..Self::default() }
            })
            .collect()
    }

    /// Numbered pictures: the pattern of their names, and the files of that pattern in order. `files` says
    /// which picture a frame is.
    pub fn for_pictures(pattern: &Path, files: &[PathBuf]) -> Self {
        let pattern = std::path::absolute(pattern).unwrap_or_else(|_| pattern.to_owned());
        let mut hash = Sha256::new();
        let (mut all, mut names) = (0, Vec::with_capacity(files.len()));
        for file in files {
            let name = path_text(file.file_name().unwrap_or_default());
            let length = file.metadata().map_or(0, |file| file.len());
            hash.update(format!("{name}\0{length}\n"));
            all += length;
            names.push(name);
        }
        Self {
            size: Some(all),
            fingerprint: Some(format!("sha256-names:{}", digits(hash))),
            extra: Map::from_iter([("files".to_owned(), names.into())]),
            ..Self::for_uri(&path_text(pattern))
        }
    }

    /// What is no file: a URI, a live source.
    pub fn for_uri(uri: &str) -> Self {
        let name = uri.trim_end_matches('/').rsplit('/').next().unwrap_or(uri);
        Self { path: uri.to_owned(), name: name.to_owned(), ..Self::default() }
    }

    /// Makes the names of a mixed list unique, by adding ` (2)`, ` (3)`, … to repeated ones.
    pub fn make_unique(inputs: &mut [Self]) {
        let mut taken = BTreeSet::new();
        for input in inputs {
            let stem = input.name.clone();
            let mut count = 1;
            while !taken.insert(input.name.clone()) {
                count += 1;
                input.name = format!("{stem} ({count})");
            }
        }
    }
}

/// Size and fingerprint of a file.
fn fingerprint(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut hash = Sha256::new();
    let mut end = Vec::new();
    Read::by_ref(&mut file).take(HASHED_END).read_to_end(&mut end)?;
    hash.update(&end);
    end.clear();
    file.seek(SeekFrom::Start(size.saturating_sub(HASHED_END)))?;
    file.take(HASHED_END).read_to_end(&mut end)?;
    hash.update(&end);
    hash.update(size.to_le_bytes());
    Ok((size, format!("sha256-ends:{}", digits(hash))))
}

fn digits(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The shortest tails of the paths that tell them apart; the same path twice is numbered.
fn unique_names(paths: &[String]) -> Vec<String> {
    let tail = |path: &str, parts: usize| {
        let all: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        all[all.len().saturating_sub(parts)..].join("/")
    };
    let mut names: Vec<String> = paths.iter().map(|path| tail(path, 1)).collect();
    let deepest = paths.iter().map(|path| path.split('/').count()).max().unwrap_or(1);
    for parts in 2..=deepest {
        let mut seen = BTreeMap::new();
        names.iter().for_each(|name| *seen.entry(name.clone()).or_insert(0) += 1);
        for (name, path) in names.iter_mut().zip(paths) {
            if seen.get(name.as_str()).is_some_and(|&count| count > 1) {
                *name = tail(path, parts);
            }
        }
    }
    let mut inputs: Vec<_> =
        names.into_iter().map(|name| InputInfo { name, ..InputInfo::default() }).collect();
    InputInfo::make_unique(&mut inputs);
    inputs.into_iter().map(|input| input.name).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_unique() {
        let names = |paths: &[&str]| {
            unique_names(&paths.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(names(&["/v/a.mkv", "/v/b.mkv"]), ["a.mkv", "b.mkv"]);
        assert_eq!(
            names(&["/v/1/a.mkv", "/v/2/a.mkv", "/v/b.mkv"]),
            ["1/a.mkv", "2/a.mkv", "b.mkv"]
        );
        assert_eq!(names(&["/a.mkv", "/v/a.mkv"]), ["a.mkv", "v/a.mkv"]);
        assert_eq!(names(&["/v/a.mkv", "/v/a.mkv"]), ["v/a.mkv", "v/a.mkv (2)"]);
        assert_eq!(names(&["/v/Ünïcode 映画.mkv"]), ["Ünïcode 映画.mkv"]);
    }

    #[test]
    fn a_change_at_either_end_or_in_size_changes_the_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        let mut bytes = vec![7u8; 3 << 20];
        let mut prints = BTreeSet::new();
        let mut look = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            prints.insert(fingerprint(&path).unwrap().1)
        };
        assert!(look(&bytes));
        assert!(!look(&bytes));
        bytes[0] = 1;
        assert!(look(&bytes));
        *bytes.last_mut().unwrap() = 1;
        assert!(look(&bytes));
        bytes.insert(2 << 20, 7);
        assert!(look(&bytes));
        assert!(InputInfo::for_files(&[folder.path().join("missing")])[0].fingerprint.is_none());
        assert!(InputInfo::for_files(&[folder.path()])[0].fingerprint.is_none());
    }

    #[test]
    fn tells_what_makes_another_run() {
        let input = |name: &str, size| InputInfo {
            path: name.into(),
            name: name.into(),
            size: Some(size),
            ..Default::default()
        };
        let held = RunInfo::new(vec![input("a.mkv", 1)]);
        let mut now = held.clone();
        now.arguments.push("--verbose".into());
        now.device = Some("cuda:0".into());
        assert!(now.differences(&held).is_empty());
        now.settings.threshold = Some(0.5);
        now.inputs[0].size = Some(2);
        now.prefix = "x".into();
        assert_eq!(
            now.differences(&held),
            [
                "the contents of the videos",
                "threshold (null, now 0.5)",
                "the prefix (\"\", now \"x\")"
            ]
        );
        assert_eq!(RunInfo::new(vec![input("b.mkv", 1)]).differences(&held), ["the videos"]);
    }
}
