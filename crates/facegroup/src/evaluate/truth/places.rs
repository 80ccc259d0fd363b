// SPDX-License-Identifier: MIT OR Apache-2.0
//! Labelled places of one video, as CSV with one of two headers:
//!
//! ```text
//! shot,first_frame,last_frame,person,region_x,region_y,region_w,region_h
//! frame,person,box_x,box_y,box_w,box_h
//! ```
//!
//! The first says who is in which part of the picture during a shot: a face belongs to the first
//! region that holds its centre. The second says who is in which box on a frame: a box belongs to
//! the face that overlaps it, on that frame or at most three away. Pixels are those of the decoded
//! frame in display orientation. Other columns may be there; a row whose `flag` is `ignore` is
//! nobody.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use dataset::FaceRecord;
use grouping::is_somebody;
use imaging::geometry::FrameBox;

use super::boxes::{self, Labelled};
use super::{EvaluateError, Matched};

/// A face this many frames from a labelled one shows the same moment.
const FRAMES_APART: u64 = 3;

/// A labelled place.
#[derive(Debug, Clone, PartialEq)]
struct Label {
    /// First and last.
    frames: (u64, u64),
    /// `None` for nobody.
    person: Option<String>,
    bbox: FrameBox,
}

/// The labelled places of one video.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    labels: Vec<Label>,
    /// The places are regions of a shot, not boxes of faces.
    regions: bool,
}

/// Reads the places of a CSV.
pub(crate) fn read(path: &Path) -> Result<Places, EvaluateError> {
    let text = fs::read_to_string(path)
        .map_err(|cause| EvaluateError::Io { path: path.to_path_buf(), cause })?;
    parse(&text).map_err(|(line, why)| match line {
        1 => EvaluateError::NoTruth { path: path.to_path_buf(), why },
        line => EvaluateError::Row { path: path.to_path_buf(), line, why },
    })
}

/// The columns of a header, by name.
struct Columns<'a>(HashMap<&'a str, usize>);

impl Columns<'_> {
    fn cell<'a>(&self, cells: &[&'a str], name: &str) -> Option<&'a str> {
        cells.get(*self.0.get(name)?).copied()
    }

    fn number<T: std::str::FromStr>(&self, cells: &[&str], name: &str) -> Result<T, String> {
        let cell = self.cell(cells, name).unwrap_or_default();
        cell.parse().map_err(|_| format!("{name} is {cell:?}, which is no number"))
    }
}

/// The places of a text, or the line that is none and why.
fn parse(text: &str) -> Result<Places, (usize, String)> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let header = lines.next().map_or("", |(_, header)| header);
    let columns: HashMap<&str, usize> =
        header.split(',').enumerate().map(|(i, name)| (name.trim(), i)).collect();
    let regions = columns.contains_key("shot");
    let names = if regions {
        ["first_frame", "last_frame", "region_x", "region_y", "region_w", "region_h"]
    } else {
        ["frame", "frame", "box_x", "box_y", "box_w", "box_h"]
    };
    let columns = Columns(columns);
    for name in names.iter().chain(&["person"]) {
        if !columns.0.contains_key(name) {
            return Err((1, format!("its first line names no column {name}")));
        }
    }
    let mut labels = Vec::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let label = || -> Result<Label, String> {
            let [first, last, x, y, w, h] = names;
            let place = |name| columns.number(&cells, name);
            let person = columns.cell(&cells, "person").filter(|_| {
                // Seen by whoever labelled, and not meant to be evaluated.
                columns.cell(&cells, "flag") != Some("ignore")
            });
            Ok(Label {
                frames: (columns.number(&cells, first)?, columns.number(&cells, last)?),
                person: person.filter(|person| is_somebody(person)).map(str::to_owned),
                bbox: FrameBox([place(x)?, place(y)?, place(w)?, place(h)?]),
            })
        };
        labels.push(label().map_err(|why| (index + 1, why))?);
    }
    Ok(Places { labels, regions })
}

impl Places {
    /// Whether the places are regions of shots, not boxes of faces.
    pub fn are_regions(&self) -> bool {
        self.regions
    }

    /// Finds the places among the faces of their video.
    pub fn find(&self, faces: &[FaceRecord]) -> Matched {
        if self.regions {
            return self.find_in_regions(faces);
        }
        let labels = self.labels.iter().map(|label| Labelled {
            frame: label.frames.0,
            bbox: label.bbox,
            person: label.person.as_deref(),
        });
        boxes::find(&labels.collect::<Vec<_>>(), faces, FRAMES_APART)
    }

