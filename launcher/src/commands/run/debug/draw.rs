// SPDX-License-Identifier: MIT OR Apache-2.0
//! Boxes and numbers on a picture.

use image::{Rgb, RgbImage};

/// Pixels of a box's line.
const LINE: i64 = 2;
/// Screen pixels of a point of a digit.
const DOT: i64 = 2;
/// Points of a digit.
const DIGIT: (i64, i64) = (3, 5);

/// Rows of the digits and of the full stop, the left point being the highest of three bits.
const DIGITS: [[u8; 5]; 11] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
    [0, 0, 0, 0, 2],
];

/// Draws a box, left, top, right and bottom in pixels, and a number above it, or below where there is
/// no room.
pub fn labelled_box(picture: &mut RgbImage, corners: [f32; 4], text: &str, colour: Rgb<u8>) {
    let [left, top, right, bottom] = corners.map(|v| v.round() as i64);
    for line in 0..LINE {
        for x in left..=right {
            dot(picture, x, top + line, colour);
            dot(picture, x, bottom - line, colour);
        }
        for y in top..=bottom {
            dot(picture, left + line, y, colour);
            dot(picture, right - line, y, colour);
        }
    }
    let height = DIGIT.1 * DOT;
    let y = if top <= 10 { bottom + LINE + 1 } else { top - height - LINE };
    number(picture, left, y, text, colour);
}

fn number(picture: &mut RgbImage, left: i64, top: i64, text: &str, colour: Rgb<u8>) {
    for (place, symbol) in text.chars().enumerate() {
        let rows = match symbol.to_digit(10) {
            Some(digit) => DIGITS.get(digit as usize),
            None => DIGITS.last(),
        };
        let x = left + place as i64 * (DIGIT.0 + 1) * DOT;
        for (row, bits) in rows.into_iter().flatten().enumerate() {
            for column in (0..DIGIT.0).filter(|column| bits >> (DIGIT.0 - 1 - column) & 1 == 1) {
                for point in 0..DOT * DOT {
                    let (dx, dy) = (column * DOT + point % DOT, row as i64 * DOT + point / DOT);
                    dot(picture, x + dx, top + dy, colour);
                }
            }
        }
    }
}

/// Colours a pixel; one outside the picture is left alone.
fn dot(picture: &mut RgbImage, x: i64, y: i64, colour: Rgb<u8>) {
    if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
        && let Some(pixel) = picture.get_pixel_mut_checked(x, y)
    {
        *pixel = colour;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREEN: Rgb<u8> = Rgb([0, 255, 0]);

    fn coloured(picture: &RgbImage, x: u32, y: u32) -> bool {
        *picture.get_pixel(x, y) == GREEN
    }

    #[test]
    fn a_box_has_a_line_of_two_pixels_and_its_number_above_or_below() {
        let mut picture = RgbImage::new(100, 100);
        labelled_box(&mut picture, [20.0, 30.0, 60.0, 80.0], "0.98", GREEN);
        for (x, y, on) in
            [(20, 50, true), (21, 50, true), (22, 50, false), (60, 80, true), (61, 80, false)]
        {
            assert_eq!(coloured(&picture, x, y), on, "{x} {y}");
        }
        let ink = |picture: &RgbImage, rows: std::ops::Range<u32>| {
            rows.flat_map(|y| (0..100).map(move |x| (x, y)))
                .filter(|&(x, y)| coloured(picture, x, y))
                .count()
        };
        assert!(ink(&picture, 18..28) > 20);
        assert_eq!(ink(&picture, 81..100), 0);
        let mut high = RgbImage::new(100, 100);
        labelled_box(&mut high, [20.0, 8.0, 60.0, 40.0], "0.98", GREEN);
        assert_eq!(ink(&high, 0..8), 0);
        assert!(ink(&high, 42..54) > 20);
    }

    #[test]
    fn what_reaches_outside_is_left_out() {
        let mut picture = RgbImage::new(10, 10);
        labelled_box(&mut picture, [-50.0, -50.0, 5.0, 500.0], "1.00", GREEN);
        assert!(coloured(&picture, 5, 5));
    }
}
