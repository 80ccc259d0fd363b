// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a page says, and what it is told: JSON both ways.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use facegroup::import::Drawn;
use facegroup::review::{Action, Done, ReviewError, Session};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::app::{App, Book, Since, State as Opened, with};
use crate::error::Refusal;
use crate::pages;
use crate::routes::Shared;

/// What changed, and how things stand.
#[derive(Debug, Default, Serialize)]
pub(crate) struct News {
    version: u64,
    edition: u64,
    /// The last thing that was done, in words.
    text: String,
    changed: Vec<String>,
    /// Whether anything may have changed.
    all: bool,
    /// The cards of those that changed, where they were asked for; none for who is no more.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    cards: BTreeMap<String, Option<String>>,
    undo: Option<String>,
    redo: Option<String>,
    filed: bool,
    busy: bool,
    /// The person of the face that was asked after.
    here: Option<String>,
}

/// What every question and statement may ask for besides.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    /// Cards of the people that changed.
    #[serde(default)]
    cards: bool,
    /// A face of which the page wants to know whose it is.
    at: Option<usize>,
    /// The version that the page shows.
    since: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Said {
    action: Action,
    /// Which numbering of faces the page shows.
    edition: Option<u64>,
    /// What the page showed of the people it is about.
    #[serde(default)]
    stamps: BTreeMap<String, u64>,
    #[serde(flatten)]
    wish: Wish,
}

#[derive(Debug, Deserialize)]
struct Skipped {
    pairs: Vec<(usize, usize)>,
}

#[derive(Debug, Deserialize)]
struct Seen {
    video: usize,
    frame: u64,
    #[serde(rename = "box")]
    bbox: [f32; 4],
}

type Answer = Result<Json<News>, Refusal>;

/// The body as JSON, if it comes in time and is not too long.
async fn read<T: DeserializeOwned>(shared: &Shared, body: Body) -> Result<T, Refusal> {
    let limits = shared.limits;
    let bytes = tokio::time::timeout(limits.body, to_bytes(body, limits.bytes)).await;
    let late = |_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "The rest did not come in time.");
    let long = |_| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "That is too much at once.");
    let bytes = bytes.map_err(late)?.map_err(long)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Refusal::new(StatusCode::BAD_REQUEST, format!("This is nothing that can be said: {error}"))
    })
}

fn told(book: &Book, state: &Opened, since: Since, wish: &Wish) -> News {
    let session = &state.session;
    let changed: Vec<String> = since.people.into_iter().collect();
    let cards = match wish.cards && !since.all {
        true => changed.iter().map(|name| (name.clone(), pages::card(state, name))).collect(),
        false => BTreeMap::new(),
    };
    News {
        version: session.version(),
        edition: state.edition,
        text: since.text,
        changed,
        all: since.all,
        cards,
        undo: session.undoable(),
        redo: session.redoable(),
        filed: session.is_committed(),
        busy: book.busy.load(Ordering::Relaxed),
        here: wish.at.and_then(|face| Some(session.person_of(face)?.name.clone())),
    }
}

/// What changed since the version that a page shows; asked every other second.
pub(crate) async fn news(
    State(app): State<Arc<App>>,
    Path((_, book)): Path<(String, usize)>,
    Query(wish): Query<Wish>,
) -> Answer {
    let held = app.book(book)?;
    let version = held.version();
    if held.busy.load(Ordering::Relaxed) {
        return Ok(Json(News { version, busy: true, filed: true, ..News::default() }));
    }
    with(&app, book, move |_, book| {
        book.with(|state| {
            // Where another program is still at it, there is nothing to tell yet.
            let waits = state.catch_up().is_err();
            let since = state.since(wish.since.unwrap_or(version));
            let news = told(book, state, since, &wish);
            Ok(Json(News { busy: news.busy || waits, ..news }))
        })
    })
    .await
}

/// Says something about faces or people. What the page showed of them must still hold.
pub(crate) async fn say(
    State(shared): State<Shared>,
    Path((_, book)): Path<(String, usize)>,
    body: Body,
) -> Answer {
    let said: Said = read(&shared, body).await?;
    with(&shared.app, book, move |_, book| {
        book.with(|state| {
            state.catch_up()?;
            if said.edition.is_some_and(|edition| edition != state.edition) {
                let text = "All faces were grouped again or changed by another program";
                return Err(Refusal::new(StatusCode::CONFLICT, text));
            }
            hold(&state.session, &said.stamps)?;
            let before = said.wish.since.unwrap_or(state.session.version());
            let done = state.session.say(&said.action)?;
            state.note(&done);
            let mut since = state.since(before);
            since.text = in_words(&done);
            Ok(Json(told(book, state, since, &said.wish)))
        })
    })
    .await
}

/// What was done, and what is left to do for it.
fn in_words(done: &Done) -> String {
    match done.regroup {
        true => format!("{}; it shows when you group again", done.text),
        false => done.text.clone(),
    }
}

