// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faces that lie on their side or stand on their head: networks know upright ones only, so the frame is turned.

use imaging::Detection;
use imaging::frame::FrameView;
use imaging::geometry::{Point, Rect};

use super::{Detector, nms};
use crate::ModelError;

/// Quarter turns clockwise after which a frame is looked at again.
const TURNS: [u8; 3] = [1, 2, 3];

impl Detector {
    /// As [`detect_fine`](Self::detect_fine) of one region, whichever way its faces lie; boxes and landmarks
    /// are those of the frame as it is. Costs four looks. Of looks at one face the surest counts.
    ///
    /// # Errors
    /// The frame's planes are short, or the network fails.
    pub fn detect_any_angle(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
    ) -> Result<Vec<Detection>, ModelError> {
        let mut found = self.detect_turned(frame, region, 0)?;
        for turn in TURNS {
            found.extend(self.detect_turned(frame, region, turn)?);
        }
        Ok(nms::suppress(found, self.options.iou_threshold))
    }

    /// As [`detect_fine`](Self::detect_fine) of a region that is turned by so many quarters clockwise before;
    /// boxes and landmarks are those of the frame as it is.
    ///
    /// # Errors
    /// The frame's planes are short, or the network fails.
    pub fn detect_turned(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
        quarters: u8,
    ) -> Result<Vec<Detection>, ModelError> {
        let size = frame.display_size();
        let turned = FrameView { orientation: frame.orientation.turned(quarters), ..frame.clone() };
        let place = turn(region, size, quarters);
        let found = self.detect_fine(&[(&turned, place)])?.pop().unwrap_or_default();
        let back = |face: Detection| turn_back(face, turned.display_size(), 4 - quarters % 4);
        Ok(found.into_iter().map(back).collect())
    }
}

/// A box of a picture of this size after quarter turns clockwise.
fn turn(place: Rect, (width, height): (f32, f32), quarters: u8) -> Rect {
    let Rect { x, y, width: w, height: h } = place;
    match quarters % 4 {
        1 => Rect { x: height - y - h, y: x, width: h, height: w },
        2 => Rect { x: width - x - w, y: height - y - h, width: w, height: h },
        3 => Rect { x: y, y: width - x - w, width: h, height: w },
        _ => place,
    }
}

fn turn_back(face: Detection, size: (f32, f32), quarters: u8) -> Detection {
    let point = |Point { x, y }: Point| {
        let Rect { x, y, .. } = turn(Rect { x, y, width: 0.0, height: 0.0 }, size, quarters);
        Point { x, y }
    };
    Detection {
        bbox: turn(face.bbox, size, quarters),
        landmarks: face.landmarks.map(|points| points.map(point)),
        ..face
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_back_gives_what_there_was() {
        let size = (640.0, 360.0);
        let place = Rect { x: 10.0, y: 20.0, width: 30.0, height: 50.0 };
        assert_eq!(turn(place, size, 1), Rect { x: 290.0, y: 10.0, width: 50.0, height: 30.0 });
        for quarters in 0..4 {
            let there = if quarters % 2 == 1 { (size.1, size.0) } else { size };
            assert_eq!(turn(turn(place, size, quarters), there, 4 - quarters), place, "{quarters}");
        }
    }
}
