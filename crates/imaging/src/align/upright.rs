// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures of faces turned upright, for people and for other programs.

use image::RgbImage;

use super::{DLIB, cut, typical_landmarks};
use crate::Detection;
use crate::choice::{Choice, Worded};
use crate::frame::{FrameError, FrameView};
use crate::geometry::{Landmarks, Point, Similarity};

/// How a face is turned and scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alignment {
    /// The five points are brought onto those of a mean face: eyes, nose and mouth lie in the same
    /// places on each picture. The square around dlib's mean shape, from the brows to the mouth,
    /// fills the picture up to the padding, as FaceGrab cuts it.
    Points,
    /// The eyes are brought level, the box keeps its middle, and its longer side fills the picture up to
    /// the padding, as StreamFace turns faces (which stretches the box to a square besides).
    Eyes,
}

const POINTS: Worded<Alignment> = Worded::new(Alignment::Points, "points", "By all five points")
    .labelled("Bring the five points onto those of a mean face");
const EYES: Worded<Alignment> =
    Worded::new(Alignment::Eyes, "eyes", "By the eyes alone").labelled("Bring the eyes level");

impl Choice for Alignment {
    const ALL: &'static [Worded<Self>] = &[POINTS, EYES];
}

/// Whether and how.
impl Choice for Option<Alignment> {
    const ALL: &'static [Worded<Self>] = &[
        Worded::new(None, "none", "Cut upright boxes, as large as the sides say"),
        POINTS.optional(),
        EYES.optional(),
    ];
}

impl Alignment {
    /// Side of the picture and padding that the system has which aligns so.
    pub fn defaults(self) -> (u32, f32) {
        match self {
            Self::Points => (256, 0.18),
            Self::Eyes => (128, 0.0),
        }
    }
}

/// An aligned face.
#[derive(Debug, Clone)]
pub struct Aligned {
    /// Square; black beyond the frame.
    pub picture: RgbImage,
    /// From display pixels of the frame to pixels of the picture.
    pub to_picture: Similarity,
}

/// The face turned upright on a square of `size` pixels, of which `padding` (a part of it, 0 to 0.45)
/// lies around the face on each side. A face without usable landmarks is cut as it stands.
///
/// # Errors
/// [`FrameError::Region`] where neither landmarks nor box have an extent, and what
/// [`FrameView::sample`] reports.
pub fn aligned(
    frame: &FrameView<'_>,
    face: &Detection,
    alignment: Alignment,
    size: u32,
    padding: f32,
) -> Result<Aligned, FrameError> {
    let padding = padding.clamp(0.0, 0.45) * size as f32;
    let inner = size as f32 - 2.0 * padding;
    let to_picture = match alignment {
        Alignment::Points => {
            let to = mean_face(padding, inner);
            face.landmarks
                .and_then(|landmarks| Similarity::fit(&landmarks, &to))
                .or_else(|| Similarity::fit(&typical_landmarks(&face.bbox), &to))
        }
        Alignment::Eyes => level(face, size as f32, inner),
    };
    let to_picture = to_picture.ok_or(FrameError::Region(face.bbox))?;
    Ok(Aligned { picture: cut(frame, &to_picture, size)?, to_picture })
}

/// The five points of the mean face whose brows, mouth and sides touch a square of `inner` pixels.
/// dlib's chip has a quarter of that square around it.
fn mean_face(padding: f32, inner: f32) -> Landmarks {
    let square = DLIB.size as f32 / 1.5;
    let place = |v: f32| padding + inner * (v / square - 0.25);
    DLIB.landmarks().map(|p| Point { x: place(p.x), y: place(p.y) })
}

