// SPDX-License-Identifier: MIT OR Apache-2.0
//! What sampling should give, pixel by pixel in f64. Knows upright frames only.

use super::super::*;
use super::synthetic::layout;

/// Samples are weighed by their share of the output pixel where it covers four or more each way, or whole
/// ones and halves; else by a triangle that falls off over one output pixel, or over
/// one stored one when enlarging.
pub struct Reference<'a> {
    pub frame: &'a FrameView<'a>,
}

impl Reference<'_> {
    /// Output pixel (`x`, `y`) of `size`; `None` where its cell lies not wholly in the picture.
    pub fn pixel(&self, region: Rect, size: (u32, u32), (x, y): (u32, u32)) -> Option<[f64; 3]> {
        let aspect = self.frame.pixel_aspect;
        let cell = |start: f32, length: f32, out: u32, i: u32, aspect: f64| {
            let step = f64::from(length) / f64::from(out) / aspect;
            (f64::from(start) / aspect + step * f64::from(i), step)
        };
        let (left, width) = cell(region.x, region.width, size.0, x, aspect);
        let (top, height) = cell(region.y, region.height, size.1, y, 1.0);
        let inside = left >= 0.0
            && top >= 0.0
            && left + width <= f64::from(self.frame.width) + 1e-6
            && top + height <= f64::from(self.frame.height) + 1e-6;
        inside.then(|| self.colour([left, top, width, height]))
    }

    fn colour(&self, cell: [f64; 4]) -> [f64; 3] {
        let half = cell.map(|v| v / 2.0);
        let at = |plane: usize, component: usize| {
            let cell = if layout(self.frame.format)[plane].1 { half } else { cell };
            self.filtered(plane, component, cell)
        };
        match self.frame.format {
            PixelFormat::Gray8 => [at(0, 0); 3],
            PixelFormat::Rgb | PixelFormat::Rgba => [at(0, 0), at(0, 1), at(0, 2)],
            PixelFormat::Bgr | PixelFormat::Bgra => [at(0, 2), at(0, 1), at(0, 0)],
            PixelFormat::Nv12 => self.rgb(at(0, 0), at(1, 0), at(1, 1)),
            PixelFormat::I420 => self.rgb(at(0, 0), at(1, 0), at(2, 0)),
            PixelFormat::Yv12 => self.rgb(at(0, 0), at(2, 0), at(1, 0)),
        }
    }

    /// The inverse of Y = kr R + kg G + kb B, U = (B - Y) / 2(1 - kb), V = (R - Y) / 2(1 - kr).
    fn rgb(&self, y: f64, u: f64, v: f64) -> [f64; 3] {
        let (kr, kb) = match self.frame.matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
            Matrix::Bt2020 => (0.2627, 0.0593),
        };
        let (y, u, v) = if self.frame.full_range {
            (y / 255.0, (u - 128.0) / 255.0, (v - 128.0) / 255.0)
        } else {
            ((y - 16.0) / 219.0, (u - 128.0) / 224.0, (v - 128.0) / 224.0)
        };
        let (red, blue) = (y + 2.0 * (1.0 - kr) * v, y + 2.0 * (1.0 - kb) * u);
        let green = (y - kr * red - kb * blue) / (1.0 - kr - kb);
        [red, green, blue].map(|c| (c * 255.0).clamp(0.0, 255.0))
    }

    fn filtered(&self, plane: usize, component: usize, cell: [f64; 4]) -> f64 {
        let (size, half) = layout(self.frame.format)[plane];
        let (columns, rows) = if half {
            (self.frame.width.div_ceil(2), self.frame.height.div_ceil(2))
        } else {
            (self.frame.width, self.frame.height)
        };
        let mean = cell[2].min(cell[3]) >= 4.0
            || cell[2..].iter().all(|length| *length >= 1.5 && (2.0 * length).fract() == 0.0);
        let horizontal = weights(mean, cell[0], cell[2], columns);
        let vertical = weights(mean, cell[1], cell[3], rows);
        let plane = &self.frame.planes[plane];
        let (mut sum, mut total) = (0.0, 0.0);
        for &(y, row_weight) in &vertical {
            for &(x, weight) in &horizontal {
                let sample = plane.data[y * plane.stride + x * size + component];
                sum += f64::from(sample) * weight * row_weight;
                total += weight * row_weight;
            }
        }
        sum / total
    }
}

fn weights(mean: bool, start: f64, length: f64, limit: u32) -> Vec<(usize, f64)> {
    let centre = start + length / 2.0;
    let weight = |i: u32| {
        let (left, right) = (f64::from(i), f64::from(i) + 1.0);
        if mean {
            (right.min(start + length) - left.max(start)).max(0.0)
        } else {
            (1.0 - (left + 0.5 - centre).abs() / length.max(1.0)).max(0.0)
        }
    };
    (0..limit).map(|i| (i as usize, weight(i))).filter(|w| w.1 > 0.0).collect()
}
