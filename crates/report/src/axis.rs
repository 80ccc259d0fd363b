// SPDX-License-Identifier: MIT OR Apache-2.0
//! The axis of similarity below the page's drawings, and the cuts marked on it.

/// Width of a drawing in its own units; the page stretches it.
pub(super) const WIDTH: f32 = 720.0;
/// Labels at most.
const LABELS: f32 = 10.0;
/// Steps from label to label, with the decimals they need.
const STEPS: [(f32, usize); 7] =
    [(0.005, 3), (0.01, 2), (0.02, 2), (0.05, 2), (0.1, 1), (0.2, 1), (0.5, 1)];
/// Closer than this the labels of two marks would run into each other.
const APART: f32 = 110.0;

/// A range of cosine similarities, drawn from left to right.
pub(super) struct Axis {
    low: f32,
    high: f32,
}

/// A cut on the axis.
pub(super) struct Mark {
    pub(super) x: f32,
    pub(super) label: String,
    /// `text-anchor` of the label, where it does not run into another's or over the border.
    pub(super) anchor: &'static str,
}

impl Axis {
    /// `None` for a range of no width.
    pub(super) fn new(low: f32, high: f32) -> Option<Self> {
        (low.is_finite() && high.is_finite() && high - low > 1e-4).then_some(Self { low, high })
    }

    /// Where a similarity lies; `None` outside of the axis.
    pub(super) fn x(&self, value: f32) -> Option<f32> {
        let x = (value - self.low) / (self.high - self.low) * WIDTH;
        (-0.5..=WIDTH + 0.5).contains(&x).then(|| x.clamp(0.0, WIDTH))
    }

    /// The similarity at a place.
    pub(super) fn value(&self, x: f32) -> f32 {
        self.low + x / WIDTH * (self.high - self.low)
    }

    /// Labels, and where.
    pub(super) fn labels(&self) -> Vec<(f32, String)> {
        let span = self.high - self.low;
        let fitting = STEPS.iter().find(|(step, _)| span / step <= LABELS);
        let &(step, decimals) = fitting.unwrap_or(&(1.0, 1));
        let first = (self.low / step).ceil() as i32;
        let last = (self.high / step).floor() as i32;
        let value = |number| number as f32 * step;
        (first..=last)
            .filter_map(|n| Some((self.x(value(n))?, format!("{:.decimals$}", value(n)))))
            .collect()
    }

    /// Marks with labels beside each other.
    pub(super) fn marks(&self, values: &[(&str, f32)]) -> Vec<Mark> {
        let mut marks: Vec<Mark> = values
            .iter()
            .filter_map(|(name, value)| {
                let label = format!("{name} {value:.3}");
                Some(Mark { x: self.x(*value)?, label, anchor: "middle" })
            })
            .collect();
        marks.sort_by(|a, b| a.x.total_cmp(&b.x));
        if let [left, right] = marks.as_mut_slice()
            && right.x - left.x < APART
        {
            (left.anchor, right.anchor) = ("end", "start");
        }
        for mark in &mut marks {
            if mark.x < APART / 2.0 {
                mark.anchor = "start";
            } else if mark.x > WIDTH - APART / 2.0 {
                mark.anchor = "end";
            }
        }
        marks
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_few_and_never_too_few() {
        for (low, high) in [(0.86, 1.0), (-0.3, 0.9), (-1.0, 1.0), (0.95, 0.99), (0.2, 0.64)] {
            let labels = Axis::new(low, high).unwrap().labels();
            assert!((4..=11).contains(&labels.len()), "{low} to {high}: {labels:?}");
        }
        assert!(Axis::new(0.5, 0.5).is_none() && Axis::new(f32::NAN, 1.0).is_none());
        let labels = Axis::new(0.88, 0.98).unwrap().labels();
        assert_eq!(labels.first().unwrap().1, "0.88");
    }

    #[test]
    fn labels_of_marks_keep_apart() {
        let axis = Axis::new(0.0, 1.0).unwrap();
        let anchors = |values: &[(&str, f32)]| -> Vec<&str> {
            axis.marks(values).into_iter().map(|mark| mark.anchor).collect()
        };
        assert_eq!(anchors(&[("cut", 0.5), ("model", 0.45)]), ["end", "start"]);
        assert_eq!(anchors(&[("cut", 0.2), ("model", 0.8)]), ["middle", "middle"]);
        assert_eq!(anchors(&[("cut", 0.01), ("model", 2.0)]), ["start"]);
    }
}
