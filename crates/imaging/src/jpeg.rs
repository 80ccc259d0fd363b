// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures as JPEG.

use image::error::{EncodingError, ImageFormatHint};
use image::{ImageError, ImageFormat, ImageResult, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// A picture as a JPEG file, colours at full resolution; `quality` from 1 to 100.
///
/// # Errors
/// The picture is empty or has a side of more than 65,535 pixels.
pub fn encode(picture: &RgbImage, quality: u8) -> ImageResult<Vec<u8>> {
    let failed = |why: Box<dyn std::error::Error + Send + Sync>| {
        let format = ImageFormatHint::Exact(ImageFormat::Jpeg);
        ImageError::Encoding(EncodingError::new(format, why))
    };
    let side = |pixels: u32| u16::try_from(pixels).map_err(|error| failed(error.into()));
    let (width, height) = (side(picture.width())?, side(picture.height())?);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality.clamp(1, 100));
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    encoder
        .encode(picture.as_raw(), width, height, ColorType::Rgb)
        .map_err(|error| failed(error.into()))?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn colours_come_back() {
        let picture = RgbImage::from_fn(53, 31, |x, y| Rgb([4 * x as u8, 8 * y as u8, 90]));
        let read = image::load_from_memory(&encode(&picture, 90).unwrap()).unwrap().into_rgb8();
        assert_eq!(read.dimensions(), picture.dimensions());
        let apart = picture.iter().zip(read.iter()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(apart.unwrap() < 12, "{apart:?}");
    }

    #[test]
    fn what_the_format_cannot_hold_is_an_error() {
        assert!(encode(&RgbImage::new(0, 4), 90).is_err());
        assert!(encode(&RgbImage::new(65_536, 1), 90).is_err());
    }
}
