// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which detections are kept, and which tests the others fail.

use imaging::Detection;
use imaging::geometry::Rect;

use super::Settings;

/// What the way through the network's scale adds to a whole pixel.
const NOISE: f32 = 0.01;

/// A detection and the tests that it fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tested {
    pub(super) face: Detection,
    pub(super) low_score: bool,
    pub(super) below_min_size: bool,
    pub(super) at_border: bool,
    /// The second detector does not see it; it was asked of those that pass the rest.
    pub(super) unconfirmed: bool,
}

impl Tested {
    pub(super) fn passed(&self) -> bool {
        !(self.low_score || self.below_min_size || self.at_border || self.unconfirmed)
    }
}

/// Tests detections for their confidence, their size and their distance to the border of what was
/// processed. Sizes and distances are those of the box in whole pixels, rounded outwards. `frame` is
/// the area of the whole frame, of which `min-share` is a part.
pub(super) fn test(
    faces: Vec<Detection>,
    looked_at: Rect,
    frame: f32,
    least: f32,
    settings: &Settings,
) -> Vec<Tested> {
    let min_size = settings.min_size as f32;
    let border = settings.min_border as f32;
    let tested = |face: Detection| {
        let b = face.bbox;
        let (left, top) = ((b.x + NOISE).floor(), (b.y + NOISE).floor());
        let right = (b.x + b.width - NOISE).ceil();
        let bottom = (b.y + b.height - NOISE).ceil();
        let big = right - left >= min_size
            && bottom - top >= min_size
            && (settings.min_share == 0.0 || b.area() > settings.min_share * frame);
        // 0 turns the test off: boxes may reach outside.
        let inside = settings.min_border == 0
            || (left >= looked_at.x + border
                && top >= looked_at.y + border
                && right <= looked_at.x + looked_at.width - border
                && bottom <= looked_at.y + looked_at.height - border);
        Tested {
            face,
            low_score: face.score < least,
            below_min_size: !big,
            at_border: !inside,
            unconfirmed: false,
        }
    };
    faces.into_iter().map(tested).collect()
}

/// Those that pass all tests, without the weakest above the number wanted. Detections come strongest
/// first and stay so.
pub(super) fn passed<'a>(
    tested: &'a [Tested],
    settings: &Settings,
) -> impl Iterator<Item = &'a Detection> {
    let most = match settings.max_faces {
        0 => usize::MAX,
        most => most as usize,
    };
    tested.iter().filter(|tested| tested.passed()).map(|tested| &tested.face).take(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Rect = Rect { x: 0.0, y: 0.0, width: 640.0, height: 360.0 };

    fn face(x: f32, size: f32) -> Detection {
        Detection {
            bbox: Rect { x, y: 50.0, width: size, height: size },
            landmarks: None,
            score: 0.9,
        }
    }

    fn keep(faces: &[Detection], settings: &Settings) -> Vec<f32> {
        let tested = test(faces.to_vec(), FRAME, FRAME.area(), 0.5, settings);
        passed(&tested, settings).map(|face| face.bbox.x).collect()
    }

    #[test]
    fn small_near_and_surplus_faces_go() {
        let settings =
            Settings { min_size: 20, min_border: 5, max_faces: 2, ..Settings::default() };
        let faces = [
            face(4.0, 30.0),
            face(5.0, 20.0),
            face(9.0, 19.0),
            face(606.0, 30.0),
            face(99.0, 40.0),
        ];
        assert_eq!(keep(&faces, &settings), [5.0, 99.0]);
        let all = Settings { min_size: 0, min_border: 0, max_faces: 0, ..settings };
        assert_eq!(keep(&faces, &all).len(), 5);
    }

    /// video-to-faces rounds outwards first: 49.2 pixels from .5 on touch 50, and .7 lies on pixel 0.
    #[test]
    fn boxes_are_tested_in_whole_pixels() {
        let settings = Settings { min_size: 50, min_border: 5, ..Settings::default() };
        let at = |x: f32, width: f32| Detection {
            bbox: Rect { x, y: 20.0, width, height: 60.0 },
            landmarks: None,
            score: 0.9,
        };
        for (x, width, kept) in [
            (100.5, 49.2, true),
            (100.0, 49.0, false),
            (100.0, 48.9, false),
            (4.9, 60.0, false),
            (5.0, 60.0, true),
            (4.995, 60.0, true),
            (575.0, 60.0, true),
            (575.2, 60.0, false),
        ] {
            assert_eq!(!keep(&[at(x, width)], &settings).is_empty(), kept, "{x} {width}");
        }
    }

    #[test]
    fn a_share_of_the_frame_must_be_passed() {
        // 30 x 30 of 640 x 360 are .0039, 40 x 40 .0069, 34 x 34 .00502.
        let settings = Settings { min_share: 0.005, ..Settings::default() };
        assert_eq!(
            keep(&[face(9.0, 30.0), face(99.0, 40.0), face(50.0, 34.0)], &settings),
            [99.0, 50.0]
        );
    }

    #[test]
    fn each_test_is_told() {
        let settings = Settings { min_size: 20, min_border: 5, ..Settings::default() };
        let low = Detection { score: 0.3, ..face(2.0, 10.0) };
        let tested = test(vec![low, face(50.0, 30.0)], FRAME, FRAME.area(), 0.5, &settings);
        assert_eq!(
            tested,
            [
                Tested {
                    face: low,
                    low_score: true,
                    below_min_size: true,
                    at_border: true,
                    unconfirmed: false
                },
                Tested {
                    face: face(50.0, 30.0),
                    low_score: false,
                    below_min_size: false,
                    at_border: false,
                    unconfirmed: false
                }
            ]
        );
    }
}
