// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mean of blocks of pixels, rounded once: half a level truer than two passes that round each,
//! which an embedder notices in the third decimal.

use multiversion::multiversion;

/// The most that a block's pixels, or rows added to each other, may weigh: their sum fits in 16 bits.
pub(super) const MAX_WEIGHT: u32 = 256;

/// A block of pixels that becomes one pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Block {
    /// So many whole pixels.
    Whole { across: usize, down: usize },
    /// So many whole pixels and a half one, which the neighbour shares: what is three luma pixels
    /// wide is one and a half of colour. They come in pairs.
    Halves { across: usize, down: usize },
}

impl Block {
    /// A block of `across` x `down` half pixels for `columns` x `rows` pixels. `None` for those too
    /// large to add up, and for what is neither kind.
    pub(super) fn new(across: u32, down: u32, columns: u32, rows: u32) -> Option<Self> {
        let (a, d) = ((across / 2) as usize, (down / 2) as usize);
        let (block, weight) = match (across % 2, down % 2) {
            (0, 0) => {
                (Self::Whole { across: a, down: d }, u64::from(across / 2) * u64::from(down / 2))
            }
            (1, 1) if a > 0 && d > 0 && (columns | rows).is_multiple_of(2) => {
                (Self::Halves { across: a, down: d }, u64::from(across) * u64::from(down))
            }
            _ => return None,
        };
        (1..=MAX_WEIGHT.into()).contains(&weight).then_some(block)
    }

    /// Fills `out`, rows of `columns` pixels of `C` bytes, with the means of the blocks of `rows`,
    /// which are as long as `columns` blocks. `sums` is memory to use again.
    pub(super) fn means<'a, const C: usize>(
        self,
        mut rows: impl Iterator<Item = &'a [u8]>,
        columns: usize,
        sums: &mut Vec<u16>,
        out: &mut [u8],
    ) {
        let row = (columns * C).max(1);
        match self {
            Self::Whole { across, down } => {
                sums.resize(columns * across * C, 0);
                for out in out.chunks_exact_mut(row) {
                    sums.fill(0);
                    rows.by_ref().take(down).for_each(|row| add(row, 1, sums));
                    whole::<C>(sums, across, Mean::of(across * down), out);
                }
            }
            Self::Halves { across, down } => {
                sums.resize(columns / 2 * (2 * across + 1) * C, 0);
                let mean = Mean::of((2 * across + 1) * (2 * down + 1));
                for pair in out.chunks_exact_mut(2 * row) {
                    let (upper, lower) = pair.split_at_mut(row);
                    sums.fill(0);
                    rows.by_ref().take(down).for_each(|row| add(row, 2, sums));
                    let shared = rows.next().unwrap_or_default();
                    add(shared, 1, sums);
                    halves::<C>(sums, across, mean, upper);
                    sums.fill(0);
                    add(shared, 1, sums);
                    rows.by_ref().take(down).for_each(|row| add(row, 2, sums));
                    halves::<C>(sums, across, mean, lower);
                }
            }
        }
    }
}

/// Division by a weight with rounding, exact for sums of up to [`MAX_WEIGHT`] bytes but for some
/// ties above a weight of 128.
#[derive(Debug, Clone, Copy)]
struct Mean {
    weight: u32,
    /// 2^24 / (2 weight), rounded up: the product stays below 2^32.
    inverse: u32,
}

impl Mean {
    fn of(weight: usize) -> Self {
        let weight = (weight as u32).max(1);
        Self { weight, inverse: (1u32 << 24).div_ceil(2 * weight) }
    }

    #[inline(always)]
    fn byte(self, sum: u32) -> u8 {
        ((2 * sum + self.weight).wrapping_mul(self.inverse) >> 24) as u8
    }
}

/// Adds a row, `weight` times.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn add(row: &[u8], weight: u16, sums: &mut [u16]) {
    for (sum, &byte) in sums.iter_mut().zip(row) {
        *sum += u16::from(byte) * weight;
    }
}

/// Puts `across` sums together.
#[multiversion(targets("x86_64+avx2"))]
fn whole<const C: usize>(sums: &[u16], across: usize, mean: Mean, out: &mut [u8]) {
    // Known at compile time, the usual ones are done in vectors.
    match across {
        1 => whole_of::<C, 1>(sums, mean, out),
        2 => whole_of::<C, 2>(sums, mean, out),
        3 => whole_of::<C, 3>(sums, mean, out),
        _ => {
            let (sums, out) = (sums.as_chunks::<C>().0, out.as_chunks_mut::<C>().0);
            for (out, block) in out.iter_mut().zip(sums.chunks_exact(across)) {
                *out = pixel(block, &[0; C], 1, mean);
            }
        }
    }
}

// A closure in a version of a function has its instructions, an iterator of the standard library has
// not, and one cannot go into the other: so what follows is not in there.

