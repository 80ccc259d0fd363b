// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mean of blocks of whole pixels, rounded once: half a level truer than two passes that round
//! each, which an embedder notices in the third decimal.

/// Pixels a block: their sum stays exact in f32.
const MAX_BLOCK: u64 = 1 << 16;

/// A block of pixels that becomes one pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Block {
    pub(super) across: u32,
    pub(super) down: u32,
}

impl Block {
    /// `None` for blocks too large to add up.
    pub(super) fn new(across: u32, down: u32) -> Option<Self> {
        let pixels = u64::from(across) * u64::from(down);
        (1..=MAX_BLOCK).contains(&pixels).then_some(Self { across, down })
    }

    /// Fills `out`, row by row, with the means of the blocks of `rows`, each row being as many
    /// pixels of `C` bytes as an output row has blocks.
    pub(super) fn means<'a, const C: usize>(
        self,
        mut rows: impl Iterator<Item = &'a [u8]>,
        row_pixels: usize,
        out: &mut [u8],
    ) {
        let (across, down) = (self.across as usize, self.down as usize);
        let share = 1.0 / (across * down) as f32;
        let mut sums = vec![0u32; row_pixels * C];
        for out_row in out.chunks_exact_mut(row_pixels / across * C) {
            sums.fill(0);
            for row in rows.by_ref().take(down) {
                for (sum, &byte) in sums.iter_mut().zip(row) {
                    *sum += u32::from(byte);
                }
            }
            let columns = sums.as_chunks::<C>().0;
            let means = out_row.as_chunks_mut::<C>().0;
            // Whole numbers and halves are exact here for powers of two.
            let mean = |sum: u32| (sum as f32 * share + 0.5) as u8;
            if let (2, pairs) = (across, columns.as_chunks::<2>().0) {
                // What most detectors see of a film: known at compile time, it is done in vectors.
                for (place, [left, right]) in means.iter_mut().zip(pairs) {
                    *place = std::array::from_fn(|c| mean(left[c] + right[c]));
                }
                continue;
            }
            for (place, block) in means.iter_mut().zip(columns.chunks_exact(across)) {
                *place = std::array::from_fn(|c| mean(block.iter().map(|pixel| pixel[c]).sum()));
            }
        }
    }
}
