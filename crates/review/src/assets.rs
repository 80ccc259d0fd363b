// SPDX-License-Identifier: MIT OR Apache-2.0
//! Styles and scripts, which are the same in every run.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::error::Refusal;

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, kind and contents.
const FILES: [(&str, &str, &str); 6] = [
    ("review.css", STYLE, include_str!("../templates/review.css")),
    ("common.js", SCRIPT, include_str!("../templates/common.js")),
    ("people.js", SCRIPT, include_str!("../templates/people.js")),
    ("person.js", SCRIPT, include_str!("../templates/person.js")),
    ("moment.js", SCRIPT, include_str!("../templates/moment.js")),
    ("queue.js", SCRIPT, include_str!("../templates/queue.js")),
];

/// Sends one of them.
pub(crate) async fn file(Path((_, name)): Path<(String, String)>) -> Result<Response, Refusal> {
    let found = FILES.iter().find(|(known, ..)| *known == name);
    let (_, kind, contents) = found.ok_or_else(|| Refusal::missing("This file"))?;
    let headers = [(CONTENT_TYPE, *kind), (CACHE_CONTROL, "private, max-age=3600")];
    Ok((headers, *contents).into_response())
}
