// SPDX-License-Identifier: MIT OR Apache-2.0
//! Truth about clips, as CSV: who is in which part of the frame during a shot
//! (`shot,first_frame,last_frame,person,region_x,region_y,region_w,region_h`), or who is in which
//! box on single frames (`frame,time_s,person,x,y,box_x,box_y,box_w,box_h,flag`).

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::dataset::{FaceRecord, UNSURE};

/// What the labels call boxes that are nobody.
const NOBODY: [&str; 2] = ["NOT_A_FACE", "photo_on_fridge"];
/// A face this many frames from a labelled one shows the same moment.
const FRAMES_APART: u64 = 3;
/// Least overlap of a face with a labelled box.
const OVERLAP: f32 = 0.3;

/// A labelled place.
#[derive(Debug, Clone, PartialEq)]
struct Label {
    frames: (u64, u64),
    person: String,
    bbox: [f32; 4],
}

/// A truth that could be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    labels: Vec<Label>,
    /// The places are regions of a shot, not boxes of faces.
    regions: bool,
}

/// Reads a truth.
///
/// # Errors
/// A file that cannot be read, or is neither kind of CSV.
pub fn read(path: &Path) -> io::Result<Truth> {
    parse(&fs::read_to_string(path)?).ok_or_else(|| {
        let why =
            format!("{} is no truth: expected columns person and frame or shot", path.display());
        io::Error::new(io::ErrorKind::InvalidData, why)
    })
}

fn parse(text: &str) -> Option<Truth> {
    let mut lines = text.lines();
    let columns: HashMap<&str, usize> =
        lines.next()?.split(',').enumerate().map(|(i, name)| (name.trim(), i)).collect();
    let regions = columns.contains_key("shot");
    let (first, last, place) = if regions {
        ("first_frame", "last_frame", ["region_x", "region_y", "region_w", "region_h"])
    } else {
        ("frame", "frame", ["box_x", "box_y", "box_w", "box_h"])
    };
    let mut labels = Vec::new();
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let cell = |name: &str| cells.get(*columns.get(name)?).copied();
        let number = |name: &str| cell(name)?.parse::<f32>().ok();
        labels.push(Label {
            frames: (cell(first)?.parse().ok()?, cell(last)?.parse().ok()?),
            person: cell("person")?.to_owned(),
            bbox: [number(place[0])?, number(place[1])?, number(place[2])?, number(place[3])?],
        });
    }
    Some(Truth { labels, regions })
}

impl Truth {
    /// Group and person of every face that the truth speaks of. A face that is nobody's for sure
    /// is a group of its own.
    pub fn pair(&self, faces: &[FaceRecord]) -> Vec<(String, String)> {
        let group = |index: usize| match faces[index].group.as_deref() {
            Some(group) if group != UNSURE => group.to_owned(),
            _ => format!("{UNSURE} {index}"),
        };
        let known = self.labels.iter().filter(|label| !NOBODY.contains(&label.person.as_str()));
        if self.regions {
            let labels: Vec<&Label> = known.collect();
            let person = |face: &FaceRecord| labels.iter().find(|label| label.holds(face));
            let pair = |(i, face)| Some((group(i), person(face)?.person.clone()));
            return faces.iter().enumerate().filter_map(pair).collect();
        }
        known.filter_map(|label| Some((group(label.face(faces)?), label.person.clone()))).collect()
    }
}

impl Label {
    fn holds(&self, face: &FaceRecord) -> bool {
        let [x, y, w, h] = face.bbox;
        let (cx, cy) = (x + w / 2.0, y + h / 2.0);
        let [left, top, width, height] = self.bbox;
        (self.frames.0..=self.frames.1).contains(&face.frame)
            && (left..left + width).contains(&cx)
            && (top..top + height).contains(&cy)
    }

    /// The face in this box, nearest in time, then by overlap.
    fn face(&self, faces: &[FaceRecord]) -> Option<usize> {
        let near = |face: &FaceRecord| face.frame.abs_diff(self.frames.0);
        let candidates = faces.iter().enumerate().filter(|(_, face)| {
            near(face) <= FRAMES_APART && overlap(face.bbox, self.bbox) > OVERLAP
        });
        let best = candidates.max_by(|(_, a), (_, b)| {
            let by_time = near(b).cmp(&near(a));
            by_time.then(overlap(a.bbox, self.bbox).total_cmp(&overlap(b.bbox, self.bbox)))
        });
        best.map(|(index, _)| index)
    }
}

/// Intersection over union.
fn overlap(a: [f32; 4], b: [f32; 4]) -> f32 {
    let span = |a: f32, aw: f32, b: f32, bw: f32| ((a + aw).min(b + bw) - a.max(b)).max(0.0);
    let shared = span(a[0], a[2], b[0], b[2]) * span(a[1], a[3], b[1], b[3]);
    let union = a[2] * a[3] + b[2] * b[3] - shared;
    if union > 0.0 { shared / union } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(frame: u64, x: f32, group: &str) -> FaceRecord {
        let bbox = [x, 10.0, 20.0, 20.0];
        FaceRecord { frame, bbox, group: Some(group.into()), ..FaceRecord::default() }
    }

    fn pairs(truth: &str, faces: &[FaceRecord]) -> Vec<(String, String)> {
        parse(truth).map(|truth| truth.pair(faces)).unwrap_or_default()
    }

    #[test]
    fn shots_with_regions() {
        let truth = "shot,first_frame,last_frame,person,region_x,region_y,region_w,region_h\n\
            0,0,9,ann,0,0,50,100\n0,0,9,bob,50,0,50,100\n";
        let faces =
            [face(3, 10.0, "0"), face(3, 60.0, "1"), face(10, 10.0, "0"), face(4, 0.0, UNSURE)];
        let expected = [("0", "ann"), ("1", "bob"), ("unsure 3", "ann")];
        assert_eq!(pairs(truth, &faces), expected.map(|(g, p)| (g.to_owned(), p.to_owned())));
    }

    #[test]
    fn boxes_on_frames() {
        let truth = "frame,time_s,person,x,y,box_x,box_y,box_w,box_h,flag\n\
            12,0.5,ann,0,0,10,10,20,20,ok\n12,0.5,NOT_A_FACE,0,0,60,10,20,20,x\n";
        let faces =
            [face(10, 10.0, "a"), face(13, 11.0, "b"), face(12, 60.0, "c"), face(20, 10.0, "d")];
        assert_eq!(pairs(truth, &faces), [("b".to_owned(), "ann".to_owned())]);
    }

    #[test]
    fn what_is_no_truth() {
        assert_eq!(parse(""), None);
        assert_eq!(parse("a,b\n1,2\n"), None);
    }
}
