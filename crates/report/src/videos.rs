// SPDX-License-Identifier: MIT OR Apache-2.0
//! The inputs by their names: their order, and the address of a moment in the film itself.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{self, Path, PathBuf};

use dataset::{InputInfo, Layout, RunInfo};
use imaging::extensions::is_picture;

/// The inputs of a run.
pub(super) struct Videos<'a> {
    by_name: BTreeMap<&'a str, Video>,
}

struct Video {
    index: usize,
    /// Where its file is, seen from the page; `None` for what is no file.
    address: Option<String>,
    still: bool,
}

impl<'a> Videos<'a> {
    /// The inputs, and where they are from a page in this folder.
    pub(super) fn new(layout: &Layout, run: &'a RunInfo) -> Self {
        let root = path::absolute(&layout.root).unwrap_or_else(|_| layout.root.clone());
        let video = |(index, input): (usize, &'a InputInfo)| {
            let address = file(input).map(|file| address(&root, file));
            (input.name.as_str(), Video { index, address, still: is_still(input) })
        };
        Self { by_name: run.inputs.iter().enumerate().map(video).collect() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// The place of a video among the inputs.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).map(|video| video.index)
    }

    /// Whether it is one picture, which has no times.
    pub fn is_still(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|video| video.still)
    }

    /// The address of a video's file.
    pub(super) fn address(&self, name: &str) -> Option<&str> {
        self.by_name.get(name)?.address.as_deref()
    }

    /// The address of a moment in a video's file; that of the file where it is one picture.
    pub(super) fn moment(&self, name: &str, seconds: f64) -> Option<String> {
        let address = self.address(name)?;
        if self.is_still(name) {
            return Some(address.to_owned());
        }
        // Rounded up, since a player asked for a time just before a frame shows the frame before.
        let seconds = (seconds.max(0.0) * 1e3 - 1e-3).ceil().max(0.0) / 1e3;
        Some(format!("{address}#t={seconds}"))
    }
}

/// Whether an input is one picture, and none of a film's.
pub fn is_still(input: &InputInfo) -> bool {
    let picture = is_picture(&input.name) || input.decoder.as_deref() == Some("image");
    picture && !input.extra.contains_key("files") && input.frames.is_none_or(|frames| frames < 2)
}

/// The path of an input that is one file.
fn file(input: &InputInfo) -> Option<&str> {
    let one = input.size.is_some() && !input.extra.contains_key("files");
    (one && input.path.starts_with('/')).then_some(input.path.as_str())
}

/// A file as seen from a page in `root`: by its way from there where it lies beside or below the result, since
/// both are moved together; otherwise by its whole path.
fn address(root: &Path, file: &str) -> String {
    let beside = root.parent().filter(|parent| parent.parent().is_some());
    let below = |folder: &Path| Path::new(file).strip_prefix(folder).ok().map(PathBuf::from);
    if let Some(way) = below(root) {
        percent(&way.to_string_lossy())
    } else if let Some(way) = beside.and_then(below) {
        format!("../{}", percent(&way.to_string_lossy()))
    } else {
        format!("file://{}", percent(file))
    }
}

/// A path as part of an address.
fn percent(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            // Writing to a string never fails.
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn moment(root: &str, path: &str, seconds: f64) -> Option<String> {
        let size = (!path.contains("dev")).then_some(1);
        let input = InputInfo { path: path.into(), name: "a".into(), size, ..InputInfo::default() };
        let run = RunInfo::new(vec![input]);
        Videos::new(&Layout::new(Path::new(root)), &run).moment("a", seconds)
    }

    #[test]
    fn a_film_beside_the_result_is_found_wherever_both_are_moved() {
        let at = |path: &str| moment("/home/ann/out", path, 12.3).unwrap();
        assert_eq!(at("/home/ann/a.mp4"), "../a.mp4#t=12.3");
        assert_eq!(at("/home/ann/films/a: 1#é?.mp4"), "../films/a%3A%201%23%C3%A9%3F.mp4#t=12.3");
        assert_eq!(at("/home/ann/out/a.mp4"), "a.mp4#t=12.3");
        assert_eq!(at("/films/100%.mp4"), "file:///films/100%25.mp4#t=12.3");
        assert_eq!(moment("/out", "/films/a.mp4", 0.0).unwrap(), "file:///films/a.mp4#t=0");
    }

    #[test]
    fn a_moment_is_never_before_its_frame() {
        let at = |seconds| moment("/o/o", "/o/a.mp4", seconds).unwrap();
        assert_eq!(at(1.0 / 3.0), "../a.mp4#t=0.334");
        assert_eq!(
            [at(0.0), at(-1.0), at(7.2)],
            ["../a.mp4#t=0", "../a.mp4#t=0", "../a.mp4#t=7.2"]
        );
    }

    #[test]
    fn what_is_no_file_has_no_address() {
        for path in ["/dev/video0", "rtsp://dev.example/1", "-"] {
            assert_eq!(moment("/out", path, 1.0), None, "{path}");
        }
    }
}
