// SPDX-License-Identifier: MIT OR Apache-2.0
//! Known people: their pictures processed, shown, kept, and used to name faces.

mod inspect;
mod networks;

use std::path::Path;

use anyhow::{Result, bail};
use dataset::Layout;
use facegroup::Summary;
use facegroup::enrolment::{self, Candidate, Enrolled, Enrolment, length, refuse_faceless};
use grouping::cluster::Options;
use grouping::identification::{Gallery, Identification, consistency};
use interchange::Stored;

use crate::cli::{EnrolmentArgs, PicturesArgs, RefsArgs, RefsCommand};
use crate::exit::Exit;
use crate::output::say;
pub use facegroup::enrolment::{Names, Networks};
pub use networks::{info, infos, networks, networks_of_run, warn_of_doubt};

/// Pictures of one person of which a smaller share of the pairs is alike are probably of several.
const SEVERAL: f64 = 0.5;

/// `facegroup refs`.
pub fn run(arguments: &RefsArgs) -> Result<Exit> {
    match &arguments.command {
        RefsCommand::Inspect { pictures, faces, json } => {
            inspect::run(pictures, faces.as_deref(), *json)
        }
        RefsCommand::Save { pictures, file } => save(pictures, file),
    }
}

/// Enrols the people of the pictures, if there are any; before anything else is done, so that a
/// mistake costs no time.
///
/// # Errors
/// Those of [`Names::enrol`], and an option that would do nothing.
pub fn names(
    arguments: &EnrolmentArgs,
    output: &Path,
    networks: impl FnOnce() -> Result<Networks>,
    quiet: bool,
) -> Result<Option<Names>> {
    let Some(path) = arguments.refs.clone().or_else(|| beside(output, quiet)) else {
        return match arguments.idle_option() {
            Some(option) => bail!("{option} does nothing without --refs"),
            None => Ok(None),
        };
    };
    if path == "*" {
        return Ok(None);
    }
    let networks = networks()?;
    let identification = arguments.identification(networks.embedder().entry)?;
    let cache = Stored::read(&Layout::new(output).references()).ok();
    let enrolment = Enrolment {
        networks: &networks,
        jitters: arguments.jitters(),
        group_names: arguments.group_names,
        first_only: arguments.first_only(),
        cache: cache.as_ref(),
    };
    let Some((names, troubles)) = Names::enrol(&path, &enrolment, identification)? else {
        return Ok(None);
    };
    for trouble in troubles {
        eprintln!("facegroup: {trouble}");
    }
    let people = names.gallery().people();
    if !quiet {
        let faces: usize = people.iter().map(|person| person.references.len()).sum();
        eprintln!("{path}: {faces} faces of {} known people", people.len());
    }
    hint_at_several(&path, names.gallery(), names.identification());
    Ok(Some(names))
}

/// Groups a result, under names where people are known.
pub fn group(location: &Path, names: Option<&Names>, options: &Options) -> Result<Summary> {
    match names {
        Some(names) => Ok(names.give(location, options)?),
        None => Ok(facegroup::group(location, options)?),
    }
}

/// `ref/` in the folder of the result, or next to it.
fn beside(output: &Path, quiet: bool) -> Option<String> {
    let output = std::path::absolute(output).unwrap_or_else(|_| output.to_owned());
    // Also beside the out/ in which results lie that nobody gave a place.
    let above = output.parent().filter(|above| above.ends_with("out")).and_then(Path::parent);
    let places = [Some(&*output), output.parent(), above].into_iter().flatten();
    let places = places.map(|place| place.join("ref")).collect::<Vec<_>>();
    let found = places.into_iter().find(|place| place.is_dir())?;
    let path = found.to_string_lossy().into_owned();
    // A folder of that name may have nothing to do with people.
    if let Err(error) = enrolment::find(&path, &models::still::EXTENSIONS, false) {
        eprintln!("facegroup: not used: {error}");
        return None;
    }
    if !quiet {
        eprintln!("known people are taken from {path}; --refs '*' groups everyone");
    }
    Some(path)
}

/// A folder of pictures is one person's, but many have a folder with a picture of everybody.
fn hint_at_several(path: &str, gallery: &Gallery, identification: &Identification) {
    let [person] = gallery.people() else {
        return;
    };
    let of_pairs = consistency(gallery, identification.measure(), identification.threshold);
    let alike = of_pairs.first().and_then(|consistency| consistency.share).unwrap_or(1.0);
    if alike < SEVERAL {
        eprintln!(
            "facegroup: the {} pictures of {path} look like several people, and all are taken for \
             {:?}: put those of each person into a folder of its own",
            person.references.len(),
            person.name
        );
    }
}

/// Enrols the people of a command line.
fn enrol(arguments: &PicturesArgs) -> Result<(Networks, Vec<Candidate>)> {
    let networks = networks::networks(&arguments.networks)?;
    let enrolment = Enrolment {
        networks: &networks,
        jitters: arguments.jitters,
        group_names: arguments.group_names,
        first_only: false,
        cache: None,
    };
    let Enrolled::People(candidates) = enrolment.enrol(&arguments.path)? else {
        bail!("* is everyone: there is nothing to look at");
    };
    Ok((networks, candidates))
}

fn save(arguments: &PicturesArgs, file: &Path) -> Result<Exit> {
    let (networks, candidates) = enrol(arguments)?;
    refuse_faceless(&arguments.path, &candidates)?;
    let troubles: Vec<String> = candidates.iter().flat_map(enrolment::troubles).collect();
    for trouble in &troubles {
        eprintln!("facegroup: left out: {trouble}");
    }
    let gallery = Gallery::new(enrolment::people(&candidates))?;
    let people = gallery.people().to_vec();
    let faces: usize = people.iter().map(|person| person.references.len()).sum();
    let stored = Stored {
        model: Some(networks.embedder().id.clone()),
        made: Some(networks.made(arguments.jitters)),
        people,
    };
    stored.write(file, length(&networks))?;
    say!("{}: {faces} faces of {} people", file.display(), gallery.people().len());
    Ok(if troubles.is_empty() { Exit::Done } else { Exit::SomeFailed })
}
