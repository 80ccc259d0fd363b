// SPDX-License-Identifier: MIT OR Apache-2.0
//! The questions: is this the same person?

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use facegroup::review::{Bounds, Progress, Question, Queue, Ranking, Session};
use report::text;
use serde::Deserialize;

use super::{Frame, draw, facts, moment_of, numbers, title};
use crate::app::{App, State as Opened, with};
use crate::error::Refusal;

/// Questions on the page at once.
const SHOWN: usize = 8;
/// Pictures of a side that are seen at once.
const OPEN: usize = 6;

#[derive(Template)]
#[template(path = "queue.html", whitespace = "minimize")]
struct View {
    frame: Frame,
    questions: Vec<Asked>,
    preset: &'static str,
    presets: [(&'static str, &'static str); 4],
    /// Whether some answer may still change something.
    has_open: bool,
    progress: Vec<String>,
}

struct Asked {
    /// Whether it is asked if a track belongs to the person that it is with.
    is_one: bool,
    key: (usize, usize),
    sides: [Side; 2],
    percent: u32,
    similarity: String,
}

struct Side {
    name: String,
    title: String,
    facts: Vec<String>,
    faces: String,
    /// All faces that it stands for.
    all: String,
    open: Vec<(usize, String)>,
    more: Vec<(usize, String)>,
}

/// Which order.
#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    #[serde(default)]
    preset: String,
}

/// The ways to order questions, as the address and the page call them.
const RANKINGS: [(&str, &str); 4] = [
    ("gain", "most useful first"),
    ("average", "distance of means (StreamFace)"),
    ("single", "least distance (StreamFace)"),
    ("triplet", "triplets (StreamFace)"),
];

fn ranking(name: &str) -> (&'static str, Ranking) {
    match name {
        "average" => ("average", Ranking::Average),
        "single" => ("single", Ranking::Single),
        "triplet" => ("triplet", Ranking::Triplet),
        _ => ("gain", Ranking::Gain),
    }
}

/// The next questions.
pub(crate) async fn queue(
    State(app): State<Arc<App>>,
    Path((_, book)): Path<(String, usize)>,
    Query(order): Query<Order>,
) -> Result<Html<String>, Refusal> {
    let page = with(&app, book, move |_, book| book.with(|state| draw(&view(state, &order))));
    page.await.map_err(Refusal::on_page)
}

fn view(state: &Opened, order: &Order) -> View {
    let session = &state.session;
    let (name, by) = ranking(&order.preset);
    let Queue { questions: all, progress } = session.queue(SHOWN + state.skipped.len(), by);
    let put_off = |q: &Question| key(q).is_none_or(|key| state.skipped.contains(&key));
    let open = all.iter().filter(|question| !put_off(question)).take(SHOWN);
    View {
        frame: Frame::new(state, "queue", "queue"),
        questions: open.filter_map(|question| asked(session, question)).collect(),
        preset: name,
        presets: RANKINGS,
        has_open: progress.left > 0,
        progress: facts_of(&progress),
    }
}

/// What a question is known by: a face of each side.
fn key(question: &Question) -> Option<(usize, usize)> {
    let [a, b] = &question.faces;
    Some((*a.first()?, *b.first()?))
}

fn asked(session: &Session, question: &Question) -> Option<Asked> {
    let is_one = question.people[0] == question.people[1];
    Some(Asked {
        is_one,
        key: key(question)?,
        sides: [side(session, question, 0, is_one)?, side(session, question, 1, is_one)?],
        percent: (question.likelihood.clamp(0.0, 1.0) * 100.0).round() as u32,
        similarity: format!("{:.2}", question.similarity),
    })
}

fn side(session: &Session, question: &Question, at: usize, is_one: bool) -> Option<Side> {
    let (name, faces) = (question.people.get(at)?, question.faces.get(at)?);
    let person = session.person(name)?;
    let shot = |face: &usize| (*face, moment_of(session, *face));
    let is_whole = !is_one && person.name != dataset::UNSURE;
    Some(Side {
        name: name.clone(),
        title: title(person),
        facts: match is_whole {
            true => facts(person),
            false => vec![text::count(*question.sizes.get(at)?, "face", "faces")],
        },
        faces: numbers(faces),
        all: if is_whole { numbers(&person.faces) } else { numbers(faces) },
        open: faces.iter().take(OPEN).map(shot).collect(),
        more: faces.iter().skip(OPEN).map(shot).collect(),
    })
}

/// How much was answered, how much is left, and how good the groups are for sure.
fn facts_of(progress: &Progress) -> Vec<String> {
    let Progress { answered, left, precision, recall } = *progress;
    let bounds =
        |what: &str, Bounds { least, most }: Bounds| format!("{what} {least:.3} to {most:.3}");
    vec![
        format!("{} answered", text::number(answered)),
        format!("{} open", text::number(left)),
        bounds("BCubed precision", precision),
        bounds("recall", recall),
    ]
}
