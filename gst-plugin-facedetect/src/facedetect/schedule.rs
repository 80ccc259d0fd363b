// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the whole frame is searched (full-frame detection), and when it is enough to search around tracked faces.

use imaging::Detection;
use imaging::frame::{FrameView, PixelFormat};
use imaging::geometry::Rect;

/// Points across and down at which two frames are compared.
const COLUMNS: usize = 48;
const ROWS: usize = 27;
/// Frames that differ by more show something else: 0 is the same frame, about 1.4 are two that have
/// nothing to do with each other.
const OTHER_SCENE: f32 = 0.3;
/// Added to the spread of a frame, in 8-bit levels: noise alone is no other scene.
const NOISE: f32 = 4.0;

/// Two boxes that overlap as much are one face, an inference apart.
const SAME_FACE: f32 = 0.2;

/// What is known of the stream.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// The last frame that was processed.
    last: Option<Seen>,
    /// Where its faces are, in display pixels.
    faces: Vec<Rect>,
    /// Stream time of the last frame that was searched.
    searched: Option<gst::ClockTime>,
    /// Frames searched so far.
    count: u64,
}

/// The regions to search on a frame, in display pixels.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Regions {
    /// There are faces: the whole frame is to be searched where one is not found.
    pub(super) tracked: Vec<Rect>,
    /// Somebody has just gone from there, or comes.
    pub(super) candidates: Vec<Rect>,
}

impl Regions {
    /// On a frame between two with these faces.
    fn between(before: &[Rect], after: &[Rect]) -> Self {
        let mut after = after.to_vec();
        let mut regions = Self::default();
        for face in before {
            match face.most_overlapping(after.iter().copied(), SAME_FACE) {
                Some(at) => regions.tracked.push(face.around(&after.swap_remove(at))),
                None => regions.candidates.push(*face),
            }
        }
        regions.candidates.extend(after);
        regions
    }
}

/// A frame that was processed.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// In the stream.
    time: Option<gst::ClockTime>,
    /// The part processed, in display pixels.
    region: Rect,
    glimpse: Glimpse,
}

impl Seen {
    /// This region of a frame at this stream time.
    pub(super) fn new(
        (frame, region): (&FrameView<'_>, Rect),
        time: Option<gst::ClockTime>,
    ) -> Self {
        Self { time, region, glimpse: Glimpse::of(frame) }
    }

    /// Whether both show the same.
    fn same_scene(&self, other: &Self) -> bool {
        self.region == other.region && self.glimpse.difference(&other.glimpse) <= OTHER_SCENE
    }
}

/// Brightness at some points of a frame.
#[derive(Debug, Clone)]
struct Glimpse(Vec<u8>);

impl Glimpse {
    /// Reads the points, nothing between them.
    fn of(frame: &FrameView<'_>) -> Self {
        // Green is next to brightness; for 4:2:0 the first plane is it.
        let (pixel, offset) = match frame.format {
            PixelFormat::Rgb | PixelFormat::Bgr => (3, 1),
            PixelFormat::Rgba | PixelFormat::Bgra => (4, 1),
            _ => (1, 0),
        };
        let middle = |at: usize, of: usize, length: u32| (2 * at + 1) * length as usize / (2 * of);
        let point = |row: usize, column: usize| {
            let plane = frame.planes.first()?;
            let start = middle(row, ROWS, frame.height) * plane.stride;
            plane.data.get(start + middle(column, COLUMNS, frame.width) * pixel + offset).copied()
        };
        let points = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column)));
        Self(points.map(|(row, column)| point(row, column).unwrap_or_default()).collect())
    }

    /// Mean difference from `other` in parts of what the points of one frame differ by.
    fn difference(&self, other: &Self) -> f32 {
        let count = self.0.len().max(1) as f32;
        let mean = |points: &[u8]| points.iter().map(|&p| f32::from(p)).sum::<f32>() / count;
        let spread = |points: &[u8]| {
            let mean = mean(points);
            points.iter().map(|&p| (f32::from(p) - mean).abs()).sum::<f32>() / count
        };
        let pairs = self.0.iter().zip(&other.0);
        let apart = pairs.map(|(&a, &b)| f32::from(a.abs_diff(b))).sum::<f32>() / count;
        apart / (spread(&self.0).max(spread(&other.0)) + NOISE)
    }
}

impl Schedule {
    /// Whether it is a frame's turn to be searched, `interval` after the last.
    pub(super) fn is_due(&self, time: Option<gst::ClockTime>, interval: gst::ClockTime) -> bool {
        let since = || time?.checked_sub(self.searched?);
        since().is_none_or(|since| since >= interval)
    }

    /// Where it is enough to search on this frame, if it is, before its whole is searched.
    pub(super) fn near(&self, frame: &Seen, interval: gst::ClockTime) -> Option<Regions> {
        let followed = !self.is_due(frame.time, interval) && self.last.as_ref()?.same_scene(frame);
        followed.then(|| Regions { tracked: self.faces.clone(), candidates: Vec::new() })
    }

    /// The same on a frame that comes before one that has been searched.
    pub(super) fn between(
        &self,
        frame: &Seen,
        (after, faces): (&Seen, &[Detection]),
    ) -> Option<Regions> {
        let faces: Vec<Rect> = faces.iter().map(|face| face.bbox).collect();
        let same = self.last.as_ref()?.same_scene(frame) && frame.same_scene(after);
        same.then(|| Regions::between(&self.faces, &faces))
    }

    /// These faces were found on all of a frame.
    pub(super) fn searched(&mut self, frame: Seen, faces: &[Detection]) {
        self.count += 1;
        self.searched = frame.time;
        self.followed(frame, faces);
    }

    /// So many frames were searched as every frame is.
    pub(super) fn always(&mut self, frames: usize) {
        self.forget();
        self.count += frames as u64;
    }

    /// These faces were found near the tracked ones.
    pub(super) fn followed(&mut self, frame: Seen, faces: &[Detection]) {
        self.faces = faces.iter().map(|face| face.bbox).collect();
        self.last = Some(frame);
    }

    /// The stream begins anew; the count goes on.
    pub(super) fn forget(&mut self) {
        *self = Self { count: self.count, ..Self::default() };
    }

    /// Frames searched so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32) -> Rect {
        Rect { x, y: 0.0, width: 40.0, height: 40.0 }
    }

    #[test]
    fn who_was_there_before_and_after_is_known() {
        let regions = Regions::between(&[face(0.0), face(200.0)], &[face(300.0), face(20.0)]);
        assert_eq!(regions.tracked, [Rect { width: 60.0, ..face(0.0) }]);
        assert_eq!(regions.candidates, [face(200.0), face(300.0)]);
    }
}
