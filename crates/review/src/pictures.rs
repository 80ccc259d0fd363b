// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faces, frames and films. A client names them by numbers, never by a path.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use dataset::{FaceRecord, InputInfo};
use facegroup::import;
use facegroup::review::Session;
use image::codecs::jpeg::JpegEncoder;
use report::thumbnail;
use serde::Deserialize;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use crate::app::{App, with};
use crate::error::Refusal;

/// Sides of pictures in pixels, of which the next larger one is made: a client cannot have any size made.
const SIDES: [u32; 3] = [112, 224, 448];
/// JPEG quality of frames, 1 to 100.
const QUALITY: u8 = 88;
/// A picture of a face never changes within an edition, which is part of its address.
const KEPT: HeaderValue = HeaderValue::from_static("private, max-age=3600");

/// How a picture is wanted.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    side: Option<u32>,
}

/// The head of a face, by the number of its line.
pub(crate) async fn face(
    State(app): State<Arc<App>>,
    Path((_, book, face)): Path<(String, usize, usize)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refusal> {
    let asked = wanted.side.unwrap_or_default();
    let side = SIDES.iter().copied().find(|side| *side >= asked).unwrap_or(448);
    let bytes = with(&app, book, move |_, book| {
        let found = book.with(|state| {
            let record = state.session.face(face)?;
            Some((picture(&state.session, record)?, record.in_picture))
        });
        // Reading and scaling hold nobody up.
        let head = found.and_then(|(path, within)| thumbnail::of_head(&path, within, side));
        head.ok_or_else(|| Refusal::missing("This picture"))
    })
    .await?;
    Ok(jpeg(bytes))
}

/// Where the picture of a face really lies; `None` where that is not below the dataset's `faces/`.
fn picture(session: &Session, record: &FaceRecord) -> Option<PathBuf> {
    let root = &session.layout().root;
    let faces = session.layout().faces().canonicalize().ok()?;
    let path = root.join(record.file.as_ref()?).canonicalize().ok()?;
    // Links are followed before it is compared.
    (path.starts_with(&faces) && faces.starts_with(root.canonicalize().ok()?) && path.is_file())
        .then_some(path)
}

/// When a frame is.
#[derive(Debug, Deserialize)]
pub(crate) struct At {
    pts: f64,
}

/// A whole frame, decoded.
pub(crate) async fn frame(
    State(app): State<Arc<App>>,
    Path((_, book, video, frame)): Path<(String, usize, usize, u64)>,
    Query(At { pts }): Query<At>,
) -> Result<Response, Refusal> {
    let bytes = with(&app, book, move |app, book| {
        if let Some(held) = book.frame(video, frame) {
            return Ok(held);
        }
        let path = book.with(|state| source(&state.session, video, frame))?;
        let decoded = (app.hooks.frame)(&path, frame, pts);
        let decoded =
            decoded.map_err(|error| Refusal::new(StatusCode::NOT_FOUND, format!("{error:#}")))?;
        let mut bytes = Vec::new();
        let encoded = JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&decoded);
        encoded.map_err(|error| Refusal::failed(error.to_string()))?;
        let bytes = Arc::new(bytes);
        book.keep_frame(video, frame, bytes.clone());
        Ok(bytes)
    })
    .await?;
    Ok(jpeg(bytes.to_vec()))
}

/// The film of a frame, or the picture that it is.
fn source(session: &Session, video: usize, frame: u64) -> Result<PathBuf, Refusal> {
    let input = input(session, video)?;
    let faces = session.frame_faces(&input.name, frame);
    let record = faces.first().and_then(|face| session.face(*face));
    import::source(input, frame, record).ok_or_else(|| Refusal::missing("This frame"))
}

fn input(session: &Session, video: usize) -> Result<&InputInfo, Refusal> {
    session.run().inputs.get(video).ok_or_else(|| Refusal::missing("This film"))
}

/// The original film, in the ranges that a player asks for.
pub(crate) async fn film(
    State(app): State<Arc<App>>,
    Path((_, book, video)): Path<(String, usize, usize)>,
    request: Request,
) -> Result<Response, Refusal> {
    let path = with(&app, book, move |_, book| {
        let path =
            book.with(|state| Ok::<_, Refusal>(input(&state.session, video)?.path.clone()))?;
        let path = PathBuf::from(path);
        // A pipe would hold the thread, an address is no file.
        let is_film = path.is_absolute() && path.is_file();
        is_film.then_some(path).ok_or_else(|| Refusal::missing("This film"))
    })
    .await?;
    let sent: Result<_, io::Error> =
        ServeFile::new(&path).oneshot(request).await.map_err(|never| match never {});
    let mut answer = sent.map_err(|error| Refusal::failed(error.to_string()))?.map(Body::new);
    // Whatever it is called, it is never shown as a page.
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("video/")) {
        let plain = HeaderValue::from_static("application/octet-stream");
        answer.headers_mut().insert(CONTENT_TYPE, plain);
    }
    Ok(answer)
}

fn jpeg(bytes: Vec<u8>) -> Response {
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("image/jpeg")), (CACHE_CONTROL, KEPT)];
    (headers, bytes).into_response()
}
