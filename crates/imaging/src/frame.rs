// SPDX-License-Identifier: MIT OR Apache-2.0
//! A decoded video frame as it lies in memory, and reading parts of it.
//!
//! A whole frame is never converted: [`Sampler`] crops and scales the planes first and converts
//! colours at the small size.

mod area;
mod colour;
mod double;
mod placement;
mod plane;
mod sampler;
mod scale;
mod shrink;
#[cfg(test)]
mod tests;
mod tone;
mod triangle;

use std::cell::RefCell;

use crate::geometry::Rect;

pub use sampler::Sampler;
pub use tone::Transfer;

/// The longest side of an output picture, in pixels: a guard against absurd requests.
pub const MAX_SIDE: u32 = 16_384;

/// How the planes are laid out. Names as GStreamer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelFormat {
    /// Y plane, interleaved U V plane at half size.
    Nv12,
    /// Y, U, V planes.
    I420,
    /// Y, V, U planes.
    Yv12,
    /// 3 bytes a pixel.
    Rgb,
    /// 3 bytes a pixel.
    Bgr,
    /// 4 bytes a pixel; the fourth is ignored (also RGBx).
    Rgba,
    /// 4 bytes a pixel; the fourth is ignored (also BGRx).
    Bgra,
    /// One byte a pixel.
    Gray8,
}

/// YUV to RGB coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matrix {
    /// Standard definition.
    Bt601,
    /// High definition.
    Bt709,
    /// Ultra-high definition.
    Bt2020,
}

/// One plane: `data` holds `stride` bytes a row; the last row may be shorter than the stride.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// Rows, top first.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// How the stored picture must be turned to be upright (as EXIF and GStreamer's image-orientation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Orientation {
    /// Stored upright.
    #[default]
    Identity,
    /// Turn 90 degrees clockwise to be upright.
    Rotate90,
    /// Turn 180 degrees.
    Rotate180,
    /// Turn 270 degrees clockwise.
    Rotate270,
    /// Mirror left-right.
    FlipRotate0,
    /// Mirror left-right, then 90 degrees clockwise.
    FlipRotate90,
    /// Mirror left-right, then 180 degrees.
    FlipRotate180,
    /// Mirror left-right, then 270 degrees clockwise.
    FlipRotate270,
}

/// A decoded frame, borrowed. Nothing is copied until a part of it is sampled.
#[derive(Debug, Clone)]
pub struct FrameView<'a> {
    /// Layout.
    pub format: PixelFormat,
    /// Stored width in pixels.
    pub width: u32,
    /// Stored height in pixels.
    pub height: u32,
    /// As many as the format has.
    pub planes: Vec<Plane<'a>>,
    /// For YUV formats.
    pub matrix: Matrix,
    /// YUV in 0..255 (true) or 16..235 (false).
    pub full_range: bool,
    /// How brightness is coded; pictures come out for ordinary screens.
    pub transfer: Transfer,
    /// How to turn it upright.
    pub orientation: Orientation,
    /// Width of a stored pixel divided by its height (1 = square).
    pub pixel_aspect: f64,
}

impl<'a> FrameView<'a> {
    /// A still picture as a frame.
    pub fn from_rgb(picture: &'a image::RgbImage) -> Self {
        let plane = Plane { data: picture.as_raw(), stride: picture.width() as usize * 3 };
        Self {
            format: PixelFormat::Rgb,
            width: picture.width(),
            height: picture.height(),
            planes: vec![plane],
            matrix: Matrix::Bt601,
            full_range: true,
            transfer: Transfer::Sdr,
            orientation: Orientation::Identity,
            pixel_aspect: 1.0,
        }
    }
}

impl FrameView<'_> {
    /// Width and height of the upright picture with square pixels, in display pixels.
    pub fn display_size(&self) -> (f32, f32) {
        let (width, height) = (f64::from(self.width) * self.pixel_aspect, f64::from(self.height));
        if self.orientation.swaps_axes() {
            (height as f32, width as f32)
        } else {
            (width as f32, height as f32)
        }
    }

    /// The part `region` (display pixels; black where it reaches outside) as `width` x `height` RGB.
    ///
    /// Averages when shrinking, interpolates bilinearly when enlarging. Every thread keeps the buffers
    /// for its next call.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub fn sample(
        &self,
        region: Rect,
        width: u32,
        height: u32,
    ) -> Result<image::RgbImage, FrameError> {
        thread_local!(static SAMPLER: RefCell<Sampler> = RefCell::default());
        let mut out = image::RgbImage::default();
        SAMPLER.with_borrow_mut(|sampler| sampler.sample(self, region, width, height, &mut out))?;
        Ok(out)
    }
}

/// Why a frame could not be sampled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// Planes missing or shorter than the format and size need.
    #[error(
        "plane {plane} of a {width}x{height} {format:?} frame is too short: {rows} rows of {row_bytes} bytes, {stride} apart, do not fit in {length} bytes"
    )]
    ShortPlane {
        /// Which plane, from 0.
        plane: usize,
        /// Layout of the frame.
        format: PixelFormat,
        /// Frame width in pixels.
        width: u32,
        /// Frame height in pixels.
        height: u32,
        /// Rows the plane should have.
        rows: u32,
        /// Bytes of picture in a row.
        row_bytes: usize,
        /// Stride given.
        stride: usize,
        /// Bytes given.
        length: usize,
    },
    /// Width or height is zero, or the pixel aspect is no positive number.
    #[error("a {width}x{height} frame with pixel aspect {pixel_aspect} has no picture")]
    Empty {
        /// Frame width in pixels.
        width: u32,
        /// Frame height in pixels.
        height: u32,
        /// Width of a pixel divided by its height.
        pixel_aspect: f64,
    },
    /// The region has no area or is not finite.
    #[error("cannot sample {0:?}: width and height must be positive and finite")]
    Region(Rect),
    /// The output size is zero or above [`MAX_SIDE`].
    #[error("cannot sample to {0}x{1} pixels: each side must be from 1 to {MAX_SIDE}")]
    OutputSize(u32, u32),
}
