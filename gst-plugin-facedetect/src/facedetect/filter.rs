// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which detections are kept.

use models::Detection;
use models::geometry::Rect;

use super::Settings;

/// Drops detections that are too small or too near to the border of what was looked at, and the
/// weakest above the number wanted. Detections come strongest first and stay so.
pub(super) fn keep(
    mut faces: Vec<Detection>,
    looked_at: Rect,
    settings: &Settings,
) -> Vec<Detection> {
    let min_size = settings.min_size as f32;
    let border = settings.min_border as f32;
    faces.retain(|face| {
        let b = face.bbox;
        let big = b.width >= min_size && b.height >= min_size;
        // 0 turns the test off: boxes may reach outside.
        let inside = settings.min_border == 0
            || (b.x >= looked_at.x + border
                && b.y >= looked_at.y + border
                && b.x + b.width <= looked_at.x + looked_at.width - border
                && b.y + b.height <= looked_at.y + looked_at.height - border);
        big && inside
    });
    if settings.max_faces > 0 {
        faces.truncate(settings.max_faces as usize);
    }
    faces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32, size: f32) -> Detection {
        Detection {
            bbox: Rect { x, y: 50.0, width: size, height: size },
            landmarks: None,
            score: 0.9,
        }
    }

    #[test]
    fn small_near_and_surplus_faces_go() {
        let frame = Rect { x: 0.0, y: 0.0, width: 640.0, height: 360.0 };
        let settings =
            Settings { min_size: 20, min_border: 5, max_faces: 2, ..Settings::default() };
        let faces = vec![
            face(4.0, 30.0),
            face(5.0, 20.0),
            face(9.0, 19.0),
            face(606.0, 30.0),
            face(99.0, 40.0),
        ];
        let kept: Vec<f32> =
            keep(faces.clone(), frame, &settings).iter().map(|f| f.bbox.x).collect();
        assert_eq!(kept, [5.0, 99.0]);
        let all = Settings { min_size: 0, min_border: 0, max_faces: 0, ..settings };
        assert_eq!(keep(faces, frame, &all).len(), 5);
    }
}
