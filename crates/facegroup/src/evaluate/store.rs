// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keeping an evaluation in its dataset.

use std::path::Path;

use dataset::atomic::replace;
use dataset::format::evaluation::Evaluation;
use dataset::{DatasetError, Layout};
use report::Options;

use super::EvaluateError;

/// Keeps an evaluation in a dataset that no process writes, beside what is known of the same groups
/// already, and makes the page again, as `options` say.
///
/// # Errors
/// A process writing there, a damaged file, a folder that cannot be written.
pub fn store(
    evaluation: &Evaluation,
    location: &Path,
    options: Options,
) -> Result<(), EvaluateError> {
    let layout = Layout::new(location);
    let _lock = layout.lock_for_writing()?;
    let before = Evaluation::read(&layout)?.unwrap_or_default();
    let all = Evaluation {
        comparison: evaluation.comparison.clone().or(before.comparison),
        scores: evaluation.scores.clone().or(before.scores),
        distances: evaluation.distances.clone().or(before.distances),
        ..*evaluation
    };
    let path = layout.evaluation();
    let mut text =
        serde_json::to_vec_pretty(&all).map_err(|e| DatasetError::io("write", &path, e.into()))?;
    text.push(b'\n');
    replace(&path, &text)?;
    report::write(location, options)?;
    Ok(())
}
