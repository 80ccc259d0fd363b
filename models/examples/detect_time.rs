// SPDX-License-Identifier: MIT OR Apache-2.0
//! Milliseconds a frame of a detector on 720p NV12, and how many of them are not the network's:
//! `cargo run --release -p models --example detect_time -- centerface 640`.

use std::time::{Duration, Instant};

use imaging::frame::{FrameView, Matrix, Orientation, PixelFormat, Plane, Sampler, Transfer};
use imaging::geometry::Rect;
use models::catalogue::Task;
use models::{Detector, DetectorOptions, runtime, store};

const ROUNDS: usize = 40;

/// Median of some rounds, in milliseconds.
fn time<E>(mut work: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    work()?;
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times.get(ROUNDS / 2).map_or(0.0, Duration::as_secs_f64) * 1e3)
}

fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let id = words.next().unwrap_or_else(|| "centerface".into());
    let input_size = words.next().map_or(Ok(640), |word| word.parse())?;
    let kind = words.next();

    let (width, height) = (1280u32, 720u32);
    let (stride, rows) = (1344usize, height as usize);
    let luma: Vec<u8> =
        (0..stride * rows).map(|i| (i % stride / 6 + i / stride / 8) as u8).collect();
    let chroma = vec![128; stride * rows / 2];
    let frame = FrameView {
        format: PixelFormat::Nv12,
        width,
        height,
        planes: vec![Plane { data: &luma, stride }, Plane { data: &chroma, stride }],
        matrix: Matrix::Bt709,
        full_range: false,
        transfer: Transfer::Sdr,
        orientation: Orientation::Identity,
        pixel_aspect: 1.0,
    };

    let model = store::resolve(&id, kind.as_deref(), Task::Detect)?;
    let path = model.path.clone();
    let mut options = DetectorOptions { input_size, threads: 1, ..DetectorOptions::new(model) };
    options.coarse_scale = Some(0.0);
    let detector = Detector::open(&options)?;
    let whole = time(|| detector.detect(&frame).map(drop))?;

    let side = |length: u32| (length * input_size / width).next_multiple_of(32);
    let (columns, lines) = (side(width), side(height));
    let scale = width as f32 / input_size as f32;
    let (mut sampler, mut picture) = (Sampler::new(), image::RgbImage::default());
    let (shown_width, shown_height) = (columns as f32 * scale, lines as f32 * scale);
    let region = Rect { x: 0.0, y: 0.0, width: shown_width, height: shown_height };
    let sample = time(|| sampler.sample(&frame, region, columns, lines, &mut picture))?;

    let environment = &runtime::init()?.environment;
    let mut session = ort::session::Session::builder(environment)?
        .with_intra_threads(1)
        .map_err(|e| anyhow::anyhow!("{e}"))?
        .commit_from_file(path)?;
    let shape = [1, 3, lines as usize, columns as usize];
    let input: Vec<f32> = picture.iter().map(|&v| f32::from(v)).collect();
    let network = time(|| {
        let input = ort::value::TensorRef::from_array_view((shape, &input[..]))?;
        session.run(ort::inputs![input]).map(drop)
    })?;
    println!(
        "{id} at {columns}x{lines}: {whole:.2} ms a frame, network {network:.2}, sampling {sample:.2}"
    );
    Ok(())
}
