// SPDX-License-Identifier: MIT OR Apache-2.0
//! The average hash: 64 bits that say which parts of a picture are lighter than its mean.
//!
//! The same bits as OpenCV's grey, `INTER_LINEAR` to 8x8, above the mean: what video-to-faces
//! computes, so that its thresholds keep their meaning. The crate `image_hasher` averages over
//! areas instead, and differs from that in 5 to 15 of the 64 bits on photographs.

use std::fmt;
use std::str::FromStr;

use image::RgbImage;
use serde::{Deserialize, Serialize};

/// Pixels along each side of the picture that is hashed.
const SIDE: usize = 8;
/// Weights of interpolation are parts of this.
const WEIGHT: f32 = 2048.0;

/// An average hash. The first pixel is the highest bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AverageHash(pub u64);

impl AverageHash {
    /// The hash of a picture; 0 for an empty one.
    pub fn of(picture: &RgbImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        if width == 0 || height == 0 {
            return Self(0);
        }
        let grey = |x: usize, y: usize| {
            let [r, g, b] = picture.get_pixel(x as u32, y as u32).0.map(u32::from);
            // Weights .299 .587 .114 times 2^15, rounded.
            (9798 * r + 19235 * g + 3735 * b + 16384) >> 15
        };
        let (columns, rows) = (places(width), places(height));
        let mut values = [0u32; SIDE * SIDE];
        for (cell, value) in values.iter_mut().enumerate() {
            let (column, row) = (&columns[cell % SIDE], &rows[cell / SIDE]);
            let line = |y: usize| {
                (grey(column.first, y) * column.weights[0]
                    + grey(column.second, y) * column.weights[1])
                    >> 4
            };
            let upper = (line(row.first) * row.weights[0]) >> 16;
            let lower = (line(row.second) * row.weights[1]) >> 16;
            *value = (upper + lower + 2) >> 2;
        }
        let sum: u32 = values.iter().sum();
        let bits = values
            .iter()
            .fold(0, |bits, value| bits << 1 | u64::from(value * (SIDE * SIDE) as u32 > sum));
        Self(bits)
    }

    /// Number of bits that differ, 0 to 64.
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl fmt::Display for AverageHash {
    /// 16 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for AverageHash {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for AverageHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AverageHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Between which two pixels one of the small picture lies, and how much of each it takes.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    first: usize,
    second: usize,
    weights: [u32; 2],
}

fn places(length: usize) -> [Place; SIDE] {
    let scale = length as f64 / SIDE as f64;
    std::array::from_fn(|index| {
        let at = ((index as f64 + 0.5) * scale - 0.5) as f32;
        let low = at.floor();
        let (first, part) = if low < 0.0 {
            (0, 0.0)
        } else if low as usize >= length - 1 {
            (length - 1, 0.0)
        } else {
            (low as usize, at - low)
        };
        let weight = |part: f32| (part * WEIGHT).round_ties_even() as u32;
        Place {
            first,
            second: (first + 1).min(length - 1),
            weights: [weight(1.0 - part), weight(part)],
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::Rgb;

    use super::*;

    /// Noise over slopes, of a small generator that any language has.
    fn made(seed: u32, width: u32, height: u32) -> RgbImage {
        let mut state = seed;
        let mut picture = RgbImage::new(width, height);
        for y in 0..height {
            for x in 0..width {
                let mut channel = |c: u32| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (((x * (3 + c) + y * (5 - c) * 2) / 2 + (state >> 24) % 97) % 256) as u8
                };
                picture.put_pixel(x, y, Rgb([channel(0), channel(1), channel(2)]));
            }
        }
        picture
    }

    /// Recorded from OpenCV 4.10 and 5.0: `cvtColor`, `resize`, above `mean()`.
    #[test]
    fn is_opencvs() {
        for (seed, width, height, hash) in [
            (1, 150, 204, 0x7986_3cc3_1eb0_9b0d),
            (2, 31, 57, 0x0005_1fff_fffb_7400),
            (3, 8, 8, 0x0a89_00c4_58ed_adef),
            (4, 7, 5, 0x8f1d_393f_6f5f_6767),
            (5, 400, 301, 0xd068_a45a_2dd6_7f97),
            (6, 16, 16, 0x0001_0809_2fdf_ffff),
            (7, 1, 1, 0),
            (8, 12, 24, 0x0000_0029_17bf_ffff_u64),
        ] {
            let found = AverageHash::of(&made(seed, width, height));
            assert_eq!(found, AverageHash(hash), "{width}x{height}: {found}");
        }
        assert_eq!(AverageHash::of(&RgbImage::new(0, 3)), AverageHash(0));
    }

    #[test]
    fn distance_counts_bits_and_text_is_read_back() {
        let (a, b) = (AverageHash(0x8f1d_393f_6f5f_6767), AverageHash(0x8f1d_393f_6f5f_6760));
        assert_eq!((a.distance(b), a.distance(a)), (3, 0));
        assert_eq!(AverageHash(0).distance(AverageHash(u64::MAX)), 64);
        assert_eq!(AverageHash(7).to_string().parse::<AverageHash>().unwrap(), AverageHash(7));
    }
}
