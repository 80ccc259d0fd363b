// SPDX-License-Identifier: MIT OR Apache-2.0
//! Small pictures inside the page.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use crate::jpeg;

/// JPEG quality of thumbnails, 1 to 100.
const QUALITY: u8 = 78;

/// A picture as a square of at most `side` pixels, as a `data:` address.
///
/// `None` for one that is not there or cannot be read: a person may have removed it.
pub(super) fn data_address(root: &Path, file: &str, side: u32) -> Option<String> {
    let picture = read(&root.join(file))?;
    // Enlarged pixels would only cost bytes.
    let side = side.min(picture.width().min(picture.height())).max(1);
    address(&shrink(picture, side, side)?)
}

/// The whole of a picture, at most so many pixels high, as a `data:` address; `None` for one that cannot
/// be read.
pub(crate) fn of_height(path: &Path, height: u32) -> Option<String> {
    let picture = read(path)?;
    let height = height.min(picture.height()).max(1);
    // The long side of a panorama is bounded too.
    let scale = f64::from(height) / f64::from(picture.height());
    let width = (f64::from(picture.width()) * scale).round().max(1.0) as u32;
    let most = height.saturating_mul(8);
    if width > most {
        let height = (f64::from(height) * f64::from(most) / f64::from(width)).round().max(1.0);
        return address(&shrink(picture, most, height as u32)?);
    }
    address(&shrink(picture, width, height)?)
}

fn read(path: &Path) -> Option<RgbImage> {
    image::open(path)
        .inspect_err(|e| tracing::debug!("no thumbnail of {}: {e}", path.display()))
        .ok()
        .map(image::DynamicImage::into_rgb8)
}

/// The middle of a picture in this shape, at this size.
fn shrink(picture: RgbImage, width: u32, height: u32) -> Option<RgbImage> {
    let (from_width, from_height) = picture.dimensions();
    let pixels = picture.into_raw();
    let from = Image::from_vec_u8(from_width, from_height, pixels, PixelType::U8x3).ok()?;
    let mut to = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom))
        .fit_into_destination(None);
    Resizer::new().resize(&from, &mut to, &options).ok()?;
    RgbImage::from_raw(width, height, to.into_vec())
}

fn address(picture: &RgbImage) -> Option<String> {
    let bytes = jpeg::encode(picture, QUALITY).ok()?;
    Some(format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes)))
}
