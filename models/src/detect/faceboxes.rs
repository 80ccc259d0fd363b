// SPDX-License-Identifier: MIT OR Apache-2.0
//! FaceBoxes: priors of 32, 64 and 128 pixels every 32, of 256 every 64, of 512 every 128; the smallest
//! ones are packed densely.

use crate::tensor::{Normalisation, Tensor, outputs};
use imaging::Detection;
use imaging::geometry::Rect;

/// What the network subtracts, in RGB order.
pub(super) const NORMALISATION: Normalisation =
    Normalisation { mean: [123.0, 117.0, 104.0], scale: [1.0; 3], bgr: true };

/// Pixels from one cell to the next, and in each cell the side of a prior and how many of it lie in a row
/// and in a column.
const LEVELS: [(usize, &[(f32, usize)]); 3] =
    [(32, &[(32.0, 4), (64.0, 2), (128.0, 1)]), (64, &[(256.0, 1)]), (128, &[(512.0, 1)])];
/// The offsets are in these parts of a prior.
const VARIANCES: [f32; 2] = [0.1, 0.2];
/// The boxes of drawn heads reach above the hair; by so much of their height the top is lowered.
const LOWERED: f32 = 0.2;

/// Outputs: `[1, priors, 4]` offset of the centre and log of width and height over the prior; `[1, priors,
/// 2]` background and face, adding up to 1. Boxes without landmarks.
pub(super) fn decode(
    tensors: &[Tensor<'_>],
    (width, height): (usize, usize),
    threshold: f32,
) -> Result<Vec<Detection>, String> {
    let [boxes, scores] = outputs(tensors)?;
    let priors = priors(width, height);
    let (boxes, _) = boxes.expect(&[1, priors.len(), 4])?.as_chunks::<4>();
    let (scores, _) = scores.expect(&[1, priors.len(), 2])?.as_chunks::<2>();
    let found = priors.iter().zip(boxes).zip(scores).filter(|(_, [_, score])| *score >= threshold);
    Ok(found.map(|((prior, offsets), [_, score])| face(prior, offsets, *score)).collect())
}

fn face([x, y, side]: &[f32; 3], [dx, dy, width, height]: &[f32; 4], score: f32) -> Detection {
    let [place, size] = VARIANCES;
    let (width, height) = (side * (width * size).exp(), side * (height * size).exp());
    let (x, y) = (x + dx * place * side, y + dy * place * side);
    let bbox = Rect {
        x: x - width / 2.0,
        y: y - height / 2.0 + LOWERED * height,
        width,
        height: (1.0 - LOWERED) * height,
    };
    Detection { bbox, landmarks: None, score }
}

/// Centre and side of each prior, in the order of the outputs.
fn priors(width: usize, height: usize) -> Vec<[f32; 3]> {
    let mut priors = Vec::new();
    for (step, sides) in LEVELS {
        for row in 0..height.div_ceil(step) {
            for column in 0..width.div_ceil(step) {
                for &(side, count) in sides {
                    // One lies in the middle; many begin at the corner.
                    let first = if count == 1 { 0.5 } else { 0.0 };
                    let place = |cell: usize, index: usize| {
                        (cell as f32 + first + index as f32 / count as f32) * step as f32
                    };
                    for y in 0..count {
                        priors.extend((0..count).map(|x| [place(column, x), place(row, y), side]));
                    }
                }
            }
        }
    }
    priors
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn priors_are_as_many_as_the_network_gives() {
        // The outputs of the published file for 512x512 and 64x64 pixels.
        assert_eq!((priors(512, 512).len(), priors(64, 64).len()), (5456, 86));
        let priors = priors(96, 32);
        assert_eq!(priors[..2], [[0.0, 0.0, 32.0], [8.0, 0.0, 32.0]]);
        assert_eq!(priors[16..21].last(), Some(&[16.0, 16.0, 128.0]));
        assert_eq!(priors.last(), Some(&[64.0, 64.0, 512.0]));
    }

    #[test]
    fn priors_become_heads() {
        let count = priors(64, 64).len();
        let (mut boxes, mut scores) = (vec![0.0; count * 4], vec![0.0; count * 2]);
        // The prior of 128 pixels of the second cell, in the middle of it.
        let prior = 21 + 20;
        boxes[prior * 4..][..4].copy_from_slice(&[1.25, -0.625, 0.0, 5.0 * 0.5f32.ln()]);
        scores[prior * 2..][..2].copy_from_slice(&[0.25, 0.75]);
        let tensor = |shape: [usize; 3], data| Tensor { name: "", shape: shape.to_vec(), data };
        let tensors = [tensor([1, count, 4], &boxes), tensor([1, count, 2], &scores)];
        let faces = decode(&tensors, (64, 64), 0.5).unwrap();
        // Centre (48, 16) moved by (16, -8); 128 wide, 64 high, a fifth of that off the top.
        let bbox = Rect { x: 0.0, y: -24.0 + 12.8, width: 128.0, height: 51.2 };
        let [face] = faces[..] else { unreachable!("{faces:?}") };
        assert_eq!((face.landmarks, face.score), (None, 0.75));
        for (found, expected) in [
            (face.bbox.x, bbox.x),
            (face.bbox.y, bbox.y),
            (face.bbox.width, bbox.width),
            (face.bbox.height, bbox.height),
        ] {
            assert!((found - expected).abs() < 1e-3, "{face:?}");
        }
    }
}
