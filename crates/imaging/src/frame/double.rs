// SPDX-License-Identifier: MIT OR Apache-2.0
//! A plane at twice its size: the colours of 4:2:0 pictures at the resolution of their luma.
//!
//! An output pixel lies a quarter of a pixel from the nearest one of the plane, so that it is three
//! quarters of that and one of the next, along both axes.

use multiversion::multiversion;

/// Fills `out`, rows of `columns` pixels of `C` bytes, with the pixels from `left` and `top` on,
/// counted at twice the size; they lie in the plane. `row` gives a whole row of it, which has `height`
/// of them; `sums` is memory to use again.
pub(super) fn double<'a, const C: usize>(
    row: impl Fn(usize) -> &'a [u8],
    height: usize,
    [left, top]: [usize; 2],
    columns: usize,
    sums: &mut Vec<u16>,
    out: &mut [u8],
) {
    let (first, end) = (left / 2, (left + columns).div_ceil(2));
    // One more at each side; beyond the edge that is the edge again.
    sums.resize((end - first + 2) * C, 0);
    for (y, out) in (top..).zip(out.chunks_exact_mut((columns * C).max(1))) {
        let next = if y.is_multiple_of(2) { (y / 2).saturating_sub(1) } else { y / 2 + 1 };
        let (near, far) = (row(y / 2), row(next.min(height.saturating_sub(1))));
        let last = (near.len() / C).saturating_sub(1);
        let inner = first * C..end * C;
        mix(&near[inner.clone()], &far[inner], &mut sums[C..]);
        for (place, column) in [(0, first.saturating_sub(1)), (end - first + 1, end.min(last))] {
            let bytes = column * C..(column + 1) * C;
            mix(&near[bytes.clone()], &far[bytes], &mut sums[place * C..]);
        }
        spread::<C>(sums, left % 2, out);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn mix(near: &[u8], far: &[u8], sums: &mut [u16]) {
    for (sum, (&near, &far)) in sums.iter_mut().zip(near.iter().zip(far)) {
        *sum = 3 * u16::from(near) + u16::from(far);
    }
}

/// Makes two pixels of all sums but the outer ones. Of the first the left one is left out, where `skip`
/// is 1, and of the last the right one, where `out` is full.
#[multiversion(targets("x86_64+avx2"))]
fn spread<const C: usize>(sums: &[u16], skip: usize, out: &mut [u8]) {
    let (whole, mut sums) = (out.as_chunks_mut::<C>().0, sums.as_chunks::<C>().0);
    let (skipped, out) = whole.split_at_mut(skip.min(whole.len()));
    if let ([pixel], [_, near, far, ..]) = (skipped, sums) {
        *pixel = between(near, far);
        sums = &sums[1..];
    }
    let (pairs, single) = out.as_chunks_mut();
    let threes = sums.windows(3);
    for ([left, right], three) in pairs.iter_mut().zip(threes.clone()) {
        if let [before, here, after] = three {
            *left = between(here, before);
            *right = between(here, after);
        }
    }
    if let ([pixel], Some([before, here, _])) = (single, threes.last()) {
        *pixel = between(here, before);
    }
}

#[inline(always)]
fn between<const C: usize>(near: &[u16; C], far: &[u16; C]) -> [u8; C] {
    let mut pixel = [0; C];
    for c in 0..C {
        pixel[c] = ((3 * near[c] + far[c] + 8) >> 4) as u8;
    }
    pixel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_lie_between_their_neighbours_and_edges_reach_outwards() {
        let plane: [&[u8]; 3] = [&[0, 80, 160], &[16, 16, 16], &[255, 255, 255]];
        let mut out = vec![0; 6 * 6];
        double::<1>(|y| plane[y], 3, [0, 0], 6, &mut vec![], &mut out);
        assert_eq!(out[..6], [0, 20, 60, 100, 140, 160]);
        // Rows 1 and 2: three quarters of one and a quarter of the other.
        assert_eq!(out[6..12], [4, 19, 49, 79, 109, 124]);
        assert_eq!(out[12..18], [12, 17, 27, 37, 47, 52]);
        assert_eq!(out[30..], [255; 6]);
    }

    #[test]
    fn a_part_is_a_part_of_the_whole() {
        let plane: Vec<Vec<u8>> =
            (0..9u8).map(|y| (0..26).map(|x| x * 9 + y * 3).collect()).collect();
        let whole = part(&plane, [0, 0], 26, 18);
        for (left, top, columns, rows) in [(1, 0, 20, 5), (7, 3, 12, 15), (25, 17, 1, 1)] {
            let part = part(&plane, [left, top], columns, rows);
            for (i, pixel) in part.as_chunks::<2>().0.iter().enumerate() {
                let at = (top + i / columns) * 26 + left + i % columns;
                assert_eq!(pixel[..], whole[2 * at..2 * at + 2], "{i} of {left}, {top}");
            }
        }
    }

    fn part(plane: &[Vec<u8>], at: [usize; 2], columns: usize, rows: usize) -> Vec<u8> {
        let mut out = vec![0; columns * rows * 2];
        double::<2>(|y| &plane[y], plane.len(), at, columns, &mut vec![], &mut out);
        out
    }
}
