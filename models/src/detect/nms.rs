// SPDX-License-Identifier: MIT OR Apache-2.0
//! Non-maximum suppression: one box a face.

use imaging::Detection;

/// Candidates looked at, best first: a threshold of 0 would make the quadratic search hang.
const MAX_CANDIDATES: usize = 4096;

/// Keeps, from the best score down, each face that overlaps no kept one by more than
/// `iou_threshold`.
pub(super) fn suppress(mut faces: Vec<Detection>, iou_threshold: f32) -> Vec<Detection> {
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    faces.truncate(MAX_CANDIDATES);
    let mut kept: Vec<Detection> = Vec::new();
    for face in faces {
        if kept.iter().all(|k| k.bbox.iou(&face.bbox) <= iou_threshold) {
            kept.push(face);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::geometry::Rect;

    fn face(x: f32, score: f32) -> Detection {
        let bbox = Rect { x, y: 0.0, width: 10.0, height: 10.0 };
        Detection { bbox, landmarks: None, score }
    }

    #[test]
    fn weaker_of_two_overlapping_boxes_goes() {
        // 5 of 10 columns shared: IoU 1/3.
        let faces = vec![face(0.0, 0.6), face(5.0, 0.9), face(10.0, 0.7), face(30.0, 0.5)];
        let scores =
            |iou| -> Vec<f32> { suppress(faces.clone(), iou).iter().map(|f| f.score).collect() };
        assert_eq!(scores(0.3), [0.9, 0.5]);
        assert_eq!(scores(0.34), [0.9, 0.7, 0.6, 0.5]);
    }

    #[test]
    fn suppressed_boxes_suppress_nobody() {
        let faces = vec![face(0.0, 0.9), face(5.0, 0.8), face(10.0, 0.7)];
        let kept = suppress(faces, 0.3);
        assert_eq!(kept, [face(0.0, 0.9), face(10.0, 0.7)]);
    }
}
