// SPDX-License-Identifier: MIT OR Apache-2.0
//! The evidence that a video gives about itself: two histograms and the cut between them.

use dataset::{Cut, Histograms};

use super::axis::{Axis, Mark, WIDTH};

/// Height of the bars, without the axis' labels.
const HEIGHT: f32 = 160.0;
/// Pairs up to which so many stored bars are drawn as one: few pairs on many bars are a comb.
const COARSER: [(u64, usize); 2] = [(100, 3), (1000, 2)];

/// The drawing.
pub(super) struct Histogram {
    /// Bars as SVG paths.
    pub(super) different: String,
    pub(super) same: String,
    /// The cut, and the model's own where the video moved it.
    pub(super) marks: Vec<Mark>,
    /// Labels below the axis, and where.
    pub(super) labels: Vec<(f32, String)>,
}

impl Histogram {
    /// `None` where there is no evidence to draw.
    pub(super) fn new(cut: &Cut) -> Option<Self> {
        let bars = cut.histograms.as_ref()?;
        let axis = Axis::new(bars.low, bars.high)?;
        let pairs = Self::pairs(bars);
        let few = COARSER.iter().find(|(most, _)| pairs.0.max(pairs.1) <= *most);
        let together = few.map_or(1, |(_, together)| *together);
        let cuts = [("cut", cut.threshold), ("model's", cut.prior)];
        let moved = usize::from(cut.source == "video");
        Some(Self {
            different: outline(&bars.different, together),
            same: outline(&bars.same, together),
            marks: axis.marks(cuts.get(..=moved).unwrap_or_default()),
            labels: axis.labels(),
        })
    }

    /// Number of pairs in a histogram.
    pub(super) fn pairs(bars: &Histograms) -> (u64, u64) {
        let sum = |bars: &[u32]| bars.iter().map(|&bar| u64::from(bar)).sum();
        (sum(&bars.different), sum(&bars.same))
    }
}

/// Bars, each histogram scaled to its own highest one: their counts differ by orders.
fn outline(bars: &[u32], together: usize) -> String {
    let bars: Vec<u64> =
        bars.chunks(together).map(|part| part.iter().map(|&bar| u64::from(bar)).sum()).collect();
    let highest = bars.iter().copied().max().unwrap_or(0).max(1) as f32;
    let width = WIDTH / bars.len().max(1) as f32;
    let mut path = String::new();
    for (position, &bar) in bars.iter().enumerate().filter(|(_, bar)| **bar > 0) {
        let height = bar as f32 / highest * (HEIGHT - 8.0);
        let left = position as f32 * width;
        path += &format!("M{left:.1} {HEIGHT}v-{height:.1}h{:.1}v{height:.1}z", width - 1.0);
    }
    path
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_where_their_pairs_are() {
        assert_eq!(
            outline(&[0, 4, 2, 0], 1),
            "M180.0 160v-152.0h179.0v152.0zM360.0 160v-76.0h179.0v76.0z"
        );
        assert_eq!(outline(&[1, 1, 0, 0], 2), "M0.0 160v-152.0h359.0v152.0z");
        assert_eq!(outline(&[], 1), "");
    }

    #[test]
    fn the_models_cut_is_drawn_where_the_video_moved_it() {
        let bars = Histograms { low: 0.0, high: 1.0, different: vec![1, 0], same: vec![0, 1] };
        let mut cut = Cut { threshold: 0.5, prior: 0.5, histograms: Some(bars), ..Cut::default() };
        assert_eq!(Histogram::new(&cut).unwrap().marks.len(), 1);
        (cut.prior, cut.source) = (0.4, "video".to_owned());
        let marks = Histogram::new(&cut).unwrap().marks;
        assert_eq!(
            (marks[0].label.as_str(), marks[1].label.as_str()),
            ("model's 0.400", "cut 0.500")
        );
        cut.histograms = None;
        assert!(Histogram::new(&cut).is_none());
    }
}
