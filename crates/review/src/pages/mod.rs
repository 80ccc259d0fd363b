// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is shown: a view for each page, drawn by a template.

mod moment;
mod people;
mod person;
mod queue;
mod start;
mod timeline;

use askama::Template;
use axum::response::Html;
use dataset::RunInfo;
use facegroup::review::{Person, Session};
use report::text;

use crate::app::State;
use crate::error::Refusal;

pub(crate) use moment::moment;
pub(crate) use people::{card, people};
pub(crate) use person::person;
pub(crate) use queue::queue;
pub(crate) use start::start;

/// What stands around every page of a dataset.
struct Frame {
    /// Name of the dataset.
    book: String,
    /// Where one is: `people`, `unsure`, `queue`, or nowhere.
    place: &'static str,
    version: u64,
    edition: u64,
    undo: Option<String>,
    redo: Option<String>,
    filed: bool,
    /// The folder of the unassigned faces.
    unsure: &'static str,
    /// People to choose from: what they are called, and their folders.
    names: Vec<(String, String)>,
    /// Script of the page.
    script: &'static str,
}

impl Frame {
    fn new(state: &State, place: &'static str, script: &'static str) -> Self {
        let session = &state.session;
        Self {
            book: session.name().to_owned(),
            place,
            version: session.version(),
            edition: state.edition,
            undo: session.undoable(),
            redo: session.redoable(),
            filed: session.is_committed(),
            unsure: dataset::UNSURE,
            names: session.people().iter().map(|p| (title(p), p.name.clone())).collect(),
            script,
        }
    }
}

/// The name that a person was given; none of those who have a number only.
fn given(person: &Person) -> Option<&str> {
    if let Some(name) = &person.person {
        return Some(name);
    }
    let is_number = person.name.chars().all(|c| c.is_ascii_digit());
    (!is_number && person.name != dataset::OTHER).then_some(&person.name)
}

/// What a person is called on a page.
pub(crate) fn title(person: &Person) -> String {
    match given(person) {
        Some(name) => name.to_owned(),
        None if person.name == dataset::OTHER => "Everybody else".to_owned(),
        None if person.name == dataset::UNSURE => "Unsure".to_owned(),
        None => text::person(&person.name),
    }
}

/// Seconds and faces of a person, as they are read.
fn facts(person: &Person) -> Vec<String> {
    let mut facts = Vec::new();
    if person.seconds > 0.0 {
        facts.push(text::length(person.seconds));
    }
    facts.push(text::count(person.faces.len(), "face", "faces"));
    facts
}

/// Whether an input is a picture, or a folder of them: it has no time.
fn is_still(run: &RunInfo, video: &str) -> bool {
    run.input(video).is_some_and(|(_, input)| report::is_still(input))
}

/// Where a face is, in words: its video where there are several, and its time or frame.
fn moment_of(session: &Session, face: usize) -> String {
    let Some(record) = session.face(face) else { return String::new() };
    match is_still(session.run(), &record.video) {
        true => format!("frame {}", record.frame),
        false => text::clock(record.pts),
    }
}

/// Faces as the scripts read them.
fn numbers(faces: &[usize]) -> String {
    let all: Vec<String> = faces.iter().map(usize::to_string).collect();
    all.join(" ")
}

fn draw(template: &impl Template) -> Result<Html<String>, Refusal> {
    let drawn = template.render();
    drawn.map(Html).map_err(|error| Refusal::failed(error.to_string()).on_page())
}

/// A page that only says something; it needs no token, so it has no style but the browser's.
#[derive(Template)]
#[template(path = "plain.html")]
struct Plain<'t> {
    title: &'t str,
    text: &'t str,
}

pub(crate) fn plain(title: &str, text: &str) -> String {
    Plain { title, text }.render().unwrap_or_else(|_| title.to_owned())
}

/// An address that leads nowhere.
pub(crate) async fn nowhere() -> Refusal {
    Refusal::missing("What this address asks for").on_page()
}
