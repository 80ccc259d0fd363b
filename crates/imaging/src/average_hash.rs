// SPDX-License-Identifier: MIT OR Apache-2.0
//! The average hash: 64 bits that say which parts of a picture are lighter than its mean.
//!
//! The same bits as OpenCV's grey, `INTER_LINEAR` to 8x8, above the mean: what video-to-faces
//! computes, so that its thresholds keep their meaning. The crate `image_hasher` averages over
//! areas instead, and differs from that in 5 to 15 of the 64 bits on photographs. It cannot take
//! over behind the shrinking either: it sets a bit from the mean's whole part on, not above the
//! mean, so that it differs wherever a value is on the mean or in the part of one below it.

use image::RgbImage;

/// Pixels along each side of the picture that is hashed.
const SIDE: usize = 8;
/// Weights of interpolation are parts of this.
const WEIGHT: f32 = 2048.0;

/// The bits of a picture, the first pixel the highest; 0 for an empty one.
pub(crate) fn average(picture: &RgbImage) -> u64 {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if width == 0 || height == 0 {
        return 0;
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
            (grey(column.first, y) * column.weights[0] + grey(column.second, y) * column.weights[1])
                >> 4
        };
        let upper = (line(row.first) * row.weights[0]) >> 16;
        let lower = (line(row.second) * row.weights[1]) >> 16;
        *value = (upper + lower + 2) >> 2;
    }
    let sum: u32 = values.iter().sum();
    values.iter().fold(0, |bits, value| bits << 1 | u64::from(value * (SIDE * SIDE) as u32 > sum))
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
pub(crate) mod tests {
    use image::Rgb;

    use super::*;

    /// Noise over slopes, of a small generator that any language has.
    pub(crate) fn synthetic(seed: u32, width: u32, height: u32) -> RgbImage {
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
            let found = average(&synthetic(seed, width, height));
            assert_eq!(found, hash, "{width}x{height}: {found:016x}");
        }
        assert_eq!(average(&RgbImage::new(0, 3)), 0);
    }

    /// Should it ever hold, the crate can have the 8x8 picture.
    #[test]
    fn the_crate_s_mean_is_not_above_the_mean() {
        let hasher = image_hasher::HasherConfig::new()
            .hash_alg(image_hasher::HashAlg::Mean)
            .bit_order(image_hasher::BitOrder::MsbFirst)
            .to_hasher();
        // Half the pixels are at 100, half at 101: the mean is 100.5.
        let pixel = |x: u32, _| image::Luma([100 + (x % 2) as u8]);
        let hash = hasher.hash_image(&image::GrayImage::from_fn(8, 8, pixel));
        assert_eq!(hash.as_bytes(), [0xff; 8]);
        let pixel = |x: u32, _| Rgb([100 + (x % 2) as u8; 3]);
        assert_eq!(average(&RgbImage::from_fn(8, 8, pixel)), 0x5555_5555_5555_5555);
    }
}
