// SPDX-License-Identifier: MIT OR Apache-2.0
//! Painting on a frame's planes as they are, whatever the format: nothing is converted.

use facemeta::StoredBox;
use gst_video::{VideoFormatInfo, VideoFrameExt, VideoFrameRef, VideoInfo};

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

/// A part of the stored frame in its pixels, inside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) right: u32,
    pub(super) bottom: u32,
}

impl Area {
    /// A box of parts of the frame, larger by `margin` of itself on each side; `None` where nothing
    /// of it is on the frame.
    pub(super) fn around(bbox: StoredBox, margin: f64, width: u32, height: u32) -> Option<Self> {
        let [x, y, w, h] = bbox.0;
        let clamp = |v: f64, size: u32| (v * f64::from(size)).clamp(0.0, f64::from(size)) as u32;
        let area = Self {
            left: clamp(x - margin * w, width),
            top: clamp(y - margin * h, height),
            // Rounded outwards: rather a pixel too many.
            right: clamp(x + (1.0 + margin) * w + 1.0 / f64::from(width), width),
            bottom: clamp(y + (1.0 + margin) * h + 1.0 / f64::from(height), height),
        };
        (area.left < area.right && area.top < area.bottom).then_some(area)
    }
}

/// One colour component within its plane.
struct Component<'a> {
    data: &'a mut [u8],
    stride: usize,
    pixel: usize,
    offset: usize,
    /// The area in samples of the component.
    area: Area,
    /// Pixels to a sample, as a power of two.
    sub: (u32, u32),
}

impl Component<'_> {
    /// The samples of a part of a row, `pixel` bytes apart.
    fn row(&mut self, y: u32, left: u32, right: u32) -> impl Iterator<Item = &mut u8> {
        let start = y as usize * self.stride + left as usize * self.pixel + self.offset;
        let count = right.saturating_sub(left) as usize;
        let row = self.data.get_mut(start..).unwrap_or_default();
        row.iter_mut().step_by(self.pixel.max(1)).take(count)
    }

    fn fill(&mut self, area: Area, value: u8) {
        for y in area.top..area.bottom {
            self.row(y, area.left, area.right).for_each(|sample| *sample = value);
        }
    }

    fn mean(&mut self, area: Area) -> u8 {
        let (mut sum, mut count) = (0u64, 0u64);
        for y in area.top..area.bottom {
            for sample in self.row(y, area.left, area.right) {
                sum += u64::from(*sample);
                count += 1;
            }
        }
        u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX)
    }
}

/// Calls `paint` for each component that is seen, with its number.
fn each(
    frame: &mut VideoFrameRef<&mut gst::BufferRef>,
    area: Area,
    mut paint: impl FnMut(usize, Component<'_>),
) {
    let format = VideoFormatInfo::from_format(frame.format());
    let strides: Vec<_> = frame.plane_stride().to_vec();
    // The fourth is alpha.
    for component in 0..(format.n_components() as usize).min(3) {
        let at = |list: &[u32]| list.get(component).copied().unwrap_or(0);
        let (plane, w_sub, h_sub) = (at(format.plane()), at(format.w_sub()), at(format.h_sub()));
        let stride = strides.get(plane as usize).and_then(|s| usize::try_from(*s).ok());
        let pixel = format.pixel_stride().get(component).and_then(|p| usize::try_from(*p).ok());
        let (Some(stride), Some(pixel)) = (stride, pixel) else { continue };
        let Ok(data) = frame.plane_data_mut(plane) else { continue };
        let shrunk = Area {
            left: area.left >> w_sub,
            top: area.top >> h_sub,
            right: area.right.div_ceil(1 << w_sub),
            bottom: area.bottom.div_ceil(1 << h_sub),
        };
        let offset = at(format.poffset()) as usize;
        paint(
            component,
            Component { data, stride, pixel, offset, area: shrunk, sub: (w_sub, h_sub) },
        );
    }
}

/// Makes squares of `block` pixels one colour each.
pub(super) fn pixelate(frame: &mut VideoFrameRef<&mut gst::BufferRef>, area: Area, block: u32) {
    each(frame, area, |_, mut part| {
        let (width, height) = ((block >> part.sub.0).max(1), (block >> part.sub.1).max(1));
        let whole = part.area;
        for top in (whole.top..whole.bottom).step_by(height as usize) {
            for left in (whole.left..whole.right).step_by(width as usize) {
                let square = Area {
                    left,
                    top,
                    right: (left + width).min(whole.right),
                    bottom: (top + height).min(whole.bottom),
                };
                let mean = part.mean(square);
                part.fill(square, mean);
            }
        }
    });
}

/// Paints the area over.
pub(super) fn fill(frame: &mut VideoFrameRef<&mut gst::BufferRef>, area: Area, colour: Colour) {
    let values = components(frame.info(), colour);
    each(frame, area, |component, mut part| {
        let whole = part.area;
        part.fill(whole, values.get(component).copied().unwrap_or(0));
    });
}

/// Draws the area's border, `line` pixels wide.
pub(super) fn outline(
    frame: &mut VideoFrameRef<&mut gst::BufferRef>,
    area: Area,
    line: u32,
    colour: Colour,
) {
    let Area { left, top, right, bottom } = area;
    for side in [
        Area { bottom: (top + line).min(bottom), ..area },
        Area { top: bottom.saturating_sub(line).max(top), ..area },
        Area { right: (left + line).min(right), ..area },
        Area { left: right.saturating_sub(line).max(left), ..area },
    ] {
        fill(frame, side, colour);
    }
}

/// A colour as the format's components have it: R, G, B or Y, U, V in the limited range of BT.601,
/// near enough for a line.
fn components(info: &VideoInfo, [r, g, b]: Colour) -> [u8; 3] {
    if info.is_rgb() {
        return [r, g, b];
    }
    let [r, g, b] = [r, g, b].map(f32::from);
    let y = 16.0 + 0.257 * r + 0.504 * g + 0.098 * b;
    let u = 128.0 - 0.148 * r - 0.291 * g + 0.439 * b;
    let v = 128.0 + 0.439 * r - 0.368 * g - 0.071 * b;
    [y, u, v].map(|value| value.round() as u8)
}
