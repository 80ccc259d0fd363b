// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facegroup refs inspect`: are these the faces that were meant?

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use facegroup::enrolment::{self, Candidate, EnrolmentImage};
use grouping::identification::Measure;
use grouping::identification::{
    Consistency, Gallery, LookAlike, consistency, folders, look_alikes,
};
use serde_json::{Value, json};

use super::enrol;
use crate::cli::{EnrolmentArgs, PicturesArgs};
use crate::exit::Exit;
use crate::output::say;

/// Pairs of people shown, where they are not within the threshold.
const PAIRS: usize = 5;

/// Shows the faces, and how alike they are.
pub fn run(arguments: &PicturesArgs, faces: Option<&Path>, as_json: bool) -> Result<Exit> {
    let (networks, candidates) = enrol(arguments)?;
    if let Some(folder) = faces {
        write_faces(folder, &candidates)?;
    }
    // An embedder outside the catalogue has no threshold: none is held against its distances.
    let none = networks.embedder().entry.is_none().then_some(-1.0);
    let arguments = EnrolmentArgs { name_threshold: none, ..EnrolmentArgs::default() };
    let identification = arguments.identification(networks.embedder().entry)?;
    let known =
        enrolment::people(&candidates).into_iter().filter(|p| !p.references.is_empty()).collect();
    let inspection =
        Inspection::new(&candidates, known, identification.measure(), identification.threshold);
    if as_json {
        say!("{}", serde_json::to_string_pretty(&inspection.json())?);
    } else {
        say!("{}", inspection.text().trim_end());
    }
    Ok(match (inspection.gallery.is_some(), inspection.troubles()) {
        (false, _) => Exit::Nothing,
        (true, true) => Exit::SomeFailed,
        (true, false) => Exit::Done,
    })
}

