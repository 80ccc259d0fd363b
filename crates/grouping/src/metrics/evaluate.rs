// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole evaluation of a result.

use std::path::Path;

use super::{Against, Agreement, Curve, EvaluateError, Evaluation, Found, Scores, truth};

/// Judges groups: against a truth where there is one, and by their embeddings alone if `scores`.
/// Changes nothing on disk; [`Evaluation::store`] does.
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
        against: truth.map(|truth| against(found, truth)).transpose()?,
        scores: scores.then(|| Scores::of(found)),
    })
}

fn against(found: &Found, path: &Path) -> Result<Against, EvaluateError> {
    let truth = truth::read(path)?;
    let matched = truth.find(found)?;
    let pairs = matched.people.iter().map(|(face, person)| (found.group(*face), person));
    let agreement = Agreement::of(pairs);
    Ok(Against {
        truth: path.display().to_string(),
        kind: truth.kind().to_owned(),
        nobody: matched.nobody,
        without_truth: found.faces.len().saturating_sub(agreement.faces + matched.nobody),
        labels: matched.labels,
        agreement,
        curve: Curve::of(found, &matched.people)?,
    })
}
