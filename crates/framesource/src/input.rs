// SPDX-License-Identifier: MIT OR Apache-2.0
//! From what was typed to what is played.

mod folder;
pub(crate) mod list;
mod numbered;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use imaging::extensions::path_text;
use models::still::{Frames, Kind, kind};
pub use numbered::Numbered;

/// One thing to play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A picture, or several that move: GIF, WebP, PNG.
    Picture {
        /// Its file.
        path: PathBuf,
        /// Whether it moves.
        moves: bool,
    },
    /// Numbered pictures.
    Numbered(Numbered),
    /// Anything else that GStreamer plays.
    Uri(String),
    /// Named in a list, but not there.
    Missing(PathBuf),
    /// What came through a pipe of this name, and the file into which it was read.
    Piped(String, PathBuf),
}

impl Source {
    /// What a file is, by its first bytes.
    pub fn of_file(path: PathBuf) -> Self {
        match kind(&path) {
            Kind::Picture => Self::Picture { moves: Frames::are_in(&path), path },
            Kind::Heif => Self::Picture { path, moves: false },
            Kind::Other => Self::File(path),
        }
    }

    /// Its path or address.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) | Self::Picture { path, .. } | Self::Missing(path) => path_text(path),
            Self::Numbered(pictures) => path_text(&pictures.pattern),
            Self::Uri(uri) | Self::Piped(uri, _) => uri.clone(),
        }
    }

    /// Whether it is made of pictures, all of which are looked at unless less is asked for.
    pub fn is_pictures(&self) -> bool {
        matches!(self, Self::Picture { .. } | Self::Numbered(_))
    }

    /// Whether it is one picture.
    pub fn is_still(&self) -> bool {
        matches!(self, Self::Picture { moves: false, .. })
    }

    /// Whether its address is one of something that happens now and may never end.
    pub fn is_live(&self) -> bool {
        let Self::Uri(uri) = self else { return false };
        let scheme = uri.split_once("://").map_or("", |(scheme, _)| scheme).to_lowercase();
        ["rtsp", "rtmp"].iter().any(|family| scheme.starts_with(family))
            || ["rtp", "udp", "srt", "rist", "v4l2"].contains(&scheme.as_str())
    }
}

/// Everything that was asked for, in order: folders by name, lists by line. Folders within folders that hold
/// a result of our own, which `is_result` tells, are no input.
///
/// # Errors
/// What is not there or cannot be read, a folder without such files, an empty list or pipe.
pub fn collect(
    inputs: &[OsString],
    extensions: &[String],
    recursive: bool,
    is_result: fn(&Path) -> bool,
) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for input in inputs {
        let path = Path::new(input);
        if let Some(pipe) = input.to_str().filter(|input| crate::pipes::is_pipe(input)) {
            sources.push(Source::Piped(pipe.to_owned(), crate::pipes::read(pipe)?));
        } else if path.is_dir() {
            sources.extend(folder::folder(path, extensions, recursive, is_result)?);
        } else if path.is_file() {
            if has_extension(path, &["txt"]) {
                sources.extend(list::list(path)?);
            } else {
                sources.push(Source::of_file(path.to_owned()));
            }
        } else if is_uri(input) {
            sources.push(Source::Uri(input.to_string_lossy().into_owned()));
        } else if Numbered::is_pattern(path) {
            sources.push(Source::Numbered(Numbered::find(path)?));
        } else {
            bail!("{}: no such file or folder", path_text(path));
        }
    }
    Ok(sources)
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    extension.is_some_and(|e| extensions.contains(&e.as_str()))
}

fn is_uri(text: &OsStr) -> bool {
    text.to_str().and_then(|text| text.split_once("://")).is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;

    fn collect(inputs: &[OsString], extensions: &[String], recursive: bool) -> Result<Vec<Source>> {
        let is_result = |folder: &Path| folder.join("run.json").is_file();
        super::collect(inputs, extensions, recursive, is_result)
    }

    #[test]
    fn folders_are_sorted_and_filtered_whatever_the_case() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.MKV", "a.mp4", "notes.txt", "c.jpg", ".hidden"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("d.mp4")).unwrap();
        let input = [folder.path().into()];
        let file = |name| Source::File(folder.path().join(name));
        assert_eq!(collect(&input, &[], false).unwrap(), [file("a.mp4"), file("b.MKV")]);
        assert_eq!(collect(&input, &[" .JPG".into()], false).unwrap(), [file("c.jpg")]);
        let error = collect(&input, &["png".into()], false).unwrap_err().to_string();
        assert!(error.contains("png") && error.contains("-e"), "{error}");
    }

    /// FaceRipper joins names of files in folders within to the wrong folder, and opens none.
    #[test]
    fn folders_within_folders_are_looked_into_on_request() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("season 1/disc");
        fs::create_dir_all(&deep).unwrap();
        for file in [deep.join("b.mkv"), folder.path().join("c.mkv")] {
            fs::write(file, "").unwrap();
        }
        let input = [folder.path().into()];
        let (flat, all) =
            (collect(&input, &[], false).unwrap(), collect(&input, &[], true).unwrap());
        assert_eq!(flat, [Source::File(folder.path().join("c.mkv"))]);
        assert_eq!(
            all,
            [Source::File(folder.path().join("c.mkv")), Source::File(deep.join("b.mkv"))]
        );
    }

    #[test]
    fn litter_and_other_results_are_not_played() {
        let root = tempfile::tempdir().unwrap();
        let files = [
            "a.mp4",
            "._a.mp4",
            "@eaDir/a.mp4/thumb.mp4",
            "out/run.json",
            "out/faces/0/crop.mp4",
            "run.json",
            "faces/0/crop.mp4",
            "more/b.mp4",
        ];
        for name in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let file = |name| Source::File(root.path().join(name));
        let found = collect(&[root.path().into()], &[], true).unwrap();
        assert_eq!(found, [file("a.mp4"), file("more/b.mp4")]);
    }

    #[test]
    fn cameras_are_live_and_files_are_not() {
        for live in ["rtsp://camera/1", "RTSPS://camera/1", "udp://:5000", "v4l2:///dev/video0"] {
            assert!(Source::Uri(live.into()).is_live(), "{live}");
        }
        for film in ["https://host/film.mp4", "file:///rtsp/udp", "rtsp"] {
            assert!(!Source::Uri(film.into()).is_live(), "{film}");
        }
        assert!(!Source::File("rtsp://camera".into()).is_live());
    }

    #[test]
    fn patterns_uris_and_nonsense() {
        let one = |text: &str| collect(&[text.into()], &[], false).map(|s| s[0].clone());
        assert!(one("img_%04d.jpg").unwrap_err().to_string().contains("img_%04d.jpg"));
        assert_eq!(one("https://a/b").unwrap(), Source::Uri("https://a/b".into()));
        assert!(one("100%.mp4").is_err());
        assert!(one("no such file.mp4").unwrap_err().to_string().contains("no such file.mp4"));
    }
}
