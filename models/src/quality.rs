// SPDX-License-Identifier: MIT OR Apache-2.0
//! How usable a picture of a face is: sharpness, rough pose, and one figure from both.

use image::RgbImage;
use multiversion::multiversion;

use crate::geometry::{Landmarks, Point};

/// Variance of the 3x3 Laplacian (4-neighbour kernel, edges mirrored) of the luma of `picture`, in
/// squared 8-bit levels: under 10 is a blur, over 100 is crisp. 0 for an empty picture.
///
/// Luma is BT.601's, so that the thresholds known from OpenCV's grey pictures hold.
pub fn sharpness(picture: &RgbImage) -> f32 {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if width == 0 || height == 0 {
        return 0.0;
    }
    let (sum, squares) = laplacian(&luma(picture), (width, height));
    let count = (width * height) as f64;
    let mean = sum as f64 / count;
    (squares as f64 / count - mean * mean).max(0.0) as f32
}

/// BT.601 luma, a value a pixel.
pub(crate) fn luma(picture: &RgbImage) -> Vec<i32> {
    let mut plane = vec![0; picture.width() as usize * picture.height() as usize];
    weigh(picture.as_chunks().0, &mut plane);
    plane
}

#[multiversion(targets("x86_64+avx2"))]
fn weigh(pixels: &[[u8; 3]], luma: &mut [i32]) {
    for (luma, &[r, g, b]) in luma.iter_mut().zip(pixels) {
        // Weights .299 .587 .114 times 2^14, rounded.
        *luma = (4899 * i32::from(r) + 9617 * i32::from(g) + 1868 * i32::from(b) + 8192) >> 14;
    }
}

/// The places before and after one along a side, mirrored without repeating the edge pixel itself, as
/// OpenCV does by default.
pub(crate) fn beside(i: usize, length: usize) -> (usize, usize) {
    let before = if i == 0 { 1.min(length - 1) } else { i - 1 };
    let after = if i + 1 < length { i + 1 } else { length.max(2) - 2 };
    (before, after)
}

/// Sum and sum of squares of the Laplacian of a plane of 8-bit levels that is not empty.
pub(crate) fn laplacian(plane: &[i32], (width, height): (usize, usize)) -> (i64, i64) {
    let (mut sum, mut squares) = (0, 0);
    let mut count = |(s, q): (i64, i64)| (sum, squares) = (sum + s, squares + q);
    for y in 0..height {
        let row = |y: usize| &plane[y * width..(y + 1) * width];
        let (before, after) = beside(y, height);
        let (above, here, below) = (row(before), row(y), row(after));
        for x in [0, width - 1].into_iter().take(width) {
            let (before, after) = beside(x, width);
            let sides = here[before] + here[after];
            let value = i64::from(above[x] + below[x] + sides - 4 * here[x]);
            count((value, value * value));
        }
        let inner = 1..width.max(2) - 1;
        for start in inner.clone().step_by(STRETCH) {
            let part = start..inner.end.min(start + STRETCH);
            count(within(&above[part.clone()], &below[part.clone()], &here[start - 1..=part.end]));
        }
    }
    (sum, squares)
}

/// Pixels whose squares add up to less than 2^31.
const STRETCH: usize = 1024;

/// Of at most [`STRETCH`] pixels; `here` has one more on each side.
#[multiversion(targets("x86_64+avx2"))]
fn within(above: &[i32], below: &[i32], here: &[i32]) -> (i64, i64) {
    let (mut sum, mut squares) = (0, 0);
    for ((above, below), here) in above.iter().zip(below).zip(here.windows(3)) {
        let value = above + below + here[0] + here[2] - 4 * here[1];
        sum += value;
        squares += value * value;
    }
    (sum.into(), squares.into())
}

/// Where a face looks, in degrees, roughly: five points tell no more.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pose {
    /// Turn to the side; positive to the picture's right, 0 frontal, clamped to 90.
    pub yaw: f32,
    /// Nod; positive down, 0 frontal, clamped to 90.
    pub pitch: f32,
    /// Tilt; positive clockwise in the picture, -180 to 180.
    pub roll: f32,
}

