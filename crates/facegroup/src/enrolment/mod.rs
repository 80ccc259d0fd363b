// SPDX-License-Identifier: MIT OR Apache-2.0
//! Enrolled identities: from pictures of them to names for the faces of a dataset. For `facesink` and for
//! programs.

mod load;
mod networks;
mod result;
mod sources;

use std::path::Path;

use anyhow::{Result, bail};
use dataset::{Dataset, DatasetError, Layout};
use grouping::cluster::Options;
use grouping::identification::{Gallery, Identification};

use crate::Summary;

pub use interchange::Stored;
pub use load::{Candidate, Enrolled, Enrolment, EnrolmentImage, Seen, faceless, people, troubles};
pub use networks::{Described, Networks};
pub use sources::{Listed, Source, find, pictures_below};

/// What names the faces of a result.
#[derive(Debug)]
pub struct Names {
    gallery: Gallery,
    identification: Identification,
    /// Vectors to keep beside the result, so that pictures are processed once.
    stored: Option<Stored>,
    length: f32,
}

impl Names {
    /// Enrols the people of the pictures at `path`, and says what was left out, a line each; `None`
    /// where everyone is meant.
    ///
    /// # Errors
    /// A person of whom no picture shows a face: never taken for everyone. Nothing there, vectors of
    /// another embedder, a network that fails.
    pub fn enrol(
        path: &str,
        enrolment: &Enrolment<'_>,
        identification: Identification,
    ) -> Result<Option<(Self, Vec<String>)>> {
        let Enrolled::People(candidates) = enrolment.enrol(path)? else {
            return Ok(None);
        };
        refuse_faceless(path, &candidates)?;
        let troubles = candidates.iter().flat_map(|person| {
            troubles(person).map(|trouble| format!("{}: left out: {trouble}", person.name))
        });
        let troubles = troubles.collect();
        let people = people(&candidates);
        let gallery = Gallery::new(people.clone())?;
        let of_pictures = Path::new(path).extension().is_none_or(|e| e != "npz")
            && !dataset::is_result(Path::new(path));
        let stored = of_pictures.then(|| Stored {
            model: Some(enrolment.networks.embedder().id.clone()),
            made: Some(enrolment.networks.made(enrolment.jitters)),
            people,
        });
        let length = length(enrolment.networks);
        Ok(Some((Self { gallery, identification, stored, length }, troubles)))
    }

    /// Relabels a result by the names.
    ///
    /// # Errors
    /// Those of [`identify`](crate::identify), and vectors that cannot be kept.
    pub fn give(&self, location: &Path, options: &Options) -> Result<Summary, DatasetError> {
        self.keep(location)?;
        crate::identify(location, &self.gallery, &self.identification, options)
    }

    /// The same of what was written so far of a result that is being written.
    ///
    /// # Errors
    /// Those of [`identify_now`](crate::identify_now), and vectors that cannot be kept.
    pub fn give_now(
        &self,
        dataset: &mut Dataset,
        options: &Options,
    ) -> Result<Summary, DatasetError> {
        self.keep(dataset.location())?;
        crate::identify_now(dataset, &self.gallery, &self.identification, options)
    }

    /// Keeps the vectors beside the result.
    fn keep(&self, location: &Path) -> Result<(), DatasetError> {
        let Some(stored) = &self.stored else { return Ok(()) };
        let path = Layout::new(location).references();
        let kept = stored.write(&path, self.length);
        kept.map_err(|cause| DatasetError::Identification { location: path, cause })
    }

    /// The enrolled identities.
    pub fn gallery(&self) -> &Gallery {
        &self.gallery
    }

    /// How names are given.
    pub fn identification(&self) -> &Identification {
        &self.identification
    }
}

/// Refuses people whose pictures show no face.
///
/// # Errors
/// There are such, a line for each picture.
pub fn refuse_faceless(path: &str, candidates: &[Candidate]) -> Result<()> {
    let faceless = faceless(candidates);
    if faceless.is_empty() {
        return Ok(());
    }
    bail!(
        "{path}: some people cannot be known; give pictures that show their faces, or take them \
         out (facegroup refs inspect shows what was found):\n  {}",
        faceless.join("\n  ")
    )
}

/// Length of the embedder's own vectors.
pub fn length(networks: &Networks) -> f32 {
    networks.embedder().entry.map_or(1.0, |entry| entry.length)
}
