// SPDX-License-Identifier: MIT OR Apache-2.0
//! Crops and scales the planes of a frame, then converts the small result to RGB.

use image::RgbImage;

use super::colour::YuvToRgb;
use super::placement::{Span, stored_region};
use super::plane::{PlaneView, chroma_planes, chroma_size};
use super::scale::Scaler;
use super::{FrameError, FrameView, MAX_SIDE, PixelFormat};
use crate::geometry::Rect;

/// Samples parts of frames, keeping its buffers from one call to the next.
///
/// The samples of 4:2:0 colour planes are taken to lie in the middle of their four luma pixels;
/// streams that site them on the left are off by half a luma pixel in colour, not in luma.
#[derive(Debug, Default)]
pub struct Sampler {
    scaler: Scaler,
    scaled: [Vec<u8>; 3],
}

impl Sampler {
    /// A sampler without buffers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`FrameView::sample`], into `out`, whose memory is used again where it fits.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub fn sample(
        &mut self,
        frame: &FrameView<'_>,
        region: Rect,
        width: u32,
        height: u32,
        out: &mut RgbImage,
    ) -> Result<(), FrameError> {
        check(frame, region, width, height)?;
        let (stored_width, stored_height) =
            if frame.orientation.swaps_axes() { (height, width) } else { (width, height) };
        clear(out, stored_width, stored_height);
        let [left, top, crop_width, crop_height] = stored_region(frame, region);
        let columns = Span::new(left, crop_width, stored_width, frame.width);
        let rows = Span::new(top, crop_height, stored_height, frame.height);
        if let (Some(columns), Some(rows)) = (columns, rows) {
            self.fill(frame, &columns, &rows, out)?;
            frame.transfer.to_sdr(out.as_chunks_mut().0);
            repeat_borders(out, &columns, &rows);
        }
        if frame.orientation != super::Orientation::Identity {
            *out = frame.orientation.upright(std::mem::take(out));
        }
        Ok(())
    }

    /// Writes the scaled pixels of `columns` x `rows` into `out`.
    fn fill(
        &mut self,
        frame: &FrameView<'_>,
        columns: &Span,
        rows: &Span,
        out: &mut RgbImage,
    ) -> Result<(), FrameError> {
        let size = (frame.width, frame.height);
        let target = Target::new(columns, rows);
        let Self { scaler, scaled: [first, second, third] } = self;
        let matrix = YuvToRgb::new(frame.matrix, frame.full_range);
        match frame.format {
            PixelFormat::Gray8 => {
                target.scale::<1>(scaler, frame, 0, size, first)?;
                target.write(out, first.as_chunks().0, |[y]| [y; 3]);
            }
            PixelFormat::Rgb => {
                target.scale::<3>(scaler, frame, 0, size, first)?;
                target.write(out, first.as_chunks().0, |rgb| rgb);
            }
            PixelFormat::Bgr => {
                target.scale::<3>(scaler, frame, 0, size, first)?;
                target.write(out, first.as_chunks().0, |[b, g, r]| [r, g, b]);
            }
            PixelFormat::Rgba => {
                target.scale::<4>(scaler, frame, 0, size, first)?;
                target.write(out, first.as_chunks().0, |[r, g, b, _]| [r, g, b]);
            }
            PixelFormat::Bgra => {
                target.scale::<4>(scaler, frame, 0, size, first)?;
                target.write(out, first.as_chunks().0, |[b, g, r, _]| [r, g, b]);
            }
            PixelFormat::Nv12 => {
                target.scale::<1>(scaler, frame, 0, size, first)?;
                target.halved().scale::<2>(scaler, frame, 1, chroma_size(frame), second)?;
                for (start, row) in target.rows(out) {
                    matrix.interleaved(&first[start..], &second[2 * start..], row);
                }
            }
            PixelFormat::I420 | PixelFormat::Yv12 => {
                let (u, v) = chroma_planes(frame.format);
                let chroma = target.halved();
                target.scale::<1>(scaler, frame, 0, size, first)?;
                chroma.scale::<1>(scaler, frame, u, chroma_size(frame), second)?;
                chroma.scale::<1>(scaler, frame, v, chroma_size(frame), third)?;
                for (start, row) in target.rows(out) {
                    matrix.planes(&first[start..], &second[start..], &third[start..], row);
                }
            }
        }
        Ok(())
    }
}