/// Turned about the middle of the box, which goes to the middle of the picture.
fn level(face: &Detection, size: f32, inner: f32) -> Option<Similarity> {
    let side = face.bbox.width.max(face.bbox.height);
    let scale = f64::from(inner / side);
    if !(scale.is_finite() && scale > 0.0) {
        return None;
    }
    let (cos, sin) = match face.landmarks {
        // Eyes more above than beside each other are a profile's or a mistake's.
        Some([left, right, ..]) if right.x - left.x > (right.y - left.y).abs() => {
            let (dx, dy) = (f64::from(right.x - left.x), f64::from(right.y - left.y));
            (dx / dx.hypot(dy), -dy / dx.hypot(dy))
        }
        _ => (1.0, 0.0),
    };
    let turn = Similarity { a: scale * cos, b: scale * sin, shift: [0.0; 2] };
    let middle = face.bbox.centre();
    let (x, y) = turn.apply(middle.x.into(), middle.y.into());
    let half = f64::from(size) / 2.0;
    Some(Similarity { shift: [half - x, half - y], ..turn })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::Rgb;

    use super::*;
    use crate::geometry::Rect;

    fn face(points: [(f32, f32); 5]) -> Detection {
        Detection {
            bbox: Rect { x: 100.0, y: 80.0, width: 80.0, height: 100.0 },
            landmarks: Some(points.map(|(x, y)| Point { x, y })),
            score: 1.0,
        }
    }

    fn placed(to: &Similarity, x: f32, y: f32) -> (f64, f64) {
        to.apply(x.into(), y.into())
    }

    /// FaceGrab's mean face, where its eyes and mouth are at 256 pixels with 46 around: .2255 and .7548
    /// of 164 pixels to the side, .2160 down.
    #[test]
    fn points_are_where_facegrab_puts_them() {
        let points = mean_face(46.0, 164.0);
        for (found, expected) in [
            (points[0], (46.0 + 0.2255 * 164.0, 46.0 + 0.2160 * 164.0)),
            (points[1], (46.0 + 0.7548 * 164.0, 46.0 + 0.2160 * 164.0)),
            (points[2], (46.0 + 0.4901 * 164.0, 46.0 + 0.5156 * 164.0)),
            (points[3], (46.0 + 0.2541 * 164.0, 46.0 + 0.7802 * 164.0)),
        ] {
            let off = (found.x - expected.0).abs().max((found.y - expected.1).abs());
            assert!(off < 0.2, "{found:?}, not {expected:?}");
        }
    }

    #[test]
    fn a_tilted_face_comes_out_level() {
        let picture = RgbImage::from_pixel(300, 300, Rgb([50; 3]));
        let frame = FrameView::from_rgb(&picture);
        // Eyes on a line that falls by 5 in 40.
        let tilted =
            face([(120.0, 120.0), (160.0, 125.0), (138.0, 140.0), (120.0, 155.0), (156.0, 160.0)]);
        for (alignment, padding) in [(Alignment::Points, 0.18), (Alignment::Eyes, 0.1)] {
            let found = aligned(&frame, &tilted, alignment, 200, padding).unwrap();
            assert_eq!(found.picture.dimensions(), (200, 200));
            let left = placed(&found.to_picture, 120.0, 120.0);
            let right = placed(&found.to_picture, 160.0, 125.0);
            assert!((left.1 - right.1).abs() < 4.0, "{alignment:?}: {left:?} {right:?}");
            assert!(right.0 > left.0 + 30.0);
        }
        let level = aligned(&frame, &tilted, Alignment::Eyes, 200, 0.1).unwrap().to_picture;
        let (x, y) = placed(&level, 140.0, 130.0);
        assert!((x - 100.0).abs() < 1e-3 && (y - 100.0).abs() < 1e-3);
        // The longer side of 100 on 160 pixels.
        assert!((level.scale() - 1.6).abs() < 1e-6);
    }

    #[test]
    fn without_eyes_side_by_side_nothing_is_turned() {
        let picture = RgbImage::from_pixel(300, 300, Rgb([50; 3]));
        let frame = FrameView::from_rgb(&picture);
        let upright = face([(140.0, 100.0), (142.0, 140.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)]);
        let found = aligned(&frame, &upright, Alignment::Eyes, 100, 0.0).unwrap();
        assert_eq!(found.to_picture.b, 0.0);
        let none = Detection { landmarks: None, ..upright };
        assert_eq!(
            aligned(&frame, &none, Alignment::Points, 64, 0.18).unwrap().picture.width(),
            64
        );
        let nothing = Detection { bbox: Rect::default(), ..none };
        assert!(aligned(&frame, &nothing, Alignment::Eyes, 64, 0.0).is_err());
    }
}
