// SPDX-License-Identifier: MIT OR Apache-2.0
//! YuNet: anchor-free, three strides, class and objectness apart.

use super::landmarks;
use crate::tensor::{Tensor, outputs};
use imaging::Detection;
use imaging::geometry::Rect;

const STRIDES: [usize; 3] = [8, 16, 32];

/// Outputs, each for strides 8, 16, 32 and `[1, cells, channels]`: class, objectness, box (centre
/// offset in cells, log of width and height over the stride), five landmarks (offsets in cells).
/// The score is the geometric mean of class and objectness.
pub(super) fn decode(
    tensors: &[Tensor<'_>],
    (width, height): (usize, usize),
    threshold: f32,
) -> Result<Vec<Detection>, String> {
    let tensors: &[Tensor<'_>; 12] = outputs(tensors)?;
    let mut faces = Vec::new();
    for (level, stride) in STRIDES.into_iter().enumerate() {
        let (columns, rows) = (width / stride, height / stride);
        let cells = columns * rows;
        let class = tensors[level].expect(&[1, cells, 1])?;
        let object = tensors[3 + level].expect(&[1, cells, 1])?;
        let (boxes, _) = tensors[6 + level].expect(&[1, cells, 4])?.as_chunks::<4>();
        let (points, _) = tensors[9 + level].expect(&[1, cells, 10])?.as_chunks::<10>();
        let scale = stride as f32;
        let scores = class
            .iter()
            .zip(object)
            .map(|(class, object)| (class.clamp(0.0, 1.0) * object.clamp(0.0, 1.0)).sqrt());
        for (cell, ((score, [dx, dy, log_width, log_height]), points)) in
            scores.zip(boxes).zip(points).enumerate()
        {
            if score < threshold {
                continue;
            }
            let (row, column) = ((cell / columns) as f32, (cell % columns) as f32);
            let (box_width, box_height) = (log_width.exp() * scale, log_height.exp() * scale);
            let bbox = Rect {
                x: (column + dx) * scale - box_width / 2.0,
                y: (row + dy) * scale - box_height / 2.0,
                width: box_width,
                height: box_height,
            };
            let origin = [column, row];
            let point = |i: usize| (origin[i % 2] + points[i]) * scale;
            faces.push(Detection { bbox, landmarks: Some(landmarks(point)), score });
        }
    }
    Ok(faces)
}
