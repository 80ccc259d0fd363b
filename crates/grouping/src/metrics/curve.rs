// SPDX-License-Identifier: MIT OR Apache-2.0
//! How good the groups would be if the tree were cut elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::agreement::bcubed_of;
use super::contingency::Contingency;
use super::{EvaluateError, Found};
use crate::cluster::{Face, Options, tree};
use crate::dataset::followed;

/// Points of a curve, at most one more.
const POINTS: usize = 120;

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

impl Curve {
    /// The curve of faces of which people are known, as (index, person); `None` where no cut makes
    /// a difference, or for sorted pictures.
    pub(super) fn of(
        found: &Found,
        people: &[(usize, String)],
    ) -> Result<Option<Self>, EvaluateError> {
        let Some(cut) = &found.cut else {
            return Ok(None);
        };
        let faces = faces(found);
        let faces = followed(&faces, found.track_hits);
        let mut options = Options::new(cut.prior);
        options.calibrate = false;
        options.levels = cut.levels();
        let tree = tree(&faces, found.embeddings.view(), &options)?;
        let Some((low, high)) = tree.span() else {
            return Ok(None);
        };
        let measure = |threshold: f32| {
            let labels = tree.cut(&faces, threshold);
            let label = |face: usize| labels.get(face).copied().flatten();
            let table =
                Contingency::new(people.iter().map(|(face, person)| (label(*face), person)));
            let score = bcubed_of(&table);
            CurvePoint {
                threshold,
                precision: score.precision,
                recall: score.recall,
                f: score.f,
                groups: table.groups.len() - table.alone,
            }
        };
        // From below the last join, where all is one, to above the first, where nothing is.
        let margin = 0.01f32.max((high - low) / 50.0);
        let (low, high) = ((low - margin).max(-1.0), (high + margin).min(1.0));
        let step = (high - low) / (POINTS - 1) as f32;
        let mut thresholds: Vec<f32> = (0..POINTS).map(|i| low + step * i as f32).collect();
        thresholds.push(cut.threshold);
        thresholds.sort_by(f32::total_cmp);
        thresholds.dedup();
        let points = thresholds.into_iter().map(measure).collect();
        Ok(Some(Self { cut: cut.threshold, points }))
    }

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

/// The faces as grouping sees them.
fn faces(found: &Found) -> Vec<Face> {
    let videos: BTreeMap<&str, usize> =
        found.videos.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
    let video = |name: &str| videos.get(name).copied().unwrap_or(usize::MAX);
    let rows = found.embeddings.nrows();
    found.faces.iter().map(|face| face.face(video(&face.video), rows)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ndarray::arr2;

    use super::*;
    use crate::dataset::{Cut, FaceRecord};

    /// Faces that grouping left out for their short tracks were joined by the curve all the same.
    #[test]
    fn tracks_that_are_too_short_are_in_no_group_of_the_curve() {
        let face = |index: usize| FaceRecord {
            video: "a".into(),
            frame: index as u64,
            pts: index as f64,
            bbox: [0.0, 0.0, 50.0, 50.0],
            score: 0.9,
            quality: 0.9,
            track: Some(index as u64 / 2),
            embedding: Some(index),
            ..FaceRecord::default()
        };
        let mut found = Found {
            location: "x".into(),
            faces: (0..4).map(face).collect(),
            embeddings: arr2(&[[1.0, 0.0], [1.0, 0.0], [0.8, 0.6], [0.8, 0.6]]),
            videos: vec!["a".into()],
            cut: Some(Cut { threshold: 0.5, prior: 0.5, ..Cut::default() }),
            track_hits: None,
        };
        let people: Vec<(usize, String)> = (0..4).map(|face| (face, "Ann".to_owned())).collect();
        assert!(Curve::of(&found, &people).unwrap().is_some());
        found.track_hits = Some(3);
        assert!(Curve::of(&found, &people).unwrap().is_none());
    }
}
