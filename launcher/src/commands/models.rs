// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facegroup models`: which there are, and getting them.

use anyhow::Result;
use models::catalogue;
use models::store::{self, ObtainOptions, State};

use crate::cli::{ModelsArgs, ModelsCommand};
use crate::exit::Exit;
use crate::output::say;

/// Lists the models, or gets some.
pub fn run(arguments: &ModelsArgs) -> Result<Exit> {
    match &arguments.command {
        None => list(),
        Some(ModelsCommand::Get { ids, default, accept_licence }) => {
            let mut say = |text: &str| eprintln!("{text}");
            if *default {
                store::obtain_runtime(&mut say)?;
                store::obtain_photographs(&mut say)?;
            }
            let defaults =
                catalogue::entries().iter().filter(|e| *default && e.default).map(|e| e.id);
            let ids: Vec<&str> = defaults.chain(ids.iter().map(String::as_str)).collect();
            get(&ids, *accept_licence)
        }
    }
}

/// Obtains one after the other; what cannot be had stops none of the others.
fn get(ids: &[&str], accept_licence: bool) -> Result<Exit> {
    let mut say = |text: &str| eprintln!("{text}");
    let options = ObtainOptions { accept_licence, ..ObtainOptions::default() };
    let mut failed = Vec::new();
    for id in ids {
        match store::obtain(id, &options, &mut say) {
            Ok(model) => {
                if let Some(entry) = model.entry {
                    let path = match model.path.as_os_str().is_empty() {
                        true => "needs no file".into(),
                        false => model.path.display().to_string(),
                    };
                    eprintln!("{id}: {path} ({})", entry.licence.name);
                }
            }
            Err(error) => failed.push(error),
        }
    }
    let some = failed.len() < ids.len();
    let Some(last) = failed.pop() else { return Ok(Exit::Done) };
    // Where people look: at the end.
    for error in failed {
        eprintln!("facegroup: {error}");
    }
    if !some {
        return Err(last.into());
    }
    eprintln!("facegroup: {last}");
    Ok(Exit::SomeFailed)
}

fn list() -> Result<Exit> {
    for status in store::status() {
        let state = match status.state {
            State::Installed => "installed",
            State::Missing => "-",
            State::Broken(_) => "broken",
        };
        let entry = status.entry;
        let terms = if entry.licence.commercial { "" } else { ", non-commercial" };
        say!("{:<16} {:<10} {} ({}{terms})", entry.id, state, entry.about, entry.licence.name);
    }
    Ok(Exit::Done)
}