/// Height of the nose tip between the line of the eyes (0) and that of the mouth (1) on a frontal
/// face: .495 in the ArcFace template, .531 in dlib's; this is between them.
const FRONTAL_NOSE_HEIGHT: f32 = 0.51;
/// How far the nose stands out from the plane of eyes and mouth, in parts of the distance from the
/// middle of the eyes to that of the mouth. Chosen, not fitted to measured poses.
const NOSE_DEPTH: f32 = 0.45;

/// Pose from the landmarks: roll from the line of the eyes, yaw and pitch from how far the tip of
/// the nose has moved off the middle of the face. [`Pose::default`] where the points coincide.
pub fn pose(landmarks: &Landmarks) -> Pose {
    let [left_eye, right_eye, nose, left_mouth, right_mouth] = *landmarks;
    let middle = |p: Point, q: Point| ((p.x + q.x) / 2.0, (p.y + q.y) / 2.0);
    let (eyes_x, eyes_y) = middle(left_eye, right_eye);
    let (mouth_x, mouth_y) = middle(left_mouth, right_mouth);
    // The face's own axes: down from the eyes to the mouth, across at a right angle to it.
    let (down_x, down_y) = (mouth_x - eyes_x, mouth_y - eyes_y);
    let length = down_x.hypot(down_y);
    let width = (right_eye.x - left_eye.x).hypot(right_eye.y - left_eye.y);
    if !(length > 0.0 && length.is_finite() && width.is_finite()) {
        return Pose::default();
    }
    let (nose_x, nose_y) = (nose.x - eyes_x, nose.y - eyes_y);
    let along = (nose_x * down_x + nose_y * down_y) / (length * length);
    let across = (nose_x * down_y - nose_y * down_x) / (length * length);
    let angle = |offset: f32| (offset / NOSE_DEPTH).clamp(-1.0, 1.0).asin().to_degrees();
    let roll = if width > 0.0 {
        (right_eye.y - left_eye.y).atan2(right_eye.x - left_eye.x)
    } else {
        // A full profile: its eyes coincide, the line down the face is left.
        down_y.atan2(down_x) - std::f32::consts::FRAC_PI_2
    };
    Pose { yaw: angle(across), pitch: angle(along - FRONTAL_NOSE_HEIGHT), roll: roll.to_degrees() }
}

/// Height of the face in pixels at which [`quality`] halves for size. Chosen, not fitted.
const HALF_SIZE: f32 = 40.0;
/// Variance of the Laplacian at which [`quality`] halves for sharpness. Chosen, not fitted.
const HALF_SHARPNESS: f32 = 30.0;

