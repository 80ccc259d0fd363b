// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many results together.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use dataset::Dataset;
use dataset::library::{Library, is_library};
use facegroup::archive::{self, Added, Joined, Listed, Renamed};
use report::text;
use serde_json::json;

use crate::cli::{LibraryArgs, LibraryCommand};
use crate::exit::Exit;
use crate::output::say;

/// `facegroup library`.
pub fn run(arguments: &LibraryArgs) -> Result<Exit> {
    match &arguments.command {
        LibraryCommand::Add { library, results, json } => add(library, results, *json),
        LibraryCommand::List { library, json } => list(library, *json),
        LibraryCommand::Remove { library, result } => {
            let (name, _) = archive::remove(Library::open(library)?, result)?;
            say!("{name} is out of the library; its folder is as it was");
            Ok(Exit::Done)
        }
        LibraryCommand::Name { library, person, name } => {
            let (renamed, troubles) = archive::name(&Library::open(library)?, person, name)?;
            say!("{person} is {name}");
            tell_renamed(&renamed);
            Ok(tell_troubles(&troubles))
        }
        LibraryCommand::Check { library, mend, json } => check(library, *mend, *json),
    }
}

fn add(library: &Path, results: &[PathBuf], as_json: bool) -> Result<Exit> {
    let (library, results) = match results {
        [] => {
            let library = Library::open(library)?;
            let changed = archive::changed(&library)?;
            (library, changed)
        }
        [first, ..] => (archive::open_for(library, first, None)?, results.to_vec()),
    };
    let (mut done, mut failed) = (Vec::new(), 0);
    for result in &results {
        match archive::add(&library, result) {
            Ok(added) => {
                if !as_json {
                    tell(&added);
                }
                done.push(added);
            }
            // The others can be added all the same.
            Err(error) if results.len() > 1 => {
                eprintln!("facegroup: {error}");
                failed += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
    if as_json {
        let added: Vec<_> = done.iter().map(as_value).collect();
        say!("{}", serde_json::to_string_pretty(&json!({ "added": added }))?);
    } else if results.is_empty() {
        say!("nothing changed");
    }
    if failed > 0 && done.is_empty() {
        bail!("nothing could be added");
    }
    let troubles: Vec<String> = done.into_iter().flat_map(|added| added.troubles).collect();
    let exit = tell_troubles(&troubles);
    Ok(if failed > 0 { Exit::SomeFailed } else { exit })
}

/// Adds a result that was just grouped to a library, if there is one, and says what came of it where that is wanted.
///
/// # Errors
/// A library of another embedder, one that another process writes; the result stays as it is.
pub fn join(library: Option<&Path>, result: &Path, quiet: bool) -> Result<()> {
    let Some(location) = library else { return Ok(()) };
    if Dataset::run_info(result)?.counts.get("embeddings").is_none_or(|count| *count == 0) {
        eprintln!("facegroup: nobody is in {} who could join the library", result.display());
        return Ok(());
    }
    let library = archive::open_for(location, result, None)
        .with_context(|| format!("{} is done and not in the library", result.display()))?;
    let added = archive::add(&library, result)
        .with_context(|| format!("{} is done and not in the library", result.display()))?;
    if !quiet {
        tell(&added);
    }
    tell_troubles(&added.troubles);
    Ok(())
}

/// Refuses a library that a result of this embedder could not join, before hours of video.
///
/// # Errors
/// Such a library, a damaged one.
pub fn check_fits(library: Option<&Path>, embedder: &str) -> Result<()> {
    let Some(location) = library.filter(|location| is_library(location)) else { return Ok(()) };
    let held = Library::open(location)?.info().embeddings.model.clone();
    if held != embedder {
        bail!(
            "the library {} holds vectors of {held}, and this would be of {embedder}: add --embedder {held}, or choose \
             another library",
            location.display()
        );
    }
    Ok(())
}

/// Says what came of adding a result.
pub fn tell(added: &Added) {
    let verb = if added.again { "read again" } else { "added" };
    let people = text::count(added.people.len(), "person", "people");
    let templates = text::count(added.templates, "template", "templates");
    say!("{} {verb}: {people}, {templates}", added.name);
    if let Some(before) = &added.moved {
        say!("  it was at {before} before");
    }
    for joined in &added.people {
        say!("  {:<14} {:<20} {}", joined.group, joined.name, archive::in_words(&joined.why));
    }
    for (who, whom) in &added.merged {
        say!("  {who} turned out to be {whom}");
    }
    tell_renamed(&added.renamed);
}

fn tell_renamed(renamed: &[Renamed]) {
    for Renamed { dataset, group, name } in renamed {
        say!("  {group} of {dataset} is called {name} now");
    }
}

fn tell_troubles(troubles: &[String]) -> Exit {
    for trouble in troubles {
        eprintln!("facegroup: {trouble}");
    }
    if troubles.is_empty() { Exit::Done } else { Exit::SomeFailed }
}

fn as_value(added: &Added) -> serde_json::Value {
    let person = |joined: &Joined| json!({ "group": joined.group, "person": joined.person, "name": joined.name, "why": joined.why });
    let renamed = |renamed: &Renamed| json!({ "dataset": renamed.dataset, "group": renamed.group, "name": renamed.name });
    json!({
        "dataset": added.dataset,
        "name": added.name,
        "again": added.again,
        "moved": added.moved,
        "templates": added.templates,
        "people": added.people.iter().map(person).collect::<Vec<_>>(),
        "merged": added.merged,
        "renamed": added.renamed.iter().map(renamed).collect::<Vec<_>>(),
        "troubles": added.troubles,
    })
}

fn list(library: &Path, as_json: bool) -> Result<Exit> {
    let listed = archive::list(&Library::open(library)?)?;
    if as_json {
        say!("{}", serde_json::to_string_pretty(&listed)?);
        return Ok(Exit::Done);
    }
    let Listed { embedder, templates, bytes, datasets, people, .. } = &listed;
    say!(
        "{}, {}, {} of {embedder}, {:.1} MB",
        text::count(datasets.len(), "result", "results"),
        text::count(people.len(), "person", "people"),
        text::count(*templates as usize, "template", "templates"),
        *bytes as f64 / 1e6
    );
    for dataset in datasets {
        let state = if dataset.state == "here" { "" } else { dataset.state };
        say!(
            "{:>5}  {:<24} {:>3} people  {} {state}",
            dataset.number,
            dataset.name,
            dataset.people,
            dataset.path
        );
    }
    for person in people {
        let groups = person.groups.iter().map(|(dataset, group)| format!("{dataset}/{group}"));
        let groups = groups.collect::<Vec<_>>().join(", ");
        say!("{:<24} {:>8.1} s  {groups}", person.name, person.seconds);
    }
    Ok(Exit::Done)
}

fn check(location: &Path, mend: bool, as_json: bool) -> Result<Exit> {
    let library = Library::open(location)?;
    if mend {
        archive::mend(&library)?;
    }
    let checked = archive::check(&library)?;
    if as_json {
        say!("{}", serde_json::to_string_pretty(&checked)?);
    } else {
        checked.remarks.iter().for_each(|remark| say!("{remark}"));
        checked.broken.iter().for_each(|broken| say!("broken: {broken}"));
        let whole = if checked.broken.is_empty() { "whole" } else { "broken" };
        say!(
            "{} is {whole}: {}, {}, {}",
            location.display(),
            text::count(checked.datasets, "result", "results"),
            text::count(checked.people, "person", "people"),
            text::count(checked.templates as usize, "template", "templates")
        );
    }
    Ok(if checked.broken.is_empty() { Exit::Done } else { Exit::SomeFailed })
}
