// SPDX-License-Identifier: MIT OR Apache-2.0
//! The wall of people.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use dataset::RunInfo;
use facegroup::review::{Person, Session};
use report::text;

use super::{Frame, draw, facts, given, title};
use crate::app::{App, State as Opened, with};
use crate::error::Refusal;

#[derive(Template)]
#[template(path = "people.html", whitespace = "minimize")]
struct People {
    frame: Frame,
    /// People, faces, seconds, in words.
    facts: Vec<String>,
    cards: Vec<Card>,
    /// Videos to choose from: index and name.
    videos: Vec<(usize, String)>,
}

/// One person on the wall.
#[derive(Template)]
#[template(path = "card.html", whitespace = "minimize")]
struct Card {
    /// The folder, by which the server knows them.
    name: String,
    title: String,
    /// What stands in the field of the name.
    given: String,
    cover: Option<usize>,
    edition: u64,
    facts: Vec<String>,
    /// For sorting and filtering.
    seconds: f64,
    faces: usize,
    first: f64,
    videos: String,
    hidden: bool,
    is_unsure: bool,
    /// Whether a name can be given.
    can_name: bool,
    stamp: u64,
}

impl Card {
    fn new(state: &Opened, person: &Person) -> Self {
        let run = state.session.run();
        let is_unsure = person.name == dataset::UNSURE;
        let (first, videos) = whereabouts(run, person);
        Self {
            name: person.name.clone(),
            title: title(person),
            given: given(person).unwrap_or_default().to_owned(),
            cover: person.cover,
            edition: state.edition,
            facts: facts(person),
            seconds: person.seconds,
            faces: person.faces.len(),
            first,
            videos,
            hidden: person.hidden,
            is_unsure,
            can_name: !is_unsure && (person.person.is_some() || person.name != dataset::OTHER),
            stamp: person.stamp,
        }
    }
}

/// When somebody first appears, counted through all videos, and the indices of the videos.
fn whereabouts(run: &RunInfo, person: &Person) -> (f64, String) {
    let mut seen: Vec<(usize, f64)> = Vec::new();
    for (video, segments) in &person.on_screen {
        if let (Some((index, _)), Some(first)) = (run.input(video), segments.first()) {
            seen.push((index, first.start));
        }
    }
    seen.sort_by_key(|(index, _)| *index);
    let first =
        seen.first().map_or(f64::from(u32::MAX), |(index, start)| *index as f64 * 1e6 + start);
    let videos: Vec<String> = seen.iter().map(|(index, _)| index.to_string()).collect();
    (first, videos.join(" "))
}

/// The wall.
pub(crate) async fn people(
    State(app): State<Arc<App>>,
    Path((_, book)): Path<(String, usize)>,
) -> Result<Html<String>, Refusal> {
    let page = with(&app, book, |_, book| {
        book.with(|state| {
            let session = &state.session;
            let people = session.people();
            let mut cards: Vec<Card> = people.iter().map(|p| Card::new(state, p)).collect();
            cards.extend(unsure(session).map(|unsure| Card::new(state, &unsure)));
            let faces = people.iter().map(|person| person.faces.len()).sum();
            let inputs = session.run().inputs.iter().enumerate();
            let page = People {
                frame: Frame::new(state, "people", "people"),
                facts: vec![
                    text::count(people.len(), "person", "people"),
                    text::count(faces, "face", "faces"),
                ],
                cards,
                videos: inputs.map(|(index, input)| (index, input.name.clone())).collect(),
            };
            draw(&page)
        })
    });
    page.await.map_err(Refusal::on_page)
}

/// The card of one person as it is now; none for who is no more.
pub(crate) fn card(state: &Opened, name: &str) -> Option<String> {
    if name == dataset::UNSURE {
        return Card::new(state, &unsure(&state.session)?).render().ok();
    }
    Card::new(state, state.session.person(name)?).render().ok()
}

/// The unassigned faces, without those that are no faces; `None` where there are none.
fn unsure(session: &Session) -> Option<Person> {
    let mut unsure = session.unsure()?.clone();
    unsure.faces.retain(|face| !session.is_no_face(*face));
    (!unsure.faces.is_empty()).then_some(unsure)
}
