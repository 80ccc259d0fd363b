// SPDX-License-Identifier: MIT OR Apache-2.0
//! A plane at twice its size: the colours of 4:2:0 pictures at the resolution of their luma.
//!
//! An output pixel lies a quarter of a pixel from the nearest one of the plane, so that it is three
//! quarters of that and one of the next, along both axes.

use multiversion::multiversion;

/// Fills `out`, rows of `columns` pixels of `C` bytes, with the pixels from `left` and `top` on,
/// counted at twice the size. `row` gives a whole row of the plane, which has `height` of them; `sums`
/// is memory to use again.
pub(super) fn double<'a, const C: usize>(
    row: impl Fn(usize) -> &'a [u8],
    height: usize,
    [left, top]: [usize; 2],
    columns: usize,
    sums: &mut Vec<u16>,
    out: &mut [u8],
) {
    for (y, out) in (top..).zip(out.chunks_exact_mut((columns * C).max(1))) {
        let (near, far) = neighbours(y, height);
        let (near, far) = (row(near), row(far));
        // Only the columns that are looked at, and one at each side.
        let width = near.len() / C;
        let begin = (left / 2).saturating_sub(1);
        let end = ((left + columns).div_ceil(2) + 1).min(width);
        let bytes = begin * C..end * C;
        sums.resize(bytes.len(), 0);
        mix(&near[bytes.clone()], &far[bytes], sums);
        spread::<C>(sums, left - 2 * begin, out);
    }
}

/// The pixel in which one at twice the size lies, and the next nearest.
#[inline(always)]
fn neighbours(at: usize, length: usize) -> (usize, usize) {
    let near = (at / 2).min(length.saturating_sub(1));
    let far = if at.is_multiple_of(2) { near.saturating_sub(1) } else { near + 1 };
    (near, far.min(length.saturating_sub(1)))
}

#[multiversion(targets("x86_64+avx2"))]
fn mix(near: &[u8], far: &[u8], sums: &mut [u16]) {
    for (sum, (&near, &far)) in sums.iter_mut().zip(near.iter().zip(far)) {
        *sum = 3 * u16::from(near) + u16::from(far);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn spread<const C: usize>(sums: &[u16], left: usize, out: &mut [u8]) {
    let sums = sums.as_chunks::<C>().0;
    let pixel = |near: &[u16; C], far: &[u16; C]| -> [u8; C] {
        std::array::from_fn(|c| ((3 * near[c] + far[c] + 8) >> 4) as u8)
    };
    for (x, out) in (left..).zip(out.as_chunks_mut::<C>().0) {
        let (near, far) = neighbours(x, sums.len());
        if let (Some(near), Some(far)) = (sums.get(near), sums.get(far)) {
            *out = pixel(near, far);
        }
    }
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
