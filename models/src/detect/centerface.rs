// SPDX-License-Identifier: MIT OR Apache-2.0
//! CenterFace: one heat map at a quarter of the resolution, and what belongs to each of its cells.

use super::landmarks;
use crate::tensor::{Tensor, outputs};
use imaging::Detection;
use imaging::geometry::Rect;

/// Input pixels a cell.
const STRIDE: usize = 4;

/// Outputs, all `[1, channels, height / 4, width / 4]`: score; log of height and width over the
/// stride; offset of the centre in y and x, in cells; five landmarks as y, x in parts of the box.
pub(super) fn decode(
    tensors: &[Tensor<'_>],
    (width, height): (usize, usize),
    threshold: f32,
) -> Result<Vec<Detection>, String> {
    let [heat, scale, offset, points] = outputs(tensors)?;
    let (columns, rows) = (width / STRIDE, height / STRIDE);
    let cells = columns * rows;
    let heat = heat.expect(&[1, 1, rows, columns])?;
    let scale = scale.expect(&[1, 2, rows, columns])?;
    let offset = offset.expect(&[1, 2, rows, columns])?;
    let points = points.expect(&[1, 10, rows, columns])?;
    let stride = STRIDE as f32;
    let face = |cell: usize, score: f32| {
        let (row, column) = ((cell / columns) as f32, (cell % columns) as f32);
        let (box_height, box_width) =
            (scale[cell].exp() * stride, scale[cells + cell].exp() * stride);
        let centre_x = (column + offset[cells + cell] + 0.5) * stride;
        let centre_y = (row + offset[cell] + 0.5) * stride;
        let bbox = Rect {
            x: centre_x - box_width / 2.0,
            y: centre_y - box_height / 2.0,
            width: box_width,
            height: box_height,
        };
        let point = |i: usize| {
            // The network gives y before x.
            let part = points[(i ^ 1) * cells + cell];
            if i.is_multiple_of(2) { bbox.x + part * box_width } else { bbox.y + part * box_height }
        };
        Detection { bbox, landmarks: Some(landmarks(point)), score }
    };
    let found = heat.iter().enumerate().filter(|&(_, &score)| score >= threshold);
    Ok(found.map(|(cell, &score)| face(cell, score)).collect())
}
