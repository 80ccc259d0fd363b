// SPDX-License-Identifier: MIT OR Apache-2.0
//! Looking closely at parts of a picture only: each face that is known or suspected gets a tile of the
//! picture around it.

use super::coarse::LEAST;
use super::letterbox::Letterbox;
use super::network::Network;
use super::{Detection, nms};
use crate::ModelError;
use crate::frame::FrameView;
use crate::geometry::Rect;

/// Sides of tiles in input pixels, and how long the longer side of a face is in each at most: leaves room to
/// move by most of it. Small faces need little around them.
const TILES: [(u32, f64); 2] = [(96, 24.0), (TILE, FACE)];
const TILE: u32 = 128;
const FACE: f64 = 64.0;
/// Who reaches only this part of the score of a face in a tile is looked at once more with more around:
/// hidden and turned faces are unsure in small pictures.
const UNSURE: f32 = 0.65;
/// Sides of such a tile in input pixels, and of a face in it.
const WIDE: [(u32, f64); 1] = [(256, 128.0)];
/// A box nearer to the border of its tile, in input pixels, may be what is left of a face there: boxes
/// of such remains lie up to 5 inside.
const CUT: f32 = 8.0;
/// So many are looked at once more, the surest.
const MOST: usize = 3;
/// Tiles of more than this part of the whole input are not worth it.
const WORTH: f64 = 0.5;
/// A known face has moved no further than to overlap itself by this.
const SAME: f32 = 0.2;

/// A square of the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tile {
    /// In display pixels.
    pub(super) square: Rect,
    /// Its side in input pixels.
    pub(super) side: u32,
    /// Where whole faces begin and end in it, across and down: anywhere but at its borders within the region
    /// that is looked at.
    whole: [(f32, f32); 2],
    /// Display pixels to an input pixel.
    step: f32,
}

impl Tile {
    /// Around a face, which becomes as large as `sides` allow, but no larger than at `scale`; moved into the region,
    /// as networks see faces at the border of their input better than those before black.
    fn around(face: &Rect, scale: f64, region: &Rect, sides: &[(u32, f64)]) -> Self {
        let (largest, most) = sides.last().copied().unwrap_or((TILE, FACE));
        let longer = f64::from(face.width.max(face.height)).max(1.0);
        let scale = scale.min(most / longer);
        let fits = sides.iter().find(|(_, most)| scale * longer <= *most);
        let pixels = fits.map_or(largest, |(side, _)| *side);
        let step = (1.0 / scale) as f32;
        let side = pixels as f32 * step;
        let centre = face.centre();
        let (x, across) = place(centre.x, side, (region.x, region.width), CUT * step);
        let (y, down) = place(centre.y, side, (region.y, region.height), CUT * step);
        let square = Rect { x, y, width: side, height: side };
        Self { square, side: pixels, whole: [across, down], step }
    }

    /// Whether a face there, which need not be one, is seen as well as in a tile of its own: with half of it
    /// around it, and not smaller than half as large.
    fn shows(&self, face: &Rect, own: &Self) -> bool {
        let inside = |(begin, length): (f32, f32), (from, tile): (f32, f32)| {
            begin - length / 2.0 >= from && begin + length * 1.5 <= from + tile
        };
        let Rect { x, y, width, height } = self.square;
        self.step <= 2.0 * own.step
            && face.width.max(face.height) <= FACE as f32 * self.step
            && inside((face.x, face.width), (x, width))
            && inside((face.y, face.height), (y, height))
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
    /// a search sees all of it at once: boxes would come out a little different from look to look.
    pub(super) fn find_near(
        &self,
        frame: &FrameView<'_>,
        region: Rect,
        boxes: &[Rect],
    ) -> Result<Option<Vec<Detection>>, ModelError> {
        let whole = Letterbox::new((region.width, region.height), self.size(), None, false);
        let small = whole.width.max(whole.height) as f32 <= LEAST;
        if !self.takes_any_size() || small {
            return Ok(None);
        }
        let tiles = tiles(boxes, whole.scale(), &region);
        let pixels: f64 = tiles.iter().map(|tile| f64::from(tile.side * tile.side)).sum();
        if pixels > WORTH * whole.area() {
            return Ok(None);
        }
        let found = self.look_at(frame, &tiles, UNSURE * self.threshold())?;
        let (mut faces, unsure): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|face| face.score >= self.threshold());
        let unsure = nms::suppress(unsure, SAME);
        let other = |face: &&Detection| faces.iter().all(|sure| sure.bbox.iou(&face.bbox) < SAME);
        let wide = |face: &Detection| Tile::around(&face.bbox, whole.scale(), &region, &WIDE);
        let wide: Vec<Tile> = unsure.iter().filter(other).take(MOST).map(wide).collect();
        faces.extend(self.look_at(frame, &wide, self.threshold())?);
        Ok(Some(faces))
    }
}

/// Tiles that show all of the boxes, by their size; the first boxes have one of their own.
fn tiles(boxes: &[Rect], scale: f64, region: &Rect) -> Vec<Tile> {
    let mut tiles: Vec<Tile> = Vec::new();
    for face in boxes {
        let own = Tile::around(face, scale, region, &TILES);
        if !tiles.iter().any(|tile| tile.shows(face, &own)) {
            tiles.push(own);
        }
    }
    tiles.sort_by_key(|tile| tile.side);
    tiles
}

/// Whether each of the known faces is among those found, none standing for two.
pub(super) fn all_again(known: &[Rect], found: &[Detection]) -> bool {
    let mut left: Vec<&Detection> = found.iter().collect();
    known.iter().all(|face| {
        let again = face.most_alike(left.iter().map(|other| other.bbox), SAME);
        again.map(|at| left.swap_remove(at)).is_some()
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

    const REGION: Rect = Rect { x: 0.0, y: 0.0, width: 1000.0, height: 800.0 };

    #[test]
    fn a_face_lies_in_the_middle_of_its_tile_and_returns_from_there() {
        // Large ones shrink, small ones keep the scale of the whole look.
        for (side, seen, input) in [(256.0, 64.0, 128), (56.0, 28.0, 128), (40.0, 20.0, 96)] {
            let known = face(400.0, 300.0, side);
            let tile = Tile::around(&known.bbox, 0.5, &REGION, &TILES);
            assert_eq!(tile.side, input);
            let middle = input as f32 / 2.0;
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
            let tile = Tile::around(&face(x, y, 40.0).bbox, 1.0, &REGION, &TILES);
            assert_eq!((tile.square.x, tile.square.y), at);
        }
        // Larger than the region: it begins with it.
        let small = Rect { x: 10.0, y: 20.0, width: 90.0, height: 60.0 };
        let tile = Tile::around(&face(50.0, 50.0, 40.0).bbox, 1.0, &small, &TILES);
        assert_eq!((tile.square.x, tile.square.y), (10.0, 20.0));
    }

    #[test]
    fn what_the_border_of_a_tile_cuts_is_no_face() {
        let tile = Tile::around(&face(400.0, 400.0, 40.0).bbox, 1.0, &REGION, &TILES);
        assert!(tile.to_display(face(5.0, 60.0, 40.0)).is_none());
        assert!(tile.to_display(face(60.0, 90.0, 37.0)).is_none());
        assert!(tile.to_display(face(60.0, 80.0, 37.0)).is_some());
        // Where the region ends, the frame cuts, and not the tile.
        let tile = Tile::around(&face(0.0, 400.0, 40.0).bbox, 1.0, &REGION, &TILES);
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
