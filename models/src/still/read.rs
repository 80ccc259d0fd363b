// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a file to an upright picture in sRGB.

use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::OnceLock;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage, RgbaImage};

use super::colour;
use crate::ModelError;

/// A picture of more pixels than this is no picture of a person, but an attempt to fill the memory.
pub const MOST_PIXELS: u64 = 1 << 28;
/// Bytes that tell what a file is.
const HEAD: u64 = 64;

/// Reads a picture upright and in sRGB, or says why not.
type Reader = fn(&[u8]) -> Result<RgbImage, String>;

/// What reads HEIC and AVIF.
static HEIF: OnceLock<Reader> = OnceLock::new();

/// Says what reads HEIC and AVIF, which are coded as films are; the first that is said counts.
pub fn set_heif_reader(reader: Reader) {
    // Another one that was said before reads them as well.
    let _ = HEIF.set(reader);
}

/// What a file holds, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture that [`read`] reads, or several that [`Frames`](super::Frames) gives.
    Picture,
    /// HEIC or AVIF.
    Heif,
    /// Something else.
    Other,
}

/// What a file holds; [`Kind::Other`] where it cannot be read.
pub fn kind(path: &Path) -> Kind {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    if read.is_err() {
        return Kind::Other;
    }
    if is_heif(&head) {
        return Kind::Heif;
    }
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    let called = |names: &[&str]| names.iter().any(|name| extension == *name);
    let picture = match image::guess_format(&head) {
        // Pictures one after another, a film without a container.
        Ok(ImageFormat::Jpeg) => !called(&["mjpeg", "mjpg"]),
        Ok(ImageFormat::Png | ImageFormat::Gif | ImageFormat::WebP) => true,
        // Raw photographs are TIFF too, and two letters say little.
        Ok(ImageFormat::Tiff) => called(&["tif", "tiff"]),
        Ok(ImageFormat::Bmp) => called(&["bmp", "dib"]),
        Ok(ImageFormat::Pnm) => called(&["ppm", "pgm", "pbm", "pnm", "pam"]),
        _ => false,
    };
    if picture { Kind::Picture } else { Kind::Other }
}

/// Whether the first box is that of a file of the HEIF family.
fn is_heif(head: &[u8]) -> bool {
    let brands = ["heic", "heix", "heim", "heis", "mif1", "avif", "avis", "hevc", "hevx", "msf1"];
    head.get(4..8) == Some(b"ftyp")
        && head.get(8..12).is_some_and(|brand| brands.iter().any(|known| brand == known.as_bytes()))
}

/// Reads a picture upright, as its EXIF says, and in sRGB; what is transparent becomes black.
///
/// # Errors
/// [`ModelError::Io`] where the file cannot be read, [`ModelError::Picture`] where it is no picture
/// or one of more than 2^28 pixels.
pub fn read(path: &Path) -> Result<RgbImage, ModelError> {
    let bytes = fs::read(path).map_err(|cause| ModelError::Io { path: path.to_owned(), cause })?;
    decode(&bytes).map_err(|why| ModelError::Picture { path: path.to_owned(), why })
}

/// The same of bytes that were read already; the error says why.
///
/// # Errors
/// No picture, or too large a one.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, String> {
    if is_heif(bytes) {
        let reader = HEIF.get().ok_or("HEIC and AVIF are not read here: convert it to JPEG")?;
        return reader(bytes);
    }
    let text = |error: image::ImageError| error.to_string();
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut decoder = reader.map_err(|error| error.to_string())?.into_decoder().map_err(text)?;
    check_size(decoder.dimensions())?;
    // A damaged orientation or profile is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(text)?;
    picture.apply_orientation(orientation);
    let mut picture = opaque(picture);
    colour::to_srgb(&mut picture, profile.as_deref());
    Ok(picture)
}

/// Refuses pictures that would fill the memory.
pub(super) fn check_size((width, height): (u32, u32)) -> Result<(), String> {
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(format!("{width}x{height} pixels are too many"));
    }
    Ok(())
}

fn opaque(picture: DynamicImage) -> RgbImage {
    if picture.color().has_alpha() { on_black(&picture.into_rgba8()) } else { picture.into_rgb8() }
}

/// What is transparent becomes black.
pub(super) fn on_black(picture: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, alpha] = picture.get_pixel(x, y).0;
        image::Rgb([r, g, b].map(|v| (u16::from(v) * u16::from(alpha) / 255) as u8))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn what_is_transparent_is_black() {
        let picture =
            RgbaImage::from_fn(2, 1, |x, _| Rgba([200, 100, 50, if x == 0 { 0 } else { 255 }]));
        let read = decode(&png(&picture.into())).unwrap();
        assert_eq!((read.get_pixel(0, 0).0, read.get_pixel(1, 0).0), ([0; 3], [200, 100, 50]));
    }

    #[test]
    fn what_is_no_picture_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        assert!(matches!(read(&path), Err(ModelError::Io { .. })));
        std::fs::write(&path, "no picture").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("a.jpg"));
        let mut half = png(&RgbImage::new(64, 64).into());
        half.truncate(half.len() / 2);
        std::fs::write(&path, half).unwrap();
        assert!(matches!(read(&path), Err(ModelError::Picture { .. })));
    }

    #[test]
    fn what_a_file_is_is_told_by_its_bytes_and_where_they_say_little_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let kind_of = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            kind(&path)
        };
        let picture = png(&RgbImage::new(2, 2).into());
        assert_eq!(kind_of("a.dat", &picture), Kind::Picture);
        assert_eq!(kind_of("a.jpg", b"no picture"), Kind::Other);
        assert_eq!(kind_of("a.bmp", b"BM\0\0\0\0"), Kind::Picture);
        assert_eq!(kind_of("a.film", b"BM\0\0\0\0"), Kind::Other);
        assert_eq!(kind_of("a.mjpeg", b"\xff\xd8\xff\xe0\0\x10JFIF"), Kind::Other);
        assert_eq!(kind_of("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0"), Kind::Heif);
        assert_eq!(kind_of("a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0"), Kind::Other);
        assert_eq!(kind(&folder.path().join("none.jpg")), Kind::Other);
    }

    /// Printers' JPEGs came out negative or not at all.
    #[test]
    fn four_inks_are_three_colours() {
        let mut bytes = Vec::new();
        // Red: no cyan, all magenta and yellow, no black.
        let inks: Vec<u8> = [0u8, 255, 255, 0].repeat(16 * 16);
        let encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
        encoder.encode(&inks, 16, 16, jpeg_encoder::ColorType::Cmyk).unwrap();
        let [r, g, b] = decode(&bytes).unwrap().get_pixel(8, 8).0;
        assert!(r > 240 && g < 15 && b < 15, "{r} {g} {b}");
    }

    #[test]
    fn sixteen_bits_and_tiff_and_bmp_are_read() {
        let deep = image::ImageBuffer::from_pixel(4, 4, image::Rgb([51_400u16, 25_700, 0]));
        let deep = DynamicImage::ImageRgb16(deep);
        for format in [ImageFormat::Png, ImageFormat::Tiff] {
            let mut bytes = Cursor::new(Vec::new());
            deep.write_to(&mut bytes, format).unwrap();
            assert_eq!(decode(bytes.get_ref()).unwrap().get_pixel(1, 1).0, [200, 100, 0]);
        }
        let mut bytes = Cursor::new(Vec::new());
        deep.into_rgb8().write_to(&mut bytes, ImageFormat::Bmp).unwrap();
        assert_eq!(decode(bytes.get_ref()).unwrap().get_pixel(1, 1).0, [200, 100, 0]);
    }
}
