// SPDX-License-Identifier: MIT OR Apache-2.0
//! Looking again at known faces only: each gets a tile of the picture around it, and the tiles lie
//! side by side in one small input.

use image::{RgbImage, imageops};

use super::Detection;
use super::letterbox::Letterbox;
use super::network::Network;
use crate::ModelError;
use crate::frame::FrameView;
use crate::geometry::Rect;

/// Side of a tile in input pixels.
const TILE: u32 = 128;
/// Longer side of a face in its tile in input pixels, at most: leaves room to move by most of it.
const FACE: f64 = 56.0;
/// A box nearer to the border of its tile is cut off, in input pixels.
const CUT: f32 = 2.0;
/// Tiles of more than this part of the whole input are not worth it.
const WORTH: f64 = 0.5;
/// A known face has moved no further than to overlap itself by this.
const SAME: f32 = 0.2;

/// A square of the picture.
#[derive(Debug, Clone, Copy)]
struct Tile {
    /// Left and top in display pixels.
    corner: (f32, f32),
    /// Display pixels to an input pixel.
    step: f32,
}

impl Tile {
    /// Around a face, which becomes [`FACE`] large, but no larger than at `scale`.
    fn around(face: &Rect, scale: f64) -> Self {
        let side = f64::from(face.width.max(face.height)).max(1.0);
        let step = (1.0 / scale.min(FACE / side)) as f32;
        let half = TILE as f32 * step / 2.0;
        let centre = face.centre();
        Self { corner: (centre.x - half, centre.y - half), step }
    }

    fn region(&self) -> Rect {
        let side = TILE as f32 * self.step;
        Rect { x: self.corner.0, y: self.corner.1, width: side, height: side }
    }

    /// A face from input pixels, where the tile begins at `left`, into display pixels; `None` where
    /// the tile does not hold all of it.
    fn to_display(self, mut face: Detection, left: f32) -> Option<Detection> {
        face.shift(-left, 0.0);
        let Rect { x, y, width, height } = face.bbox;
        let whole = CUT..=TILE as f32 - CUT;
        if ![x, y, x + width, y + height].iter().all(|edge| whole.contains(edge)) {
            return None;
        }
        face.scale(self.step);
        face.shift(self.corner.0, self.corner.1);
        Some(face)
    }
}

impl Network {
    /// The faces around those that were at `known`, overlapping ones too, in display pixels. `None`
    /// where that costs too much or the network does not take an input of any size.
    pub(super) fn find_near(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
        known: &[Rect],
    ) -> Result<Option<Vec<Detection>>, ModelError> {
        let whole = Letterbox::new((region.width, region.height), self.size(), None, false);
        let columns = u32::try_from(known.len()).unwrap_or(u32::MAX);
        let part = f64::from(columns) * f64::from(TILE * TILE) / whole.area();
        if !self.takes_any_size() || part > WORTH {
            return Ok(None);
        }
        if known.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let tiles: Vec<Tile> = known.iter().map(|face| Tile::around(face, whole.scale())).collect();
        let mut mosaic = RgbImage::new(columns * TILE, TILE);
        for (tile, left) in tiles.iter().zip((0..).step_by(TILE as usize)) {
            let picture = frame.sample(tile.region(), TILE, TILE)?;
            imageops::replace(&mut mosaic, &picture, left, 0);
        }
        let found = self.look(&mosaic)?.into_iter().filter_map(|face| {
            let column = (face.bbox.centre().x / TILE as f32).floor();
            let tile = tiles.get(column as usize)?;
            tile.to_display(face, column * TILE as f32)
        });
        Ok(Some(found.collect()))
    }
}

/// Whether each of the known faces is among those found, none standing for two.
pub(super) fn all_again(known: &[Rect], found: &[Detection]) -> bool {
    let mut left: Vec<&Detection> = found.iter().collect();
    known.iter().all(|face| {
        let overlaps = left.iter().map(|other| other.bbox.iou(face)).enumerate();
        let nearest = overlaps.max_by(|(_, a), (_, b)| a.total_cmp(b));
        nearest.filter(|(_, overlap)| *overlap >= SAME).is_some_and(|(at, _)| {
            left.swap_remove(at);
            true
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;

    fn face(x: f32, y: f32, side: f32) -> Detection {
        let bbox = Rect { x, y, width: side, height: side };
        Detection { bbox, landmarks: Some([bbox.centre(); 5]), score: 0.9 }
    }

    #[test]
    fn a_face_lies_in_the_middle_of_its_tile_and_returns_from_there() {
        // Large ones shrink, small ones keep the scale of the whole look.
        for (side, seen) in [(224.0, 56.0), (56.0, 28.0)] {
            let known = face(300.0, 100.0, side);
            let tile = Tile::around(&known.bbox, 0.5);
            let middle = TILE as f32 / 2.0;
            let left = 2.0 * TILE as f32;
            let found = face(left + middle - seen / 2.0, middle - seen / 2.0, seen);
            let back = tile.to_display(found, left);
            assert!(back.is_some_and(|back| back.bbox.iou(&known.bbox) > 0.999), "{back:?}");
            let centre = back.and_then(|back| back.landmarks).map(|points| points[0]);
            let Point { x, y } = known.bbox.centre();
            assert!(centre.is_some_and(|c| (c.x - x).abs() < 0.01 && (c.y - y).abs() < 0.01));
        }
    }

    #[test]
    fn what_the_border_of_a_tile_cuts_is_no_face() {
        let tile = Tile::around(&face(0.0, 0.0, 40.0).bbox, 1.0);
        assert!(tile.to_display(face(1.0, 60.0, 40.0), 0.0).is_none());
        assert!(tile.to_display(face(60.0, 90.0, 37.0), 0.0).is_none());
        assert!(tile.to_display(face(60.0, 80.0, 37.0), 0.0).is_some());
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
