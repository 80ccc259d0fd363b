// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sampling against a slow reference in f64, on random frames of every format.
#![allow(clippy::unwrap_used, clippy::panic)]

mod reference;
mod synthetic;

use image::{Rgb, RgbImage};

use super::*;
use reference::Reference;
use synthetic::{FORMATS, Random, Synthetic};

const ORIENTATIONS: [Orientation; 8] = [
    Orientation::Identity,
    Orientation::Rotate90,
    Orientation::Rotate180,
    Orientation::Rotate270,
    Orientation::FlipRotate0,
    Orientation::FlipRotate90,
    Orientation::FlipRotate180,
    Orientation::FlipRotate270,
];

fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
    Rect { x, y, width, height }
}

fn distance(a: &Rgb<u8>, b: &[f64; 3]) -> f64 {
    (0..3).map(|c| (f64::from(a.0[c]) - b[c]).abs()).fold(0.0, f64::max)
}

/// Largest difference from the reference over all output pixels whose cell lies in the picture.
fn compare(synthetic: &Synthetic, region: Rect, width: u32, height: u32) -> f64 {
    let view = synthetic.view();
    let found = view.sample(region, width, height).unwrap();
    let reference = Reference { frame: &view };
    let mut worst: f64 = 0.0;
    let mut compared = 0;
    for (x, y, pixel) in found.enumerate_pixels() {
        if let Some(expected) = reference.pixel(region, (width, height), (x, y)) {
            worst = worst.max(distance(pixel, &expected));
            compared += 1;
        }
    }
    assert!(compared > 0, "nothing compared for {region:?} of {:?}", view.format);
    worst
}

/// Rounding between the two passes and of the planes, multiplied by the steepest coefficient (2.1).
const ROUNDING: f64 = 4.5;

#[test]
fn every_format_fits_the_reference() {
    let mut random = Random(1);
    for format in FORMATS {
        for (matrix, full_range) in
            [(Matrix::Bt601, false), (Matrix::Bt709, false), (Matrix::Bt2020, true)]
        {
            let synthetic =
                Synthetic { matrix, full_range, ..Synthetic::random(&mut random, format, 61, 47) };
            let whole = rect(0.0, 0.0, 61.0, 47.0);
            for (region, width, height) in [
                // Copied.
                (whole, 61, 47),
                // Whole pixels averaged (the chroma planes at half the factor).
                (rect(4.0, 6.0, 48.0, 40.0), 12, 10),
                // The colours of one and a half.
                (rect(6.0, 4.0, 48.0, 36.0), 16, 12),
                // Much, by no whole number, the colours by half of that.
                (rect(1.3, 0.7, 58.0, 44.9), 6, 5),
                // Shrunk by no whole number, from between the pixels.
                (rect(2.3, 1.7, 50.0, 41.0), 17, 19),
                // Enlarged.
                (rect(7.25, 9.5, 11.0, 8.0), 40, 33),
                // Shrunk in one direction, enlarged in the other.
                (rect(10.0, 0.5, 9.0, 45.0), 30, 11),
            ] {
                let worst = compare(&synthetic, region, width, height);
                assert!(worst <= ROUNDING, "{format:?} {matrix:?} {region:?}: off by {worst}");
            }
        }
    }
}

#[test]
fn pixel_aspect_stretches_the_picture() {
    let mut random = Random(2);
    for format in FORMATS {
        let synthetic = Synthetic {
            pixel_aspect: 16.0 / 11.0,
            ..Synthetic::random(&mut random, format, 33, 41)
        };
        let (width, height) = synthetic.view().display_size();
        assert_eq!((width, height), (48.0, 41.0));
        let worst = compare(&synthetic, rect(0.0, 0.0, 48.0, 41.0), 48, 41);
        assert!(worst <= ROUNDING, "{format:?}: off by {worst}");
    }
}

/// Where a stored pixel goes, by the words of [`Orientation`].
fn upright(orientation: Orientation, stored: &RgbImage) -> RgbImage {
    let flip = |p: &RgbImage| {
        RgbImage::from_fn(p.width(), p.height(), |x, y| *p.get_pixel(p.width() - 1 - x, y))
    };
    // A quarter turn clockwise: the left column, read from below, becomes the top row.
    let turn = |p: &RgbImage| {
        RgbImage::from_fn(p.height(), p.width(), |x, y| *p.get_pixel(y, p.height() - 1 - x))
    };
    let (flipped, turns) = match orientation {
        Orientation::Identity => (false, 0),
        Orientation::Rotate90 => (false, 1),
        Orientation::Rotate180 => (false, 2),
        Orientation::Rotate270 => (false, 3),
        Orientation::FlipRotate0 => (true, 0),
        Orientation::FlipRotate90 => (true, 1),
        Orientation::FlipRotate180 => (true, 2),
        Orientation::FlipRotate270 => (true, 3),
    };
    let start = if flipped { flip(stored) } else { stored.clone() };
    (0..turns).fold(start, |picture, _| turn(&picture))
}

