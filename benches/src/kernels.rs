// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pieces of work that take facegroup's time apart from decoding and the networks, each on a synthetic
//! input that is always the same.

use std::hint::black_box;

use anyhow::{Context, Result};
use fastrand::Rng;
use grouping::cluster::{Constraints, Face, Options, average_linkage, group};
use grouping::deduplication::{Search, hash_duplicates};
use image::RgbImage;
use imaging::align::{ARCFACE, DLIB, Template, chip};
use imaging::blur::Blur;
use imaging::frame::{FrameView, PixelFormat, Sampler};
use imaging::geometry::{Point, Rect};
use imaging::{Detection, quality};
use imaging::{HashKind, PerceptualHash};
use models::catalogue::Task;
use models::{Detector, DetectorOptions, runtime, store};

use crate::frames::{self, Frame};
use crate::{networks, people};

/// Faces and people of the kernels about groups: those of some minutes of film.
const FACES: usize = 400;
const PEOPLE: usize = 12;
/// Where groups are cut, and how many bits of two duplicates' hashes differ: the usual values.
const CUT: f32 = 0.28;
const BITS: u32 = 8;
/// Quality of `facesink`'s pictures.
const JPEG_QUALITY: u8 = 90;

/// One call of a kernel.
pub type Call = Box<dyn FnMut() -> Result<()>>;

/// A piece of work.
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    /// What it is called in tables and records.
    pub name: &'static str,
    /// Calls that take so long that by how much two starts of a process differ is next to nothing: some
    /// ten million instructions.
    pub calls: u32,
    make: fn() -> Result<Call>,
}

impl Kernel {
    /// The kernel with its input and its buffers.
    ///
    /// # Errors
    /// It misses something: `find` ONNX Runtime.
    pub fn ready(&self) -> Result<Call> {
        let mut call = (self.make)().with_context(|| self.name)?;
        call().with_context(|| self.name)?;
        Ok(call)
    }
}

/// All of them, in the order of a frame's way.
pub const ALL: [Kernel; 15] = [
    // The detector's input of a 1080p frame: 640 wide, its height up to the next multiple of 32.
    Kernel { name: "sample 1080p I420", calls: 2, make: || full_hd(PixelFormat::I420) },
    Kernel { name: "sample 1080p NV12", calls: 2, make: || full_hd(PixelFormat::Nv12) },
    // No whole number of pixels becomes one.
    Kernel { name: "sample 768p I420", calls: 3, make: odd_size },
    Kernel { name: "find, synthetic network", calls: 200, make: find },
    Kernel { name: "chip 112, face of 240 px", calls: 20, make: || cut(&ARCFACE, 240.0) },
    Kernel { name: "chip 150, face of 90 px", calls: 20, make: || cut(&DLIB, 90.0) },
    Kernel { name: "chip 150, face of 600 px", calls: 20, make: || cut(&DLIB, 600.0) },
    Kernel { name: "crop 200x260", calls: 20, make: crop },
    Kernel { name: "sharpness 200x260", calls: 20, make: sharpness },
    Kernel { name: "blur, streamface", calls: 20, make: blur },
    Kernel { name: "average hash", calls: 5_000, make: average_hash },
    Kernel { name: "duplicates of 2000 hashes", calls: 3, make: duplicates },
    Kernel { name: "JPEG 200x260", calls: 5, make: jpeg },
    Kernel { name: "linkage of 400 templates", calls: 2, make: linkage },
    Kernel { name: "group 400 faces", calls: 1, make: whole_grouping },
];

fn full_hd(format: PixelFormat) -> Result<Call> {
    let region = Rect { x: 0.0, y: 0.0, width: 1920.0, height: 1152.0 };
    Ok(sampling(Frame::yuv(format, 1920, 1080), region, (640, 384)))
}

fn odd_size() -> Result<Call> {
    let region = Rect { x: 0.0, y: 0.0, width: 1366.0, height: 819.6 };
    Ok(sampling(Frame::yuv(PixelFormat::I420, 1366, 768), region, (640, 384)))
}

/// Reads a part of a frame, with the buffers that elements keep too.
fn sampling(frame: Frame, region: Rect, (width, height): (u32, u32)) -> Call {
    let (mut sampler, mut out) = (Sampler::new(), RgbImage::default());
    Box::new(move || {
        sampler.sample(&black_box(&frame).view(), region, width, height, &mut out)?;
        black_box(&out);
        Ok(())
    })
}

