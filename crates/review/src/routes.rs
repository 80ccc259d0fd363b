// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which address leads where. The first part is the token, which the guard has compared; the second is the dataset.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::app::App;
use crate::guard::{Gate, guard};
use crate::server::Limits;
use crate::{api, assets, pages, pictures};

/// What every handler can ask for.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) app: Arc<App>,
    pub(crate) limits: Limits,
}

impl FromRef<Shared> for Arc<App> {
    fn from_ref(shared: &Shared) -> Self {
        shared.app.clone()
    }
}

/// All of it, behind the guard.
pub(crate) fn router(app: Arc<App>, gate: Gate, limits: Limits) -> Router {
    let routes = Router::new()
        .route("/{token}/", get(pages::start))
        .route("/{token}/files/{name}", get(assets::file))
        .route("/{token}/{book}/", get(pages::people))
        .route("/{token}/{book}/person", get(pages::person))
        .route("/{token}/{book}/moment", get(pages::moment))
        .route("/{token}/{book}/queue", get(pages::queue))
        .route("/{token}/{book}/face/{face}", get(pictures::face))
        .route("/{token}/{book}/frame/{video}/{frame}", get(pictures::frame))
        .route("/{token}/{book}/film/{video}", get(pictures::film))
        .route("/{token}/{book}/news", get(api::news))
        .route("/{token}/{book}/say", post(api::say))
        .route("/{token}/{book}/undo", post(api::undo))
        .route("/{token}/{book}/redo", post(api::redo))
        .route("/{token}/{book}/skip", post(api::skip))
        .route("/{token}/{book}/group", post(api::group))
        .route("/{token}/{book}/file", post(api::file))
        .route("/{token}/{book}/add-face", post(api::add_face))
        .fallback(pages::nowhere);
    // Around all of them, the fallback included.
    routes.layer(from_fn_with_state(gate, guard)).with_state(Shared { app, limits })
}
