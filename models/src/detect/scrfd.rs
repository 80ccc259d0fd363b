// SPDX-License-Identifier: MIT OR Apache-2.0
//! SCRFD: three strides, two anchors a cell, distances from the anchor to the sides of the box.

use super::landmarks;
use crate::tensor::{Tensor, outputs};
use imaging::Detection;
use imaging::geometry::Rect;

const STRIDES: [usize; 3] = [8, 16, 32];
/// Anchors a cell, one after the other in every output.
const ANCHORS: usize = 2;

/// Outputs, each for strides 8, 16, 32 and `[cells * 2, channels]`: score; distances left, top,
/// right, bottom in strides; five landmarks as offsets in strides. Anchors sit at the cells' corners.
pub(super) fn decode(
    tensors: &[Tensor<'_>],
    (width, height): (usize, usize),
    threshold: f32,
) -> Result<Vec<Detection>, String> {
    let tensors: &[Tensor<'_>; 9] = outputs(tensors)?;
    let mut faces = Vec::new();
    for (level, stride) in STRIDES.into_iter().enumerate() {
        let (columns, rows) = (width / stride, height / stride);
        let anchors = columns * rows * ANCHORS;
        let scores = tensors[level].expect(&[1, anchors, 1])?;
        let (boxes, _) = tensors[3 + level].expect(&[1, anchors, 4])?.as_chunks::<4>();
        let (points, _) = tensors[6 + level].expect(&[1, anchors, 10])?.as_chunks::<10>();
        let scale = stride as f32;
        for (anchor, ((&score, [left, top, right, bottom]), points)) in
            scores.iter().zip(boxes).zip(points).enumerate()
        {
            if score < threshold {
                continue;
            }
            let cell = anchor / ANCHORS;
            let centre = [(cell % columns) as f32 * scale, (cell / columns) as f32 * scale];
            let bbox = Rect {
                x: centre[0] - left * scale,
                y: centre[1] - top * scale,
                width: (left + right) * scale,
                height: (top + bottom) * scale,
            };
            let point = |i: usize| centre[i % 2] + points[i] * scale;
            faces.push(Detection { bbox, landmarks: Some(landmarks(point)), score });
        }
    }
    Ok(faces)
}