/// The chips that the embedder saw, in a folder for each person.
fn write_faces(folder: &Path, candidates: &[Candidate]) -> Result<()> {
    let names = folders(candidates.iter().map(|person| person.name.as_str()));
    for (person, name) in candidates.iter().zip(names) {
        let own = folder.join(name);
        for (index, picture) in person.pictures.iter().enumerate() {
            let Some(chip) =
                picture.outcome.as_ref().ok().and_then(|seen| seen.chip.as_ref()?.picture())
            else {
                continue;
            };
            fs::create_dir_all(&own).with_context(|| own.display().to_string())?;
            let stem = picture.path.file_stem().unwrap_or_default().to_string_lossy();
            let path = own.join(format!("{index:03}_{stem}.png"));
            chip.save(&path).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

struct Inspection<'a> {
    candidates: &'a [Candidate],
    /// The people with a face; `None` where nobody has one.
    gallery: Option<Gallery>,
    consistency: Vec<Consistency>,
    pairs: Vec<LookAlike>,
    threshold: Option<f32>,
}

impl<'a> Inspection<'a> {
    fn new(
        candidates: &'a [Candidate],
        known: Vec<grouping::identification::Person>,
        measure: Measure,
        threshold: Option<f32>,
    ) -> Self {
        let gallery = Gallery::new(known).ok();
        let of = gallery.as_ref();
        let consistency = of.map(|r| consistency(r, measure, threshold)).unwrap_or_default();
        let pairs = of.map(|r| look_alikes(r, measure)).unwrap_or_default();
        Self { candidates, gallery, consistency, pairs, threshold }
    }

    fn troubles(&self) -> bool {
        self.candidates
            .iter()
            .any(|p| p.pictures.is_empty() || p.pictures.iter().any(|p| p.outcome.is_err()))
    }

    /// What is known of how alike a person's pictures are.
    fn consistency_of(&self, name: &str) -> Consistency {
        let people = self.gallery.as_ref().map_or(&[][..], Gallery::people);
        let index = people.iter().position(|person| person.name == name);
        index.and_then(|index| self.consistency.get(index)).cloned().unwrap_or_default()
    }

    fn is_near(&self, distance: f64) -> bool {
        self.threshold.is_some_and(|threshold| distance <= f64::from(threshold))
    }

    /// Writing to a string cannot fail.
    fn text(&self) -> String {
        let mut out = String::new();
        for person in self.candidates {
            let consistency = self.consistency_of(&person.name);
            let found = person.pictures.iter().filter(|p| p.outcome.is_ok()).count();
            let _ = write!(out, "{}: {found} of {} pictures", person.name, person.pictures.len());
            if let Some(group) = &person.group {
                let _ = write!(out, ", group {group}");
            }
            if let (Some(share), Some(mean), Some(deviation)) =
                (consistency.share, consistency.mean, consistency.deviation)
            {
                let share = 100.0 * share;
                let _ = write!(
                    out,
                    ", {share:.0} % of the pairs alike, distances {mean:.3} +- {deviation:.3}"
                );
            }
            out.push('\n');
            let mut each = consistency.each.iter();
            for picture in &person.pictures {
                let distance = picture.outcome.is_ok().then(|| each.next()).flatten();
                let _ = writeln!(out, "  {}", self.line(picture, distance.copied()));
            }
            if found == 0 {
                let _ = writeln!(out, "  NOBODY CAN BE KNOWN BY THESE: give a picture with a face");
            }
        }
        let people = self.gallery.as_ref().map_or(&[][..], Gallery::people);
        let near = self.pairs.iter().filter(|pair| self.is_near(pair.nearest)).count();
        if !self.pairs.is_empty() {
            let _ = writeln!(out, "nearest people");
        }
        for pair in self.pairs.iter().take(near.max(PAIRS)) {
            let (Some(a), Some(b)) = (people.get(pair.people.0), people.get(pair.people.1)) else {
                continue;
            };
            let source = |person: &grouping::identification::Person, picture: usize| {
                person.references.get(picture).map(|r| r.source.clone()).unwrap_or_default()
            };
            let alike = if self.is_near(pair.nearest) { "  ALIKE" } else { "" };
            let _ = writeln!(
                out,
                "  {} - {}: {:.3}, on average {:.3}{alike}  ({}, {})",
                a.name,
                b.name,
                pair.nearest,
                pair.mean,
                source(a, pair.pictures.0),
                source(b, pair.pictures.1)
            );
        }
        out
    }

    fn line(&self, picture: &EnrolmentImage, distance: Option<f64>) -> String {
        let path = picture.path.display();
        let seen = match &picture.outcome {
            Err(why) => return format!("{path}: ERROR: {why}"),
            Ok(seen) => seen,
        };
        let mut line = format!("{path}: ");
        match seen.reference.bbox {
            Some([x, y, w, h]) => {
                let _ = write!(line, "face {w:.0}x{h:.0} at {x:.0},{y:.0}");
            }
            None => line.push_str("a vector"),
        }
        if let Some(face) = &seen.face {
            let _ = write!(line, ", score {:.2}", face.face.score);
            if face.faces > 1 {
                let _ = write!(line, ", the largest of {}", face.faces);
            }
            if face.border > 0.0 {
                line.push_str(", found with a border");
            }
        }
        if let Some(distance) = distance {
            let far = if self.is_near(distance) { "" } else { "  FAR FROM THE OTHERS" };
            let _ = write!(line, ", {distance:.3} to the others{far}");
        }
        line
    }

    fn json(&self) -> Value {
        let people = self.gallery.as_ref().map_or(&[][..], Gallery::people);
        let name = |index: usize| people.get(index).map(|person| person.name.clone());
        let person = |person: &Candidate| {
            let consistency = self.consistency_of(&person.name);
            let mut each = consistency.each.iter();
            let pictures: Vec<Value> = person
                .pictures
                .iter()
                .map(|picture| match &picture.outcome {
                    Err(why) => json!({"file": picture.path, "error": why}),
                    Ok(seen) => json!({
                        "file": picture.path,
                        "box": seen.reference.bbox,
                        "faces": seen.face.as_ref().map(|face| face.faces),
                        "score": seen.face.as_ref().map(|face| face.face.score),
                        "distance_to_others": each.next(),
                    }),
                })
                .collect();
            json!({
                "name": person.name,
                "group": person.group,
                "pictures": pictures,
                "consistency": consistency.share,
                "mean_distance": consistency.mean,
                "deviation": consistency.deviation,
            })
        };
        let pair = |pair: &LookAlike| {
            json!({
                "people": [name(pair.people.0), name(pair.people.1)],
                "nearest": pair.nearest,
                "mean": pair.mean,
                "alike": self.is_near(pair.nearest),
            })
        };
        json!({
            "threshold": self.threshold,
            "people": self.candidates.iter().map(person).collect::<Vec<_>>(),
            "pairs": self.pairs.iter().map(pair).collect::<Vec<_>>(),
        })
    }
}
