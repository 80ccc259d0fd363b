// SPDX-License-Identifier: MIT OR Apache-2.0
//! How well groups and people would agree if the dendrogram were cut elsewhere.

use std::collections::BTreeMap;

use grouping::cluster::{Face, Options, hierarchy};
use grouping::metrics::{Curve, CurvePoint};

use super::{EvaluateError, Found};
use crate::group::short_tracks::followed;

/// Points of a curve, at most one more.
const POINTS: usize = 120;

/// The curve of faces of which people are known, as (index, person); `None` where no cut makes
/// a difference, or for sorted pictures.
pub(crate) fn curve(
    found: &Found,
    people: &[(usize, String)],
) -> Result<Option<Curve>, EvaluateError> {
    let Some(cut) = &found.cut else {
        return Ok(None);
    };
    let faces = faces(found);
    let faces = followed(&faces, found.min_track_length);
    let mut options = Options::new(cut.prior);
    options.calibrate = false;
    options.levels = cut.levels();
    let hierarchy =
        hierarchy(&faces, found.embeddings.view(), &options).map_err(EvaluateError::Curve)?;
    let Some((low, high)) = hierarchy.span() else {
        return Ok(None);
    };
    let measure = |threshold: f32| {
        let labels = hierarchy.cut(&faces, threshold);
        let label = |face: usize| labels.get(face).copied().flatten();
        let pairs = people.iter().map(|(face, person)| (label(*face), person));
        CurvePoint::of(threshold, pairs)
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
    Ok(Some(Curve { cut: cut.threshold, points }))
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

    use imaging::geometry::FrameBox;

    use super::*;
    use dataset::{Cut, FaceRecord};

    /// Faces that grouping left out for their short tracks were joined by the curve all the same.
    #[test]
    fn tracks_that_are_too_short_are_in_no_group_of_the_curve() {
        let face = |index: usize| FaceRecord {
            video: "a".into(),
            frame: index as u64,
            pts: index as f64,
            bbox: FrameBox([0.0, 0.0, 50.0, 50.0]),
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
            min_track_length: None,
        };
        let people: Vec<(usize, String)> = (0..4).map(|face| (face, "Ann".to_owned())).collect();
        assert!(curve(&found, &people).unwrap().is_some());
        found.min_track_length = Some(3);
        assert!(curve(&found, &people).unwrap().is_none());
    }
}
