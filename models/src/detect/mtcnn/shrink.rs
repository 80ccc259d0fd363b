// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parts of a picture at the size a network wants: each pixel the mean of those it covers, none of them
//! weighted (PyTorch's "area").

use image::RgbImage;

/// Mean and scale of the networks' inputs.
const MEAN: f32 = 127.5;
const SCALE: f32 = 1.0 / 128.0;

/// A part of a picture in whole pixels, not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Part {
    /// The whole picture.
    pub(super) fn all(picture: &RgbImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        Self { left: 0, top: 0, width, height }
    }

    /// What a box (left, top, right, bottom, counted from 1) shows of a picture; `None` where that is
    /// nothing.
    pub(super) fn of(bbox: &[f32; 4], picture: &RgbImage) -> Option<Self> {
        // Numbers that are none become 0.
        let [x1, y1, x2, y2] = bbox.map(|v| v as i64);
        let span = |low: i64, high: i64, length: u32| {
            let (low, high) = (low.max(1) - 1, high.min(length.into()));
            let size = usize::try_from(high - low).ok().filter(|size| *size > 0)?;
            Some((usize::try_from(low).ok()?, size))
        };
        let (left, width) = span(x1, x2, picture.width())?;
        let (top, height) = span(y1, y2, picture.height())?;
        Some(Self { left, top, width, height })
    }
}

/// Appends `part` of a picture as three planes of `(width, height)` pixels.
pub(super) fn planes(
    picture: &RgbImage,
    part: Part,
    (width, height): (usize, usize),
    planes: &mut Vec<f32>,
) {
    let (pixels, _) = picture.as_raw().as_chunks::<3>();
    let stride = picture.width() as usize;
    let start = planes.len();
    planes.resize(start + 3 * width * height, 0.0);
    let columns: Vec<_> = (0..width).map(|column| window(column, part.width, width)).collect();
    let mut sums = vec![[0u32; 3]; width];
    for row in 0..height {
        let (from, to) = window(row, part.height, height);
        sums.fill([0; 3]);
        for y in from..to {
            let line = (part.top + y) * stride + part.left;
            let line = pixels.get(line..line + part.width).unwrap_or_default();
            for (sum, (from, to)) in sums.iter_mut().zip(&columns) {
                for pixel in line.get(*from..*to).unwrap_or_default() {
                    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(*value));
                }
            }
        }
        for (column, (sum, (left, right))) in sums.iter().zip(&columns).enumerate() {
            for (plane, sum) in sum.iter().enumerate() {
                let mean = *sum as f32 / (to - from) as f32 / (right - left) as f32;
                let place = start + plane * width * height + row * width + column;
                if let Some(value) = planes.get_mut(place) {
                    *value = (mean - MEAN) * SCALE;
                }
            }
        }
    }
}

/// The first pixel of `length` that the `index`-th of `count` covers, and the one after the last.
fn window(index: usize, length: usize, count: usize) -> (usize, usize) {
    (index * length / count, ((index + 1) * length).div_ceil(count))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use image::Rgb;

    use super::*;

    #[test]
    fn boxes_are_counted_from_one_and_end_with_the_picture() {
        let picture = RgbImage::new(40, 30);
        let part =
            |bbox: [f32; 4]| Part::of(&bbox, &picture).map(|p| [p.left, p.top, p.width, p.height]);
        assert_eq!(part([1.0, 1.0, 10.9, 5.0]), Some([0, 0, 10, 5]));
        assert_eq!(part([-5.5, 3.9, 99.0, 99.0]), Some([0, 2, 40, 28]));
        assert_eq!(part([-20.0, 0.0, -3.0, 9.0]), None);
        assert_eq!(part([45.0, 0.0, 60.0, 9.0]), None);
        assert_eq!(part([f32::NAN; 4]), None);
    }

    #[test]
    fn pixels_are_plain_means() {
        // From torch.nn.functional.interpolate(…, mode="area") of 0, 10, 20, 30, 40.
        let picture = RgbImage::from_fn(5, 1, |x, _| Rgb([10 * x as u8, 0, 255]));
        let shrunk = |count: usize| {
            let mut out = Vec::new();
            planes(&picture, Part::all(&picture), (count, 1), &mut out);
            assert_eq!(out.len(), 3 * count);
            assert!(out[2 * count..].iter().all(|value| *value == 127.5 / 128.0));
            out[..count].iter().map(|value| value * 128.0 + 127.5).collect::<Vec<_>>()
        };
        assert_eq!(shrunk(2), [10.0, 30.0]);
        assert_eq!(shrunk(3), [5.0, 20.0, 35.0]);
        assert_eq!(shrunk(7), [0.0, 5.0, 15.0, 20.0, 25.0, 35.0, 40.0]);
    }
}
