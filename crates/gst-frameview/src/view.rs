// SPDX-License-Identifier: MIT OR Apache-2.0
//! A mapped GStreamer frame as the models read it.

use gst_video::{
    VideoColorMatrix, VideoColorRange, VideoFormat, VideoFrameExt, VideoFrameRef,
    VideoTransferFunction,
};
use imaging::frame::{FrameView, Matrix, Orientation, PixelFormat, Plane, Transfer};

/// Shows a mapped frame to the models; `None` for a format outside of [`crate::raw_caps`].
pub fn view<'a>(
    frame: &'a VideoFrameRef<&'a gst::BufferRef>,
    orientation: Orientation,
) -> Option<FrameView<'a>> {
    let info = frame.info();
    let colorimetry = info.colorimetry();
    let planes = (0..frame.n_planes()).zip(frame.plane_stride()).map(|(plane, stride)| {
        Some(Plane { data: frame.plane_data(plane).ok()?, stride: usize::try_from(*stride).ok()? })
    });
    Some(FrameView {
        format: pixel_format(frame.format())?,
        width: frame.width(),
        height: frame.height(),
        planes: planes.collect::<Option<_>>()?,
        matrix: match colorimetry.matrix() {
            VideoColorMatrix::Bt709 => Matrix::Bt709,
            VideoColorMatrix::Bt2020 => Matrix::Bt2020,
            _ => Matrix::Bt601,
        },
        full_range: colorimetry.range() == VideoColorRange::Range0_255,
        transfer: match colorimetry.transfer() {
            VideoTransferFunction::Smpte2084 => Transfer::Pq,
            VideoTransferFunction::AribStdB67 => Transfer::Hlg,
            _ => Transfer::Sdr,
        },
        orientation,
        pixel_aspect: pixel_aspect(info),
    })
}

/// Width of a pixel divided by its height; 1 where the caps talk nonsense.
pub(crate) fn pixel_aspect(info: &gst_video::VideoInfo) -> f64 {
    let (n, d) = (info.par().numer(), info.par().denom());
    if n > 0 && d > 0 { f64::from(n) / f64::from(d) } else { 1.0 }
}

fn pixel_format(format: VideoFormat) -> Option<PixelFormat> {
    Some(match format {
        VideoFormat::Nv12 => PixelFormat::Nv12,
        VideoFormat::I420 => PixelFormat::I420,
        VideoFormat::Yv12 => PixelFormat::Yv12,
        VideoFormat::Rgb => PixelFormat::Rgb,
        VideoFormat::Bgr => PixelFormat::Bgr,
        VideoFormat::Rgba | VideoFormat::Rgbx => PixelFormat::Rgba,
        VideoFormat::Bgra | VideoFormat::Bgrx => PixelFormat::Bgra,
        VideoFormat::Gray8 => PixelFormat::Gray8,
        _ => return None,
    })
}
