// SPDX-License-Identifier: MIT OR Apache-2.0
//! A part of a plane at another size, by the cheapest way that is right for it.

use super::area::{self, Axis};
use super::double::double;
use super::plane::PlaneView;
use super::shrink::Block;
use super::triangle::Triangle;

/// From so many pixels that become one on, their mean is as smooth as a triangle over twice as many, and
/// less work.
const MEANS_FROM: f64 = 4.0;

/// Scales parts of planes, keeping its buffers from one to the next.
#[derive(Debug, Default)]
pub(super) struct Scaler {
    triangle: Triangle,
    sums: Vec<u16>,
    weighed: Vec<f32>,
}

impl Scaler {
    /// Scales `crop` (left, top, width, height, within the plane) of a plane with `C` bytes a pixel to
    /// `width` x `height` pixels in `out`, without padding.
    pub(super) fn scale<const C: usize>(
        &mut self,
        plane: &PlaneView<'_, C>,
        crop: [f64; 4],
        (width, height): (u32, u32),
        out: &mut Vec<u8>,
    ) {
        let (columns, rows) = (width as usize, height as usize);
        out.resize(columns * rows * C, 0);
        let [left, top, crop_width, crop_height] = crop;
        let across = Axis { start: left, step: crop_width / f64::from(width) };
        let down = Axis { start: top, step: crop_height / f64::from(height) };
        let doubled = [left, top].iter().all(|x| (2.0 * x).fract() == 0.0)
            && [across.step, down.step] == [0.5; 2];
        let [left_touched, right_touched] = across.touched(columns);
        let touched = || plane.rows(left_touched, right_touched - left_touched, top as u32);
        if let Some(block) = blocks([across, down], crop, (width, height)) {
            block.means::<C>(touched(), columns, &mut self.sums, out);
        } else if doubled {
            let at = [(2.0 * left) as usize, (2.0 * top) as usize];
            double::<C>(
                |y| plane.row(y),
                plane.height() as usize,
                at,
                columns,
                &mut self.sums,
                out,
            );
        } else if across.step >= MEANS_FROM && down.step >= MEANS_FROM {
            let sums = (&mut self.sums, &mut self.weighed);
            area::means::<C>([across, down], touched(), columns, sums, out);
        } else {
            let height = plane.height() as usize;
            self.triangle.scale::<C>([across, down], |y| plane.row(y), height, columns, out);
        }
    }
}

/// The pixels that become one, where that is whole ones or halves.
fn blocks(
    [across, down]: [Axis; 2],
    [left, top, width, height]: [f64; 4],
    (columns, rows): (u32, u32),
) -> Option<Block> {
    let whole = [left, top, width, height, 2.0 * across.step, 2.0 * down.step];
    let whole = whole.iter().all(|x| x.fract() == 0.0);
    let halves = |axis: Axis| (2.0 * axis.step) as u32;
    whole.then(|| Block::new(halves(across), halves(down), columns, rows)).flatten()
}
