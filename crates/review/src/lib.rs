// SPDX-License-Identifier: MIT OR Apache-2.0
//! The local web page on which a person looks at results and puts them right: names, merges, splits, answers.
//!
//! ```text
//! browser -- 127.0.0.1 -- guard (host, token, origin) -- pages (askama) and api (JSON) -- facegroup::review::Session
//! ```
//!
//! Nothing is decided here: [`facegroup::review`] says what an action does, and writes it down before it returns. What
//! needs GStreamer or a network is the caller's, given as [`Hooks`].
//!
//! - `server`: listening on loopback alone, and how long a client may take
//! - `guard`: who may ask at all, and the headers of every answer
//! - `app`: the opened datasets, and what changed since when
//! - `api`: what a page says; `pages`: what it shows; `pictures`: faces, frames and films
//!
//! Pages are drawn here; the scripts in `templates/` replace parts of them and need no build chain.

mod api;
mod app;
mod assets;
mod error;
mod guard;
mod hooks;
mod pages;
mod pictures;
mod routes;
mod server;

pub use error::ServeError;
pub use hooks::Hooks;
pub use server::{Limits, Review, Stopper};
