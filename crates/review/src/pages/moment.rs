// SPDX-License-Identifier: MIT OR Apache-2.0
//! One moment: the whole frame, everybody on it, and what comes before and after.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use facegroup::review::Session;
use report::text;
use serde::Deserialize;

use super::{Frame, draw, is_still, title};
use crate::app::{App, State as Opened, with};
use crate::error::Refusal;

#[derive(Template)]
#[template(path = "moment.html", whitespace = "minimize")]
struct View {
    frame: Frame,
    /// Whose face it is.
    name: String,
    title: String,
    face: usize,
    video: String,
    /// Index of the video, and the frame on it.
    index: usize,
    number: u64,
    pts: f64,
    clock: String,
    is_still: bool,
    /// Width and height of the frame, where the run noted them; the script corrects them.
    size: (u64, u64),
    boxes: Vec<Seen>,
    before: Option<usize>,
    after: Option<usize>,
    has_film: bool,
}

/// One face on the frame.
struct Seen {
    face: usize,
    name: String,
    title: String,
    bbox: [f32; 4],
    /// Where its name stands.
    label: f32,
    asked: bool,
}

/// Which face.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    face: usize,
}

/// The moment of a face.
pub(crate) async fn moment(
    State(app): State<Arc<App>>,
    Path((_, book)): Path<(String, usize)>,
    Query(Asked { face }): Query<Asked>,
) -> Result<Html<String>, Refusal> {
    let page = with(&app, book, move |_, book| book.with(|state| draw(&view(state, face)?)));
    page.await.map_err(Refusal::on_page)
}

fn view(state: &Opened, face: usize) -> Result<View, Refusal> {
    let session = &state.session;
    let missing = || Refusal::missing("This face");
    let record = session.face(face).ok_or_else(missing)?;
    let run = session.run();
    let (index, input) = run.input(&record.video).ok_or_else(missing)?;
    let person = session.person_of(face).ok_or_else(missing)?;
    let faces = session.frame_faces(&record.video, record.frame);
    let boxes: Vec<Seen> = faces.into_iter().filter_map(|other| of(session, other, face)).collect();
    let far = |edge: usize| {
        boxes.iter().map(|b| b.bbox[edge] + b.bbox[edge + 2]).fold(0.0, f32::max) as u64
    };
    let noted = |what: &str| input.extra.get(what).and_then(serde_json::Value::as_u64);
    let size =
        (noted("width").unwrap_or(640).max(far(0)), noted("height").unwrap_or(360).max(far(1)));
    let (before, after) = session.neighbours(face);
    let path = std::path::Path::new(&input.path);
    Ok(View {
        frame: Frame::new(state, "", "moment"),
        name: person.name.clone(),
        title: title(person),
        face,
        video: record.video.clone(),
        index,
        number: record.frame,
        pts: record.pts,
        clock: text::clock(record.pts),
        is_still: is_still(run, &record.video),
        size,
        boxes,
        before,
        after,
        has_film: !report::is_still(input) && path.is_absolute() && path.is_file(),
    })
}

fn of(session: &Session, face: usize, asked: usize) -> Option<Seen> {
    let record = session.face(face)?;
    let person = session.person_of(face)?;
    let bbox = record.bbox.0;
    Some(Seen {
        face,
        name: person.name.clone(),
        title: title(person),
        bbox,
        label: bbox[1] - 6.0,
        asked: face == asked,
    })
}
