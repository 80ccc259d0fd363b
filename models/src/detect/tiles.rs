// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fine detection in parts of a picture only: each tracked or candidate region gets a tile of the
//! picture around it.

use super::coarse_to_fine::LEAST;
use super::letterbox::Letterbox;
use super::network::Network;
use crate::ModelError;
use imaging::Detection;
use imaging::frame::FrameView;
use imaging::geometry::Rect;

/// Side of a tile in input pixels.
pub(super) const TILE: u32 = 128;
/// Longer side of a face in its tile in input pixels, at most: leaves room to move by most of it.
const FACE: f64 = 64.0;
/// A box nearer to the border of its tile, in input pixels, may be what is left of a face there: boxes
/// of such remains lie up to 5 inside.
const CUT: f32 = 8.0;
/// Tiles of more than this part of the whole input are not worth it.
const LARGEST_PART: f64 = 0.5;
/// A tracked face has moved no further than to overlap itself by this.
const SAME: f32 = 0.2;

/// A square of the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tile {
    /// In display pixels.
    pub(super) square: Rect,
    /// Where whole faces begin and end in it, across and down: anywhere but at its borders within the region
    /// that is looked at.
    whole: [(f32, f32); 2],
    /// Display pixels per input pixel.
    step: f32,
}

impl Tile {
    /// Around a face, which becomes [`FACE`] large, but no larger than at `scale`; moved into the region,
    /// as networks see faces at the border of their input better than those before black.
    fn around(face: &Rect, scale: f64, region: &Rect) -> Self {
        let longer = f64::from(face.width.max(face.height)).max(1.0);
        let step = (1.0 / scale.min(FACE / longer)) as f32;
        let side = TILE as f32 * step;
        let centre = face.centre();
        let (x, across) = place(centre.x, side, (region.x, region.width), CUT * step);
        let (y, down) = place(centre.y, side, (region.y, region.height), CUT * step);
        let square = Rect { x, y, width: side, height: side };
        Self { square, whole: [across, down], step }
    }

    /// A face from input pixels into display pixels; `None` where the tile does not hold all of it.
    pub(super) fn to_display(self, mut face: Detection) -> Option<Detection> {
        face.scale(self.step);
        face.shift(self.square.x, self.square.y);
        let Rect { x, y, width, height } = face.bbox;
        let mut axes = [(x, width), (y, height)].into_iter().zip(self.whole);
        let held = axes.all(|((begin, length), (from, to))| begin >= from && begin + length <= to);
        held.then_some(face)
    }
}

/// Where a tile of this side begins along one axis, around `centre` and within the region of (begin,
/// length) if it fits, and between which limits a face is whole.
fn place(centre: f32, side: f32, (begin, length): (f32, f32), cut: f32) -> (f32, (f32, f32)) {
    let last = begin + (length - side).max(0.0);
    let at = (centre - side / 2.0).clamp(begin, last);
    let from = if at > begin { at + cut } else { f32::MIN };
    let to = if at < last { at + side - cut } else { f32::MAX };
    (at, (from, to))
}

impl Network {
    /// The faces around these boxes in a region, overlapping ones too, in display pixels. `None` where
    /// that costs too much, the network does not take an input of any size, or the region is so small that
    /// a search sees all of it at once: boxes would come out a little different from frame to frame.
    pub(super) fn find_near(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
        boxes: &[Rect],
    ) -> Result<Option<Vec<Detection>>, ModelError> {
        let whole = Letterbox::new((region.width, region.height), self.size(), None, false);
        let count = u32::try_from(boxes.len()).unwrap_or(u32::MAX);
        let part = f64::from(count) * f64::from(TILE * TILE) / whole.area();
        let small = whole.width.max(whole.height) as f32 <= LEAST;
        if !self.takes_any_size() || part > LARGEST_PART || small {
            return Ok(None);
        }
        if boxes.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let around = |face| Tile::around(face, whole.scale(), &region);
        let tiles: Vec<Tile> = boxes.iter().map(around).collect();
        Ok(Some(self.detect_tiles(frame, &tiles)?))
    }
}

