// SPDX-License-Identifier: MIT OR Apache-2.0
//! Synthetic frames, with padded rows.

use super::super::*;

pub const FORMATS: [PixelFormat; 8] = [
    PixelFormat::Nv12,
    PixelFormat::I420,
    PixelFormat::Yv12,
    PixelFormat::Rgb,
    PixelFormat::Bgr,
    PixelFormat::Rgba,
    PixelFormat::Bgra,
    PixelFormat::Gray8,
];

/// Repeatable random numbers (xorshift64*).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub fn below(&mut self, limit: u32) -> u32 {
        (self.next() % u64::from(limit)) as u32
    }

    pub fn unit(&mut self) -> f64 {
        self.next() as f64 / (1u64 << 48) as f64
    }
}

/// Samples of a plane of `format`: bytes a pixel, and whether it has half the resolution.
pub fn layout(format: PixelFormat) -> &'static [(usize, bool)] {
    match format {
        PixelFormat::Nv12 => &[(1, false), (2, true)],
        PixelFormat::I420 | PixelFormat::Yv12 => &[(1, false), (1, true), (1, true)],
        PixelFormat::Rgb | PixelFormat::Bgr => &[(3, false)],
        PixelFormat::Rgba | PixelFormat::Bgra => &[(4, false)],
        PixelFormat::Gray8 => &[(1, false)],
    }
}

/// A frame that owns its planes.
pub struct Synthetic {
    pub format: PixelFormat,
    pub width: u32,
    pub height: u32,
    pub planes: Vec<(Vec<u8>, usize)>,
    pub matrix: Matrix,
    pub full_range: bool,
    pub pixel_aspect: f64,
}

impl Synthetic {
    /// Every byte from plane, column in pixels, and row; padding is 0xEE.
    pub fn from_fn(
        format: PixelFormat,
        width: u32,
        height: u32,
        mut byte: impl FnMut(usize, u32, u32) -> u8,
    ) -> Self {
        let planes = layout(format).iter().enumerate().map(|(plane, &(size, half))| {
            let (columns, rows) =
                if half { (width.div_ceil(2), height.div_ceil(2)) } else { (width, height) };
            let row_bytes = columns as usize * size;
            // Odd padding: no whole number of pixels.
            let stride = row_bytes + 5;
            let mut data = vec![0xEE; stride * rows as usize];
            for y in 0..rows {
                for x in 0..columns {
                    for c in 0..size {
                        data[y as usize * stride + x as usize * size + c] = byte(plane, x, y);
                    }
                }
            }
            (data, stride)
        });
        let planes = planes.collect();
        Self {
            format,
            width,
            height,
            planes,
            matrix: Matrix::Bt709,
            full_range: false,
            pixel_aspect: 1.0,
        }
    }

    pub fn random(random: &mut Random, format: PixelFormat, width: u32, height: u32) -> Self {
        Self::from_fn(format, width, height, |_, _, _| random.below(256) as u8)
    }

    /// `value` in every byte, no colour in YUV.
    pub fn filled(format: PixelFormat, width: u32, height: u32, value: u8) -> Self {
        Self::from_fn(format, width, height, |plane, _, _| if plane == 0 { value } else { 128 })
    }

    pub fn rows(&self, plane: usize) -> usize {
        let half = layout(self.format)[plane].1;
        (if half { self.height.div_ceil(2) } else { self.height }) as usize
    }

    pub fn row_bytes(&self, plane: usize) -> usize {
        let (size, half) = layout(self.format)[plane];
        (if half { self.width.div_ceil(2) } else { self.width }) as usize * size
    }

    pub fn view(&self) -> FrameView<'_> {
        FrameView {
            format: self.format,
            width: self.width,
            height: self.height,
            planes: self
                .planes
                .iter()
                .map(|(data, stride)| Plane { data, stride: *stride })
                .collect(),
            matrix: self.matrix,
            full_range: self.full_range,
            transfer: Transfer::Sdr,
            orientation: Orientation::Identity,
            pixel_aspect: self.pixel_aspect,
        }
    }
}
