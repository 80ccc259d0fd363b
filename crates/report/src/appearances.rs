// SPDX-License-Identifier: MIT OR Apache-2.0
//! In which videos a person is, and from when to when.

use dataset::{GroupSummary, Segment};

use super::text;
use super::videos::Videos;

/// Videos of a person that are seen at once.
const OPEN: usize = 3;
/// Videos on the whole page, about 300 bytes each, and of a person at most.
const ALL: usize = 6000;
const EACH: usize = 60;

/// The videos of a person.
pub(super) struct Appearances {
    /// The first of them, and the others.
    pub(super) shown: Vec<Appearance>,
    pub(super) folded: Vec<Appearance>,
    /// Those without room.
    pub(super) more: usize,
    /// Index, first second and seconds of each, for the script: `0:12.3:4.5 2:0:1`.
    pub(super) data: String,
}

/// A person in one video.
pub(super) struct Appearance {
    pub(super) video: String,
    /// Of a picture no times.
    pub(super) times: Option<[Moment; 2]>,
    /// Where the file is, of a picture.
    pub(super) address: Option<String>,
    /// How often, where it is more than once.
    pub(super) often: Option<String>,
}

/// A moment, and where it is in the film.
pub(super) struct Moment {
    pub(super) label: String,
    pub(super) address: Option<String>,
}

impl Appearances {
    /// The videos of one of `people` people, in their order.
    pub(super) fn new(group: &GroupSummary, videos: &Videos, people: usize) -> Self {
        let mut present: Vec<(usize, &String, &[Segment])> = group
            .on_screen
            .iter()
            .filter(|(_, segments)| !segments.is_empty())
            .filter_map(|(name, segments)| Some((videos.index(name)?, name, segments.as_slice())))
            .collect();
        present.sort_by_key(|(index, ..)| *index);
        let data = present.iter().map(|(index, name, segments)| {
            let seconds = group.seconds.get(*name).copied().unwrap_or(0.0);
            let first = segments.first().map_or(0.0, |segment| segment.start);
            format!("{index}:{first}:{seconds}")
        });
        let data = data.collect::<Vec<_>>().join(" ");
        let room = (ALL / people.max(1)).clamp(OPEN, EACH);
        let more = present.len().saturating_sub(room);
        let listed = present.iter().take(room);
        let mut shown: Vec<Appearance> = listed
            .filter_map(|(_, name, segments)| Appearance::new(name, segments, videos))
            .collect();
        // One more is no longer than the line that says so.
        let open = if shown.len() + more == OPEN + 1 { OPEN + 1 } else { OPEN };
        let folded = shown.split_off(open.min(shown.len()));
        Self { shown, folded, more, data }
    }

    /// How many are folded up or left out.
    pub(super) fn others(&self) -> String {
        format!("{} more", text::number(self.folded.len() + self.more))
    }
}

impl Appearance {
    fn new(video: &str, segments: &[Segment], videos: &Videos) -> Option<Self> {
        let (first, last) = (segments.first()?, segments.last()?);
        let moment = |shown: f64, begins: f64| Moment {
            label: text::clock(shown),
            address: videos.moment(video, begins),
        };
        let still = videos.is_still(video);
        Some(Self {
            video: video.to_owned(),
            // The last leads to where it begins: at its end the person has gone.
            times: (!still)
                .then(|| [moment(first.start, first.start), moment(last.end, last.start)]),
            address: videos.address(video).filter(|_| still).map(str::to_owned),
            often: (segments.len() > 1).then(|| text::count(segments.len(), "time", "times")),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use dataset::{InputInfo, Layout, RunInfo};

    use super::*;

    fn of(videos: usize, people: usize) -> Appearances {
        let name = |index: usize| format!("{}.mkv", videos - index);
        let input = |index| InputInfo {
            path: format!("/v/{}", name(index)),
            name: name(index),
            size: Some(1),
            ..InputInfo::default()
        };
        let run = RunInfo::new((0..videos).map(input).collect());
        let mut group = GroupSummary::default();
        let stretches: Vec<Segment> = vec![(61.25, 62.0).into(), (100.0, 130.5).into()];
        group.set_on_screen((0..videos).map(|index| (name(index), stretches.clone())).collect());
        Appearances::new(&group, &Videos::new(&Layout::new(Path::new("/v/out")), &run), people)
    }

    #[test]
    fn a_person_is_from_the_first_moment_to_the_last() {
        let one = of(1, 1);
        let [first, last] = one.shown[0].times.as_ref().unwrap();
        assert_eq!((first.label.as_str(), last.label.as_str()), ("1:01", "2:10"));
        assert_eq!(first.address.as_deref(), Some("../1.mkv#t=61.25"));
        assert_eq!(last.address.as_deref(), Some("../1.mkv#t=100"));
        assert_eq!(one.shown[0].often.as_deref(), Some("2 times"));
        assert_eq!(one.data, "0:61.25:31.25");
    }

    #[test]
    fn many_videos_are_folded_up_in_their_order() {
        let many = of(12, 1);
        let names: Vec<_> = many.shown.iter().map(|one| one.video.as_str()).collect();
        assert_eq!((names, many.folded.len()), (vec!["12.mkv", "11.mkv", "10.mkv"], 9));
        assert_eq!((of(4, 1).shown.len(), of(4, 1).folded.len()), (4, 0));
        let crowded = of(500, 200);
        assert_eq!((crowded.shown.len(), crowded.folded.len(), crowded.more), (3, 27, 470));
        assert_eq!(crowded.others(), "497 more");
    }
}
