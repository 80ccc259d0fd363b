// SPDX-License-Identifier: MIT OR Apache-2.0
//! Several embedders as one: how it is named, and what follows from its parts.
//!
//! The cosine of two vectors of an ensemble is the weighted mean of its parts' cosines, and so are its
//! thresholds the weighted means of theirs, unless they were measured.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::{Entry, Kind, Level, Licence, Source, Task, Thresholds, entries};

/// What was measured of the ensembles that were, their parts weighing the same, in the order of names.
const MEASURED: [(&[&str], Thresholds); 1] = [(
    &["face-reid-0095", "sface"],
    Thresholds {
        detect: 0.0,
        group: 0.294,
        same_pair: 0.411,
        name: 0.32,
        recognisable: 0.408,
        impostor: Level { mean: 0.12, spread: 0.099 },
        genuine: Level { mean: 0.577, spread: 0.316 },
    },
)];

/// Entries made so far, which are as lasting as those of the table.
static MADE: LazyLock<Mutex<HashMap<String, &'static Entry>>> = LazyLock::new(Mutex::default);

/// The parts of a name such as `sface,face-reid-0095` or `sface=2,own.onnx`, each with its weight; `None`
/// for the name of a single model. A weight is a number above 0 behind the last `=`, and 1 without one.
pub fn parts(name: &str) -> Option<Vec<(&str, f32)>> {
    name.contains(',').then(|| name.split(',').map(|part| weighted(part.trim())).collect())
}

fn weighted(part: &str) -> (&str, f32) {
    let weight = |(name, weight): (_, &str)| Some((name, weight.parse::<f32>().ok()?));
    let found = part.rsplit_once('=').and_then(weight);
    found.filter(|(_, weight)| weight.is_finite() && *weight > 0.0).unwrap_or((part, 1.0))
}

/// The name of an ensemble of these parts.
pub fn name<'a>(parts: impl IntoIterator<Item = (&'a str, f32)>) -> String {
    let part = |(id, weight): (&str, f32)| match weight == 1.0 {
        true => id.to_owned(),
        false => format!("{id}={weight}"),
    };
    parts.into_iter().map(part).collect::<Vec<_>>().join(",")
}

/// The entry of an ensemble of embedders of the catalogue that are one network each; `None` for another name.
pub fn find(name: &str) -> Option<&'static Entry> {
    let parts = parts(name)?;
    let part = |(id, weight): (&str, f32)| {
        let entry = entries().iter().find(|entry| entry.id == id)?;
        (entry.task == Task::Embed && entry.parts().is_none()).then_some((entry, weight))
    };
    let parts: Vec<_> = parts.into_iter().map(part).collect::<Option<_>>()?;
    let id = self::name(parts.iter().map(|(entry, weight)| (entry.id, *weight)));
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(entry) = made.get(&id) {
        return Some(entry);
    }
    let entry: &Entry = Box::leak(Box::new(entry(&id, &parts)));
    made.insert(id, entry);
    Some(entry)
}

