// SPDX-License-Identifier: MIT OR Apache-2.0
//! How usable a picture of a face is: sharpness, rough pose, and one figure from both.

use image::RgbImage;
use multiversion::multiversion;

use crate::Detection;
use crate::geometry::{Landmarks, Point, Rect};

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

/// Difference between bright and dark in 8-bit levels of luma: between those that a twentieth of the pixels
/// lie above, and below. Under 30 a face is all but black, or fog. 0 for an empty picture.
pub fn contrast(picture: &RgbImage) -> f32 {
    let mut counts = [0u32; 256];
    let luma = luma(picture);
    for &level in &luma {
        counts[level.clamp(0, 255) as usize] += 1;
    }
    let skipped = (luma.len() / 20) as u32;
    let mut seen = 0;
    let mut beyond = |count: &u32| {
        seen += count;
        seen > skipped
    };
    let dark = counts.iter().position(&mut beyond);
    seen = 0;
    let beyond = |count: &u32| {
        seen += count;
        seen > skipped
    };
    let bright = counts.iter().rposition(beyond);
    bright.zip(dark).map_or(0.0, |(bright, dark)| bright.saturating_sub(dark) as f32)
}

/// Height of the face in pixels at which [`quality`] halves for size. Chosen, not fitted.
const HALF_SIZE: f32 = 40.0;
/// Variance of the Laplacian at which [`quality`] halves for sharpness. Chosen, not fitted.
const HALF_SHARPNESS: f32 = 30.0;
/// [`contrast`] at which [`quality`] halves for light. In twelve clips, faces that can be recognised have 44
/// and more, and those that are black to the eye up to 33.
const HALF_CONTRAST: f32 = 30.0;
/// What is left of [`quality`] where both eyes, or both corners of the mouth, are outside of the frame.
const WITHOUT_EYES_OR_MOUTH: f32 = 0.1;

/// What tells how well a face can be recognised.
#[derive(Debug, Clone, Copy)]
struct Signs {
    /// Shorter side of the box in pixels.
    size: f32,
    /// See [`sharpness`].
    sharpness: f32,
    /// See [`contrast`].
    contrast: f32,
    pose: Pose,
    /// The detector's confidence, 0 to 1.
    score: f32,
    /// How much of the face the frame holds, 0 to 1.
    held: f32,
}

/// How well a face can be recognised, 0 to 1, from what a frame of `frame` display pixels shows of its box,
/// `seen`, and the [`sharpness`] of that. It is the product of six factors, each smooth and monotone.
///
/// - size: `s / (s + 40)` of the shorter side of the box in pixels;
/// - sharpness: `v / (v + 30)`, raised to 1/2 as it depends on light too;
/// - light: `c² / (c² + 30²)` of [`contrast`];
/// - pose: `cos(yaw) cos(pitch)` as far as they are positive, from 1 down to .1 at 90 degrees; roll
///   is undone by alignment and does not count;
/// - the detector's score, 0 to 1;
/// - the part of the box within the frame, a tenth of it where the eyes or the mouth are outside.
///
/// Values that are not numbers count as the worst.
pub fn quality(face: &Detection, frame: (f32, f32), seen: &RgbImage, sharpness: f32) -> f32 {
    product(&Signs {
        size: face.bbox.width.min(face.bbox.height),
        sharpness,
        contrast: contrast(seen),
        pose: face.landmarks.as_ref().map(pose).unwrap_or_default(),
        score: face.score,
        held: held(face, frame),
    })
}

/// How much of a face a frame of these display pixels holds, 0 to 1.
fn held(face: &Detection, (width, height): (f32, f32)) -> f32 {
    let span = |begin: f32, length: f32, end: f32| {
        ((begin + length).min(end) - begin.max(0.0)).max(0.0) / length
    };
    let Rect { x, y, width: w, height: h } = face.bbox;
    let share = span(x, w, width) * span(y, h, height);
    let frame = Rect { x: 0.0, y: 0.0, width, height };
    let out = |points: [Point; 2]| points.into_iter().all(|point| !frame.contains(point));
    let lost = face.landmarks.is_some_and(|[left, right, _, mouth_left, mouth_right]| {
        out([left, right]) || out([mouth_left, mouth_right])
    });
    if lost { WITHOUT_EYES_OR_MOUTH * share } else { share }
}