    fn find_in_regions(&self, faces: &[FaceRecord]) -> Matched {
        let mut matched = Matched::default();
        let mut found = HashSet::new();
        for (index, face) in faces.iter().enumerate() {
            let holding = self.labels.iter().enumerate().find(|(_, label)| label.holds(face));
            if let Some((label, Label { person, .. })) = holding {
                found.insert(label);
                match person {
                    Some(person) => matched.people.push((index, person.clone())),
                    None => matched.nobody += 1,
                }
            }
        }
        for (index, label) in self.labels.iter().enumerate() {
            if label.person.is_some() {
                let (first, last) = label.frames;
                let looked_at = faces.iter().any(|face| (first..=last).contains(&face.frame));
                matched.labels.count(found.contains(&index));
                matched.labels.missed_without_any_face += usize::from(!looked_at);
            }
        }
        matched
    }
}

impl Label {
    fn holds(&self, face: &FaceRecord) -> bool {
        let [x, y, w, h] = face.bbox.0;
        let (cx, cy) = (x + w / 2.0, y + h / 2.0);
        let [left, top, width, height] = self.bbox.0;
        (self.frames.0..=self.frames.1).contains(&face.frame)
            && (left..left + width).contains(&cx)
            && (top..top + height).contains(&cy)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dataset::format::evaluation::Labels;

    fn face(frame: u64, x: f32) -> FaceRecord {
        FaceRecord { frame, bbox: FrameBox([x, 10.0, 20.0, 20.0]), ..FaceRecord::default() }
    }

    fn labels(labelled: usize, found: usize, missed_without_any_face: usize) -> Labels {
        Labels { labelled, found, missed: labelled - found, missed_without_any_face }
    }

    #[test]
    fn shots_with_regions() {
        let truth = "shot,first_frame,last_frame,person,region_x,region_y,region_w,region_h\n\
            0,0,9,ann,0,0,50,100\n0,0,9,bob,50,0,50,100\n1,10,19,bob,50,0,50,100\n\
            2,30,39,ann,0,0,50,100\n";
        let faces = [face(3, 10.0), face(3, 60.0), face(10, 10.0), face(4, 0.0)];
        let matched = parse(truth).unwrap().find(&faces);
        let expected = [(0, "ann"), (1, "bob"), (3, "ann")];
        assert_eq!(matched.people, expected.map(|(face, person)| (face, person.to_owned())));
        assert_eq!(matched.labels, labels(4, 2, 1));
    }

    #[test]
    fn boxes_on_frames() {
        let truth = "frame,time_s,person,x,y,box_x,box_y,box_w,box_h,flag\n\
            12,0.5,ann,0,0,10,10,20,20,ok\n12,0.5,NOT_A_FACE,0,0,60,10,20,20,x\n\
            12,0.5,photograph,0,0,90,10,20,20,ignore\n\n12,0.5,bob,0,0,200,10,20,20,ok\n\
            40,1.5,bob,0,0,200,10,20,20,ok\n";
        let faces =
            [face(10, 10.0), face(13, 11.0), face(12, 60.0), face(20, 10.0), face(12, 90.0)];
        let matched = parse(truth).unwrap().find(&faces);
        assert_eq!(matched.people, [(1, "ann".to_owned())]);
        assert_eq!(matched.nobody, 2);
        assert_eq!(matched.labels, labels(3, 1, 1));
    }

    #[test]
    fn two_boxes_never_share_a_face() {
        // Both overlap the first face, only the second label overlaps the second face.
        let truth = "frame,person,box_x,box_y,box_w,box_h\n5,bob,8,10,20,20\n5,ann,1,10,20,20\n";
        let matched = parse(truth).unwrap().find(&[face(5, 0.0), face(5, 9.0)]);
        let expected = [(0, "ann"), (1, "bob")];
        assert_eq!(matched.people, expected.map(|(face, person)| (face, person.to_owned())));
    }

    #[test]
    fn what_is_no_truth() {
        assert_eq!(parse("").unwrap_err().0, 1);
        let (line, why) = parse("a,b\n1,2\n").unwrap_err();
        assert!(line == 1 && why.contains("frame"), "{why}");
        let rows = "frame,person,box_x,box_y,box_w,box_h\n1,ann,0,0,9,9\n2,ann,0,zero,9,9\n";
        let (line, why) = parse(rows).unwrap_err();
        assert!(line == 3 && why.contains("box_y") && why.contains("zero"), "{why}");
    }
}