#[test]
fn all_orientations_come_out_upright() {
    let synthetic = Synthetic::random(&mut Random(3), PixelFormat::Rgb, 7, 5);
    let stored = synthetic.view().sample(rect(0.0, 0.0, 7.0, 5.0), 7, 5).unwrap();
    for orientation in ORIENTATIONS {
        let expected = upright(orientation, &stored);
        let view = FrameView { orientation, ..synthetic.view() };
        let (width, height) = expected.dimensions();
        assert_eq!(view.display_size(), (width as f32, height as f32));
        let whole =
            view.sample(rect(0.0, 0.0, width as f32, height as f32), width, height).unwrap();
        assert_eq!(whole, expected, "{orientation:?}");
        // A part that reaches outside on two sides.
        let part = view.sample(rect(2.0, -1.0, 6.0, 4.0), 6, 4).unwrap();
        for (x, y, pixel) in part.enumerate_pixels() {
            let inside = (y >= 1).then(|| expected.get_pixel_checked(x + 2, y - 1));
            let expected = inside.flatten().copied().unwrap_or(Rgb([0; 3]));
            assert_eq!(*pixel, expected, "{orientation:?} at {x}, {y}");
        }
    }
}

#[test]
fn turned_anamorphic_pixels_come_out_round() {
    // 2:1 pixels, stored 4 wide, 6 high, turned: upright 6 wide, 8 high.
    let synthetic = Synthetic {
        pixel_aspect: 2.0,
        ..Synthetic::random(&mut Random(4), PixelFormat::Gray8, 4, 6)
    };
    let view = FrameView { orientation: Orientation::Rotate90, ..synthetic.view() };
    assert_eq!(view.display_size(), (6.0, 8.0));
    let found = view.sample(rect(0.0, 0.0, 6.0, 8.0), 6, 4).unwrap();
    let stored = synthetic.view().sample(rect(0.0, 0.0, 8.0, 6.0), 4, 6).unwrap();
    assert_eq!(found, upright(Orientation::Rotate90, &stored));
}

#[test]
fn outside_is_black_and_the_edge_is_not() {
    for format in FORMATS {
        let white = Synthetic::filled(format, 9, 9, 255);
        let view = white.view();
        let found = view.sample(rect(-4.0, -3.0, 20.0, 18.0), 20, 18).unwrap();
        for (x, y, pixel) in found.enumerate_pixels() {
            let inside = (4..13).contains(&x) && (3..12).contains(&y);
            assert_eq!(pixel.0 == [0; 3], !inside, "{format:?} {x} {y} {pixel:?}");
        }
        for region in
            [rect(9.0, 0.0, 5.0, 5.0), rect(-5.0, 2.0, 5.0, 5.0), rect(1e9, 1e9, 3.0, 3.0)]
        {
            let found = view.sample(region, 3, 3).unwrap();
            assert!(found.iter().all(|&v| v == 0), "{format:?} {region:?}");
        }
        // Cells that lie half in the picture repeat their neighbour.
        let found = view.sample(rect(0.0, 0.0, 12.0, 12.0), 4, 4).unwrap();
        let row: Vec<bool> = (0..4).map(|x| found.get_pixel(x, 0).0 != [0; 3]).collect();
        assert_eq!(row, [true, true, true, false], "{format:?}");
        let found = view.sample(rect(-1.0, 0.0, 5.0, 2.5), 2, 1).unwrap();
        assert!(found.pixels().all(|p| p.0 != [0; 3]), "{format:?}");
    }
}

/// A ramp stays a ramp under any symmetric filter, so its value tells where a pixel looked.
#[test]
fn nothing_shifts_between_sizes_or_planes() {
    const SLOPE: f64 = 4.0;
    let (width, height) = (48u32, 30u32);
    let ramp = |x: f64| 20.0 + SLOPE * x;
    let synthetic = |format| Synthetic {
        full_range: true,
        matrix: Matrix::Bt601,
        ..Synthetic::from_fn(format, width, height, |plane, x, _| {
            // Chroma samples lie in the middle of two luma pixels.
            let centre = if plane == 0 { f64::from(x) + 0.5 } else { 2.0 * f64::from(x) + 1.0 };
            ramp(centre).round() as u8
        })
    };
    let regions = [
        (rect(0.0, 0.0, 48.0, 30.0), 48, 30),
        (rect(0.0, 0.0, 48.0, 30.0), 24, 15),
        (rect(0.0, 0.0, 48.0, 30.0), 13, 9),
        (rect(5.37, 4.2, 30.0, 20.0), 11, 7),
        (rect(5.37, 4.2, 30.0, 20.0), 71, 43),
        (rect(-6.5, 0.0, 60.0, 30.0), 40, 20),
    ];
    for (region, out_width, out_height) in regions {
        let step = f64::from(region.width) / f64::from(out_width);
        let gray = synthetic(PixelFormat::Gray8);
        let gray = gray.view().sample(region, out_width, out_height).unwrap();
        let planar = synthetic(PixelFormat::Nv12);
        let planar = planar.view().sample(region, out_width, out_height).unwrap();
        let mut checked = 0;
        for x in 0..out_width {
            let centre = f64::from(region.x) + (f64::from(x) + 0.5) * step;
            // The filter is cut off at the edges.
            let margin = 2.0 * step.max(2.0);
            if centre < margin || centre > f64::from(width) - margin {
                continue;
            }
            let pixel = gray.get_pixel(x, out_height / 2).0;
            let off = f64::from(pixel[0]) - ramp(centre);
            // A quarter of a pixel would be a whole level.
            assert!(off.abs() <= 1.0, "luma of {region:?} at {x}: {off}");
            let [_, _, blue] = planar.get_pixel(x, out_height / 2).0;
            let expected = ramp(centre) + 1.772 * (ramp(centre) - 128.0);
            if (5.0..250.0).contains(&expected) {
                let off = f64::from(blue) - expected;
                // Half a luma pixel in chroma alone would be 3.5.
                assert!(off.abs() <= 3.0, "chroma of {region:?} at {x}: {off}");
                checked += 1;
            }
        }
        assert!(checked > 1, "{region:?}");
    }
}

