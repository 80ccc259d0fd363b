// SPDX-License-Identifier: MIT OR Apache-2.0
//! Synthetic pictures: spots that the synthetic network takes for faces, and something like a photograph.

use anyhow::{Context, Result};
use fastrand::Rng;
use gst_video::{VideoFrameExt, VideoInfo};
use image::RgbImage;
use imaging::frame::{FrameView, Matrix, Orientation, PixelFormat, Plane, Transfer};

/// A dark frame with a white spot of 16 pixels at each of these columns: one of the network's cells where a
/// look takes four pixels for one.
///
/// # Errors
/// A size that GStreamer cannot lay out.
pub fn spots(info: &VideoInfo, columns: &[usize]) -> Result<gst::Buffer> {
    let mut buffer = gst::Buffer::with_size(info.size())?;
    let writable = buffer.get_mut().context("a new buffer")?;
    let mut frame = gst_video::VideoFrameRef::from_buffer_ref_writable(writable, info)?;
    for plane in 0..frame.n_planes() {
        let stride = usize::try_from(*frame.plane_stride().get(plane as usize).context("stride")?)?;
        let pixel = usize::try_from(frame.comp_pstride(plane))?;
        let data = frame.plane_data_mut(plane)?;
        data.fill(if plane == 0 { 40 } else { 128 });
        for row in data.chunks_mut(stride).skip(48).take(if plane == 0 { 16 } else { 0 }) {
            for left in columns {
                row[left * pixel..(left + 16) * pixel].fill(235);
            }
        }
    }
    drop(frame);
    Ok(buffer)
}

/// A frame that owns its planes.
#[derive(Debug)]
pub struct Frame {
    format: PixelFormat,
    width: u32,
    height: u32,
    /// Bytes of a plane, and of a row in it.
    planes: Vec<(Vec<u8>, usize)>,
}

impl Frame {
    /// Slopes and noise, always the same, in one of the 4:2:0 formats.
    pub fn yuv(format: PixelFormat, width: u32, height: u32) -> Self {
        let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
        let mut planes = vec![plane(1, width, height)];
        if format == PixelFormat::Nv12 {
            planes.push(plane(2, 2 * half_width, half_height));
        } else {
            planes.extend([2, 3].map(|seed| plane(seed, half_width, half_height)));
        }
        Self { format, width, height, planes }
    }

    /// As the models read it.
    pub fn view(&self) -> FrameView<'_> {
        let planes = self.planes.iter().map(|(data, stride)| Plane { data, stride: *stride });
        FrameView {
            format: self.format,
            width: self.width,
            height: self.height,
            planes: planes.collect(),
            matrix: Matrix::Bt709,
            full_range: false,
            transfer: Transfer::Sdr,
            orientation: Orientation::Identity,
            pixel_aspect: 1.0,
        }
    }
}

/// A crop with slopes and noise, always the same.
pub fn picture(width: u32, height: u32) -> RgbImage {
    let planes = [1, 2, 3].map(|seed| plane(seed, width, height).0);
    RgbImage::from_fn(width, height, |x, y| {
        let at = (y * width + x) as usize;
        image::Rgb([0, 1, 2].map(|channel| planes[channel][at]))
    })
}

/// Waves some tens of pixels long, as cheeks and shadows are, and the grain of a camera.
fn plane(seed: u64, width: u32, height: u32) -> (Vec<u8>, usize) {
    let mut rng = Rng::with_seed(seed);
    let (across, down) = (0.5 + rng.f32(), 0.5 + rng.f32());
    let columns: Vec<f32> = (0..width).map(|x| (x as f32 * across / 23.0).sin()).collect();
    let mut values = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height {
        let row = (y as f32 * down / 31.0).cos();
        let value = |column| (126.0 + 50.0 * (column + row) + 8.0 * (rng.f32() - 0.5)) as u8;
        values.extend(columns.iter().map(value));
    }
    (values, width as usize)
}
