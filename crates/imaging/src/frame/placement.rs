// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where output pixels fall on the stored picture: orientation, pixel aspect, and borders.

use image::{RgbImage, imageops};

use super::{FrameView, Orientation};
use crate::geometry::Rect;

/// Rounding slack in output pixels: f32 regions of large pictures carry about this much noise.
const SLACK: f64 = 1e-3;

impl Orientation {
    /// Mirrored before turned?
    fn flipped(self) -> bool {
        matches!(
            self,
            Self::FlipRotate0 | Self::FlipRotate90 | Self::FlipRotate180 | Self::FlipRotate270
        )
    }

    /// Clockwise quarter turns, 0 to 3.
    fn quarter_turns(self) -> u8 {
        match self {
            Self::Identity | Self::FlipRotate0 => 0,
            Self::Rotate90 | Self::FlipRotate90 => 1,
            Self::Rotate180 | Self::FlipRotate180 => 2,
            Self::Rotate270 | Self::FlipRotate270 => 3,
        }
    }

    /// This orientation, of a picture that is then turned by so many quarters clockwise.
    ///
    /// ```
    /// use imaging::frame::Orientation;
    /// assert_eq!(Orientation::Identity.turned(1), Orientation::Rotate90);
    /// assert_eq!(Orientation::FlipRotate270.turned(2), Orientation::FlipRotate90);
    /// ```
    #[must_use]
    pub fn turned(self, quarters: u8) -> Self {
        let upright = [Self::Identity, Self::Rotate90, Self::Rotate180, Self::Rotate270];
        let mirrored =
            [Self::FlipRotate0, Self::FlipRotate90, Self::FlipRotate180, Self::FlipRotate270];
        let turns = usize::from(self.quarter_turns() + quarters % 4) % 4;
        if self.flipped() { mirrored[turns] } else { upright[turns] }
    }

    /// Whether the upright picture is as wide as the stored one is high.
    pub(super) fn swaps_axes(self) -> bool {
        self.quarter_turns() % 2 == 1
    }

    /// Turns a stored picture upright.
    pub(super) fn upright(self, mut stored: RgbImage) -> RgbImage {
        if self.flipped() {
            imageops::flip_horizontal_in_place(&mut stored);
        }
        match self.quarter_turns() {
            1 => imageops::rotate90(&stored),
            2 => {
                imageops::rotate180_in_place(&mut stored);
                stored
            }
            3 => imageops::rotate270(&stored),
            _ => stored,
        }
    }
}

/// `region` (display pixels) in stored pixels: left, top, width, height.
pub(super) fn stored_region(frame: &FrameView<'_>, region: Rect) -> [f64; 4] {
    let (width, height) = (f64::from(frame.width) * frame.pixel_aspect, f64::from(frame.height));
    let [x, y, w, h] = [region.x, region.y, region.width, region.height].map(f64::from);
    let [x, y, w, h] = match frame.orientation.quarter_turns() {
        1 => [y, height - x - w, h, w],
        2 => [width - x - w, height - y - h, w, h],
        3 => [width - y - h, x, h, w],
        _ => [x, y, w, h],
    };
    let x = if frame.orientation.flipped() { width - x - w } else { x };
    [x / frame.pixel_aspect, y, w / frame.pixel_aspect, h]
}

/// One axis of a scaling: the output pixels that see the picture, and the stretch they see.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    /// First output pixel whose centre lies in the picture.
    pub(super) begin: u32,
    /// One past the last such pixel.
    pub(super) end: u32,
    /// First output pixel that is scaled: it lies wholly in the picture.
    pub(super) scaled_begin: u32,
    /// One past the last such pixel. The others of `begin..end` repeat their neighbour.
    pub(super) scaled_end: u32,
    /// Where the scaled pixels start, in stored pixels.
    pub(super) crop_start: f64,
    /// The stretch they cover, in stored pixels.
    pub(super) crop_length: f64,
}

impl Span {
    /// `out` pixels over `start .. start + length` of a picture that reaches from 0 to `limit`;
    /// `None` where no output pixel sees it.
    pub(super) fn new(start: f64, length: f64, out: u32, limit: u32) -> Option<Self> {
        let limit = f64::from(limit);
        let step = length / f64::from(out);
        // Position of a border counted in output pixels.
        let cell = |border: f64| (border - start) / step;
        let clamp = |x: f64| x.clamp(0.0, f64::from(out)) as u32;
        let begin = clamp((cell(0.0) - 0.5).ceil());
        let end = clamp((cell(limit) - 0.5).ceil());
        if begin >= end {
            return None;
        }
        let mut scaled_begin = clamp((cell(0.0) - SLACK).ceil()).max(begin);
        let mut scaled_end = clamp((cell(limit) + SLACK).floor()).min(end);
        if scaled_begin >= scaled_end {
            // The picture is hardly a pixel across: average what is there.
            (scaled_begin, scaled_end) = (begin, end);
        }
        let crop_start = (start + f64::from(scaled_begin) * step).clamp(0.0, limit);
        let crop_end = (start + f64::from(scaled_end) * step).clamp(0.0, limit);
        (crop_end > crop_start).then_some(Self {
            begin,
            end,
            scaled_begin,
            scaled_end,
            crop_start: snap(crop_start),
            crop_length: snap(crop_end - crop_start),
        })
    }

    /// Number of pixels to scale to.
    pub(super) fn scaled(&self) -> u32 {
        self.scaled_end - self.scaled_begin
    }
}

/// Whole numbers that f32 arithmetic has missed by a hair, so that exact scales stay exact.
fn snap(x: f64) -> f64 {
    if (x - x.round()).abs() < SLACK { x.round() } else { x }
}
