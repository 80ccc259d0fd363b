// SPDX-License-Identifier: MIT OR Apache-2.0
//! How good a result is: its groups against a ground [`truth`], and by their embeddings alone.

mod curve;
mod error;
mod scores;
mod store;
mod subject;
pub mod truth;

use std::path::Path;

use dataset::format::evaluation::{Comparison, Evaluation};
use grouping::metrics::Agreement;

pub use error::EvaluateError;
pub use scores::distances;
pub use store::store;
pub use subject::Found;

/// Evaluates groups: against a ground truth where there is one, and by their embeddings alone if `scores`.
/// Changes nothing on disk; [`store`] does.
///
/// # Errors
/// A truth that cannot be read or of which no face is found; scores of a folder of pictures.
pub fn evaluate(
    found: &Found,
    truth: Option<&Path>,
    scores: bool,
) -> Result<Evaluation, EvaluateError> {
    if scores && !found.is_dataset() {
        return Err(EvaluateError::PicturesOnly {
            location: found.location.clone(),
            needs: "scores need the embeddings of",
        });
    }
    Ok(Evaluation {
        faces: found.faces.len(),
        groups: found.groups(),
        comparison: truth.map(|truth| comparison(found, truth)).transpose()?,
        scores: scores.then(|| scores::scores(found)),
        distances: None,
    })
}

fn comparison(found: &Found, path: &Path) -> Result<Comparison, EvaluateError> {
    let truth = truth::read(path)?;
    let matched = truth.find(found)?;
    let pairs = matched.people.iter().map(|(face, person)| (found.group(*face), person));
    let agreement = Agreement::of(pairs);
    Ok(Comparison {
        truth: path.display().to_string(),
        kind: truth.kind().to_owned(),
        nobody: matched.nobody,
        without_truth: found.faces.len().saturating_sub(agreement.faces + matched.nobody),
        labels: matched.labels,
        agreement,
        curve: curve::curve(found, &matched.people)?,
    })
}