/// Whether each of the tracked faces is among those found, none standing for two.
pub(super) fn all_again(tracked: &[Rect], found: &[Detection]) -> bool {
    let mut left: Vec<&Detection> = found.iter().collect();
    tracked.iter().all(|face| {
        let again = face.most_overlapping(left.iter().map(|other| other.bbox), SAME);
        again.map(|at| left.swap_remove(at)).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::geometry::Point;

    fn face(x: f32, y: f32, side: f32) -> Detection {
        let bbox = Rect { x, y, width: side, height: side };
        Detection { bbox, landmarks: Some([bbox.centre(); 5]), score: 0.9 }
    }

    const REGION: Rect = Rect { x: 0.0, y: 0.0, width: 1000.0, height: 800.0 };

    #[test]
    fn a_face_lies_in_the_middle_of_its_tile_and_returns_from_there() {
        // Large ones shrink, small ones keep the scale of the whole pass.
        for (side, seen) in [(256.0, 64.0), (56.0, 28.0)] {
            let known = face(400.0, 300.0, side);
            let tile = Tile::around(&known.bbox, 0.5, &REGION);
            let middle = TILE as f32 / 2.0;
            let back = tile.to_display(face(middle - seen / 2.0, middle - seen / 2.0, seen));
            assert!(back.is_some_and(|back| back.bbox.iou(&known.bbox) > 0.999), "{back:?}");
            let centre = back.and_then(|back| back.landmarks).map(|points| points[0]);
            let Point { x, y } = known.bbox.centre();
            assert!(centre.is_some_and(|c| (c.x - x).abs() < 0.01 && (c.y - y).abs() < 0.01));
        }
    }

    #[test]
    fn tiles_lie_within_the_region() {
        for (x, y, at) in [(-9.0, 300.0, (0.0, 256.0)), (980.0, 790.0, (872.0, 672.0))] {
            let tile = Tile::around(&face(x, y, 40.0).bbox, 1.0, &REGION);
            assert_eq!((tile.square.x, tile.square.y), at);
        }
        // Larger than the region: it begins with it.
        let small = Rect { x: 10.0, y: 20.0, width: 90.0, height: 60.0 };
        let tile = Tile::around(&face(50.0, 50.0, 40.0).bbox, 1.0, &small);
        assert_eq!((tile.square.x, tile.square.y), (10.0, 20.0));
    }

    #[test]
    fn what_the_border_of_a_tile_cuts_is_no_face() {
        let tile = Tile::around(&face(400.0, 400.0, 40.0).bbox, 1.0, &REGION);
        assert!(tile.to_display(face(5.0, 60.0, 40.0)).is_none());
        assert!(tile.to_display(face(60.0, 90.0, 37.0)).is_none());
        assert!(tile.to_display(face(60.0, 80.0, 37.0)).is_some());
        // Where the region ends, the frame cuts, and not the tile.
        let tile = Tile::around(&face(0.0, 400.0, 40.0).bbox, 1.0, &REGION);
        assert!(tile.to_display(face(-9.0, 60.0, 40.0)).is_some());
        assert!(tile.to_display(face(97.0, 60.0, 30.0)).is_none());
    }

    #[test]
    fn one_face_found_does_not_stand_for_two_known() {
        let known = [face(0.0, 0.0, 40.0).bbox, face(20.0, 0.0, 40.0).bbox];
        let (left, right) = (face(4.0, 0.0, 40.0), face(22.0, 0.0, 40.0));
        assert!(all_again(&known, &[left, right]));
        assert!(!all_again(&known, &[left]));
        assert!(!all_again(&known, &[left, face(300.0, 0.0, 40.0), face(400.0, 0.0, 40.0)]));
        assert!(all_again(&[], &[]));
    }
}
