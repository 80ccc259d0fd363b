// SPDX-License-Identifier: MIT OR Apache-2.0
//! How well groups and people would agree if cut elsewhere.

use serde::{Deserialize, Serialize};

use super::agreement::bcubed_of;
use super::contingency::Contingency;

/// BCubed over the cut, for default grouping without corrections.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The cut that was taken.
    pub cut: f32,
    /// From the lowest cut to the highest; the one taken is among them.
    pub points: Vec<CurvePoint>,
}

/// One cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Cosine similarity from which on groups join, -1 to 1.
    pub threshold: f32,
    /// BCubed precision, 0 to 1.
    pub precision: f64,
    /// BCubed recall, 0 to 1.
    pub recall: f64,
    /// Their harmonic mean.
    pub f: f64,
    /// Groups among the faces scored.
    pub groups: usize,
}

impl CurvePoint {
    /// How well labels and people agree at a cut; `None` is nobody's.
    pub fn of<'a>(
        threshold: f32,
        pairs: impl Iterator<Item = (Option<usize>, &'a String)>,
    ) -> Self {
        let table = Contingency::new(pairs);
        let score = bcubed_of(&table);
        Self {
            threshold,
            precision: score.precision,
            recall: score.recall,
            f: score.f,
            groups: table.groups.len() - table.alone,
        }
    }
}

impl Curve {
    /// The point of the highest F, the nearest to the cut taken among equals.
    pub fn best(&self) -> Option<CurvePoint> {
        let away = |point: &CurvePoint| (point.threshold - self.cut).abs();
        self.points
            .iter()
            .copied()
            .max_by(|a, b| a.f.total_cmp(&b.f).then(away(b).total_cmp(&away(a))))
    }

    /// The point of the cut taken.
    pub fn taken(&self) -> Option<CurvePoint> {
        self.points.iter().copied().find(|point| point.threshold == self.cut)
    }
}
