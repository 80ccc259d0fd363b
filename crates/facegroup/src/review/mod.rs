// SPDX-License-Identifier: MIT OR Apache-2.0
//! Looking at a result and putting it right: what `facegroup review` shows, and what a person says there.
//!
//! A [`Session`] holds a dataset as its files say it, with every correction laid over. What is said goes to
//! `corrections.jsonl` before anything else, so that a kill loses nothing; folders and lines follow when the session is
//! told to [`commit`](Session::commit), and at every grouping.
//!
//! ```no_run
//! use facegroup::review::{Action, Session};
//!
//! let mut session = Session::open("out".as_ref())?;
//! for person in session.people() {
//!     println!("{}: {:.0} s on screen", person.name, person.seconds);
//! }
//! session.say(&Action::Name { person: "0".into(), name: "Phoebe".into() })?;
//! session.undo()?;
//! # Ok::<(), facegroup::review::ReviewError>(())
//! ```

mod action;
mod error;
mod history;
mod labelling;
mod labels;
mod people;
mod questions;
mod session;
mod split;

pub use action::{Action, Done};
pub use dataset::format::corrections::FaceKey;
pub use error::ReviewError;
pub use people::{Person, Track};
pub use questions::{Bounds, Progress, Question, Queue, Ranking};
pub use session::Session;
