// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a page is called, and what its inputs are called together.

use std::path::{Component, Path};

use dataset::{InputInfo, RunInfo};

use super::text;
use super::videos::is_still;

/// Inputs whose names make a title.
const NAMED: usize = 3;
/// Levels of folders between inputs and a folder that speaks for all of them.
const LEVELS: usize = 2;

/// The names of a few inputs; of many their number, and the folder that holds them.
pub(super) fn title(run: &RunInfo) -> String {
    match run.inputs.as_slice() {
        [] => "No video".to_owned(),
        inputs if inputs.len() <= NAMED => {
            inputs.iter().map(|i| i.name.as_str()).collect::<Vec<_>>().join(", ")
        }
        inputs => match folder(inputs) {
            Some(folder) => format!("{} in {folder}", number(inputs)),
            None => number(inputs),
        },
    }
}

/// How many inputs of which kind.
pub(super) fn number(inputs: &[InputInfo]) -> String {
    let stills = inputs.iter().filter(|input| is_still(input)).count();
    let pictures = || text::count(stills, "picture", "pictures");
    let videos = || text::count(inputs.len() - stills, "video", "videos");
    match stills {
        0 => videos(),
        all if all == inputs.len() => pictures(),
        _ => format!("{} and {}", videos(), pictures()),
    }
}

/// All inputs, as a text points at them.
pub(super) fn these(inputs: &[InputInfo]) -> &'static str {
    match (inputs, inputs.iter().all(is_still)) {
        ([_], true) => "this picture",
        ([_], false) => "this video",
        ([_, ..], true) => "these pictures",
        _ => "these videos",
    }
}

/// The name of the folder that holds all inputs, where one does.
fn folder(inputs: &[InputInfo]) -> Option<String> {
    let parents = |input: &InputInfo| -> Option<Vec<String>> {
        let path = Path::new(&input.path);
        let parts = path.parent().filter(|_| path.is_absolute())?.components();
        let normal = parts.filter(|part| matches!(part, Component::Normal(_)));
        Some(normal.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect())
    };
    let all: Vec<Vec<String>> = inputs.iter().map(parents).collect::<Option<_>>()?;
    let (first, rest) = all.split_first()?;
    let alike = |other: &Vec<String>| first.iter().zip(other).take_while(|(a, b)| a == b).count();
    let common = rest.iter().map(alike).min().unwrap_or(first.len());
    let near = all.iter().all(|parts| parts.len() < common + LEVELS);
    first.get(..common)?.last().filter(|_| near).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titled(paths: &[&str]) -> String {
        let input = |path: &&str| InputInfo {
            path: (*path).to_owned(),
            name: path.rsplit('/').next().unwrap_or_default().to_owned(),
            ..InputInfo::default()
        };
        title(&RunInfo::new(paths.iter().map(input).collect()))
    }

    #[test]
    fn few_films_are_named_and_many_by_their_folder() {
        assert_eq!(titled(&[]), "No video");
        assert_eq!(titled(&["/f/a.mp4"]), "a.mp4");
        assert_eq!(titled(&["/f/a.mp4", "/f/b.mp4", "/f/c.mp4"]), "a.mp4, b.mp4, c.mp4");
        let show = ["/tv/Show/1/a.mp4", "/tv/Show/1/b.mp4", "/tv/Show/1/c.mp4", "/tv/Show/1/d.mp4"];
        assert_eq!(titled(&show), "4 videos in 1");
        let two = ["/tv/Show/1/a.mp4", "/tv/Show/1/b.mp4", "/tv/Show/2/a.mp4", "/tv/Show/2/b.mp4"];
        assert_eq!(titled(&two), "4 videos in Show");
    }

    #[test]
    fn folders_far_above_and_streams_give_no_name() {
        let far = ["/home/ann/x/y/a.mp4", "/home/ann/b.mp4", "/home/ann/c.mp4", "/home/ann/d.mp4"];
        assert_eq!(titled(&far), "4 videos");
        assert_eq!(titled(&["/a.mp4", "/b.mp4", "/c.mp4", "/d.mp4"]), "4 videos");
        assert_eq!(titled(&["/f/a.mp4", "/f/b.mp4", "/f/c.mp4", "rtsp://x/d"]), "4 videos");
        assert_eq!(titled(&["/f/a.jpg", "/f/b.png", "/f/c.jpg", "/f/d.jpg"]), "4 pictures in f");
        let mixed = ["/f/a.jpg", "/f/b.png", "/f/c.jpg", "/f/d.mp4"];
        assert_eq!(titled(&mixed), "1 video and 3 pictures in f");
        let named = |names: &[&str]| {
            let input = |name: &&str| InputInfo { name: (*name).into(), ..InputInfo::default() };
            these(&names.iter().map(input).collect::<Vec<_>>())
        };
        assert_eq!([named(&["a.jpg"]), named(&["a.mp4"])], ["this picture", "this video"]);
        assert_eq!([named(&["a.jpg", "b.png"]), named(&[])], ["these pictures", "these videos"]);
    }
}
