// SPDX-License-Identifier: MIT OR Apache-2.0
//! Labels of other programs, taken over as corrections.

use anyhow::Result;
use facegroup::evaluate::{Found, truth};
use facegroup::review::{ReviewError, Session};

use crate::cli::ImportArgs;
use crate::exit::Exit;
use crate::output::say;

/// Takes the labels over and brings folders and report to them.
pub fn run(arguments: &ImportArgs) -> Result<Exit> {
    let mut session = Session::open(&arguments.location)?;
    let found = Found::open(&arguments.location)?;
    let matched = truth::read(&arguments.labels)?.find(&found)?;
    match session.take_labels(&matched.people, &matched.nobodies) {
        Ok(done) => say!("{}", done.text),
        Err(ReviewError::Nothing { what }) => say!("{what}"),
        Err(error) => return Err(error.into()),
    }
    session.commit()?;
    let unsure = session.unsure().map_or(0, |unsure| unsure.faces.len());
    say!("{} people, {} faces, {unsure} unsure", session.people().len(), session.faces());
    Ok(Exit::Done)
}
