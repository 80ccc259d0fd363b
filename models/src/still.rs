// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faces in still pictures: references, photographs, face crops that others made.
//!
//! Detectors are made for faces with something around them. Where a face fills the picture, or where
//! none is found, the picture is looked at again with a black border, which also makes the face
//! smaller in the detector's input.

mod animation;
mod colour;
mod read;

use image::RgbImage;

pub use animation::{Frame, Frames};
pub use colour::to_srgb;
pub use read::{Kind, MOST_PIXELS, decode, kind, read, set_heif_reader};

use crate::{Detector, Embedder, Embedding, ModelError};
use imaging::Detection;
use imaging::frame::FrameView;
use imaging::geometry::{Landmarks, Point, Rect, Similarity};

/// Extensions of the pictures that can be read, in lower case.
pub const EXTENSIONS: [&str; 15] = [
    "jpg", "jpeg", "png", "apng", "webp", "bmp", "gif", "tif", "tiff", "ppm", "pgm", "heic",
    "heif", "hif", "avif",
];

/// The same with those of pictures that are known and cannot be read, so that they are not passed over in
/// silence.
pub const KNOWN: [&str; 16] = [
    "jpg", "jpeg", "png", "apng", "webp", "bmp", "gif", "tif", "tiff", "ppm", "pgm", "heic",
    "heif", "hif", "avif", "jxl",
];

/// Borders tried after none, in parts of the picture's longer side.
const BORDERS: [f32; 2] = [0.5, 1.0];
/// A face fills the picture from this part of its width or of its height on.
const FILLS: f32 = 0.5;
/// The face taken from a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct StillFace {
    /// Where it is, in pixels of the upright picture.
    pub face: Detection,
    /// Faces found in the picture, this one included.
    pub faces: usize,
    /// The border that it was found with, in parts of the picture's longer side; 0 for none.
    pub border: f32,
}

/// The largest face of a picture; `None` where there is none, with a border neither.
///
/// # Errors
/// The network fails, or the picture has no pixels.
pub fn largest_face(
    detector: &Detector,
    picture: &RgbImage,
) -> Result<Option<StillFace>, ModelError> {
    Ok(faces(detector, picture)?.into_iter().next())
}

/// The faces of a picture, the largest first.
///
/// # Errors
/// The network fails, or the picture has no pixels.
pub fn faces(detector: &Detector, picture: &RgbImage) -> Result<Vec<StillFace>, ModelError> {
    let mut best = detect(detector, picture, 0.0)?;
    let fills = |found: &StillFace| {
        let Rect { width, height, .. } = found.face.bbox;
        width > FILLS * picture.width() as f32 || height > FILLS * picture.height() as f32
    };
    if best.first().is_some_and(|largest| !fills(largest)) {
        return Ok(best);
    }
    let sure = |faces: &[StillFace]| faces.first().map_or(0.0, |largest| largest.face.score);
    for border in BORDERS {
        let found = detect(detector, picture, border)?;
        if sure(&found) > sure(&best) {
            best = found;
        }
    }
    Ok(best)
}

/// The faces of a picture with a border around it, the largest first.
fn detect(
    detector: &Detector,
    picture: &RgbImage,
    border: f32,
) -> Result<Vec<StillFace>, ModelError> {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let border_px = border * width.max(height);
    let region = Rect {
        x: -border_px,
        y: -border_px,
        width: width + 2.0 * border_px,
        height: height + 2.0 * border_px,
    };
    let mut faces = detector.detect_in(&FrameView::from_rgb(picture), region)?.to_vec();
    faces.sort_by(|a, b| b.bbox.area().total_cmp(&a.bbox.area()));
    let all = faces.len();
    Ok(faces.into_iter().map(|face| StillFace { face, faces: all, border }).collect())
}

/// The embedding of a face, averaged over `jitters` slightly moved, turned and scaled chips, every
/// second one mirrored, where that is not 0. The same picture always gives the same vector.
///
/// # Errors
/// The face has no extent, or the network fails.
pub fn embed(
    embedder: &Embedder,
    picture: &RgbImage,
    face: &Detection,
    jitters: u32,
) -> Result<Embedding, ModelError> {
    let frame = FrameView::from_rgb(picture);
    let mut chips = Vec::new();
    let mut random = Jitter::new();
    for index in 0..jitters {
        let mut chip = embedder.chip(&frame, &random.apply(face))?;
        if index % 2 == 1 {
            chip = chip.mirrored();
        }
        chips.push(chip);
    }
    if chips.is_empty() {
        chips.push(embedder.chip(&frame, face)?);
    }
    let embeddings = embedder.embed(&chips)?;
    let mut values = vec![0f32; embedder.dimensions()];
    for embedding in &embeddings {
        values.iter_mut().zip(&embedding.values).for_each(|(sum, value)| *sum += value);
    }
    let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
    if length > 0.0 {
        values.iter_mut().for_each(|v| *v /= length);
    }
    let magnitudes: Option<Vec<f32>> = embeddings.iter().map(|one| one.magnitude).collect();
    let magnitude = magnitudes.map(|all| all.iter().sum::<f32>() / all.len().max(1) as f32);
    Ok(Embedding { values, magnitude })
}

/// Small changes of a face's place, of the size that dlib's jitters have: up to 3 degrees, 3 % of
/// the size, 2 % of the size to each side.
struct Jitter(u64);

impl Jitter {
    fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// From -1 to 1: xorshift64*, so that no two machines differ.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        bits as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn apply(&mut self, face: &Detection) -> Detection {
        let (sin, cos) = (3.0 * self.next()).to_radians().sin_cos();
        let scale = 1.0 + 0.03 * self.next();
        let Rect { width, height, .. } = face.bbox;
        let size = f64::from(width.max(height));
        let shift = [0.02 * size * self.next(), 0.02 * size * self.next()];
        let middle = face.bbox.centre();
        let turn = Similarity { a: scale * cos, b: scale * sin, shift };
        let moved = |p: Point| {
            let (x, y) = turn.apply(f64::from(p.x - middle.x), f64::from(p.y - middle.y));
            Point { x: middle.x + x as f32, y: middle.y + y as f32 }
        };
        let landmarks: Option<Landmarks> = face.landmarks.map(|points| points.map(moved));
        let (width, height) = (width * scale as f32, height * scale as f32);
        let centre = moved(middle);
        let bbox = Rect { x: centre.x - width / 2.0, y: centre.y - height / 2.0, width, height };
        Detection { bbox, landmarks, score: face.score }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// docs/design/predecessors.md 2.4 #5: every face of the video was described many times too; here the
    /// pictures of known people are.
    #[test]
    fn jitters_are_small_differ_and_are_the_same_every_time() {
        let bbox = Rect { x: 100.0, y: 50.0, width: 80.0, height: 100.0 };
        let landmarks = imaging::align::typical_landmarks(&bbox);
        let face = Detection { bbox, landmarks: Some(landmarks), score: 1.0 };
        let (mut one, mut two) = (Jitter::new(), Jitter::new());
        let mut before = face;
        for _ in 0..50 {
            let moved = one.apply(&face);
            assert_eq!(moved, two.apply(&face));
            assert!(moved.bbox.iou(&face.bbox) > 0.85 && moved != before);
            let pairs = moved.landmarks.unwrap().into_iter().zip(landmarks);
            for (p, q) in pairs {
                assert!((p.x - q.x).hypot(p.y - q.y) < 0.12 * 100.0);
            }
            before = moved;
        }
    }
}
