// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong: with serving at all, and with one request.

use std::io;
use std::path::PathBuf;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use dataset::DatasetError;
use facegroup::review::ReviewError;

/// Why nothing could be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A dataset that cannot be opened.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// No dataset was given.
    #[error("there is no dataset to review")]
    Nothing,
    /// The port is taken, or the machine has no loopback.
    #[error(
        "cannot listen on 127.0.0.1:{port}: {cause}; choose another port, or 0 for any that is free"
    )]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system says.
        cause: io::Error,
    },
    /// The system gave no random numbers for the address, or no threads.
    #[error("cannot start the server: {0}")]
    Start(String),
    /// Several datasets could not be filed at the end; what was said is kept.
    #[error("what was said about {} is kept in corrections.jsonl, but its folders do not show it yet: {cause}", location.display())]
    File {
        /// The dataset.
        location: PathBuf,
        /// Why.
        cause: ReviewError,
    },
}

/// Why one request got no answer; the text is fit for the page.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
    /// Whether a person sees the answer as a page.
    pub(crate) page: bool,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), page: false }
    }

    /// Something that is not there.
    pub(crate) fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("{what} is not here"))
    }

    /// Something in which the server failed.
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, text)
    }

    /// The same, seen as a page.
    pub(crate) fn on_page(self) -> Self {
        Self { page: true, ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if !self.page {
            let body = serde_json::json!({ "error": self.text });
            return (self.status, Json(body)).into_response();
        }
        let page =
            crate::pages::plain(self.status.canonical_reason().unwrap_or("Error"), &self.text);
        (self.status, Html(page)).into_response()
    }
}

impl From<ReviewError> for Refusal {
    fn from(error: ReviewError) -> Self {
        let status = match &error {
            ReviewError::Dataset(DatasetError::Locked { .. }) => StatusCode::CONFLICT,
            ReviewError::Dataset(_) => StatusCode::INTERNAL_SERVER_ERROR,
            ReviewError::NoPerson { .. } | ReviewError::NoFace { .. } => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.to_string())
    }
}
