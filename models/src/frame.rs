// SPDX-License-Identifier: MIT OR Apache-2.0
//! A decoded video frame as it lies in memory, and reading parts of it.

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
    /// How to turn it upright.
    pub orientation: Orientation,
    /// Width of a stored pixel divided by its height (1 = square).
    pub pixel_aspect: f64,
}
