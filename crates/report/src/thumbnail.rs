// SPDX-License-Identifier: MIT OR Apache-2.0
//! Small pictures inside pages, and beside them.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgb, RgbImage};
use imaging::geometry::CropBox;
use imaging::jpeg;

/// JPEG quality of thumbnails, 1 to 100.
const QUALITY: u8 = 78;

/// Side of the square around a head, in heights of the face's box: hair and chin are in it.
const HEAD: f32 = 1.4;
/// How far the square reaches above the box, in heights of the box; hair takes a quarter of it.
const ABOVE: f32 = 0.3;

/// The head of a picture as a square of at most `side` pixels, as a `data:` address. `face` is where the face
/// lies in it, in parts of it; without that it is the middle.
///
/// `None` for one that is not there or cannot be read: a person may have removed it.
pub fn data_address(root: &Path, file: &str, face: Option<CropBox>, side: u32) -> Option<String> {
    of_head(&root.join(file), face, side).map(|bytes| as_address(&bytes))
}

/// The same as a JPEG file, of a picture at any path.
pub fn of_head(path: &Path, face: Option<CropBox>, side: u32) -> Option<Vec<u8>> {
    let picture = read(path)?;
    let picture = match face {
        Some(face) => square(&picture, around_head(&face.0, picture.dimensions())),
        None => picture,
    };
    // Enlarged pixels would only cost bytes.
    let side = side.min(picture.width().min(picture.height())).max(1);
    jpeg::encode(&shrink(picture, side, side)?, QUALITY).ok()
}

/// Left, top and side of the square around a head, in pixels of a picture: moved into it where it fits.
fn around_head(face: &[f32; 4], (width, height): (u32, u32)) -> (i64, i64, u32) {
    let (width, height) = (width as f32, height as f32);
    let [x, y, w, h] = [face[0] * width, face[1] * height, face[2] * width, face[3] * height];
    let longer = h.max(w).max(1.0);
    let side = (HEAD * longer).min(width.max(height));
    let into = |begin: f32, length: f32| match side <= length {
        true => begin.clamp(0.0, length - side),
        false => (length - side) / 2.0,
    };
    let left = into(x + w / 2.0 - side / 2.0, width);
    let top = into(y + h / 2.0 - longer * (0.5 + ABOVE), height);
    (left.round() as i64, top.round() as i64, (side.round() as u32).max(1))
}

/// How far a picture's edge is repeated where a square reaches outside, in parts of the square: a little goes
/// unnoticed, more is a smear.
const REPEATED: f32 = 0.12;

/// A square of a picture. Where it reaches outside, the edge is repeated, and then comes its mean colour.
fn square(picture: &RgbImage, (left, top, side): (i64, i64, u32)) -> RgbImage {
    let (width, height) = (i64::from(picture.width()), i64::from(picture.height()));
    let most = (REPEATED * side as f32).ceil() as i64;
    let mut sums = [0u64; 3];
    picture
        .pixels()
        .for_each(|pixel| sums.iter_mut().zip(pixel.0).for_each(|(s, v)| *s += u64::from(v)));
    let mean = Rgb(sums.map(|sum| (sum / (width * height).max(1).unsigned_abs()) as u8));
    RgbImage::from_fn(side, side, |x, y| {
        let (x, y) = (left + i64::from(x), top + i64::from(y));
        let (inner_x, inner_y) = (x.clamp(0, (width - 1).max(0)), y.clamp(0, (height - 1).max(0)));
        match (x - inner_x).abs().max((y - inner_y).abs()) > most {
            true => mean,
            false => *picture.get_pixel(inner_x as u32, inner_y as u32),
        }
    })
}

/// The whole of a picture, at most so many pixels high, as a `data:` address; `None` for one that cannot
/// be read.
pub fn of_height(path: &Path, height: u32) -> Option<String> {
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
    Some(as_address(&jpeg::encode(picture, QUALITY).ok()?))
}

fn as_address(bytes: &[u8]) -> String {
    format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hair_and_chin_are_in_the_square_around_a_head() {
        // A crop of a face as the program cuts it: 60 x 80 pixels of 90 x 136, from 88 below its top on.
        let face = [15.0 / 90.0, 48.0 / 136.0, 60.0 / 90.0, 80.0 / 136.0];
        let (left, top, side) = around_head(&face, (90, 136));
        let bottom = top + i64::from(side);
        assert!(top <= 48 - 20 && bottom >= 128, "{top} {bottom}");
        // Narrower than the square: as much is missing on both sides.
        assert_eq!((left, side), (-11, 112));
        // In a wide picture the square stays within.
        let (left, top, side) = around_head(&[0.0, 0.0, 0.1, 0.2], (1000, 500));
        assert_eq!((left, top, side), (0, 0, 140));
    }

    #[test]
    fn the_edge_goes_on_a_little_outside_of_the_picture() {
        let picture = RgbImage::from_fn(2, 6, |x, _| Rgb([100 * x as u8; 3]));
        let square = square(&picture, (-2, 0, 6));
        let row: Vec<u8> = (0..6).map(|x| square.get_pixel(x, 3).0[0]).collect();
        assert_eq!(row, [50, 0, 0, 100, 100, 50]);
    }
}
