// SPDX-License-Identifier: MIT OR Apache-2.0
//! Describing a drawn face without a network: which colours lie in each quarter of it, and which way its
//! lines run. Hair and eyes tell drawn characters apart better than networks made for photographs do.

use std::f32::consts::PI;

use image::{Rgb, RgbImage, imageops};

use super::normalise;
use imaging::frame::{FrameError, FrameView};
use imaging::geometry::Rect;

/// Side of a chip in pixels; histograms are taken of it at half the size.
pub(super) const SIDE: u32 = 128;
/// How far a chip reaches, in boxes: hair frames a face.
const REACH: f32 = 1.2;

/// Bins of hue, saturation and value; each quarter has its own.
const BINS: [usize; 3] = [12, 4, 4];
const COLOURS: usize = BINS[0] * BINS[1] * BINS[2];
const QUARTERS: usize = 2;
/// Cells of gradients in a row and in a column, and bins of directions from 0 to 180 degrees.
const CELLS: usize = 4;
const DIRECTIONS: usize = 9;
/// Gradients are compared in blocks of 2x2 cells, each of length one, so that contrast does not count.
const BLOCKS: usize = CELLS - 1;
/// Length of the gradients' part, the colours' being one. As measured for 300 pictures of ten characters.
const GRADIENT_WEIGHT: f32 = 0.5;

/// Length of a description.
pub(super) const DIMENSIONS: usize =
    QUARTERS * QUARTERS * COLOURS + BLOCKS * BLOCKS * 4 * DIRECTIONS;

/// The box and a little around it, stretched to a square.
pub(super) fn chip(frame: &FrameView<'_>, bbox: &Rect) -> Result<RgbImage, FrameError> {
    let (centre, width, height) = (bbox.centre(), bbox.width * REACH, bbox.height * REACH);
    let (x, y) = (centre.x - width / 2.0, centre.y - height / 2.0);
    frame.sample(Rect { x, y, width, height }, SIDE, SIDE)
}

/// Where the box lies in its chip.
pub(super) fn face_in_chip() -> Rect {
    let side = SIDE as f32 / REACH;
    let start = (SIDE as f32 - side) / 2.0;
    Rect { x: start, y: start, width: side, height: side }
}

/// The unit vector of a chip.
pub(super) fn describe(chip: &RgbImage) -> Vec<f32> {
    let half = imageops::thumbnail(chip, SIDE / 2, SIDE / 2);
    let mut vector = colours(&half);
    // Roots of shares: a large plain background does not drown the rest.
    vector.iter_mut().for_each(|share| *share = share.sqrt());
    normalise(&mut vector);
    let mut gradients = gradients(&half);
    normalise(&mut gradients);
    vector.extend(gradients.into_iter().map(|value| GRADIENT_WEIGHT * value));
    normalise(&mut vector);
    vector
}

/// Weights of colours in each quarter, row by row; a colour between two bins counts for both.
fn colours(picture: &RgbImage) -> Vec<f32> {
    let mut weights = vec![0.0; QUARTERS * QUARTERS * COLOURS];
    let (width, height) = picture.dimensions();
    for (x, y, pixel) in picture.enumerate_pixels() {
        let column = (x as usize * QUARTERS) / width as usize;
        let row = (y as usize * QUARTERS) / height as usize;
        let start = (row * QUARTERS + column) * COLOURS;
        let [hue, saturation, value] = hsv(*pixel);
        for (h, hue) in between(hue, BINS[0], true) {
            for (s, saturation) in between(saturation, BINS[1], false) {
                for (v, value) in between(value, BINS[2], false) {
                    let bin = start + (h * BINS[1] + s) * BINS[2] + v;
                    weights[bin] += hue * saturation * value;
                }
            }
        }
    }
    weights
}

/// The two bins nearest to a value of 0 to 1, and how much of it each gets.
fn between(value: f32, bins: usize, round: bool) -> [(usize, f32); 2] {
    let place = value * bins as f32 - 0.5;
    let (low, part) = (place.floor(), place - place.floor());
    let bin = |index: f32| {
        if round {
            index.rem_euclid(bins as f32) as usize % bins
        } else {
            (index.max(0.0) as usize).min(bins - 1)
        }
    };
    [(bin(low), 1.0 - part), (bin(low + 1.0), part)]
}

/// Hue, saturation and value, 0 to 1 each; grey has hue 0.
fn hsv(Rgb([red, green, blue]): Rgb<u8>) -> [f32; 3] {
    let [r, g, b] = [red, green, blue].map(|v| f32::from(v) / 255.0);
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let range = most - least;
    if range <= 0.0 {
        return [0.0, 0.0, most];
    }
    let sixths = if most == r {
        (g - b) / range
    } else if most == g {
        (b - r) / range + 2.0
    } else {
        (r - g) / range + 4.0
    };
    [(sixths / 6.0).rem_euclid(1.0), range / most, most]
}

