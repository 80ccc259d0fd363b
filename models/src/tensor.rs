// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures to network inputs, network outputs to checked slices.

use image::RgbImage;
use multiversion::multiversion;

/// How 8-bit RGB becomes a network's floating-point planes: `(value - mean) * scale`, a colour each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Normalisation {
    /// Subtracted, in 8-bit levels, in RGB order.
    pub(crate) mean: [f32; 3],
    /// Multiplied afterwards, in RGB order.
    pub(crate) scale: [f32; 3],
    /// The network takes blue first.
    pub(crate) bgr: bool,
}

impl Normalisation {
    /// RGB 0..255 as it is.
    pub(crate) const RAW: Self = Self { mean: [0.0; 3], scale: [1.0; 3], bgr: false };

    /// The same mean and divisor for all colours.
    pub(crate) const fn uniform(mean: f32, divisor: f32) -> Self {
        Self { mean: [mean; 3], scale: [1.0 / divisor; 3], bgr: false }
    }

    /// ImageNet's mean and standard deviation, published for values of 0..1.
    pub(crate) const IMAGENET: Self = Self {
        mean: [0.485 * 255.0, 0.456 * 255.0, 0.406 * 255.0],
        scale: [1.0 / (0.229 * 255.0), 1.0 / (0.224 * 255.0), 1.0 / (0.225 * 255.0)],
        bgr: false,
    };

    /// Writes `picture` to `planes`, three values a pixel, as three planes.
    pub(crate) fn fill(&self, picture: &RgbImage, planes: &mut [f32]) {
        split(*self, picture.as_raw().as_chunks::<3>().0, planes);
    }
}

/// One pass over the pixels, whose colours go to three planes.
#[multiversion(targets("x86_64+avx2"))]
fn split(by: Normalisation, pixels: &[[u8; 3]], planes: &mut [f32]) {
    let (first, rest) = planes.split_at_mut(pixels.len().min(planes.len()));
    let (second, third) = rest.split_at_mut(pixels.len().min(rest.len()));
    let (red, blue) = if by.bgr { (third, first) } else { (first, third) };
    for (pixel, ((r, g), b)) in pixels.iter().zip(red.iter_mut().zip(second).zip(blue)) {
        *r = (f32::from(pixel[0]) - by.mean[0]) * by.scale[0];
        *g = (f32::from(pixel[1]) - by.mean[1]) * by.scale[1];
        *b = (f32::from(pixel[2]) - by.mean[2]) * by.scale[2];
    }
}

/// One output of a network.
#[derive(Debug, Clone)]
pub(crate) struct Tensor<'a> {
    /// Its name in the graph.
    pub(crate) name: &'a str,
    /// Its dimensions.
    pub(crate) shape: Vec<usize>,
    /// Its values, last dimension fastest.
    pub(crate) data: &'a [f32],
}

impl<'a> Tensor<'a> {
    /// The values, where the shape is the expected one; batches of one may be left out of it.
    pub(crate) fn expect(&self, shape: &[usize]) -> Result<&'a [f32], String> {
        let without_batch = shape.strip_prefix(&[1]).unwrap_or(shape);
        let fits = self.shape == shape || self.shape == without_batch;
        if fits && self.data.len() == shape.iter().product::<usize>() {
            Ok(self.data)
        } else {
            Err(format!("output '{}' is {:?}, expected {shape:?}", self.name, self.shape))
        }
    }

    /// What belongs to one of `count` pictures, as if it had run through alone.
    pub(crate) fn part(&self, index: usize, count: usize) -> Result<Self, String> {
        if count == 1 {
            return Ok(self.clone());
        }
        let length = self.data.len() / count;
        match (self.shape.split_first(), self.data.chunks_exact(length.max(1)).nth(index)) {
            (Some((first, rest)), Some(data)) if *first == count => {
                let shape = std::iter::once(1).chain(rest.iter().copied()).collect();
                Ok(Tensor { name: self.name, shape, data })
            }
            _ => Err(format!(
                "output '{}' is {:?}, which is no part for each of {count} pictures",
                self.name, self.shape
            )),
        }
    }
}

/// Exactly `N` outputs, or a message that says how many there are.
pub(crate) fn outputs<'t, 'a, const N: usize>(
    tensors: &'t [Tensor<'a>],
) -> Result<&'t [Tensor<'a>; N], String> {
    tensors.try_into().map_err(|_| format!("{} outputs, expected {N}", tensors.len()))
}
