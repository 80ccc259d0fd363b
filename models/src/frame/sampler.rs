// SPDX-License-Identifier: MIT OR Apache-2.0
//! Crops and scales the planes of a frame, then converts the small result to RGB.

use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use super::colour::YuvToRgb;
use super::placement::{Span, stored_region};
use super::plane::{PlaneView, chroma_planes, chroma_size};
use super::shrink::Block;
use super::{FrameError, FrameView, MAX_SIDE, PixelFormat};
use crate::geometry::Rect;

/// Samples parts of frames, keeping its buffers from one call to the next.
///
/// The samples of 4:2:0 colour planes are taken to lie in the middle of their four luma pixels;
/// streams that site them on the left are off by half a luma pixel in colour, not in luma.
#[derive(Debug, Default)]
pub struct Sampler {
    resizer: Resizer,
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
        let Self { resizer, scaled: [first, second, third] } = self;
        match frame.format {
            PixelFormat::Gray8 => {
                target.scale::<U8>(resizer, frame, 0, size, first)?;
                target.write(out, first.iter().map(|&y| [y; 3]));
            }
            PixelFormat::Rgb => {
                target.scale::<U8x3>(resizer, frame, 0, size, first)?;
                target.write(out, first.as_chunks().0.iter().copied());
            }
            PixelFormat::Bgr => {
                target.scale::<U8x3>(resizer, frame, 0, size, first)?;
                target.write(out, first.as_chunks().0.iter().map(|&[b, g, r]| [r, g, b]));
            }
            PixelFormat::Rgba => {
                target.scale::<U8x4>(resizer, frame, 0, size, first)?;
                target.write(out, first.as_chunks().0.iter().map(|&[r, g, b, _]| [r, g, b]));
            }
            PixelFormat::Bgra => {
                target.scale::<U8x4>(resizer, frame, 0, size, first)?;
                target.write(out, first.as_chunks().0.iter().map(|&[b, g, r, _]| [r, g, b]));
            }
            PixelFormat::Nv12 => {
                let matrix = YuvToRgb::new(frame.matrix, frame.full_range);
                target.scale::<U8>(resizer, frame, 0, size, first)?;
                target.halved().scale::<U8x2>(resizer, frame, 1, chroma_size(frame), second)?;
                let pixels = first.iter().zip(second.as_chunks().0);
                target.write(out, pixels.map(|(&y, &[u, v])| matrix.convert(y, u, v)));
            }
            PixelFormat::I420 | PixelFormat::Yv12 => {
                let matrix = YuvToRgb::new(frame.matrix, frame.full_range);
                let (u, v) = chroma_planes(frame.format);
                let chroma = target.halved();
                target.scale::<U8>(resizer, frame, 0, size, first)?;
                chroma.scale::<U8>(resizer, frame, u, chroma_size(frame), second)?;
                chroma.scale::<U8>(resizer, frame, v, chroma_size(frame), third)?;
                let pixels = first.iter().zip(second.iter().zip(third.iter()));
                target.write(out, pixels.map(|(&y, (&u, &v))| matrix.convert(y, u, v)));
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

    /// Scales the crop of one plane into `scaled`, `width` x `height` pixels without padding.
    fn scale<P: PixelTrait + bytemuck::Pod>(
        &self,
        resizer: &mut Resizer,
        frame: &FrameView<'_>,
        plane: usize,
        size: (u32, u32),
        scaled: &mut Vec<u8>,
    ) -> Result<(), FrameError> {
        let source = PlaneView::<P>::new(frame, plane, size)?;
        scaled.resize(self.width as usize * self.height as usize * P::size(), 0);
        let [left, top, width, height] = self.crop;
        if let Some(block) = self.blocks() {
            let pixels = width as usize;
            let rows = source.rows(left as usize, pixels, top as u32);
            match P::size() {
                1 => block.means::<1>(rows, pixels, scaled),
                2 => block.means::<2>(rows, pixels, scaled),
                3 => block.means::<3>(rows, pixels, scaled),
                _ => block.means::<4>(rows, pixels, scaled),
            }
            return Ok(());
        }
        let failed = |why: &dyn std::fmt::Display| FrameError::Scaling(why.to_string());
        let mut image = TypedImage::<P>::from_buffer(self.width, self.height, scaled)
            .map_err(|e| failed(&e))?;
        // A triangle as wide as the scale: a box would jump by up to half a pixel between outputs.
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
            .crop(left, top, width, height)
            .use_alpha(false);
        resizer.resize_typed(&source, &mut image, &options).map_err(|e| failed(&e))
    }

    /// The pixels that become one, where each output pixel covers whole ones.
    fn blocks(&self) -> Option<Block> {
        let [left, top, width, height] = self.crop;
        let whole = |start: f64, length: f64, out: u32| {
            let size = length / f64::from(out);
            (start.fract() == 0.0 && size.fract() == 0.0).then_some(size as u32)
        };
        Block::new(whole(left, width, self.width)?, whole(top, height, self.height)?)
    }

    /// Puts the pixels, row by row, at their place in `out`.
    fn write(&self, out: &mut RgbImage, mut pixels: impl Iterator<Item = [u8; 3]>) {
        let stride = out.width() as usize * 3;
        let left = self.left as usize * 3;
        let rows = out.chunks_exact_mut(stride).skip(self.top as usize).take(self.height as usize);
        for row in rows {
            let row = &mut row[left..left + self.width as usize * 3];
            for (place, pixel) in row.as_chunks_mut().0.iter_mut().zip(&mut pixels) {
                *place = pixel;
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

/// Makes `out` a black picture of the given size.
fn clear(out: &mut RgbImage, width: u32, height: u32) {
    if out.dimensions() == (width, height) {
        out.fill(0);
    } else {
        *out = RgbImage::new(width, height);
    }
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
