// SPDX-License-Identifier: MIT OR Apache-2.0
//! StreamFace's annotations: a label for each picture, by the stem of its file name; -1 for noise.
//!
//! ```json
//! {"labels": {"001224_0": {"label": 3}}}
//! ```

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use dataset::atomic::replace;
use dataset::{DatasetError, FaceRecord, Loaded, UNSURE};
use grouping::cluster::Candidates;
use serde_json::{Map, Value, json};

use crate::export::{Exported, people};

/// The label of noise, which is nobody's.
const NOISE: i64 = -1;

/// Why a file is none of StreamFace's.
#[derive(Debug, thiserror::Error)]
#[error(
    "no annotations of StreamFace: {0}; expected {{\"labels\": {{\"001224_0\": {{\"label\": 3}}}}}}"
)]
pub struct AnnotationsError(String);

/// Reads `annotations.json`, or one that was refined by hand: the label of each picture, by its stem; `None` for noise.
///
/// ```
/// let labels = interchange::streamface::read(br#"{"labels": {"000012_0": {"label": 3}, "000013_0": {"label": -1}}}"#)?;
/// assert_eq!((labels["000012_0"], labels["000013_0"]), (Some(3), None));
/// # Ok::<(), interchange::streamface::AnnotationsError>(())
/// ```
///
/// # Errors
/// Bytes that are no JSON of that form.
pub fn read(bytes: &[u8]) -> Result<BTreeMap<String, Option<u64>>, AnnotationsError> {
    let all: Value = serde_json::from_slice(bytes).map_err(|e| AnnotationsError(e.to_string()))?;
    let labels = all.get("labels").and_then(Value::as_object);
    let labels = labels.ok_or_else(|| AnnotationsError("it has no \"labels\"".to_owned()))?;
    let one = |(stem, value): (&String, &Value)| {
        let label = value.get("label").or(Some(value)).and_then(Value::as_i64);
        let wrong = || AnnotationsError(format!("{stem:?} has no whole number as its label"));
        let label = label.filter(|label| *label >= NOISE).ok_or_else(wrong)?;
        Ok((stem.clone(), u64::try_from(label).ok()))
    };
    labels.iter().map(one).collect()
}

/// The stem of a face's picture, by which StreamFace knows it.
pub fn stem(face: &FaceRecord) -> Option<&str> {
    Path::new(face.file.as_deref()?).file_stem()?.to_str()
}

/// Writes `annotations.json`, labels by size, and `cluster_evals.json`: the pairs that its step 7 proposes.
pub(crate) fn write(loaded: &Loaded, target: &Path) -> Result<Exported, DatasetError> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for face in loaded.faces.iter().filter(|face| face.group_name() != UNSURE) {
        *sizes.entry(face.group_name()).or_default() += 1;
    }
    let mut order: Vec<(&str, usize)> = sizes.into_iter().collect();
    order.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let label = |face: &FaceRecord| order.iter().position(|(name, _)| *name == face.group_name());
    let mut labels = Map::new();
    let mut rows = vec![None; loaded.embeddings.nrows()];
    let mut faces = 0;
    for face in &loaded.faces {
        let own = label(face);
        if let Some(row) = face.embedding.and_then(|row| rows.get_mut(row)) {
            *row = own;
        }
        if let Some(stem) = stem(face) {
            let number = own.map_or(json!(NOISE), |label| json!(label));
            labels.insert(stem.to_owned(), json!({ "label": number }));
            faces += 1;
        }
    }
    let pairs = Candidates::default().find(loaded.embeddings.view(), &rows, &HashSet::new());
    let matches: Map<String, Value> = pairs
        .iter()
        .map(|pair| {
            let distance = (pair.distance * 1e4).round() / 1e4;
            (format!("{},{}", pair.groups.0, pair.groups.1), json!(distance))
        })
        .collect();
    let text = |value: Value| format!("{value:#}\n");
    replace(&target.join("annotations.json"), text(json!({ "labels": labels })).as_bytes())?;
    replace(&target.join("cluster_evals.json"), text(json!({ "matches": matches })).as_bytes())?;
    Ok(Exported { faces, people: people(&loaded.faces).len() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_annotation_is_refused_by_what_is_wrong() {
        for (text, why) in [
            ("[", "EOF"),
            ("{}", "labels"),
            (r#"{"labels": {"a": {"label": 1.5}}}"#, "\"a\""),
            (r#"{"labels": {"a": {"label": -2}}}"#, "\"a\""),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        assert_eq!(read(br#"{"labels": {"a": 7}}"#).unwrap()["a"], Some(7));
    }
}
