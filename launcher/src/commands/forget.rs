// SPDX-License-Identifier: MIT OR Apache-2.0
//! Forgetting somebody.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Result, bail};
use dataset::library::Library;
use facegroup::archive::{self, Wanted};
use report::text;

use super::find::photos;
use crate::cli::ForgetArgs;
use crate::exit::Exit;
use crate::output::say;

/// Likelihood from which on the person on a picture is who is to be forgotten.
const SURE: f32 = 0.5;

/// Forgets a person, after asking.
pub fn run(arguments: &ForgetArgs) -> Result<Exit> {
    let library = Library::open(&arguments.library)?;
    let person = match (&arguments.person, &arguments.photo) {
        (Some(person), _) => person.clone(),
        (None, Some(photo)) => {
            let networks = photos::networks(&library)?;
            let asked = photos::asked(&networks, std::slice::from_ref(photo), None)?;
            let [asked] = asked.as_slice() else {
                bail!("{} shows several faces: cut out the one that is meant", photo.display());
            };
            let wanted = Wanted { top: 20, ..Wanted::default() };
            let found = archive::find(&library, &asked.vectors, &wanted)?;
            match found.people.first() {
                Some(person) if person.likelihood.is_some_and(|likely| likely >= SURE) => {
                    let likelihood = 100.0 * person.likelihood.unwrap_or_default();
                    eprintln!("the person on it is {}, at {likelihood:.0} %", person.name);
                    person.name.clone()
                }
                _ => bail!("nobody in the library is the person on {}", photo.display()),
            }
        }
        (None, None) => bail!("whom? Give a name, or --photo"),
    };
    // Who it is, before anybody is asked.
    let (name, reasons) = archive::who(&library, &person)?;
    if !arguments.yes && !confirmed(&name, reasons.len())? {
        say!("nothing was changed");
        return Ok(Exit::Done);
    }
    let (forgotten, _) = archive::forget(library, &person)?;
    let faces = text::count(forgotten.faces, "face", "faces");
    let results = text::count(forgotten.datasets.len(), "result", "results");
    say!("gone: {faces} from {results}");
    for name in &forgotten.later {
        eprintln!("facegroup: {name} is not there: its faces go when it is added again");
    }
    for trouble in &forgotten.troubles {
        eprintln!("facegroup: {trouble}");
    }
    let whole = forgotten.later.is_empty() && forgotten.troubles.is_empty();
    Ok(if whole { Exit::Done } else { Exit::SomeFailed })
}

fn confirmed(name: &str, groups: usize) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody is there to confirm that {name} is to be forgotten: give --yes");
    }
    let groups = text::count(groups, "group", "groups");
    eprint!("Forget {name}, in {groups}, for good? [y/N] ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}
