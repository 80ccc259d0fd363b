// SPDX-License-Identifier: MIT OR Apache-2.0
//! What lies about the centre of each output pixel, the nearer the more: a triangle that falls off over
//! one output pixel, or over one of the plane when enlarging.
//!
//! Its weights are worked out anew for each call into the same memory. A scaler from a library would do,
//! but those at hand that scale any part of a plane allocate thousands of small tables a frame.

use multiversion::multiversion;

use super::area::Axis;
use super::shrink;

/// The sum of the weights of an output pixel along an axis: weighed rows fit in 16 bits.
const WHOLE: u16 = 256;

/// Memory to use again.
#[derive(Debug, Default)]
pub(super) struct Triangle {
    across: Taps,
    down: Taps,
    sums: Vec<u16>,
}

impl Triangle {
    /// Fills `out`, rows of `columns` pixels of `C` bytes, whose centres lie in the plane. `row` gives a
    /// whole row of it, which has `height` of them.
    pub(super) fn scale<'a, const C: usize>(
        &mut self,
        [across, down]: [Axis; 2],
        row: impl Fn(usize) -> &'a [u8],
        height: usize,
        columns: usize,
        out: &mut [u8],
    ) {
        let rows = out.len() / (columns * C).max(1);
        self.across.set(across, columns, row(0).len() / C);
        self.down.set(down, rows, height);
        let [left, right] = self.across.touched();
        self.sums.resize((right - left) * C, 0);
        for (y, out) in out.chunks_exact_mut((columns * C).max(1)).enumerate() {
            self.sums.fill(0);
            let (first, weights) = self.down.of(y);
            for (y, &weight) in (first..).zip(weights).filter(|(_, weight)| **weight > 0) {
                let touched = row(y).get(left * C..right * C);
                shrink::add(touched.unwrap_or_default(), weight, &mut self.sums);
            }
            join::<C>(self.sums.as_chunks().0, &self.across, left, out.as_chunks_mut().0);
        }
    }
}

/// The pixels of the plane that each output pixel of an axis sees.
#[derive(Debug, Default)]
struct Taps {
    /// How many each sees.
    count: usize,
    /// The first of them.
    first: Vec<usize>,
    /// `count` weights an output pixel, [`WHOLE`] together.
    weights: Vec<u16>,
}

impl Taps {
    /// Those of `columns` output pixels on an axis of `limit` pixels.
    fn set(&mut self, axis: Axis, columns: usize, limit: usize) {
        let reach = axis.step.max(1.0);
        self.count = ((2.0 * reach).ceil() as usize).min(limit);
        self.first.clear();
        self.weights.clear();
        for i in 0..columns {
            // Counted from the centre of the plane's first pixel.
            let centre = axis.start + (i as f64 + 0.5) * axis.step - 0.5;
            let first = ((centre - reach).floor() + 1.0).max(0.0) as usize;
            let first = first.min(limit - self.count);
            let weight = |tap: usize| {
                let pixel = (first + tap) as f64;
                (1.0 - (pixel - centre).abs() / reach).max(0.0)
            };
            let total: f64 = (0..self.count).map(weight).sum();
            // Rounded sums, so that the last is the whole.
            let (mut sum, mut given) = (0.0, 0);
            self.weights.extend((0..self.count).map(|tap| {
                sum += weight(tap);
                let upto = (sum / total * f64::from(WHOLE)).round() as u16;
                let weight = upto - given;
                given = upto;
                weight
            }));
            self.first.push(first);
        }
    }

    /// First pixel and weights of output pixel `i`.
    fn of(&self, i: usize) -> (usize, &[u16]) {
        (self.first[i], &self.weights[i * self.count..][..self.count])
    }

    /// The first pixel that is seen, and one past the last.
    fn touched(&self) -> [usize; 2] {
        let at = |first: Option<&usize>| first.copied().unwrap_or_default();
        [at(self.first.first()), at(self.first.last()) + self.count]
    }
}

/// Puts the sums of columns, which start at column `left`, together.
#[multiversion(targets("x86_64+avx2"))]
fn join<const C: usize>(sums: &[[u16; C]], taps: &Taps, left: usize, out: &mut [[u8; C]]) {
    // Known at compile time, the usual ones are done without a loop.
    match taps.count {
        2 => join_of::<C, 2>(sums, taps, left, out),
        3 => join_of::<C, 3>(sums, taps, left, out),
        4 => join_of::<C, 4>(sums, taps, left, out),
        count => {
            let weights = taps.weights.chunks_exact(count.max(1));
            for (out, (&first, weights)) in out.iter_mut().zip(taps.first.iter().zip(weights)) {
                if let Some(sums) = sums.get(first - left..first - left + count) {
                    *out = pixel(sums, weights);
                }
            }
        }
    }
}

#[inline(always)]
fn join_of<const C: usize, const T: usize>(
    sums: &[[u16; C]],
    taps: &Taps,
    left: usize,
    out: &mut [[u8; C]],
) {
    let weights = taps.weights.as_chunks::<T>().0;
    for (out, (&first, weights)) in out.iter_mut().zip(taps.first.iter().zip(weights)) {
        if let Some(sums) = sums.get(first - left..).and_then(<[_]>::first_chunk::<T>) {
            *out = pixel(sums, weights);
        }
    }
}

#[inline(always)]
fn pixel<const C: usize>(sums: &[[u16; C]], weights: &[u16]) -> [u8; C] {
    let mut pixel = [0; C];
    for c in 0..C {
        let mut sum = 1 << 15;
        for (column, &weight) in sums.iter().zip(weights) {
            sum += u32::from(column[c]) * u32::from(weight);
        }
        pixel[c] = (sum >> 16) as u8;
    }
    pixel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_a_triangle_within_the_plane() {
        let mut taps = Taps::default();
        for (start, step, columns, limit) in [
            (0.0, 4.0 / 3.0, 96, 128),
            (10.0, 2.0 / 3.0, 30, 64),
            (0.25, 1.0, 9, 10),
            (3.5, 3.9, 20, 90),
            (0.0, 0.1, 10, 1),
            (0.0, 2.5, 2, 5),
        ] {
            taps.set(Axis { start, step }, columns, limit);
            let [left, right] = taps.touched();
            for i in 0..columns {
                let (first, weights) = taps.of(i);
                assert!(left <= first && first + weights.len() <= right && right <= limit);
                assert_eq!(weights.iter().sum::<u16>(), WHOLE, "{i} of {start}, {step}");
                let centre = start + (i as f64 + 0.5) * step;
                let moment = |(x, &weight): (usize, &u16)| (x as f64 + 0.5) * f64::from(weight);
                let middle = (first..).zip(weights).map(moment).sum::<f64>() / f64::from(WHOLE);
                // But where the edge cuts it off.
                if centre - step.max(1.0) >= 0.0 && centre + step.max(1.0) <= limit as f64 {
                    assert!((middle - centre).abs() < 0.13, "{middle} for {centre}, {step}");
                }
            }
        }
    }
}
