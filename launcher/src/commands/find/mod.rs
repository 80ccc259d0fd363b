// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding anybody again.

pub mod photos;

use anyhow::Result;
use dataset::library::Library;
use facegroup::archive::{self, Appearance, Found, Wanted};
use report::found::{Answer, Page, Seen};
use report::text;
use serde_json::json;

use crate::cli::FindArgs;
use crate::exit::Exit;
use crate::output::say;
use photos::Asked;

/// Likelihood from which on somebody is found.
const LIKELY: f32 = 0.5;

/// Looks for somebody, and says where.
pub fn run(arguments: &FindArgs) -> Result<Exit> {
    let library = Library::open(&arguments.library)?;
    let wanted = Wanted {
        top: arguments.top,
        videos: arguments.video.clone(),
        from: arguments.from.map(|time| time.seconds),
        to: arguments.to.map(|time| time.seconds),
        person: arguments.person.clone(),
    };
    let found: Vec<(String, Found)> = if arguments.photos.is_empty() {
        let person = arguments.person.clone().unwrap_or_default();
        vec![(person, archive::appearances(&library, &wanted)?)]
    } else {
        let networks = photos::networks(&library)?;
        let asked = photos::asked(&networks, &arguments.photos, arguments.face)?;
        let one = |asked: &Asked| {
            let found = archive::find(&library, &asked.vectors, &wanted)?;
            anyhow::Ok((asked.title.clone(), found))
        };
        asked.iter().map(one).collect::<Result<_>>()?
    };
    if arguments.json {
        let all = found.iter().map(|(title, found)| json!({ "asked": title, "found": found }));
        let all: Vec<_> = all.collect();
        say!("{}", serde_json::to_string_pretty(&json!({ "answers": all }))?);
    } else {
        found.iter().for_each(|(title, found)| tell(title, found, found_many(&arguments.photos)));
    }
    if let Some(path) = &arguments.page {
        let answers = found.iter().map(|(title, found)| answer(title, found)).collect();
        Page { answers }.write(path)?;
        if !arguments.json {
            say!("{}", path.display());
        }
    }
    for (_, found) in &found {
        for name in &found.gone {
            eprintln!("facegroup: {name} is not where it was: its pictures cannot be shown");
        }
    }
    Ok(Exit::Done)
}

fn found_many(photos: &[std::path::PathBuf]) -> bool {
    !photos.is_empty()
}

fn tell(title: &str, found: &Found, compared: bool) {
    say!("{title}");
    if found.appearances.is_empty() {
        say!(
            "  nobody in the library was compared: it is empty, or nothing fits what was asked for"
        );
        return;
    }
    let likely = |likelihood: Option<f32>| likelihood.is_none_or(|l| l >= LIKELY);
    if compared && !found.people.iter().any(|person| likely(person.likelihood)) {
        say!("  nobody who is known; the nearest are:");
    }
    for person in found.people.iter().take(5) {
        let likelihood = person.likelihood.map(percent).unwrap_or_default();
        say!(
            "  {likelihood:>5} {:<20} {} on screen in {}",
            person.name,
            text::length(person.seconds),
            text::count(person.datasets, "result", "results")
        );
    }
    for appearance in &found.appearances {
        say!("  {}", line(appearance));
    }
}

fn percent(likelihood: f32) -> String {
    format!("{:.0} %", 100.0 * likelihood)
}

fn line(appearance: &Appearance) -> String {
    let Appearance { dataset, video, span: [begin, end], person, likelihood, .. } = appearance;
    let likelihood = likelihood.map(percent).unwrap_or_default();
    let person = person.as_deref().unwrap_or("nobody for sure");
    format!(
        "{likelihood:>5} {}-{}  {video} ({dataset})  {person}",
        text::clock(*begin),
        text::clock(*end)
    )
}

fn answer(title: &str, found: &Found) -> Answer {
    let people = found.people.iter().take(8).map(|person| {
        let likelihood = person.likelihood.map(percent).unwrap_or_default();
        let seconds = text::length(person.seconds);
        format!("{} {likelihood} ({seconds} on screen)", person.name)
    });
    let seen = found.appearances.iter().map(|appearance| Seen {
        picture: appearance.picture.clone(),
        title: line(appearance).trim().to_owned(),
    });
    Answer { title: title.to_owned(), people: people.collect(), seen: seen.collect() }
}
