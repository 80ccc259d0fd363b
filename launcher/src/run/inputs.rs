// SPDX-License-Identifier: MIT OR Apache-2.0
//! From what was typed to what is played.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Extensions taken from folders unless others are asked for.
const VIDEOS: [&str; 24] = [
    "3gp", "asf", "avi", "divx", "f4v", "flv", "gif", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg",
    "mpg", "mts", "mxf", "ogm", "ogv", "rm", "ts", "vob", "webm", "wmv", "y4m",
];

/// One thing to play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Numbered pictures, as a printf pattern.
    Pattern(PathBuf),
    /// Anything else that GStreamer plays.
    Uri(String),
    /// Named in a list, but not there.
    Missing(PathBuf),
    /// What came through a pipe of this name, and the file into which it was read.
    Piped(String, PathBuf),
}

impl Source {
    /// Its path or address.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) | Self::Pattern(path) | Self::Missing(path) => {
                path.display().to_string()
            }
            Self::Uri(uri) | Self::Piped(uri, _) => uri.clone(),
        }
    }

    /// Whether it is a single picture, by its extension; moving ones are videos here.
    pub fn is_picture(&self) -> bool {
        let Self::File(path) = self else { return false };
        !has_extension(path, &VIDEOS) && grouping::is_picture(&path.to_string_lossy())
    }

    /// Whether its address is one of something that happens now and may never end.
    pub fn is_live(&self) -> bool {
        let Self::Uri(uri) = self else { return false };
        let scheme = uri.split_once("://").map_or("", |(scheme, _)| scheme).to_lowercase();
        ["rtsp", "rtmp"].iter().any(|family| scheme.starts_with(family))
            || ["rtp", "udp", "srt", "rist", "v4l2"].contains(&scheme.as_str())
    }
}

/// Everything that was asked for, in order: folders by name, lists by line.
pub fn collect(inputs: &[String], extensions: &[String], recursive: bool) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for input in inputs {
        let path = Path::new(input);
        if super::pipes::is_pipe(input) {
            sources.push(Source::Piped(input.clone(), super::pipes::read(input)?));
        } else if path.is_dir() {
            sources.extend(folder(path, extensions, recursive)?);
        } else if path.is_file() {
            if has_extension(path, &["txt"]) {
                sources.extend(list(path)?);
            } else {
                sources.push(Source::File(path.to_owned()));
            }
        } else if is_uri(input) {
            sources.push(Source::Uri(input.clone()));
        } else if is_pattern(input) {
            sources.push(Source::Pattern(path.to_owned()));
        } else {
            bail!("{input}: no such file or folder");
        }
    }
    Ok(sources)
}

fn folder(path: &Path, extensions: &[String], recursive: bool) -> Result<Vec<Source>> {
    let wanted: Vec<String> = if extensions.is_empty() {
        VIDEOS.map(String::from).to_vec()
    } else {
        let clean = |e: &String| e.trim().trim_start_matches('.').to_lowercase();
        extensions.iter().map(clean).collect()
    };
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let mut files = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries.filter_map(Result::ok) {
            let file = entry.path();
            // A link to a folder may lead back to where it lies.
            if recursive && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(file);
            } else if file.is_file() && has_extension(&file, &wanted) {
                files.push(file);
            }
        }
    }
    files.sort();
    if files.is_empty() {
        bail!(
            "{}: no file with one of the extensions {}; name others with -e",
            path.display(),
            wanted.join(", ")
        );
    }
    Ok(files.into_iter().map(Source::File).collect())
}

fn list(path: &Path) -> Result<Vec<Source>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let sources: Vec<Source> = lines
        .map(|line| {
            // Lists are written beside the files as often as where they are used.
            let beside = path.parent().map(|folder| folder.join(line));
            let here = PathBuf::from(line);
            match beside.filter(|file| !here.is_file() && file.is_file()) {
                Some(file) => Source::File(file),
                None if here.is_file() => Source::File(here),
                None if is_uri(line) => Source::Uri(line.to_owned()),
                None => Source::Missing(here),
            }
        })
        .collect();
    if sources.is_empty() {
        bail!("{}: the list names no file", path.display());
    }
    Ok(sources)
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    extension.is_some_and(|e| extensions.contains(&e.as_str()))
}

fn is_uri(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// Whether it holds one number conversion such as `%d` or `%04d`.
fn is_pattern(text: &str) -> bool {
    let Some((_, after)) = text.split_once('%') else {
        return false;
    };
    after.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('d') && !after.contains('%')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_sorted_and_filtered_whatever_the_case() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.MKV", "a.mp4", "notes.txt", "c.jpg", ".hidden"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("d.mp4")).unwrap();
        let input = [folder.path().to_string_lossy().into_owned()];
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
        let input = [folder.path().to_string_lossy().into_owned()];
        let (flat, all) =
            (collect(&input, &[], false).unwrap(), collect(&input, &[], true).unwrap());
        assert_eq!(flat, [Source::File(folder.path().join("c.mkv"))]);
        assert_eq!(
            all,
            [Source::File(folder.path().join("c.mkv")), Source::File(deep.join("b.mkv"))]
        );
    }

    #[test]
    fn lists_name_files_here_beside_them_and_missing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ä b.mp4"), "").unwrap();
        let list = folder.path().join("list.txt");
        fs::write(&list, "\n ä b.mp4 \nnowhere.mp4\nrtsp://host/x\n").unwrap();
        let sources = collect(&[list.to_string_lossy().into_owned()], &[], false).unwrap();
        assert_eq!(
            sources,
            [
                Source::File(folder.path().join("ä b.mp4")),
                Source::Missing("nowhere.mp4".into()),
                Source::Uri("rtsp://host/x".into()),
            ]
        );
        fs::write(&list, " \n").unwrap();
        assert!(collect(&[list.to_string_lossy().into_owned()], &[], false).is_err());
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
        let one = |text: &str| collect(&[text.to_owned()], &[], false).map(|s| s[0].clone());
        assert_eq!(one("img_%04d.jpg").unwrap(), Source::Pattern("img_%04d.jpg".into()));
        assert_eq!(one("https://a/b").unwrap(), Source::Uri("https://a/b".into()));
        assert!(one("100%.mp4").is_err());
        assert!(one("no such file.mp4").unwrap_err().to_string().contains("no such file.mp4"));
    }
}