/// Strength of gradients by direction, in overlapping blocks of 2x2 cells.
fn gradients(picture: &RgbImage) -> Vec<f32> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let grey: Vec<f32> = picture
        .pixels()
        .map(|Rgb([r, g, b])| 0.299 * f32::from(*r) + 0.587 * f32::from(*g) + 0.114 * f32::from(*b))
        .collect();
    let mut cells = [[[0f32; DIRECTIONS]; CELLS]; CELLS];
    for y in 0..height {
        for x in 0..width {
            let at = |x: usize, y: usize| grey[y * width + x];
            let inside = |i: usize, length: usize| i > 0 && i + 1 < length;
            let dx = if inside(x, width) { at(x + 1, y) - at(x - 1, y) } else { 0.0 };
            let dy = if inside(y, height) { at(x, y + 1) - at(x, y - 1) } else { 0.0 };
            let strength = dx.hypot(dy);
            let direction = dy.atan2(dx).rem_euclid(PI) / PI;
            let cell = &mut cells[y * CELLS / height][x * CELLS / width];
            for (bin, share) in between(direction, DIRECTIONS, true) {
                cell[bin] += share * strength;
            }
        }
    }
    let mut blocks = Vec::with_capacity(BLOCKS * BLOCKS * 4 * DIRECTIONS);
    for row in 0..BLOCKS {
        for column in 0..BLOCKS {
            let start = blocks.len();
            for cell in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                blocks.extend(cells[row + cell.0][column + cell.1]);
            }
            normalise(&mut blocks[start..]);
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn hue_saturation_and_value_are_those_of_the_books() {
        let near = |rgb, expected: [f32; 3]| {
            let found = hsv(Rgb(rgb));
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{found:?}");
        };
        // From Python's colorsys.
        near([255, 0, 0], [0.0, 1.0, 1.0]);
        near([0, 128, 255], [0.5830, 1.0, 1.0]);
        near([200, 100, 150], [0.9167, 0.5, 0.7843]);
        near([10, 60, 20], [0.3667, 0.8333, 0.2353]);
        near([80, 80, 80], [0.0, 0.0, 0.3137]);
    }

    #[test]
    fn what_lies_between_two_bins_counts_for_both() {
        assert_eq!(between(0.5, 4, false), [(1, 0.5), (2, 0.5)]);
        assert_eq!(between(1.0, 4, false), [(3, 0.5), (3, 0.5)]);
        // Red begins and ends the circle.
        assert_eq!(between(0.0, 12, true), [(11, 0.5), (0, 0.5)]);
    }

    #[test]
    fn descriptions_tell_colours_places_and_lines_apart() {
        let chip = |pixel: fn(u32, u32) -> [u8; 3]| {
            let vector = describe(&RgbImage::from_fn(SIDE, SIDE, |x, y| Rgb(pixel(x, y))));
            assert_eq!(vector.len(), DIMENSIONS);
            assert!((dot(&vector, &vector) - 1.0).abs() < 1e-5);
            vector
        };
        let red_above = chip(|_, y| if y < 64 { [220, 30, 40] } else { [30, 40, 220] });
        let paler = chip(|_, y| if y < 64 { [205, 35, 45] } else { [35, 45, 205] });
        let blue_above = chip(|_, y| if y >= 64 { [220, 30, 40] } else { [30, 40, 220] });
        let red_beside = chip(|x, _| if x < 64 { [220, 30, 40] } else { [30, 40, 220] });
        assert!(dot(&red_above, &paler) > 0.9);
        assert!(dot(&red_above, &blue_above) < 0.4);
        assert!(dot(&red_above, &red_beside) < dot(&red_above, &paler) - 0.3);
        // A picture of one colour has no lines.
        chip(|_, _| [7, 7, 7]);
    }

    #[test]
    fn the_chip_holds_the_box_and_a_little_around_it() {
        let mut picture = RgbImage::new(400, 400);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let inside = (100..200).contains(&x) && (150..350).contains(&y);
            *pixel = if inside { Rgb([255; 3]) } else { Rgb([0; 3]) };
        }
        let bbox = Rect { x: 100.0, y: 150.0, width: 100.0, height: 200.0 };
        let chip = chip(&FrameView::from_rgb(&picture), &bbox).unwrap();
        let inner = face_in_chip();
        let white = chip.pixels().filter(|pixel| pixel.0[0] > 127).count() as f32;
        assert!((white / inner.area() - 1.0).abs() < 0.05, "{white} {inner:?}");
        assert_eq!((chip.get_pixel(4, 64).0[0], chip.get_pixel(64, 64).0[0]), (0, 255));
    }
}