#[test]
fn short_planes_are_errors() {
    for format in FORMATS {
        let synthetic = Synthetic::random(&mut Random(5), format, 5, 3);
        let whole = rect(0.0, 0.0, 5.0, 3.0);
        for plane in 0..synthetic.planes.len() {
            let mut view = synthetic.view();
            let row = synthetic.row_bytes(plane);
            // The last row needs no padding…
            let rows = synthetic.rows(plane);
            let enough = (rows - 1) * view.planes[plane].stride + row;
            view.planes[plane].data = &view.planes[plane].data[..enough];
            assert!(view.sample(whole, 4, 4).is_ok(), "{format:?}");
            // … but all of itself.
            view.planes[plane].data = &view.planes[plane].data[..enough - 1];
            let error = view.sample(whole, 4, 4).unwrap_err();
            assert!(
                matches!(error, FrameError::ShortPlane { plane: p, .. } if p == plane),
                "{format:?}: {error}"
            );
            let mut view = synthetic.view();
            view.planes[plane].stride = row - 1;
            assert!(view.sample(whole, 4, 4).is_err(), "{format:?}");
            let mut view = synthetic.view();
            view.planes.truncate(plane);
            assert!(view.sample(whole, 4, 4).is_err(), "{format:?}");
        }
    }
}

#[test]
fn absurd_requests_are_errors() {
    let synthetic = Synthetic::random(&mut Random(6), PixelFormat::I420, 4, 4);
    let view = synthetic.view();
    let whole = rect(0.0, 0.0, 4.0, 4.0);
    for region in [
        rect(0.0, 0.0, 0.0, 4.0),
        rect(0.0, 0.0, 4.0, -1.0),
        rect(f32::NAN, 0.0, 4.0, 4.0),
        rect(0.0, 0.0, f32::INFINITY, 4.0),
    ] {
        assert!(matches!(view.sample(region, 4, 4), Err(FrameError::Region(_))), "{region:?}");
    }
    for (width, height) in [(0, 4), (4, 0), (MAX_SIDE + 1, 4)] {
        let error = view.sample(whole, width, height).unwrap_err();
        assert_eq!(error, FrameError::OutputSize(width, height));
    }
    for (width, height, pixel_aspect) in [(0, 4, 1.0), (4, 0, 1.0), (4, 4, 0.0), (4, 4, f64::NAN)] {
        let view = FrameView { width, height, pixel_aspect, ..synthetic.view() };
        assert!(matches!(view.sample(whole, 4, 4), Err(FrameError::Empty { .. })));
    }
}

#[test]
fn any_size_and_region_goes() {
    let mut random = Random(7);
    let mut sampler = Sampler::new();
    let mut out = RgbImage::default();
    for _ in 0..4000 {
        let format = FORMATS[random.below(8) as usize];
        let (width, height) = (1 + random.below(9), 1 + random.below(9));
        let synthetic = Synthetic::random(&mut random, format, width, height);
        let view = FrameView {
            orientation: ORIENTATIONS[random.below(8) as usize],
            pixel_aspect: [0.5, 1.0, 1.1, 2.0][random.below(4) as usize],
            ..synthetic.view()
        };
        let spread = [1.0, 10.0, 1000.0][random.below(3) as usize];
        let mut number = || (random.unit() * spread) as f32;
        let region =
            rect(number() - number(), number() - number(), number() + 1e-6, number() + 1e-6);
        let (out_width, out_height) = (1 + random.below(20), 1 + random.below(20));
        sampler
            .sample(&view, region, out_width, out_height, &mut out)
            .unwrap_or_else(|e| panic!("{e}: {region:?} of {width}x{height} {format:?}"));
        assert_eq!(out.dimensions(), (out_width, out_height));
        // Buffers of the last call leave no trace.
        assert_eq!(out, view.sample(region, out_width, out_height).unwrap(), "{region:?}");
    }
}
