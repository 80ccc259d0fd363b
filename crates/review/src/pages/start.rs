// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first page: which dataset, where there are several.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use report::text;

use super::draw;
use crate::app::App;
use crate::error::Refusal;

#[derive(Template)]
#[template(path = "start.html", whitespace = "minimize")]
struct Start {
    books: Vec<Line>,
}

struct Line {
    name: String,
    facts: Vec<String>,
    cover: Option<(usize, u64)>,
}

/// The datasets; where there is one only, its people.
pub(crate) async fn start(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
) -> Result<Response, Refusal> {
    if app.books().len() == 1 {
        return Ok(Redirect::to(&format!("/{token}/0/")).into_response());
    }
    let lines = tokio::task::spawn_blocking(move || {
        let line = |book: &crate::app::Book| {
            book.with(|state| {
                let session = &state.session;
                let people = session.people();
                let faces = people.iter().map(|person| person.faces.len()).sum();
                Line {
                    name: session.name().to_owned(),
                    facts: vec![
                        text::count(people.len(), "person", "people"),
                        text::count(faces, "face", "faces"),
                    ],
                    cover: people.iter().find_map(|p| Some((p.cover?, state.edition))),
                }
            })
        };
        app.books().iter().map(line).collect()
    });
    let books = lines.await.map_err(|error| Refusal::failed(error.to_string()).on_page())?;
    Ok(draw(&Start { books })?.into_response())
}
