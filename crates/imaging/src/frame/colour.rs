// SPDX-License-Identifier: MIT OR Apache-2.0
//! YUV to RGB in fixed point.

use multiversion::multiversion;

use super::Matrix;

/// Fraction bits: products of 8-bit samples stay far inside an i32.
const BITS: i32 = 14;

/// Coefficients of one matrix and range, scaled by 2^[`BITS`].
#[derive(Debug, Clone, Copy)]
pub(super) struct YuvToRgb {
    luma: i32,
    red_v: i32,
    green_u: i32,
    green_v: i32,
    blue_u: i32,
    black: i32,
}

impl YuvToRgb {
    /// Derived from the luma weights of ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance).
    pub(super) fn new(matrix: Matrix, full_range: bool) -> Self {
        let (kr, kb) = match matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
            Matrix::Bt2020 => (0.2627, 0.0593),
        };
        let kg = 1.0 - kr - kb;
        let (luma, chroma) = if full_range { (1.0, 1.0) } else { (255.0 / 219.0, 255.0 / 224.0) };
        let fixed = |x: f64| (x * f64::from(1 << BITS)).round() as i32;
        Self {
            luma: fixed(luma),
            red_v: fixed(2.0 * (1.0 - kr) * chroma),
            green_u: fixed(2.0 * (1.0 - kb) * kb / kg * chroma),
            green_v: fixed(2.0 * (1.0 - kr) * kr / kg * chroma),
            blue_u: fixed(2.0 * (1.0 - kb) * chroma),
            black: if full_range { 0 } else { 16 },
        }
    }

    /// A row whose colours lie in two planes.
    pub(super) fn planes(&self, y: &[u8], u: &[u8], v: &[u8], rgb: &mut [[u8; 3]]) {
        planes(*self, y, u, v, rgb);
    }

    /// A row whose colours lie in one plane, U first.
    pub(super) fn interleaved(&self, y: &[u8], uv: &[u8], rgb: &mut [[u8; 3]]) {
        interleaved(*self, y, uv, rgb);
    }

    /// One pixel.
    #[inline(always)]
    fn convert(&self, y: u8, u: u8, v: u8) -> [u8; 3] {
        let y = (i32::from(y) - self.black) * self.luma + (1 << (BITS - 1));
        let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
        let byte = |x: i32| (x >> BITS).clamp(0, 255) as u8;
        [
            byte(y + self.red_v * v),
            byte(y - self.green_u * u - self.green_v * v),
            byte(y + self.blue_u * u),
        ]
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn planes(matrix: YuvToRgb, y: &[u8], u: &[u8], v: &[u8], rgb: &mut [[u8; 3]]) {
    for (rgb, (&y, (&u, &v))) in rgb.iter_mut().zip(y.iter().zip(u.iter().zip(v))) {
        *rgb = matrix.convert(y, u, v);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn interleaved(matrix: YuvToRgb, y: &[u8], uv: &[u8], rgb: &mut [[u8; 3]]) {
    for (rgb, (&y, &[u, v])) in rgb.iter_mut().zip(y.iter().zip(uv.as_chunks().0)) {
        *rgb = matrix.convert(y, u, v);
    }
}