fn entry(id: &str, parts: &[(&'static Entry, f32)]) -> Entry {
    let ids: Vec<&'static str> = parts.iter().map(|(entry, _)| entry.id).collect();
    let distinct = |of: fn(&Entry) -> &'static str, between: &str| {
        let mut all: Vec<_> = parts.iter().map(|(entry, _)| of(entry)).collect();
        all.retain(|text| !text.is_empty());
        all.dedup();
        all.join(between).leak()
    };
    Entry {
        id: id.to_owned().leak(),
        task: Task::Embed,
        kind: Kind::Ensemble,
        about: format!("{} together", ids.join(" and ")).leak(),
        source: Source::Parts(ids.leak()),
        licence: Licence {
            name: distinct(|entry| entry.licence.name, " and "),
            commercial: parts.iter().all(|(entry, _)| entry.licence.commercial),
            note: distinct(|entry| entry.licence.note, "; "),
        },
        thresholds: thresholds(parts),
        doubt: distinct(|entry| entry.doubt, "; "),
        style: parts.first().map_or(super::Style::Live, |(entry, _)| entry.style),
        ..entries::PLAIN
    }
}

/// The weighted mean of those whose lengths say something.
fn recognisable(parts: &[(&Entry, f32)]) -> f32 {
    let telling = || parts.iter().filter(|(entry, _)| entry.thresholds.recognisable > 0.0);
    let total: f32 = telling().map(|(_, weight)| weight).sum();
    let sum: f32 = telling().map(|(entry, weight)| weight * entry.thresholds.recognisable).sum();
    if total > 0.0 { sum / total } else { 0.0 }
}

/// How much two networks' similarities of a pair have to do with each other: the correlation measured between
/// sface, face-reid-0095 and edgeface-xs, for different people and for one person.
const CORRELATION: [f32; 2] = [0.6, 0.85];

/// Those measured of an ensemble, else what follows from its parts.
fn thresholds(parts: &[(&Entry, f32)]) -> Thresholds {
    let mut ids: Vec<_> = parts.iter().map(|(entry, _)| entry.id).collect();
    ids.sort_unstable();
    let alike = parts.iter().all(|(_, weight)| *weight == parts[0].1);
    let measured = MEASURED.iter().find(|(measured, _)| alike && **measured == ids[..]);
    measured.map_or_else(|| derived(parts), |(_, thresholds)| *thresholds)
}

/// Weighted means of those of the parts; a mean spreads the less, the less its parts agree.
fn derived(parts: &[(&Entry, f32)]) -> Thresholds {
    let total: f32 = parts.iter().map(|(_, weight)| weight).sum();
    let mean = |of: fn(&Thresholds) -> f32| {
        parts.iter().map(|(entry, weight)| weight * of(&entry.thresholds)).sum::<f32>() / total
    };
    let level = |of: fn(&Thresholds) -> Level, correlation: f32| {
        let part = |(entry, weight): &(&Entry, f32)| weight / total * of(&entry.thresholds).spread;
        let sum: f32 = parts.iter().map(part).sum();
        let squares: f32 = parts.iter().map(|entry| part(entry).powi(2)).sum();
        let spread = (squares + correlation * (sum * sum - squares)).sqrt();
        let means = parts.iter().map(|(entry, weight)| weight * of(&entry.thresholds).mean);
        Level { mean: means.sum::<f32>() / total, spread }
    };
    Thresholds {
        detect: 0.0,
        group: mean(|t| t.group),
        same_pair: mean(|t| t.same_pair),
        name: mean(|t| t.name),
        recognisable: recognisable(parts),
        impostor: level(|t| t.impostor, CORRELATION[0]),
        genuine: level(|t| t.genuine, CORRELATION[1]),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        assert_eq!(parts("sface"), None);
        assert_eq!(parts("sface, own.onnx"), Some(vec![("sface", 1.0), ("own.onnx", 1.0)]));
        let weighted = vec![("sface", 2.5), ("face-reid-0095", 1.0)];
        assert_eq!(name(weighted.clone()), "sface=2.5,face-reid-0095");
        assert_eq!(parts("sface=2.5,face-reid-0095"), Some(weighted));
        // A path may hold the sign, and a weight of nothing is none.
        assert_eq!(parts("a=b/c.onnx,x=0"), Some(vec![("a=b/c.onnx", 1.0), ("x=0", 1.0)]));
    }

    #[test]
    fn thresholds_lie_between_those_of_the_parts_as_the_weights_say() {
        let (one, other) =
            (super::super::find("sface").unwrap(), super::super::find("edgeface-xs").unwrap());
        let both = find("sface=3,edgeface-xs").unwrap();
        let expected = (3.0 * one.thresholds.group + other.thresholds.group) / 4.0;
        assert!((both.thresholds.group - expected).abs() < 1e-6);
        assert!(!both.licence.commercial);
        assert_eq!(both.licence.name, "Apache-2.0 and CC-BY-NC-SA-4.0");
        assert_eq!(both.parts().unwrap(), ["sface", "edgeface-xs"]);
    }

    /// The rule for ensembles that nobody measured, on the one that was.
    #[test]
    fn what_follows_from_the_parts_is_near_what_was_measured() {
        let parts = ["sface", "face-reid-0095"].map(|id| (super::super::find(id).unwrap(), 1.0));
        let (rule, measured) = (derived(&parts), thresholds(&parts));
        assert_ne!(rule, measured);
        for (rule, measured) in [
            (rule.group, measured.group),
            (rule.same_pair, measured.same_pair),
            (rule.name, measured.name),
            (rule.recognisable, measured.recognisable),
            (rule.impostor.mean, measured.impostor.mean),
            (rule.genuine.mean, measured.genuine.mean),
        ] {
            assert!((rule - measured).abs() < 0.031, "{rule} for {measured}");
        }
        assert!((rule.impostor.spread - measured.impostor.spread).abs() < 0.002);
        assert!((rule.genuine.spread - measured.genuine.spread).abs() < 0.002);
        // Other weights are another ensemble.
        let parts = [(parts[0].0, 2.0), (parts[1].0, 1.0)];
        assert_eq!(thresholds(&parts), derived(&parts));
    }

    #[test]
    fn the_same_ensemble_is_the_same_entry() {
        let first = find("sface,mobilefacenet").unwrap();
        assert!(std::ptr::eq(first, find("sface, mobilefacenet=1").unwrap()));
        for wrong in ["sface", "sface,", "sface,centerface", "sface,nobody", "sface,anime-mix"] {
            assert!(find(wrong).is_none(), "{wrong}");
        }
    }
}