fn product(signs: &Signs) -> f32 {
    let saturate = |value: f32, half: f32| {
        let value = value.max(0.0);
        if value.is_infinite() { 1.0 } else { value / (value + half) }
    };
    let facing = |degrees: f32| degrees.abs().min(90.0).to_radians().cos();
    let frontal = 0.1 + 0.9 * facing(signs.pose.yaw) * facing(signs.pose.pitch);
    let product = saturate(signs.size, HALF_SIZE)
        * saturate(signs.sharpness, HALF_SHARPNESS).sqrt()
        * saturate(signs.contrast.powi(2), HALF_CONTRAST.powi(2))
        * frontal
        * signs.score.clamp(0.0, 1.0)
        * signs.held.clamp(0.0, 1.0);
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
    fn contrast_lies_between_bright_and_dark_but_for_a_few_pixels() {
        assert_eq!(contrast(&gray(10, 10, |_, _| 90)), 0.0);
        assert_eq!(contrast(&gray(10, 10, |x, _| if x < 5 { 20 } else { 200 })), 180.0);
        // Two bright ones of a hundred are a glint.
        assert_eq!(contrast(&gray(10, 10, |x, y| if (x, y / 2) == (0, 0) { 255 } else { 7 })), 0.0);
        assert_eq!(contrast(&gray(0, 0, |_, _| 0)), 0.0);
    }

    const GOOD: Signs = Signs {
        size: 100.0,
        sharpness: 100.0,
        contrast: 120.0,
        pose: Pose { yaw: 0.0, pitch: 0.0, roll: 0.0 },
        score: 0.9,
        held: 1.0,
    };

    #[test]
    fn quality_rises_with_everything_good() {
        let steps = [0.0, 0.1, 0.3, 0.7, 1.0];
        let turned = |yaw: f32, pitch: f32| Pose { yaw, pitch, roll: 80.0 };
        let rising = [
            steps.map(|s| product(&Signs { size: s * 300.0, ..GOOD })),
            steps.map(|s| product(&Signs { sharpness: s * 500.0, ..GOOD })),
            steps.map(|s| product(&Signs { contrast: s * 200.0, ..GOOD })),
            steps.map(|s| product(&Signs { pose: turned(90.0 * (1.0 - s), 0.0), ..GOOD })),
            steps.map(|s| product(&Signs { pose: turned(0.0, -90.0 * (1.0 - s)), ..GOOD })),
            steps.map(|s| product(&Signs { score: s, ..GOOD })),
            steps.map(|s| product(&Signs { held: s, ..GOOD })),
        ];
        for values in rising {
            assert!(values.is_sorted_by(|a, b| a < b), "{values:?}");
            assert!(values.iter().all(|v| (0.0..=1.0).contains(v)), "{values:?}");
        }
        let endless = f32::INFINITY;
        let best =
            Signs { size: endless, sharpness: endless, contrast: endless, score: 1.0, ..GOOD };
        assert_eq!(product(&best), 1.0);
        assert_eq!(product(&Signs { size: f32::NAN, ..GOOD }), 0.0);
        assert_eq!(product(&Signs { score: f32::NAN, ..GOOD }), 0.0);
        let nowhere = Pose { yaw: f32::NAN, ..GOOD.pose };
        assert!(product(&Signs { pose: nowhere, ..GOOD }) < 0.1);
    }

    #[test]
    fn what_the_frame_cuts_off_counts_and_eyes_or_mouth_count_most() {
        let bbox = Rect { x: 0.0, y: 0.0, width: 40.0, height: 50.0 };
        let landmarks = Some(crate::align::typical_landmarks(&bbox));
        let mut face = Detection { bbox, landmarks, score: 0.9 };
        let frame = (200.0, 100.0);
        assert_eq!(held(&face, frame), 1.0);
        face.shift(-10.0, 0.0);
        assert_eq!(held(&face, frame), 0.75);
        // The mouth is below the frame.
        face.shift(10.0, 70.0);
        assert!((held(&face, frame) - 0.06).abs() < 1e-6);
    }
}
