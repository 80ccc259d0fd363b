// SPDX-License-Identifier: MIT OR Apache-2.0
//! One person: when, in which tracks, with which faces.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use facegroup::review::{Session, Track};
use report::text;
use serde::Deserialize;

use super::timeline::{Line, lines};
use super::{Frame, draw, facts, given, is_still, moment_of, numbers, title};
use crate::app::{App, State as Opened, with};
use crate::error::Refusal;

/// Faces with pictures on one page; more are on the next, since a browser lays all of them out.
const FACES: usize = 1500;

#[derive(Template)]
#[template(path = "person.html", whitespace = "minimize")]
struct View {
    frame: Frame,
    name: String,
    title: String,
    given: String,
    facts: Vec<String>,
    cover: Option<usize>,
    hidden: bool,
    stamp: u64,
    is_unsure: bool,
    can_name: bool,
    lines: Vec<Line>,
    tracks: Vec<Strip>,
    /// Whether tracks say of which video they are.
    several: bool,
    /// The faces that splitting in two would take away.
    split: String,
    /// Tracks before these, and where the next page begins.
    from: usize,
    next: Option<usize>,
    all_tracks: String,
}

/// One track.
struct Strip {
    number: usize,
    video: String,
    span: String,
    count: String,
    shots: Vec<Shot>,
    /// Faces without a picture, which go where all the others go.
    rest: String,
    rest_words: String,
}

struct Shot {
    face: usize,
    moment: String,
    words: String,
    pictured: bool,
    cover: bool,
}

/// Whose page, and from which track on.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    name: String,
    #[serde(default)]
    from: usize,
}

/// The page of a person, or of the unassigned faces.
pub(crate) async fn person(
    State(app): State<Arc<App>>,
    Path((_, book)): Path<(String, usize)>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Refusal> {
    let page = with(&app, book, move |_, book| book.with(|state| draw(&view(state, &asked)?)));
    page.await.map_err(Refusal::on_page)
}

fn view(state: &Opened, asked: &Asked) -> Result<View, Refusal> {
    let session = &state.session;
    let is_unsure = asked.name == dataset::UNSURE;
    let person = session.person(&asked.name).ok_or_else(|| Refusal::missing("This person"))?;
    // What is no face is out of the way.
    let mut person = person.clone();
    person.faces.retain(|face| !session.is_no_face(*face));
    let person = &person;
    let tracks = session.tracks(person);
    let (strips, next) = strips(session, &tracks, asked.from, person.cover);
    let split = if is_unsure { Vec::new() } else { session.split(person) };
    Ok(View {
        frame: Frame::new(state, if is_unsure { "unsure" } else { "" }, "person"),
        name: person.name.clone(),
        title: title(person),
        given: given(person).unwrap_or_default().to_owned(),
        facts: facts(person),
        cover: person.cover,
        hidden: person.hidden,
        stamp: person.stamp,
        is_unsure,
        can_name: !is_unsure && (person.person.is_some() || person.name != dataset::OTHER),
        lines: lines(session.run(), person, &tracks),
        several: session.run().inputs.len() > 1,
        tracks: strips,
        split: numbers(&split),
        from: asked.from,
        next,
        all_tracks: text::count(tracks.len(), "track", "tracks"),
    })
}

/// The tracks from one on, as many as a page holds, and the first of the next page.
fn strips(
    session: &Session,
    tracks: &[Track],
    from: usize,
    cover: Option<usize>,
) -> (Vec<Strip>, Option<usize>) {
    let (mut strips, mut shown) = (Vec::new(), 0);
    for (number, track) in tracks.iter().enumerate().skip(from) {
        if shown >= FACES {
            return (strips, Some(number));
        }
        let strip = strip(session, number, track, cover);
        shown += strip.shots.len();
        strips.push(strip);
    }
    (strips, None)
}

fn strip(session: &Session, number: usize, track: &Track, cover: Option<usize>) -> Strip {
    let pictured = |face: &usize| session.face(*face).is_some_and(|record| record.file.is_some());
    let mut shown: Vec<usize> = track.faces.iter().copied().filter(pictured).collect();
    if shown.is_empty() {
        // One stands for all of them.
        shown.extend(track.faces.get(track.faces.len() / 2));
    }
    let held: BTreeSet<usize> = shown.iter().copied().collect();
    let rest: Vec<usize> = track.faces.iter().copied().filter(|f| !held.contains(f)).collect();
    let shots = shown.into_iter().map(|face| Shot {
        face,
        moment: moment_of(session, face),
        words: words(session, face),
        pictured: pictured(&face),
        cover: cover == Some(face),
    });
    let still = is_still(session.run(), &track.video);
    let [begin, end] = track.span;
    Strip {
        number,
        video: track.video.clone(),
        span: match still {
            true => String::new(),
            false if text::clock(begin) == text::clock(end) => text::clock(begin),
            false => format!("{} to {}", text::clock(begin), text::clock(end)),
        },
        count: text::count(track.faces.len(), "face", "faces"),
        shots: shots.collect(),
        rest: numbers(&rest),
        rest_words: text::count(rest.len(), "face without a picture", "faces without a picture"),
    }
}

/// A face, as a screen reader says it.
fn words(session: &Session, face: usize) -> String {
    let Some(record) = session.face(face) else { return String::new() };
    format!("{} in {}, quality {:.2}", moment_of(session, face), record.video, record.quality)
}
