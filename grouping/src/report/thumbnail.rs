// SPDX-License-Identifier: MIT OR Apache-2.0
//! Small pictures inside the page.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;

/// JPEG quality of thumbnails, 1 to 100.
const QUALITY: u8 = 78;

/// A picture as a square of at most `side` pixels, as a `data:` address.
///
/// `None` for one that is not there or cannot be read: a person may have removed it.
pub(super) fn data_address(root: &Path, file: &str, side: u32) -> Option<String> {
    let picture = image::open(root.join(file))
        .inspect_err(|e| tracing::debug!("no thumbnail of {file}: {e}"))
        .ok()?;
    // Enlarged pixels would only cost bytes.
    let side = side.min(picture.width().min(picture.height())).max(1);
    address(&picture.resize_to_fill(side, side, FilterType::CatmullRom).into_rgb8())
}

/// The whole of a picture, at most so many pixels high, as a `data:` address; `None` for one that cannot
/// be read.
pub(crate) fn of_height(path: &Path, height: u32) -> Option<String> {
    let picture = image::open(path)
        .inspect_err(|e| tracing::debug!("no thumbnail of {}: {e}", path.display()))
        .ok()?;
    // The long side of a panorama is bounded too.
    let height = height.min(picture.height()).max(1);
    address(&picture.resize(height.saturating_mul(8), height, FilterType::CatmullRom).into_rgb8())
}

fn address(picture: &RgbImage) -> Option<String> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(picture).ok()?;
    Some(format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes)))
}
