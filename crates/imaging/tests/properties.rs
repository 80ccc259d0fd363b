// SPDX-License-Identifier: MIT OR Apache-2.0
//! What holds of every box and every alignment.

use imaging::align::typical_landmarks;
use imaging::geometry::{FrameBox, Landmarks, Point, Rect, Similarity};
use proptest::prelude::*;

/// Boxes on and around a picture, in parts of a pixel that are added without rounding.
fn rect() -> impl Strategy<Value = Rect> {
    let side = || (0..4000i32).prop_map(|eighths| eighths as f32 / 8.0);
    let place = || (-2000..4000i32).prop_map(|eighths| eighths as f32 / 8.0);
    (place(), place(), side(), side()).prop_map(|(x, y, width, height)| Rect {
        x,
        y,
        width,
        height,
    })
}

fn moved(rect: Rect, x: f32, y: f32) -> Rect {
    Rect { x: rect.x + x, y: rect.y + y, ..rect }
}

fn similarity() -> impl Strategy<Value = Similarity> {
    let turn = 0.0..std::f64::consts::TAU;
    (0.01..100.0f64, turn, -1e3..1e3f64, -1e3..1e3f64).prop_map(|(scale, turn, x, y)| Similarity {
        a: scale * turn.cos(),
        b: scale * turn.sin(),
        shift: [x, y],
    })
}

fn sent(points: &Landmarks, by: &Similarity) -> Landmarks {
    points.map(|Point { x, y }| {
        let (x, y) = by.apply(x.into(), y.into());
        Point { x: x as f32, y: y as f32 }
    })
}

proptest! {
    #[test]
    fn overlap_is_mutual_and_a_share(a in rect(), b in rect()) {
        let overlap = a.iou(&b);
        prop_assert!((0.0..=1.0).contains(&overlap), "{overlap}");
        prop_assert_eq!(overlap, b.iou(&a));
        let on_frame = |rect: Rect| FrameBox([rect.x, rect.y, rect.width, rect.height]);
        prop_assert_eq!(overlap, on_frame(a).iou(&on_frame(b)));
    }

    #[test]
    fn overlap_stays_where_both_move(
        a in rect(), b in rect(), x in -500..500i16, y in -500..500i16,
    ) {
        let (x, y) = (f32::from(x), f32::from(y));
        prop_assert_eq!(a.iou(&b), moved(a, x, y).iou(&moved(b, x, y)));
    }

    #[test]
    fn a_box_overlaps_itself_wholly(a in rect()) {
        prop_assert_eq!(a.iou(&a), if a.area() > 0.0 { 1.0 } else { 0.0 });
    }

    #[test]
    fn what_is_around_two_holds_both_and_no_more(a in rect(), b in rect()) {
        let around = a.around(&b);
        prop_assert_eq!(around, b.around(&a));
        for part in [a, b] {
            prop_assert_eq!(around.around(&part), around);
            prop_assert!(around.contains(part.centre()));
            prop_assert!(around.area() >= part.area());
        }
        prop_assert_eq!(around.x, a.x.min(b.x));
        prop_assert_eq!(around.y + around.height, (a.y + a.height).max(b.y + b.height));
    }

    #[test]
    fn most_alike_is_what_overlaps_most(
        a in rect(), others in prop::collection::vec(rect(), 0..8), least in 0.0..1.0f32,
    ) {
        let most = others.iter().map(|other| other.iou(&a)).fold(f32::NEG_INFINITY, f32::max);
        let found = a.most_overlapping(others.iter().copied(), least);
        prop_assert_eq!(found.is_some(), most >= least);
        prop_assert!(found.is_none_or(|at| others[at].iou(&a) == most));
    }

    #[test]
    fn an_alignment_is_undone(by in similarity(), x in -1e4..1e4f64, y in -1e4..1e4f64) {
        let (there_x, there_y) = by.apply(x, y);
        let (back_x, back_y) = by.inverse().apply(there_x, there_y);
        // The shift is as large as a thousand, the scale as small as a hundredth.
        prop_assert!((back_x - x).abs() < 1e-6 && (back_y - y).abs() < 1e-6, "{back_x} {back_y}");
        prop_assert!((by.scale() * by.inverse().scale() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_face_that_was_turned_is_aligned_by_the_same_turn(by in similarity(), face in rect()) {
        prop_assume!(face.width >= 8.0 && face.height >= 8.0);
        let from = typical_landmarks(&face);
        let to = sent(&from, &by);
        let fit = Similarity::fit(&from, &to);
        prop_assert!(fit.is_some());
        for (wanted, found) in to.iter().zip(fit.iter().flat_map(|fit| sent(&from, fit))) {
            let far = (wanted.x - found.x).hypot(wanted.y - found.y);
            let large = to.iter().fold(1.0f32, |large, p| large.max(p.x.abs()).max(p.y.abs()));
            prop_assert!(far <= 1e-5 * large, "{far} of {large}");
        }
    }
}