/// How well a face can be recognised, 0 to 1: the product of four factors, each smooth and monotone.
///
/// - size: `s / (s + 40)` of `size_px`, the shorter side of the box in pixels;
/// - sharpness: `v / (v + 30)` of [`sharpness`], raised to 1/2 as it depends on light too;
/// - pose: `cos(yaw) cos(pitch)` as far as they are positive, from 1 down to .1 at 90 degrees; roll
///   is undone by alignment and does not count;
/// - the detector's `score`, 0 to 1.
///
/// Values that are not numbers count as the worst.
pub fn quality(size_px: f32, sharpness: f32, pose: &Pose, score: f32) -> f32 {
    let saturate = |value: f32, half: f32| {
        let value = value.max(0.0);
        if value.is_infinite() { 1.0 } else { value / (value + half) }
    };
    let facing = |degrees: f32| degrees.abs().min(90.0).to_radians().cos();
    let frontal = 0.1 + 0.9 * facing(pose.yaw) * facing(pose.pitch);
    let product = saturate(size_px, HALF_SIZE)
        * saturate(sharpness, HALF_SHARPNESS).sqrt()
        * frontal
        * score.clamp(0.0, 1.0);
    if product.is_nan() { 0.0 } else { product }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;
    use crate::align::{ARCFACE, DLIB};
    use crate::geometry::Similarity;

    fn gray(width: u32, height: u32, value: impl Fn(u32, u32) -> u8) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| Rgb([value(x, y); 3]))
    }

    #[test]
    fn sharpness_is_the_variance_of_the_laplacian() {
        assert_eq!(sharpness(&gray(9, 7, |_, _| 130)), 0.0);
        // Every pixel differs from its four neighbours, mirrored ones too, by 255.
        let board = gray(8, 6, |x, y| if (x + y) % 2 == 0 { 255 } else { 0 });
        assert_eq!(sharpness(&board), (4.0f32 * 255.0).powi(2));
        // One bright pixel: -4 * 255 on it, 255 on four neighbours, their sum 0.
        let dot = gray(5, 5, |x, y| if (x, y) == (2, 2) { 255 } else { 0 });
        assert_eq!(sharpness(&dot), (1020.0f32.powi(2) + 4.0 * 255.0f32.powi(2)) / 25.0);
        for (width, height) in [(0, 0), (1, 1), (1, 5), (5, 1), (2, 2)] {
            assert!(sharpness(&gray(width, height, |_, _| 3)) == 0.0);
        }
    }

    fn moved(landmarks: &Landmarks, degrees: f64, nose: (f32, f32)) -> Landmarks {
        let mut landmarks = *landmarks;
        landmarks[2].x += nose.0;
        landmarks[2].y += nose.1;
        let (sin, cos) = degrees.to_radians().sin_cos();
        let turn = Similarity { a: 3.0 * cos, b: 3.0 * sin, shift: [50.0, 9.0] };
        landmarks.map(|p| {
            let (x, y) = turn.apply(p.x.into(), p.y.into());
            Point { x: x as f32, y: y as f32 }
        })
    }

    #[test]
    fn pose_follows_the_nose_and_the_eyes() {
        for template in [&DLIB, &ARCFACE] {
            let face = template.landmarks();
            for degrees in [-120.0, -30.0, 0.0, 45.0] {
                let frontal = pose(&moved(&face, degrees, (0.0, 0.0)));
                assert!(frontal.yaw.abs() < 5.0 && frontal.pitch.abs() < 5.0, "{frontal:?}");
                assert!((frontal.roll - degrees as f32).abs() < 0.5, "{frontal:?}");
                let turns = [-15.0, -8.0, 0.0, 8.0, 15.0];
                let yaws = turns.map(|x| pose(&moved(&face, degrees, (x, 0.0))).yaw);
                assert!(yaws.is_sorted_by(|a, b| a + 5.0 < *b), "{yaws:?}");
                let pitches = turns.map(|y| pose(&moved(&face, degrees, (0.0, y))).pitch);
                assert!(pitches.is_sorted_by(|a, b| a + 5.0 < *b), "{pitches:?}");
            }
        }
    }

    #[test]
    fn odd_landmarks_have_a_pose_of_numbers() {
        let point = |x, y| Point { x, y };
        assert_eq!(pose(&[point(3.0, 3.0); 5]), Pose::default());
        assert_eq!(pose(&[point(f32::NAN, 0.0); 5]), Pose::default());
        // A profile whose eyes and mouth corners coincide.
        let (eye, mouth) = (point(10.0, 10.0), point(10.0, 30.0));
        let profile = pose(&[eye, eye, point(25.0, 20.0), mouth, mouth]);
        assert_eq!((profile.yaw, profile.roll), (90.0, 0.0));
    }

    #[test]
    fn quality_rises_with_everything_good() {
        let facing = Pose::default();
        let steps = [0.0, 0.1, 0.3, 0.7, 1.0];
        let turned = |yaw: f32, pitch: f32| Pose { yaw, pitch, roll: 80.0 };
        let rising = [
            steps.map(|s| quality(s * 300.0, 100.0, &facing, 0.9)),
            steps.map(|s| quality(100.0, s * 500.0, &facing, 0.9)),
            steps.map(|s| quality(100.0, 100.0, &turned(90.0 * (1.0 - s), 0.0), 0.9)),
            steps.map(|s| quality(100.0, 100.0, &turned(0.0, -90.0 * (1.0 - s)), 0.9)),
            steps.map(|s| quality(100.0, 100.0, &facing, s)),
        ];
        for values in rising {
            assert!(values.is_sorted_by(|a, b| a < b), "{values:?}");
            assert!(values.iter().all(|v| (0.0..=1.0).contains(v)), "{values:?}");
        }
        assert_eq!(quality(f32::INFINITY, f32::INFINITY, &facing, 1.0), 1.0);
        assert_eq!(quality(f32::NAN, 100.0, &facing, 1.0), 0.0);
        assert_eq!(quality(100.0, 100.0, &facing, f32::NAN), 0.0);
        let nowhere = Pose { yaw: f32::NAN, ..facing };
        assert!(quality(100.0, 100.0, &nowhere, 1.0) < 0.1);
    }
}