/// A crop of a plane and the size and place of what it becomes.
#[derive(Debug, Clone, Copy)]
struct Target {
    crop: [f64; 4],
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Target {
    fn new(columns: &Span, rows: &Span) -> Self {
        Self {
            crop: [columns.crop_start, rows.crop_start, columns.crop_length, rows.crop_length],
            left: columns.scaled_begin,
            top: rows.scaled_begin,
            width: columns.scaled(),
            height: rows.scaled(),
        }
    }

    /// The same place on a plane of half the resolution.
    fn halved(self) -> Self {
        Self { crop: self.crop.map(|x| x / 2.0), ..self }
    }

    /// Scales the crop of one plane of `C` bytes a pixel into `scaled`.
    fn scale<const C: usize>(
        &self,
        scaler: &mut Scaler,
        frame: &FrameView<'_>,
        plane: usize,
        size: (u32, u32),
        scaled: &mut Vec<u8>,
    ) -> Result<(), FrameError> {
        let plane = PlaneView::<C>::new(frame, plane, size)?;
        scaler.scale(&plane, self.crop, (self.width, self.height), scaled);
        Ok(())
    }

    /// The rows of its place in `out`, each with the number of its first pixel.
    fn rows<'a>(&self, out: &'a mut RgbImage) -> impl Iterator<Item = (usize, &'a mut [[u8; 3]])> {
        let stride = out.width() as usize * 3;
        let (left, width) = (self.left as usize, self.width as usize);
        let rows = out.chunks_exact_mut(stride).skip(self.top as usize).take(self.height as usize);
        let pixels = move |row: &'a mut [u8]| &mut row.as_chunks_mut().0[left..left + width];
        rows.enumerate().map(move |(y, row)| (y * width, pixels(row)))
    }

    /// Puts the scaled pixels at their place in `out`.
    fn write<const C: usize>(
        &self,
        out: &mut RgbImage,
        pixels: &[[u8; C]],
        rgb: impl Fn([u8; C]) -> [u8; 3],
    ) {
        for (start, row) in self.rows(out) {
            for (place, &pixel) in row.iter_mut().zip(&pixels[start..]) {
                *place = rgb(pixel);
            }
        }
    }
}

fn check(frame: &FrameView<'_>, region: Rect, width: u32, height: u32) -> Result<(), FrameError> {
    let aspect = frame.pixel_aspect;
    if frame.width == 0 || frame.height == 0 || !(aspect.is_finite() && aspect > 0.0) {
        return Err(FrameError::Empty {
            width: frame.width,
            height: frame.height,
            pixel_aspect: aspect,
        });
    }
    let Rect { x, y, width: w, height: h } = region;
    if ![x, y, w, h].iter().all(|v| v.is_finite()) || w <= 0.0 || h <= 0.0 {
        return Err(FrameError::Region(region));
    }
    if ![width, height].iter().all(|side| (1..=MAX_SIDE).contains(side)) {
        return Err(FrameError::OutputSize(width, height));
    }
    Ok(())
}

/// Makes `out` a black picture of the given size, in the memory it has where that is enough.
fn clear(out: &mut RgbImage, width: u32, height: u32) {
    let mut bytes = std::mem::take(out).into_raw();
    bytes.clear();
    bytes.resize(width as usize * height as usize * 3, 0);
    *out = RgbImage::from_raw(width, height, bytes).unwrap_or_default();
}

/// Fills output pixels that see only the edge of the picture from their scaled neighbours.
fn repeat_borders(out: &mut RgbImage, columns: &Span, rows: &Span) {
    let stride = out.width() as usize * 3;
    let border = (columns.begin..columns.scaled_begin)
        .map(|x| (columns.scaled_begin, x))
        .chain((columns.scaled_end..columns.end).map(|x| (columns.scaled_end - 1, x)));
    for (from, to) in border {
        for y in rows.scaled_begin..rows.scaled_end {
            let pixel = *out.get_pixel(from, y);
            out.put_pixel(to, y, pixel);
        }
    }
    let border = (rows.begin..rows.scaled_begin)
        .map(|y| (rows.scaled_begin, y))
        .chain((rows.scaled_end..rows.end).map(|y| (rows.scaled_end - 1, y)));
    for (from, to) in border {
        let from = from as usize * stride;
        out.copy_within(from..from + stride, to as usize * stride);
    }
}
