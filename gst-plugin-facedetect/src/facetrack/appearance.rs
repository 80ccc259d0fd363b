// SPDX-License-Identifier: MIT OR Apache-2.0
//! The appearance of a face and what is around it, small: enough to tell whether it is the same a moment
//! later.

use image::RgbImage;

/// Side of the picture a patch is made of.
pub const SIDE: u32 = 12;
/// How much of the surroundings belongs to it, in sizes of the box: hair and background tell more
/// about a missed cut than faces, which resemble each other at this size.
pub const REACH: f32 = 1.6;

/// A normalised little picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch(Vec<f32>);

impl Patch {
    /// From a picture of [`SIDE`] x [`SIDE`] around a face.
    pub fn new(picture: &RgbImage) -> Self {
        let mut patch = Self(picture.as_raw().iter().map(|v| f32::from(*v)).collect());
        patch.normalise();
        patch
    }

    /// Correlation of the colours, -1 to 1; 1 is the same picture, whatever the light.
    pub fn similarity(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }

    /// Moves towards another by `rate` (0 to 1).
    pub fn blend(&mut self, other: &Self, rate: f32) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a += rate * (b - *a);
        }
        self.normalise();
    }

    fn normalise(&mut self) {
        let mean = self.0.iter().sum::<f32>() / self.0.len().max(1) as f32;
        self.0.iter_mut().for_each(|v| *v -= mean);
        let norm = self.0.iter().map(|v| v * v).sum::<f32>().sqrt();
        if norm > 0.0 {
            self.0.iter_mut().for_each(|v| *v /= norm);
        }
    }
}
