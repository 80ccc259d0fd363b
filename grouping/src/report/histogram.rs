// SPDX-License-Identifier: MIT OR Apache-2.0
//! The evidence that a video gives about itself: two histograms and the cut between them.

use crate::dataset::{Cut, Histograms};

/// Size of the drawing.
pub(super) const WIDTH: f32 = 720.0;
/// Height of the bars, without the axis' labels.
pub(super) const HEIGHT: f32 = 160.0;

/// The drawing.
pub(super) struct Histogram {
    /// Outlines as SVG paths.
    pub(super) different: String,
    pub(super) same: String,
    pub(super) cut: f32,
    pub(super) prior: f32,
    /// Labels below the axis, and where.
    pub(super) labels: Vec<(f32, String)>,
}

impl Histogram {
    /// `None` where there is no evidence to draw.
    pub(super) fn new(cut: &Cut) -> Option<Self> {
        let bars = cut.histograms.as_ref()?;
        let span = bars.high - bars.low;
        if span.is_nan() || span <= 0.0 {
            return None;
        }
        let x = |value: f32| ((value - bars.low) / span).clamp(0.0, 1.0) * WIDTH;
        let first = (bars.low * 10.0).ceil() as i32;
        let last = (bars.high * 10.0).floor() as i32;
        // About one label for each tenth of similarity, fewer on a wide axis.
        let step = 1 + ((last - first) / 12).max(0) as usize;
        let tenths = (first..=last).step_by(step).map(|tenth| tenth as f32 / 10.0);
        Some(Self {
            different: outline(&bars.different),
            same: outline(&bars.same),
            cut: x(cut.threshold),
            prior: x(cut.prior),
            labels: tenths.map(|value| (x(value), format!("{value:.1}"))).collect(),
        })
    }
}

/// Steps of the bars, each histogram scaled to its own highest one: their counts differ by orders.
fn outline(bars: &[u32]) -> String {
    let highest = bars.iter().copied().max().unwrap_or(0).max(1) as f32;
    let width = WIDTH / bars.len().max(1) as f32;
    let mut path = format!("M0 {HEIGHT}");
    for (position, &bar) in bars.iter().enumerate() {
        let top = HEIGHT - bar as f32 / highest * (HEIGHT - 8.0);
        path += &format!("V{top:.1}H{:.1}", (position + 1) as f32 * width);
    }
    path + &format!("V{HEIGHT}Z")
}

impl Histogram {
    /// Number of pairs in a histogram.
    pub(super) fn pairs(bars: &Histograms) -> (u64, u64) {
        let sum = |bars: &[u32]| bars.iter().map(|&bar| u64::from(bar)).sum();
        (sum(&bars.different), sum(&bars.same))
    }
}
