// SPDX-License-Identifier: MIT OR Apache-2.0
//! Planes with padded rows, as the scaler reads them: no copy, no unchecked access.

use super::{FrameError, FrameView, PixelFormat};

/// `width` x `height` pixels of `C` bytes inside a plane whose rows lie `stride` bytes apart.
pub(super) struct PlaneView<'a, const C: usize> {
    data: &'a [u8],
    stride: usize,
    width: u32,
    height: u32,
}

impl<'a, const C: usize> PlaneView<'a, C> {
    /// Plane number `index` of the frame, `width` x `height` pixels of it.
    pub(super) fn new(
        frame: &FrameView<'a>,
        index: usize,
        (width, height): (u32, u32),
    ) -> Result<Self, FrameError> {
        let row_bytes = width as usize * C;
        let (data, stride) = frame.planes.get(index).map_or((&[][..], 0), |p| (p.data, p.stride));
        let needed = (height as usize)
            .saturating_sub(1)
            .checked_mul(stride)
            .and_then(|rows| rows.checked_add(row_bytes));
        if stride < row_bytes || needed.is_none_or(|needed| data.len() < needed) {
            return Err(FrameError::ShortPlane {
                plane: index,
                format: frame.format,
                width: frame.width,
                height: frame.height,
                rows: height,
                row_bytes,
                stride,
                length: data.len(),
            });
        }
        Ok(Self { data, stride, width, height })
    }

    /// Number of rows.
    pub(super) fn height(&self) -> u32 {
        self.height
    }

    /// The bytes of row `y`; of the last one where there is none.
    pub(super) fn row(&self, y: usize) -> &'a [u8] {
        let start = y.min(self.height.saturating_sub(1) as usize) * self.stride;
        self.data.get(start..start + self.width as usize * C).unwrap_or_default()
    }

    /// The bytes of `pixels` pixels from column `left` on, of each row from `top` on.
    pub(super) fn rows(
        &self,
        left: usize,
        pixels: usize,
        top: u32,
    ) -> impl Iterator<Item = &'a [u8]> + use<'a, C> {
        let bytes = left * C..(left + pixels) * C;
        // Skipped by slicing: the scaler starts anew for every row it makes.
        let data = self.data.get(top as usize * self.stride..);
        data.unwrap_or_default()
            .chunks(self.stride)
            .take(self.height.saturating_sub(top) as usize)
            .map(move |row| &row[bytes.clone()])
    }
}

/// Size of the two colour planes of a 4:2:0 frame.
pub(super) fn chroma_size(frame: &FrameView<'_>) -> (u32, u32) {
    (frame.width.div_ceil(2), frame.height.div_ceil(2))
}

/// Positions of the U and the V plane of a planar format.
pub(super) fn chroma_planes(format: PixelFormat) -> (usize, usize) {
    if format == PixelFormat::Yv12 { (2, 1) } else { (1, 2) }
}