/// Refuses what was said about something else than there is now.
fn hold(session: &Session, stamps: &BTreeMap<String, u64>) -> Result<(), Refusal> {
    for (name, stamp) in stamps {
        let now = session.person(name);
        if now.map(|person| person.stamp) != Some(*stamp) {
            let text = match now {
                Some(person) => format!("{} was changed elsewhere", pages::title(person)),
                None => "This person was merged or renamed elsewhere".to_owned(),
            };
            return Err(Refusal::new(StatusCode::CONFLICT, text));
        }
    }
    Ok(())
}

async fn step(
    shared: Shared,
    book: usize,
    body: Body,
    what: fn(&mut Session) -> Result<Option<Done>, ReviewError>,
    nothing: &'static str,
) -> Answer {
    let wish: Wish = read(&shared, body).await?;
    with(&shared.app, book, move |_, book| {
        book.with(|state| {
            let before = wish.since.unwrap_or(state.session.version());
            state.catch_up()?;
            let text = match what(&mut state.session)? {
                Some(done) => {
                    state.note(&done);
                    in_words(&done)
                }
                None => nothing.to_owned(),
            };
            let mut since = state.since(before);
            since.text = text;
            Ok(Json(told(book, state, since, &wish)))
        })
    })
    .await
}

/// Takes the last statement back.
pub(crate) async fn undo(
    State(shared): State<Shared>,
    Path((_, book)): Path<(String, usize)>,
    body: Body,
) -> Answer {
    step(shared, book, body, Session::undo, "There is nothing to undo").await
}

/// Says again what was taken back.
pub(crate) async fn redo(
    State(shared): State<Shared>,
    Path((_, book)): Path<(String, usize)>,
    body: Body,
) -> Answer {
    step(shared, book, body, Session::redo, "There is nothing to redo").await
}

/// Puts questions off until the datasets are opened again.
pub(crate) async fn skip(
    State(shared): State<Shared>,
    Path((_, book)): Path<(String, usize)>,
    body: Body,
) -> Answer {
    let skipped: Skipped = read(&shared, body).await?;
    with(&shared.app, book, move |_, book| {
        Ok(book.with(|state| {
            state.skipped.extend(skipped.pairs);
            Json(told(book, state, Since::default(), &Wish::default()))
        }))
    })
    .await
}

/// What takes seconds: one at a time, and other windows are told that they have to wait.
async fn long(
    shared: Shared,
    book: usize,
    text: &'static str,
    what: impl FnOnce(&App, &Book, &mut Opened) -> Result<(), Refusal> + Send + 'static,
) -> Answer {
    with(&shared.app, book, move |app, book| {
        if book.busy.swap(true, Ordering::AcqRel) {
            let text = "Something else is under way; wait for it";
            return Err(Refusal::new(StatusCode::CONFLICT, text));
        }
        let _free = Free(book);
        book.with(|state| {
            let before = state.session.version();
            what(app, book, state)?;
            state.note_all(text);
            let mut since = state.since(before);
            (since.all, since.text) = (true, text.to_owned());
            let mut news = told(book, state, since, &Wish::default());
            news.busy = false;
            Ok(Json(news))
        })
    })
    .await
}

/// Says that nothing runs any more, however it ended.
struct Free<'b>(&'b Book);

impl Drop for Free<'_> {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Release);
    }
}

/// Groups again, with what was said.
pub(crate) async fn group(
    State(shared): State<Shared>,
    Path((_, book)): Path<(String, usize)>,
) -> Answer {
    long(shared, book, "Grouped again", |app, book, state| {
        let again = (app.hooks.group_again)(&book.location);
        again.map_err(|error| Refusal::failed(format!("{error:#}")))?;
        Ok(state.session.reload()?)
    })
    .await
}

/// Lets the folders show what was said.
pub(crate) async fn file(
    State(shared): State<Shared>,
    Path((_, book)): Path<(String, usize)>,
) -> Answer {
    long(shared, book, "Filed", |_, _, state| Ok(state.session.commit()?)).await
}

/// Adds a face that was drawn on a frame.
pub(crate) async fn add_face(
    State(shared): State<Shared>,
    Path((_, book)): Path<(String, usize)>,
    body: Body,
) -> Answer {
    let Seen { video, frame, bbox } = read(&shared, body).await?;
    if !bbox.iter().all(|value| value.is_finite()) || bbox[2] < 1.0 || bbox[3] < 1.0 {
        let text = "The box is too small to hold a face";
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, text));
    }
    long(shared, book, "The face was added", move |app, book, state| {
        let inputs = &state.session.run().inputs;
        let input = inputs.get(video).ok_or_else(|| Refusal::missing("This film"))?;
        let drawn = Drawn { video: &input.name, frame, bbox: bbox.into() };
        let added = (app.hooks.add_face)(&book.location, &drawn);
        added.map_err(|error| {
            Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{error:#}"))
        })?;
        Ok(state.session.reload()?)
    })
    .await
}
