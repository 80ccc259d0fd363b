// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties of `facesink` about known people, and identifying faces by them.

use std::path::Path;

use anyhow::{Context, Result, bail};
use dataset::{Dataset, Layout, RunInfo};
use facegroup::Summary;
use facegroup::enrolment::{Enrolment, Names, Networks, Stored};
use grouping::cluster::Options;
use grouping::identification::{Identification, Others};
use gst::glib;
use gst::prelude::*;
use gst_frameview::EnumType;
use models::still::EXTENSIONS;

use super::properties::get;

/// Takes the model's own threshold.
const OWN: f32 = -2.0;
/// Turns the threshold off: everybody is somebody.
const NONE: f32 = -1.0;

struct OthersType;

impl EnumType for OthersType {
    type Choice = Others;
    const NAME: &'static str = "GstRsFaceSinkOthers";
}

/// What the user says about known people.
#[derive(Debug, Clone)]
pub(super) struct IdentificationSettings {
    refs: Option<String>,
    threshold: f32,
    others: Others,
    library: Option<String>,
}

impl Default for IdentificationSettings {
    fn default() -> Self {
        Self { refs: None, threshold: OWN, others: Others::One, library: None }
    }
}

impl IdentificationSettings {
    /// Where known people are to be found, if anywhere.
    fn refs(&self) -> Option<&str> {
        self.refs.as_deref().filter(|path| !path.is_empty() && *path != "*")
    }

    /// Fails where nobody is to be found: before hours of video, not after.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(path) = self.refs() {
            facegroup::enrolment::find(path, &EXTENSIONS, false)?;
        }
        Ok(())
    }

    /// Groups a finished dataset, under the names of known people where there are any; and what was left
    /// out of their pictures, a line each.
    pub(super) fn group(
        &self,
        location: &Path,
        options: &Options,
    ) -> Result<(Summary, Vec<String>)> {
        let (summary, mut troubles) = match self.names(&Dataset::run_info(location)?, location)? {
            None => (facegroup::group(location, options)?, Vec::new()),
            Some((names, troubles)) => (names.give(location, options)?, troubles),
        };
        let library = self.library.as_deref().filter(|path| !path.is_empty());
        // The groups are there all the same: what a library says is no reason to fail.
        if let Some(library) = library.filter(|_| summary.people().next().is_some()) {
            match Self::join(Path::new(library), location) {
                Ok(said) => troubles.extend(said),
                Err(error) => troubles.push(format!("not in the library {library}: {error:#}")),
            }
        }
        Ok((summary, troubles))
    }

    /// Adds a grouped dataset to a library; says what could not be done.
    fn join(library: &Path, location: &Path) -> Result<Vec<String>> {
        let library = facegroup::archive::open_for(library, location, None)?;
        Ok(facegroup::archive::add(&library, location)?.troubles)
    }

    /// The same of what was written so far of a dataset that is being written.
    pub(super) fn group_now(
        &self,
        dataset: &mut Dataset,
        options: &Options,
    ) -> Result<(Summary, Vec<String>)> {
        Ok(match self.names(dataset.run(), dataset.location())? {
            None => (facegroup::group_now(dataset, options)?, Vec::new()),
            Some((names, troubles)) => (names.give_now(dataset, options)?, troubles),
        })
    }

    /// The known people, embedded as the faces of a run were; `None` where everyone is meant.
    fn names(&self, run: &RunInfo, location: &Path) -> Result<Option<(Names, Vec<String>)>> {
        let Some(path) = self.refs() else {
            return Ok(None);
        };
        let networks = Networks::of_result(run, None, None)?;
        let cache = Stored::read(&Layout::new(location).references()).ok();
        let enrolment = Enrolment {
            networks: &networks,
            jitters: 0,
            group_names: false,
            first_only: false,
            cache: cache.as_ref(),
        };
        let own = networks.embedder().entry.map(|entry| entry.thresholds.name);
        if own.is_none() && self.threshold <= OWN {
            bail!(
                "{} is not in the catalogue, so nothing is known of its distances: set name-threshold",
                networks.embedder().id
            );
        }
        let mut identification =
            Identification { others: self.others, ..Identification::new(own.unwrap_or_default()) };
        if self.threshold >= 0.0 {
            identification.threshold = Some(self.threshold);
        } else if self.threshold > OWN {
            identification.threshold = None;
        }
        let names = Names::enrol(path, &enrolment, identification)?;
        names.context("everyone, although refs is a path").map(Some)
    }
}

pub(super) fn specs() -> Vec<glib::ParamSpec> {
    let default = IdentificationSettings::default();
    vec![
        glib::ParamSpecString::builder("refs")
            .nick("References")
            .blurb(
                "Known people, whose names the faces get at the end: a folder with a folder of pictures for \
                 each, one folder or picture of one person, FaceRipper's config.json or a .npz file (unset \
                 or * = everyone is grouped)",
            )
            .mutable_ready()
            .build(),
        glib::ParamSpecFloat::builder("name-threshold")
            .nick("Name threshold")
            .blurb(
                "refs: cosine distance from which on a face is nobody's (-2 = the embedding model's own, \
                 -1 = no limit)",
            )
            .minimum(OWN)
            .maximum(2.0)
            .default_value(default.threshold)
            .mutable_ready()
            .build(),
        OthersType::spec("others", default.others)
            .nick("Others")
            .blurb("refs: where the faces of everybody else go")
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("library")
            .nick("Library")
            .blurb(
                "Folder of a library, made when missing: at the end, who is known there gets the name, and whoever is \
                 new joins (unset = none)",
            )
            .mutable_ready()
            .build(),
    ]
}

/// Takes a property's new value; `false` for a property that is not one of these.
pub(super) fn set(settings: &mut IdentificationSettings, name: &str, value: &glib::Value) -> bool {
    match name {
        "refs" => settings.refs = get(value),
        // What lies between the two is the nearer one's.
        "name-threshold" => {
            let threshold: f32 = get(value);
            settings.threshold = match threshold {
                t if t >= 0.0 => t,
                t if t > (OWN + NONE) / 2.0 => NONE,
                _ => OWN,
            };
        }
        "others" => settings.others = OthersType::choice(value).unwrap_or_default(),
        "library" => settings.library = get(value),
        _ => return false,
    }
    true
}

/// A property's value; `None` for a property that is not one of these.
pub(super) fn value(settings: &IdentificationSettings, name: &str) -> Option<glib::Value> {
    Some(match name {
        "refs" => settings.refs.to_value(),
        "name-threshold" => settings.threshold.to_value(),
        "others" => OthersType::value(settings.others),
        "library" => settings.library.to_value(),
        _ => return None,
    })
}
