// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures that move: GIF, WebP, PNG. Each frame once, however often they are to be repeated.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;
use std::time::Duration;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, ImageDecoder, ImageFormat, RgbImage};

use super::{colour, read};
use crate::ModelError;

/// Browsers show frames that are to last less than this for a tenth of a second.
const SHORTEST: Duration = Duration::from_millis(11);
const INSTEAD: Duration = Duration::from_millis(100);

/// A frame of a moving picture.
#[derive(Debug, Clone)]
pub struct Frame {
    /// What is seen.
    pub picture: RgbImage,
    /// From the first frame on.
    pub time: Duration,
    /// How long it is seen.
    pub length: Duration,
}

/// The frames of a picture that moves, one after another, once.
pub struct Frames {
    frames: image::Frames<'static>,
    profile: Option<Vec<u8>>,
    time: Duration,
    failed: bool,
}

impl Frames {
    /// Those of a file; `None` where it holds one picture only, which [`read`](super::read) reads.
    ///
    /// # Errors
    /// The file cannot be read, or is no picture.
    pub fn open(path: &Path) -> Result<Option<Self>, ModelError> {
        let io = |cause| ModelError::Io { path: path.to_owned(), cause };
        let mut bytes = Vec::new();
        BufReader::new(File::open(path).map_err(io)?).read_to_end(&mut bytes).map_err(io)?;
        Self::of(bytes).map_err(|why| ModelError::Picture { path: path.to_owned(), why })
    }

    /// Whether a file holds more than one picture.
    pub fn are_in(path: &Path) -> bool {
        matches!(Self::open(path), Ok(Some(_)))
    }

    fn of(bytes: Vec<u8>) -> Result<Option<Self>, String> {
        let text = |error: image::ImageError| error.to_string();
        let format = image::guess_format(&bytes).map_err(text)?;
        let profile;
        let frames = match format {
            ImageFormat::Gif => {
                let decoder = GifDecoder::new(Cursor::new(bytes.clone())).map_err(text)?;
                read::check_size(decoder.dimensions())?;
                // The format does not say how many follow.
                if decoder.into_frames().take(2).filter(Result::is_ok).count() < 2 {
                    return Ok(None);
                }
                profile = None;
                GifDecoder::new(Cursor::new(bytes)).map_err(text)?.into_frames()
            }
            ImageFormat::WebP => {
                let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(text)?;
                read::check_size(decoder.dimensions())?;
                if !decoder.has_animation() {
                    return Ok(None);
                }
                profile = decoder.icc_profile().ok().flatten();
                decoder.into_frames()
            }
            ImageFormat::Png => {
                let mut decoder = PngDecoder::new(Cursor::new(bytes)).map_err(text)?;
                read::check_size(decoder.dimensions())?;
                if !decoder.is_apng().map_err(text)? {
                    return Ok(None);
                }
                profile = decoder.icc_profile().ok().flatten();
                decoder.apng().map_err(text)?.into_frames()
            }
            _ => return Ok(None),
        };
        Ok(Some(Self { frames, profile, time: Duration::ZERO, failed: false }))
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, String>;

    fn next(&mut self) -> Option<Self::Item> {
        // What follows damage is not read: decoders may stand still there.
        if self.failed {
            return None;
        }
        let frame = match self.frames.next()? {
            Ok(frame) => frame,
            Err(error) => {
                self.failed = true;
                return Some(Err(error.to_string()));
            }
        };
        let asked = Duration::from(frame.delay());
        let length = if asked < SHORTEST { INSTEAD } else { asked };
        let time = self.time;
        self.time += length;
        let mut picture = read::on_black(&frame.into_buffer());
        colour::to_srgb(&mut picture, self.profile.as_deref());
        Some(Ok(Frame { picture, time, length }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::codecs::gif::{GifEncoder, Repeat};
    use image::{Delay, Rgba, RgbaImage};

    use super::*;

    fn gif(frames: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        encoder.set_repeat(Repeat::Infinite).unwrap();
        for number in 0..frames {
            let picture = RgbaImage::from_pixel(8, 8, Rgba([number * 60, 0, 0, 255]));
            let delay = Delay::from_numer_denom_ms(u32::from(number) * 40, 1);
            encoder.encode_frame(image::Frame::from_parts(picture, 0, 0, delay)).unwrap();
        }
        drop(encoder);
        bytes
    }

    #[test]
    fn each_frame_comes_once_at_its_time() {
        let frames: Vec<_> = Frames::of(gif(4)).unwrap().unwrap().map(Result::unwrap).collect();
        let times: Vec<_> = frames.iter().map(|frame| frame.time.as_millis()).collect();
        assert_eq!(times, [0, 100, 140, 220]);
        let reds: Vec<_> = frames.iter().map(|frame| frame.picture.get_pixel(3, 3)[0]).collect();
        assert_eq!(reds, [0, 60, 120, 180]);
    }

    #[test]
    fn one_picture_does_not_move_and_a_damaged_one_ends() {
        assert!(Frames::of(gif(1)).unwrap().is_none());
        let whole = gif(4);
        let mut cut = Frames::of(whole[..whole.len() * 3 / 4].to_vec()).unwrap().unwrap();
        let good = cut.by_ref().take_while(Result::is_ok).count();
        assert!((1..4).contains(&good), "{good}");
        assert!(cut.next().is_none());
    }
}
