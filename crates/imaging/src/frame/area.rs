// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mean of what lies under each output pixel, where its borders cut pixels.

use multiversion::multiversion;

use super::shrink;

/// Where the output pixels of an axis lie, in pixels of the plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// Start of the first.
    pub(super) start: f64,
    /// Length of each, 1 or more.
    pub(super) step: f64,
}

impl Axis {
    /// Start and end of output pixel `i`.
    fn stretch(self, i: usize) -> [f64; 2] {
        let start = self.start + i as f64 * self.step;
        [start, start + self.step]
    }

    /// Pixels that `count` output pixels touch: the first, and one past the last.
    pub(super) fn touched(self, count: usize) -> [usize; 2] {
        let end = (self.start + count as f64 * self.step - 1e-6).ceil();
        [self.start as usize, end as usize]
    }
}

/// Fills `out`, rows of `columns` pixels of `C` bytes. `rows` are those that are touched, cut to the
/// columns that are; the sums of whole rows and of all are memory to use again.
pub(super) fn means<'a, const C: usize>(
    [across, down]: [Axis; 2],
    mut rows: impl Iterator<Item = &'a [u8]>,
    columns: usize,
    (whole, sums): (&mut Vec<u16>, &mut Vec<f32>),
    out: &mut [u8],
) {
    let [first, _] = across.touched(columns);
    let across = Axis { start: across.start - first as f64, ..across };
    let mut y = down.start.floor();
    let mut row = rows.next().unwrap_or_default();
    sums.resize(row.len(), 0.0);
    whole.resize(row.len(), 0);
    let share = (1.0 / (across.step * down.step)) as f32;
    for (i, out) in out.chunks_exact_mut((columns * C).max(1)).enumerate() {
        let [top, bottom] = down.stretch(i);
        sums.fill(0.0);
        whole.fill(0);
        let mut held = 0;
        loop {
            let weight = bottom.min(y + 1.0) - top.max(y);
            if weight < 1.0 || held == shrink::MAX_WEIGHT {
                add(row, weight as f32, sums);
            } else {
                shrink::add(row, 1, whole);
                held += 1;
            }
            if y + 1.0 >= bottom {
                break;
            }
            let Some(next) = rows.next() else { break };
            (row, y) = (next, y + 1.0);
        }
        for (sum, &whole) in sums.iter_mut().zip(whole.iter()) {
            *sum += f32::from(whole);
        }
        join::<C>(sums, across, share, out);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn add(row: &[u8], weight: f32, sums: &mut [f32]) {
    for (sum, &byte) in sums.iter_mut().zip(row) {
        *sum += f32::from(byte) * weight;
    }
}

/// Puts the sums of columns together.
fn join<const C: usize>(sums: &[f32], across: Axis, share: f32, out: &mut [u8]) {
    let sums = sums.as_chunks::<C>().0;
    for (i, pixel) in out.as_chunks_mut::<C>().0.iter_mut().enumerate() {
        let [left, right] = across.stretch(i);
        let first = left as usize;
        let end = (right.ceil() as usize).min(sums.len());
        let Some([whole @ .., last]) = sums.get(first..end) else { continue };
        let cut = [(left - first as f64) as f32, (right - (end as f64 - 1.0)).min(1.0) as f32];
        *pixel = std::array::from_fn(|c| {
            let whole: f32 = whole.iter().map(|sum| sum[c]).sum();
            let outside = sums[first][c] * cut[0];
            ((whole + last[c] * cut[1] - outside) * share + 0.5) as u8
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(picture: &[Vec<u8>], [left, right]: [f64; 2], [top, bottom]: [f64; 2]) -> f64 {
        let part =
            |i: usize, from: f64, to: f64| (to.min(i as f64 + 1.0) - from.max(i as f64)).max(0.0);
        let weighed = picture.iter().enumerate().flat_map(|(y, row)| {
            let high = part(y, top, bottom);
            row.iter().enumerate().map(move |(x, &v)| high * part(x, left, right) * f64::from(v))
        });
        weighed.sum::<f64>() / ((right - left) * (bottom - top))
    }

    #[test]
    fn a_pixel_is_the_mean_of_what_lies_under_it() {
        let picture: Vec<Vec<u8>> = (0..600usize)
            .map(|y| (0..83usize).map(|x| !((x * 37 + y * 101 + x * y * 13) % 64) as u8).collect())
            .collect();
        for (across, down, columns, rows) in [
            (
                Axis { start: 0.0, step: 83.0 / 12.0 },
                Axis { start: 0.0, step: 61.0 / 12.0 },
                12,
                12,
            ),
            (Axis { start: 3.25, step: 2.3 }, Axis { start: 7.9, step: 1.7 }, 30, 31),
            (Axis { start: 1.5, step: 1.0 }, Axis { start: 0.5, step: 1.5 }, 80, 40),
            (Axis { start: 4.0, step: 3.0 }, Axis { start: 2.0, step: 2.0 }, 25, 29),
            // More whole rows than 16 bits hold.
            (Axis { start: 0.0, step: 4.0 }, Axis { start: 0.5, step: 299.25 }, 20, 2),
        ] {
            let ([left, right], [top, bottom]) = (across.touched(columns), down.touched(rows));
            let touched = picture[top..bottom].iter().map(|row| &row[left..right]);
            let mut out = vec![0; columns * rows];
            means::<1>([across, down], touched, columns, (&mut vec![], &mut vec![]), &mut out);
            for (i, found) in out.iter().enumerate() {
                let (x, y) = (across.stretch(i % columns), down.stretch(i / columns));
                let mean = mean(&picture, x, y);
                assert!((f64::from(*found) - mean).abs() < 0.51, "{i}: {found} for {mean}");
            }
        }
    }
}
