// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an address to wanted, numbered frames.
//!
//! - [`input`]: what was typed, as sources; numbered pictures, lists, folders, pipes
//! - [`survey`]: which stream of a file is the film, and when it begins
//! - [`decode`]: source and decoder in a pipeline, whose wanted frames go to a pad of the caller's
//! - [`hardware`], [`fallback`]: which decoders may be plugged, and what follows where one fails
//! - [`sampling`], [`sampler`]: which frames are wanted, and how they are counted and numbered
//! - [`reading`], [`failing`], [`closing`]: how far a file leads, why it cannot be played, how it is stopped
//!   (`reaching` asks the host of an address)
//! - [`aspect`], [`orientation`], [`fields`]: how frames are to be seen
//! - [`still`]: one frame of a film, by its number
//! - [`heif`]: photographs that video decoders read
//!
//! Inside, `skip` leaves coded pictures undecoded that no wanted frame needs, by what `codec` reads of them, and
//! `stills` sends photographs as a stream. Nothing here knows what becomes of the frames.

pub mod aspect;
pub mod closing;
mod codec;
pub mod decode;
pub mod failing;
pub mod fallback;
pub mod fields;
#[doc(hidden)]
pub mod fuzzing;
pub mod hardware;
pub mod heif;
pub mod input;
pub mod orientation;
mod pipes;
mod reaching;
pub mod reading;
pub mod sampler;
pub mod sampling;
mod skip;
pub mod still;
mod stills;
pub mod survey;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a mutex holds, whatever became of the thread that had it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