/// From a picture to faces with a network that does next to nothing: sampling, what its outputs say
/// and which of the boxes stay. 300 boxes overlap each other.
fn find() -> Result<Call> {
    runtime::init()?;
    let directory = tempfile::tempdir()?;
    let path = networks::spots(directory.path())?;
    let path = path.to_str().context("a path that is no text")?;
    let model = store::resolve(path, Some("centerface"), Task::Detect)?;
    let options = DetectorOptions { threshold: 0.6, threads: 1, ..DetectorOptions::new(model) };
    let detector = Detector::open(&options)?;
    let mut picture = RgbImage::new(320, 192);
    let mut rng = Rng::with_seed(1);
    for _ in 0..300 {
        let (left, top) = (4 * rng.u32(..80), 4 * rng.u32(..48));
        let pixel = image::Rgb([rng.u8(200..); 3]);
        (0..16).for_each(|at| picture.put_pixel(left + at % 4, top + at / 4, pixel));
    }
    Ok(Box::new(move || {
        let faces = detector.detect(&FrameView::from_rgb(black_box(&picture)))?;
        black_box(faces);
        Ok(())
    }))
}

/// A face of that width in the middle of a 1080p frame, turned a little.
fn face(width: f32) -> Detection {
    let bbox = Rect { x: 960.0 - width / 2.0, y: 400.0, width, height: 1.3 * width };
    let parts = [(0.25, 0.42), (0.7, 0.36), (0.5, 0.6), (0.36, 0.78), (0.72, 0.73)];
    let point = |(x, y)| Point { x: bbox.x + x * bbox.width, y: bbox.y + y * bbox.height };
    Detection { bbox, landmarks: Some(parts.map(point)), score: 0.9 }
}

fn cut(template: &'static Template, width: f32) -> Result<Call> {
    let (frame, face) = (Frame::yuv(PixelFormat::I420, 1920, 1080), face(width));
    Ok(Box::new(move || {
        black_box(chip(&black_box(&frame).view(), &face, template)?);
        Ok(())
    }))
}

fn crop() -> Result<Call> {
    let frame = Frame::yuv(PixelFormat::I420, 1920, 1080);
    Ok(sampling(frame, face(200.0).bbox, (200, 260)))
}

fn sharpness() -> Result<Call> {
    let picture = frames::picture(200, 260);
    Ok(Box::new(move || {
        black_box(quality::sharpness(black_box(&picture)));
        Ok(())
    }))
}

fn blur() -> Result<Call> {
    let (frame, face) = (Frame::yuv(PixelFormat::I420, 1920, 1080), face(200.0));
    Ok(Box::new(move || {
        black_box(Blur::StreamFace.is_blurred(&black_box(&frame).view(), &face)?);
        Ok(())
    }))
}

fn average_hash() -> Result<Call> {
    let picture = frames::picture(200, 260);
    Ok(Box::new(move || {
        black_box(PerceptualHash::of(black_box(&picture), HashKind::Average));
        Ok(())
    }))
}

/// Hashes in tens that differ in some bits.
fn duplicates() -> Result<Call> {
    let mut rng = Rng::with_seed(1);
    let heads: Vec<u64> = (0..200).map(|_| rng.u64(..)).collect();
    let turned = |(_, head): (usize, &u64)| {
        PerceptualHash((0..rng.u32(..12)).fold(*head, |hash, _| hash ^ 1 << rng.u32(..64)))
    };
    let hashes: Vec<_> = (0..2000).zip(heads.iter().cycle()).map(turned).collect();
    Ok(Box::new(move || {
        black_box(hash_duplicates(black_box(&hashes), BITS, Search::Near));
        Ok(())
    }))
}

/// As `facesink` writes it, without the writing.
fn jpeg() -> Result<Call> {
    let picture = frames::picture(200, 260);
    Ok(Box::new(move || {
        black_box(imaging::jpeg::encode(black_box(&picture), JPEG_QUALITY)?);
        Ok(())
    }))
}

fn linkage() -> Result<Call> {
    let vectors = people::make(FACES, PEOPLE).vectors;
    let apart: Vec<_> = (0..FACES / 10).map(|pair| (2 * pair, FACES - 1 - pair)).collect();
    let forbidden = Constraints::cannot_link(apart);
    Ok(Box::new(move || {
        let rows = black_box(&vectors);
        let dendrogram = average_linkage(rows.dot(&rows.t()).view(), &forbidden, None);
        black_box(dendrogram.cut(CUT));
        Ok(())
    }))
}

/// Five faces a track, two tracks on a frame.
fn whole_grouping() -> Result<Call> {
    let vectors = people::make(FACES, PEOPLE).vectors;
    let one = |index: usize| Face {
        embedding: Some(index),
        track: Some((index / 5) as u64),
        pts: (index / 10) as f64,
        ..Face::at(0, (index / 10 * 5 + index % 5) as u64, [100.0, 80.0, 60.0, 80.0])
    };
    let faces: Vec<_> = (0..FACES).map(one).collect();
    let options = Options::new(CUT);
    Ok(Box::new(move || {
        black_box(group(black_box(&faces), vectors.view(), &options)?);
        Ok(())
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_runs() {
        for kernel in ALL {
            match kernel.ready() {
                Ok(mut call) => call().unwrap(),
                Err(error) if kernel.name.starts_with("find") && runtime::init().is_err() => {
                    println!("skipped: {error:#}");
                }
                Err(error) => panic!("{error:#}"),
            }
        }
    }
}