#[inline(always)]
fn whole_of<const C: usize, const N: usize>(sums: &[u16], mean: Mean, out: &mut [u8]) {
    let (sums, out) = (sums.as_chunks::<C>().0, out.as_chunks_mut::<C>().0);
    for (out, block) in out.iter_mut().zip(sums.as_chunks::<N>().0) {
        *out = pixel(block, &[0; C], 1, mean);
    }
}

/// The mean of sums that count `weight` times and one that counts once.
#[inline(always)]
fn pixel<const C: usize>(sums: &[[u16; C]], shared: &[u16; C], weight: u32, mean: Mean) -> [u8; C] {
    let mut pixel = [0; C];
    for c in 0..C {
        let mut sum = 0;
        for part in sums {
            sum += u32::from(part[c]);
        }
        pixel[c] = mean.byte(weight * sum + u32::from(shared[c]));
    }
    pixel
}

/// Puts `across` sums and half of the next together, then its other half and `across` more.
#[multiversion(targets("x86_64+avx2"))]
fn halves<const C: usize>(sums: &[u16], across: usize, mean: Mean, out: &mut [u8]) {
    let (sums, out) = (sums.as_chunks::<C>().0, out.as_chunks_mut::<C>().0.as_chunks_mut().0);
    if across == 1 {
        for ([first, second], [left, shared, right]) in out.iter_mut().zip(sums.as_chunks().0) {
            *first = pixel(&[*left], shared, 2, mean);
            *second = pixel(&[*right], shared, 2, mean);
        }
        return;
    }
    for ([first, second], block) in out.iter_mut().zip(sums.chunks_exact(2 * across + 1)) {
        if let (left, [shared, right @ ..]) = block.split_at(across) {
            *first = pixel(left, shared, 2, mean);
            *second = pixel(right, shared, 2, mean);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Pixels of a byte, as a formula.
    fn pixel(x: usize, y: usize) -> u8 {
        ((x * 37 + y * 101 + x * y * 13) % 256) as u8
    }

    /// The mean of what lies under each output pixel, by areas.
    fn expected(side: [f64; 2], columns: usize, rows: usize) -> Vec<f64> {
        let share = |i: usize, start: f64, end: f64| {
            (end.min(i as f64 + 1.0) - start.max(i as f64)).max(0.0)
        };
        let mean = |column: usize, row: usize| {
            let ([left, top], mut sum) = ([column as f64 * side[0], row as f64 * side[1]], 0.0);
            for y in top as usize..(top + side[1]).ceil() as usize {
                for x in left as usize..(left + side[0]).ceil() as usize {
                    let area = share(x, left, left + side[0]) * share(y, top, top + side[1]);
                    sum += area * f64::from(pixel(x, y));
                }
            }
            sum / (side[0] * side[1])
        };
        (0..rows).flat_map(|row| (0..columns).map(move |column| mean(column, row))).collect()
    }

    #[test]
    fn a_pixel_is_the_mean_of_what_lies_under_it() {
        let (columns, rows) = (34, 6);
        for (across, down) in
            [(2, 2), (4, 4), (6, 6), (10, 4), (32, 32), (3, 3), (5, 3), (3, 5), (9, 11)]
        {
            let block = Block::new(across, down, columns as u32, rows as u32).unwrap();
            let side = [f64::from(across) / 2.0, f64::from(down) / 2.0];
            let (width, height) = (columns * across as usize / 2, rows * down as usize / 2);
            let picture: Vec<Vec<u8>> =
                (0..height).map(|y| (0..width).map(|x| pixel(x, y)).collect()).collect();
            let mut out = vec![0; columns * rows];
            block.means::<1>(picture.iter().map(|row| &row[..]), columns, &mut vec![], &mut out);
            for (i, (found, mean)) in out.iter().zip(expected(side, columns, rows)).enumerate() {
                let error = (f64::from(*found) - mean).abs();
                assert!(error < 0.51, "{across} x {down} halves, {i}: {found} for {mean}");
            }
        }
    }

    #[test]
    fn colours_do_not_mix() {
        for (across, columns) in [(4, 5), (6, 5), (3, 4), (5, 4)] {
            let block = Block::new(across, across, columns as u32, 2).unwrap();
            let row = [7, 80, 201].repeat(columns * across as usize / 2);
            let mut out = vec![0; columns * 2 * 3];
            block.means::<3>(std::iter::repeat(&row[..]), columns, &mut vec![], &mut out);
            assert!(out.chunks(3).all(|pixel| pixel == [7, 80, 201]), "{across}: {out:?}");
        }
    }

    #[test]
    fn odd_numbers_of_shared_pixels_and_large_blocks_are_for_the_scaler() {
        for (across, down, columns, rows) in
            [(3, 3, 5, 2), (3, 3, 4, 3), (3, 2, 4, 4), (0, 2, 4, 4), (1, 1, 4, 4), (34, 34, 4, 4)]
        {
            assert_eq!(Block::new(across, down, columns, rows), None, "{across} x {down}");
        }
        assert!(Block::new(32, 32, 3, 3).is_some());
    }
}
